"""What the hub proposed to order, day by day, each with the numbers it comes from. Quantities are thousandths of the SKU's unit."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Day, Long, UtcInstant


class ReplenishmentProposalRow(Base):
    """What to order of one SKU, as it was on a day: `target` less what is free and inbound, in whole multiples."""

    __tablename__ = "replenishment_proposal"

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    quantity: Mapped[int] = mapped_column(Long)
    target: Mapped[int] = mapped_column(Long)
    """`demand` and `safety`, or `low_at` where that is more."""
    demand: Mapped[int] = mapped_column(Long)
    """Over lead time and review period, at `velocity`."""
    safety: Mapped[int] = mapped_column(Long)
    """What demand stays within on top of that, with `certainty`."""
    velocity: Mapped[int] = mapped_column(Long)
    """Millionths of a unit a day, over `window_days`."""
    window_days: Mapped[int] = mapped_column()
    lead_days: Mapped[int] = mapped_column()
    review_days: Mapped[int] = mapped_column()
    certainty: Mapped[int] = mapped_column(Long)
    """Millionths."""
    on_hand: Mapped[int] = mapped_column(Long)
    held_back: Mapped[int] = mapped_column(Long)
    """Damaged and waiting for quality control."""
    reserved: Mapped[int] = mapped_column(Long)
    backordered: Mapped[int] = mapped_column(Long)
    inbound: Mapped[int] = mapped_column(Long)
    low_at: Mapped[int | None] = mapped_column(Long)
    order_multiple: Mapped[int] = mapped_column(Long)
    runs_out_on: Mapped[date | None] = mapped_column(Day)
    """When what is free is sold, without what is inbound; none: it does not sell."""
    made_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"), STRICT)
