"""Where each stream stands, who is reading it, and what each run did."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Long, RowId, UtcInstant, one_of

OUTCOMES = ("running", "done", "failed", "skipped")


class ChannelAccountRow(Base):
    """A channel account of hub.toml as the hub first met it; the fingerprint tells whether two accounts are one shop."""

    __tablename__ = "channel_account"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    connector: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str | None] = mapped_column(Text, unique=True)
    first_seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    paused_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    pause_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (STRICT,)


class StreamCursorRow(Base):
    """Where a stream resumes. `scope` is empty for the stream's own cursor and names the window for a rerun, which never moves it.

    Everything up to `read_until` has been read. A window in progress has its start, end and the opaque token of the last saved page.
    """

    __tablename__ = "stream_cursor"

    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    read_until: Mapped[datetime] = mapped_column(UtcInstant)
    window_start: Mapped[datetime | None] = mapped_column(UtcInstant)
    window_end: Mapped[datetime | None] = mapped_column(UtcInstant)
    page_token: Mapped[str | None] = mapped_column(Text)
    fence: Mapped[int] = mapped_column(Long)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("(window_start IS NULL) = (window_end IS NULL)", name="window_whole"), STRICT)


class LeaseRow(Base):
    """Who may write a resource now. The token grows with every take-over, so a holder that slept past its time is refused."""

    __tablename__ = "lease"

    resource: Mapped[str] = mapped_column(Text, primary_key=True)
    holder: Mapped[str] = mapped_column(Text)
    token: Mapped[int] = mapped_column(Long)
    expires_at_ms: Mapped[int] = mapped_column(Long)
    """Milliseconds since 1970 by the database's clock; 0 when released."""

    __table_args__ = (STRICT,)


class PullRunRow(Base):
    """One reading of one stream and what came of it."""

    __tablename__ = "pull_run"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    stream: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcInstant)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    outcome: Mapped[str] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    new: Mapped[int] = mapped_column(Long)
    changed: Mapped[int] = mapped_column(Long)
    unchanged: Mapped[int] = mapped_column(Long)
    superseded: Mapped[int] = mapped_column(Long)
    quarantined: Mapped[int] = mapped_column(Long)
    pages: Mapped[int] = mapped_column(Long)
    config_hash: Mapped[str | None] = mapped_column(RowId)

    __table_args__ = (one_of("outcome", OUTCOMES), Index(None, "started_at"), STRICT)


class ConfigVersionRow(Base):
    """A version of hub.toml that was in force, by hash, so that runs can cite it. It holds references to secrets, never secrets."""

    __tablename__ = "config_version"

    hash: Mapped[str] = mapped_column(RowId, primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    first_used_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (STRICT,)
