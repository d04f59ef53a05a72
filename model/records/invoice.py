"""Invoices and credit notes as the hub issues them. Amounts are minor units of the paper's currency; a credit note's are positive too."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from model.values.quantity import PIECE

PaperKind = Literal["invoice", "credit_note"]
PaperSource = Literal["shipment", "fulfilment", "order", "refund", "correction"]
"""What a paper was issued for: a shipment of the hub's, one that the channel tells, an order handed over at once, money given back, or a
mistake in an earlier paper."""
PartKind = Literal["line", "shipping", "charge", "adjustment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxShare:
    """Tax under one of the platform's own names."""

    title: str
    rate: str | None
    """Decimal text as the platform says it, `0.19`; None where it says none."""
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One row of a paper: goods, shipping, a charge, or money given back for nothing in particular."""

    part: str
    """What of the order it stands for: `line:ID`, `shipping:0` …; the same in invoices and credit notes."""
    kind: PartKind
    title: str
    quantity: int
    """Thousandths of `unit`; 1000 for what is not counted."""
    amount_minor: int
    """Before tax and before the order's own discount, after the line's."""
    discount_minor: int
    """Its share of the order's discount, positive, to be taken off."""
    taxes: tuple[TaxShare, ...] = ()
    sku: str | None = None
    unit: str = PIECE

    @property
    def net_minor(self) -> int:
        """Before tax, after all discounts."""
        return self.amount_minor - self.discount_minor

    @property
    def tax_minor(self) -> int:
        """All tax on it."""
        return sum(tax.amount_minor for tax in self.taxes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who issues a paper, as it stood when it was issued."""

    name: str
    tax_number: str
    country: str
    address: tuple[str, ...]
    pay_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperBuyer:
    """Who a paper is made out to; personal throughout."""

    name: str | None = None
    company: str | None = None
    tax_number: str | None = None
    street: tuple[str, ...] = ()
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An issued invoice or credit note. It never changes."""

    reference: str
    """What people know it by: its series and its number."""
    kind: PaperKind
    source: PaperSource
    entity_id: str
    order_number: str
    issued_on: date
    supplied_on: date
    """When the goods left, or the money went back."""
    due_on: date | None
    """None: paid before, or payable at once."""
    currency: str
    net_minor: int
    tax_minor: int
    total_minor: int
    language: str
    reason: str | None
    issued_at: datetime
    seller: Seller
    buyer: PaperBuyer | None
    """None: what named the buyer was erased."""
    lines: tuple[PaperLine, ...]
    credits: tuple[str, ...]
    """References of the invoices that a credit note takes back from."""
