"""ShipBob's own books: the orders it took in, one for each reference, and what of them left by a given time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.exchange import Tree, list_of, tree_of
from sandbox.shelf import Entry, Shelf, Ware
from sandbox.shipbob.fate import Fate, Parcel, Request, Units, fate_of
from sandbox.truth import TrueParcel

ORDERS: Final = "shipbob-order"
SHORT, REFUSED = "shipbob-short", "shipbob-refused"
FIRST_ID: Final = 230_000_000
MISSING: Final = 9
"""The last digit of the shipment of what is missing; parcels are numbered from 0."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An order that was taken in: what was sent, and what becomes of it; `cancelled_ms` is 0 unless it was called back."""

    entry: Entry
    sent: Tree
    fate: Fate

    @property
    def id(self) -> int:
        """Gives ShipBob's id of it."""
        return FIRST_ID + self.entry.sequence

    @property
    def cancelled_ms(self) -> int:
        """Gives when it was called back."""
        return self.entry.closed_ms

    @property
    def skus(self) -> list[str]:
        """Gives the reference of each product."""
        return [str(tree_of(product).get("reference_id")) for product in list_of(self.sent.get("products"))]

    def parcels(self, now_ms: int) -> Iterator[tuple[int, Parcel]]:
        """Gives each parcel that has left by now, with ShipBob's id of it."""
        for place, parcel in enumerate(self.fate.parcels):
            if not self.cancelled_ms and parcel.left_ms <= now_ms:
                yield self.id * 10 + place, parcel

    def updated_ms(self, now_ms: int) -> int:
        """Gives when it last changed."""
        times = (self.cancelled_ms,) if self.cancelled_ms else self.fate.times
        return max((at_ms for at_ms in times if at_ms <= now_ms), default=self.entry.created_ms)

    def tracked_ms(self, now_ms: int) -> int:
        """Gives when its tracking last changed, 0 where nothing has left."""
        return max((parcel.left_ms for _id, parcel in self.parcels(now_ms)), default=0)


class Books:
    """The books as they lie on the street's shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf, self._seed = shelf, int(shelf.fact("seed") or 0)

    def orders(self) -> list[Taken]:
        """Gives every order, in the order they were taken in."""
        entries = self._shelf.entries(ORDERS)
        return [self._taken(entry, tree) for entry, tree in zip(entries, self._shelf.trees(entries), strict=True)]

    def find(self, reference: str) -> Taken | None:
        """Gives the order of a reference."""
        entry = self._shelf.find(ORDERS, reference)
        return self._taken(entry, self._shelf.trees([entry])[0]) if entry else None

    def take(self, sent: Tree, now_ms: int) -> Taken:
        """Takes an order in."""
        reference = str(sent["reference_id"])
        skus = [str(tree_of(product).get("reference_id")) for product in list_of(sent.get("products"))]
        kept = {"sent": sent, "short": [place for place, sku in enumerate(skus) if sku in self.listed(SHORT)]}
        self._keep(Ware(ORDERS, reference, len(self._shelf.entries(ORDERS)) + 1, now_ms, now_ms, 0, "", "", json.dumps(kept).encode()))
        taken = self.find(reference)
        assert taken is not None  # noqa: S101  it was written a line ago
        return taken

    def call_back(self, order: Taken, now_ms: int) -> bool:
        """Calls an order back, for good; gives whether it could be: nobody may have begun to pick it."""
        if order.cancelled_ms:
            return True
        if now_ms >= order.fate.picked_ms:
            return False
        entry = order.entry
        body = self._shelf.bodies([entry])[0]
        self._keep(Ware(ORDERS, entry.id, entry.sequence, entry.created_ms, now_ms, now_ms, "", "", body))
        return True

    def listed(self, name: str) -> set[str]:
        """Gives the SKUs on one of the warehouse's lists: those that come out short, those it refuses."""
        return {sku for sku in (self._shelf.fact(name) or "").split(",") if sku}

    def put_on(self, name: str, sku: str, *, listed: bool) -> None:
        """Puts a SKU on a list, or takes it off."""
        skus = self.listed(name) - {sku}
        if listed:
            skus.add(sku)
        self._shelf.keep({name: ",".join(sorted(skus))})

    def parcels(self, now_ms: int) -> list[TrueParcel]:
        """Gives every parcel that has left by now."""
        return [
            {
                "partner": "shipbob",
                "reference": order.entry.id,
                "external_id": str(parcel_id),
                "tracking_number": tracking_number(parcel_id),
                "lines": [{"sku": sku, "quantity": many} for sku, many in zip(order.skus, parcel.units, strict=True) if many],
            }
            for order in self.orders()
            for parcel_id, parcel in order.parcels(now_ms)
        ]

    def _keep(self, ware: Ware) -> None:
        self._shelf.keep({}, wares=[[ware]])

    def _taken(self, entry: Entry, tree: object) -> Taken:
        kept = tree_of(tree)
        sent = tree_of(kept["sent"])
        units: Units = tuple(int(str(tree_of(product).get("quantity"))) for product in list_of(sent.get("products")))
        short = tuple(int(str(place)) for place in list_of(kept["short"]))
        return Taken(entry, sent, fate_of(self._seed, Request(entry.id, entry.created_ms, units, short)))


def tracking_number(parcel_id: int) -> str:
    """Gives what the carrier calls a parcel."""
    return f"STREET{parcel_id:012}"
