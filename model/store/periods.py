"""Months of an entity's books: closed by one person, reopened by two."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from model.store.database import insert_ignoring
from model.store.vouchers import PERIODS
from model.tables.vouchers import AccountingPeriodRow

_C = PERIODS.c


def listed(connection: Connection, entity_id: str | None = None) -> Sequence[Row[Any]]:
    """Months that have anything in them, in their order."""
    query = select(PERIODS).order_by(_C.entity_id, _C.period)
    return connection.execute(query if entity_id is None else query.where(_C.entity_id == entity_id)).all()


def one(connection: Connection, entity_id: str, period: str) -> Row[Any] | None:
    """A month; None where nothing was ever posted into it."""
    return connection.execute(select(PERIODS).where(_C.entity_id == entity_id, _C.period == period)).one_or_none()


def close(connection: Connection, entity_id: str, period: str, who: str, *, at: datetime) -> bool:
    """Close an open month; False where it is closed already."""
    first = {"entity_id": entity_id, "period": period, "state": "open", "last_number": 0, "changed_at": at}
    connection.execute(insert_ignoring(connection, AccountingPeriodRow).values(first))
    told = {"state": "closed", "wish": None, "maker_id": who, "checker_id": None, "reason": None, "changed_at": at}
    return connection.execute(update(PERIODS).where(*_is(entity_id, period, "open")).values(**told)).rowcount == 1


def ask_to_reopen(connection: Connection, entity_id: str, period: str, who: str, reason: str, *, at: datetime) -> bool:
    """Ask for a closed month to be opened; False where it is open, or somebody asked before."""
    told = {"wish": "reopen", "maker_id": who, "checker_id": None, "reason": reason, "changed_at": at}
    mine = (*_is(entity_id, period, "closed"), _C.wish.is_(None))
    return connection.execute(update(PERIODS).where(*mine).values(**told)).rowcount == 1


def reopen(connection: Connection, entity_id: str, period: str, who: str, *, at: datetime) -> bool:
    """Agree, as another person than the one who asked; False where nobody asked, or oneself did."""
    mine = (*_is(entity_id, period, "closed"), _C.wish == "reopen", _C.maker_id != who)
    told = {"state": "open", "wish": None, "checker_id": who, "changed_at": at}
    return connection.execute(update(PERIODS).where(*mine).values(**told)).rowcount == 1


def keep_closed(connection: Connection, entity_id: str, period: str, *, at: datetime) -> bool:
    """Do not agree: the wish is gone; False where there was none."""
    mine = (*_is(entity_id, period, "closed"), _C.wish == "reopen")
    return connection.execute(update(PERIODS).where(*mine).values(wish=None, changed_at=at)).rowcount == 1


def _is(entity_id: str, period: str, state: str) -> tuple[Any, ...]:
    return _C.entity_id == entity_id, _C.period == period, _C.state == state
