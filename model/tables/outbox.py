"""Commands on their way to remotes: written with the decision that caused them, sent behind its commit, never guessed about."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Blob, Flag, Long, RowId, UtcInstant, one_of

OutboxOperation = Literal[
    "submit_shipment", "submit_cancel", "submit_shipment_notice", "submit_label", "submit_acknowledgement", "submit_voucher", "submit_reply"
]
OutboxState = Literal["pending", "sending", "unknown", "probing", "done", "parked", "withdrawn"]


class OutboxRow(Base):
    """One intended effect. The body never changes; only the state and what is known of the effect do.

    `pending` waits to be sent, also again; `sending` has left or is about to; `unknown` may have taken effect; `probing` is being looked
    for; `done` was acknowledged; `parked` was refused or cannot be resolved by a machine (a dead letter); `withdrawn` was called off.
    """

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    """The idempotency key: derived from entity, connector, account, operation, business key and revision."""
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    operation: Mapped[str] = mapped_column(Text)
    aggregate: Mapped[str] = mapped_column(Text)
    """What its commands are in order for: later ones wait for earlier ones."""
    seq: Mapped[int] = mapped_column()
    subject_id: Mapped[str] = mapped_column(RowId)
    """The fulfilment order, shipment or voucher it is about."""
    reference: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(Blob)
    key_id: Mapped[str] = mapped_column(Text, ForeignKey("data_key.id"))
    state: Mapped[str] = mapped_column(Text)
    is_probed_first: Mapped[bool] = mapped_column(Flag)
    """Made while an earlier copy of this store may have sent it already: it is looked for before it is sent."""
    is_unsure: Mapped[bool] = mapped_column(Flag)
    """Parked without anybody knowing whether it took effect."""
    due_at: Mapped[datetime] = mapped_column(UtcInstant)
    attempts: Mapped[int] = mapped_column()
    misses: Mapped[int] = mapped_column()
    """Searches in a row that did not find it."""
    token: Mapped[int] = mapped_column(Long)
    """Counts the claims; an answer is only written under the claim it belongs to."""
    holder: Mapped[str | None] = mapped_column(Text)
    expires_at_ms: Mapped[int] = mapped_column(Long)
    """When the claim is over, in milliseconds by the database's clock."""
    problem: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    """What the remote names its effect by."""
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    sent_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    """When it was sent first."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("aggregate", "seq"),
        CheckConstraint("state <> 'done' OR external_id IS NOT NULL", name="done_has_a_receipt"),
        Index(
            "ix_outbox_open",
            "due_at",
            sqlite_where=state.not_in(("done", "parked", "withdrawn")),
            postgresql_where=state.not_in(("done", "parked", "withdrawn")),
        ),
        Index("ix_outbox_parked", "settled_at", sqlite_where=state == "parked", postgresql_where=state == "parked"),
        Index(None, "subject_id"),
        Index(None, "sent_at", "account_id"),
        one_of("operation", OutboxOperation),
        one_of("state", OutboxState),
        CheckConstraint("(state IN ('sending', 'probing')) = (holder IS NOT NULL)", name="claimed_by_somebody"),
        CheckConstraint("(state IN ('done', 'parked', 'withdrawn')) = (settled_at IS NOT NULL)", name="settled_or_open"),
        CheckConstraint("state <> 'sending' OR sent_at IS NOT NULL", name="sent_is_dated"),
        STRICT,
    )


class OutboxGateRow(Base):
    """Whether anything leaves at all; a hub restored from a copy starts shut, as the copy may be older than what was sent."""

    __tablename__ = "outbox_gate"

    id: Mapped[int] = mapped_column(primary_key=True)
    """Always 1."""
    is_shut: Mapped[bool] = mapped_column(Flag)
    reason: Mapped[str | None] = mapped_column(Text)
    probe_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    """What is decided until then is looked for before it is sent: the lost part of the store may have sent it."""
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("id = 1", name="only_one"), STRICT)
