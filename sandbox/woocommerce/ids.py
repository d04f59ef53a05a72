"""How WooCommerce numbers what it sells: a product, and a variation of it where it has any."""

from sandbox.catalogue import product_of
from sandbox.wares import WARES

FIRST = 100


def product_id(ware: int) -> int:
    """Gives the id of the product a ware is, or is a variation of."""
    return FIRST + 2 * product_of(ware)


def variation_id(ware: int) -> int:
    """Gives the id of the variation a ware is, 0 where it is a product by itself."""
    return FIRST + 1 + 2 * ware if WARES[ware].variant else 0


def listing_id(ware: int) -> int:
    """Gives the id stock is set under: the variation's, or the product's where it has none."""
    return variation_id(ware) or product_id(ware)
