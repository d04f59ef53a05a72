"""Who gets what is there: wants in their order, each from the first location that has it all, else from several, else not at all.

Pure: free quantities in, takes and shortages out. A kit is taken in whole kits only, as parts that make no kit help nobody.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

Place = tuple[str, str]
"""SKU and location."""
WHOLE = 1000
"""Thousandths in one whole unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What one order line needs: so much of a SKU, made of these parts (itself, unless it is a kit), from these locations."""

    order_id: str
    line: str
    quantity: int
    parts: tuple[tuple[str, int], ...]
    """Part and thousandths of it in one whole unit wanted."""
    locations: tuple[str, ...]
    """By priority."""


@dataclass(frozen=True, slots=True)
class Take:
    """Quantity of one part at one location for one want."""

    want: Want
    sku: str
    location: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """Quantity of one part that is nowhere free; it is wanted from the first location."""

    want: Want
    sku: str
    location: str
    quantity: int


def allocate(wants: Sequence[Want], free: Mapping[Place, int]) -> tuple[list[Take], list[Shortage]]:
    """Serve the wants in the order given; nothing is promised twice."""
    left = dict(free)
    takes: list[Take] = []
    shortages: list[Shortage] = []
    for want in wants:
        served = _servable(want, left)
        for sku, per_unit in want.parts:
            takes += _take(want, sku, served * per_unit // WHOLE, left)
            if served < want.quantity:
                missing = want.quantity * per_unit // WHOLE - served * per_unit // WHOLE
                shortages.append(Shortage(want, sku, want.locations[0], missing))
    return takes, shortages


def _servable(want: Want, left: Mapping[Place, int]) -> int:
    """How much of the want can be served; of what is wanted in whole units, whole units."""
    most = want.quantity
    for sku, per_unit in want.parts:
        most = min(most, sum(max(0, left.get((sku, place), 0)) for place in want.locations) * WHOLE // per_unit)
    return most if len(want.parts) == 1 and want.quantity % WHOLE else most // WHOLE * WHOLE


def _take(want: Want, sku: str, quantity: int, left: MutableMapping[Place, int]) -> list[Take]:
    alone = [place for place in want.locations if left.get((sku, place), 0) >= quantity]
    takes: list[Take] = []
    for place in alone[:1] or want.locations:
        taken = min(quantity, max(0, left.get((sku, place), 0)))
        if taken:
            left[(sku, place)] -= taken
            quantity -= taken
            takes.append(Take(want, sku, place, taken))
    return takes
