"""What orders hold and nobody was asked to ship, and how it is brought to another location: given back and held anew in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from model.rules.allocation import WHOLE, Place, Take, Want
from model.rules.routing import Plan, Wanted
from model.store import fulfilments
from model.store.bulk import among
from model.store.catalogue import BACKORDERS
from model.store.fulfilments import LinePart
from model.store.reservations import Books, Cut, OrderDemand, read_books, reserve, shrink
from model.store.stock_levels import lock_levels, move


@dataclass(slots=True)
class Shelf:
    """What some orders hold, what was asked of it, what is free; read under lock."""

    books: Books
    asked: Mapping[tuple[str, str, str, str], int]
    """Order, line, SKU and location to thousandths somebody was asked to ship."""
    free: dict[Place, int]
    short: frozenset[str]
    """Orders that wait for goods."""
    numbers: dict[str, int]
    """How many fulfilment orders each order ever had."""

    def unasked(self) -> dict[str, dict[LinePart, dict[str, int]]]:
        """What orders hold firmly and nobody was asked to ship: by order, then by line and SKU, then by location."""
        held: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
        for (order_id, line, sku), rows in self.books.live.items():
            for row in rows:
                held[(order_id, line, sku, row.location_id)] += row.quantity if row.kind == "hard" else 0
        found: defaultdict[str, dict[LinePart, dict[str, int]]] = defaultdict(dict)
        for (order_id, line, sku, place), quantity in held.items():
            rest = quantity - self.asked.get((order_id, line, sku, place), 0)
            if rest > 0:
                found[order_id].setdefault((line, sku), {})[place] = rest
        return found

    def cuts(self, order_id: str, part: LinePart, place: str, quantity: int) -> list[Cut]:
        """Reservations at a place, the youngest first, that make up so much, or all there are."""
        found: list[Cut] = []
        for row in reversed(self.books.live[(order_id, *part)]):
            cut = min(row.quantity, quantity) if row.location_id == place else 0
            quantity -= cut
            found += [(row, cut)] if cut else []
        return found


def read_shelf(connection: Connection, order_ids: Sequence[str]) -> Shelf:
    """What these orders hold; their states are locked by now, and so will be the levels."""
    levels = lock_levels(connection, {sku for _, _, sku in read_books(connection, order_ids).live})
    asked = {
        (row.order_id, row.line_external_id, row.sku, row.location_id): int(row.rest)
        for row in fulfilments.open_lines(connection, order_ids)
    }
    b = BACKORDERS.c
    short = connection.execute(select(b.order_id).where(among(connection, b.order_id, list(order_ids)), b.state == "open").distinct())
    free = {place: level.free for place, level in levels.items()}
    numbers = fulfilments.numbers_of(connection, order_ids)
    return Shelf(read_books(connection, order_ids), asked, free, frozenset(short.scalars()), numbers)


def bring_there(connection: Connection, shelf: Shelf, order_id: str, wanted: Wanted, plan: Plan, *, at: datetime, actor_id: str) -> None:
    """Have an order hold its goods where the plan ships them from; nothing moves that is there already."""
    cuts: list[Cut] = []
    takes: list[Take] = []
    for part, places in wanted.parts.items() if plan.parcels else ():
        target = {place: parcel[part] for place, parcel in plan.parcels.items() if part in parcel}
        for place in sorted({*places, *target}):
            by = target.get(place, 0) - places.get(place, 0)
            shelf.free[(part[1], place)] = shelf.free.get((part[1], place), 0) - by
            if by < 0:
                cuts += shelf.cuts(order_id, part, place, -by)
            elif by > 0:
                want = Want(order_id=order_id, line=part[0], quantity=by, parts=((part[1], WHOLE),), locations=(place,))
                takes.append(Take(want, part[1], place, by))
    if takes:
        move(connection, shrink(connection, cuts, at), at=at, actor_id=actor_id)
        firm = OrderDemand(order_id=order_id, lines=(), locations=(), kind="hard")
        reserve(connection, takes, {order_id: firm}, shelf.books, at, actor_id)
