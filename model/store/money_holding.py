"""Whether matches still hold: that their lines are there, still move money, and still sum to the same. Facts change after a match."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, null, select

from model.store.bulk import among
from model.store.money_matches import MATCHES, MEMBERS, PERSON
from model.store.money_rows import PAYOUTS, SETTLEMENT_LINES, STATEMENT_LINES
from model.store.money_sides import MONEY_KINDS, RETURNED, SENT
from model.store.order_rows import PAYMENTS, REFUNDS

STAND_AGAINST = ("charge", "refund", "refund_failed")
"""Kinds of settlement lines that a pass matches with payments and refunds."""
CAME_BACK = "returned"
"""The pass of payouts that the bank booked and sent back: both bank lines come to nothing together."""
_OF_LEVEL = {"payment": (PAYMENTS, REFUNDS, SETTLEMENT_LINES), "bank": (PAYOUTS, STATEMENT_LINES)}
_MATCH, _MEMBER = MATCHES.c, MEMBERS.c


@dataclass(frozen=True, slots=True)
class Unheld:
    """A match that holds no longer, and what its sides sum to now; a line that is gone or moves no money counts nothing."""

    match_id: str
    left_minor: int
    right_minor: int


def no_longer_hold(connection: Connection, level: str, match_ids: Sequence[str]) -> list[Unheld]:
    """Those of the matches of which a line is gone, moves no money any more, is of another currency, or whose sums differ.

    What a person matched across currencies holds while both of its sums are those that the person saw.
    """
    query = _now(level).where(among(connection, _MEMBER.match_id, list(match_ids))) if match_ids else None
    rows = connection.execute(query) if query is not None else ()
    return [
        Unheld(row.match_id, int(row.left), int(row.right))
        for row in rows
        if row.gone or (row.left != row.right and (row.left, row.right) != (row.left_minor, row.right_minor))
    ]


def matches_of(connection: Connection, level: str, line_ids: Sequence[str]) -> list[str]:
    """The matches that these lines of the processor or bank are in."""
    query = select(_MEMBER.match_id).where(_MEMBER.level == level, _MEMBER.side == "right", among(connection, _MEMBER.line_id, line_ids))
    return list(connection.execute(query.distinct()).scalars()) if line_ids else []


def days_of(connection: Connection, level: str, line_ids: Sequence[str]) -> dict[str, date]:
    """The days by which lines are looked up for matching, whether they still may be matched or not; by row id."""
    found: dict[str, date] = {}
    for table, day in _DAYS[level] if line_ids else ():
        for row_id, when in connection.execute(select(table.c.id, day).where(among(connection, table.c.id, line_ids))):
            found[row_id] = when.date() if hasattr(when, "date") else when
    return found


_DAYS: dict[str, tuple[tuple[Any, ColumnElement[Any]], ...]] = {
    "payment": ((PAYMENTS, PAYMENTS.c.created_at), (REFUNDS, REFUNDS.c.created_at), (SETTLEMENT_LINES, SETTLEMENT_LINES.c.business_on)),
    "bank": ((PAYOUTS, func.coalesce(PAYOUTS.c.arrival_on, PAYOUTS.c.business_on)), (STATEMENT_LINES, STATEMENT_LINES.c.booked_on)),
}


def _now(level: str) -> Select[Any]:
    """Matches with the sums of both sides as they are now, and how many of their lines count nothing any more."""
    amount = case(*((table.c.id.is_not(None), _amount(table)) for table in _OF_LEVEL[level]), else_=null())
    joined: Any = MEMBERS.join(MATCHES, _MATCH.id == _MEMBER.match_id)
    for table in _OF_LEVEL[level]:
        side = "right" if table in (SETTLEMENT_LINES, STATEMENT_LINES) else "left"
        joined = joined.outerjoin(table, and_(_MEMBER.side == side, table.c.id == _MEMBER.line_id))
    sums = [func.sum(case((_MEMBER.side == side, func.coalesce(amount, 0)), else_=0)).label(side) for side in ("left", "right")]
    gone = func.sum(case((amount.is_(None), 1), else_=0)).label("gone")
    keys = (_MEMBER.match_id, _MATCH.left_minor, _MATCH.right_minor)
    return select(*keys, *sums, gone).select_from(joined).where(_MEMBER.level == level).group_by(*keys)


def _amount(table: Any) -> ColumnElement[Any]:  # noqa: ANN401  one of the tables above
    """A line's amount in its match's currency; null where it has none, or moves no money."""
    c = table.c
    by_person = and_(_MATCH.pass_name == PERSON, _MATCH.evidence.contains(literal('"') + c.currency + '"'))
    own = and_(_MATCH.pass_name != PERSON, c.currency == _MATCH.currency)
    if table is STATEMENT_LINES:
        return case((by_person | own, c.amount_minor + c.fee_minor), else_=null())
    if table is PAYOUTS:
        came_back = and_(_MATCH.pass_name == CAME_BACK, c.status.in_(RETURNED))
        return case((came_back & own, 0), (c.status.in_(SENT) & (by_person | own) & (_MATCH.pass_name != CAME_BACK), c.amount_minor))
    if table is SETTLEMENT_LINES:
        shown = case((c.gross_minor < 0, -func.abs(c.presented_minor)), else_=func.abs(c.presented_minor))
        stands = c.kind.in_(STAND_AGAINST)
        return case((by_person, c.gross_minor), (stands & (c.presented_currency == _MATCH.currency), shown), (stands & own, c.gross_minor))
    sign = -1 if table is REFUNDS else 1
    moved = and_(c.status == "succeeded", c.removed_at.is_(None), c.amount_minor != 0)
    if table is PAYMENTS:
        moved = and_(moved, c.kind.in_(MONEY_KINDS), ~c.is_test)
    in_shops = and_(_MATCH.pass_name != PERSON, c.shop_currency == _MATCH.currency)
    return case((moved & (by_person | own), sign * c.amount_minor), (moved & in_shops, sign * c.shop_minor))
