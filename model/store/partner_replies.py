"""What trading partners are to be answered: reviews that decided about their orders, and invoices that were issued for them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from model.records.order import Party
from model.store.bulk import among
from model.store.catalogue import LINE_STATES, SKU_MAP
from model.store.order_rows import ADVICES, LINES, ORDERS, PARTIES, STATES
from model.store.outbox import OUTBOX
from model.store.papers import PAPERS
from model.store.review_facts import REVIEWS
from model.store.sealing import Sealer

AnyRow = Row[tuple[Any, ...]]


def decided_since(connection: Connection, account_id: str, since: datetime) -> list[AnyRow]:
    """The newest reviews of an account's orders that are no history, if they approved or rejected and were made since; oldest first."""
    r, o, later = REVIEWS.c, ORDERS.c, REVIEWS.alias("later").c
    is_overtaken = exists().where(later.order_id == r.order_id, later.number > r.number)
    query = (
        select(r.order_id, r.number.label("review_number"), r.outcome, r.at, o.external_id, o.number, o.placed_at, o.currency)
        .join(ORDERS, o.id == r.order_id)
        .join(STATES, STATES.c.order_id == o.id)
        .where(o.account_id == account_id, r.at >= since, r.outcome.in_(("approved", "rejected")), ~STATES.c.is_history, ~is_overtaken)
        .order_by(r.at, r.order_id)
    )
    return list(connection.execute(query))


def billed_since(connection: Connection, account_id: str, since: datetime) -> list[AnyRow]:
    """The invoices of an account's orders that were issued since, the oldest first; credit notes are left out."""
    p, o = PAPERS.c, ORDERS.c
    query = (
        select(PAPERS, o.external_id.label("order_external_id"), o.number.label("told_number"), o.placed_at)
        .join(ORDERS, o.id == p.order_id)
        .where(p.account_id == account_id, p.issued_at >= since, p.kind == "invoice")
        .order_by(p.issued_at, p.id)
    )
    return list(connection.execute(query))


def unacknowledged(connection: Connection, account_id: str, since: datetime, before: datetime) -> list[str]:
    """Our references of replies that were delivered in that time and that the partner's 997 never named, oldest first."""
    c, a = OUTBOX.c, ADVICES.c
    is_told = exists().where(a.account_id == c.account_id, a.kind == "acknowledgement", a.reference == c.external_id)
    query = (
        select(c.reference)
        .where(c.account_id == account_id, c.operation == "submit_reply", c.state == "done", ~is_told)
        .where(c.settled_at >= since, c.settled_at < before)
        .order_by(c.settled_at, c.id)
    )
    return list(connection.execute(query).scalars())


def approved_lines(connection: Connection, order_ids: Sequence[str]) -> dict[str, list[AnyRow]]:
    """By order: its lines as told, with `approved` (thousandths of a SKU; None: not reviewed) and the `factor` of a listed unit."""
    n, v, m = LINES.c, LINE_STATES.c, SKU_MAP.c
    query = (
        select(LINES, v.approved, v.sku.label("own_sku"), m.factor)
        .outerjoin(LINE_STATES, (v.order_id == n.order_id) & (v.line_external_id == n.external_id))
        .outerjoin(SKU_MAP, m.listing_id == v.listing_id)
        .where(among(connection, n.order_id, order_ids), n.removed_at.is_(None), n.quantity > 0)
        .order_by(n.order_id, n.position)
    )
    found: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.order_id].append(row)
    return found


def told_ship_to(connection: Connection, order_id: str, sealer: Sealer) -> Party | None:
    """Where an order goes, as its buyer told it."""
    c = PARTIES.c
    row = connection.execute(select(PARTIES).where(c.order_id == order_id, c.role == "shipping")).first()
    if row is None:
        return None
    sealer.make_ready(connection, row.key_id)
    told: dict[str, Any] = json.loads(sealer.unseal(row.personal, key_id=row.key_id, place=f"order_party|{order_id}|shipping"))
    return Party(role="shipping", external_id=row.external_id, name=told.get("name"), company=told.get("company"))
