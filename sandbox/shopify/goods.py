"""What the Shopify shop sells: variants with their inventory items and levels, and the locations they lie at."""

import re
from collections.abc import Callable
from typing import Final

from sandbox.catalogue import PARTS, offers, product_of, variants_of
from sandbox.exchange import Tree
from sandbox.shelf import Level
from sandbox.shop import Shop, cursor_after, start_after, turn
from sandbox.shopify.graphql import Field
from sandbox.shopify.ids import LOCATION_ID, item_gid, level_gid, product_gid, variant_gid, variant_id, ware_of
from sandbox.shopify.lines import many
from sandbox.shopify.money import SHOP_CURRENCY, gid, moment, money
from sandbox.shopify.project import Cut, page_info
from sandbox.shopify.refusing import RefusedError, page_size
from sandbox.wares import WARES

CHANNEL: Final = "shopify-main"
LISTED_MS: Final = 1_760_000_000_000
SKU_TERM: Final = re.compile(r"(?:^|[\s(])sku:\s*(?:'([^']*)'|\"([^\"]*)\"|([^\s)]+))")
STATES: Final = ("incoming", "reserved", "damaged", "safety_stock", "quality_control")


def location(own: int, name: str, *, active: bool) -> Tree:
    """Gives a place where goods lie."""
    return {
        "__typename": "Location", "id": gid("Location", own), "legacyResourceId": str(own), "name": name, "isActive": active,
        "fulfillsOnlineOrders": active, "shipsInventory": active, "isFulfillmentService": False, "hasActiveInventory": active,
        "hasUnfulfilledOrders": active, "isPrimary": active, "activatable": not active, "deactivatable": False, "deletable": False,
        "addressVerified": True, "createdAt": moment(LISTED_MS), "updatedAt": moment(LISTED_MS), "deactivatedAt": None,
        "address": {"address1": "1 Market Row", "city": "Berlin", "zip": "10119", "country": "Germany", "countryCode": "DE"},
    }  # fmt: skip


WAREHOUSE: Final = location(LOCATION_ID, "Street Warehouse", active=True)
LOCATIONS: Final = (WAREHOUSE, location(LOCATION_ID + 1, "Pop-up stall, closed", active=False))


def render_variant(shop: Shop, ware: int) -> Tree:
    """Gives a variant with everything that hangs on it."""
    sold, level, option = WARES[ware], shop.ledger.level(CHANNEL, ware), WARES[ware].variant or "Default Title"
    changed, left = moment(_changed_ms(level)), _sellable(shop, ware)
    return {
        **_short(ware),
        "legacyResourceId": str(variant_id(ware)),
        "title": option,
        "displayName": f"{sold.title} - {option}",
        "barcode": None,
        "price": str(money(sold.price, SHOP_CURRENCY)["amount"]),
        "compareAtPrice": None,
        "position": variants_of(CHANNEL, product_of(ware)).index(ware) + 1,
        "availableForSale": left is None or left > 0,
        "createdAt": moment(LISTED_MS),
        "updatedAt": changed,
        "inventoryPolicy": "DENY",
        "inventoryQuantity": left or 0,
        "sellableOnlineQuantity": left or 0,
        "taxable": sold.kind != "gift_card",
        "requiresComponents": ware in PARTS,
        "selectedOptions": [{"name": "Variant" if sold.variant else "Title", "value": option}],
        "productVariantComponents": many([
            {"__typename": "ProductVariantComponent", "id": gid("ProductVariantComponent", 90_000 + part), "quantity": units,
             "productVariant": _short(part)} for part, units in PARTS.get(ware, ())]),
        "product": _product(ware, changed),
        "inventoryItem": render_item(shop, ware),
    }  # fmt: skip


def _short(ware: int) -> Tree:
    return {"__typename": "ProductVariant", "id": variant_gid(ware), "sku": WARES[ware].sku or None}


def _product(ware: int, changed: str) -> Tree:
    sold = WARES[product_of(ware)]
    return {
        "__typename": "Product",
        "id": product_gid(ware),
        "legacyResourceId": product_gid(ware).rpartition("/")[2],
        "title": sold.title,
        "handle": f"ware-{product_of(ware)}",
        "status": "ACTIVE",
        "vendor": "Street & Sons",
        "productType": "",
        "tags": [],
        "isGiftCard": sold.kind == "gift_card",
        "hasOnlyDefaultVariant": not sold.variant,
        "hasVariantsThatRequiresComponents": ware in PARTS,
        "createdAt": moment(LISTED_MS),
        "updatedAt": changed,
        "publishedAt": moment(LISTED_MS),
    }


def render_item(shop: Shop, ware: int) -> Tree:
    """Gives the inventory item of a ware; a bundle is tracked as long as its parts are."""
    sold, level = WARES[ware], shop.ledger.level(CHANNEL, ware)
    at_warehouse = render_level(shop, ware)
    return {
        "__typename": "InventoryItem",
        "id": item_gid(ware),
        "legacyResourceId": item_gid(ware).rpartition("/")[2],
        "sku": sold.sku or None,
        "tracked": _sellable(shop, ware) is not None,
        "trackedEditable": {"locked": ware in PARTS, "reason": None},
        "requiresShipping": sold.grams > 0,
        "duplicateSkuCount": sum(WARES[other].sku == sold.sku for other in offers(CHANNEL)) - 1 if sold.sku else 0,
        "harmonizedSystemCode": None,
        "countryCodeOfOrigin": None,
        "provinceCodeOfOrigin": None,
        "unitCost": None,
        "locationsCount": {"count": 1, "precision": "EXACT"},
        "createdAt": moment(LISTED_MS),
        "updatedAt": moment(_changed_ms(level)),
        "variant": _short(ware),
        "inventoryLevels": many([at_warehouse]),
        "inventoryLevel": at_warehouse,
    }


def render_level(shop: Shop, ware: int) -> Tree:
    """Gives a ware's level at the warehouse: on_hand is what is available, committed and set apart together."""
    level = shop.ledger.level(CHANNEL, ware) or Level(CHANNEL, ware)
    changed = moment(_changed_ms(level))
    states = {"available": level.shown, "committed": level.committed, "on_hand": level.shown + level.committed, **dict.fromkeys(STATES, 0)}
    return {
        "__typename": "InventoryLevel",
        "id": level_gid(ware),
        "isActive": True,
        "canDeactivate": level.committed == 0,
        "deactivationAlert": None,
        "createdAt": moment(LISTED_MS),
        "updatedAt": changed,
        "location": WAREHOUSE,
        "item": {"__typename": "InventoryItem", "id": item_gid(ware), "sku": WARES[ware].sku or None, "variant": _short(ware)},
        "quantities": [
            {"__typename": "InventoryQuantity", "id": f"{gid('InventoryQuantity', LOCATION_ID)}?inventory_item_id={ware}&name={name}",
             "name": name, "quantity": units, "updatedAt": changed} for name, units in states.items()],
    }  # fmt: skip


def _changed_ms(level: Level | None) -> int:
    return level.changed_ms if level and level.changed_ms else LISTED_MS


def _sellable(shop: Shop, ware: int) -> int | None:
    """Gives what a buyer may still buy, of a bundle by its scarcest part; None where it is not counted."""
    levels = [(shop.ledger.level(CHANNEL, part), units) for part, units in PARTS.get(ware, ((ware, 1),))]
    return min((level.shown // units for level, units in levels if level), default=None)


RENDERERS: Final[dict[str, Callable[[Shop, int], Tree]]] = {
    "ProductVariant": render_variant,
    "InventoryItem": render_item,
    "InventoryLevel": render_level,
    "Product": lambda shop, ware: _product(ware, moment(_changed_ms(shop.ledger.level(CHANNEL, ware)))),
}


def find(shop: Shop, wanted: str) -> Tree | None:
    """Gives what a global id names among what is sold and where it lies, None where it is nothing of that."""
    kind, ware = ware_of(wanted)
    if kind in RENDERERS and ware in offers(CHANNEL):
        tree = RENDERERS[kind](shop, ware)
        return tree if tree["id"] == wanted else None
    return next((place for place in LOCATIONS if place["id"] == wanted), None)


def variants(shop: Shop, cut: Cut, field: Field, given: Tree) -> Tree:
    """Answers `productVariants`: in the order of their ids, by SKU where the search names one."""
    return _page(shop, cut, field, given, render_variant)


def items(shop: Shop, cut: Cut, field: Field, given: Tree) -> Tree:
    """Answers `inventoryItems`."""
    return _page(shop, cut, field, given, render_item)


def count_variants(_shop: Shop, cut: Cut, field: Field, given: Tree) -> Tree:
    """Answers `productVariantsCount`."""
    count: Tree = {"__typename": "Count", "count": len(_found(given)), "precision": "EXACT"}
    return cut.of(count, field.selections, (field.alias,))


def locations(_shop: Shop, cut: Cut, field: Field, given: Tree) -> Tree:
    """Answers `locations`: the active ones unless the others are asked for."""
    shown = [place for place in LOCATIONS if place["isActive"] or given.get("includeInactive")][: page_size(given, field.alias)]
    nodes = [(cursor_after((at, 0)), place) for at, place in enumerate(shown)]
    info = page_info(nodes, more=False, before=False, end=nodes[-1][0])
    return cut.connection_of(nodes, field, info, (field.alias,))


def _found(given: Tree) -> list[int]:
    skus = {word for match in SKU_TERM.findall(str(given.get("query") or "")) for word in match if word}
    return [ware for ware in offers(CHANNEL) if not skus or WARES[ware].sku in skus]


def _page(shop: Shop, cut: Cut, field: Field, given: Tree, render: Callable[[Shop, int], Tree]) -> Tree:
    size, sign = page_size(given, field.alias), -1 if given.get("reverse") else 1
    wares = sorted(_found(given), key=lambda ware: sign * ware)
    keys = [(sign * ware, 0) for ware in wares]
    try:
        start = start_after(keys, str(given["after"]) if given.get("after") else None)
    except ValueError:
        raise RefusedError("Invalid cursor for current pagination sort.", {"code": "BAD_REQUEST"}, (field.alias,)) from None
    leaf = turn(wares, start, size, shop.twist)
    nodes = [(cursor_after((sign * ware, 0)), render(shop, ware)) for ware in leaf.entries]
    end = cursor_after(keys[min(leaf.next_start, len(keys)) - 1]) if leaf.next_start and keys else None
    return cut.connection_of(nodes, field, page_info(nodes, more=leaf.more, before=start > 0, end=end), (field.alias,))
