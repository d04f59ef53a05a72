"""What the hub decided about orders: reviews, amendments, and what each line is worth in our own SKUs. Pulls never write here."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Blob, Long, RowId, UtcInstant, one_of

ReviewKind = Literal["rules", "approve", "reject", "amend"]
ReviewOutcome = Literal["approved", "held", "rejected", "cancelled"]


class OrderReviewRow(Base):
    """One decision about an order: by whom or by which version of the rules, with every reason; triggers refuse update and delete."""

    __tablename__ = "order_review"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    kind: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    fetch_seq: Mapped[int] = mapped_column(Long)
    """The reading of the order that was decided upon."""
    rules_hash: Mapped[str] = mapped_column(RowId, ForeignKey("config_version.hash"))
    reasons: Mapped[str] = mapped_column(Text)
    """A JSON array of {rule, version, says, operands}; personal data is never among the operands."""
    note: Mapped[str | None] = mapped_column(Text)
    """Why a person decided so."""
    basis: Mapped[str] = mapped_column(Text)
    """What was decided upon, as JSON: lines with listing, quantity and total; the order's total; hash of the address; the amendment."""

    __table_args__ = (one_of("kind", ReviewKind), one_of("outcome", ReviewOutcome), STRICT)


class OrderAmendmentRow(Base):
    """What a person corrected in an order: the whole correction in force, sealed, as it may name people; the newest counts."""

    __tablename__ = "order_amendment"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    reason: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(Blob)
    key_id: Mapped[str] = mapped_column(Text, ForeignKey("data_key.id"))

    __table_args__ = (STRICT,)


class OrderDistinctRow(Base):
    """That a person said of two orders that they are two, though they look like one; triggers refuse update and delete."""

    __tablename__ = "order_distinct"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    """The greater of the two ids."""
    reason: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (Index(None, "other_id"), CheckConstraint("order_id < other_id", name="pair_in_order"), STRICT)


class OrderLineStateRow(Base):
    """One order line in our own terms: which SKU, how much of it was approved, and how much has left."""

    __tablename__ = "order_line_state"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    line_external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str | None] = mapped_column(Text)
    """None while the line maps to nothing."""
    listing_id: Mapped[str | None] = mapped_column(RowId)
    """The listing it was sold through; derived, so it may be known before the listing was read."""
    sold: Mapped[int] = mapped_column(Long)
    """Thousandths of listed units that were taken off what the channel may still sell."""
    approved: Mapped[int] = mapped_column(Long)
    """Thousandths of the SKU that may leave; nothing leaves above it."""
    released: Mapped[int] = mapped_column(Long)
    """Thousandths of the SKU that somebody was asked to ship, or that left without being asked for; what was called back is off."""
    issued: Mapped[int] = mapped_column(Long)
    """Thousandths of the SKU that left."""
    returned: Mapped[int] = mapped_column(Long)
    """Thousandths of the SKU that came back."""
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index("ix_order_line_state_unmapped", "order_id", sqlite_where=sku.is_(None), postgresql_where=sku.is_(None)),
        CheckConstraint("approved >= 0 AND issued >= 0 AND sold >= 0", name="quantities_not_negative"),
        CheckConstraint("returned >= 0 AND returned <= issued", name="returned_left"),
        CheckConstraint("issued <= released AND released <= approved", name="left_as_approved"),
        STRICT,
    )
