"""Vouchers as people look for them: by reference, by the beginning of an id, or many by what they are of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from model.errors import RejectedError
from model.store.money_breaks import starts
from model.store.vouchers import LINES, VOUCHERS

_C = VOUCHERS.c
_REFERENCE = re.compile(r"([a-z0-9][a-z0-9-]*)/(\d{4}-\d{2})/(\d{1,12})")


def named(connection: Connection, word: str) -> Row[Any]:
    """The voucher of a reference `main/2026-01/000042`, or whose id begins so; RejectedError for none or several."""
    found = _REFERENCE.fullmatch(word)
    if found is not None:
        mine = (_C.entity_id == found[1], _C.period == found[2], _C.number == int(found[3]))
    else:
        mine = (starts(connection, _C.id, word),)
    rows = connection.execute(select(VOUCHERS).where(*mine).limit(2)).all()
    if len(rows) != 1 or not word:
        raise RejectedError(f"voucher {word!r}: {'is not known' if not rows else 'may be several; give more of the id'}")
    return rows[0]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which vouchers are listed; None: any."""

    entity: str | None = None
    period: str | None = None
    account: str | None = None
    """An account of the chart, with its sub-accounts."""
    event: str | None = None
    state: str | None = None
    limit: int | None = None


def listed(connection: Connection, wanted: Wanted) -> Sequence[Row[Any]]:
    """Vouchers, those that wait first, then by entity, period and number."""
    query = select(VOUCHERS).order_by(_C.state == "posted", _C.entity_id, _C.period, _C.number, _C.id).limit(wanted.limit)
    for column, value in ((_C.entity_id, wanted.entity), (_C.period, wanted.period), (_C.event, wanted.event), (_C.state, wanted.state)):
        query = query if value is None else query.where(column == value)
    if wanted.account is not None:
        code = LINES.c.account
        of_account = (code == wanted.account) | code.startswith(f"{wanted.account}.", autoescape=True)
        query = query.where(_C.id.in_(select(LINES.c.voucher_id).where(of_account)))
    return connection.execute(query).all()
