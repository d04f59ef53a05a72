"""Labels bought for parcels that our own people send."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Long, RowId, UtcInstant


class LabelRow(Base):
    """One label for one parcel of a fulfilment order: asked for, and, once the outbox has bought it, what it is.

    Where it can be printed from is not kept: whoever knows that reads the buyer's address.
    """

    __tablename__ = "label"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    """Derived from fulfilment order and parcel: asked for twice, it is one."""
    fulfilment_order_id: Mapped[str] = mapped_column(RowId, ForeignKey("fulfilment_order.id"))
    parcel: Mapped[str] = mapped_column(Text)
    """Tells parcels of one fulfilment order apart."""
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    reference: Mapped[str] = mapped_column(Text, unique=True)
    service: Mapped[str] = mapped_column(Text)
    weight_g: Mapped[int] = mapped_column(Long)
    external_id: Mapped[str | None] = mapped_column(Text)
    """The seller's own id of it, once it is bought."""
    tracking_number: Mapped[str | None] = mapped_column(Text)
    tracking_url: Mapped[str | None] = mapped_column(Text)
    carrier: Mapped[str | None] = mapped_column(Text)
    cost_minor: Mapped[int | None] = mapped_column(Long)
    cost_currency: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcInstant)
    bought_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("fulfilment_order_id", "parcel"),
        CheckConstraint("weight_g > 0", name="weighs_something"),
        CheckConstraint("(cost_minor IS NULL) = (cost_currency IS NULL)", name="cost_has_a_currency"),
        STRICT,
    )
