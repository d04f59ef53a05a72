"""What every channel shall show, what it was told, and what it showed when asked."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Flag, Long, RowId, UtcInstant, one_of

PublishState = Literal["settled", "due", "sending", "unknown", "parked"]


class StockTouchRow(Base):
    """A SKU whose availability may have changed since it was last computed; written in the transaction that changed it."""

    __tablename__ = "stock_touch"

    sku: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Long)

    __table_args__ = (STRICT,)


class AvailabilityPolicyRow(Base):
    """How a channel sold from stock when all its listings were last computed; another way makes all of them due to be computed again."""

    __tablename__ = "availability_policy"

    account_id: Mapped[str] = mapped_column(Text, primary_key=True)
    policy: Mapped[str | None] = mapped_column(Text)
    """As JSON; none before the first time."""
    computed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (STRICT,)


class ShownStockRow(Base):
    """One listing's quantity as it shall be (with the operands of DOMAIN's formula), as it was sent, and as it was seen.

    Quantities of stock are thousandths of the SKU's unit; `desired`, `sent` and `seen` are whole listed units.
    """

    __tablename__ = "shown_stock"

    listing_id: Mapped[str] = mapped_column(RowId, ForeignKey("listing.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Text)
    """The listing's own, which has the foreign key: a second one would be checked row by row again."""
    sku: Mapped[str] = mapped_column(Text)
    desired: Mapped[int] = mapped_column(Long)
    on_hand: Mapped[int] = mapped_column(Long)
    held_back: Mapped[int] = mapped_column(Long)
    """Damaged and waiting for quality control."""
    reserved: Mapped[int] = mapped_column(Long)
    unrouted: Mapped[int] = mapped_column(Long)
    inbound: Mapped[int] = mapped_column(Long)
    base: Mapped[int] = mapped_column(Long)
    scarcest: Mapped[str | None] = mapped_column(Text)
    """Of a kit: the part that limits it, whose quantities stand in the operands."""
    per_unit: Mapped[int] = mapped_column(Long)
    """Thousandths of the SKU (of a kit: of the scarcest part) in one listed unit."""
    share: Mapped[int] = mapped_column(Long)
    """Thousandths of the base that this channel may sell."""
    safety: Mapped[int] = mapped_column(Long)
    end_when: Mapped[int] = mapped_column(Long)
    max_listed: Mapped[int | None] = mapped_column(Long)
    version: Mapped[int] = mapped_column(Long)
    """Counts the changes of `desired`."""
    computed_at: Mapped[datetime] = mapped_column(UtcInstant)
    state: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    attempts: Mapped[int] = mapped_column()
    problem: Mapped[str | None] = mapped_column(Text)
    sent: Mapped[int | None] = mapped_column(Long)
    """What left last."""
    sent_version: Mapped[int | None] = mapped_column(Long)
    sent_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    told: Mapped[int | None] = mapped_column(Long)
    """What the channel acknowledged last, and when."""
    told_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    seen: Mapped[int | None] = mapped_column(Long)
    seen_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    exposure: Mapped[int] = mapped_column(Long)
    """Listed units this channel may still sell, or may have sold unknown to us: never less than the truth. What was told, less what was
    sold since as far as orders were read, plus what was cancelled; after a telling without compare also what may have been sold before."""
    put_back: Mapped[int] = mapped_column(Long)
    """Listed units cancelled, as far as we know, since the channel was told or looked at last: it put them back on its shelf."""
    is_bounded: Mapped[bool] = mapped_column(Flag)
    """Whether what was told or seen last has bounded the exposure; it does so once."""
    is_counting: Mapped[bool] = mapped_column(Flag)
    """Whether sales read from now on lower it. Not before all sales older than the first look are known: they are not in what was seen."""

    __table_args__ = (
        Index("ix_shown_stock_due", "account_id", "due_at", sqlite_where=state != "settled", postgresql_where=state != "settled"),
        Index(None, "sku"),
        one_of("state", PublishState),
        CheckConstraint("desired >= 0 AND exposure >= 0", name="quantities_not_negative"),
        STRICT,
    )
