"""Goods of a partner's order that left (856), told in the transaction that books the shipment."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from model.records.advice import AdvisedShipment
from model.records.fulfilment import NoticeLine
from model.records.partner_reply import Departure, LeftLine
from model.store.partner_replies import approved_lines, told_ship_to
from model.store.sealing import Sealer
from model.values.ids import derive_id

AnyRow = Row[tuple[Any, ...]]


def departure_key(shipment_id: str) -> str:
    """What names a departure for ever."""
    return f"departure:{shipment_id}"


def departure_of(
    connection: Connection, order: AnyRow, shipment_id: str, told: AdvisedShipment, lines: Sequence[NoticeLine], *,
    sealer: Sealer, zone: ZoneInfo,
) -> Departure:  # fmt: skip
    """What left of an order; `order` is its row."""
    known: Mapping[str, AnyRow] = {row.external_id: row for row in approved_lines(connection, [order.id]).get(order.id, [])}
    return Departure(
        reference=f"S{derive_id(shipment_id, 'departure')[:12]}",
        order_external_id=order.external_id,
        order_number=order.number,
        ordered_on=order.placed_at.astimezone(zone).date(),
        shipped_at=told.shipped_at,
        ship_to=told_ship_to(connection, order.id, sealer),
        lines=tuple(_line(each, known.get(each.line_external_id)) for each in lines),
        carrier=told.carrier,
        service=told.service,
        tracking_numbers=told.tracking_numbers,
    )


def _line(left: NoticeLine, row: AnyRow | None) -> LeftLine:
    """A line that its buyer took out of the order since is told with what left of it."""
    if row is None:
        return LeftLine(line_external_id=left.line_external_id, quantity=left.quantity, ordered=left.quantity)
    return LeftLine(line_external_id=left.line_external_id, quantity=left.quantity, ordered=row.quantity, sku=row.sku, unit=row.unit)
