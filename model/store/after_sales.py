"""What is stored of an order's refunds, returns and shrunken lines, read as the four facts of after-sales."""

import json
import re
from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, func, select

from model.records.payment import Refund, RefundLine
from model.records.shipment import Return, ReturnLine
from model.rules.after_sales import Fact, LineStory, facts_of
from model.store.catalogue import LINE_STATES, listed_factors
from model.store.fulfilments import AnyRow
from model.store.order_changes import HISTORY
from model.store.order_rows import FULFILMENT_LINES, FULFILMENTS, LINES, ORDERS, REFUND_LINES, REFUNDS, RETURN_LINES, RETURNS
from model.store.reservations import kit_parts
from model.store.returns import lines_by_return, opened_here

_QUANTITY = re.compile(r"order_line\[(.+)\]\.quantity")


def facts_of_order(connection: Connection, order_id: str) -> tuple[Fact, ...]:
    """The facts of a stored order, the oldest first."""
    order = connection.execute(select(ORDERS).where(ORDERS.c.id == order_id)).one()
    back = [*returns_of(connection, order_id), *own_returns(connection, order)]
    return facts_of(refunds_of(connection, order_id), back, _stories(connection, order), order.cancelled_at)


def refunds_of(connection: Connection, order_id: str) -> list[Refund]:
    """The refunds of an order as records; those its channel no longer shows are left out."""
    r, n, lines = REFUNDS.c, REFUND_LINES.c, defaultdict[str, list[RefundLine]](list)
    for row in connection.execute(select(REFUND_LINES).where(n.order_id == order_id).order_by(n.position)):
        lines[row.refund_id].append(
            RefundLine(line_external_id=row.line_external_id, quantity=row.quantity, amount_minor=row.amount_minor,
                       tax_minor=row.tax_minor, restock=row.restock)
        )  # fmt: skip
    rows = connection.execute(select(REFUNDS).where(r.order_id == order_id, r.removed_at.is_(None)).order_by(r.created_at, r.id))
    return [
        Refund(
            external_id=row.external_id, order_external_id=row.order_external_id, status=row.status, amount_minor=row.amount_minor,
            currency=row.currency, created_at=row.created_at, reason=row.reason, payment_external_id=row.payment_external_id,
            shipping_minor=row.shipping_minor, shop_minor=row.shop_minor, shop_currency=row.shop_currency, lines=tuple(lines[row.id]),
            is_outline=row.is_outline,
        )
        for row in rows
    ]  # fmt: skip


def returns_of(connection: Connection, order_id: str) -> list[Return]:
    """The returns that an order's channel tells, as records without their refunds."""
    t, n, lines = RETURNS.c, RETURN_LINES.c, defaultdict[str, list[ReturnLine]](list)
    for row in connection.execute(select(RETURN_LINES).where(n.order_id == order_id).order_by(n.position)):
        lines[row.return_id].append(
            ReturnLine(line_external_id=row.line_external_id, quantity=row.quantity, amount_minor=row.amount_minor,
                       tax_minor=row.tax_minor, sku=row.sku, reason=row.reason)
        )  # fmt: skip
    rows = connection.execute(select(RETURNS).where(t.order_id == order_id, t.removed_at.is_(None)).order_by(t.created_at, t.id))
    return [
        Return(
            external_id=row.external_id, order_external_id=row.order_external_id, status=row.status, created_at=row.created_at,
            updated_at=row.updated_at, source_version=row.source_version, currency=row.currency, lines=tuple(lines[row.id]),
            reason=row.reason,
        )
        for row in rows
    ]  # fmt: skip


def own_returns(connection: Connection, order: AnyRow) -> list[Return]:
    """Returns that people or partners opened here and under which goods arrived, in whole listed units; channels tell the others."""
    opened = opened_here(connection, order.id)
    lines, factors = lines_by_return(connection, [row.id for row in opened]), listed_factors(connection, order.id)
    v = LINE_STATES.c
    sold = dict(connection.execute(select(v.line_external_id, v.sku).where(v.order_id == order.id, v.sku.is_not(None))).tuples().all())
    made_of = kit_parts(connection, sold.values())
    found: list[Return] = []
    for row in opened:
        here: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for line in lines[row.id]:
            here[line.line_external_id][line.sku] = line.received
        whole = {
            name: min(parts.get(part, 0) * 1000 // needed for part, needed in made_of[sold[name]]) * 1000 // factors.get(name, 1000)
            for name, parts in here.items()
            if name in sold
        }
        found.append(
            Return(
                external_id=row.reference, order_external_id=order.external_id, status="received", created_at=row.opened_at,
                updated_at=row.changed_at, source_version=0, currency=order.currency, reason=row.reason,
                lines=tuple(
                    ReturnLine(line_external_id=name, quantity=quantity, amount_minor=0, tax_minor=0) for name, quantity in whole.items()
                ),
            )
        )  # fmt: skip
    return found


def _stories(connection: Connection, order: AnyRow) -> list[LineStory]:
    line, left, first = LINES.c, _left(connection, order.id), _first_told(connection, order.id)
    return [
        LineStory(
            external_id=row.external_id, first=first.get(row.external_id, (row.quantity,))[0], now=row.quantity,
            left=left.get(row.external_id, 0),
            changed_at=first[row.external_id][1] if row.external_id in first else order.updated_at,
        )
        for row in connection.execute(select(LINES).where(line.order_id == order.id).order_by(line.position))
    ]  # fmt: skip


def _left(connection: Connection, order_id: str) -> dict[str, int]:
    """Line to the listed units of it that left: by our own book, or by the channel's where that says more."""
    v, f, told = LINE_STATES.c, FULFILMENTS.c, FULFILMENT_LINES.c
    factors = listed_factors(connection, order_id)
    booked = connection.execute(select(v.line_external_id, v.issued).where(v.order_id == order_id)).tuples()
    left = {name: issued * 1000 // factors.get(name, 1000) for name, issued in booked}
    query = (
        select(told.line_external_id, func.sum(told.quantity))
        .join(FULFILMENTS, (f.order_id == told.order_id) & (f.external_id == told.fulfilment_external_id))
        .where(told.order_id == order_id, f.removed_at.is_(None), f.status.in_(("shipped", "delivered")))
        .group_by(told.line_external_id)
    )
    for name, quantity in connection.execute(query):
        left[name] = max(left.get(name, 0), int(quantity))
    return left


def _first_told(connection: Connection, order_id: str) -> dict[str, tuple[int, datetime]]:
    """Lines whose quantity changed: how much was told first, and when it changed last."""
    found: dict[str, tuple[int, datetime]] = {}
    query = select(HISTORY.c.changes, HISTORY.c.at).where(HISTORY.c.order_id == order_id).order_by(HISTORY.c.fetch_seq)
    for changes, at in connection.execute(query):
        for path, (before, _after) in json.loads(changes).items():
            if (named := _QUANTITY.fullmatch(path)) is not None:
                found[named[1]] = (found.get(named[1], (before,))[0], at)
    return found
