"""What the hub decided about money: matches, lines set apart by rule, breaks, and who signed for a day."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.records.breaks import BreakKind
from model.tables.base import STRICT, Base, Day, Long, RowId, UtcInstant, one_of

Level = Literal["payment", "bank"]
"""`payment`: payments and refunds against settlement lines. `bank`: payouts against bank lines."""
Side = Literal["left", "right"]
Shape = Literal["one_to_one", "many_to_one", "one_to_many"]
RunOutcome = Literal["running", "done", "failed"]
BreakState = Literal["open", "proposed", "resolved"]


class ReconciliationRunRow(Base):
    """One matching of an account over a period, and what came of it."""

    __tablename__ = "reconciliation_run"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    level: Mapped[str] = mapped_column(Text)
    since: Mapped[date] = mapped_column(Day)
    until: Mapped[date] = mapped_column(Day)
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    started_at: Mapped[datetime] = mapped_column(UtcInstant)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    outcome: Mapped[str] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    counts: Mapped[str] = mapped_column(Text)
    """JSON: lines on each side, matched by pass, left over."""
    config_hash: Mapped[str | None] = mapped_column(RowId)

    __table_args__ = (one_of("level", Level), one_of("outcome", RunOutcome), Index(None, "started_at"), STRICT)


class MoneyMatchRow(Base):
    """Lines of both sides that explain each other, with the evidence. Its id is made of its members, so deciding again is the same."""

    __tablename__ = "money_match"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    level: Mapped[str] = mapped_column(Text)
    pass_name: Mapped[str] = mapped_column(Text)
    """`person` where somebody decided it."""
    shape: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    left_minor: Mapped[int] = mapped_column(Long)
    right_minor: Mapped[int] = mapped_column(Long)
    matched_on: Mapped[date] = mapped_column(Day)
    """The latest business day among its lines."""
    evidence: Mapped[str] = mapped_column(Text)
    """JSON: the keys that agreed, days between, what was refused."""
    run_id: Mapped[str | None] = mapped_column(Text, ForeignKey("reconciliation_run.id"))
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    matched_at: Mapped[datetime] = mapped_column(UtcInstant)
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        one_of("level", Level),
        one_of("shape", Shape),
        CheckConstraint("(pass_name = 'person') = (reason IS NOT NULL)", name="people_give_a_reason"),
        CheckConstraint("pass_name = 'person' OR left_minor = right_minor", name="passes_match_to_the_unit"),
        Index(None, "matched_on"),
        STRICT,
    )


class MoneyMatchMemberRow(Base):
    """A line that is used by a match. The key lets a line be used once."""

    __tablename__ = "money_match_member"

    level: Mapped[str] = mapped_column(Text, primary_key=True)
    side: Mapped[str] = mapped_column(Text, primary_key=True)
    line_id: Mapped[str] = mapped_column(RowId, primary_key=True)
    match_id: Mapped[str] = mapped_column(RowId, ForeignKey("money_match.id"))

    __table_args__ = (one_of("level", Level), one_of("side", ("left", "right")), Index(None, "match_id"), STRICT)


class MoneyIgnoredRow(Base):
    """A bank line that a rule of rules/reconciliation.toml sets apart: rent, wages, what is no payout."""

    __tablename__ = "money_ignored"

    line_id: Mapped[str] = mapped_column(RowId, ForeignKey("statement_line.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    rule: Mapped[str] = mapped_column(Text)
    rules_hash: Mapped[str] = mapped_column(RowId)
    at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (STRICT,)


class MoneyBreakRow(Base):
    """A line or difference left unexplained. Its id is made of kind and subject: it is found again, not found anew."""

    __tablename__ = "money_break"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[str] = mapped_column(RowId)
    """Row id of the line, payout, payment, refund or order it is about."""
    subject_name: Mapped[str] = mapped_column(Text)
    """What people call it: the provider's or our own number."""
    business_on: Mapped[date] = mapped_column(Day)
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    """At risk; signed from our side."""
    evidence: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str | None] = mapped_column(Text)
    first_seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    last_seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    resolution: Mapped[str | None] = mapped_column(Text)
    maker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    made_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    checker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("kind", BreakKind),
        one_of("state", BreakState),
        CheckConstraint("maker_id <> checker_id", name="two_people"),
        CheckConstraint("(state = 'open') = (resolution IS NULL)", name="resolved_for_a_reason"),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_at_a_time"),
        CheckConstraint("state <> 'proposed' OR maker_id IS NOT NULL", name="proposed_by_somebody"),
        Index("ix_money_break_open", "business_on", sqlite_where=state != "resolved", postgresql_where=state != "resolved"),
        Index(None, "subject_id"),
        STRICT,
    )


class SignOffRow(Base):
    """That somebody signed for an account's business day, and that another person checked it."""

    __tablename__ = "sign_off"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    business_on: Mapped[date] = mapped_column(Day)
    totals: Mapped[str] = mapped_column(Text)
    """JSON: what was signed for, by level and named remainder."""
    totals_hash: Mapped[str] = mapped_column(RowId)
    maker_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    checker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    withdrawn_by: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was withdrawn."""

    __table_args__ = (
        CheckConstraint("maker_id <> checker_id", name="two_people"),
        CheckConstraint("(checker_id IS NULL) = (checked_at IS NULL)", name="checked_at_a_time"),
        CheckConstraint("(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name="withdrawn_at_a_time"),
        CheckConstraint("(withdrawn_at IS NULL) = (reason IS NULL)", name="withdrawn_for_a_reason"),
        Index(
            "uq_sign_off_standing", "business_on", "account_id", unique=True,
            sqlite_where=withdrawn_at.is_(None), postgresql_where=withdrawn_at.is_(None),
        ),
        STRICT,
    )  # fmt: skip


class MoneyReminderRow(Base):
    """That a person was told of something that waits for them; one message per subject and day."""

    __tablename__ = "money_reminder"

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[str] = mapped_column(Text, primary_key=True)
    told_on: Mapped[date] = mapped_column(Day, primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (STRICT,)
