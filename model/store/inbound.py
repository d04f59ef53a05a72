"""Deliveries that are on their way: taken off as they arrive."""

from datetime import datetime

from sqlalchemy import Connection, case, or_, select, update

from model.store.catalogue import INBOUND
from model.store.touches import touch


def receive(connection: Connection, reference: str, sku: str, location: str, quantity: int, at: datetime) -> bool:
    """Expect so much less of a SKU under a delivery: its id is the reference, or `REFERENCE/SKU`. False where none such is open."""
    c = INBOUND.c
    named = or_(c.id == reference, c.id == f"{reference}/{sku}")
    expected = select(c.id).where(named, c.sku == sku, c.location_id == location, c.state == "open").order_by(c.id).limit(1)
    found = connection.execute(expected.with_for_update()).scalar()
    if found is None:
        return False
    arrived = c.received + quantity
    taken = update(INBOUND).where(c.id == found)
    connection.execute(taken.values(received=arrived, state=case((arrived >= c.quantity, "received"), else_="open"), changed_at=at))
    touch(connection, [sku])
    return True
