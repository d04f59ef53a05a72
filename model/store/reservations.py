"""Reservations and backorders: what each order holds, brought to what it shall hold, for many orders in one transaction.

Everyone locks levels first and in one order, then looks at the reservations; so what is seen cannot change before it is written.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, and_, bindparam, func, or_, select, true, update

from model.rules.allocation import WHOLE, Shortage, Take, Want, allocate
from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.catalogue import BACKORDERS, KIT_PARTS
from model.store.stock_levels import Level, Move, Place, lock_levels, move
from model.store.touches import touch
from model.tables.stock import ReservationKind, ReservationRow, ReservationState
from model.values.ids import derive_id
from model.values.instant import iso

RESERVATIONS = cast("Table", ReservationRow.__table__)

Held = Row[tuple[Any, ...]]
Part = tuple[str, str, str]
"""Order, line and SKU."""
Cut = tuple[Held, int]
"""A reservation and how much of it is given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDemand:
    """What an order shall hold: SKU quantities by line (thousandths, whole SKUs and kits alike), from these locations by priority."""

    order_id: str
    lines: tuple[tuple[str, str, int], ...]
    """Line, SKU and quantity; a line that shall hold nothing is left out."""
    locations: tuple[str, ...]
    kind: ReservationKind
    expires_at: datetime | None = None


@dataclass(slots=True)
class Standing:
    """What an order holds now and what it waits for, in thousandths over all parts."""

    reserved: int = 0
    short: int = 0
    short_by_sku: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class Books:
    """What orders hold, as read under lock."""

    live: defaultdict[Part, list[Held]] = field(default_factory=lambda: defaultdict[Part, list[Held]](list))
    waiting: dict[Part, Held] = field(default_factory=dict[Part, Held])
    made: dict[str, int] = field(default_factory=dict[str, int])
    """How many reservations and backorders an order ever had: names the next one."""


def settle_demands(connection: Connection, demands: Sequence[OrderDemand], *, at: datetime, actor_id: str) -> dict[str, Standing]:
    """Bring orders to what they shall hold: give back what is too much, reserve what is missing, in the order given; gives what each has.

    What cannot be reserved is a backorder. Settling again changes nothing unless stock or demand changed.
    """
    order_ids = [demand.order_id for demand in demands]
    parts = kit_parts(connection, {sku for demand in demands for _, sku, _ in demand.lines})
    skus = {part for made_of in parts.values() for part, _ in made_of} | {sku for _, _, sku in read_books(connection, order_ids).live}
    levels = lock_levels(connection, skus)
    books = read_books(connection, order_ids)
    needed = _needed(demands, parts)
    moves, free = _give_back(connection, books, needed, levels, at)
    move(connection, moves, at=at, actor_id=actor_id)
    takes, shortages = allocate(_wants(demands, parts, needed, books), free)
    reserve(connection, takes, {demand.order_id: demand for demand in demands}, books, at, actor_id)
    write_backorders(connection, _short(shortages), books.waiting, books, at)
    _turn(connection, demands)
    return _standings(order_ids, needed, shortages)


def kit_parts(connection: Connection, skus: Iterable[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """What each SKU is taken from: itself, or the parts of the kit it is."""
    wanted = sorted(set(skus))
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    c = KIT_PARTS.c
    for kit, part, quantity in connection.execute(
        select(c.kit, c.part, c.quantity).where(among(connection, c.kit, wanted)).order_by(c.part)
    ):
        found[kit].append((part, quantity))
    return {sku: tuple(found.get(sku, [(sku, WHOLE)])) for sku in wanted}


def end_reservations(
    connection: Connection, ids: Sequence[str], state: ReservationState, *, at: datetime, actor_id: str, issue: bool = False
) -> list[Held]:
    """End live reservations, giving their quantity back or (`issue`) taking it out of stock; gives those that were still live.

    As `expired` only those whose time is up still: an order may have been paid since somebody looked.
    """
    c = RESERVATIONS.c
    lock_levels(connection, connection.execute(select(c.sku).where(among(connection, c.id, list(ids)))).scalars())
    is_due = c.expires_at <= at if state == "expired" else true()
    ended = update(RESERVATIONS).where(among(connection, c.id, list(ids)), c.state == "live", is_due).values(state=state, ended_at=at)
    rows = list(connection.execute(ended.returning(c.id, c.order_id, c.line_external_id, c.sku, c.location_id, c.quantity)))
    moves = [
        Move(
            id=derive_id(row.id, state), sku=row.sku, location=row.location_id, kind="issue" if issue else "release",
            on_hand=-row.quantity if issue else 0, reserved=-row.quantity, reference=row.order_id, reason=state,
        )
        for row in rows
    ]  # fmt: skip
    move(connection, moves, at=at, actor_id=actor_id)
    return rows


def expired(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Ids of soft reservations whose time is up."""
    c = RESERVATIONS.c
    due = select(c.id).where(c.state == "live", c.expires_at.is_not(None), c.expires_at <= now).order_by(c.expires_at).limit(limit)
    return list(connection.execute(due).scalars())


def part_of(row: Held) -> Part:
    """The part of an order that a reservation or a backorder is for."""
    return row.order_id, row.line_external_id, row.sku


def read_books(connection: Connection, order_ids: Sequence[str]) -> Books:
    """What these orders hold and wait for; the caller has locked the levels."""
    books, c, b = Books(), RESERVATIONS.c, BACKORDERS.c
    ids = list(order_ids)
    live = select(RESERVATIONS).where(c.state == "live", among(connection, c.order_id, ids)).order_by(c.made_at, c.id)
    for row in connection.execute(live):
        books.live[part_of(row)].append(row)
    for row in connection.execute(select(BACKORDERS).where(b.state == "open", among(connection, b.order_id, ids))):
        books.waiting[part_of(row)] = row
    for table in (RESERVATIONS, BACKORDERS):
        count = select(table.c.order_id, func.count()).where(among(connection, table.c.order_id, ids)).group_by(table.c.order_id)
        for order_id, made in connection.execute(count):
            books.made[order_id] = books.made.get(order_id, 0) + made
    return books


def _needed(demands: Sequence[OrderDemand], parts: dict[str, tuple[tuple[str, int], ...]]) -> dict[Part, int]:
    needed: dict[Part, int] = defaultdict(int)
    for demand in demands:
        for line, sku, quantity in demand.lines:
            for part, per_unit in parts[sku]:
                needed[(demand.order_id, line, part)] += quantity * per_unit // WHOLE
    return needed


def _give_back(
    connection: Connection, books: Books, needed: dict[Part, int], levels: dict[Place, Level], at: datetime
) -> tuple[list[Move], dict[Place, int]]:
    """Release what orders hold beyond their need, youngest first; gives the movements and what is free behind them."""
    cuts: list[Cut] = []
    free = {place: level.free for place, level in levels.items()}
    for part, rows in books.live.items():
        surplus = sum(row.quantity for row in rows) - needed.get(part, 0)
        for row in reversed(list(rows)):
            if surplus <= 0:
                break
            cut = min(row.quantity, surplus)
            surplus -= cut
            cuts.append((row, cut))
            free[(row.sku, row.location_id)] += cut
    return shrink(connection, cuts, at), free


def shrink(connection: Connection, cuts: Sequence[Cut], at: datetime) -> list[Move]:
    """Make reservations smaller by so much each, or end them; gives the movements that give it back, which the caller makes."""
    c = RESERVATIONS.c
    ended = [row.id for row, cut in cuts if cut == row.quantity]
    rests = [{"one": row.id, "rest": row.quantity - cut} for row, cut in cuts if cut < row.quantity]
    if ended:
        connection.execute(update(RESERVATIONS).where(among(connection, c.id, ended)).values(state="released", ended_at=at))
    if rests:
        connection.execute(update(RESERVATIONS).where(c.id == bindparam("one")).values(quantity=bindparam("rest")), rests)
    return [
        Move(
            id=derive_id(row.id, "released", str(row.quantity - cut)), sku=row.sku, location=row.location_id, kind="release",
            reserved=-cut, reference=row.order_id,
        )
        for row, cut in cuts
    ]  # fmt: skip


def _wants(
    demands: Sequence[OrderDemand], parts: dict[str, tuple[tuple[str, int], ...]], needed: dict[Part, int], books: Books
) -> list[Want]:
    """What is missing, line by line: in whole kits where all parts miss alike, part by part where one was lost."""
    wants: list[Want] = []
    for demand in demands:
        for line, sku, _ in demand.lines:
            holds = {part: sum(row.quantity for row in books.live.get((demand.order_id, line, part), ())) for part, _ in parts[sku]}
            missing = [(part, per_unit, needed[(demand.order_id, line, part)] - holds[part]) for part, per_unit in parts[sku]]
            whole = {short * WHOLE // per_unit for _, per_unit, short in missing}
            rows = [(short, ((part, WHOLE),)) for part, _, short in missing] if len(whole) > 1 else [(min(whole), parts[sku])]
            wants += [
                Want(order_id=demand.order_id, line=line, quantity=short, parts=made_of, locations=demand.locations)
                for short, made_of in rows
                if short > 0
            ]
    return wants


def reserve(
    connection: Connection, takes: Sequence[Take], demands: dict[str, OrderDemand], books: Books, at: datetime, actor_id: str
) -> None:
    """Hold what was taken for its order; StockShortError where it is not free."""
    rows: list[PrimitiveRow] = []
    moves: list[Move] = []
    for take in takes:
        order_id = take.want.order_id
        demand = demands[order_id]
        reservation = _next_id(books, order_id)
        expires = iso(demand.expires_at) if demand.expires_at else None
        rows.append(
            (reservation, order_id, take.want.line, take.sku, take.location, demand.kind, "live", take.quantity, iso(at), expires, None)
        )
        moves.append(
            Move(
                id=derive_id(reservation, "reserve"), sku=take.sku, location=take.location, kind="reserve", reserved=take.quantity,
                reference=order_id,
            )
        )  # fmt: skip
    move(connection, moves, at=at, actor_id=actor_id)
    insert_rows(connection, RESERVATIONS, rows)


def _next_id(books: Books, order_id: str) -> str:
    number = books.made.get(order_id, 0) + 1
    books.made[order_id] = number
    return derive_id(order_id, "held", str(number))


def _short(shortages: Sequence[Shortage]) -> dict[Part, tuple[int, str]]:
    """Shortages by part, with the location they count against."""
    wanted: dict[Part, tuple[int, str]] = {}
    for each in shortages:
        part = (each.want.order_id, each.want.line, each.sku)
        wanted[part] = (wanted.get(part, (0, ""))[0] + each.quantity, each.location)
    return wanted


def write_backorders(
    connection: Connection, wanted: dict[Part, tuple[int, str]], waiting: dict[Part, Held], books: Books, at: datetime
) -> None:
    """Bring open backorders to what is wanted."""
    touched = {sku for _, _, sku in wanted}
    ended: list[str] = []
    for part, row in waiting.items():
        if wanted.get(part, (0, ""))[0] == row.quantity:
            wanted.pop(part)
        else:
            ended.append(row.id)
            touched.add(row.sku)
    if ended:
        c = BACKORDERS.c
        connection.execute(update(BACKORDERS).where(among(connection, c.id, ended)).values(state="filled", ended_at=at))
    rows: list[PrimitiveRow] = [
        (_next_id(books, order_id), order_id, line, sku, location, quantity, "open", iso(at), None)
        for (order_id, line, sku), (quantity, location) in wanted.items()
        if quantity
    ]
    insert_rows(connection, BACKORDERS, rows)
    touch(connection, touched)


def _turn(connection: Connection, demands: Sequence[OrderDemand]) -> None:
    """Make what orders hold soft or hard, and for a time or for good, as they now shall hold it; a time that runs is not prolonged."""
    groups: defaultdict[tuple[ReservationKind, datetime | None], list[str]] = defaultdict(list)
    for demand in demands:
        groups[(demand.kind, demand.expires_at)].append(demand.order_id)
    c = RESERVATIONS.c
    for (kind, expires_at), order_ids in groups.items():
        is_other = or_(c.kind != kind, c.expires_at.is_(None) if expires_at else c.expires_at.is_not(None))
        other = and_(c.state == "live", is_other, among(connection, c.order_id, order_ids))
        connection.execute(update(RESERVATIONS).where(other).values(kind=kind, expires_at=expires_at))


def _standings(order_ids: Sequence[str], needed: dict[Part, int], shortages: Sequence[Shortage]) -> dict[str, Standing]:
    standings = {order_id: Standing() for order_id in order_ids}
    for (order_id, _, _), quantity in needed.items():
        standings[order_id].reserved += quantity
    for each in shortages:
        standings[each.want.order_id].reserved -= each.quantity
        standings[each.want.order_id].short += each.quantity
        missing = standings[each.want.order_id].short_by_sku
        missing[each.sku] = missing.get(each.sku, 0) + each.quantity
    return standings
