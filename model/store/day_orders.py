"""A business day of a channel as it is stored: ids, totals and refunds, for its completeness certificate. Set-based: four statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import Connection, Table, and_, func, select

from model.records.days import StoredOrder
from model.store.bulk import among
from model.store.order_rows import ORDERS, REFUNDS, STATES
from model.tables.landing import QuarantineRow

QUARANTINE = cast("Table", QuarantineRow.__table__)


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """One business day of one account, and a span that surely holds all of it: the index is on instants."""

    account_id: str
    day: date
    start: datetime
    end: datetime


def orders_of(connection: Connection, day: BusinessDay) -> dict[str, StoredOrder]:
    """The day's orders by external id, without those that the hub made itself: its source knows nothing of them."""
    its = and_(
        ORDERS.c.account_id == day.account_id,
        ORDERS.c.placed_at >= day.start,
        ORDERS.c.placed_at < day.end,
        ORDERS.c.business_date == day.day,
    )
    found = select(ORDERS.c.id, ORDERS.c.external_id, ORDERS.c.currency, ORDERS.c.total_minor)
    found = found.join(STATES, STATES.c.order_id == ORDERS.c.id).where(its, ~STATES.c.is_own)
    rows = connection.execute(found).all()
    back = (
        select(REFUNDS.c.order_id, REFUNDS.c.status, func.sum(REFUNDS.c.amount_minor), func.count())
        .join(ORDERS, ORDERS.c.id == REFUNDS.c.order_id)
        .where(its, REFUNDS.c.removed_at.is_(None), REFUNDS.c.status != "failed")
        .group_by(REFUNDS.c.order_id, REFUNDS.c.status)
    )
    refunded: dict[str, int] = {}
    refunds: dict[str, int] = {}
    for order_id, status, amount, count in connection.execute(back):
        refunds[order_id] = refunds.get(order_id, 0) + count
        refunded[order_id] = refunded.get(order_id, 0) + (int(amount) if status == "succeeded" else 0)
    return {
        external_id: StoredOrder(external_id, currency, total, refunded.get(order_id, 0), refunds.get(order_id, 0))
        for order_id, external_id, currency, total in rows
    }


def set_aside_of(connection: Connection, account_id: str, external_ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that stand in open quarantine."""
    if not external_ids:
        return frozenset()
    c = QUARANTINE.c
    waits = select(c.external_id).where(c.state == "open", c.account_id == account_id, among(connection, c.external_id, external_ids))
    return frozenset(connection.execute(waits).scalars())


def counts_of(connection: Connection, day: BusinessDay, days: Sequence[date]) -> dict[date, int]:
    """How many orders were placed on each of these days; a day without any is 0. The span holds all of them."""
    its = (ORDERS.c.account_id == day.account_id, ORDERS.c.placed_at >= day.start, ORDERS.c.placed_at < day.end)
    grouped = select(ORDERS.c.business_date, func.count()).where(*its, ORDERS.c.business_date.in_(days)).group_by(ORDERS.c.business_date)
    found = dict(connection.execute(grouped).tuples().all())
    return {each: found.get(each, 0) for each in days}
