"""What a hub tells a shop of goods that left, folded into an order's life: each vendor keeps it in its own form.

Shopify keeps parcels with their lines. WooCommerce keeps whatever is written beside an order, and a state. Square keeps fulfilments that
are moved from state to state, each of all lines.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from sandbox.exchange import Tree, list_of, tree_of

if TYPE_CHECKING:
    from sandbox.life import Life

MOST_PARCELS: Final = 4
"""Parcels of one order that have an id of their own."""
NESTED: Final = ("metadata", "shipment_details")
"""Parts of a fulfilment of which only what is named is changed."""


class Parcel(NamedTuple):
    """How a parcel somebody told of can be followed."""

    carrier: str
    numbers: tuple[str, ...]
    urls: tuple[str, ...]


class Shipment(NamedTuple):
    """Goods that left together: quantity (thousandths) per line; `told` where the shop did not ship them itself."""

    at_ms: int
    quantities: tuple[int, ...]
    told: Parcel | None = None


def ship(life: "Life", at_ms: int, told: Mapping[str, object]) -> bool:
    """Lets told quantities leave in a parcel."""
    quantities = tuple(cast("list[int]", list_of(told.get("quantities"))))
    pairs = zip(quantities, left_of(life), strict=True)
    if life.cancelled_ms or not any(quantities) or any(many > left for many, left in pairs) or len(life.shipments) >= MOST_PARCELS:
        return False
    numbers, urls = (tuple(map(str, list_of(told.get(name)))) for name in ("numbers", "urls"))
    life.shipments.append(Shipment(at_ms, quantities, Parcel(str(told.get("carrier") or ""), numbers, urls)))
    return True


def write_beside(life: "Life", _at_ms: int, told: Mapping[str, object]) -> bool:
    """Keeps values beside the order under their keys; null takes one away."""
    life.beside.update(told)
    for key in [key for key, value in life.beside.items() if value is None]:
        del life.beside[key]
    return True


def complete(life: "Life", at_ms: int, _told: Mapping[str, object]) -> bool:
    """Lets all that is left leave, in parcels nobody named."""
    left = left_of(life)
    if life.cancelled_ms or life.failed or not any(left):
        return False
    life.shipments.append(Shipment(at_ms, left, Parcel("", (), ())))
    return True


def fulfil(life: "Life", at_ms: int, told: Mapping[str, object]) -> bool:
    """Adds fulfilments by their uid, or changes parts of them; one that is completed lets all that is left leave."""
    for sparse in map(tree_of, list_of(told.get("fulfillments"))):
        uid = str(sparse["uid"])
        before = life.fulfilments.get(uid, {"uid": uid, "type": "SHIPMENT", "state": "PROPOSED"})
        nested = {
            name: {**tree_of(before.get(name)), **tree_of(sparse[name])} for name in ("metadata", "shipment_details") if name in sparse
        }
        life.fulfilments[uid] = {**before, **sparse, **nested}
        if sparse.get("state") == "COMPLETED" and before["state"] != "COMPLETED":
            complete(life, at_ms, {})
    return True


def left_of(life: "Life") -> tuple[int, ...]:
    """Gives what of each line has neither left nor been given back."""
    rows = zip(life.quantities, life.shipped, life.refunded, strict=True)
    return tuple(max(0, many - gone - back) for many, gone, back in rows)


TOLD: Final[dict[str, Callable[["Life", int, Tree], bool]]] = {
    "tell_ship": ship,
    "tell_beside": write_beside,
    "tell_complete": complete,
    "tell_fulfil": fulfil,
}
