"""What decides about the invoices of many orders at once: what was sold, what left, what was given back, and to whom it is made out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Text, and_, cast, exists, func, or_, select

from model.records.invoice import PaperBuyer
from model.records.order import Adjustment, OrderLine
from model.records.payment import Refund, RefundLine
from model.rules.allocation import WHOLE
from model.rules.invoicing import line_part
from model.store.bulk import among
from model.store.catalogue import LINE_STATES, SKU_MAP
from model.store.fulfilments import SHIPMENT_LINES, SHIPMENTS
from model.store.order_rows import (
    ADJUSTMENTS,
    FULFILMENT_LINES,
    FULFILMENTS,
    LINES,
    ORDERS,
    REFUND_LINES,
    REFUNDS,
    STATES,
)
from model.store.paper_buyers import buyers_of
from model.store.papers import PAPERS, SOURCES, WHOLE_ORDER, AnyRow, OrderPapers, Source, papers_of
from model.store.reservations import kit_parts
from model.store.sealing import Sealer

GONE = ("shipped", "delivered")


@dataclass(frozen=True, slots=True)
class Left:
    """Goods that left at once: thousandths of listed units by part."""

    source: Source
    at: datetime
    quantities: Mapping[str, int]


@dataclass(slots=True)
class PaperFacts:
    """One order with all that its papers are made of."""

    order: AnyRow
    lines: list[OrderLine]
    adjustments: list[Adjustment]
    papers: OrderPapers = field(default_factory=OrderPapers)
    events: list[Left] = field(default_factory=list[Left])
    """What left, in the order in which it did; those that the channel tells come after those of the hub."""
    left: dict[str, int] = field(default_factory=dict[str, int])
    """Part to what left of it by now, by whoever says more."""
    refunds: list[tuple[str, Refund]] = field(default_factory=list[tuple[str, Refund]])
    """By row id."""
    buyer: PaperBuyer | None = field(default_factory=PaperBuyer)
    """None: what names the buyer was erased."""
    customer: AnyRow | None = None


def due_orders(connection: Connection, accounts: Sequence[str], since: datetime, after: str, limit: int) -> list[str]:
    """Ids of orders, above `after`, of which something left or was given back since then and is not settled."""
    queries = (_shipped(since), _told(since), _handed_over(since), _given_back(since))
    found: set[str] = set()
    for query in queries:
        mine = query.join(STATES, and_(STATES.c.order_id == ORDERS.c.id, ~STATES.c.is_history, ~STATES.c.is_own))
        mine = mine.where(ORDERS.c.account_id.in_(accounts), ~ORDERS.c.is_test, *([ORDERS.c.id > after] if after else []))
        found |= set(connection.execute(mine.distinct().order_by(ORDERS.c.id).limit(limit)).scalars())
    return sorted(found)[:limit]


def _unsettled(source: str, source_id: Any) -> Any:  # noqa: ANN401  SQL's own
    s = SOURCES.c
    return ~exists().where(s.order_id == ORDERS.c.id, s.source == source, s.source_id == source_id)


def _bare(column: Any) -> Any:  # noqa: ANN401  same
    """A row id as text, the same on both databases."""
    return func.replace(cast(column, Text), "-", "")


def _shipped(since: datetime) -> Select[tuple[str]]:
    s = SHIPMENTS.c
    return select(ORDERS.c.id).join(SHIPMENTS, s.order_id == ORDERS.c.id).where(s.shipped_at >= since, _unsettled("shipment", _bare(s.id)))


def _told(since: datetime) -> Select[tuple[str]]:
    f = FULFILMENTS.c
    gone = (f.created_at >= since, f.removed_at.is_(None), f.status.in_(GONE), _unsettled("fulfilment", f.external_id))
    return select(ORDERS.c.id).join(FULFILMENTS, f.order_id == ORDERS.c.id).where(*gone)


def _handed_over(since: datetime) -> Select[tuple[str]]:
    """Told as gone whole, or with nothing to send and paid, without a word of any shipment."""
    o, line = ORDERS.c, LINES.c
    is_sent = exists().where(line.order_id == o.id, line.requires_shipping, line.quantity > 0)
    is_over = or_(o.fulfilment_state == "fulfilled", and_(~is_sent, o.payment_state == "paid"))
    no_word = (~exists().where(FULFILMENT_LINES.c.order_id == o.id), ~exists().where(SHIPMENTS.c.order_id == o.id))
    return select(o.id).where(o.updated_at >= since, is_over, *no_word, o.cancelled_at.is_(None), _unsettled("order", WHOLE_ORDER))


def _given_back(since: datetime) -> Select[tuple[str]]:
    r = REFUNDS.c
    is_told = (r.status == "succeeded", r.removed_at.is_(None), ~r.is_outline, r.amount_minor > 0, r.created_at >= since)
    was_invoiced = exists().where(PAPERS.c.order_id == ORDERS.c.id)
    return select(ORDERS.c.id).join(REFUNDS, r.order_id == ORDERS.c.id).where(*is_told, was_invoiced, _unsettled("refund", _bare(r.id)))


def facts_of_orders(connection: Connection, order_ids: Sequence[str], since: datetime, sealer: Sealer) -> list[PaperFacts]:
    """The facts of orders, whose states are locked first, in the order of their ids."""
    ids = sorted(order_ids)
    connection.execute(
        select(STATES.c.order_id).where(among(connection, STATES.c.order_id, ids)).order_by(STATES.c.order_id).with_for_update()
    )
    found, papers, buyers = sold_orders(connection, ids, since), papers_of(connection, ids), buyers_of(connection, ids, sealer)
    for facts in found:
        facts.papers = papers[facts.order.id]
        facts.buyer, facts.customer = buyers[facts.order.id]
    return found


def sold_orders(connection: Connection, order_ids: Sequence[str], since: datetime) -> list[PaperFacts]:
    """What was sold, left and was given back of orders, in the order of their ids: without their papers, made out to nobody."""
    ids = sorted(order_ids)
    orders = connection.execute(select(ORDERS).where(among(connection, ORDERS.c.id, ids)).order_by(ORDERS.c.id)).all()
    lines, adjustments = _lines(connection, ids), _adjustments(connection, ids)
    found = {row.id: PaperFacts(row, lines[row.id], adjustments[row.id]) for row in orders}
    _add_left(connection, found, since)
    _add_refunds(connection, found, since)
    return list(found.values())


def _lines(connection: Connection, ids: Sequence[str]) -> dict[str, list[OrderLine]]:
    c, v, found = LINES.c, LINE_STATES.c, defaultdict[str, list[OrderLine]](list)
    is_state = and_(v.order_id == c.order_id, v.line_external_id == c.external_id)
    query = select(LINES, v.sku.label("own_sku")).outerjoin(LINE_STATES, is_state)
    for row in connection.execute(query.where(among(connection, c.order_id, ids)).order_by(c.order_id, c.position)):
        if row.removed_at is None or row.total_minor:
            found[row.order_id].append(
                OrderLine(external_id=row.external_id, title=row.title, quantity=row.quantity, total_minor=row.total_minor,
                          tax_minor=row.tax_minor, sku=row.own_sku or row.sku, unit=row.unit, requires_shipping=row.requires_shipping)
            )  # fmt: skip
    return found


def _adjustments(connection: Connection, ids: Sequence[str]) -> dict[str, list[Adjustment]]:
    c, found = ADJUSTMENTS.c, defaultdict[str, list[Adjustment]](list)
    for row in connection.execute(select(ADJUSTMENTS).where(among(connection, c.order_id, ids)).order_by(c.order_id, c.position)):
        found[row.order_id].append(
            Adjustment(kind=row.kind, title=row.title, amount_minor=row.amount_minor, code=row.code, rate=row.rate,
                       line_external_id=row.line_external_id)
        )  # fmt: skip
    return found


def _add_left(connection: Connection, found: Mapping[str, PaperFacts], since: datetime) -> None:
    """What left: by the hub's own shipments and book, by what channels tell, and what was handed over at once."""
    ids = sorted(found)
    own, booked = _own_events(connection, ids)
    told = _told_events(connection, ids)
    for order_id, facts in found.items():
        events = [*own[order_id], *told[order_id]]
        sums: defaultdict[str, int] = defaultdict(int)
        for event in told[order_id]:
            for part, quantity in event.quantities.items():
                sums[part] += quantity
        left = {part: max(sums[part], booked[order_id].get(part, 0)) for part in {*sums, *booked[order_id]}}
        order, sent = facts.order, [line for line in facts.lines if line.requires_shipping and line.quantity]
        is_over = order.fulfilment_state == "fulfilled" or (not sent and order.payment_state == "paid")
        if is_over and not any(any(event.quantities.values()) for event in events) and order.cancelled_at is None:
            left = {line_part(line.external_id): line.quantity for line in facts.lines}
            events = [Left(("order", WHOLE_ORDER), order.closed_at or order.updated_at, left)]
        elif any(left.values()):
            left |= {line_part(line.external_id): line.quantity for line in facts.lines if not line.requires_shipping}
        facts.events = [each for each in events if each.at >= since]
        facts.left = left


def _own_events(connection: Connection, ids: Sequence[str]) -> tuple[dict[str, list[Left]], dict[str, dict[str, int]]]:
    """The hub's shipments in listed units, and what its book says left of each line: a kit has left by its scarcest part."""
    s, n, v, m = SHIPMENTS.c, SHIPMENT_LINES.c, LINE_STATES.c, SKU_MAP.c
    query = select(v.order_id, v.line_external_id, v.sku, v.issued, m.factor).outerjoin(SKU_MAP, m.listing_id == v.listing_id)
    states = {(row.order_id, row.line_external_id): row for row in connection.execute(query.where(among(connection, v.order_id, ids)))}
    made_of = kit_parts(connection, {row.sku for row in states.values() if row.sku})
    booked: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (order_id, line), row in states.items():
        if row.issued:
            booked[order_id][line_part(line)] = row.issued * 1000 // (row.factor or 1000)
    query = (
        select(s.id, s.order_id, s.shipped_at, n.line_external_id, n.sku, n.quantity)
        .join(SHIPMENT_LINES, n.shipment_id == s.id)
        .where(among(connection, s.order_id, ids))
        .order_by(s.shipped_at, s.id)
    )
    out: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    done: defaultdict[tuple[str, str], int] = defaultdict(int)
    shipments: dict[str, tuple[str, datetime, dict[str, int]]] = {}
    for row in connection.execute(query):
        line = (row.order_id, row.line_external_id)
        carried = shipments.setdefault(row.id, (row.order_id, row.shipped_at, {}))[2]
        out[line][row.sku] += row.quantity
        state = states.get(line)
        needed = made_of.get(state.sku, ((row.sku, WHOLE),)) if state is not None and state.sku else ((row.sku, WHOLE),)
        whole = min(out[line][part] * WHOLE // each for part, each in needed)
        listed = whole * 1000 // (state.factor or 1000) if state is not None else whole
        part = line_part(row.line_external_id)
        carried[part] = carried.get(part, 0) + listed - done[line]
        done[line] = listed
    events: defaultdict[str, list[Left]] = defaultdict(list)
    for shipment_id, (order_id, at, carried) in shipments.items():
        events[order_id].append(Left(("shipment", shipment_id), at, carried))
    return events, booked


def _told_events(connection: Connection, ids: Sequence[str]) -> dict[str, list[Left]]:
    f, n = FULFILMENTS.c, FULFILMENT_LINES.c
    query = (
        select(f.order_id, f.external_id, f.created_at, n.line_external_id, n.quantity)
        .outerjoin(FULFILMENT_LINES, and_(n.order_id == f.order_id, n.fulfilment_external_id == f.external_id))
        .where(among(connection, f.order_id, ids), f.removed_at.is_(None), f.status.in_(GONE))
        .order_by(f.created_at, f.external_id)
    )
    carried: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    at: dict[tuple[str, str], datetime] = {}
    for row in connection.execute(query):
        key = (row.order_id, row.external_id)
        at[key] = row.created_at
        if row.line_external_id is not None:
            part = line_part(row.line_external_id)
            carried[key][part] = carried[key].get(part, 0) + row.quantity
    events: defaultdict[str, list[Left]] = defaultdict(list)
    for (order_id, name), moment in at.items():
        events[order_id].append(Left(("fulfilment", name), moment, carried[order_id, name]))
    return events


def _add_refunds(connection: Connection, found: Mapping[str, PaperFacts], since: datetime) -> None:
    r, n, ids = REFUNDS.c, REFUND_LINES.c, sorted(found)
    lines = defaultdict[str, list[RefundLine]](list)
    for row in connection.execute(select(REFUND_LINES).where(among(connection, n.order_id, ids)).order_by(n.position)):
        lines[row.refund_id].append(
            RefundLine(line_external_id=row.line_external_id, quantity=row.quantity, amount_minor=row.amount_minor,
                       tax_minor=row.tax_minor, restock=row.restock)
        )  # fmt: skip
    told = (r.status == "succeeded", r.removed_at.is_(None), ~r.is_outline, r.amount_minor > 0, r.created_at >= since)
    for row in connection.execute(select(REFUNDS).where(among(connection, r.order_id, ids), *told).order_by(r.created_at, r.id)):
        refund = Refund(
            external_id=row.external_id, order_external_id=row.order_external_id, status=row.status, amount_minor=row.amount_minor,
            currency=row.currency, created_at=row.created_at, reason=row.reason, shipping_minor=row.shipping_minor,
            lines=tuple(lines[row.id]),
        )  # fmt: skip
        found[row.order_id].refunds.append((row.id, refund))
