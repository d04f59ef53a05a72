"""Invoices and credit notes: what was issued never changes; counters give numbers without gaps; and what each was issued for."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from model.records.invoice import PaperKind, PaperSource, PartKind
from model.tables.base import STRICT, Base, Blob, Day, Long, RowId, UtcInstant, one_of


class PaperSeriesRow(Base):
    """The last number given in a series of a legal entity; counted up in the transaction that writes the papers."""

    __tablename__ = "paper_series"

    entity_id: Mapped[str] = mapped_column(Text, primary_key=True)
    series: Mapped[str] = mapped_column(Text, primary_key=True)
    last_number: Mapped[int] = mapped_column(Long)

    __table_args__ = (CheckConstraint("last_number >= 0", name="last_number_not_negative"), STRICT)


class PaperRow(Base):
    """An invoice or a credit note; triggers refuse update and delete. A mistake is mended by a credit note and a new invoice."""

    __tablename__ = "paper"

    id: Mapped[str] = mapped_column(RowId, primary_key=True)
    """Derived from order, source, source id and revision: issued twice, it is one."""
    entity_id: Mapped[str] = mapped_column(Text)
    account_id: Mapped[str] = mapped_column(Text, ForeignKey("channel_account.id"))
    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"))
    order_number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    series: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(Long)
    reference: Mapped[str] = mapped_column(Text)
    """Series and number as people read them."""
    source: Mapped[str] = mapped_column(Text)
    source_id: Mapped[str] = mapped_column(Text)
    """Within the order: a shipment's, refund's or corrected invoice's id, a channel's own id of a fulfilment, or `whole`."""
    revision: Mapped[int] = mapped_column()
    """0, and one more for each invoice that replaces one that was taken back."""
    issued_on: Mapped[date] = mapped_column(Day)
    supplied_on: Mapped[date] = mapped_column(Day)
    due_on: Mapped[date | None] = mapped_column(Day)
    """Of customers with terms."""
    customer_id: Mapped[str | None] = mapped_column(Text)
    """The customer of the master who bought, as known when it was issued."""
    currency: Mapped[str] = mapped_column(Text)
    net_minor: Mapped[int] = mapped_column(Long)
    tax_minor: Mapped[int] = mapped_column(Long)
    total_minor: Mapped[int] = mapped_column(Long)
    language: Mapped[str] = mapped_column(Text)
    seller: Mapped[str] = mapped_column(Text)
    """A JSON object."""
    buyer: Mapped[bytes] = mapped_column(Blob)
    """Sealed: who it is made out to."""
    key_id: Mapped[str] = mapped_column(Text, ForeignKey("data_key.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    issued_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("series", "number", "entity_id"),
        UniqueConstraint("reference", "entity_id"),
        UniqueConstraint("order_id", "source", "source_id", "revision"),
        Index(None, "customer_id", sqlite_where=customer_id.is_not(None), postgresql_where=customer_id.is_not(None)),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("total_minor = net_minor + tax_minor", name="parts_sum_to_total"),
        one_of("kind", PaperKind),
        one_of("source", PaperSource),
        STRICT,
    )


class PaperLineRow(Base):
    """One row of a paper; triggers refuse update and delete."""

    __tablename__ = "paper_line"

    paper_id: Mapped[str] = mapped_column(RowId, ForeignKey("paper.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(Long)
    """Thousandths of `unit`."""
    unit: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(Long)
    discount_minor: Mapped[int] = mapped_column(Long)
    """Its share of the order's discount."""
    tax_minor: Mapped[int] = mapped_column(Long)
    taxes: Mapped[str] = mapped_column(Text)
    """A JSON array of title, rate and minor units."""

    __table_args__ = (one_of("kind", PartKind), STRICT)


class PaperCreditRow(Base):
    """An invoice that a credit note takes back from; triggers refuse update and delete."""

    __tablename__ = "paper_credit"

    paper_id: Mapped[str] = mapped_column(RowId, ForeignKey("paper.id"), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(RowId, ForeignKey("paper.id"), primary_key=True)

    __table_args__ = (Index(None, "invoice_id"), STRICT)


class PaperSourceRow(Base):
    """What left or was given back and is done with: the paper in force for it, or none where there was nothing to write."""

    __tablename__ = "paper_source"

    order_id: Mapped[str] = mapped_column(RowId, ForeignKey("orders.id"), primary_key=True)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    source_id: Mapped[str] = mapped_column(Text, primary_key=True)
    paper_id: Mapped[str | None] = mapped_column(RowId, ForeignKey("paper.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    """Why a person said that nothing is to be written."""
    settled_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (one_of("source", PaperSource), STRICT)


class ReceivableReminderRow(Base):
    """That the customer was reminded of an invoice at a stage."""

    __tablename__ = "receivable_reminder"

    paper_id: Mapped[str] = mapped_column(RowId, ForeignKey("paper.id"), primary_key=True)
    stage: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[str] = mapped_column(Text, ForeignKey("actor.id"))
    reminded_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("stage > 0", name="stage_positive"), STRICT)


class SkuTaxRow(Base):
    """What a Chinese e-invoice wants to know of a SKU: its tax classification code and its specification."""

    __tablename__ = "sku_tax"

    sku: Mapped[str] = mapped_column(Text, ForeignKey("sku.code"), primary_key=True)
    tax_code: Mapped[str] = mapped_column(Text)
    """税收分类编码, 19 digits."""
    specification: Mapped[str | None] = mapped_column(Text)
    """规格型号."""
    unit_name: Mapped[str | None] = mapped_column(Text)
    """单位 as it is printed."""
    changed_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (CheckConstraint("length(tax_code) = 19", name="tax_code_has_19_digits"), STRICT)
