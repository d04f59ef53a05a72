"""Who did what: actors, the append-only chained audit trail, and the keys that seal what is personal."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Blob, Long, UtcInstant


class ActorRow(Base):
    """A person or process that acts; named in `[[people]]` of hub.toml, or the operating system's user."""

    __tablename__ = "actor"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    first_seen_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (STRICT,)


class AuditEventRow(Base):
    """One thing done. Each row carries the hash of the one before; triggers refuse update and delete."""

    __tablename__ = "audit_event"

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(Long, primary_key=True)
    at: Mapped[str] = mapped_column(Text)
    """ISO text in UTC with microseconds: part of what is hashed, so kept to the letter."""
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text)
    """Canonical JSON without secrets or personal data."""
    prev_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("scope", "prev_hash"), STRICT)


class ChainHeadRow(Base):
    """The end of a chain; locked first by every append, so the chain cannot fork."""

    __tablename__ = "chain_head"

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(Long)
    hash: Mapped[str] = mapped_column(Text)

    __table_args__ = (STRICT,)


class DataKeyRow(Base):
    """A data key per account and month, wrapped under the master key; emptying `wrapped` erases all that it sealed."""

    __tablename__ = "data_key"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    """`<account>/<yyyy-mm>`."""
    wrapped: Mapped[bytes] = mapped_column(Blob)
    master_id: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (STRICT,)
