"""What goods cost us: when they left, by the price list of costs on that day, and when they came back, by what they cost then."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import Row

from model.errors import RejectedError
from model.records.invoice import PaperLine
from model.rules.allocation import WHOLE
from model.store.book_facts_orders import OrderFacts
from model.values.money import split
from reconciliation.vouchers.posting import Amount

Costs = Mapping[str, Sequence[tuple[date, str, int]]]
"""SKU to what a whole unit costs from which day on: currency and minor units."""
Place = tuple[str, str]
"""Order line and SKU."""


def shipped_cost(
    known: OrderFacts, order_id: str, lines: Sequence[PaperLine], unsent: set[str], costs: tuple[Costs, str, date]
) -> list[tuple[Place, int, str, int]]:
    """What left by line and SKU: thousandths, and what they cost; RejectedError names what has no cost. A kit costs what its parts do."""
    found: list[tuple[Place, int, str, int]] = []
    for line in (line for line in lines if line.kind == "line" and line.quantity):
        name = line.part.removeprefix("line:")
        stock = known.stock.get((order_id, name))
        if stock is None or stock.sku is None:
            if line.part in unsent:
                continue
            raise RejectedError(f"{line.title!r} is no SKU that the hub knows, so what it cost is not known; map its listing to one")
        for sku, needed in stock.parts.items():
            unit = _unit_cost(sku, costs, is_counted=sku not in known.uncounted and line.part not in unsent)
            if unit is not None:
                quantity = line.quantity * needed // WHOLE
                found.append(((name, sku), quantity, unit[0], _worth(unit[1], quantity)))
    return found


def _unit_cost(sku: str, costs: tuple[Costs, str, date], *, is_counted: bool) -> tuple[str, int] | None:
    by_sku, price_list, day = costs
    told = by_sku.get(sku, ())
    at = bisect_right(told, day, key=lambda each: each[0]) - 1
    if at >= 0:
        return told[at][1:]
    if is_counted:
        raise RejectedError(f"SKU {sku} has no unit cost for {day}; import one for price list {price_list!r}")
    return None


def _worth(unit_minor: int, quantity: int) -> int:
    return int((Decimal(unit_minor) * quantity / WHOLE).quantize(Decimal(1), ROUND_HALF_EVEN))


def cost_of(name: str, costs: Iterable[Amount]) -> dict[str, Amount]:
    """Costs summed by currency, as amounts `NAME.CURRENCY`."""
    sums: defaultdict[str, int] = defaultdict(int)
    for currency, minor in costs:
        sums[currency] += minor
    return {f"{name}.{currency}": (currency, minor) for currency, minor in sums.items()}


def cost_of_return(
    shipped: Mapping[Place, Sequence[tuple[int, str, int]]], before: defaultdict[Place, int], lines: Sequence[Row[Any]]
) -> dict[str, Amount]:
    """What came back, `sellable` and `damaged`, at what it cost when it left: the first units that left come back first.

    `before` counts what came back of each place already, and goes on.
    """
    found: dict[str, list[Amount]] = {"sellable": [], "damaged": []}
    for line in lines:
        place = (line.line_external_id, line.sku)
        for kind, count in (("sellable", line.sellable), ("damaged", line.damaged)):
            if count:
                found[kind] += _between(shipped.get(place, ()), before[place], before[place] + count, line.sku)
                before[place] += count
    return {name: amount for kind, costs in found.items() for name, amount in cost_of(kind, costs).items()}


def _between(shipped: Sequence[tuple[int, str, int]], start: int, end: int, sku: str) -> list[Amount]:
    """What the units from one count to another cost; what left in one go is shared out so that all of it comes to its cost."""
    found: list[Amount] = []
    at = 0
    for quantity, currency, minor in shipped:
        low, high = (min(max(count - at, 0), quantity) for count in (start, end))
        if high > low:
            found.append((currency, split(minor, (high, quantity - high))[0] - split(minor, (low, quantity - low))[0]))
        at += quantity
    if end > at:
        raise RejectedError(f"what SKU {sku} cost when it left is not known")
    return found
