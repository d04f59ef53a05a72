"""What does not agree within what processors, banks and channels tell, each found by one statement over an account's facts."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, or_, select

from model.records.breaks import BreakKind
from model.store.money_breaks import Found
from model.store.money_payout_faults import Asked, day_of, evidence_of, payout_sums, payouts_failed, payouts_unknown
from model.store.money_sides import MONEY_KINDS
from model.tables.orders import OrderRow, OrderStateRow
from model.tables.payments import PaymentRow
from model.tables.settlements import DisputeRow, PayoutRow, SettlementLineRow, SettlementRow
from model.tables.statements import BankStatementRow
from model.values.ids import derive_id

_LINE, _PAYOUT = SettlementLineRow, PayoutRow


def unknown_lines(connection: Connection, asked: Asked) -> list[Found]:
    """Lines in words that the hub does not know."""
    columns = select(_LINE.id, _LINE.external_id, _LINE.business_on, _LINE.currency, _LINE.net_minor, _LINE.raw_kind)
    query = columns.where(_LINE.account_id == asked.account_id, _LINE.kind == "unknown", _LINE.business_on >= asked.since)
    return [
        Found("unknown_line", row.id, row.external_id, row.business_on, row.currency, row.net_minor, evidence_of(word=row.raw_kind))
        for row in connection.execute(query)
    ]


def balances(connection: Connection, asked: Asked) -> list[Found]:
    """Periods of a processor that do not begin with what the one before left."""
    row = SettlementRow
    before = func.lag(row.closing_minor).over(partition_by=row.currency, order_by=(row.opened_at, row.id))
    told = (
        select(row.id, row.external_id, row.opened_at, row.currency, row.opening_minor, before.label("before"))
        .where(row.account_id == asked.account_id, row.opening_minor.is_not(None))
        .subquery()
    )
    query = select(told).where(told.c.before.is_not(None), told.c.before != told.c.opening_minor)
    return [
        Found(
            "balance_differs", each.id, each.external_id, each.opened_at.date(), each.currency, each.opening_minor - each.before,
            evidence_of(opening=each.opening_minor, closing_before=each.before),
        )
        for each in connection.execute(query)
        if each.opened_at.date() >= asked.since
    ]  # fmt: skip


def statement_gaps(connection: Connection, asked: Asked) -> list[Found]:
    """Statements that do not begin with what the one before left; of two that overlap nothing can be said."""
    row = BankStatementRow
    order: dict[str, Any] = {"partition_by": (row.bank_account, row.currency), "order_by": (row.opened_on, row.closed_on, row.id)}
    told = (
        select(
            row.id, row.external_id, row.opened_on, row.currency, row.opening_minor,
            func.lag(row.closing_minor).over(**order).label("before"), func.lag(row.closed_on).over(**order).label("closed_before"),
        )
        .where(row.account_id == asked.account_id, row.opening_minor.is_not(None))
        .subquery()
    )  # fmt: skip
    query = select(told).where(
        told.c.before.is_not(None), told.c.before != told.c.opening_minor, told.c.opened_on >= told.c.closed_before,
        told.c.opened_on >= asked.since,
    )  # fmt: skip
    return [
        Found(
            "statement_gap", each.id, each.external_id, day_of(each.opened_on), each.currency, each.opening_minor - each.before,
            evidence_of(opening=each.opening_minor, closing_before=each.before, closed_before=str(each.closed_before)),
        )
        for each in connection.execute(query)
    ]  # fmt: skip


def disputes(connection: Connection, asked: Asked) -> list[Found]:
    """Disputes that are neither won nor lost."""
    row = DisputeRow
    query = select(row).where(row.account_id == asked.account_id, row.status.in_(("warning", "open", "under_review")))
    return [
        Found(
            "dispute_open", d.id, d.external_id, d.opened_at.date(), d.currency, -d.amount_minor,
            evidence_of(reason=d.reason, status=d.status, due=d.due_at.isoformat() if d.due_at else None),
        )
        for d in connection.execute(query)
        if d.opened_at.date() >= asked.since
    ]  # fmt: skip


def refunded_and_disputed(connection: Connection, asked: Asked) -> list[Found]:
    """Payments of which more went back, by refund and dispute together, than came in."""
    disputed = func.sum(case((_LINE.kind.in_(("dispute", "dispute_won")), _LINE.gross_minor), else_=0))
    refunded = func.sum(case((_LINE.kind.in_(("refund", "refund_failed")), _LINE.gross_minor), else_=0))
    charged = func.sum(case((_LINE.kind == "charge", _LINE.gross_minor), else_=0))
    of_payment = (
        select(_LINE.payment_reference).where(
            _LINE.account_id == asked.account_id, _LINE.kind == "dispute", _LINE.business_on >= asked.since
        )
    ).distinct()
    query = (
        select(
            _LINE.payment_reference, _LINE.currency, disputed.label("disputed"), refunded.label("refunded"), charged.label("charged"),
            func.max(_LINE.business_on).label("day"),
        )
        .where(_LINE.account_id == asked.account_id, _LINE.payment_reference.in_(of_payment))
        .group_by(_LINE.payment_reference, _LINE.currency)
        .having(and_(disputed < 0, refunded < 0, charged > 0, charged + disputed + refunded < 0))
    )  # fmt: skip
    return [
        Found(
            "refunded_and_disputed", derive_id(asked.account_id, "disputed", row.payment_reference), row.payment_reference,
            day_of(row.day), row.currency, int(row.charged + row.disputed + row.refunded),
            evidence_of(charged=int(row.charged), refunded=int(row.refunded), disputed=int(row.disputed)),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def reserves(connection: Connection, asked: Asked) -> list[Found]:
    """Reserves that the processor still holds after their time."""
    of_reserve = _LINE.kind.in_(("reserve_held", "reserve_released"))
    old = func.sum(case((and_(_LINE.kind == "reserve_held", _LINE.business_on < asked.reserve_before), _LINE.net_minor), else_=0))
    released = func.sum(case((_LINE.kind == "reserve_released", _LINE.net_minor), else_=0))
    query = (
        select(_LINE.currency, (old + released).label("net"), func.min(_LINE.business_on).label("day"))
        .where(_LINE.account_id == asked.account_id, of_reserve)
        .group_by(_LINE.currency)
        .having(old + released < 0)
    )
    return [
        Found(
            "reserve_outstanding",
            derive_id(asked.account_id, "reserve", row.currency),
            row.currency,
            day_of(row.day),
            row.currency,
            int(row.net),
        )
        for row in connection.execute(query)
    ]


def orders(connection: Connection, asked: Asked) -> list[Found]:
    """Orders of a channel for which more was paid than they are worth, or less although the channel calls them paid."""
    order, state, payment = OrderRow, OrderStateRow, PaymentRow
    paid = (
        select(payment.order_id, payment.currency, func.sum(payment.amount_minor).label("paid"), func.sum(payment.tip_minor).label("tips"))
        .where(payment.account_id == asked.account_id, payment.status == "succeeded", payment.kind.in_(MONEY_KINDS))
        .where(~payment.is_test, payment.removed_at.is_(None))
        .group_by(payment.order_id, payment.currency)
        .subquery()
    )
    gap = paid.c.paid - order.total_minor
    is_over = gap - paid.c.tips > 0  # some channels count the tip into the order, others do not
    is_short = and_(gap < 0, order.payment_state == "paid")
    query = (
        select(order.id, order.number, order.business_date, order.currency, gap.label("gap"), order.total_minor, paid.c.paid)
        .join(paid, and_(paid.c.order_id == order.id, paid.c.currency == order.currency))
        .join(state, state.order_id == order.id)
        .where(order.account_id == asked.account_id, ~state.is_history, ~order.is_test, order.business_date >= asked.since)
        .where(or_(is_over, is_short))
    )
    return [
        Found(
            "order_overpaid" if row.gap > 0 else "order_underpaid", row.id, row.number, day_of(row.business_date), row.currency,
            -int(row.gap), evidence_of(total=row.total_minor, paid=int(row.paid)),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


Search = Callable[[Connection, Asked], list[Found]]

OF_PROCESSOR: Mapping[BreakKind, Search] = {
    "unknown_line": unknown_lines,
    "payout_sum_differs": payout_sums,
    "payout_unknown": payouts_unknown,
    "payout_failed": payouts_failed,
    "balance_differs": balances,
    "dispute_open": disputes,
    "refunded_and_disputed": refunded_and_disputed,
    "reserve_outstanding": reserves,
}
OF_BANK: Mapping[BreakKind, Search] = {"statement_gap": statement_gaps}


def unsettled_by_anybody(connection: Connection, channel: str, words: list[str], since: date) -> list[Found]:
    """Gateways of a channel that no account settles, with the money that went through them."""
    row = PaymentRow
    word = func.lower(func.coalesce(row.gateway, ""))
    query = (
        select(word.label("word"), row.currency, func.sum(row.amount_minor).label("amount"), func.min(row.created_at).label("first"))
        .where(row.account_id == channel, row.status == "succeeded", row.kind.in_(MONEY_KINDS), ~row.is_test, word.in_(words))
        .where(row.removed_at.is_(None))
        .group_by(word, row.currency)
    )
    return [_unsettled(channel, each, since) for each in connection.execute(query)] if words else []


def _unsettled(channel: str, row: Row[Any], since: date) -> Found:
    first = row.first.date() if hasattr(row.first, "date") else date.fromisoformat(str(row.first)[:10])
    named = f"{channel}/{row.word or '?'}"
    return Found(
        "nobody_settles", derive_id(channel, "gateway", row.word, row.currency), named, max(first, since), row.currency, int(row.amount)
    )
