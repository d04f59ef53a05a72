"""Products and variations in WooCommerce's words (wc/v3 docs, Products and Product variations)."""

import re
from typing import Final

from sandbox.catalogue import PARTS, product_of, variants_of
from sandbox.exchange import Tree
from sandbox.shop import Shop
from sandbox.wares import WARES
from sandbox.woocommerce.ids import listing_id, product_id, variation_id
from sandbox.woocommerce.words import SITE, gmt, links, money, site_time

CHANNEL: Final = "woo-shop"
CURRENCY: Final = "EUR"
LISTED_AGO_MS: Final = 60 * 24 * 3600 * 1000
UNSOLD: Final[Tree] = {
    "sale_price": "",
    "date_on_sale_from": None,
    "date_on_sale_from_gmt": None,
    "date_on_sale_to": None,
    "date_on_sale_to_gmt": None,
    "on_sale": False,
    "downloads": [],
    "download_limit": -1,
    "download_expiry": -1,
    "low_stock_amount": None,
    "dimensions": {"length": "", "width": "", "height": ""},
    "shipping_class": "",
    "shipping_class_id": 0,
    "global_unique_id": "",
}
PLAIN: Final[Tree] = {
    "featured": False,
    "catalog_visibility": "visible",
    "short_description": "",
    "total_sales": 0,
    "external_url": "",
    "button_text": "",
    "sold_individually": False,
    "shipping_taxable": True,
    "reviews_allowed": True,
    "average_rating": "0.00",
    "rating_count": 0,
    "upsell_ids": [],
    "cross_sell_ids": [],
    "parent_id": 0,
    "purchase_note": "",
    "categories": [{"id": 15, "name": "Everything", "slug": "everything"}],
    "tags": [],
    "default_attributes": [],
    "grouped_products": [],
    "menu_order": 0,
    "related_ids": [],
    "post_password": "",
}


def render_product(shop: Shop, product: int) -> Tree:
    """Gives a product; the stock of a variable one is its variations'."""
    ware, own = WARES[product], product_id(product)
    variants = variants_of(CHANNEL, product) if ware.variant else ()
    slug = _slug(ware.title)
    return {
        "id": own,
        "name": ware.title,
        "slug": slug,
        "permalink": f"{SITE}/product/{slug}/",
        **_times(shop, *(variants or (product,))),
        "type": "variable" if variants else TYPES.get(ware.kind, "simple"),
        "status": "publish",
        "description": f"<p>{ware.title}</p>",
        "sku": "" if variants else ware.sku,
        **PLAIN,
        **_priced(product, regular=not variants),
        **(UNCOUNTED if variants else _stock(shop, product)),
        "shipping_required": ware.grams > 0,
        "images": [{"id": 40 + product, "src": f"{SITE}/wp-content/uploads/ware-{product}.jpg", "name": slug, "alt": ""}],
        "attributes": [_attribute([WARES[one].variant for one in variants])] if variants else [],
        "variations": [variation_id(one) for one in variants],
        "price_html": f"<span>{money(ware.price, CURRENCY)}</span>",
        "has_options": bool(variants),
        "meta_data": _meta(product),
        **_bundled(product),
        "_links": links(f"products/{own}", "products"),
    }


TYPES: Final = {"bundle": "bundle"}
UNCOUNTED: Final[Tree] = {
    "manage_stock": False,
    "stock_quantity": None,
    "stock_status": "instock",
    "backorders": "no",
    "backorders_allowed": False,
    "backordered": False,
}


def render_variation(shop: Shop, ware: int) -> Tree:
    """Gives a variation."""
    sold, own, parent = WARES[ware], listing_id(ware), product_id(ware)
    path = f"products/{parent}/variations"
    return {
        "id": own,
        "type": "variation",
        "name": sold.variant,
        "parent_id": parent,
        "permalink": f"{SITE}/product/{_slug(sold.title)}/?attribute_pa_variant={_slug(sold.variant)}",
        **_times(shop, ware),
        "status": "publish",
        "description": "",
        "sku": sold.sku,
        **_priced(ware, regular=True),
        **_stock(shop, ware),
        "image": {"id": 40 + ware, "src": f"{SITE}/wp-content/uploads/ware-{ware}.jpg", "name": "", "alt": ""},
        "attributes": [{"id": 1, "name": "Variant", "slug": "pa_variant", "option": sold.variant}],
        "menu_order": variants_of(CHANNEL, product_of(ware)).index(ware) + 1,
        "meta_data": [],
        "_links": {**links(f"{path}/{own}", path), "up": [{"href": f"{SITE}/wp-json/wc/v3/products/{parent}"}]},
    }


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "ware"


def _times(shop: Shop, *wares: int) -> Tree:
    listed = int(shop.shelf.fact("start_ms") or 0) - LISTED_AGO_MS
    levels = (shop.ledger.level(CHANNEL, ware) for ware in wares)
    changed = max((level.changed_ms for level in levels if level), default=listed) or listed
    return {"date_created": site_time(listed), "date_created_gmt": gmt(listed),
            "date_modified": site_time(changed), "date_modified_gmt": gmt(changed)}  # fmt: skip


def _priced(ware: int, *, regular: bool) -> Tree:
    sold = WARES[ware]
    price = money(sold.price, CURRENCY)
    return {
        "price": price,
        "regular_price": price if regular else "",
        **UNSOLD,
        "purchasable": True,
        "virtual": sold.grams == 0,
        "downloadable": False,
        "tax_status": "taxable",
        "tax_class": "",
        "weight": f"{sold.grams / 1000:g}" if sold.grams else "",
    }


def _stock(shop: Shop, ware: int) -> Tree:
    level = shop.ledger.level(CHANNEL, ware)
    if level is None:
        return UNCOUNTED
    status = "instock" if level.shown > 0 else "outofstock"
    return {**UNCOUNTED, "manage_stock": True, "stock_quantity": level.shown, "stock_status": status}


def _attribute(options: list[str]) -> Tree:
    return {"id": 1, "name": "Variant", "slug": "pa_variant", "position": 0, "visible": True, "variation": True, "options": options}


def _meta(ware: int) -> list[Tree]:
    """Gives what plugins keep beside a product; a gift card is a simple product that says so here."""
    return [{"id": 7000 + ware, "key": "_gift_card", "value": "yes"}] if WARES[ware].kind == "gift_card" else []


def _bundled(product: int) -> Tree:
    """Gives the parts of a bundle as the vendor's extension Product Bundles lists them; nothing for other products."""
    parts = PARTS.get(product, ())
    rows = [{"bundled_item_id": 500 + place, "product_id": product_id(part), "menu_order": place, "quantity_min": many,
             "quantity_max": many, "allowed_variations": [variation_id(part)] if variation_id(part) else []}
            for place, (part, many) in enumerate(parts)]  # fmt: skip
    return {"bundled_items": rows} if rows else {}
