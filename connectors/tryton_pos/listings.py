"""What may be sold at the tills: one slice per variant, the id that lines name."""

from collections.abc import Mapping
from typing import Final

from connectors._kit import read_payload
from connectors.tryton_pos.payloads import Product
from model.records.listing import Listing, ListingKind

KINDS: Final[Mapping[str, ListingKind]] = {"goods": "goods", "assets": "goods", "service": "service"}


def read_listing(raw: bytes) -> Listing:
    """One variant. Tryton counts goods that are not consumed unseen."""
    product = read_payload(Product, raw)
    return Listing(
        external_id=str(product.id),
        product_external_id=str(product.template),
        stock_external_id=str(product.id),
        sku=product.code or None,
        title=product.name,
        kind=KINDS[product.type],
        is_tracked=product.type == "goods" and not product.consumable,
    )
