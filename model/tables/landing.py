"""What came, as it came: sealed raw payloads, and the quarantine of those that could not be used."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Blob, Long, RowId, UtcInstant, one_of

DISPOSITIONS = ("current", "superseded", "quarantined")
QUARANTINE_STATES = ("open", "resolved")


class RawPayloadRow(Base):
    """One payload, named by a keyed hash of account, kind and the bytes that came; the same bytes are landed once.

    `disposition` keeps the books balanced: every landed payload is what its record now shows, was overtaken, or is set aside.
    """

    __tablename__ = "raw_payload"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    kind: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    disposition: Mapped[str] = mapped_column(Text)
    mapping_version: Mapped[str] = mapped_column(Text)
    fetched_at: Mapped[datetime] = mapped_column(UtcInstant)
    run_id: Mapped[str] = mapped_column(Text)
    cards_scrubbed: Mapped[int] = mapped_column()
    """How many card numbers were blotted out before landing."""
    size: Mapped[int] = mapped_column(Long)
    body: Mapped[bytes] = mapped_column(Blob)
    key_id: Mapped[str] = mapped_column(Text, ForeignKey("data_key.id"))

    __table_args__ = (one_of("disposition", DISPOSITIONS), STRICT)


class QuarantineRow(Base):
    """A payload set aside: why, since when, from which window, and how it ended."""

    __tablename__ = "quarantine"

    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    stream: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    mapping_version: Mapped[str] = mapped_column(Text)
    window_start: Mapped[datetime | None] = mapped_column(UtcInstant)
    window_end: Mapped[datetime | None] = mapped_column(UtcInstant)
    attempts: Mapped[int] = mapped_column()
    first_seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    last_seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    state: Mapped[str] = mapped_column(Text)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    resolution: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (one_of("state", QUARANTINE_STATES), Index(None, "state", "account_id"), STRICT)
