"""Which shop offers which wares: one shared assortment, most of it on every channel, some of it on one only."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from sandbox.story import CHANNELS
from sandbox.wares import BUNDLE, BY_WEIGHT, HONEY, KNIFE, LAST_SEASON, WARES, WRAPPING

# wares that are not offered everywhere. Shopify's wrapping is a custom line of the order and no listing
ONLY_ON: Final = {
    WRAPPING: ("woo-shop",),
    **dict.fromkeys(BY_WEIGHT, ("square-till",)),
    KNIFE: ("shopify-main",),
    BUNDLE: ("shopify-main", "woo-shop"),
    LAST_SEASON: ("shopify-main", "square-till"),  # its SKU is another ware's; WooCommerce would not have it
    HONEY: ("woo-shop",),
}
# (part, how many of it) of what a shop puts together from other wares
PARTS: Final = {BUNDLE: ((0, 1), (7, 2))}


@cache
def offers(channel: str) -> tuple[int, ...]:
    """Gives the wares a channel lists, as places in WARES."""
    return tuple(ware for ware in range(len(WARES)) if channel in ONLY_ON.get(ware, CHANNELS))


@cache
def product_of(ware: int) -> int:
    """Gives the ware that stands first among the variants of this one's product."""
    return next(place for place, other in enumerate(WARES) if other.title == WARES[ware].title)


@cache
def variants_of(channel: str, product: int) -> tuple[int, ...]:
    """Gives the wares a channel lists as variants of one product."""
    return tuple(ware for ware in offers(channel) if product_of(ware) == product)


def products(channel: str) -> Iterator[int]:
    """Gives the products a channel lists, each as its first ware."""
    return (ware for ware in offers(channel) if product_of(ware) == ware)


def is_countable(ware: int) -> bool:
    """Says whether stock of a ware can be counted in whole units at all."""
    return WARES[ware].kind == "goods" and not WARES[ware].unit


def offers_of(channel: str, sku: str) -> list[int]:
    """Gives the wares a channel lists under a SKU. Raises ValueError where it lists none."""
    if channel not in CHANNELS:
        message = f"{channel} is no channel of the street"
        raise ValueError(message)
    found = [ware for ware in offers(channel) if WARES[ware].sku == sku]
    if not found:
        message = f"{channel} does not list {sku or 'anything without a SKU'}"
        raise ValueError(message)
    return found


def exploded(ware: int, quantity: int) -> Iterator[tuple[int, int]]:
    """Gives (ware, quantity) as they lie on the shelf: the parts of what is put together, else the ware itself."""
    return ((part, many * quantity) for part, many in PARTS.get(ware, ((ware, 1),)))
