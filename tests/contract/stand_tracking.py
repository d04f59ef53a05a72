"""Where followers of parcels are put to the test: a vendor who follows some, and more than one batch of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from model.records.tracking import Parcel, Tracked, TrackingState, Untracked
from tests.contract.dialects import Tracks
from tests.contract.remote import NOW, Remote, Row
from tests.contract.stand import Link, Stand
from tests.contract.ways import Way, Ways

MANY = 60
"""Parcels, more than one batch; the last few are followed by nobody yet."""
FOLLOWED = 56
WAYS: tuple[tuple[TrackingState, ...], ...] = (
    ("announced",),
    ("announced", "in_transit", "out_for_delivery", "delivered"),
    ("announced", "in_transit", "held"),
    ("in_transit", "failed", "returned"),
    ("announced", "in_transit", "out_for_delivery", "failed", "out_for_delivery", "delivered"),
)

Answers = dict[str, Tracked | Untracked]


def number_of(place: int) -> str:
    """What the carrier calls a parcel."""
    return f"1Z{place:06}"


@dataclass
class TrackingStand(Stand):
    """One connector class under test as a follower of parcels."""

    def usual_rows(self) -> list[Row]:
        """None: there are parcels instead."""
        return []

    @property
    def tracks(self) -> Tracks:
        """How the vendor tells of parcels."""
        return next(door.tracks for door in self.dialect.doors if door.tracks)

    def remote(self, rows: list[Row] | None = None, *, shop: str = "north", empties: int = 0) -> Remote:  # noqa: ARG002  parcels are no rows
        """The vendor with the suite's usual parcels."""
        return Remote(self.dialect, {}, shop=shop, ways=Ways({number_of(place): _way(place) for place in range(MANY)}))

    def parcels(self) -> list[Parcel]:
        """All of the usual parcels, every other with its carrier."""
        return [Parcel(tracking_number=number_of(place), carrier="USPS" if place % 2 else None) for place in range(MANY)]

    def told(self, link: Link, parcels: Sequence[Parcel]) -> Answers:
        """What is told of each parcel, by number, told once."""
        answers = self.batches(link, parcels)
        by_number = {answer.tracking_number: answer for answer in answers}
        assert len(by_number) == len(answers), "a parcel is told twice"
        return by_number

    def batches(self, link: Link, parcels: Sequence[Parcel]) -> list[Tracked | Untracked]:
        """All that is told, in the order it is told in."""
        source: Any = link.connector
        return [answer for batch in source.fetch_tracking(parcels) for answer in batch]


def _way(place: int) -> Way:
    """A way over some days, every minute another."""
    begun = NOW - timedelta(days=9, minutes=place)
    return Way(
        [(state, begun + step * timedelta(days=1)) for step, state in enumerate(WAYS[place % len(WAYS)])], is_followed=place < FOLLOWED
    )
