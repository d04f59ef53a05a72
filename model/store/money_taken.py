"""What a sales channel's orders were worth, how they were paid, and how far that money has come: sums by the database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import CTE, ColumnElement, Connection, Select, Subquery, and_, case, func, literal, select, union_all

from model.records.money_figures import MatchFigure, OrderFigure, TakenFigure
from model.store.money_figures import MEMBERS, NOTHING, standing
from model.store.money_rows import SETTLEMENT_LINES
from model.store.order_rows import ORDERS, PAYMENTS, REFUNDS

TAKES = ("capture", "sale")
"""Kinds of payments that take money; an authorisation only promises it."""


def orders(connection: Connection, account: str, since: date, until: date) -> tuple[OrderFigure, ...]:
    """Orders by business day and currency, without test orders and cancelled ones."""
    row = ORDERS.c
    query = select(row.business_date, row.currency, func.count(), func.sum(row.total_minor))
    query = query.where(*_of(account, since, until), row.cancelled_at.is_(None)).group_by(row.business_date, row.currency)
    return tuple(
        OrderFigure(day=day, currency=currency, count=count, total_minor=int(total))
        for day, currency, count, total in sorted(connection.execute(query).tuples().all(), key=lambda each: each[:2])
    )


def taken(connection: Connection, account: str, since: date, until: date) -> tuple[TakenFigure, ...]:
    """Payments and refunds of the period's orders by gateway, and how far they have come."""
    money = _money(account, since, until)
    used = and_(MEMBERS.c.level == "payment", MEMBERS.c.side == "left", MEMBERS.c.line_id == money.c.id)
    reached = _reached(select(MEMBERS.c.match_id).join_from(money, MEMBERS, used))
    reach = case(
        (reached.c.is_banked == 1, literal("banked")), (MEMBERS.c.match_id.is_not(None), literal("settled")), else_=literal("open")
    )
    joined = money.outerjoin(MEMBERS, used).outerjoin(reached, reached.c.match_id == MEMBERS.c.match_id)
    each = select(money.c.day, money.c.currency, money.c.gateway, money.c.is_refund, reach.label("reach"), money.c.amount)
    each = each.select_from(joined).subquery()
    keys = (each.c.day, each.c.currency, each.c.gateway, each.c.is_refund, each.c.reach)
    query = select(*keys, func.count(), func.sum(each.c.amount)).group_by(*keys)
    figures = [
        TakenFigure(
            day=day, currency=currency, gateway=gateway, is_refund=bool(is_refund), reach=how_far, count=count, amount_minor=int(amount)
        )
        for day, currency, gateway, is_refund, how_far, count, amount in connection.execute(query)
    ]
    return tuple(sorted(figures, key=lambda one: (one.day, one.currency, one.gateway or "", one.is_refund, one.reach)))


def matches_of_money(connection: Connection, account: str, since: date, until: date, nobodys: Sequence[str]) -> tuple[MatchFigure, ...]:
    """How far payments and refunds are explained by settlement lines, without those of gateways that nobody settles."""
    money = _money(account, since, until)
    wanted = select(money.c.id, money.c.day, money.c.currency, money.c.amount, NOTHING)
    if nobodys:
        wanted = wanted.where(func.coalesce(money.c.gateway, "").not_in(nobodys))
    return standing(connection, wanted.subquery(), "payment", "left")


def _of(account: str, since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    """The orders of a period; the instants around it only spare the database the others, whose business day has no index."""
    first = datetime.combine(since, time(0), UTC) - timedelta(days=2)
    last = datetime.combine(until, time(0), UTC) + timedelta(days=3)
    row = ORDERS.c
    return (
        row.account_id == account, row.placed_at.between(first, last), row.business_date.between(since, until), ~row.is_test,
    )  # fmt: skip


def _money(account: str, since: date, until: date) -> CTE:
    """Money that succeeded for the period's orders: id, day, currency, gateway, is_refund, and a signed amount."""
    paid, given, origin = PAYMENTS.c, REFUNDS.c, PAYMENTS.alias()
    payments = select(
        paid.id, ORDERS.c.business_date.label("day"), paid.currency, paid.gateway, literal(0).label("is_refund"),
        paid.amount_minor.label("amount"),
    )  # fmt: skip
    payments = payments.join_from(ORDERS, PAYMENTS, paid.order_id == ORDERS.c.id).where(
        *_of(account, since, until),
        paid.kind.in_(TAKES),
        paid.status == "succeeded",
        ~paid.is_test,
        paid.removed_at.is_(None),
        paid.amount_minor != 0,
    )
    way = func.coalesce(origin.c.gateway, _only_gateway()).label("gateway")
    returned = (-given.amount_minor).label("amount")
    refunds = select(given.id, ORDERS.c.business_date.label("day"), given.currency, way, literal(1).label("is_refund"), returned)
    paid_by = and_(origin.c.order_id == given.order_id, origin.c.external_id == given.payment_external_id)
    refunds = refunds.join_from(ORDERS, REFUNDS, given.order_id == ORDERS.c.id).outerjoin(origin, paid_by)
    refunds = refunds.where(*_of(account, since, until), given.status == "succeeded", given.removed_at.is_(None), given.amount_minor > 0)
    return union_all(payments, refunds).cte("money")


def _only_gateway() -> ColumnElement[str | None]:
    """Of a refund that names no payment: the way its order was paid, if there was only one."""
    each = PAYMENTS.alias()
    one_way = func.count(func.distinct(func.coalesce(each.c.gateway, ""))) == 1
    moved = (each.c.order_id == REFUNDS.c.order_id, each.c.kind.in_(TAKES), each.c.status == "succeeded")
    return select(func.min(each.c.gateway)).where(*moved).having(one_way).correlate(REFUNDS).scalar_subquery()


def _reached(matches: Select[tuple[str]]) -> Subquery:
    """Whether all settlement lines of these matches lie in payouts that the bank has."""
    settled, banked = MEMBERS.alias(), MEMBERS.alias()
    at_bank = and_(banked.c.level == "bank", banked.c.side == "left", banked.c.line_id == SETTLEMENT_LINES.c.payout_id)
    query = select(settled.c.match_id, func.min(case((banked.c.line_id.is_not(None), 1), else_=0)).label("is_banked"))
    query = query.join_from(settled, SETTLEMENT_LINES, SETTLEMENT_LINES.c.id == settled.c.line_id).outerjoin(banked, at_bank)
    query = query.where(settled.c.level == "payment", settled.c.side == "right", settled.c.match_id.in_(matches))
    return query.group_by(settled.c.match_id).subquery()
