"""The order side of what the books do not know yet: orders of which something left, came back or was given back since they were read.

An order is looked at as one: its mark in `booked_fact` (source `order`) is the sum of what grows with every change of it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, exists, func, literal, or_, select, true

from model.rules.allocation import WHOLE
from model.store.book_facts import BOOKED, Window
from model.store.bulk import among
from model.store.buyers import known_customers
from model.store.catalogue import LINE_STATES, PRICES, SKU_MAP, SKUS
from model.store.fulfilments import SHIPMENTS
from model.store.order_rows import FULFILMENTS, LINES, ORDERS, PARTIES, PAYMENTS, REFUNDS
from model.store.papers import SOURCES, WHOLE_ORDER
from model.store.reservations import kit_parts
from model.store.returns import RETURN_ORDER_LINES, RETURN_ORDERS
from model.tables.vouchers import VoucherRow
from model.values.ids import derive_id

VOUCHERS = cast("Table", VoucherRow.__table__)
ORDER_SOURCES = ("shipment", "cost", "credit", "return")
Line = tuple[str, str]
"""Order and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Which voucher tells of a fact that has no row of its own, and of which day."""

    id: str
    booked_id: str | None = None
    booked_version: int = 0
    happened_on: date | None = None
    placed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """What one listed unit of an order line takes from stock."""

    sku: str | None
    """None: the line maps to nothing."""
    parts: Mapping[str, int]
    """SKU to thousandths: the SKU itself, or what the kit is made of."""


@dataclass(slots=True)
class OrderFacts:
    """What orders have besides what was sold of them."""

    candidates: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    """Order to source and id of everything that may be, or have been, in the books."""
    told: dict[tuple[str, str], Told] = field(default_factory=dict[tuple[str, str], Told])
    gift_cards: set[Line] = field(default_factory=set[Line])
    stock: dict[Line, Stock] = field(default_factory=dict[Line, Stock])
    uncounted: set[str] = field(default_factory=set[str])
    """SKUs of which no stock is kept."""
    returns: dict[str, list[tuple[Row[Any], list[Row[Any]]]]] = field(default_factory=lambda: defaultdict(list))
    """Returns of an order with their lines."""
    settled: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Refunds of an order of which a person said that no invoice is concerned."""


def gone_id(order_id: str, source: str, source_id: str) -> str:
    """The id in the books of something that left."""
    return derive_id(order_id, "gone", source, source_id)


def due_orders(connection: Connection, window: Window) -> Sequence[Row[Any]]:
    """Orders to be looked at, with `mark`: what their reading comes to now, and their customer's channel and currency."""
    o, b, mark = ORDERS.c, BOOKED.c, _mark()
    s, r = SHIPMENTS.c, RETURN_ORDERS.c
    is_touched = or_(
        o.updated_at >= window.since,
        exists().where(s.order_id == o.id, s.shipped_at >= window.since),
        exists().where(r.order_id == o.id, r.changed_at >= window.since),
    )
    query = (
        select(o.id, o.placed_at, o.currency, mark.label("mark"), func.coalesce(b.version, 0).label("booked_version"))
        .select_from(ORDERS.outerjoin(BOOKED, and_(b.source == "order", b.source_id == o.id)))
        .where(o.account_id.in_(window.accounts), ~o.is_test, is_touched)
        .where(true() if window.is_whole else or_(b.source_id.is_(None), b.read != mark))
        .order_by(o.placed_at, o.id)
        .limit(window.limit)
    )
    if window.after is not None:
        at, row_id = window.after
        query = query.where(or_(o.placed_at > at, and_(o.placed_at == at, o.id > row_id)))
    return connection.execute(query).all()


def _mark() -> ColumnElement[int]:
    """What grows with every reading of an order, its money, its shipments and its returns."""
    o = ORDERS.c
    sums = [
        select(func.coalesce(func.sum(table.c.fetch_seq + 1), 0)).where(table.c.order_id == o.id).scalar_subquery()
        for table in (PAYMENTS, REFUNDS)
    ]
    shipped = select(func.count()).where(SHIPMENTS.c.order_id == o.id).scalar_subquery()
    line = RETURN_ORDER_LINES.c
    judged = (
        select(func.coalesce(func.sum(line.sellable + line.damaged), 0))
        .select_from(RETURN_ORDERS.join(RETURN_ORDER_LINES, line.return_order_id == RETURN_ORDERS.c.id))
        .where(RETURN_ORDERS.c.order_id == o.id)
        .scalar_subquery()
    )
    return cast("ColumnElement[int]", o.fetch_seq + sums[0] + sums[1] + shipped + judged)


def order_facts(connection: Connection, order_ids: Sequence[str]) -> OrderFacts:
    """All that is asked about orders, by a handful of statements."""
    found = OrderFacts()
    _add_candidates(connection, order_ids, found)
    _add_stock(connection, order_ids, found)
    c, r = LINES.c, SOURCES.c
    query = select(c.order_id, c.external_id).where(among(connection, c.order_id, order_ids), c.is_gift_card)
    found.gift_cards = {(row.order_id, row.external_id) for row in connection.execute(query)}
    query = select(r.order_id, r.source_id).where(among(connection, r.order_id, order_ids), r.source == "refund", r.reason.is_not(None))
    for row in connection.execute(query):
        found.settled[row.order_id].add(row.source_id)
    return found


def _add_candidates(connection: Connection, ids: Sequence[str], found: OrderFacts) -> None:
    f, s, r = FULFILMENTS.c, SHIPMENTS.c, REFUNDS.c
    gone = [(order_id, gone_id(order_id, "order", WHOLE_ORDER)) for order_id in ids]
    for name, query in (
        ("fulfilment", select(f.order_id, f.external_id).where(among(connection, f.order_id, ids))),
        ("shipment", select(s.order_id, s.id).where(among(connection, s.order_id, ids))),
    ):
        gone += [(order_id, gone_id(order_id, name, source_id)) for order_id, source_id in connection.execute(query)]
    for order_id, named in gone:
        found.candidates[order_id] |= {("shipment", named), ("cost", named)}
    for order_id, refund_id in connection.execute(select(r.order_id, r.id).where(among(connection, r.order_id, ids))):
        found.candidates[order_id].add(("credit", refund_id))
    _add_returns(connection, ids, found)
    b, v = BOOKED.c, VOUCHERS.c
    names = sorted({source_id for each in found.candidates.values() for _, source_id in each})
    query = (
        select(b.source, b.source_id, b.voucher_id, b.version, func.coalesce(b.happened_on, v.happened_on).label("happened_on"))
        .select_from(BOOKED.outerjoin(VOUCHERS, v.id == b.voucher_id))
        .where(b.source.in_(ORDER_SOURCES), among(connection, b.source_id, names))
    )
    for row in connection.execute(query):
        told = Told(id=row.source_id, booked_id=row.voucher_id, booked_version=row.version, happened_on=row.happened_on)
        found.told[row.source, row.source_id] = told


def _add_returns(connection: Connection, ids: Sequence[str], found: OrderFacts) -> None:
    r, n = RETURN_ORDERS.c, RETURN_ORDER_LINES.c
    rows = connection.execute(select(RETURN_ORDERS).where(among(connection, r.order_id, ids)).order_by(r.opened_at, r.id)).all()
    lines: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    query = select(RETURN_ORDER_LINES).where(among(connection, n.return_order_id, [row.id for row in rows]))
    for line in connection.execute(query.order_by(n.return_order_id, n.line_external_id, n.sku)):
        lines[line.return_order_id].append(line)
    for row in rows:
        found.candidates[row.order_id].add(("return", row.id))
        found.returns[row.order_id].append((row, lines[row.id]))


def _add_stock(connection: Connection, ids: Sequence[str], found: OrderFacts) -> None:
    v, m = LINE_STATES.c, SKU_MAP.c
    query = select(v.order_id, v.line_external_id, v.sku, m.factor).outerjoin(SKU_MAP, m.listing_id == v.listing_id)
    rows = connection.execute(query.where(among(connection, v.order_id, ids))).all()
    made_of = kit_parts(connection, {row.sku for row in rows if row.sku})
    for row in rows:
        parts = {sku: (row.factor or WHOLE) * needed // WHOLE for sku, needed in made_of[row.sku]} if row.sku else {}
        found.stock[row.order_id, row.line_external_id] = Stock(row.sku, parts)
    skus = sorted({sku for each in found.stock.values() for sku in each.parts})
    query = select(SKUS.c.code).where(among(connection, SKUS.c.code, skus), ~SKUS.c.is_tracked)
    found.uncounted = set(connection.execute(query).scalars())


def unit_costs(connection: Connection, price_list: str, skus: Collection[str]) -> dict[str, list[tuple[date, str, int]]]:
    """What a whole unit of each SKU costs us from which day on, in the order of days: currency and minor units."""
    c, found = PRICES.c, defaultdict[str, list[tuple[date, str, int]]](list)
    query = select(PRICES).where(c.price_list == price_list, among(connection, c.sku, sorted(skus))).order_by(c.sku, c.valid_from)
    for row in connection.execute(query):
        found[row.sku].append((row.valid_from, row.currency, row.amount_minor))
    return dict(found)


def on_terms(connection: Connection, order_ids: Sequence[str]) -> tuple[set[str], dict[str, bool]]:
    """Orders bought on credit terms, and those of customers of the master that are decided upon only now: the books keep to it.

    An order of which a payment was booked before anybody knew the customer was paid in advance.
    """
    b, c, ids = BOOKED.c, PARTIES.c, sorted(set(order_ids))
    query = select(b.source_id, b.version).where(b.source == "terms", among(connection, b.source_id, ids))
    known: dict[str, int] = dict(connection.execute(query).tuples().all())
    open_ids = [order_id for order_id in ids if order_id not in known]
    query = select(c.order_id, c.email_index, c.phone_index).where(c.role == "buyer", among(connection, c.order_id, open_ids))
    index = {row.order_id: (row.email_index, row.phone_index) for row in connection.execute(query)}
    customers = known_customers(connection, index) if index else {}
    paid = _paid(connection, sorted(customers))
    fresh = {order_id: row.terms_days is not None and order_id not in paid for order_id, row in customers.items()}
    return {order_id for order_id, yes in {**known, **fresh}.items() if yes}, fresh


def _paid(connection: Connection, order_ids: Sequence[str]) -> set[str]:
    """Orders of which a payment is in the books."""
    p, b = PAYMENTS.c, BOOKED.c
    booked = and_(b.source == literal("payment"), b.source_id == p.id, b.voucher_id.is_not(None))
    return set(connection.execute(select(p.order_id).join(BOOKED, booked).where(among(connection, p.order_id, order_ids))).scalars())
