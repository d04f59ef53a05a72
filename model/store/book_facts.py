"""What happened and is not in the books yet, or was read anew since: each kind of fact by one statement, in the order of its days.

Whoever posts compares what a fact comes to now with the voucher that tells of it, whose id and version come along.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, literal, or_, select, true

from model.store.bulk import among
from model.store.money_sides import MONEY_KINDS
from model.tables.orders import OrderRow
from model.tables.payments import PaymentRow, RefundRow
from model.tables.reconciliations import MoneyMatchMemberRow, MoneyMatchRow
from model.tables.settlements import DisputeRow, PayoutRow, SettlementFeeRow, SettlementLineRow
from model.tables.statements import StatementLineRow
from model.tables.vouchers import BookedFactRow

BOOKED = cast("Table", BookedFactRow.__table__)
LINES = cast("Table", SettlementLineRow.__table__)
FEES = cast("Table", SettlementFeeRow.__table__)
PAYOUTS = cast("Table", PayoutRow.__table__)
PAYMENTS = cast("Table", PaymentRow.__table__)
REFUNDS = cast("Table", RefundRow.__table__)
DISPUTES = cast("Table", DisputeRow.__table__)
MATCHES = cast("Table", MoneyMatchRow.__table__)
MEMBERS = cast("Table", MoneyMatchMemberRow.__table__)
BANK_LINES = cast("Table", StatementLineRow.__table__)

SENT = ("in_transit", "paid")
"""States of a payout whose money left the processor."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which facts are asked for: of these accounts, from a day on, behind a fact's day and id, and how many.

    With `is_whole` those that are booked already come, too, and none that comes to nothing.
    """

    accounts: Sequence[str]
    since: date | datetime
    after: tuple[Any, str] | None = None
    limit: int = 2_000
    is_whole: bool = False


Fact = Row[Any]
"""The row itself, with `booked_id` and `booked_version` of the voucher that tells of it."""


def _facts(
    connection: Connection,
    table: Table,
    source: str,
    day: ColumnElement[Any],
    window: Window,
    worth: ColumnElement[bool],
    read: Any = None,  # noqa: ANN401  a column or a number
) -> Sequence[Fact]:
    b, read = BOOKED.c, table.c.fetch_seq if read is None else read
    query = (
        select(
            table,
            b.voucher_id.label("booked_id"),
            func.coalesce(b.version, 0).label("booked_version"),
            worth.label("is_worth"),
            read.label("reading"),
        )
        .select_from(table.outerjoin(BOOKED, and_(b.source == source, b.source_id == table.c.id)))
        .where(table.c.account_id.in_(window.accounts))
        .where(day >= window.since if window.is_whole else or_(day >= window.since, b.voucher_id.is_not(None)))
        .where(worth if window.is_whole else or_(and_(b.source_id.is_(None), worth), b.read != read))
        .order_by(day, table.c.id)
        .limit(window.limit)
    )
    if window.after is not None:
        query = query.where(or_(day > window.after[0], and_(day == window.after[0], table.c.id > window.after[1])))
    return connection.execute(query).all()


def settlement_lines(connection: Connection, window: Window) -> list[tuple[Fact, Mapping[str, int]]]:
    """Movements of our balance with processors, each with its fees by kind; payouts are told by themselves."""
    worth = LINES.c.kind.not_in(("payout", "payout_failed"))
    lines = _facts(connection, LINES, "settlement_line", LINES.c.business_on, window, worth)
    fees: dict[str, dict[str, int]] = defaultdict(dict)
    for each in connection.execute(select(FEES).where(among(connection, FEES.c.line_id, [line.id for line in lines]))):
        fees[each.line_id][each.kind] = each.amount_minor
    return [(line, fees.get(line.id, {})) for line in lines]


def payouts(connection: Connection, window: Window) -> Sequence[Fact]:
    """Transfers to our banks that left, or left and came back."""
    return _facts(connection, PAYOUTS, "payout", PAYOUTS.c.business_on, window, PAYOUTS.c.status.in_(SENT))


def payments(connection: Connection, window: Window) -> Sequence[Fact]:
    """Payments by which money moved, or was thought to have; days are instants."""
    c = PAYMENTS.c
    worth = and_(c.kind.in_(MONEY_KINDS), c.status == "succeeded", c.removed_at.is_(None), ~c.is_test, c.amount_minor != 0)
    return _facts(connection, PAYMENTS, "payment", c.created_at, window, worth, read=c.fetch_seq + _read_with(c.order_id))


def _read_with(order_id: ColumnElement[Any]) -> ColumnElement[int]:
    """The reading of the order that tells a row: what vanished from it, and what never had a payload of its own, keeps its own number."""
    orders = cast("Table", OrderRow.__table__).c
    return func.coalesce(select(orders.fetch_seq).where(orders.id == order_id).scalar_subquery(), 0)


def refunds(connection: Connection, window: Window) -> list[tuple[Fact, str | None]]:
    """Refunds that succeeded, each with the gateway its money went back by; days are instants."""
    c, paid = REFUNDS.c, PAYMENTS.c
    worth = and_(c.status == "succeeded", c.removed_at.is_(None), c.amount_minor != 0)
    facts = _facts(connection, REFUNDS, "refund", c.created_at, window, worth, read=c.fetch_seq + _read_with(c.order_id))
    ways: dict[str, dict[str, str | None]] = defaultdict(dict)
    query = select(paid.order_id, paid.external_id, paid.gateway).where(paid.kind.in_(MONEY_KINDS))
    for each in connection.execute(query.where(among(connection, paid.order_id, [fact.order_id for fact in facts]))):
        ways[each.order_id][each.external_id] = each.gateway
    return [(fact, _way(ways.get(fact.order_id, {}), fact.payment_external_id)) for fact in facts]


def _way(ways: Mapping[str, str | None], named: str | None) -> str | None:
    """The gateway of the payment that a refund names, or the only one there is."""
    if named is not None and named in ways:
        return ways[named]
    return next(iter(ways.values())) if len(set(ways.values())) == 1 else None


def disputes_lost(connection: Connection, window: Window) -> Sequence[Fact]:
    """Disputes that the buyer's bank decided against us; days are instants."""
    return _facts(connection, DISPUTES, "dispute", DISPUTES.c.updated_at, window, DISPUTES.c.status == "lost")


def bank_receipts(connection: Connection, window: Window) -> list[tuple[Fact, list[Row[Any]], list[Row[Any]]]]:
    """Matches of payouts with lines of our banks, each with its payouts and bank lines."""
    facts = _facts(
        connection, MATCHES, "money_match", MATCHES.c.matched_on, window, and_(MATCHES.c.level == "bank", true()), read=literal(1)
    )
    ids = [fact.id for fact in facts]
    sides: list[dict[str, list[Row[Any]]]] = [defaultdict(list), defaultdict(list)]
    for at, table in enumerate((PAYOUTS, BANK_LINES)):
        query = select(MEMBERS.c.match_id, table).join(table, table.c.id == MEMBERS.c.line_id)
        for each in connection.execute(query.where(among(connection, MEMBERS.c.match_id, ids)).order_by(table.c.id)):
            sides[at][each.match_id].append(each)
    return [(fact, sides[0].get(fact.id, []), sides[1].get(fact.id, [])) for fact in facts]


def vanished_matches(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Booked matches that a later matching gave up, with the vouchers that told of them."""
    b = BOOKED.c
    query = (
        select(b.source_id, b.voucher_id.label("booked_id"), b.version.label("booked_version"))
        .select_from(BOOKED.outerjoin(MATCHES, MATCHES.c.id == b.source_id))
        .where(b.source == "money_match", b.voucher_id.is_not(None), MATCHES.c.id.is_(None))
        .order_by(b.source_id)
        .limit(limit)
    )
    return connection.execute(query).all()
