"""The hub's own fulfilment orders, the shipments that came of them, and where their parcels are."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from model.records.tracking import TrackingState
from model.tables.base import STRICT, Base, Day, Flag, Long, RowId, UtcInstant, one_of

FulfilmentOrderState = Literal["released", "accepted", "part_shipped", "shipped", "closed", "calling_back", "cancelled", "refused"]


class FulfilmentOrderRow(Base):
    """A request to one location to ship certain lines of one order.

    `released`: asked for. `accepted`: the partner has it. `closed`: something left, the rest is short. `calling_back`: asked to be undone.
    `refused`: the partner will never do it, a person decides.
    """

    __tablename__ = "fulfilment_order"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"))
    number: Mapped[int] = mapped_column()
    """Counts the order's fulfilment orders."""
    reference: Mapped[str] = mapped_column(Text, unique=True)
    """What partners know it by."""
    location_id: Mapped[str] = mapped_column(Text, ForeignKey("stock_location.id"))
    partner_id: Mapped[str | None] = mapped_column(Text, ForeignKey("channel_account.id"))
    """Who ships it; none: our own people."""
    state: Mapped[str] = mapped_column(Text)
    is_urgent: Mapped[bool] = mapped_column(Flag)
    ship_by: Mapped[date | None] = mapped_column(Day)
    service: Mapped[str | None] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(RowId)
    """Hash of what the order was about when this was decided."""
    problem: Mapped[str | None] = mapped_column(Text)
    review_number: Mapped[int] = mapped_column()
    """The review of its order that it was last held against."""
    made_at: Mapped[datetime] = mapped_column(UtcInstant)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        Index(
            "ix_fulfilment_order_open",
            "location_id",
            sqlite_where=state.in_(("released", "accepted", "part_shipped", "calling_back", "refused")),
            postgresql_where=state.in_(("released", "accepted", "part_shipped", "calling_back", "refused")),
        ),
        one_of("state", FulfilmentOrderState),
        STRICT,
    )


class FulfilmentOrderLineRow(Base):
    """How much of one SKU for one order line was asked for, has left, and will not leave; a kit stands as its parts. Thousandths."""

    __tablename__ = "fulfilment_order_line"

    fulfilment_order_id: Mapped[str] = mapped_column(RowId, ForeignKey("fulfilment_order.id"), primary_key=True)
    line_external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    reference: Mapped[str] = mapped_column(Text)
    """What the partner knows the line by: `1`, `2` …"""
    released: Mapped[int] = mapped_column(Long)
    shipped: Mapped[int] = mapped_column(Long)
    given_up: Mapped[int] = mapped_column(Long)
    """Short or called back."""

    __table_args__ = (
        CheckConstraint("released > 0 AND shipped >= 0 AND given_up >= 0", name="quantities_not_negative"),
        CheckConstraint("shipped + given_up <= released", name="no_more_than_released"),
        STRICT,
    )


class ShipmentRow(Base):
    """Parcels that left together."""

    __tablename__ = "shipment"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    """Derived from fulfilment order and the partner's id of it: told twice, it is one."""
    fulfilment_order_id: Mapped[str] = mapped_column(RowId, ForeignKey("fulfilment_order.id"))
    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"))
    external_id: Mapped[str] = mapped_column(Text)
    shipped_at: Mapped[datetime] = mapped_column(UtcInstant)
    carrier: Mapped[str | None] = mapped_column(Text)
    service: Mapped[str | None] = mapped_column(Text)
    tracking_numbers: Mapped[str] = mapped_column(Text)
    """A JSON array."""
    tracking_urls: Mapped[str] = mapped_column(Text)
    """A JSON array."""
    freight_minor: Mapped[int | None] = mapped_column(Long)
    """What carrying it is said to cost."""
    freight_currency: Mapped[str | None] = mapped_column(Text)
    billed_minor: Mapped[int | None] = mapped_column(Long)
    """What was billed for it, in the same currency."""
    tracking_state: Mapped[str | None] = mapped_column(Text)
    """Where its parcels are: the furthest state of the slowest one. None: nothing was heard yet."""
    tracking_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    """When that state was reached."""
    asked_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    """When somebody was last asked where its parcels are."""
    expected_on: Mapped[date | None] = mapped_column(Day)
    """The day of its arrival, as its carrier says."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    """When a person said that nothing more is to be done about its parcels; what is told of them later counts again."""
    made_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("fulfilment_order_id", "external_id"),
        Index(None, "order_id"),
        Index(
            "ix_shipment_under_way",
            "shipped_at",
            sqlite_where=tracking_state.is_(None) | tracking_state.not_in(("delivered", "returned", "lost")),
            postgresql_where=tracking_state.is_(None) | tracking_state.not_in(("delivered", "returned", "lost")),
        ),
        one_of("tracking_state", TrackingState),
        CheckConstraint("(freight_minor IS NULL AND billed_minor IS NULL) = (freight_currency IS NULL)", name="freight_has_a_currency"),
        STRICT,
    )


class ShipmentLineRow(Base):
    """How much of one SKU for one order line left with a shipment, in thousandths."""

    __tablename__ = "shipment_line"

    shipment_id: Mapped[str] = mapped_column(RowId, ForeignKey("shipment.id"), primary_key=True)
    line_external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    fulfilment_order_id: Mapped[str] = mapped_column(RowId)
    quantity: Mapped[int] = mapped_column(Long)

    __table_args__ = (
        ForeignKeyConstraint(
            ["fulfilment_order_id", "line_external_id", "sku"],
            ["fulfilment_order_line.fulfilment_order_id", "fulfilment_order_line.line_external_id", "fulfilment_order_line.sku"],
        ),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        STRICT,
    )


class TrackingEventRow(Base):
    """One dated carrier state of one parcel; triggers refuse update and delete."""

    __tablename__ = "tracking_event"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    """Derived from what it says: told twice, it is one."""
    shipment_id: Mapped[str] = mapped_column(RowId, ForeignKey("shipment.id"))
    tracking_number: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    state: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    place: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (Index(None, "shipment_id"), one_of("state", TrackingState), STRICT)
