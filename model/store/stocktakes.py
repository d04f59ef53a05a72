"""Stocktakes: what is to be counted, what was counted against which booked quantity, and the end of it. Quantities are thousandths."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, and_, func, insert, select, update

from model.store.bulk import PrimitiveRow, among, insert_rows, update_rows
from model.store.catalogue import LOCATIONS, SKUS
from model.store.stock_levels import LEVELS
from model.tables.stock import StocktakeLineRow, StocktakeRow, StocktakeState
from model.values.instant import iso

STOCKTAKES = cast("Table", StocktakeRow.__table__)
LINES = cast("Table", StocktakeLineRow.__table__)

Stocktake = Row[tuple[Any, ...]]
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Noted:
    """One count: what lay there, and what the books said then."""

    sku: str
    counted: int
    booked: int
    version: int


def find(connection: Connection, stocktake_id: str) -> Stocktake | None:
    """A stocktake's own row."""
    return connection.execute(select(STOCKTAKES).where(STOCKTAKES.c.id == stocktake_id)).one_or_none()


def lock_open(connection: Connection, stocktake_id: str) -> Stocktake | None:
    """The stocktake if it is still counting, kept so until the transaction ends; with it its location, where SKUs are then given out."""
    place = select(STOCKTAKES.c.location_id).where(STOCKTAKES.c.id == stocktake_id)
    lock_location(connection, connection.execute(place).scalar_one_or_none())
    still = select(STOCKTAKES).where(STOCKTAKES.c.id == stocktake_id, STOCKTAKES.c.state == "counting")
    return connection.execute(still.with_for_update()).one_or_none()


def lock_location(connection: Connection, location: str | None) -> None:
    """Let nobody else begin to count at a location until the transaction ends; stock moves on."""
    connection.execute(select(LOCATIONS.c.id).where(LOCATIONS.c.id == location).with_for_update(key_share=True))


def booked_skus(connection: Connection, location: str) -> list[str]:
    """What the books say lies at a location, or should."""
    c = LEVELS.c
    return list(connection.execute(select(c.sku).where(c.location_id == location, c.on_hand != 0).order_by(c.sku)).scalars())


def counted_elsewhere(connection: Connection, location: str, skus: Iterable[str], *, but: str) -> dict[str, str]:
    """Which of these SKUs another open stocktake of the location counts: SKU to its id."""
    c = LINES.c
    query = select(c.sku, c.stocktake_id).where(c.location_id == location, c.state == "counting", c.stocktake_id != but)
    return dict(connection.execute(query.where(among(connection, c.sku, sorted(set(skus))))).tuples().all())


def begin(connection: Connection, stocktake_id: str, location: str, skus: Sequence[str], *, at: datetime, actor_id: str) -> None:
    """Open a stocktake of these SKUs."""
    row = {"id": stocktake_id, "location_id": location, "state": "counting", "maker_id": actor_id, "begun_at": at}
    connection.execute(insert(STOCKTAKES).values(row))
    rows: list[PrimitiveRow] = [(stocktake_id, sku, location, "counting", None, None, None, None, None) for sku in skus]
    insert_rows(connection, LINES, rows)


def levels_at(connection: Connection, location: str, skus: Iterable[str]) -> dict[str, tuple[int, int]]:
    """What the books say of SKUs at a location: on hand and version. One without a level is left out."""
    c = LEVELS.c
    query = select(c.sku, c.on_hand, c.version).where(c.location_id == location, among(connection, c.sku, sorted(set(skus))))
    return {sku: (on_hand, version) for sku, on_hand, version in connection.execute(query)}


def counts_of(connection: Connection, stocktake_id: str) -> dict[str, int | None]:
    """The SKUs of a stocktake, with what was counted so far."""
    return dict(connection.execute(select(LINES.c.sku, LINES.c.counted).where(LINES.c.stocktake_id == stocktake_id)).tuples().all())


def note(connection: Connection, stocktake: Stocktake, counts: Sequence[Noted], *, at: datetime, actor_id: str) -> None:
    """Write counts down, over earlier ones of the same SKUs; the caller holds the stocktake open."""
    there = counts_of(connection, stocktake.id)
    rows: list[tuple[bool, PrimitiveRow]] = [
        (
            each.sku in there,
            (
                stocktake.id, each.sku, stocktake.location_id, "counting", each.booked, each.version, each.counted, actor_id, iso(at),
            ),
        )
        for each in counts
    ]  # fmt: skip
    update_rows(connection, LINES, [row for is_known, row in rows if is_known])
    insert_rows(connection, LINES, [row for is_known, row in rows if not is_known])


def end(connection: Connection, stocktake_id: str, state: StocktakeState, checker_id: str | None, *, at: datetime) -> bool:
    """End a stocktake that is still counting; whether it was."""
    c = STOCKTAKES.c
    ended = update(STOCKTAKES).where(c.id == stocktake_id, c.state == "counting").values(state=state, checker_id=checker_id, ended_at=at)
    return connection.execute(ended.returning(c.id)).first() is not None


def counted_lines(connection: Connection, stocktake_id: str) -> list[Noted]:
    """What was counted."""
    c = LINES.c
    query = select(c.sku, c.counted, c.booked, c.booked_version).where(c.stocktake_id == stocktake_id, c.counted.is_not(None))
    return [Noted(*row) for row in connection.execute(query.order_by(c.sku))]


def counters(connection: Connection, stocktake_id: str) -> set[str]:
    """Who counted."""
    c = LINES.c
    query = select(c.counted_by).where(c.stocktake_id == stocktake_id, c.counted_by.is_not(None)).distinct()
    return set(connection.execute(query).scalars())


def show_lines(connection: Connection, stocktake_id: str) -> list[Line]:
    """All lines by SKU. What is not counted yet shows what is booked now; `moved_since` counts the movements since a count."""
    c, level = LINES.c, LEVELS.c
    here = and_(level.sku == c.sku, level.location_id == c.location_id)
    query = (
        select(
            c.sku, SKUS.c.title, SKUS.c.unit, func.coalesce(c.booked, level.on_hand, 0).label("booked"), c.counted,
            (c.counted - c.booked).label("variance"), (func.coalesce(level.version, 0) - c.booked_version).label("moved_since"),
            c.counted_by, c.counted_at,
        )
        .select_from(LINES.join(SKUS, SKUS.c.code == c.sku).outerjoin(LEVELS, here))
        .where(c.stocktake_id == stocktake_id)
        .order_by(c.sku)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def count_stocktakes(connection: Connection) -> int:
    """How many there are."""
    return connection.execute(select(func.count()).select_from(STOCKTAKES)).scalar_one()


def list_stocktakes(connection: Connection, limit: int | None = None, *, only: str | None = None) -> Iterator[Mapping[str, Any]]:
    """Stocktakes, or one of them: the open ones first, then the newest; each with its lines, those counted, and those that vary."""
    c, line = STOCKTAKES.c, LINES.c
    tally = (
        select(
            line.stocktake_id, func.count().label("lines_total"), func.count(line.counted).label("counted"),
            func.count().filter(line.counted != line.booked).label("variances"),
        )
        .group_by(line.stocktake_id)
        .subquery()
    )  # fmt: skip
    counts = [func.coalesce(tally.c[name], 0).label(name) for name in ("lines_total", "counted", "variances")]
    query = select(STOCKTAKES, *counts).outerjoin(tally, tally.c.stocktake_id == c.id)
    query = query.where(c.id == only) if only else query
    for row in connection.execute(query.order_by(c.state != "counting", c.begun_at.desc(), c.id).limit(limit)).mappings():
        yield dict(row)
