"""Signatures for an account's business day: made by one person, checked by another, withdrawn with a reason."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, Table, func, insert, select, union, update

from model.tables.landing import RawPayloadRow
from model.tables.reconciliations import ReconciliationRunRow, SignOffRow
from model.tables.settlements import PayoutRow, SettlementLineRow
from model.tables.statements import BankStatementRow, StatementLineRow
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


def standing_days(connection: Connection, account_id: str) -> dict[date, tuple[str, str | None, str]]:
    """Who signed for an account's days, who checked that, and the hash of what was signed for; by day."""
    query = select(_C.business_on, _C.maker_id, _C.checker_id, _C.totals_hash).where(_C.account_id == account_id, _C.withdrawn_at.is_(None))
    return {row.business_on: (row.maker_id, row.checker_id, row.totals_hash) for row in connection.execute(query)}


def days_with_money(connection: Connection, account_id: str, since: date, until: date, *, is_bank: bool) -> list[date]:
    """The business days of an account on which any money moved, newest first; both ends included."""
    line, payout, bank = SettlementLineRow, PayoutRow, StatementLineRow
    of_bank = select(bank.booked_on).where(bank.account_id == account_id, bank.booked_on.between(since, until))
    of_lines = select(line.business_on).where(line.account_id == account_id, line.business_on.between(since, until))
    of_payouts = select(payout.business_on).where(payout.account_id == account_id, payout.business_on.between(since, until))
    queries = (of_bank,) if is_bank else (of_lines, of_payouts)
    days = {day for query in queries for day in connection.execute(query.distinct()).scalars()}
    return sorted(days, reverse=True)


def last_read(connection: Connection, account_id: str, day: date) -> datetime | None:
    """When something of an account's day was last read: its lines, its payouts and what those are made of, its bank lines."""
    line, payout, bank, told, raw = SettlementLineRow, PayoutRow, StatementLineRow, BankStatementRow, RawPayloadRow
    sent = select(payout.id).where(payout.account_id == account_id, payout.business_on == day)
    payloads = union(
        select(line.raw_id).where(line.account_id == account_id, line.business_on == day),
        select(line.raw_id).where(line.payout_id.in_(sent)),
        select(payout.raw_id).where(payout.account_id == account_id, payout.business_on == day),
        select(told.raw_id).join(bank, bank.statement_id == told.id).where(bank.account_id == account_id, bank.booked_on == day),
    ).subquery()
    return connection.execute(select(func.max(raw.fetched_at)).join(payloads, payloads.c.raw_id == raw.id)).scalar_one()


def last_matched(connection: Connection, account_id: str, day: date) -> datetime | None:
    """When the last matching of an account's day that ended well began."""
    row = ReconciliationRunRow
    query = select(func.max(row.started_at)).where(row.account_id == account_id, row.outcome == "done", row.since <= day, row.until >= day)
    return connection.execute(query).scalar_one()


def listed(connection: Connection, account_id: str | None, limit: int | None) -> list[dict[str, Any]]:
    """Signatures, newest day first."""
    query = select(SIGN_OFFS).order_by(_C.business_on.desc(), _C.account_id).limit(limit)
    chosen = query if account_id is None else query.where(_C.account_id == account_id)
    return [dict(row) for row in connection.execute(chosen).mappings()]


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
