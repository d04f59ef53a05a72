"""What the hub sells, in its own words, and as what each channel lists it."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from model.records.listing import ListingKind
from model.tables.base import STRICT, Base, Blob, Day, Flag, Long, RowId, UtcInstant, one_of

CustomerType = Literal["retail", "wholesale", "dealer", "internal"]


class SkuRow(Base):
    """One sellable variant. Quantities are thousandths of `unit` everywhere."""

    __tablename__ = "sku"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    is_tracked: Mapped[bool] = mapped_column(Flag)
    """False for services, gift cards and the like: never reserved, never published."""
    is_active: Mapped[bool] = mapped_column(Flag)
    low_at: Mapped[int | None] = mapped_column(Long)
    """At or below this many on hand and free, it is short."""
    surplus_at: Mapped[int | None] = mapped_column(Long)
    lead_time_days: Mapped[int | None] = mapped_column()
    """From ordering at the supplier to the shelf."""
    order_multiple: Mapped[int | None] = mapped_column(Long)
    """What is ordered comes in multiples of this."""
    supplier: Mapped[str | None] = mapped_column(Text)
    """From whom it is bought, as people know them."""
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("order_multiple IS NULL OR order_multiple > 0", name="order_multiple_positive"), STRICT)


class KitPartRow(Base):
    """One part of a kit: a SKU without stock of its own, sold from the stock of its parts. Parts are no kits themselves."""

    __tablename__ = "kit_part"

    kit: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    part: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    quantity: Mapped[int] = mapped_column(Long)
    """Thousandths of the part in one whole kit."""

    __table_args__ = (
        Index(None, "part"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("kit <> part", name="no_part_of_itself"),
        STRICT,
    )


class ListingRow(Base):
    """A SKU as offered on one channel, as the channel tells it (pulls write these)."""

    __tablename__ = "listing"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(Text)
    """The sellable variant's id, the one order lines name."""
    product_external_id: Mapped[str | None] = mapped_column(Text)
    stock_external_id: Mapped[str] = mapped_column(Text)
    """What stock is published under."""
    channel_sku: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    is_tracked: Mapped[bool] = mapped_column(Flag)
    """Whether the channel counts stock of it."""
    first_seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    gone_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    """When a whole reading of the catalogue no longer showed it."""

    __table_args__ = (Index(None, "external_id", "account_id", unique=True), one_of("kind", ListingKind), STRICT)


class SkuMapRow(Base):
    """Which SKU a listing sells, and how many of its units one listed unit takes (a box of six: 6000)."""

    __tablename__ = "sku_map"

    listing_id: Mapped[str] = mapped_column(RowId, primary_key=True)
    """Derived from account and external id, so that a line can be mapped before its listing was read."""
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    external_id: Mapped[str] = mapped_column(Text)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"))
    factor: Mapped[int] = mapped_column(Long)
    mapped_by: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (Index(None, "sku"), CheckConstraint("factor > 0", name="factor_positive"), STRICT)


class PriceRow(Base):
    """What one whole unit of a SKU costs on a price list from a day on, in the list's currency."""

    __tablename__ = "price"

    price_list: Mapped[str] = mapped_column(Text, primary_key=True)
    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Day, primary_key=True)
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    """Before tax."""

    __table_args__ = (CheckConstraint("amount_minor >= 0", name="amount_not_negative"), STRICT)


class CustomerRow(Base):
    """A customer the hub knows by name: type, terms, credit limit and hold. Found by exact e-mail or phone through blind indexes."""

    __tablename__ = "customer"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    email_index: Mapped[str | None] = mapped_column(RowId)
    phone_index: Mapped[str | None] = mapped_column(RowId)
    terms_days: Mapped[int | None] = mapped_column()
    """Days until payment is due; none: pays before shipment."""
    credit_limit_minor: Mapped[int | None] = mapped_column(Long)
    currency: Mapped[str | None] = mapped_column(Text)
    is_on_hold: Mapped[bool] = mapped_column(Flag)
    hold_reason: Mapped[str | None] = mapped_column(Text)
    price_list: Mapped[str | None] = mapped_column(Text)
    personal: Mapped[bytes] = mapped_column(Blob)
    key_id: Mapped[str] = mapped_column(Text, ForeignKey("data_key.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        one_of("type", CustomerType),
        Index(None, "email_index", sqlite_where=email_index.is_not(None), postgresql_where=email_index.is_not(None)),
        Index(None, "phone_index", sqlite_where=phone_index.is_not(None), postgresql_where=phone_index.is_not(None)),
        CheckConstraint("(credit_limit_minor IS NULL) OR (currency IS NOT NULL)", name="limit_has_a_currency"),
        STRICT,
    )
