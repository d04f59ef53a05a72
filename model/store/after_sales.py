"""What is stored of an order's refunds, returns and shrunken lines, read as the four facts of after-sales."""

import json
import re
from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, select

from model.records.payment import Refund, RefundLine
from model.records.shipment import Return, ReturnLine
from model.rules.after_sales import Fact, LineStory, facts_of
from model.store.catalogue import LINE_STATES, listed_factors
from model.store.fulfilments import AnyRow
from model.store.order_changes import HISTORY
from model.store.order_rows import LINES, ORDERS, REFUND_LINES, REFUNDS, RETURN_LINES, RETURNS

_QUANTITY = re.compile(r"order_line\[(.+)\]\.quantity")


def facts_of_order(connection: Connection, order_id: str) -> tuple[Fact, ...]:
    """The facts of a stored order, the oldest first."""
    order = connection.execute(select(ORDERS).where(ORDERS.c.id == order_id)).one()
    return facts_of(refunds_of(connection, order_id), returns_of(connection, order_id), _stories(connection, order), order.cancelled_at)


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
            shipping_minor=row.shipping_minor, lines=tuple(lines[row.id]), is_outline=row.is_outline,
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


def _stories(connection: Connection, order: AnyRow) -> list[LineStory]:
    v, line = LINE_STATES.c, LINES.c
    left = dict(connection.execute(select(v.line_external_id, v.issued).where(v.order_id == order.id)).tuples().all())
    factors, first = listed_factors(connection, order.id), _first_told(connection, order.id)
    return [
        LineStory(
            external_id=row.external_id, first=first.get(row.external_id, (row.quantity,))[0], now=row.quantity,
            left=left.get(row.external_id, 0) * 1000 // factors.get(row.external_id, 1000),
            changed_at=first[row.external_id][1] if row.external_id in first else order.updated_at,
        )
        for row in connection.execute(select(LINES).where(line.order_id == order.id).order_by(line.position))
    ]  # fmt: skip


def _first_told(connection: Connection, order_id: str) -> dict[str, tuple[int, datetime]]:
    """Lines whose quantity changed: how much was told first, and when it changed last."""
    found: dict[str, tuple[int, datetime]] = {}
    query = select(HISTORY.c.changes, HISTORY.c.at).where(HISTORY.c.order_id == order_id).order_by(HISTORY.c.fetch_seq)
    for changes, at in connection.execute(query):
        for path, (before, _after) in json.loads(changes).items():
            if (named := _QUANTITY.fullmatch(path)) is not None:
                found[named[1]] = (found.get(named[1], (before,))[0], at)
    return found
