"""Vouchers that people make: drafted by one, approved by another, posted with a number, or given up before that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from model.errors import RejectedError
from model.store.bulk import insert_rows
from model.store.vouchers import BOOKED, LINES, VOUCHERS, Entry, line_rows, open_days, period_of, take_numbers

_C = VOUCHERS.c
WAITING = ("draft", "approved")
BY_HAND = "by hand"
"""In place of a version of rules, in reversals that people draft: the poster's own reversal of the same voucher has another key."""


def draft(connection: Connection, entry: Entry, maker_id: str, at: datetime) -> str:
    """Keep a draft; gives its id. RejectedError where the same stands already."""
    if connection.execute(select(_C.state).where(_C.id == entry.id)).scalar_one_or_none() is not None:
        raise RejectedError(f"voucher {entry.id[:12]}: the same is there already; another day, text or amount makes another voucher")
    values = {
        "id": entry.id, "entity_id": entry.entity_id, "period": period_of(entry.happened_on), "state": "draft", "event": entry.event,
        "source": entry.source, "source_id": entry.source_id, "version": entry.version, "rule_set": entry.rule_set,
        "account_id": entry.account_id, "posted_on": entry.happened_on, "happened_on": entry.happened_on,
        "base_currency": entry.base_currency, "memo": entry.memo, "maker_id": maker_id, "made_at": at,
    }  # fmt: skip
    connection.execute(insert(VOUCHERS).values(**values))
    insert_rows(connection, LINES, line_rows(entry.id, entry.lines))
    return entry.id


def approve(connection: Connection, voucher_id: str, checker_id: str) -> bool:
    """Approve a draft as another person than its maker; False where it is none, or one's own."""
    mine = (_C.id == voucher_id, _C.state == "draft", _C.maker_id != checker_id)
    return connection.execute(update(VOUCHERS).where(*mine).values(state="approved", checker_id=checker_id)).rowcount == 1


def give_up(connection: Connection, voucher_id: str) -> bool:
    """Take a draft or an approved voucher away, which never had a number; False where it is posted, or gone."""
    if connection.execute(select(_C.id).where(_C.id == voucher_id, _C.state.in_(WAITING)).with_for_update()).scalar_one_or_none() is None:
        return False
    connection.execute(delete(LINES).where(LINES.c.voucher_id == voucher_id))
    return connection.execute(delete(VOUCHERS).where(_C.id == voucher_id, _C.state.in_(WAITING))).rowcount == 1


@dataclass(frozen=True, slots=True)
class Numbered:
    """Where a voucher was posted."""

    entity_id: str
    period: str
    number: int
    posted_on: date


def post_approved(connection: Connection, row: Row[Any], at: datetime) -> Numbered:
    """Post an approved voucher into its month, or the next that is open. A reversal sets the facts of what it takes back to nothing.

    RejectedError where it is not approved, or is posted already.
    """
    day = open_days(connection, row.entity_id, [row.happened_on], at=at)[row.happened_on]
    number = take_numbers(connection, row.entity_id, period_of(day), 1)
    values = {"state": "posted", "posted_at": at, "number": number, "period": period_of(day), "posted_on": day}
    if row.event == "reversal":
        if reversal_of(connection, row.source_id) is not None:
            raise RejectedError(f"voucher {row.id[:12]}: what it takes back is taken back already; give this one up")
        values["reverses_id"] = row.source_id
        connection.execute(update(BOOKED).where(BOOKED.c.voucher_id == row.source_id).values(voucher_id=None))
    if not connection.execute(update(VOUCHERS).where(_C.id == row.id, _C.state == "approved").values(**values)).rowcount:
        raise RejectedError(f"voucher {row.id[:12]}: is not approved, or is posted already")
    return Numbered(row.entity_id, period_of(day), number, day)


def reversal_of(connection: Connection, voucher_id: str) -> Row[Any] | None:
    """The posted voucher that takes this one back."""
    return connection.execute(select(VOUCHERS).where(_C.reverses_id == voucher_id)).one_or_none()


def waiting(connection: Connection, entity_id: str, until: date) -> Sequence[Row[Any]]:
    """Vouchers that are drafted or approved, and not posted, of days up to this one."""
    query = select(VOUCHERS).where(_C.entity_id == entity_id, _C.state.in_(WAITING), _C.happened_on <= until)
    return connection.execute(query.order_by(_C.happened_on, _C.id)).all()
