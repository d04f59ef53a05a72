"""Versions of posting rules: proposed by one person, approved by another, never changed."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, insert, select, update

from model.errors import RejectedError
from model.tables.vouchers import PostingRuleSetRow
from model.values.ids import derive_id

RULE_SETS = cast("Table", PostingRuleSetRow.__table__)


def propose(connection: Connection, entity_id: str, body: str, effective_from: date, reason: str, *, maker_id: str, at: datetime) -> str:
    """Keep a version; gives its id. The same version again is the same row; one that was rejected is refused."""
    rule_set = derive_id(entity_id, "posting_rules", effective_from.isoformat(), body)
    known = connection.execute(select(RULE_SETS.c.state).where(RULE_SETS.c.id == rule_set)).scalar_one_or_none()
    if known == "rejected":
        raise RejectedError(f"rules {rule_set[:12]}: were rejected already; change them")
    if known is None:
        values = {"id": rule_set, "entity_id": entity_id, "effective_from": effective_from, "body": body, "state": "proposed"}
        connection.execute(insert(RULE_SETS).values(**values, reason=reason, maker_id=maker_id, made_at=at))
    return rule_set


def conclude(connection: Connection, rule_set: str, state: str, *, checker_id: str, at: datetime) -> None:
    """Approve or reject a proposed version."""
    c = RULE_SETS.c
    mine = (c.id == rule_set, c.state == "proposed")
    if not connection.execute(update(RULE_SETS).where(*mine).values(state=state, checker_id=checker_id, checked_at=at)).rowcount:
        raise RejectedError(f"rules {rule_set[:12]}: are not waiting for anybody")


def named(connection: Connection, beginning: str) -> Row[Any]:
    """The version whose id begins so; RejectedError for none or several."""
    found = connection.execute(select(RULE_SETS).where(RULE_SETS.c.id.startswith(beginning, autoescape=True)).limit(2)).all()
    if len(found) != 1:
        raise RejectedError(f"rules {beginning!r}: {'are not known' if not found else 'may be several; give more of the id'}")
    return found[0]


def listed(connection: Connection, entity_id: str | None = None, state: str | None = None) -> Sequence[Row[Any]]:
    """Versions in the order of the days they hold from; of one day, the one approved last counts."""
    query = select(RULE_SETS).order_by(RULE_SETS.c.entity_id, RULE_SETS.c.effective_from, RULE_SETS.c.checked_at)
    if entity_id is not None:
        query = query.where(RULE_SETS.c.entity_id == entity_id)
    return connection.execute(query if state is None else query.where(RULE_SETS.c.state == state)).all()
