"""Orders as their channels tell them (pulls write these), and the state the hub itself keeps of each (pulls only create it)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from model.records.order import AdjustmentKind, FulfilmentState, PartyRole, PaymentState, ReturnState
from model.tables.base import STRICT, Base, Blob, Day, Flag, Long, RowId, UtcInstant, one_of

LIFECYCLE = (
    "received", "held", "approved", "allocated", "part_allocated", "backordered", "released", "part_shipped",
    "shipped", "delivered", "closed", "cancelled",
)  # fmt: skip
ACCOUNTING = ("unposted", "posted", "settled", "banked")


class OrderRow(Base):
    """One order: header, sums in the buyer's currency, states as the channel tells them, and where it was read from."""

    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(UtcInstant)
    updated_at: Mapped[datetime] = mapped_column(UtcInstant)
    business_date: Mapped[date] = mapped_column(Day)
    currency: Mapped[str] = mapped_column(Text)
    lines_minor: Mapped[int] = mapped_column(Long)
    shipping_minor: Mapped[int] = mapped_column(Long)
    tax_minor: Mapped[int] = mapped_column(Long)
    charges_minor: Mapped[int] = mapped_column(Long)
    discount_minor: Mapped[int] = mapped_column(Long)
    total_minor: Mapped[int] = mapped_column(Long)
    shop_currency: Mapped[str] = mapped_column(Text)
    shop_total_minor: Mapped[int] = mapped_column(Long)
    payment_state: Mapped[str] = mapped_column(Text)
    fulfilment_state: Mapped[str] = mapped_column(Text)
    return_state: Mapped[str] = mapped_column(Text)
    source_status: Mapped[str] = mapped_column(Text)
    """The platform's own status words as a JSON object."""
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    closed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    prices_include_tax: Mapped[bool] = mapped_column(Flag)
    is_disputed: Mapped[bool] = mapped_column(Flag)
    is_test: Mapped[bool] = mapped_column(Flag)
    source_name: Mapped[str | None] = mapped_column(Text)
    location_external_id: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[str] = mapped_column(Text)
    """A JSON array."""
    source_version: Mapped[int] = mapped_column(Long)
    fetch_seq: Mapped[int] = mapped_column(Long)
    """Order of our own reading; decides between two payloads of one source version."""
    mapping_version: Mapped[str] = mapped_column(Text)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))
    first_run_id: Mapped[str] = mapped_column(Text)
    run_id: Mapped[str] = mapped_column(Text)
    first_seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        # no index leads with the account: on a fresh PostgreSQL such an index makes foreign key checks quadratic
        UniqueConstraint("external_id", "account_id"),
        Index(None, "placed_at"),
        CheckConstraint(
            "total_minor = lines_minor + shipping_minor + tax_minor + charges_minor - discount_minor", name="parts_sum_to_total"
        ),
        one_of("payment_state", PaymentState),
        one_of("fulfilment_state", FulfilmentState),
        one_of("return_state", ReturnState),
        STRICT,
    )


class OrderStateRow(Base):
    """The axes the hub owns: where the order stands in its life here, and in the books."""

    __tablename__ = "order_state"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    lifecycle: Mapped[str] = mapped_column(Text)
    accounting: Mapped[str] = mapped_column(Text)
    is_history: Mapped[bool] = mapped_column(Flag)
    """Placed before the account's `live_from`: stored, never reviewed, reserved, shipped or posted."""
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)
    reviewed_seq: Mapped[int | None] = mapped_column(Long)
    """The reading of the order that the hub decided upon last."""
    is_urgent: Mapped[bool] = mapped_column(Flag)
    is_open: Mapped[bool] = mapped_column(Flag)
    """Whether the hub still has to do with it: no history, not yet gone whole, not cancelled."""
    is_own: Mapped[bool] = mapped_column(Flag)
    """The hub made it itself, as a replacement: its channel knows nothing of it, so it is told nothing and has sold nothing."""

    __table_args__ = (
        one_of("lifecycle", LIFECYCLE),
        one_of("accounting", ACCOUNTING),
        Index("ix_order_state_open", "order_id", sqlite_where=text("is_open = 1"), postgresql_where=text("is_open")),
        STRICT,
    )


class OrderLineRow(Base):
    """One SKU in one order. A line that vanished from the channel stays, with quantity and amounts 0 and `removed_at`."""

    __tablename__ = "order_line"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column()
    sku: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(Long)
    """Thousandths of `unit`."""
    unit: Mapped[str] = mapped_column(Text)
    unit_price: Mapped[str | None] = mapped_column(Text)
    total_minor: Mapped[int] = mapped_column(Long)
    tax_minor: Mapped[int] = mapped_column(Long)
    discount_minor: Mapped[int] = mapped_column(Long)
    product_external_id: Mapped[str | None] = mapped_column(Text)
    variant_external_id: Mapped[str | None] = mapped_column(Text)
    requires_shipping: Mapped[bool] = mapped_column(Flag)
    is_gift_card: Mapped[bool] = mapped_column(Flag)
    removed_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity_not_negative"), Index(None, "sku"), STRICT)


class OrderAdjustmentRow(Base):
    """A part of the total that is no line: shipping, tax, a charge, an order-level discount."""

    __tablename__ = "order_adjustment"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    rate: Mapped[str | None] = mapped_column(Text)
    line_external_id: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (one_of("kind", AdjustmentKind), STRICT)


class OrderFieldSourceRow(Base):
    """Where one field of an order was read and how sure that is, for orders that came by mail; other channels have no such rows."""

    __tablename__ = "order_field_source"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    confidence: Mapped[int] = mapped_column()
    """Percent."""

    __table_args__ = (CheckConstraint("confidence BETWEEN 0 AND 100", name="confidence_in_percent"), STRICT)


class OrderPartyRow(Base):
    """Who bought, where it goes, who is billed. What names a person is one sealed blob, bound to this table and row."""

    __tablename__ = "order_party"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    external_id: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    email_index: Mapped[str | None] = mapped_column(RowId)
    """Keyed hash of the normalised address: found by exact e-mail without being readable."""
    phone_index: Mapped[str | None] = mapped_column(RowId)
    personal: Mapped[bytes] = mapped_column(Blob)
    personal_digest: Mapped[str] = mapped_column(RowId)
    """Keyed hash of the sealed content, to see a change without opening it."""
    key_id: Mapped[str] = mapped_column(Text, ForeignKey("data_key.id"))

    __table_args__ = (
        one_of("role", PartyRole),
        Index(None, "email_index", sqlite_where=email_index.is_not(None), postgresql_where=email_index.is_not(None)),
        Index(None, "phone_index", sqlite_where=phone_index.is_not(None), postgresql_where=phone_index.is_not(None)),
        STRICT,
    )


class OrderChangeRow(Base):
    """What a later reading changed in an order, when and by which run; the payloads before and after are kept."""

    __tablename__ = "order_change"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    fetch_seq: Mapped[int] = mapped_column(Long, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcInstant)
    run_id: Mapped[str] = mapped_column(Text)
    raw_id: Mapped[str] = mapped_column(RowId, ForeignKey("raw_payload.id"))
    changes: Mapped[str] = mapped_column(Text)
    """A JSON object: field path to [before, after]; personal fields are named, never shown."""

    __table_args__ = (STRICT,)
