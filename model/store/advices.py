"""What partners told and the hub has not booked yet, and how its booking ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Row, Table, or_, select, update

from model.records.advice import (
    Acknowledgement,
    AdjustmentAdvice,
    FreightBill,
    ReceiptAdvice,
    ShipmentAdvice,
    StockSnapshot,
    WarehouseRecord,
)
from model.store.bulk import insert_rows
from model.store.order_rows import ADVICES
from model.tables.advice import AdviceBookingRow, AdviceKind, BookingState
from model.values.instant import iso

BOOKINGS = cast("Table", AdviceBookingRow.__table__)

AnyRow = Row[tuple[Any, ...]]

_TYPES: dict[AdviceKind, type[WarehouseRecord]] = {
    "shipment": ShipmentAdvice, "receipt": ReceiptAdvice, "return": ReceiptAdvice, "adjustment": AdjustmentAdvice,
    "snapshot": StockSnapshot, "acknowledgement": Acknowledgement, "freight": FreightBill,
}  # fmt: skip


def unbooked(connection: Connection, account_id: str) -> list[AnyRow]:
    """What an account told that was not booked as it stands now, also what is held; the oldest first."""
    a, b = ADVICES.c, BOOKINGS.c
    query = (
        select(ADVICES, b.fetch_seq.label("booked_seq"), b.state.label("booking_state"))
        .outerjoin(BOOKINGS, b.advice_id == a.id)
        .where(a.account_id == account_id, or_(b.advice_id.is_(None), b.fetch_seq < a.fetch_seq, b.state == "held"))
        .order_by(a.told_at, a.id)
    )
    return list(connection.execute(query))


def opened(row: AnyRow) -> WarehouseRecord:
    """The record of a stored advice."""
    return msgspec.json.decode(row.body, type=_TYPES[row.kind])


def write_booking(connection: Connection, advice: AnyRow, state: BookingState, problem: str | None, *, at: datetime) -> None:
    """Note how the booking of an advice ended; one that stays held keeps its age."""
    b = BOOKINGS.c
    again = update(BOOKINGS).where(b.advice_id == advice.id).values(fetch_seq=advice.fetch_seq, state=state, problem=problem, at=at)
    if connection.execute(again).rowcount == 0:
        insert_rows(connection, BOOKINGS, [(advice.id, advice.fetch_seq, state, problem, iso(at), iso(at))])


def overtake(connection: Connection, account_id: str, kind: AdviceKind, told_before: datetime, *, at: datetime) -> None:
    """Let go of held advices of a kind that a newer one says anew."""
    a, b = ADVICES.c, BOOKINGS.c
    older = select(a.id).where(a.account_id == account_id, a.kind == kind, a.told_at < told_before)
    overtaken = update(BOOKINGS).where(b.state == "held", b.advice_id.in_(older))
    connection.execute(overtaken.values(state="booked", problem="overtaken by a newer one", at=at))


def held(connection: Connection, account_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What waits for a person: the advice with why and since when."""
    a, b = ADVICES.c, BOOKINGS.c
    query = (
        select(a.account_id, a.kind, a.external_id, a.reference, a.told_at, b.problem, b.first_at)
        .join(BOOKINGS, b.advice_id == a.id)
        .where(b.state == "held", a.account_id.in_(list(account_ids)))
        .order_by(b.first_at)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
