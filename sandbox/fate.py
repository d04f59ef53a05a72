"""What becomes of an order at the warehouse: settled by the seed and its reference alone, so that only time must pass.

It is picked after some minutes, and until then it can be called back. What is there leaves in one parcel or two; what is missing is
given up some minutes later.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from sandbox.story import dice

SECOND: Final = 1000
PICKED_S: Final = (120, 600)
LEFT_S: Final = (60, 300)
SECOND_PARCEL_S: Final = (120, 900)
GIVEN_UP_S: Final = (300, 600)
SPLIT_ONE_IN: Final = 6
SHORT_ONE_IN: Final = 20

Units = tuple[int, ...]
"""Whole units of each product of an order, in its order."""


class Request(NamedTuple):
    """What a warehouse was asked for: our reference, when, units by product, and at which of them it shall come out one short."""

    partner: str
    reference: str
    created_ms: int
    units: Units
    short: tuple[int, ...]


class Parcel(NamedTuple):
    """Units that leave together at a time."""

    left_ms: int
    units: Units


@dataclass(frozen=True, slots=True)
class Fate:
    """All that will happen to an order that is not called back; nothing is missing where `missing` is all zeros."""

    picked_ms: int
    parcels: tuple[Parcel, ...]
    missing: Units
    given_up_ms: int

    @property
    def is_short(self) -> bool:
        """Says whether something will be missing."""
        return any(self.missing)

    @property
    def times(self) -> tuple[int, ...]:
        """Gives when it changes, after it was created."""
        return (self.picked_ms, *(parcel.left_ms for parcel in self.parcels), *([self.given_up_ms] if self.is_short else []))


@lru_cache(maxsize=50_000)
def fate_of(seed: int, asked: Request) -> Fate:
    """Gives what becomes of an order; the same arguments always give the same fate."""
    throw = dice(seed, asked.partner, asked.reference)
    picked = asked.created_ms + throw.randint(*PICKED_S) * SECOND
    left = picked + throw.randint(*LEFT_S) * SECOND
    later = left + throw.randint(*SECOND_PARCEL_S) * SECOND
    is_split, is_short = throw.randrange(SPLIT_ONE_IN) == 0, throw.randrange(SHORT_ONE_IN) == 0
    short = {*asked.short, *([0] if is_short and sum(asked.units) > 1 else [])}
    missing = tuple(min(many, int(place in short)) for place, many in enumerate(asked.units))
    there = tuple(many - gone for many, gone in zip(asked.units, missing, strict=True))
    parcels = tuple(Parcel(at_ms, units) for at_ms, units in zip((left, later), _packed(there, is_split=is_split), strict=False))
    last = parcels[-1].left_ms if parcels else picked
    return Fate(picked, parcels, missing, last + throw.randint(*GIVEN_UP_S) * SECOND)


def _packed(there: Units, *, is_split: bool) -> list[Units]:
    """Gives the units of each parcel: all in one, or one unit of the first product that is there before the rest."""
    if sum(there) == 0:
        return []
    if not is_split or sum(there) == 1:
        return [there]
    first = next(place for place, many in enumerate(there) if many)
    alone = tuple(int(place == first) for place in range(len(there)))
    return [alone, tuple(many - gone for many, gone in zip(there, alone, strict=True))]
