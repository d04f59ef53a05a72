"""What there is to say of one account's money over a period: sums by the database, a handful of statements however many lines there are."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Subquery, Table, Text, and_, case, func, literal, null, or_, select
from sqlalchemy import cast as cast_to

from model.records.money_figures import (
    BalanceFigure,
    BankFigure,
    BreakFigure,
    DisputeFigure,
    FeeFigure,
    LineFigure,
    MatchFigure,
    PayoutFigure,
    RunFigure,
    SignOffFigure,
)
from model.store.money_rows import (
    DISPUTES,
    PAYOUTS,
    SETTLEMENT_FEES,
    SETTLEMENT_LINES,
    SETTLEMENTS,
    STATEMENT_LINES,
    STATEMENTS,
)
from model.tables.audit import ActorRow
from model.tables.payments import PaymentRow, RefundRow
from model.tables.reconciliations import (
    MoneyBreakRow,
    MoneyIgnoredRow,
    MoneyMatchMemberRow,
    MoneyMatchRow,
    ReconciliationRunRow,
    SignOffRow,
)

BREAKS = cast("Table", MoneyBreakRow.__table__)
IGNORED = cast("Table", MoneyIgnoredRow.__table__)
MEMBERS = cast("Table", MoneyMatchMemberRow.__table__)
MATCHES = cast("Table", MoneyMatchRow.__table__)
SIGN_OFFS = cast("Table", SignOffRow.__table__)
RUNS = cast("Table", ReconciliationRunRow.__table__)
ACTORS = cast("Table", ActorRow.__table__)

_SUBJECTS = (PAYOUTS, cast("Table", PaymentRow.__table__), cast("Table", RefundRow.__table__))
WANT_A_PAYMENT = ("charge", "refund", "refund_failed", "unknown")
"""Kinds of lines that should be explained by a payment or refund; others explain themselves, and count only where they were matched."""
MOVES_MONEY = ("in_transit", "paid")
"""Payouts that the bank should see."""
REFUNDS = ("refund", "refund_failed")
OPEN_DISPUTES = ("warning", "open", "under_review")
NOTHING = cast_to(null(), Text).label("undone")


def hold_still(connection: Connection) -> None:
    """Let all that follows in this transaction see the store as it is now; the first statement of it. SQLite's readers always do."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def settled(connection: Connection, account: str, since: date, until: date) -> tuple[LineFigure, ...]:
    """Settlement lines by day, currency and kind."""
    lines = SETTLEMENT_LINES.c
    sums = [func.sum(column) for column in (lines.gross_minor, lines.fees_minor, lines.net_minor)]
    query = select(lines.business_on, lines.currency, lines.kind, func.count(), *sums)
    query = query.where(*_in_period(SETTLEMENT_LINES, account, since, until)).group_by(lines.business_on, lines.currency, lines.kind)
    return tuple(
        LineFigure(
            day=day, currency=currency, kind=kind, count=count, gross_minor=int(gross), fees_minor=int(fees), net_minor=int(net)
        )
        for day, currency, kind, count, gross, fees, net in _ordered(connection, query)
    )  # fmt: skip


def fees(connection: Connection, account: str, since: date, until: date) -> tuple[FeeFigure, ...]:
    """Fees of settlement lines by day, currency and kind."""
    lines, kept = SETTLEMENT_LINES.c, SETTLEMENT_FEES.c
    query = select(lines.business_on, lines.currency, kept.kind, func.sum(kept.amount_minor))
    query = query.join_from(SETTLEMENT_LINES, SETTLEMENT_FEES, kept.line_id == lines.id)
    query = query.where(*_in_period(SETTLEMENT_LINES, account, since, until)).group_by(lines.business_on, lines.currency, kept.kind)
    return tuple(
        FeeFigure(day=day, currency=currency, kind=kind, amount_minor=int(amount))
        for day, currency, kind, amount in _ordered(connection, query)
    )


def payouts(connection: Connection, account: str, since: date, until: date) -> tuple[PayoutFigure, ...]:
    """The payouts made in the period, each with the pass that found it at the bank."""
    made = PAYOUTS.c
    query = select(
        made.id, made.external_id, made.business_on.label("day"), made.currency, made.status, made.amount_minor, made.fee_minor,
        made.arrival_on, made.reference, MATCHES.c.pass_name.label("banked_by"),
    )  # fmt: skip
    query = query.select_from(_with_match(PAYOUTS, made.id, "bank", "left")).where(*_in_period(PAYOUTS, account, since, until))
    rows = connection.execute(query.order_by(made.business_on, made.external_id, made.id)).mappings()
    return tuple(PayoutFigure(**row) for row in rows)


def matches_of_lines(connection: Connection, account: str, since: date, until: date) -> tuple[MatchFigure, ...]:
    """How far settlement lines are explained by payments and refunds."""
    lines = SETTLEMENT_LINES.c
    matched = select(MEMBERS.c.line_id).where(MEMBERS.c.level == "payment", MEMBERS.c.side == "right", MEMBERS.c.line_id == lines.id)
    wanted = or_(lines.kind.in_(WANT_A_PAYMENT), matched.exists())
    undone = _undone(account)
    same = and_(lines.kind.in_(REFUNDS), undone.c.name == _name_of_refund(), undone.c.currency == lines.currency)
    chosen = (
        select(lines.id, lines.business_on.label("day"), lines.currency, lines.gross_minor.label("amount"), undone.c.name.label("undone"))
        .select_from(SETTLEMENT_LINES.outerjoin(undone, same))
        .where(*_in_period(SETTLEMENT_LINES, account, since, until), wanted)
    )
    return standing(connection, chosen.subquery(), "payment", "right")


def _undone(account: str) -> Subquery:
    """Refunds that the processor took back, by their name: their lines sum to nothing, and explain each other."""
    lines = SETTLEMENT_LINES.c
    came_back = func.sum(case((lines.kind == "refund_failed", 1), else_=0))
    query = select(_name_of_refund().label("name"), lines.currency).where(lines.account_id == account, lines.kind.in_(REFUNDS))
    query = query.group_by(_name_of_refund(), lines.currency).having(came_back > 0, func.sum(lines.gross_minor) == 0)
    return query.subquery()


def _name_of_refund() -> ColumnElement[str]:
    lines = SETTLEMENT_LINES.c
    return func.coalesce(lines.source_reference, lines.other_reference, lines.payment_reference)


def matches_of_payouts(connection: Connection, account: str, since: date, until: date) -> tuple[MatchFigure, ...]:
    """How far payouts are found at the bank; those that failed or were cancelled count only where they were."""
    made = PAYOUTS.c
    matched = select(MEMBERS.c.line_id).where(MEMBERS.c.level == "bank", MEMBERS.c.side == "left", MEMBERS.c.line_id == made.id)
    wanted = or_(made.status.in_(MOVES_MONEY), matched.exists())
    chosen = _chosen(PAYOUTS, made.business_on, made.amount_minor, [*_in_period(PAYOUTS, account, since, until), wanted])
    return standing(connection, chosen, "bank", "left")


def matches_of_bank_lines(connection: Connection, account: str, since: date, until: date) -> tuple[MatchFigure, ...]:
    """How far a bank's lines are explained by payouts, or set apart by a rule."""
    lines = STATEMENT_LINES.c
    where = [lines.account_id == account, lines.booked_on.between(since, until)]
    return standing(connection, _chosen(STATEMENT_LINES, lines.booked_on, lines.amount_minor, where), "bank", "right")


def standing(connection: Connection, chosen: Subquery, level: str, side: str) -> tuple[MatchFigure, ...]:
    """How lines stand, by day and currency.

    `chosen` has the columns id, day, currency, amount, and undone, which is null but for lines that undo each other.
    """
    named = select(BREAKS.c.subject_id, func.max(case((BREAKS.c.state != "resolved", 1), else_=0)).label("is_open"))
    named = named.where(or_(BREAKS.c.state != "resolved", BREAKS.c.maker_id.is_not(None)))  # what went by itself was accepted by nobody
    named = named.group_by(BREAKS.c.subject_id).subquery()
    state = case(
        (MATCHES.c.id.is_not(None), literal("matched")),
        (chosen.c.undone.is_not(None), literal("undone")),
        (IGNORED.c.rule.is_not(None), literal("set_apart")),
        (named.c.is_open == 1, literal("broken")),
        (named.c.is_open == 0, literal("accepted")),
        else_=literal("unmatched"),
    )
    by = case((MATCHES.c.id.is_not(None), MATCHES.c.pass_name), else_=IGNORED.c.rule)
    joined = _with_match(chosen, chosen.c.id, level, side).outerjoin(named, named.c.subject_id == chosen.c.id)
    joined = joined.outerjoin(IGNORED, and_(IGNORED.c.line_id == chosen.c.id, literal(side) == "right", literal(level) == "bank"))
    each = select(chosen.c.day, chosen.c.currency, state.label("state"), by.label("by"), chosen.c.amount).select_from(joined).subquery()
    keys = (each.c.day, each.c.currency, each.c.state, each.c.by)
    query = select(*keys, func.count(), func.sum(each.c.amount)).group_by(*keys)
    figures = [
        MatchFigure(level=level, day=day, currency=currency, state=stands, by=name, count=count, amount_minor=int(amount))
        for day, currency, stands, name, count, amount in connection.execute(query)
    ]
    return tuple(sorted(figures, key=lambda figure: (figure.day, figure.currency, figure.state, figure.by or "")))


def breaks(connection: Connection, account: str, since: date, until: date) -> tuple[BreakFigure, ...]:
    """What is open up to the period's end, however old, and what of the period was resolved; the most at risk first.

    Also what another account's matching found about payouts, payments and refunds of this one.
    """
    row, maker, checker = BREAKS.c, ACTORS.alias(), ACTORS.alias()
    query = select(
        row.id, row.kind, row.subject_id, row.subject_name, row.business_on.label("day"), row.currency, row.amount_minor, row.evidence,
        row.state, row.owner_id.label("owner"), row.first_seen_at, row.resolution,
        func.coalesce(maker.c.name, row.maker_id).label("maker"), func.coalesce(checker.c.name, row.checker_id).label("checker"),
    )  # fmt: skip
    query = query.select_from(BREAKS).outerjoin(maker, maker.c.id == row.maker_id).outerjoin(checker, checker.c.id == row.checker_id)
    own = [select(table.c.id).where(table.c.id == row.subject_id, table.c.account_id == account).exists() for table in _SUBJECTS]
    query = query.where(row.business_on <= until, or_(row.state != "resolved", row.business_on >= since))
    query = query.where(or_(row.account_id == account, *own))
    rows = connection.execute(query.order_by(func.abs(row.amount_minor).desc(), row.business_on, row.id)).mappings()
    return tuple(BreakFigure(**row) for row in rows)


def sign_offs(connection: Connection, account: str, since: date, until: date) -> tuple[SignOffFigure, ...]:
    """Who signed for which day and who checked it; also what was withdrawn."""
    row, maker, checker = SIGN_OFFS.c, ACTORS.alias(), ACTORS.alias()
    query = select(
        row.business_on.label("day"), func.coalesce(maker.c.name, row.maker_id).label("maker"), row.made_at,
        func.coalesce(checker.c.name, row.checker_id).label("checker"), row.checked_at, row.reason.label("withdrawn"),
    )  # fmt: skip
    query = query.select_from(SIGN_OFFS).outerjoin(maker, maker.c.id == row.maker_id).outerjoin(checker, checker.c.id == row.checker_id)
    query = query.where(*_in_period(SIGN_OFFS, account, since, until)).order_by(row.business_on, row.made_at, row.id)
    return tuple(SignOffFigure(**each) for each in connection.execute(query).mappings())


def disputes(connection: Connection, account: str, first: datetime, last: datetime) -> tuple[DisputeFigure, ...]:
    """Disputes opened in [first, last), and those still open that were opened before."""
    row = DISPUTES.c
    query = select(
        row.external_id, row.payment_reference, row.status, row.currency, row.amount_minor, row.opened_at, row.due_at, row.reason
    ).where(row.account_id == account, row.opened_at < last, or_(row.opened_at >= first, row.status.in_(OPEN_DISPUTES)))
    return tuple(DisputeFigure(**each) for each in connection.execute(query.order_by(row.opened_at, row.external_id)).mappings())


def settlements(connection: Connection, account: str, first: datetime, last: datetime) -> tuple[BalanceFigure, ...]:
    """A processor's accounts of periods that closed in [first, last)."""
    row = SETTLEMENTS.c
    query = select(row.external_id, row.currency, row.opened_at, row.closed_at, row.opening_minor, row.total_minor, row.closing_minor)
    query = query.where(row.account_id == account, row.closed_at >= first, row.closed_at < last).order_by(
        row.closed_at, row.external_id, row.currency
    )
    return tuple(
        BalanceFigure(
            external_id=name, currency=currency, since=opened.date(), until=closed.date(), opening_minor=opening, moved_minor=moved,
            closing_minor=closing,
        )
        for name, currency, opened, closed, opening, moved, closing in connection.execute(
            query.order_by(row.closed_at, row.external_id, row.currency)
        )
    )  # fmt: skip


def statements(connection: Connection, account: str, since: date, until: date) -> tuple[BalanceFigure, ...]:
    """A bank's statements that reach into the period, each with the sum of its lines."""
    row, lines = STATEMENTS.c, STATEMENT_LINES.c
    moved = select(func.coalesce(func.sum(lines.amount_minor), 0)).where(lines.statement_id == row.id).correlate(STATEMENTS)
    query = select(
        row.external_id, row.currency, row.opened_on, row.closed_on, row.opening_minor, moved.scalar_subquery(), row.closing_minor
    )
    query = query.where(row.account_id == account, row.opened_on <= until, row.closed_on >= since)
    return tuple(
        BalanceFigure(
            external_id=name, currency=currency, since=opened, until=closed, opening_minor=opening, moved_minor=int(total),
            closing_minor=closing,
        )
        for name, currency, opened, closed, opening, total, closing in connection.execute(
            query.order_by(row.opened_on, row.external_id, row.currency)
        )
    )  # fmt: skip


def bank_days(connection: Connection, account: str, since: date, until: date) -> tuple[BankFigure, ...]:
    """What came to and left our bank account, by day and currency."""
    lines = STATEMENT_LINES.c
    came, left = (func.sum(case((sign, lines.amount_minor), else_=0)) for sign in (lines.amount_minor > 0, lines.amount_minor < 0))
    query = select(lines.booked_on, lines.currency, func.count(), came, left, func.sum(lines.fee_minor))
    query = query.where(lines.account_id == account, lines.booked_on.between(since, until)).group_by(lines.booked_on, lines.currency)
    return tuple(
        BankFigure(day=day, currency=currency, count=count, in_minor=int(in_), out_minor=int(out), fee_minor=int(fee))
        for day, currency, count, in_, out, fee in _ordered(connection, query)
    )


def last_runs(connection: Connection, account: str) -> tuple[RunFigure, ...]:
    """The last reconciliation of each level."""
    row = RUNS.c
    newest = select(row.level, func.max(row.started_at).label("at")).where(row.account_id == account).group_by(row.level).subquery()
    query = select(row.level, row.since, row.until, row.ended_at, row.outcome, row.message)
    query = query.join_from(RUNS, newest, and_(newest.c.level == row.level, newest.c.at == row.started_at)).where(row.account_id == account)
    return tuple(RunFigure(**each) for each in connection.execute(query.order_by(row.level, row.id)).mappings())


def _in_period(table: Table, account: str, since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    return (table.c.account_id == account, table.c.business_on.between(since, until))


def _chosen(table: Table, day: ColumnElement[date], amount: ColumnElement[int], where: Sequence[ColumnElement[bool]]) -> Subquery:
    return select(table.c.id, day.label("day"), table.c.currency, amount.label("amount"), NOTHING).where(*where).subquery()


def _with_match(lines: FromClause, line_id: ColumnElement[str], level: str, side: str) -> FromClause:
    """Lines with the match that uses them, if one does."""
    used = and_(MEMBERS.c.level == level, MEMBERS.c.side == side, MEMBERS.c.line_id == line_id)
    return lines.outerjoin(MEMBERS, used).outerjoin(MATCHES, MATCHES.c.id == MEMBERS.c.match_id)


def _ordered(connection: Connection, query: Select[Any]) -> list[tuple[Any, ...]]:
    """Rows by day, currency and kind, whatever a database's collation makes of them."""
    return sorted(connection.execute(query).tuples().all(), key=lambda row: tuple(str(cell) for cell in row[:3]))
