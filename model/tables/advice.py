"""What warehouses told, as they told it (pulls write these), and what the hub made of it (bookings)."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Long, RowId, UtcInstant, one_of

AdviceKind = Literal["shipment", "receipt", "return", "adjustment", "snapshot", "acknowledgement", "freight"]
BookingState = Literal["booked", "held"]


class WarehouseAdviceRow(Base):
    """One document of a partner, or where it stands with one request; it may be told again, and then says more."""

    __tablename__ = "warehouse_advice"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    kind: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)
    """What we named the thing it is about."""
    told_at: Mapped[datetime] = mapped_column(UtcInstant)
    body: Mapped[str] = mapped_column(Text)
    """The record as JSON; it holds no personal data."""
    source_version: Mapped[int] = mapped_column(Long)
    fetch_seq: Mapped[int] = mapped_column(Long)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (Index(None, "reference"), one_of("kind", AdviceKind), STRICT)


class AdviceBookingRow(Base):
    """What the hub made of an advice: booked, or held with the reason until somebody mends what it lacks."""

    __tablename__ = "advice_booking"

    advice_id: Mapped[str] = mapped_column(RowId, ForeignKey("warehouse_advice.id"), primary_key=True)
    fetch_seq: Mapped[int] = mapped_column(Long)
    """The reading of it that was booked."""
    state: Mapped[str] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    first_at: Mapped[datetime] = mapped_column(UtcInstant)
    at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("state", BookingState),
        Index("ix_advice_booking_held", "advice_id", sqlite_where=state == "held", postgresql_where=state == "held"),
        STRICT,
    )
