"""Signatures for an account's business day: made by one person, checked by another, withdrawn with a reason."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, Table, func, insert, select, update

from model.tables.reconciliations import SignOffRow
from model.values.ids import derive_id

SIGN_OFFS = cast("Table", SignOffRow.__table__)
_C = SIGN_OFFS.c


def signed_until(connection: Connection, account_id: str) -> list[date]:
    """The days of an account that are signed by two people."""
    query = select(_C.business_on).where(_C.account_id == account_id, _C.withdrawn_at.is_(None), _C.checked_at.is_not(None))
    return list(connection.execute(query).scalars())


def standing(connection: Connection, account_id: str, day: date) -> Row[Any] | None:
    """The signature that stands for a day, checked or not."""
    return connection.execute(
        select(SIGN_OFFS).where(_C.account_id == account_id, _C.business_on == day, _C.withdrawn_at.is_(None))
    ).one_or_none()


def listed(connection: Connection, account_id: str | None, limit: int) -> list[Row[Any]]:
    """Signatures, newest day first."""
    query = select(SIGN_OFFS).order_by(_C.business_on.desc(), _C.account_id).limit(limit)
    return list(connection.execute(query if account_id is None else query.where(_C.account_id == account_id)))


def sign(connection: Connection, account_id: str, day: date, totals: Mapping[str, object], maker_id: str, *, at: datetime) -> str:
    """Sign for a day; the database lets only one signature stand. Gives its id."""
    body = msgspec.json.encode(totals, order="sorted").decode()
    earlier = select(func.count()).select_from(SIGN_OFFS).where(_C.account_id == account_id, _C.business_on == day)
    row_id = derive_id("sign_off", account_id, day.isoformat(), str(connection.execute(earlier).scalar_one()))
    connection.execute(
        insert(SIGN_OFFS).values(
            id=row_id, account_id=account_id, business_on=day, totals=body, totals_hash=hash_of(totals), maker_id=maker_id, made_at=at
        )
    )
    return row_id


def check(connection: Connection, row_id: str, checker_id: str, *, at: datetime) -> bool:
    """Check a signature, as another person than its maker; False where it is checked, withdrawn or one's own."""
    done = (
        update(SIGN_OFFS)
        .where(_C.id == row_id, _C.checked_at.is_(None), _C.withdrawn_at.is_(None), _C.maker_id != checker_id)
        .values(checker_id=checker_id, checked_at=at)
    )
    return connection.execute(done).rowcount == 1


def hash_of(totals: Mapping[str, object]) -> str:
    """Names what was signed for."""
    return derive_id(msgspec.json.encode(totals, order="sorted").decode())


def withdraw(connection: Connection, row_id: str, who: str, reason: str, *, at: datetime) -> bool:
    """Take a signature back; False where it was taken back already."""
    done = update(SIGN_OFFS).where(_C.id == row_id, _C.withdrawn_at.is_(None)).values(withdrawn_by=who, withdrawn_at=at, reason=reason)
    return connection.execute(done).rowcount == 1
