"""Stock levels and the movements that make them: every change of a level is one movement, written once, in the same transaction.

Levels are locked in the order of SKU and location by everyone, so two transactions never wait for each other crosswise. On SQLite a
writing transaction has the whole database to itself; there FOR UPDATE says nothing, and the guard in the UPDATE is what holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, bindparam, select, update

from model.errors import RejectedError
from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.database import insert_ignoring
from model.store.touches import touch
from model.tables.stock import MovementKind, StockLevelRow, StockMovementRow
from model.values.instant import iso

LEVELS = cast("Table", StockLevelRow.__table__)
MOVEMENTS = cast("Table", StockMovementRow.__table__)

NAMED = 5
"""Places named in a refusal."""

Place = tuple[str, str]
"""SKU and location."""


class StockShortError(RejectedError):
    """A movement would take what is not there or what is promised to somebody."""


@dataclass(frozen=True, slots=True)
class Level:
    """How much lies at a place, in thousandths."""

    on_hand: int = 0
    damaged: int = 0
    held: int = 0
    reserved: int = 0
    version: int = 0

    @property
    def free(self) -> int:
        """What nobody holds back or has been promised."""
        return self.on_hand - self.damaged - self.held - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change of one level. `id` is derived from its cause: the same cause moves stock once."""

    id: str
    sku: str
    location: str
    kind: MovementKind
    on_hand: int = 0
    damaged: int = 0
    held: int = 0
    reserved: int = 0
    reference: str
    reason: str | None = None


def lock_levels(connection: Connection, skus: Iterable[str]) -> dict[Place, Level]:
    """The levels of SKUs at all locations, locked until the transaction ends, in the one order."""
    wanted = sorted(set(skus))
    if not wanted:
        return {}
    query = select(LEVELS).where(among(connection, LEVELS.c.sku, wanted)).order_by(LEVELS.c.sku, LEVELS.c.location_id)
    return {
        (row.sku, row.location_id): Level(row.on_hand, row.damaged, row.held, row.reserved, row.version)
        for row in connection.execute(query.with_for_update())
    }


def meet_levels(connection: Connection, places: Iterable[Place]) -> None:
    """Make sure places have a level, be it of nothing, so that it can be locked."""
    empty = {"on_hand": 0, "damaged": 0, "held": 0, "reserved": 0, "version": 0}
    rows = [{"sku": sku, "location_id": location, **empty} for sku, location in sorted(set(places))]
    if rows:
        connection.execute(insert_ignoring(connection, StockLevelRow), rows)


def known_moves(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these movements were made before."""
    return set(connection.execute(select(MOVEMENTS.c.id).where(among(connection, MOVEMENTS.c.id, list(ids)))).scalars())


def moves_of(connection: Connection, ids: Sequence[str]) -> list[Row[tuple[Any, ...]]]:
    """These movements, as far as they were made."""
    return list(connection.execute(select(MOVEMENTS).where(among(connection, MOVEMENTS.c.id, list(ids)))))


def move(connection: Connection, moves: Sequence[Move], *, at: datetime, actor_id: str) -> int:
    """Apply movements, all or none; gives how many were new. StockShortError if a place does not bear them."""
    known = known_moves(connection, [each.id for each in moves])
    new = [each for each in {each.id: each for each in moves}.values() if each.id not in known]
    if not new:
        return 0
    sums = _summed(new)
    meet_levels(connection, sums)
    _apply(connection, sums)
    moment = iso(at)
    rows: list[PrimitiveRow] = [
        (m.id, m.sku, m.location, m.kind, m.on_hand, m.damaged, m.held, m.reserved, m.reference, m.reason, moment, actor_id) for m in new
    ]
    insert_rows(connection, MOVEMENTS, rows)
    touch(connection, {each.sku for each in new})
    return len(new)


def _summed(moves: Sequence[Move]) -> dict[Place, list[int]]:
    """Changes per place, in the one order."""
    sums: dict[Place, list[int]] = {}
    for each in sorted(moves, key=lambda one: (one.sku, one.location)):
        total = sums.setdefault((each.sku, each.location), [0, 0, 0, 0, 0])
        for i, part in enumerate((each.on_hand, each.damaged, each.held, each.reserved, 1)):
            total[i] += part
    return sums


def _apply(connection: Connection, sums: dict[Place, list[int]]) -> None:
    """Change the levels; the guard is in the statement, so it holds against whoever else writes."""
    c = LEVELS.c
    on_hand, damaged, held, reserved = (
        c[name] + bindparam(f"by_{name}", type_=LEVELS.c[name].type) for name in ("on_hand", "damaged", "held", "reserved")
    )
    guarded = (
        update(LEVELS)
        .where(c.sku == bindparam("one_sku"), c.location_id == bindparam("one_location"))
        .where(damaged >= 0, held >= 0, reserved >= 0, damaged + held + reserved <= on_hand)
        .values(
            on_hand=on_hand,
            damaged=damaged,
            held=held,
            reserved=reserved,
            version=c.version + bindparam("by_version", type_=c.version.type),
        )
    )
    names = ("by_on_hand", "by_damaged", "by_held", "by_reserved", "by_version")
    changes = [
        {"one_sku": sku, "one_location": location, **dict(zip(names, total, strict=True))} for (sku, location), total in sums.items()
    ]
    if connection.execute(guarded, changes).rowcount != len(changes):
        named = ", ".join(f"{sku} at {location}" for sku, location in list(sums)[:NAMED])
        taken = {part for total in sums.values() for part, by in zip(("damaged", "held"), total[1:3], strict=True) if by < 0}
        short = " or ".join(sorted(taken)) or "free"
        raise StockShortError(f"stock: {named}: not so much is {short} there; look at `entrepot stock show SKU`")
