"""Payments and refunds as channels tell them. They may arrive before their order, so the order id is derived, not a foreign key."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.records.payment import MoneyStatus, PaymentKind, Restock
from model.tables.base import STRICT, Base, Flag, Long, RowId, UtcInstant, one_of


def in_shop() -> CheckConstraint:
    """An amount in the shop's currency has its currency beside it."""
    return CheckConstraint("(shop_minor IS NULL) = (shop_currency IS NULL)", name="shop_amount_has_a_currency")


class PaymentRow(Base):
    """Money a buyer gave, promised or was released from."""

    __tablename__ = "payment"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    order_id: Mapped[str] = mapped_column(RowId)
    external_id: Mapped[str] = mapped_column(Text)
    order_external_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    currency: Mapped[str] = mapped_column(Text)
    shop_minor: Mapped[int | None] = mapped_column(Long)
    """The same money in the shop's currency, where the channel says it and the two differ."""
    shop_currency: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    updated_at: Mapped[datetime] = mapped_column(UtcInstant)
    gateway: Mapped[str | None] = mapped_column(Text)
    method: Mapped[str | None] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)
    parent_external_id: Mapped[str | None] = mapped_column(Text)
    tip_minor: Mapped[int] = mapped_column(Long)
    is_test: Mapped[bool] = mapped_column(Flag)
    removed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    source_version: Mapped[int] = mapped_column(Long)
    fetch_seq: Mapped[int] = mapped_column(Long)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (Index(None, "order_id"), in_shop(), one_of("kind", PaymentKind), one_of("status", MoneyStatus), STRICT)


class RefundRow(Base):
    """Money going back to a buyer, as a positive amount."""

    __tablename__ = "refund"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    order_id: Mapped[str] = mapped_column(RowId)
    external_id: Mapped[str] = mapped_column(Text)
    order_external_id: Mapped[str] = mapped_column(Text)
    payment_external_id: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    shipping_minor: Mapped[int] = mapped_column(Long)
    currency: Mapped[str] = mapped_column(Text)
    shop_minor: Mapped[int | None] = mapped_column(Long)
    """The same money in the shop's currency, where the channel says it and the two differ."""
    shop_currency: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    reason: Mapped[str | None] = mapped_column(Text)
    is_outline: Mapped[bool] = mapped_column(Flag)
    """Only its sum is known, from its order; its lines are told by the refund itself."""
    removed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))
    """The order or return that tells it; its own payload while none does."""
    source_version: Mapped[int] = mapped_column(Long)
    """Of its own payload; 0 where it was not read on its own."""
    fetch_seq: Mapped[int] = mapped_column(Long)
    own_raw_id: Mapped[str | None] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (
        Index(None, "order_id"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        in_shop(),
        one_of("status", MoneyStatus),
        STRICT,
    )


class RefundLineRow(Base):
    """What a refund says about one order line."""

    __tablename__ = "refund_line"

    refund_id: Mapped[str] = mapped_column(RowId, ForeignKey("refund.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(RowId)
    line_external_id: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(Long)
    amount_minor: Mapped[int] = mapped_column(Long)
    tax_minor: Mapped[int] = mapped_column(Long)
    restock: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "order_id"), one_of("restock", Restock), STRICT)
