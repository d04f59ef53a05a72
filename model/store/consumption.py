"""What has left takes its reservations with it; where more left than was reserved there, the youngest promises to others make room."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, update

from model.store.bulk import among
from model.store.corrections import correct
from model.store.fulfilments import LinePart
from model.store.reservations import RESERVATIONS, Cut, read_books
from model.store.stock_levels import Move, lock_levels, meet_levels, move
from model.values.ids import derive_id


def consume(
    connection: Connection, order_id: str, location: str, parts: Mapping[LinePart, int], cause: str, *, at: datetime, actor_id: str
) -> None:
    """Take what left a location for an order out of stock, once per cause; StockShortError where less than that was booked there."""
    meet_levels(connection, {(sku, location) for _, sku in parts})
    lock_levels(connection, {sku for _, sku in parts})
    books = read_books(connection, [order_id])
    cuts: list[Cut] = []
    issues: list[Move] = []
    unreserved: list[Move] = []
    for (line, sku), quantity in sorted(parts.items()):
        missing = quantity
        for row in books.live[(order_id, line, sku)]:
            cut = min(row.quantity, missing) if row.location_id == location else 0
            missing -= cut
            cuts += [(row, cut)] if cut else []
        held = quantity - missing
        if held:
            issues.append(_issue(order_id, line, sku, location, cause, held, reserved=held))
        if missing:
            unreserved.append(_issue(order_id, line, sku, location, f"{cause} unreserved", missing))
    _end(connection, cuts, at)
    move(connection, issues, at=at, actor_id=actor_id)
    correct(connection, unreserved, at=at, actor_id=actor_id)


def _issue(order_id: str, line: str, sku: str, location: str, cause: str, quantity: int, *, reserved: int = 0) -> Move:
    return Move(
        id=derive_id(cause, "issue", line, sku), sku=sku, location=location, kind="issue", on_hand=-quantity, reserved=-reserved,
        reference=order_id, reason="shipped",
    )  # fmt: skip


def _end(connection: Connection, cuts: list[Cut], at: datetime) -> None:
    c = RESERVATIONS.c
    whole = [row.id for row, cut in cuts if cut == row.quantity]
    rests = [{"one": row.id, "rest": row.quantity - cut} for row, cut in cuts if cut < row.quantity]
    if whole:
        connection.execute(update(RESERVATIONS).where(among(connection, c.id, whole)).values(state="consumed", ended_at=at))
    if rests:
        connection.execute(update(RESERVATIONS).where(c.id == bindparam("one")).values(quantity=bindparam("rest")), rests)
