"""What is kept of an order as its source told it: the payload that its row was read from."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from model.store.landing import RAW
from model.store.order_rows import ORDERS
from model.store.sealing import Sealer
from model.values.ids import derive_id


@dataclass(frozen=True, slots=True)
class ToldOrder:
    """The payload of an order."""

    raw_id: str
    kind: str
    mapping_version: str
    body: bytes


def told_order(connection: Connection, sealer: Sealer, account_id: str, external_id: str) -> ToldOrder | None:
    """The payload that an order shows; None where the order is not known."""
    columns = select(RAW.c.id, RAW.c.kind, RAW.c.mapping_version, RAW.c.body, RAW.c.key_id, RAW.c.size)
    query = columns.join(ORDERS, ORDERS.c.raw_id == RAW.c.id).where(ORDERS.c.id == derive_id(account_id, "order", external_id))
    row = connection.execute(query).first()
    if row is None:
        return None
    sealer.make_ready(connection, row.key_id)
    body = sealer.open_payload(row.body, key_id=row.key_id, raw_id=row.id, size=row.size)
    return ToldOrder(row.id, row.kind, row.mapping_version, body)
