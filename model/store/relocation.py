"""Move what an order holds of a SKU from one location to another: given back here and held there in one transaction, or not at all."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from model.store.reservations import RESERVATIONS
from model.store.stock_levels import Move, lock_levels, move
from model.tables.stock import MovementKind
from model.values.ids import derive_id


def relocate(connection: Connection, order_id: str, sku: str, places: tuple[str, str], *, at: datetime, actor_id: str) -> int:
    """Give how many thousandths moved from the first place to the second; StockShortError where not so much is free there."""
    source, target = places
    levels = lock_levels(connection, [sku])
    c = RESERVATIONS.c
    held = (c.order_id == order_id, c.sku == sku, c.location_id == source, c.state == "live")
    rows = connection.execute(select(c.id, c.quantity).where(*held).order_by(c.id)).all()
    # the way and the level's version make each move's id its own: a reservation may go there and back, and again
    version = levels[(sku, source)].version if rows else 0
    steps: tuple[tuple[str, MovementKind, int], ...] = ((source, "release", -1), (target, "reserve", 1))
    moves = [
        Move(
            id=derive_id(row.id, kind, source, target, str(version)), sku=sku, location=place, kind=kind, reserved=sign * row.quantity,
            reference=order_id, reason=f"from {source} to {target}",
        )
        for row in rows
        for place, kind, sign in steps
    ]  # fmt: skip
    move(connection, moves, at=at, actor_id=actor_id)
    connection.execute(update(RESERVATIONS).where(*held).values(location_id=target))
    return sum(row.quantity for row in rows)
