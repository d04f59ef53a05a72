"""Goods that come back: what was authorised, what arrived, and how it was judged; and how much of an order may come back at all."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Long, RowId, UtcInstant, one_of

ReturnOrderState = Literal["requested", "authorised", "part_received", "received", "closed", "cancelled"]
ReturnWish = Literal["refund", "exchange", "nothing"]
ReturnReason = Literal["unwanted", "wrong", "damaged", "defective", "late", "refused", "undeliverable", "recalled", "other"]


class ReturnablePartRow(Base):
    """How much of one SKU left for one order line, how much of that may still come, and came, back; thousandths.

    Written when goods of the order first come back; the check is what keeps a unit from coming back twice.
    """

    __tablename__ = "returnable_part"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    line_external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    shipped: Mapped[int] = mapped_column(Long)
    expected: Mapped[int] = mapped_column(Long)
    """Authorised and not here yet."""
    returned: Mapped[int] = mapped_column(Long)

    __table_args__ = (
        CheckConstraint("shipped >= 0 AND expected >= 0 AND returned >= 0", name="quantities_not_negative"),
        CheckConstraint("expected + returned <= shipped", name="no_more_than_left"),
        STRICT,
    )


class ReturnOrderRow(Base):
    """A return (RMA): goods of one order that may come back to one location.

    `requested`: waits for a person. `received`: all that will come is here, a part of it not judged yet. `closed`: all is judged.
    """

    __tablename__ = "return_order"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"))
    number: Mapped[int] = mapped_column()
    """Counts the order's returns."""
    reference: Mapped[str] = mapped_column(Text, unique=True)
    """What buyers and partners know it by."""
    location_id: Mapped[str] = mapped_column(Text, ForeignKey("stock_location.id"))
    state: Mapped[str] = mapped_column(Text)
    wish: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    told_id: Mapped[str | None] = mapped_column(RowId, unique=True)
    """What it follows from: a channel's return or refund, or goods that a partner received unannounced; none: a person opened it."""
    exchange_order_id: Mapped[str | None] = mapped_column(RowId, ForeignKey("orders.id"), unique=True)
    """The order that sends the buyer something else instead."""
    problem: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        Index(
            "ix_return_order_open", "opened_at",
            sqlite_where=state.not_in(("closed", "cancelled")), postgresql_where=state.not_in(("closed", "cancelled")),
        ),
        one_of("state", ReturnOrderState),
        one_of("wish", ReturnWish),
        one_of("reason", ReturnReason),
        STRICT,
    )  # fmt: skip


class ReturnOrderLineRow(Base):
    """How much of one SKU for one order line may come back, is here, and was found to be what; thousandths."""

    __tablename__ = "return_order_line"

    return_order_id: Mapped[str] = mapped_column(RowId, ForeignKey("return_order.id"), primary_key=True)
    line_external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    wanted: Mapped[int] = mapped_column(Long)
    received: Mapped[int] = mapped_column(Long)
    sellable: Mapped[int] = mapped_column(Long)
    damaged: Mapped[int] = mapped_column(Long)
    """What is here and neither sellable nor damaged waits to be judged."""
    given_up: Mapped[int] = mapped_column(Long)
    """Will not come after all."""

    __table_args__ = (
        CheckConstraint("wanted > 0 AND received >= 0 AND given_up >= 0", name="quantities_not_negative"),
        CheckConstraint("sellable >= 0 AND damaged >= 0", name="judged_not_negative"),
        CheckConstraint("received + given_up <= wanted", name="no_more_than_wanted"),
        CheckConstraint("sellable + damaged <= received", name="judged_is_here"),
        STRICT,
    )
