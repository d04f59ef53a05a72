"""The books: versions of posting rules, periods with their counters, vouchers with their lines, and which fact each voucher tells of."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from model.records.voucher import VoucherState
from model.tables.base import STRICT, Base, Day, Long, RowId, UtcInstant, one_of

RuleSetState = Literal["proposed", "approved", "rejected"]
PeriodState = Literal["open", "closed"]


class PostingRuleSetRow(Base):
    """One version of an entity's posting rules: made by one person, approved by another, in force from a day on."""

    __tablename__ = "posting_rule_set"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    """A hash of entity, day and content."""
    entity_id: Mapped[str] = mapped_column(Text)
    effective_from: Mapped[date] = mapped_column(Day)
    body: Mapped[str] = mapped_column(Text)
    """The rules as TOML, whole."""
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    maker_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    checker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("state", RuleSetState),
        CheckConstraint("state <> 'approved' OR checker_id IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint("state <> 'approved' OR checker_id <> maker_id", name="two_people"),
        CheckConstraint("(checker_id IS NULL) = (checked_at IS NULL)", name="checked_at_a_time"),
        Index(None, "entity_id", "effective_from"),
        STRICT,
    )


class AccountingPeriodRow(Base):
    """A month of an entity's books. `last_number` counts its vouchers in the transaction that posts them, so there are no gaps."""

    __tablename__ = "accounting_period"

    entity_id: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    """`2026-01`."""
    state: Mapped[str] = mapped_column(Text)
    last_number: Mapped[int] = mapped_column(Long)
    wish: Mapped[str | None] = mapped_column(Text)
    """`reopen`, while one person asks for it and nobody has agreed."""
    maker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    checker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("state", PeriodState),
        CheckConstraint("last_number >= 0", name="last_number_not_negative"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_people"),
        STRICT,
    )


class VoucherRow(Base):
    """A double entry. Triggers let it be posted only balanced and into an open period, and refuse every change of a posted one."""

    __tablename__ = "voucher"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    entity_id: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    number: Mapped[int | None] = mapped_column(Long)
    """Given in the transaction that posts it."""
    state: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    """What kind of row it tells of: `settlement_line`, `payout`, …; `voucher` for a reversal, `person` for one made by hand."""
    source_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Long)
    """1, and one more each time the fact changed what it comes to."""
    rule_set: Mapped[str] = mapped_column(Text)
    account_id: Mapped[str | None] = mapped_column(Text)
    """The channel, processor or bank account it comes from."""
    posted_on: Mapped[date] = mapped_column(Day)
    happened_on: Mapped[date] = mapped_column(Day)
    base_currency: Mapped[str] = mapped_column(Text)
    memo: Mapped[str] = mapped_column(Text)
    reverses_id: Mapped[str | None] = mapped_column(RowId, ForeignKey("voucher.id"), unique=True)
    maker_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    checker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    posted_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("source_id", "event", "source", "version", "rule_set", "entity_id"),
        UniqueConstraint("period", "number", "entity_id"),
        one_of("state", VoucherState),
        CheckConstraint("state = 'draft' OR checker_id IS NOT NULL", name="checked_before_posted"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_people"),
        CheckConstraint("state <> 'posted' OR number IS NOT NULL", name="posted_with_a_number"),
        CheckConstraint("(state = 'posted') = (posted_at IS NOT NULL)", name="posted_at_a_time"),
        Index(None, "posted_on"),
        STRICT,
    )


class VoucherLineRow(Base):
    """One line: a debit is positive. They sum to nothing in each currency, and so do their amounts in the functional currency."""

    __tablename__ = "voucher_line"

    voucher_id: Mapped[str] = mapped_column(RowId, ForeignKey("voucher.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    base_minor: Mapped[int] = mapped_column(Long)
    tax_code: Mapped[str | None] = mapped_column(Text)
    dimensions: Mapped[str] = mapped_column(Text)
    """A JSON object, its names in order."""
    memo: Mapped[str] = mapped_column(Text)

    __table_args__ = (STRICT,)


class BookedFactRow(Base):
    """The voucher that tells of a fact now, and the reading of the fact it was made from."""

    __tablename__ = "booked_fact"

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    source_id: Mapped[str] = mapped_column(RowId, primary_key=True)
    voucher_id: Mapped[str | None] = mapped_column(RowId, ForeignKey("voucher.id"))
    """None: it comes to nothing in the books."""
    version: Mapped[int] = mapped_column(Long)
    read: Mapped[int] = mapped_column(Long)
    """The reading (`fetch_seq`) of the fact; -1: it comes again, as the summary that told of it is taken back."""
    group_id: Mapped[str | None] = mapped_column(RowId)
    """Of what a summary tells of an order: the order."""
    share: Mapped[str | None] = mapped_column(Text)
    """Of what a summary tells of: a hash of what it came to there."""
    happened_on: Mapped[date | None] = mapped_column(Day)
    """Of what a summary tells of, or told of: the day."""

    __table_args__ = (Index(None, "voucher_id"), STRICT)


class ExchangeRateRow(Base):
    """What one unit of a currency is worth in a functional currency on a day."""

    __tablename__ = "exchange_rate"

    base: Mapped[str] = mapped_column(Text, primary_key=True)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Day, primary_key=True)
    rate: Mapped[str] = mapped_column(Text)
    """A decimal number."""
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    told_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (STRICT,)
