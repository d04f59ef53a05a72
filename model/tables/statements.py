"""What banks tell: statements and their lines; and which files of processors and banks were read."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Blob, Day, Long, RowId, UtcInstant, one_of

FileState = Literal["read", "refused"]


class MoneyFileRow(Base):
    """A file of a processor or bank, by what is in it: the same file under another name is the same file."""

    __tablename__ = "money_file"

    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    name: Mapped[str] = mapped_column(Text)
    modified_s: Mapped[int] = mapped_column(Long)
    size: Mapped[int] = mapped_column(Long)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was refused: place, reason and mend."""
    lines: Mapped[int] = mapped_column(Long)
    known_lines: Mapped[int] = mapped_column(Long)
    """How many of its lines an earlier file had told already."""
    mapping_version: Mapped[str] = mapped_column(Text)
    read_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("state", FileState),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="refused_for_a_reason"),
        Index(None, "name", "modified_s"),
        STRICT,
    )


class BankStatementRow(Base):
    """One of our bank accounts over a period."""

    __tablename__ = "bank_statement"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(Text)
    bank_account: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    opened_on: Mapped[date] = mapped_column(Day)
    closed_on: Mapped[date] = mapped_column(Day)
    opening_minor: Mapped[int | None] = mapped_column(Long)
    closing_minor: Mapped[int | None] = mapped_column(Long)
    sequence: Mapped[str | None] = mapped_column(Text)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))

    __table_args__ = (CheckConstraint("(opening_minor IS NULL) = (closing_minor IS NULL)", name="balances_both"), STRICT)


class StatementLineRow(Base):
    """One booked movement on our bank account; positive is money that came. What may name a person is sealed."""

    __tablename__ = "statement_line"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    statement_id: Mapped[str] = mapped_column(RowId, ForeignKey("bank_statement.id"))
    external_id: Mapped[str] = mapped_column(Text)
    booked_on: Mapped[date] = mapped_column(Day)
    value_on: Mapped[date | None] = mapped_column(Day)
    amount_minor: Mapped[int] = mapped_column(Long)
    currency: Mapped[str] = mapped_column(Text)
    fee_minor: Mapped[int] = mapped_column(Long)
    raw_kind: Mapped[str | None] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)
    bank_reference: Mapped[str | None] = mapped_column(Text)
    words: Mapped[bytes] = mapped_column(Blob)
    """Counterparty, its account and the bank's text as sealed JSON."""
    key_id: Mapped[str] = mapped_column(Text, ForeignKey("data_key.id"))

    __table_args__ = (Index(None, "booked_on"), STRICT)
