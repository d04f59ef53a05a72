"""What lies where, what is promised to whom, and every movement that made it so. All quantities are thousandths of the SKU's unit."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from model.tables.base import STRICT, Base, Day, Flag, Long, RowId, UtcInstant, one_of

Owner = Literal["hub", "channel", "3pl"]
MovementKind = Literal[
    "receipt", "issue", "adjust", "transfer_out", "transfer_in", "return", "damage", "repair", "hold", "unhold", "count",
    "reserve", "release",
]  # fmt: skip
ReservationKind = Literal["soft", "hard"]
ReservationState = Literal["live", "consumed", "released", "expired"]
BackorderState = Literal["open", "filled", "cancelled"]
StocktakeState = Literal["counting", "approved", "cancelled"]
InboundState = Literal["open", "received", "cancelled"]


class StockLocationRow(Base):
    """A place that holds quantity, as hub.toml names it."""

    __tablename__ = "stock_location"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    owner: Mapped[str] = mapped_column(Text)
    """Who counts it: the hub, the channel that sells from it, or a 3PL."""
    first_seen_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (one_of("owner", Owner), STRICT)


class StockLevelRow(Base):
    """How much of a SKU lies at a location. `on_hand` holds all of it; what is free is what nobody holds back or has been promised."""

    __tablename__ = "stock_level"

    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    location_id: Mapped[str] = mapped_column(Text, ForeignKey("stock_location.id"), primary_key=True)
    on_hand: Mapped[int] = mapped_column(Long)
    damaged: Mapped[int] = mapped_column(Long)
    held: Mapped[int] = mapped_column(Long)
    """Waiting for quality control."""
    reserved: Mapped[int] = mapped_column(Long)
    version: Mapped[int] = mapped_column(Long)
    """Counts the movements."""

    __table_args__ = (
        CheckConstraint("damaged >= 0 AND held >= 0 AND reserved >= 0", name="parts_not_negative"),
        CheckConstraint("damaged + held + reserved <= on_hand", name="never_oversold"),
        STRICT,
    )


class StockMovementRow(Base):
    """One change of a stock level; triggers refuse update and delete. A level is the sum of its movements."""

    __tablename__ = "stock_movement"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    """Derived from what caused it, so that the same cause moves stock once."""
    sku: Mapped[str] = mapped_column(Text)
    location_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    on_hand: Mapped[int] = mapped_column(Long)
    damaged: Mapped[int] = mapped_column(Long)
    held: Mapped[int] = mapped_column(Long)
    reserved: Mapped[int] = mapped_column(Long)
    reference: Mapped[str] = mapped_column(Text)
    """The order, stocktake, delivery note … it belongs to."""
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))

    __table_args__ = (Index(None, "sku", "location_id"), Index(None, "at"), one_of("kind", MovementKind), STRICT)


class ReservationRow(Base):
    """Quantity of one SKU at one location held for one order line."""

    __tablename__ = "reservation"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"))
    line_external_id: Mapped[str] = mapped_column(Text)
    sku: Mapped[str] = mapped_column(Text)
    location_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(Long)
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    """When a soft one is given up; none: it stays until it is decided."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "order_id"),
        Index("ix_reservation_live", "sku", "location_id", sqlite_where=state == "live", postgresql_where=state == "live"),
        Index(
            "ix_reservation_expiring",
            "expires_at",
            sqlite_where=(state == "live") & expires_at.is_not(None),
            postgresql_where=(state == "live") & expires_at.is_not(None),
        ),
        one_of("kind", ReservationKind),
        one_of("state", ReservationState),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("(state = 'live') = (ended_at IS NULL)", name="ended_or_live"),
        STRICT,
    )


class BackorderRow(Base):
    """Quantity an order wants that could not be reserved; it counts as demand against the location it would have come from."""

    __tablename__ = "backorder"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"))
    line_external_id: Mapped[str] = mapped_column(Text)
    sku: Mapped[str] = mapped_column(Text)
    location_id: Mapped[str] = mapped_column(Text)
    """First of the channel's priority list."""
    quantity: Mapped[int] = mapped_column(Long)
    state: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "order_id"),
        Index("ix_backorder_open", "sku", sqlite_where=state == "open", postgresql_where=state == "open"),
        one_of("state", BackorderState),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        STRICT,
    )


class SafetyStockRow(Base):
    """What one channel must not sell of a SKU, against sales not yet known; a person's word wins over the computed one."""

    __tablename__ = "safety_stock"

    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"), primary_key=True)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    quantity: Mapped[int] = mapped_column(Long)
    is_manual: Mapped[bool] = mapped_column(Flag)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_not_negative"), STRICT)


class InboundRow(Base):
    """Quantity that is on its way to a location: ordered, not yet received."""

    __tablename__ = "inbound"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    """Purchase order line or delivery note, as people know it."""
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"))
    location_id: Mapped[str] = mapped_column(Text, ForeignKey("stock_location.id"))
    quantity: Mapped[int] = mapped_column(Long)
    received: Mapped[int] = mapped_column(Long)
    expected_on: Mapped[date] = mapped_column(Day)
    state: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "sku"),
        one_of("state", InboundState),
        CheckConstraint("quantity > 0 AND received >= 0", name="quantities_sane"),
        STRICT,
    )


class StocktakeRow(Base):
    """A count of a location: who began it, who approved it, and never the same person."""

    __tablename__ = "stocktake"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    """As people know it."""
    location_id: Mapped[str] = mapped_column(Text, ForeignKey("stock_location.id"))
    state: Mapped[str] = mapped_column(Text)
    maker_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    checker_id: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    begun_at: Mapped[datetime] = mapped_column(UtcInstant)
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("state", StocktakeState),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="four_eyes"),
        CheckConstraint("state <> 'approved' OR checker_id IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint("(state = 'counting') = (ended_at IS NULL)", name="ended_or_counting"),
        UniqueConstraint("id", "location_id", "state"),
        STRICT,
    )


class StocktakeLineRow(Base):
    """One SKU that is to be counted; once it is: what the books said at that time, and what lay there.

    Place and state are the stocktake's own: the foreign key carries them along, so that only one open stocktake counts a SKU at a
    location, and none is counted in a stocktake that has ended.
    """

    __tablename__ = "stocktake_line"

    stocktake_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    location_id: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    booked: Mapped[int | None] = mapped_column(Long)
    booked_version: Mapped[int | None] = mapped_column(Long)
    """The level's version when it was counted: what moved since is kept."""
    counted: Mapped[int | None] = mapped_column(Long)
    """All that lies there, damaged and held included."""
    counted_by: Mapped[str | None] = mapped_column(Text, ForeignKey("actor.id"))
    counted_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(
            ["stocktake_id", "location_id", "state"],
            ["stocktake.id", "stocktake.location_id", "stocktake.state"],
            onupdate="CASCADE",
        ),
        Index(
            "ix_stocktake_line_counting",
            "location_id",
            "sku",
            unique=True,
            sqlite_where=state == "counting",
            postgresql_where=state == "counting",
        ),
        CheckConstraint("counted >= 0", name="counted_not_negative"),
        CheckConstraint(
            "(counted IS NULL) = (booked IS NULL) AND (counted IS NULL) = (booked_version IS NULL)"
            " AND (counted IS NULL) = (counted_by IS NULL) AND (counted IS NULL) = (counted_at IS NULL)",
            name="counted_as_a_whole",
        ),
        STRICT,
    )
