"""Fulfilment orders and what came of them: asked for, shipped, given up. Whoever changes an order's has locked the order's state."""

import base64
import json
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, bindparam, func, select, update

from model.records.advice import AdvisedShipment
from model.rules.allocation import WHOLE
from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.catalogue import LINE_STATES
from model.store.order_rows import STATES
from model.store.reservations import kit_parts
from model.tables.fulfilment import (
    FulfilmentOrderLineRow,
    FulfilmentOrderRow,
    FulfilmentOrderState,
    ShipmentLineRow,
    ShipmentRow,
)
from model.values.ids import derive_id
from model.values.instant import iso

FULFILMENT_ORDERS = cast("Table", FulfilmentOrderRow.__table__)
ASKED = cast("Table", FulfilmentOrderLineRow.__table__)
SHIPMENTS = cast("Table", ShipmentRow.__table__)
SHIPMENT_LINES = cast("Table", ShipmentLineRow.__table__)

OPEN: tuple[FulfilmentOrderState, ...] = ("released", "accepted", "part_shipped", "calling_back", "refused")
"""States in which something may still leave, or a person has to decide."""
AnyRow = Row[tuple[Any, ...]]
LinePart = tuple[str, str]
"""An order line and a SKU it is taken from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFulfilmentOrder:
    """A fulfilment order as it is decided: what is to leave one location, in thousandths by line and SKU."""

    order_id: str
    number: int
    location_id: str
    partner_id: str | None
    quantities: Mapping[LinePart, int]
    is_urgent: bool
    ship_by: date | None
    service: str | None
    review_number: int
    """The review of the order that it follows from."""
    basis: str
    """Keyed hash of what the order was about when this was decided; an order that is about something else calls it back."""
    problem: str | None = None
    """Why it cannot even be asked for; it then waits for a person."""

    @property
    def id(self) -> str:
        """The same for the same order and number."""
        return derive_id(self.order_id, "fulfilment", str(self.number))

    @property
    def reference(self) -> str:
        """What partners know it by."""
        return partner_reference("F", self.id)


def partner_reference(letter: str, row_id: str) -> str:
    """What partners know a thing of ours by: a letter and 12 letters and digits that are not mistaken for each other."""
    return letter + base64.b32encode(bytes.fromhex(row_id)[:8]).decode()[:12]


def numbers_of(connection: Connection, order_ids: Sequence[str]) -> dict[str, int]:
    """How many fulfilment orders each order ever had."""
    c = FULFILMENT_ORDERS.c
    query = select(c.order_id, func.max(c.number)).where(among(connection, c.order_id, list(order_ids))).group_by(c.order_id)
    return dict(connection.execute(query).tuples().all())


def line_references(quantities: Mapping[LinePart, int]) -> dict[LinePart, str]:
    """What a partner knows each line of a fulfilment order by."""
    return {part: str(place) for place, part in enumerate(sorted(quantities), 1)}


def add(connection: Connection, new: Sequence[NewFulfilmentOrder], *, at: datetime) -> None:
    """Write fulfilment orders, within `counted`."""
    moment = iso(at)
    rows: list[PrimitiveRow] = [
        (each.id, each.order_id, each.number, each.reference, each.location_id, each.partner_id,
         "refused" if each.problem else "released", each.is_urgent, each.ship_by.isoformat() if each.ship_by else None, each.service,
         each.basis, each.problem, each.review_number, moment, moment)
        for each in new
    ]  # fmt: skip
    insert_rows(connection, FULFILMENT_ORDERS, rows)
    asked: list[PrimitiveRow] = [
        (each.id, line, sku, line_references(each.quantities)[(line, sku)], quantity, 0, 0)
        for each in new
        for (line, sku), quantity in each.quantities.items()
    ]
    insert_rows(connection, ASKED, asked)


def open_lines(connection: Connection, order_ids: Iterable[str]) -> list[AnyRow]:
    """What was asked for and may still leave: order, line, SKU, location and `rest`, in thousandths."""
    f, a = FULFILMENT_ORDERS.c, ASKED.c
    rest = a.released - a.shipped - a.given_up
    query = (
        select(f.order_id, a.line_external_id, a.sku, f.location_id, func.sum(rest).label("rest"))
        .join(FULFILMENT_ORDERS, f.id == a.fulfilment_order_id)
        .where(among(connection, f.order_id, sorted(set(order_ids))), f.state.in_(OPEN), rest > 0)
        .group_by(f.order_id, a.line_external_id, a.sku, f.location_id)
    )
    return list(connection.execute(query))


def asked_of_partners(connection: Connection, order_ids: Iterable[str]) -> set[tuple[str, str]]:
    """Orders and lines of which a partner was asked to ship something that has not left: only the partner says when it does."""
    f, a = FULFILMENT_ORDERS.c, ASKED.c
    query = (
        select(f.order_id, a.line_external_id)
        .join(FULFILMENT_ORDERS, f.id == a.fulfilment_order_id)
        .where(among(connection, f.order_id, sorted(set(order_ids))), f.partner_id.is_not(None), f.state.in_(OPEN))
        .where(a.shipped + a.given_up < a.released)
        .distinct()
    )
    return set(connection.execute(query).tuples())


def left_by_hand(connection: Connection, taken: Mapping[tuple[str, str, str], int], *, at: datetime) -> None:
    """Our own people sent so much, as the channel tells, by order, line and SKU: count it on what they were asked for.

    The lines' own counts are the caller's to write.
    """
    f, a = FULFILMENT_ORDERS.c, ASKED.c
    query = (
        select(ASKED, f.order_id)
        .join(FULFILMENT_ORDERS, f.id == a.fulfilment_order_id)
        .where(among(connection, f.order_id, sorted({order_id for order_id, _, _ in taken})), f.partner_id.is_(None), f.state.in_(OPEN))
        .order_by(f.number)
    )
    left, touched = dict(taken), set[str]()
    for row in connection.execute(query).all():
        part = (row.order_id, row.line_external_id, row.sku)
        by = min(left.get(part, 0), row.released - row.shipped - row.given_up)
        if by > 0:
            left[part] -= by
            touched.add(row.fulfilment_order_id)
            own = (a.fulfilment_order_id == row.fulfilment_order_id, a.line_external_id == row.line_external_id, a.sku == row.sku)
            connection.execute(update(ASKED).where(*own).values(shipped=a.shipped + by))
    for fulfilment_id in sorted(touched):
        is_whole = all(row.shipped + row.given_up == row.released for row in asked_of(connection, fulfilment_id))
        set_state(connection, fulfilment_id, "shipped" if is_whole else "part_shipped", at=at)


def named(connection: Connection, reference: str) -> AnyRow | None:
    """The fulfilment order that partners know by this."""
    return connection.execute(select(FULFILMENT_ORDERS).where(FULFILMENT_ORDERS.c.reference == reference)).first()


def find(connection: Connection, fulfilment_id: str) -> AnyRow:
    """One fulfilment order, its order's state locked: the lock every decision about an order takes first."""
    c = FULFILMENT_ORDERS.c
    order_id = connection.execute(select(c.order_id).where(c.id == fulfilment_id)).scalar_one()
    connection.execute(select(STATES.c.order_id).where(STATES.c.order_id == order_id).with_for_update())
    return connection.execute(select(FULFILMENT_ORDERS).where(c.id == fulfilment_id)).one()


def asked_of(connection: Connection, fulfilment_id: str) -> list[AnyRow]:
    """The lines of a fulfilment order, by what the partner knows them by."""
    rows = connection.execute(select(ASKED).where(ASKED.c.fulfilment_order_id == fulfilment_id)).all()
    return sorted(rows, key=lambda row: int(row.reference))


def set_state(connection: Connection, fulfilment_id: str, state: FulfilmentOrderState, problem: str | None = None, *, at: datetime) -> None:
    """Move a fulfilment order on."""
    moved = update(FULFILMENT_ORDERS).where(FULFILMENT_ORDERS.c.id == fulfilment_id)
    connection.execute(moved.values(state=state, problem=problem, changed_at=at))


def give_up(connection: Connection, fulfilment_id: str) -> dict[LinePart, int]:
    """Note, within `counted`, that what has not left will not; gives how much that is, by line and SKU."""
    a = ASKED.c
    rest = a.released - a.shipped - a.given_up
    mine = (a.fulfilment_order_id == fulfilment_id, rest > 0)
    rows = connection.execute(select(a.line_external_id, a.sku, rest.label("rest")).where(*mine)).all()
    connection.execute(update(ASKED).where(*mine).values(given_up=a.released - a.shipped))
    return {(row.line_external_id, row.sku): row.rest for row in rows}


def shipment_id(fulfilment_id: str, external_id: str) -> str:
    """The row id of a shipment: the same however often it is told."""
    return derive_id(fulfilment_id, "shipment", external_id)


def known_shipments(connection: Connection, fulfilment_id: str) -> set[str]:
    """Row ids of the shipments of a fulfilment order."""
    c = SHIPMENTS.c
    return set(connection.execute(select(c.id).where(c.fulfilment_order_id == fulfilment_id)).scalars())


def add_shipment(connection: Connection, asked: AnyRow, told: AdvisedShipment, parts: Mapping[LinePart, int], *, at: datetime) -> str:
    """Write a shipment of a fulfilment order, within `counted`; gives its row id."""
    row_id, freight = shipment_id(asked.id, told.external_id), told.freight
    row: PrimitiveRow = (
        row_id, asked.id, asked.order_id, told.external_id, iso(told.shipped_at), told.carrier, told.service,
        json.dumps(told.tracking_numbers), json.dumps(told.tracking_urls), freight.amount_minor if freight else None,
        freight.currency if freight else None, None, None, None, None, None, None, iso(at),
    )  # fmt: skip
    insert_rows(connection, SHIPMENTS, [row])
    insert_rows(connection, SHIPMENT_LINES, [(row_id, line, sku, asked.id, quantity) for (line, sku), quantity in parts.items()])
    a = ASKED.c
    count = update(ASKED).where(a.fulfilment_order_id == asked.id, a.line_external_id == bindparam("line"), a.sku == bindparam("part"))
    changes = [{"line": line, "part": sku, "by": quantity} for (line, sku), quantity in parts.items()]
    connection.execute(count.values(shipped=a.shipped + bindparam("by", type_=a.shipped.type)), changes)
    return row_id


Totals = dict[tuple[str, str], tuple[int, int]]
"""Order and line to thousandths of its SKU that fulfilment orders ask for and do not give up, and that they shipped."""


@contextmanager
def counted(connection: Connection, order_ids: Iterable[str], *, at: datetime) -> Generator[None]:
    """Count on each order line by how much its fulfilment orders changed within; the store refuses more than was approved.

    A kit is released by its fullest part and has left by its scarcest.
    """
    ids = sorted(set(order_ids))
    before = _totals(connection, ids)
    yield
    after, v = _totals(connection, ids), LINE_STATES.c
    changes = [
        {"order": order_id, "line": line, "out": out - before.get((order_id, line), (0, 0))[0],
         "left": left - before.get((order_id, line), (0, 0))[1], "at": at}
        for (order_id, line), (out, left) in after.items()
        if (out, left) != before.get((order_id, line), (0, 0))
    ]  # fmt: skip
    if changes:
        one = update(LINE_STATES).where(v.order_id == bindparam("order"), v.line_external_id == bindparam("line"))
        released, issued = (column + bindparam(name, type_=column.type) for column, name in ((v.released, "out"), (v.issued, "left")))
        connection.execute(one.values(released=released, issued=issued, changed_at=bindparam("at")), changes)


def _totals(connection: Connection, order_ids: Sequence[str]) -> Totals:
    f, a, v = FULFILMENT_ORDERS.c, ASKED.c, LINE_STATES.c
    query = (
        select(f.order_id, a.line_external_id, a.sku, v.sku.label("sold"),
               func.sum(a.released - a.given_up).label("out"), func.sum(a.shipped).label("left"))
        .join(FULFILMENT_ORDERS, f.id == a.fulfilment_order_id)
        .join(LINE_STATES, (v.order_id == f.order_id) & (v.line_external_id == a.line_external_id))
        .where(among(connection, f.order_id, list(order_ids)))
        .group_by(f.order_id, a.line_external_id, a.sku, v.sku)
    )  # fmt: skip
    rows = connection.execute(query).all()
    made_of = kit_parts(connection, {row.sold for row in rows if row.sold})
    parts: defaultdict[tuple[str, str], dict[str, AnyRow]] = defaultdict(dict)
    for row in rows:
        parts[(row.order_id, row.line_external_id)][row.sku] = row
    found: Totals = {}
    for line, own in parts.items():
        needed = dict(made_of.get(next(iter(own.values())).sold, ())) or dict.fromkeys(own, WHOLE)
        out = max(-(-int(row.out) * WHOLE // needed.get(sku, WHOLE)) for sku, row in own.items())
        left = min(int(own[sku].left) * WHOLE // each if sku in own else 0 for sku, each in needed.items())
        found[line] = (out, left)
    return found
