"""What processors tell: the lines of our balance, payouts, disputes, and the accounts they give of a period. Pulls write these."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.records.settlement import DisputeStatus, FeeKind, LineKind, PayoutStatus
from model.tables.base import STRICT, Base, Day, Flag, Long, RowId, UtcInstant, one_of


class PayoutRow(Base):
    """One transfer between a processor and our bank; negative where the processor takes money back."""

    __tablename__ = "payout"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    currency: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    business_on: Mapped[date] = mapped_column(Day)
    arrival_on: Mapped[date | None] = mapped_column(Day)
    is_itemised: Mapped[bool] = mapped_column(Flag)
    reference: Mapped[str | None] = mapped_column(Text)
    fee_minor: Mapped[int] = mapped_column(Long)
    source_version: Mapped[int] = mapped_column(Long)
    fetch_seq: Mapped[int] = mapped_column(Long)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (Index(None, "business_on"), one_of("status", PayoutStatus), STRICT)


class SettlementRow(Base):
    """A processor's account of a period, as a file told it."""

    __tablename__ = "settlement"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    closed_at: Mapped[datetime] = mapped_column(UtcInstant)
    total_minor: Mapped[int] = mapped_column(Long)
    """What its lines sum to."""
    opening_minor: Mapped[int | None] = mapped_column(Long)
    closing_minor: Mapped[int | None] = mapped_column(Long)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (
        CheckConstraint("opening_minor IS NULL OR opening_minor + total_minor = closing_minor", name="balances"),
        CheckConstraint("(opening_minor IS NULL) = (closing_minor IS NULL)", name="balances_both"),
        STRICT,
    )


class SettlementLineRow(Base):
    """One movement of our balance with a processor; signed from our side."""

    __tablename__ = "settlement_line"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    raw_kind: Mapped[str] = mapped_column(Text)
    gross_minor: Mapped[int] = mapped_column(Long)
    fees_minor: Mapped[int] = mapped_column(Long)
    net_minor: Mapped[int] = mapped_column(Long)
    currency: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(UtcInstant)
    business_on: Mapped[date] = mapped_column(Day)
    available_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    payout_id: Mapped[str | None] = mapped_column(RowId)
    """Derived from the payout's external id: a line may be read before its payout."""
    payment_reference: Mapped[str | None] = mapped_column(Text)
    other_reference: Mapped[str | None] = mapped_column(Text)
    source_reference: Mapped[str | None] = mapped_column(Text)
    order_reference: Mapped[str | None] = mapped_column(Text)
    presented_minor: Mapped[int | None] = mapped_column(Long)
    presented_currency: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    settlement_id: Mapped[str | None] = mapped_column(RowId)
    """The account of a period that told it; none where it was read on its own."""
    source_version: Mapped[int] = mapped_column(Long)
    fetch_seq: Mapped[int] = mapped_column(Long)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (
        CheckConstraint("net_minor = gross_minor - fees_minor", name="net_is_gross_less_fees"),
        CheckConstraint("(presented_minor IS NULL) = (presented_currency IS NULL)", name="presented_whole"),
        one_of("kind", LineKind),
        Index(None, "business_on"),
        Index(None, "payout_id"),
        Index(None, "payment_reference"),
        STRICT,
    )


class SettlementFeeRow(Base):
    """What a processor kept of one line, by kind."""

    __tablename__ = "settlement_fee"

    line_id: Mapped[str] = mapped_column(RowId, ForeignKey("settlement_line.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    amount_minor: Mapped[int] = mapped_column(Long)

    __table_args__ = (one_of("kind", FeeKind), STRICT)


class DisputeRow(Base):
    """A buyer's bank asks for money back."""

    __tablename__ = "dispute"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(Text)
    payment_reference: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    currency: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)
    updated_at: Mapped[datetime] = mapped_column(UtcInstant)
    reason: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    source_version: Mapped[int] = mapped_column(Long)
    fetch_seq: Mapped[int] = mapped_column(Long)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (Index(None, "payment_reference"), one_of("status", DisputeStatus), STRICT)
