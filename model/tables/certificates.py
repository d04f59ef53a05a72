"""What the hub signs about its own completeness, and how late its sources' changes are."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.rules.completeness import CertificateState
from model.tables.base import STRICT, Base, Day, Long, UtcInstant, one_of

Asked = Literal["listed", "read again"]


class CompletenessCertificateRow(Base):
    """That a channel's business day was compared with its source, and what came of it. A later number supersedes; triggers refuse change.

    Both sides' ids by hash and their sums by currency, what the sweep recovered and corrected, and by id what still differs.
    """

    __tablename__ = "completeness_certificate"

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 1, without a gap."""
    state: Mapped[str] = mapped_column(Text)
    asked: Mapped[str] = mapped_column(Text)
    """Whether the source listed the day, or can only be read again by the time of change."""
    zone: Mapped[str] = mapped_column(Text)
    cut_off: Mapped[str] = mapped_column(Text)
    source_count: Mapped[int] = mapped_column(Long)
    store_count: Mapped[int] = mapped_column(Long)
    source_ids: Mapped[str] = mapped_column(Text)
    """SHA-256 of the sorted ids."""
    store_ids: Mapped[str] = mapped_column(Text)
    source_sums: Mapped[str] = mapped_column(Text)
    """JSON: by currency gross, refunded (minor units) and the number of refunds."""
    store_sums: Mapped[str] = mapped_column(Text)
    recovered: Mapped[int] = mapped_column(Long)
    """Orders that were missing here before this sweep."""
    corrected: Mapped[int] = mapped_column(Long)
    """Orders that were here, otherwise than at the source."""
    differences: Mapped[str] = mapped_column(Text)
    """JSON: ids missing, set aside, unlisted and gone, and the figures that differ."""
    oddity: Mapped[str | None] = mapped_column(Text)
    """What is odd about the count beside its weekday's, in words."""
    run_id: Mapped[str] = mapped_column(Text, ForeignKey("pull_run.id"))
    signed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("state", CertificateState),
        one_of("asked", Asked),
        CheckConstraint("number > 0 AND recovered >= 0 AND corrected >= 0", name="counts_not_negative"),
        CheckConstraint(
            "state <> 'complete' OR (source_ids = store_ids AND source_count = store_count AND source_sums = store_sums)",
            name="complete_means_equal",
        ),
        STRICT,
    )


class StreamLatenessRow(Base):
    """How many changes of a stream were seen so late on a day, and how late the latest of them was."""

    __tablename__ = "stream_lateness"

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    bucket_s: Mapped[int] = mapped_column(Long, primary_key=True)
    count: Mapped[int] = mapped_column(Long)
    longest_s: Mapped[int] = mapped_column(Long)

    __table_args__ = (STRICT,)
