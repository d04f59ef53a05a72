"""Finds what a global id names: an order, or a part of one that has an id of its own."""

from typing import Final, NamedTuple

from sandbox.exchange import Tree, list_of, tree_of
from sandbox.shelf import Shelf
from sandbox.shopify.money import gid, order_id

ORDERS: Final = "shopify-order"


class Numbering(NamedTuple):
    """How the parts of all orders are numbered: from `first`, `each` numbers per order; `field` of the order has them."""

    first: int
    each: int
    field: str

    def own(self, number: int, place: int) -> int:
        """Gives the id of the part at `place` of order `number`."""
        return self.first + number * self.each + place


PARTS: Final = {
    "LineItem": Numbering(14_000_000_000_000, 64, "lineItems"),
    "Fulfillment": Numbering(5_100_000_000_000, 4, "fulfillments"),
    "Refund": Numbering(980_000_000_000, 4, "refunds"),
    "Return": Numbering(9_800_000, 4, "returns"),
    "OrderTransaction": Numbering(6_500_000_000_000, 16, "transactions"),
}


def find(shelf: Shelf, wanted: str) -> tuple[Tree, Tree] | None:
    """Gives (the order's tree, the named part of it), None where nothing has this id."""
    kind, _, digits = wanted.removeprefix("gid://shopify/").partition("/")
    if kind == "Order":
        order = _order(shelf, wanted)
        return (order, order) if order else None
    numbering = PARTS.get(kind)
    if numbering is None or not digits.isdigit():
        return None
    order = _order(shelf, gid("Order", order_id((int(digits) - numbering.first) // numbering.each)))
    if order is None:
        return None
    held = order[numbering.field]
    parts = map(tree_of, list_of(tree_of(held).get("@", held)))
    return next(((order, part) for part in parts if part["id"] == wanted), None)


def _order(shelf: Shelf, wanted: str) -> Tree | None:
    entry = shelf.find(ORDERS, wanted)
    return tree_of(shelf.trees([entry])[0]) if entry else None
