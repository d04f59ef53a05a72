"""What does not agree within what processors tell of their payouts: sums, payouts nobody told, and those that came back."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from model.store.money_breaks import Found
from model.tables.settlements import PayoutRow, SettlementLineRow

_LINE, _PAYOUT = SettlementLineRow, PayoutRow
_SENT = ("paid", "in_transit")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose facts are looked at, from which day, and which days are late enough to be judged."""

    account_id: str
    since: date
    late_before: date
    """What is incomplete since then may still come."""
    reserve_before: date


def payout_sums(connection: Connection, asked: Asked) -> list[Found]:
    """Itemised payouts whose lines do not sum to them, or are of another currency; one without any line may still get them.

    Its own leaving the balance is no part of it; money that came back from another one, which it pays again, is.
    """
    own = and_(_LINE.kind == "payout_failed", func.coalesce(_LINE.source_reference, _PAYOUT.external_id) == _PAYOUT.external_id)
    is_like = _LINE.currency == _PAYOUT.currency  # the same number in another currency is another amount
    parts = (
        select(
            _LINE.payout_id, func.sum(case((is_like, _LINE.net_minor), else_=0)).label("net"), func.count().label("count"),
            func.sum(case((is_like, 0), else_=1)).label("strange"),
        )
        .join(_PAYOUT, _PAYOUT.id == _LINE.payout_id)
        .where(_LINE.account_id == asked.account_id, _LINE.kind != "payout", ~own)
        .group_by(_LINE.payout_id)
        .subquery()
    )  # fmt: skip
    net, count, strange = (func.coalesce(column, 0) for column in (parts.c.net, parts.c.count, parts.c.strange))
    query = (
        select(_PAYOUT, net.label("net"), count.label("lines"), strange.label("strange"))
        .join(parts, parts.c.payout_id == _PAYOUT.id, isouter=True)
        .where(_PAYOUT.account_id == asked.account_id, _PAYOUT.is_itemised, _PAYOUT.status.in_((*_SENT, "failed")))
        .where(_PAYOUT.business_on >= asked.since, or_(net - _PAYOUT.fee_minor != _PAYOUT.amount_minor, strange > 0))
        .where(or_(count > 0, _PAYOUT.business_on < asked.late_before))
    )
    return [
        Found(
            "payout_sum_differs", p.id, p.external_id, p.business_on, p.currency, p.amount_minor - (int(p.net) - p.fee_minor),
            evidence_of(payout=p.amount_minor, lines=int(p.net), fee=p.fee_minor, count=p.lines, in_other_currencies=int(p.strange)),
        )
        for p in connection.execute(query)
    ]  # fmt: skip


def payouts_unknown(connection: Connection, asked: Asked) -> list[Found]:
    """Payouts that lines name and nobody told."""
    query = (
        select(_LINE.payout_id, _LINE.currency, func.min(_LINE.business_on).label("day"), func.sum(_LINE.net_minor).label("net"))
        .join(_PAYOUT, _PAYOUT.id == _LINE.payout_id, isouter=True)
        .where(_LINE.account_id == asked.account_id, _LINE.payout_id.is_not(None), _PAYOUT.id.is_(None), _LINE.business_on >= asked.since)
        .group_by(_LINE.payout_id, _LINE.currency)
        .having(func.max(_LINE.business_on) < asked.late_before)
    )
    return [
        Found("payout_unknown", row.payout_id, row.payout_id[:12], day_of(row.day), row.currency, int(row.net))
        for row in connection.execute(query)
    ]


def payouts_failed(connection: Connection, asked: Asked) -> list[Found]:
    """Payouts that the bank refused, until the money was sent again: alone, or as a line that a later payout carries.

    A later payout of the same amount pays one of them again, and only if no line says that it is made of other money.
    """
    again = _alone(connection, asked)
    found: list[Found] = []
    for p in connection.execute(_failed(asked)):
        paid = next((each for each in again if (each.currency, each.amount_minor) == (p.currency, p.amount_minor)
                     and each.created_at > p.created_at), None)  # fmt: skip
        if paid is not None:
            again.remove(paid)
        elif p.business_on >= asked.since:
            found.append(Found("payout_failed", p.id, p.external_id, p.business_on, p.currency, p.amount_minor))
    return found


def _failed(asked: Asked) -> Any:  # noqa: ANN401  a query
    """Payouts that failed and that no later one carries, the earliest first."""
    later, back = aliased(_PAYOUT), aliased(_LINE)
    carried = (
        select(back.id)
        .join(later, later.id == back.payout_id)
        .where(back.account_id == _PAYOUT.account_id, back.kind.in_(("payout_failed", "carried")), back.currency == _PAYOUT.currency)
        .where(later.account_id == _PAYOUT.account_id, later.status.in_(_SENT), later.created_at > _PAYOUT.created_at)
        .where(or_(back.source_reference == _PAYOUT.external_id, back.payment_reference == _PAYOUT.external_id))
    )
    failed = select(_PAYOUT).where(_PAYOUT.account_id == asked.account_id, _PAYOUT.status == "failed", ~carried.exists())
    return failed.with_only_columns(*_PAYOUT.__table__.columns).order_by(_PAYOUT.created_at, _PAYOUT.id)


def _alone(connection: Connection, asked: Asked) -> list[Any]:
    """Payouts of the amount of a failed one that were sent and that no line but their own names, the earliest first."""
    failed, line = aliased(_PAYOUT), aliased(_LINE)
    like = (failed.account_id == asked.account_id, failed.status == "failed", failed.amount_minor == _PAYOUT.amount_minor)
    made_of = select(line.id).where(line.payout_id == _PAYOUT.id, line.kind != "payout")
    columns = (_PAYOUT.id, _PAYOUT.currency, _PAYOUT.amount_minor, _PAYOUT.created_at)
    query = select(*columns).where(_PAYOUT.account_id == asked.account_id, _PAYOUT.status.in_(_SENT), ~made_of.exists())
    query = query.where(select(failed.id).where(*like, failed.currency == _PAYOUT.currency).exists())
    return list(connection.execute(query.order_by(_PAYOUT.created_at, _PAYOUT.id)))


def day_of(value: Any) -> date:  # noqa: ANN401  what a driver gives for an aggregate of days
    """The day."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def evidence_of(**evidence: object) -> str:
    """Evidence of a break."""
    return json.dumps(evidence, ensure_ascii=False)
