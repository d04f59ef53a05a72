"""How Shopify numbers what it sells: products, variants, and the inventory items their stock goes by."""

from sandbox.catalogue import product_of
from sandbox.shopify.money import gid

FIRST = {"Product": 8_000_000_000, "ProductVariant": 44_000_000_000, "InventoryItem": 46_000_000_000}


def variant_id(ware: int) -> int:
    """Gives the number of a ware's variant."""
    return FIRST["ProductVariant"] + ware


def variant_gid(ware: int) -> str:
    """Gives the global id of a ware's variant."""
    return gid("ProductVariant", variant_id(ware))


def product_gid(ware: int) -> str:
    """Gives the global id of the product a ware is a variant of."""
    return gid("Product", FIRST["Product"] + product_of(ware))
