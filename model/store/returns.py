"""Returns: what may come back, is expected, arrived and was judged. Whoever changes an order's returns has locked the order's state.

What left bounds what comes back, part by part: `returnable_part` counts both sides, and its check refuses a unit that comes back twice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, Update, bindparam, exists, func, select, update

from model.errors import RejectedError
from model.rules.allocation import WHOLE
from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.catalogue import LINE_STATES
from model.store.fulfilments import ASKED, FULFILMENT_ORDERS, AnyRow, LinePart, partner_reference
from model.store.order_rows import REFUNDS, RETURNS, STATES
from model.store.reservations import kit_parts
from model.tables.returns import (
    ReturnablePartRow,
    ReturnOrderLineRow,
    ReturnOrderRow,
    ReturnOrderState,
    ReturnReason,
    ReturnWish,
)
from model.values.ids import derive_id
from model.values.instant import iso
from model.values.quantity import decimal_quantity

PARTS = cast("Table", ReturnablePartRow.__table__)
RETURN_ORDERS = cast("Table", ReturnOrderRow.__table__)
RETURN_ORDER_LINES = cast("Table", ReturnOrderLineRow.__table__)

OPEN: tuple[ReturnOrderState, ...] = ("requested", "authorised", "part_received", "received")
"""States in which something is still to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReturn:
    """A return as it is opened: how much of which line and SKU may come back to which location."""

    order_id: str
    location_id: str
    quantities: Mapping[LinePart, int]
    reason: ReturnReason
    wish: ReturnWish = "refund"
    told_id: str | None = None
    """Row id of what was told that it follows from."""
    problem: str | None = None
    """Why a person has to look at it first; it is then only requested."""


def lock_order(connection: Connection, order_id: str) -> None:
    """Take the lock that every decision about an order takes first."""
    connection.execute(select(STATES.c.order_id).where(STATES.c.order_id == order_id).with_for_update())


def left_parts(connection: Connection, order_id: str) -> dict[LinePart, int]:
    """How much of each SKU left for each line of an order, by what the hub booked: a kit stands as its parts."""
    f, a, v = FULFILMENT_ORDERS.c, ASKED.c, LINE_STATES.c
    found: defaultdict[LinePart, int] = defaultdict(int)
    lines = connection.execute(
        select(v.line_external_id, v.sku, v.issued).where(v.order_id == order_id, v.issued > 0, v.sku.is_not(None))
    ).all()
    made_of = kit_parts(connection, {row.sku for row in lines})
    asked = (
        select(a.line_external_id, a.sku, func.sum(a.shipped))
        .join(FULFILMENT_ORDERS, f.id == a.fulfilment_order_id)
        .where(f.order_id == order_id)
        .group_by(a.line_external_id, a.sku)
    )
    for line, sku, shipped in connection.execute(asked):
        found[(line, sku)] = int(shipped)
    known = {line for line, _ in found}
    for row in lines:
        if row.line_external_id in known and made_of[row.sku] != ((row.sku, WHOLE),):
            continue  # of a kit its fulfilment orders know what left; it may be made otherwise by now
        for part, needed in made_of[row.sku]:
            found[(row.line_external_id, part)] = max(found[(row.line_external_id, part)], row.issued * needed // WHOLE)
    return {part: quantity for part, quantity in found.items() if quantity}


def meet_parts(connection: Connection, order_id: str, left: Mapping[LinePart, int]) -> None:
    """Bring what may come back of an order to what left; what left never becomes less."""
    known = {(row.line_external_id, row.sku): row for row in parts_of(connection, order_id)}
    insert_rows(
        connection, PARTS,
        [(order_id, line, sku, quantity, 0, 0) for (line, sku), quantity in sorted(left.items()) if (line, sku) not in known],
    )  # fmt: skip
    grown = [
        {"line": line, "part": sku, "left": quantity}
        for (line, sku), quantity in left.items()
        if (line, sku) in known and quantity > known[(line, sku)].shipped
    ]
    if grown:
        connection.execute(_part(order_id).values(shipped=bindparam("left")), grown)


def parts_of(connection: Connection, order_id: str) -> list[AnyRow]:
    """What left of an order, is expected back and came back, by line and SKU."""
    c = PARTS.c
    return list(connection.execute(select(PARTS).where(c.order_id == order_id).order_by(c.line_external_id, c.sku)))


def returnable(connection: Connection, order_id: str) -> dict[LinePart, int]:
    """What may still come back: left, less returned, less expected."""
    rows = parts_of(connection, order_id)
    return {(row.line_external_id, row.sku): rest for row in rows if (rest := row.shipped - row.returned - row.expected) > 0}


def add(connection: Connection, new: NewReturn, *, at: datetime) -> AnyRow:
    """Write a return, authorised unless it has a problem; RejectedError for more than may still come back."""
    c = RETURN_ORDERS.c
    number = (connection.execute(select(func.max(c.number)).where(c.order_id == new.order_id)).scalar() or 0) + 1
    row_id = derive_id(new.order_id, "return order", str(number))
    row: PrimitiveRow = (
        row_id, new.order_id, number, partner_reference("R", row_id), new.location_id, "requested", new.wish, new.reason, new.told_id, None,
        new.problem, iso(at), iso(at),
    )  # fmt: skip
    insert_rows(connection, RETURN_ORDERS, [row])
    lines = [(row_id, line, sku, quantity, 0, 0, 0, 0) for (line, sku), quantity in sorted(new.quantities.items())]
    insert_rows(connection, RETURN_ORDER_LINES, lines)
    if new.problem is None:
        authorise(connection, row_id, at=at)
    return find(connection, row_id)


def authorise(connection: Connection, return_id: str, *, at: datetime) -> None:
    """Expect a requested return; RejectedError for more than may still come back."""
    asked = find(connection, return_id)
    wanted = {(row.line_external_id, row.sku): row.wanted for row in lines_of(connection, return_id)}
    _expect(connection, asked.order_id, wanted)
    set_state(connection, return_id, "authorised", at=at)


def add_lines(connection: Connection, asked: AnyRow, more: Mapping[LinePart, int], *, at: datetime) -> None:
    """Expect more under a return; RejectedError for more than may still come back."""
    _expect(connection, asked.order_id, more)
    known = {(row.line_external_id, row.sku) for row in lines_of(connection, asked.id)}
    new = [(asked.id, *part, quantity, 0, 0, 0, 0) for part, quantity in sorted(more.items()) if part not in known]
    insert_rows(connection, RETURN_ORDER_LINES, new)
    grown = [{"line": line, "part": sku, "by": by} for (line, sku), by in more.items() if (line, sku) in known]
    if grown:
        wanted = RETURN_ORDER_LINES.c.wanted
        connection.execute(_line(asked.id).values(wanted=wanted + bindparam("by", type_=wanted.type)), grown)
    bring_on(connection, asked.id, at=at)


def _expect(connection: Connection, order_id: str, wanted: Mapping[LinePart, int]) -> None:
    rest = returnable(connection, order_id)
    over = [f"{decimal_quantity(quantity - rest.get(part, 0))} of {part[1]} on line {part[0]}"
            for part, quantity in wanted.items() if quantity > rest.get(part, 0)]  # fmt: skip
    if over:
        raise RejectedError(f"{', '.join(over)} more than left and is not back or expected back already; `entrepot return list --order`")
    expected = PARTS.c.expected
    changes = [{"line": line, "part": sku, "by": quantity} for (line, sku), quantity in wanted.items()]
    connection.execute(_part(order_id).values(expected=expected + bindparam("by", type_=expected.type)), changes)


def arrive(connection: Connection, asked: AnyRow, arrived: Mapping[LinePart, int], location: str, *, at: datetime) -> None:
    """Count what arrived under an authorised return, and where: no longer expected but here; the store refuses more than was."""
    connection.execute(update(RETURN_ORDERS).where(RETURN_ORDERS.c.id == asked.id).values(location_id=location))
    r, p = RETURN_ORDER_LINES.c, PARTS.c
    changes = [{"line": line, "part": sku, "by": quantity} for (line, sku), quantity in arrived.items()]
    connection.execute(_line(asked.id).values(received=r.received + bindparam("by", type_=r.received.type)), changes)
    by = bindparam("by", type_=p.expected.type)
    connection.execute(_part(asked.order_id).values(expected=p.expected - by, returned=p.returned + by), changes)
    _count_returned(connection, asked.order_id, at)
    bring_on(connection, asked.id, at=at)


def judge(
    connection: Connection, asked: AnyRow, sellable: Mapping[LinePart, int], damaged: Mapping[LinePart, int], *, at: datetime
) -> None:
    """Count what goods that are here were found to be."""
    r = RETURN_ORDER_LINES.c
    for column, found in ((r.sellable, sellable), (r.damaged, damaged)):
        changes = [{"line": line, "part": sku, "by": quantity} for (line, sku), quantity in found.items() if quantity]
        if changes:
            connection.execute(_line(asked.id).values({column: column + bindparam("by", type_=column.type)}), changes)
    bring_on(connection, asked.id, at=at)


def give_up(connection: Connection, asked: AnyRow, *, at: datetime) -> None:
    """Note that what has not arrived will not: it may be returned another time."""
    r, p = RETURN_ORDER_LINES.c, PARTS.c
    rest = [
        {"line": row.line_external_id, "part": row.sku, "by": missing}
        for row in lines_of(connection, asked.id)
        if (missing := row.wanted - row.received - row.given_up)
    ]
    if rest:
        connection.execute(_line(asked.id).values(given_up=r.given_up + bindparam("by", type_=r.given_up.type)), rest)
    if rest and asked.state != "requested":
        connection.execute(_part(asked.order_id).values(expected=p.expected - bindparam("by", type_=p.expected.type)), rest)
    bring_on(connection, asked.id, at=at)


def bring_on(connection: Connection, return_id: str, *, at: datetime) -> None:
    """Move a return to where its lines say it is."""
    lines = lines_of(connection, return_id)
    wanted, received, given_up = (sum(getattr(row, name) for row in lines) for name in ("wanted", "received", "given_up"))
    is_judged = all(row.sellable + row.damaged == row.received for row in lines)
    if given_up == wanted:
        state: ReturnOrderState = "cancelled"
    elif received + given_up == wanted:
        state = "closed" if is_judged else "received"
    else:
        state = "part_received" if received else "authorised"
    set_state(connection, return_id, state, at=at)


def exchanged_by(connection: Connection, return_id: str, order_id: str, *, at: datetime) -> None:
    """Name the order that sends the buyer something else instead."""
    moved = update(RETURN_ORDERS).where(RETURN_ORDERS.c.id == return_id)
    connection.execute(moved.values(exchange_order_id=order_id, wish="exchange", changed_at=at))


def set_state(connection: Connection, return_id: str, state: ReturnOrderState, problem: str | None = None, *, at: datetime) -> None:
    """Move a return on."""
    moved = update(RETURN_ORDERS).where(RETURN_ORDERS.c.id == return_id)
    connection.execute(moved.values(state=state, problem=problem, changed_at=at))


def find(connection: Connection, return_id: str) -> AnyRow:
    """One return, its order's state locked."""
    c = RETURN_ORDERS.c
    lock_order(connection, connection.execute(select(c.order_id).where(c.id == return_id)).scalar_one())
    return connection.execute(select(RETURN_ORDERS).where(c.id == return_id)).one()


def named(connection: Connection, reference: str) -> AnyRow | None:
    """The return that buyers and partners know by this."""
    return connection.execute(select(RETURN_ORDERS).where(RETURN_ORDERS.c.reference == reference)).first()


def expecting(connection: Connection, order_id: str) -> list[AnyRow]:
    """Returns of an order under which goods may arrive, the oldest first."""
    c = RETURN_ORDERS.c
    these = select(RETURN_ORDERS).where(c.order_id == order_id, c.state.in_(("authorised", "part_received")))
    return list(connection.execute(these.order_by(c.number)))


def opened_here(connection: Connection, order_id: str) -> list[AnyRow]:
    """Returns of an order that people or partners opened, of which its channel told nothing yet, and that were not called off."""
    c = RETURN_ORDERS.c
    by_channel = exists().where(RETURNS.c.id == c.told_id) | exists().where(REFUNDS.c.id == c.told_id)
    these = select(RETURN_ORDERS).where(c.order_id == order_id, ~by_channel, c.state != "cancelled")
    return list(connection.execute(these.order_by(c.number)))


def follows_from(connection: Connection, return_id: str, told_id: str, *, at: datetime) -> None:
    """Note that what was told is this return."""
    moved = update(RETURN_ORDERS).where(RETURN_ORDERS.c.id == return_id)
    connection.execute(moved.values(told_id=told_id, changed_at=at))


def of_order(connection: Connection, order_id: str) -> list[AnyRow]:
    """All returns of an order, the oldest first."""
    c = RETURN_ORDERS.c
    return list(connection.execute(select(RETURN_ORDERS).where(c.order_id == order_id).order_by(c.number)))


def from_told(connection: Connection, told_id: str) -> AnyRow | None:
    """The return that follows from what was told."""
    return connection.execute(select(RETURN_ORDERS).where(RETURN_ORDERS.c.told_id == told_id)).first()


def lines_of(connection: Connection, return_id: str) -> list[AnyRow]:
    """The lines of a return, in the one order."""
    c = RETURN_ORDER_LINES.c
    query = select(RETURN_ORDER_LINES).where(c.return_order_id == return_id).order_by(c.line_external_id, c.sku)
    return list(connection.execute(query))


def lines_by_return(connection: Connection, return_ids: Sequence[str]) -> dict[str, list[AnyRow]]:
    """The lines of many returns."""
    c, found = RETURN_ORDER_LINES.c, defaultdict[str, list[AnyRow]](list)
    query = select(RETURN_ORDER_LINES).where(among(connection, c.return_order_id, list(return_ids)))
    for row in connection.execute(query.order_by(c.line_external_id, c.sku)):
        found[row.return_order_id].append(row)
    return dict(found)


def _count_returned(connection: Connection, order_id: str, at: datetime) -> None:
    """Count on the order's lines what came back of them: of a kit, as many as its scarcest part."""
    v, parts = LINE_STATES.c, defaultdict[str, list[AnyRow]](list)
    for row in parts_of(connection, order_id):
        parts[row.line_external_id].append(row)
    left = dict(connection.execute(select(v.line_external_id, v.issued).where(v.order_id == order_id)).tuples().all())
    whole = update(LINE_STATES).where(v.order_id == order_id, v.line_external_id == bindparam("line"), v.returned != bindparam("back"))
    changes = [
        {"line": line, "back": min(row.returned * left[line] // row.shipped for row in own)} for line, own in parts.items() if line in left
    ]
    if changes:
        connection.execute(whole.values(returned=bindparam("back"), changed_at=at), changes)


def _part(order_id: str) -> Update:
    c = PARTS.c
    return update(PARTS).where(c.order_id == order_id, c.line_external_id == bindparam("line"), c.sku == bindparam("part"))


def _line(return_id: str) -> Update:
    c = RETURN_ORDER_LINES.c
    own = (c.return_order_id == return_id, c.line_external_id == bindparam("line"), c.sku == bindparam("part"))
    return update(RETURN_ORDER_LINES).where(*own)
