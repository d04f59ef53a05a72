"""EasyPost's own books: the shipments it rated, the postage it sold, and the parcels it follows."""

import json
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Final

from sandbox.exchange import Tree, tree_of
from sandbox.shelf import Entry, Shelf, Ware
from sandbox.truth import TrueLabel

SHIPMENTS: Final = "easypost-shipment"
TRACKERS: Final = "easypost-tracker"
HEAVIEST_OUNCES: Final = 1120
"""Seventy pounds; nobody here carries more."""
HOME: Final = "US"


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a carrier asks for one service: so much for a parcel, and for each ounce begun."""

    carrier: str
    service: str
    cents: int
    cents_an_ounce: int


TARIFFS: Final = (
    Tariff("USPS", "GroundAdvantage", 480, 9),
    Tariff("USPS", "Priority", 690, 12),
    Tariff("USPS", "Express", 2650, 31),
    Tariff("UPS", "Ground", 905, 11),
)


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment, and which of its rates was bought (-1: none yet); its postage can be bought once."""

    entry: Entry
    sent: Tree
    bought: int

    @property
    def reference(self) -> str:
        """Gives what the sender calls it; several may be called alike."""
        return str(self.sent.get("reference") or "")

    @property
    def ounces(self) -> Decimal:
        """Gives what it weighs."""
        return Decimal(str(tree_of(self.sent.get("parcel")).get("weight") or 0))

    @property
    def tariffs(self) -> tuple[Tariff, ...]:
        """Gives what it is offered: nothing where it goes abroad or is too heavy."""
        countries = {str(tree_of(self.sent.get(end)).get("country")) for end in ("from_address", "to_address")}
        return TARIFFS if countries == {HOME} and self.ounces <= HEAVIEST_OUNCES else ()

    @property
    def tracking_number(self) -> str:
        """Gives what the carrier calls the parcel."""
        return f"9400{self.entry.sequence:018}"

    def cents(self, tariff: Tariff) -> int:
        """Gives what a service costs for it."""
        return tariff.cents + tariff.cents_an_ounce * ceil(self.ounces)


class Books:
    """The books as they lie on the street's shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.seed = int(shelf.fact("seed") or 0)

    def shipments(self) -> list[Shipment]:
        """Gives every shipment, in the order they were made."""
        entries = self._shelf.entries(SHIPMENTS)
        return [_shipment(entry, tree) for entry, tree in zip(entries, self._shelf.trees(entries), strict=True)]

    def shipment(self, wanted: str) -> Shipment | None:
        """Gives the shipment of an id."""
        entry = self._shelf.find(SHIPMENTS, wanted)
        return _shipment(entry, self._shelf.trees([entry])[0]) if entry else None

    def make(self, sent: Tree, now_ms: int) -> Shipment:
        """Makes one more shipment, whatever it is called."""
        number = len(self._shelf.entries(SHIPMENTS)) + 1
        return self._write(Ware(SHIPMENTS, f"shp_{number:032x}", number, now_ms, now_ms, 0, "", "", _kept(sent, -1)))

    def buy(self, shipment: Shipment, place: int, now_ms: int) -> Shipment:
        """Sells the postage of a shipment at one of its rates, and follows the parcel from now on."""
        entry = shipment.entry
        sold = self._write(Ware(SHIPMENTS, entry.id, entry.sequence, entry.created_ms, now_ms, now_ms, "", "", _kept(shipment.sent, place)))
        self.follow(sold.tracking_number, shipment.tariffs[place].carrier, now_ms)
        return sold

    def tracker(self, number: str) -> Entry | None:
        """Gives what follows a parcel."""
        return self._shelf.find(TRACKERS, number)

    def follow(self, number: str, carrier: str, now_ms: int) -> Entry:
        """Follows a parcel, or goes on with it."""
        found = self.tracker(number)
        if found is None:
            sequence = len(self._shelf.entries(TRACKERS)) + 1
            self._shelf.keep({}, wares=[[Ware(TRACKERS, number, sequence, now_ms, now_ms, 0, carrier, "", b"{}")]])
            found = self.tracker(number)
        assert found is not None  # noqa: S101  it was written a line ago
        return found

    def labels(self) -> list[TrueLabel]:
        """Gives every label that was paid for."""
        return [
            {
                "shipment": shipment.entry.id,
                "reference": shipment.reference,
                "tracking_number": shipment.tracking_number,
                "service": f"{shipment.tariffs[shipment.bought].carrier} {shipment.tariffs[shipment.bought].service}",
                "cents": shipment.cents(shipment.tariffs[shipment.bought]),
            }
            for shipment in self.shipments()
            if shipment.bought >= 0
        ]

    def _write(self, ware: Ware) -> Shipment:
        self._shelf.keep({}, wares=[[ware]])
        written = self.shipment(ware.id)
        assert written is not None  # noqa: S101  it was written a line ago
        return written


def _kept(sent: Tree, bought: int) -> bytes:
    return json.dumps({"sent": sent, "bought": bought}).encode()


def _shipment(entry: Entry, tree: object) -> Shipment:
    kept = tree_of(tree)
    return Shipment(entry, tree_of(kept["sent"]), int(str(kept["bought"])))
