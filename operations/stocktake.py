"""Stocktakes: begin, count, approve by somebody else, cancel. What moves between count and approval is kept."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from model.errors import ConfigError, RejectedError
from model.store import runs, stocktakes
from model.store.audit_trail import append
from model.store.corrections import correct
from model.store.stock_levels import NAMED, Move, StockShortError, lock_levels
from model.store.stocktakes import Noted, Stocktake
from model.values.ids import derive_id
from model.values.quantity import decimal_quantity
from operations.runtime.hub import Hub
from operations.said import named, reasoned, sku_problems, units
from operations.stock_policy import counted_location, meet_locations

_BEGIN = "begin another one with `entrepot stocktake begin`"


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval did; with `is_new` false it was approved before and nothing was done."""

    is_new: bool
    booked: int
    """SKUs whose level was corrected."""
    as_booked: int
    """SKUs of which there was what the books said."""
    uncounted: int
    """SKUs nobody counted; their levels stay."""


def begin(hub: Hub, location: str, skus: Sequence[str], reference: str) -> tuple[bool, int]:
    """Open a stocktake of SKUs at a location, without any of all that is booked there; whether it is new, and how many SKUs it has."""
    named(reference, "stocktake, like 2026-03")
    counted_location(hub.file, location)
    at = hub.clock.now()

    def work(connection: Connection) -> tuple[bool, int]:
        meet_locations(connection, hub.file, at=at)
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        stocktakes.lock_location(connection, location)
        found = stocktakes.find(connection, reference)
        if found and found.location_id != location:
            raise ConfigError(f"stocktake {reference!r}: is there already, of {found.location_id}; use another --reference")
        if found:
            return False, len(stocktakes.counts_of(connection, reference))
        wanted = sorted(set(skus)) or stocktakes.booked_skus(connection, location)
        problems = uncountable(connection, location, wanted, but=reference)
        if problems:
            told = "; ".join(f"SKU {sku!r}: {reason}" for sku, reason in sorted(problems.items())[:NAMED])
            raise ConfigError(f"stocktake {reference!r}: {told}")
        stocktakes.begin(connection, reference, location, wanted, at=at, actor_id=hub.actor.id)
        append(connection, hub.actor, "stocktake begin", reference, {"at": location, "skus": len(wanted)}, at=at)
        return True, len(wanted)

    return hub.database.run(work)


def count(hub: Hub, stocktake_id: str, sku: str, quantity: str) -> Noted:
    """Note how much of a SKU lies there, and what the books say of it now; counting again replaces an earlier count."""
    counted, at = units(quantity), hub.clock.now()

    def work(connection: Connection) -> Noted:
        stocktake = open_stocktake(connection, hub, stocktake_id)
        problem = uncountable(connection, stocktake.location_id, [sku], but=stocktake_id).get(sku)
        if problem:
            raise ConfigError(f"SKU {sku!r}: {problem}")
        [noted] = against_books(connection, stocktake, {sku: counted})
        stocktakes.note(connection, stocktake, [noted], at=at, actor_id=hub.actor.id)
        details = {"sku": sku, "counted": decimal_quantity(counted), "booked": decimal_quantity(noted.booked)}
        append(connection, hub.actor, "stocktake count", stocktake_id, details, at=at)
        return noted

    return hub.database.run(work)


def approve(hub: Hub, stocktake_id: str) -> Approved:
    """Book what was counted, by somebody who counted none of it; again, it books nothing.

    RejectedError when it may not be approved; StockShortError when stock left since the count that was not counted.
    """
    at = hub.clock.now()

    def work(connection: Connection) -> Approved:
        stocktake = _the(connection, stocktake_id)
        if stocktake.state == "counting":
            _check_checker(hub, stocktake, {stocktake.maker_id})
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        if not stocktakes.end(connection, stocktake_id, "approved", hub.actor.id, at=at):
            _check_not_cancelled(_the(connection, stocktake_id))
            return Approved(is_new=False, booked=0, as_booked=0, uncounted=0)
        # looked at only now, as nobody counts any more
        _check_checker(hub, stocktake, stocktakes.counters(connection, stocktake_id))
        counted = stocktakes.counted_lines(connection, stocktake_id)
        if not counted:
            raise RejectedError(f"stocktake {stocktake_id!r}: nothing of it is counted yet; `entrepot stocktake count`, or cancel it")
        varying = [each for each in counted if each.counted != each.booked]
        _check_bearable(connection, stocktake, varying)
        correct(connection, [_movement(stocktake, each) for each in varying], at=at, actor_id=hub.actor.id)
        uncounted = len(stocktakes.counts_of(connection, stocktake_id)) - len(counted)
        details = {"at": stocktake.location_id, "booked": len(varying), "as_booked": len(counted) - len(varying), "uncounted": uncounted}
        append(connection, hub.actor, "stocktake approve", stocktake_id, details, at=at)
        return Approved(is_new=True, booked=len(varying), as_booked=len(counted) - len(varying), uncounted=uncounted)

    return hub.database.run(work)


def cancel(hub: Hub, stocktake_id: str, reason: str) -> bool:
    """End a stocktake without booking anything; false when it was cancelled before."""
    reasoned(reason)
    at = hub.clock.now()

    def work(connection: Connection) -> bool:
        stocktake = _the(connection, stocktake_id)
        if stocktake.state == "approved":
            raise RejectedError(f"stocktake {stocktake_id!r}: is approved already; correct it by a new stocktake")
        is_new = stocktakes.end(connection, stocktake_id, "cancelled", None, at=at)
        if is_new:
            append(connection, hub.actor, "stocktake cancel", stocktake_id, {"reason": reason}, at=at)
        return is_new

    return hub.database.run(work)


def show(connection: Connection, stocktake_id: str) -> dict[str, Any]:
    """A stocktake with its lines: the largest variances first, then what is as booked, then what is not counted yet."""
    _the(connection, stocktake_id)
    [stocktake] = stocktakes.list_stocktakes(connection, only=stocktake_id)
    lines = stocktakes.show_lines(connection, stocktake_id)
    lines.sort(key=lambda line: (line["variance"] is None, -abs(line["variance"] or 0), line["sku"]))
    return {**stocktake, "lines": lines}


def open_stocktake(connection: Connection, hub: Hub, stocktake_id: str) -> Stocktake:
    """The stocktake, kept open until the transaction ends; RejectedError if it has ended. The actor has a row afterwards."""
    runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=hub.clock.now())
    stocktake = stocktakes.lock_open(connection, stocktake_id)
    if stocktake is None:
        state = _the(connection, stocktake_id).state
        raise RejectedError(f"stocktake {stocktake_id!r}: is {state} already; {_BEGIN}")
    return stocktake


def uncountable(connection: Connection, location: str, skus: Iterable[str], *, but: str) -> dict[str, str]:
    """Which of these SKUs a stocktake cannot count at a location, and why, with the mend."""
    wanted = set(skus)
    elsewhere = stocktakes.counted_elsewhere(connection, location, wanted, but=but)
    taken = {sku: f"is counted in stocktake {other!r} already; approve or cancel that one first" for sku, other in elsewhere.items()}
    return taken | sku_problems(connection, wanted)


def against_books(connection: Connection, stocktake: Stocktake, counts: Mapping[str, int]) -> list[Noted]:
    """Counts with what the books say now, by SKU."""
    levels = stocktakes.levels_at(connection, stocktake.location_id, counts)
    return [Noted(sku, counted, *levels.get(sku, (0, 0))) for sku, counted in sorted(counts.items())]


def _the(connection: Connection, stocktake_id: str) -> Stocktake:
    stocktake = stocktakes.find(connection, stocktake_id)
    if stocktake is None:
        raise ConfigError(f"stocktake {stocktake_id!r}: is not there; `entrepot stocktake list` shows what is")
    return stocktake


def _check_checker(hub: Hub, stocktake: Stocktake, makers: AbstractSet[str]) -> None:
    if hub.actor.id in makers:
        raise RejectedError(
            f"stocktake {stocktake.id!r}: was begun or counted by {hub.actor.id}; somebody else has to approve it, with --as"
        )


def _check_not_cancelled(stocktake: Stocktake) -> None:
    if stocktake.state == "cancelled":
        raise RejectedError(f"stocktake {stocktake.id!r}: is cancelled already; {_BEGIN}")


def _check_bearable(connection: Connection, stocktake: Stocktake, varying: Sequence[Noted]) -> None:
    """Promises give way to a count, but what lies damaged or held is on hand, and less than nothing is not there."""
    levels = lock_levels(connection, [each.sku for each in varying])
    wrong: list[str] = []
    for each in varying:
        level = levels.get((each.sku, stocktake.location_id))
        left = each.counted - each.booked + (level.on_hand if level else 0)
        back = level.damaged + level.held if level else 0
        if left < back:
            wrong.append(f"{each.sku} ({decimal_quantity(left)} would be left, {decimal_quantity(back)} lie damaged or held)")
    if wrong:
        named = ", ".join(wrong[:NAMED])
        mend = "count them again, or repair or unhold what is gone with `entrepot stock move`"
        raise StockShortError(f"stocktake {stocktake.id!r}: {named}: cannot be booked; {mend}")


def _movement(stocktake: Stocktake, each: Noted) -> Move:
    said = f"counted {decimal_quantity(each.counted)}, booked {decimal_quantity(each.booked)}"
    return Move(
        id=derive_id("stocktake", stocktake.id, each.sku), sku=each.sku, location=stocktake.location_id, kind="count",
        on_hand=each.counted - each.booked, reference=stocktake.id, reason=said,
    )  # fmt: skip
