"""See returns: which are open and since when, one in full with the money that belongs to it, and the four facts of an order."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from model.rules.after_sales import Fact
from model.store import after_sales, returns
from model.store.fulfilments import AnyRow
from model.store.order_rows import ORDERS
from model.store.returns import OPEN, RETURN_ORDERS
from model.values.money import decimal_amount
from model.values.quantity import decimal_quantity
from operations.returns.money import money_of
from operations.returns.opening import the_return
from operations.runtime.hub import Hub

Shown = dict[str, Any]
_COUNTS = ("wanted", "received", "sellable", "damaged", "given_up")


def listed_returns(hub: Hub, *, every: bool = False, order_id: str | None = None) -> list[Shown]:
    """Open returns (or all, or those of one order), the oldest first, each with its age and what is still missing, to judge, or to pay."""
    r, o = RETURN_ORDERS.c, ORDERS.c
    query = (
        select(RETURN_ORDERS, o.account_id.label("channel"), o.number.label("order_number"), o.currency)
        .join(ORDERS, o.id == r.order_id)
        .order_by(r.opened_at, r.id)
    )
    query = query.where(r.order_id == order_id) if order_id else query if every else query.where(r.state.in_(OPEN))
    now = hub.clock.now()
    with hub.database.read() as connection:
        rows = connection.execute(query).all()
        lines = returns.lines_by_return(connection, [row.id for row in rows])
        money = money_of(connection, rows)
    return [_listed(row, lines.get(row.id, []), money[row.id], (now - row.opened_at).days) for row in rows]


def _listed(row: AnyRow, lines: Sequence[AnyRow], money: tuple[int, int], days: int) -> Shown:
    worth, refunded = (f"{decimal_amount(each, row.currency)} {row.currency}" for each in money)
    return {
        "reference": row.reference, "state": row.state, "days": days, "channel": row.channel, "order": row.order_number,
        "reason": row.reason, "wish": row.wish, "missing": _missing(lines), "to_judge": _to_judge(lines), "worth": worth,
        "refunded": refunded, "problem": row.problem,
    }  # fmt: skip


def shown_return(hub: Hub, reference: str) -> Shown:
    """One return with its lines, the worth of what is here, and what was refunded for it."""
    with hub.database.read() as connection:
        asked = the_return(connection, reference)
        order = connection.execute(select(ORDERS).where(ORDERS.c.id == asked.order_id)).one()
        lines = returns.lines_of(connection, asked.id)
        worth, refunded = money_of(connection, [asked])[asked.id]
        replaced = asked.exchange_order_id
        exchange = connection.execute(select(ORDERS.c.number).where(ORDERS.c.id == replaced)).scalar() if replaced else None
    told = {name: getattr(asked, name) for name in ("reference", "state", "location_id", "reason", "wish", "problem", "opened_at")}
    return {
        **told, "channel": order.account_id, "order": order.number, "exchange": exchange,
        "worth": f"{decimal_amount(worth, order.currency)} {order.currency}",
        "refunded": f"{decimal_amount(refunded, order.currency)} {order.currency}",
        "lines": [
            {"line": row.line_external_id, "sku": row.sku, **{name: decimal_quantity(getattr(row, name)) for name in _COUNTS}}
            for row in lines
        ],
    }  # fmt: skip


def facts_shown(hub: Hub, order_id: str) -> list[Shown]:
    """Refunds, returns, cancellations and price adjustments of an order, each apart, the oldest first."""
    with hub.database.read() as connection:
        return [_fact(each) for each in after_sales.facts_of_order(connection, order_id)]


def _fact(fact: Fact) -> Shown:
    shown = {name: getattr(fact, name) for name in ("kind", "at", "status", "told_by")}
    amount = f"{decimal_amount(fact.amount_minor, fact.currency)} {fact.currency}" if fact.amount_minor and fact.currency else ""
    quantity = decimal_quantity(fact.quantity) if fact.quantity else ""
    return shown | {"line": fact.line_external_id, "quantity": quantity, "amount": amount, "sure": fact.is_sure}


def _missing(lines: Sequence[AnyRow]) -> str:
    return decimal_quantity(sum(row.wanted - row.received - row.given_up for row in lines))


def _to_judge(lines: Sequence[AnyRow]) -> str:
    return decimal_quantity(sum(row.received - row.sellable - row.damaged for row in lines))
