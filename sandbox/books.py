"""A warehouse's own books: the orders it took in, one for each reference, and what of them left by a given time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.exchange import Tree, list_of, tree_of
from sandbox.fate import Fate, Parcel, Request, Units, fate_of
from sandbox.shelf import Entry, Shelf, Ware
from sandbox.truth import TrueParcel

SHORT, REFUSED = "shipbob-short", "shipbob-refused"
"""The lists of all warehouses, called as when there was one."""


class Trade(NamedTuple):
    """One warehouse: its name, its first order's number, and where orders name our reference, their goods, and the SKU of these."""

    partner: str
    first_id: int
    reference: str
    goods: str
    sku: str
    status: str = ""
    """Where an order says whether it is to be worked on, and by which word; empty where each is."""
    works: str = ""

    @property
    def kind(self) -> str:
        """Gives what its orders are called on the shelf."""
        return f"{self.partner}-order"


@dataclass(frozen=True, slots=True)
class Taken:
    """An order that was taken in: what was sent, and what becomes of it; `cancelled_ms` is 0 unless it was called back."""

    trade: Trade
    entry: Entry
    sent: Tree
    fate: Fate

    @property
    def id(self) -> int:
        """Gives the warehouse's id of it."""
        return self.trade.first_id + self.entry.sequence

    @property
    def cancelled_ms(self) -> int:
        """Gives when it was called back."""
        return self.entry.closed_ms

    @property
    def skus(self) -> list[str]:
        """Gives the SKU of each product."""
        return skus_of(self.trade, self.sent)

    @property
    def is_idle(self) -> bool:
        """Says whether nobody works on it: it was called back, or told to wait."""
        return bool(self.cancelled_ms) or (self.trade.status != "" and self.sent.get(self.trade.status) != self.trade.works)

    def parcels(self, now_ms: int) -> Iterator[tuple[int, Parcel]]:
        """Gives each parcel that has left by now, with the warehouse's id of it."""
        for place, parcel in enumerate(self.fate.parcels):
            if not self.is_idle and parcel.left_ms <= now_ms:
                yield self.id * 10 + place, parcel

    def updated_ms(self, now_ms: int) -> int:
        """Gives when it last changed."""
        times = () if self.is_idle else self.fate.times
        return max((at_ms for at_ms in times if at_ms <= now_ms), default=self.entry.updated_ms)

    def tracked_ms(self, now_ms: int) -> int:
        """Gives when its tracking last changed, 0 where nothing has left."""
        return max((parcel.left_ms for _id, parcel in self.parcels(now_ms)), default=0)


class Books:
    """One warehouse's books as they lie on the street's shelf."""

    def __init__(self, shelf: Shelf, trade: Trade) -> None:
        self._shelf, self._trade, self._seed = shelf, trade, int(shelf.fact("seed") or 0)

    def orders(self) -> list[Taken]:
        """Gives every order, in the order they were taken in."""
        entries = self._shelf.entries(self._trade.kind)
        return [self._taken(entry, tree) for entry, tree in zip(entries, self._shelf.trees(entries), strict=True)]

    def find(self, reference: str) -> Taken | None:
        """Gives the order of a reference."""
        entry = self._shelf.find(self._trade.kind, reference)
        return self._taken(entry, self._shelf.trees([entry])[0]) if entry else None

    def take(self, sent: Tree, now_ms: int) -> Taken:
        """Takes an order in, or takes it anew in place of one of the same reference: work on it begins now."""
        trade, reference = self._trade, str(sent[self._trade.reference])
        known = self._shelf.find(trade.kind, reference)
        sequence = known.sequence if known else len(self._shelf.entries(trade.kind)) + 1
        created_ms = known.created_ms if known else now_ms
        kept = {"sent": sent, "short": [place for place, sku in enumerate(skus_of(trade, sent)) if sku in self.listed(SHORT)]}
        self._keep(Ware(trade.kind, reference, sequence, created_ms, now_ms, 0, "", "", json.dumps(kept).encode()))
        taken = self.find(reference)
        assert taken is not None  # noqa: S101  it was written a line ago
        return taken

    def call_back(self, order: Taken, now_ms: int, *, until_ms: int) -> bool:
        """Calls an order back, for good; gives whether it could be: only until then."""
        if order.cancelled_ms:
            return True
        if now_ms >= until_ms:
            return False
        entry = order.entry
        body = self._shelf.bodies([entry])[0]
        self._keep(Ware(self._trade.kind, entry.id, entry.sequence, entry.created_ms, now_ms, now_ms, "", "", body))
        return True

    def listed(self, name: str) -> set[str]:
        """Gives the SKUs on one of the warehouses' lists: those that come out short, those they refuse."""
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
                "partner": self._trade.partner,
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
        trade, kept = self._trade, tree_of(tree)
        sent = tree_of(kept["sent"])
        units: Units = tuple(int(str(tree_of(product).get("quantity"))) for product in list_of(sent.get(trade.goods)))
        short = tuple(int(str(place)) for place in list_of(kept["short"]))
        begun_ms = entry.created_ms if entry.closed_ms else entry.updated_ms
        asked = Request(trade.partner, entry.id, begun_ms, units, short)
        return Taken(trade, entry, sent, fate_of(self._seed, asked))


def skus_of(trade: Trade, sent: Tree) -> list[str]:
    """Gives the SKU of each product of an order as it was sent."""
    return [str(tree_of(product).get(trade.sku)) for product in list_of(sent.get(trade.goods))]


def tracking_number(parcel_id: int) -> str:
    """Gives what the carrier calls a parcel."""
    return f"STREET{parcel_id:012}"
