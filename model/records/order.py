"""An order as its channel tells it: one buyer's commitment, with everything the platform says about money, goods and people.

All `*_minor` amounts of an order are in `Order.currency`, the buyer's; the shop's own currency stands beside it. The parts obey
`total = sum(line totals) + shipping + tax + charges - discount` (checked by `model.rules.order_sums`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from model.records.payment import Payment, Refund
from model.records.shipment import Fulfilment, Return
from model.values.quantity import PIECE

PaymentState = Literal["unpaid", "authorized", "part_paid", "paid", "part_refunded", "refunded", "voided", "expired"]
FulfilmentState = Literal["unfulfilled", "on_hold", "in_progress", "part_fulfilled", "fulfilled"]
ReturnState = Literal["none", "requested", "part_returned", "returned"]
AdjustmentKind = Literal["shipping", "tax", "charge", "discount"]
PartyRole = Literal["buyer", "shipping", "billing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One SKU in one order. `total_minor` is before tax and before order-level discount, after discounts of the line itself."""

    external_id: str
    title: str
    quantity: int
    """Thousandths of `unit`, as ordered."""
    total_minor: int
    tax_minor: int
    """Tax on the line as charged (after all discounts); part of the order's tax."""
    sku: str | None = None
    unit: str = PIECE
    unit_price: str | None = None
    """Decimal text as the channel shows it; for people, never summed."""
    discount_minor: int = 0
    """The line's own discount, already taken off `total_minor`; information."""
    product_external_id: str | None = None
    variant_external_id: str | None = None
    requires_shipping: bool = True
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A part of the total that is no line: shipping, tax, a charge (fee, tip, duty, rounding) or an order-level discount.

    `amount_minor` is positive in the usual direction (a discount of 5.00 is 500) and before tax.
    """

    kind: AdjustmentKind
    title: str
    amount_minor: int
    code: str | None = None
    rate: str | None = None
    """Tax rate as decimal text, `0.19`."""
    line_external_id: str | None = None
    """The line a tax belongs to, where the channel says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A person or company in a role of the order: who bought, where it goes, who is billed. Personal throughout."""

    role: PartyRole
    external_id: str | None = None
    name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    street: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSource:
    """Where one field of an order was read, and how sure that is; for orders that people or loose documents tell."""

    path: str
    """`total`, `lines[2].quantity`."""
    place: str
    """`part 1.2 JSON-LD 1 price`; never with the value itself, which may be personal."""
    confidence: int
    """Percent, 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A buyer's commitment on one channel, as last told by it."""

    external_id: str
    number: str
    placed_at: datetime
    updated_at: datetime
    source_version: int
    """Grows with every change the source admits: its own version, or the microseconds of `updated_at`.

    Negative where a document has no versions: see `model.rules.told_once`.
    """
    currency: str
    total_minor: int
    shipping_minor: int
    tax_minor: int
    charges_minor: int
    discount_minor: int
    shop_currency: str
    shop_total_minor: int
    payment_state: PaymentState
    fulfilment_state: FulfilmentState
    return_state: ReturnState = "none"
    source_status: tuple[tuple[str, str], ...]
    """The platform's own words, e.g. `(("financial", "PAID"), ("fulfilment", "UNFULFILLED"))`."""
    lines: tuple[OrderLine, ...]
    adjustments: tuple[Adjustment, ...] = ()
    parties: tuple[Party, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = ()
    returns: tuple[Return, ...] = ()
    cancelled_at: datetime | None = None
    closed_at: datetime | None = None
    prices_include_tax: bool = False
    """Whether the shop shows prices with tax; the amounts here are net either way."""
    is_disputed: bool = False
    is_test: bool = False
    source_name: str | None = None
    """Where on the channel it arose: web, pos, draft order …"""
    location_external_id: str | None = None
    buyer_note: str | None = None
    tags: tuple[str, ...] = ()
    sources: tuple[FieldSource, ...] = ()
    """Where fields were read, and how sure that is; empty for channels that tell their orders in a form of their own."""
