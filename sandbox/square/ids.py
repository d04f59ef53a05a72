"""How Square names what it sells: an item, and the variation of it that order lines and counts go by."""

from typing import Final

from sandbox.catalogue import product_of
from sandbox.square.words import token

CATALOG_VERSION: Final = 1_760_000_000_000


def variation_id(ware: int) -> str:
    """Gives the id of a ware's variation."""
    return token("ware", ware)


def item_id(ware: int) -> str:
    """Gives the id of the item a ware is a variation of."""
    return token("item", product_of(ware))
