"""What people said of matches that are wrong: proposed, refused, or kept after all. Rows are added and never changed."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Day, Long, RowId, UtcInstant, one_of
from model.tables.reconciliations import Level, Shape

RefusalStep = Literal["proposed", "refused", "rejected"]
"""`refused`: the match was taken back, and no pass makes it again. `rejected`: the proposal was, and the match stays."""


class MoneyRefusalRow(Base):
    """One step of taking a match back, with the match as it stood: its own rows are gone afterwards, so that its lines are free."""

    __tablename__ = "money_refusal"

    match_id: Mapped[str] = mapped_column(RowId, primary_key=True)
    """Made of the match's members, so the same match made again is known."""
    seq: Mapped[int] = mapped_column(Long, primary_key=True)
    """Counts the steps of one match from 1; the key lets only one person take each."""
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    level: Mapped[str] = mapped_column(Text)
    step: Mapped[str] = mapped_column(Text)
    pass_name: Mapped[str] = mapped_column(Text)
    shape: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    left_minor: Mapped[int] = mapped_column(Long)
    right_minor: Mapped[int] = mapped_column(Long)
    matched_on: Mapped[date] = mapped_column(Day)
    evidence: Mapped[str] = mapped_column(Text)
    lines: Mapped[str] = mapped_column(Text)
    """JSON: the row ids of its members under `left` and `right`."""
    matched_by: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    matched_at: Mapped[datetime] = mapped_column(UtcInstant)
    matched_for: Mapped[str | None] = mapped_column(Text)
    """The reason of a match by hand."""
    reason: Mapped[str] = mapped_column(Text)
    """Why it is wrong; of a rejected proposal, why it is not."""
    maker_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    checker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("level", Level),
        one_of("step", RefusalStep),
        one_of("shape", Shape),
        CheckConstraint("step = 'rejected' OR maker_id <> checker_id", name="two_people"),
        CheckConstraint("(checker_id IS NULL) = (checked_at IS NULL)", name="checked_at_a_time"),
        CheckConstraint("step <> 'proposed' OR checker_id IS NULL", name="proposed_before_checked"),
        CheckConstraint("step <> 'rejected' OR checker_id IS NOT NULL", name="rejected_by_somebody"),
        Index(None, "account_id", "level"),
        STRICT,
    )
