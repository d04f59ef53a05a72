"""Choose the locations of one order: in one parcel where that costs no more, else from where it is held, else by the cheapest."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from model.rules.allocation import WHOLE, Place
from model.rules.routing.settings import RoutingRules

Part = tuple[str, str]
"""Order line and SKU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to leave for one order, in thousandths: by line and SKU, and where so much of it is held for it now."""

    parts: Mapping[Part, Mapping[str, int]]
    country: str | None
    postcode: str | None
    locations: Sequence[str]
    """Where the channel's orders may come from, by priority."""

    @property
    def skus(self) -> dict[str, int]:
        """Thousandths by SKU, over all lines."""
        sums: defaultdict[str, int] = defaultdict(int)
        for (_, sku), places in self.parts.items():
            sums[sku] += sum(places.values())
        return dict(sums)


@dataclass(frozen=True, slots=True)
class Plan:
    """What leaves where: location to quantities by line and SKU. Or why nothing can leave."""

    parcels: Mapping[str, Mapping[Part, int]] = field(default_factory=dict[str, Mapping[Part, int]])
    problem: str | None = None


def plan_route(wanted: Wanted, free: Mapping[Place, int], rules: RoutingRules) -> Plan:
    """The plan of one order; `free` is what nobody holds, by SKU and location."""
    allowed = [place for place in wanted.locations if rules.of(place).serves(wanted.country, wanted.postcode)]
    held = sorted({place for places in wanted.parts.values() for place in places})
    whole = [place for place in allowed if _has_all(wanted, free, place)]
    as_it_is = Plan(_as_held(wanted)) if set(held) <= set(allowed) and (rules.may_split or len(held) == 1) else None
    alone = min(whole, key=lambda place: (_cost(wanted, [place], rules), place not in held, allowed.index(place)), default=None)
    if alone is not None and (as_it_is is None or _cost(wanted, [alone], rules) <= _cost(wanted, held, rules)):
        return Plan({alone: {part: sum(places.values()) for part, places in wanted.parts.items()}})
    if as_it_is is not None:
        return as_it_is
    spread = _spread(wanted, free, sorted(allowed, key=lambda place: (_cost(wanted, [place], rules), allowed.index(place))))
    if spread is not None and (rules.may_split or len(spread) == 1):
        return Plan(spread)
    where = f"{wanted.country}" if wanted.country else "an address without country"
    return Plan(problem=f"no location that ships to this address ({where}) has all of it; add stock there, or change rules/routing.toml")


def _has_all(wanted: Wanted, free: Mapping[Place, int], place: str) -> bool:
    own: defaultdict[str, int] = defaultdict(int)
    for (_, sku), places in wanted.parts.items():
        own[sku] += places.get(place, 0)
    return all(own[sku] + max(0, free.get((sku, place), 0)) >= quantity for sku, quantity in wanted.skus.items())


def _as_held(wanted: Wanted) -> dict[str, dict[Part, int]]:
    parcels: defaultdict[str, dict[Part, int]] = defaultdict(dict)
    for part, places in wanted.parts.items():
        for place, quantity in places.items():
            parcels[place][part] = quantity
    return dict(parcels)


def _cost(wanted: Wanted, places: Sequence[str], rules: RoutingRules) -> Decimal:
    """Of so many parcels; units count where they are held, or all at the one place."""
    total = Decimal(0)
    for place in places:
        held = sum(sum(at.values()) if len(places) == 1 else at.get(place, 0) for at in wanted.parts.values())
        total += rules.of(place).cost + rules.of(place).cost_per_unit * held / WHOLE
    return total


def _spread(wanted: Wanted, free: Mapping[Place, int], places: Sequence[str]) -> dict[str, dict[Part, int]] | None:
    """Each part from the first place that has it all, else from several; None if there is not enough."""
    left = {(sku, place): max(0, quantity) for (sku, place), quantity in free.items()}
    for (_, sku), held in wanted.parts.items():
        for place, quantity in held.items():
            left[(sku, place)] = left.get((sku, place), 0) + quantity
    parcels: defaultdict[str, dict[Part, int]] = defaultdict(dict)
    for part, held in wanted.parts.items():
        missing = sum(held.values())
        alone = [place for place in places if left.get((part[1], place), 0) >= missing]
        for place in alone[:1] or places:
            taken = min(missing, left.get((part[1], place), 0))
            if taken:
                left[(part[1], place)] -= taken
                parcels[place][part] = taken
                missing -= taken
        if missing:
            return None
    return dict(parcels)
