"""Fulfilments and returns as channels tell them; the hub's own fulfilment orders are another matter."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.records.shipment import FulfilmentStatus, ReturnStatus
from model.tables.base import STRICT, Base, Long, RowId, UtcInstant, one_of


class FulfilmentRow(Base):
    """Lines that left, or are to leave, together."""

    __tablename__ = "fulfilment"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    status: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    carrier: Mapped[str | None] = mapped_column(Text)
    tracking_numbers: Mapped[str] = mapped_column(Text)
    """A JSON array."""
    tracking_urls: Mapped[str] = mapped_column(Text)
    """A JSON array."""
    location_external_id: Mapped[str | None] = mapped_column(Text)
    removed_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (one_of("status", FulfilmentStatus), STRICT)


class FulfilmentLineRow(Base):
    """How much of one order line a fulfilment carries, in thousandths."""

    __tablename__ = "fulfilment_line"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    fulfilment_external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    line_external_id: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(Long)

    __table_args__ = (STRICT,)


class ReturnRow(Base):
    """Goods coming back for an order; it may be read before that order is."""

    __tablename__ = "order_return"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    order_id: Mapped[str] = mapped_column(RowId)
    external_id: Mapped[str] = mapped_column(Text)
    order_external_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    updated_at: Mapped[datetime] = mapped_column(UtcInstant)
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    removed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    source_version: Mapped[int] = mapped_column(Long)
    fetch_seq: Mapped[int] = mapped_column(Long)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (Index(None, "order_id"), one_of("status", ReturnStatus), STRICT)


class ReturnLineRow(Base):
    """How much of which line comes back, and the price given back before tax."""

    __tablename__ = "return_line"

    return_id: Mapped[str] = mapped_column(RowId, ForeignKey("order_return.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(RowId)
    line_external_id: Mapped[str | None] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(Long)
    amount_minor: Mapped[int] = mapped_column(Long)
    tax_minor: Mapped[int] = mapped_column(Long)
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "order_id"), STRICT)
