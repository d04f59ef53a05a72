"""Proposals to order, kept by day: the same day again replaces, never doubles."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, func, select

from model.store.bulk import PrimitiveRow, column_names, insert_rows
from model.store.catalogue import SKUS
from model.tables.replenishment import ReplenishmentProposalRow

PROPOSALS = cast("Table", ReplenishmentProposalRow.__table__)

Shown = dict[str, Any]


def replace_day(connection: Connection, day: date, rows: Sequence[dict[str, Any]]) -> None:
    """Make these the proposals of a day; each names every column but the day."""
    connection.execute(delete(PROPOSALS).where(PROPOSALS.c.day == day))
    names = column_names(PROPOSALS)
    written: list[PrimitiveRow] = [tuple(day.isoformat() if name == "day" else row[name] for name in names) for row in rows]
    insert_rows(connection, PROPOSALS, written)


def newest_day(connection: Connection) -> date | None:
    """The last day that has proposals."""
    return connection.execute(select(func.max(PROPOSALS.c.day, type_=PROPOSALS.c.day.type))).scalar_one()


def of_day(connection: Connection, day: date) -> Iterator[Shown]:
    """The proposals of a day by supplier; of each, what runs out first stands first."""
    c = PROPOSALS.c
    query = select(SKUS.c.supplier, SKUS.c.title, SKUS.c.unit, *c).join(SKUS, SKUS.c.code == c.sku).where(c.day == day)
    query = query.order_by(func.coalesce(SKUS.c.supplier, ""), c.runs_out_on.is_(None), c.runs_out_on, c.sku)
    for row in connection.execute(query, execution_options={"yield_per": 1000}).mappings():
        yield dict(row)
