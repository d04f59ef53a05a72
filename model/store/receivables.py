"""Invoices of customers with terms, with what was paid and credited of each: sums by the database, order by order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import Connection, Table, and_, func, insert, select

from model.rules.receivables import still_open
from model.store.bulk import among
from model.store.buyers import owed_by
from model.store.customers import CUSTOMERS
from model.store.money_matches import MEMBERS
from model.store.money_taken import TAKES
from model.store.order_rows import PAYMENTS, REFUNDS
from model.store.papers import PAPERS, AnyRow
from model.tables.papers import ReceivableReminderRow

REMINDED = cast("Table", ReceivableReminderRow.__table__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """One invoice that a customer with terms was given. Amounts are minor units of its currency."""

    paper_id: str
    reference: str
    customer_id: str
    account_id: str
    order_number: str
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    open_minor: int
    """What is neither paid nor credited."""
    paid_minor: int
    """What was paid for its order, less what was given back: of all its invoices together."""
    matched_minor: int
    """How much of that was found in a processor's settlement."""
    reminded: int
    """The last stage of reminders; 0: none."""


def receivables(connection: Connection, entity_id: str, *, every: bool = False) -> list[Receivable]:
    """Invoices with a due day that are open (or all), by customer and due day."""
    taken = PAPERS.alias()
    was_taken_back = select(taken.c.source_id).where(taken.c.entity_id == entity_id, taken.c.source == "correction")
    due = select(PAPERS.c.order_id).where(PAPERS.c.entity_id == entity_id, PAPERS.c.due_on.is_not(None))
    query = select(PAPERS).where(PAPERS.c.entity_id == entity_id, PAPERS.c.order_id.in_(due)).order_by(PAPERS.c.issued_at, PAPERS.c.number)
    gone = set(connection.execute(was_taken_back).scalars())
    orders: defaultdict[str, list[AnyRow]] = defaultdict(list)
    credits_: defaultdict[str, int] = defaultdict(int)
    for row in connection.execute(query):
        if row.kind == "invoice" and row.id not in gone:
            orders[row.order_id].append(row)
        elif row.source == "refund":
            credits_[row.order_id] += row.total_minor
    paid, matched = _paid(connection, orders), _matched(connection, list(orders))
    stages = _stages(connection, [row.id for rows in orders.values() for row in rows])
    found: list[Receivable] = []
    for order_id, rows in orders.items():
        money = paid.get((order_id, rows[0].currency), 0)
        left = still_open([row.total_minor for row in rows], money + credits_[order_id])
        found += [
            _receivable(row, open_minor, money, matched.get((order_id, row.currency), 0), stages.get(row.id, 0))
            for row, open_minor in zip(rows, left, strict=True)
            if row.due_on is not None and row.customer_id is not None and (every or open_minor)
        ]
    return sorted(found, key=lambda each: (each.customer_id, each.due_on, each.reference))


def credit_of(connection: Connection, customer_ids: Sequence[str]) -> dict[str, tuple[AnyRow, dict[str, int]]]:
    """Customers with what they owe by currency, sent or not: the same sum that the review holds against their credit limit."""
    rows = connection.execute(select(CUSTOMERS).where(among(connection, CUSTOMERS.c.id, list(customer_ids)))).all()
    owed = owed_by(connection, rows)
    return {row.id: (row, owed[row.id]) for row in rows}


def keep_reminder(connection: Connection, paper_id: str, stage: int, actor_id: str, *, at: datetime) -> None:
    """Write down that a customer was reminded of an invoice; the key refuses the same stage twice."""
    connection.execute(insert(REMINDED).values(paper_id=paper_id, stage=stage, actor_id=actor_id, reminded_at=at))


def _receivable(row: AnyRow, open_minor: int, paid_minor: int, matched_minor: int, reminded: int) -> Receivable:
    return Receivable(
        paper_id=row.id, reference=row.reference, customer_id=row.customer_id, account_id=row.account_id, order_number=row.order_number,
        issued_on=row.issued_on, due_on=row.due_on, currency=row.currency, total_minor=row.total_minor, open_minor=open_minor,
        paid_minor=paid_minor, matched_minor=matched_minor, reminded=reminded,
    )  # fmt: skip


def _paid(connection: Connection, orders: Sequence[str] | dict[str, list[AnyRow]]) -> dict[tuple[str, str], int]:
    """What is left with us of what buyers paid, by order and currency; money given back is never more than was paid."""
    m, r, ids = PAYMENTS.c, REFUNDS.c, list(orders)
    counts = (m.status == "succeeded", m.kind.in_(TAKES), m.removed_at.is_(None), ~m.is_test)
    query = select(m.order_id, m.currency, func.sum(m.amount_minor)).where(among(connection, m.order_id, ids), *counts)
    found = {(order, currency): int(minor) for order, currency, minor in connection.execute(query.group_by(m.order_id, m.currency))}
    is_back = (r.status == "succeeded", r.removed_at.is_(None))
    query = select(r.order_id, r.currency, func.sum(r.amount_minor)).where(among(connection, r.order_id, ids), *is_back)
    for order, currency, minor in connection.execute(query.group_by(r.order_id, r.currency)):
        found[order, currency] = max(0, found.get((order, currency), 0) - int(minor))
    return found


def _matched(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """How much of what was paid has been matched with settlement lines."""
    m = PAYMENTS.c
    used = and_(MEMBERS.c.level == "payment", MEMBERS.c.side == "left", MEMBERS.c.line_id == m.id)
    query = select(m.order_id, m.currency, func.sum(m.amount_minor)).join(MEMBERS, used)
    query = query.where(among(connection, m.order_id, ids), m.status == "succeeded", m.kind.in_(TAKES), m.removed_at.is_(None))
    return {(order, currency): int(minor) for order, currency, minor in connection.execute(query.group_by(m.order_id, m.currency))}


def _stages(connection: Connection, paper_ids: Sequence[str]) -> dict[str, int]:
    c = REMINDED.c
    query = select(c.paper_id, func.max(c.stage)).where(among(connection, c.paper_id, list(paper_ids))).group_by(c.paper_id)
    return dict(connection.execute(query).tuples().all())
