"""How Shopify numbers what it sells: products, variants, and the inventory items their stock goes by."""

from typing import Final

from sandbox.catalogue import product_of
from sandbox.shopify.money import gid

FIRST: Final = {
    "Product": 8_000_000_000,
    "ProductVariant": 44_000_000_000,
    "InventoryItem": 46_000_000_000,
    "InventoryLevel": 48_000_000_000,
}
LOCATION_ID: Final = 63_590_301


def variant_id(ware: int) -> int:
    """Gives the number of a ware's variant."""
    return FIRST["ProductVariant"] + ware


def variant_gid(ware: int) -> str:
    """Gives the global id of a ware's variant."""
    return gid("ProductVariant", variant_id(ware))


def product_gid(ware: int) -> str:
    """Gives the global id of the product a ware is a variant of."""
    return gid("Product", FIRST["Product"] + product_of(ware))


def item_gid(ware: int) -> str:
    """Gives the global id of a ware's inventory item."""
    return gid("InventoryItem", FIRST["InventoryItem"] + ware)


def level_gid(ware: int) -> str:
    """Gives the global id of a ware's level at the shop's location."""
    return f"{gid('InventoryLevel', FIRST['InventoryLevel'] + LOCATION_ID)}?inventory_item_id={FIRST['InventoryItem'] + ware}"


def ware_of(wanted: str) -> tuple[str, int]:
    """Gives (kind, ware) of a global id of something sold; ware -1 where it is none."""
    kind, _, digits = wanted.removeprefix("gid://shopify/").partition("/")
    own = digits.partition("?inventory_item_id=")[2] or digits
    first = FIRST.get("InventoryItem" if kind == "InventoryLevel" else kind)
    return (kind, int(own) - first) if first and own.isdigit() and wanted.startswith("gid://shopify/") else (kind, -1)
