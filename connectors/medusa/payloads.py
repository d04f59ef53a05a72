"""Medusa's order as far as we ask for it (Admin API v2). Amounts are decimal major units; parts of them are unrounded.

Medusa tells parts in no fixed order, so they are sorted by id: the same order is the same record, to the last minor unit, each time.
"""

from decimal import Decimal
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from connectors._kit import Amount, Payload

Text = str | None


def _number(value: object) -> object:
    """A number as the parser gives it: text is none here, and true is none, though Python counts with it."""
    if isinstance(value, bool | str):
        raise ValueError("is no number")  # noqa: TRY004  pydantic names the place of a ValueError
    return value


Told = Annotated[Amount, BeforeValidator(_number)]
"""A decimal amount, rate or quantity."""

ZERO: Final = Decimal(0)
Currency = Annotated[str, Field(pattern=r"^[a-z]{3}$")]


class Part(Payload):
    """Anything that an order has several of."""

    id: str


P = TypeVar("P", bound=Part)


def _by_id(parts: tuple[P, ...]) -> tuple[P, ...]:
    return tuple(sorted(parts, key=lambda part: part.id))


class TaxLine(Part):
    """One tax of a line, in per cent of its net."""

    rate: Told
    code: Text = None
    description: Text = None


class Reduction(Part):
    """A promotion's share of a line, for all its units."""

    amount: Told
    is_tax_inclusive: bool = False
    code: Text = None


class Priced(Part):
    """What a line and a shipping price have in common; `total` is what is left of it after discounts and received returns, with tax."""

    is_tax_inclusive: bool = False
    total: Told
    tax_lines: Annotated[tuple[TaxLine, ...], AfterValidator(_by_id)] = ()
    adjustments: Annotated[tuple[Reduction, ...], AfterValidator(_by_id)] = ()


class Need(Payload):
    """How many of an inventory item one unit of a variant takes; None where the variant was unlinked."""

    inventory_item_id: Text = None
    required_quantity: Told | None = None


class Variant(Payload):
    """What is sold, as it is now."""

    inventory_items: tuple[Need, ...] = ()


class Returned(Payload):
    """What came back of a line, and was taken off its total."""

    return_received_total: Told = ZERO
    return_dismissed_total: Told = ZERO


class Line(Priced, Returned):
    """One line; its quantity is the current one, from which received returns are not taken off."""

    title: str
    variant_title: Text = None
    variant_sku: Text = None
    variant_id: Text = None
    product_id: Text = None
    requires_shipping: bool = True
    is_giftcard: bool = False
    unit_price: Told
    quantity: Told
    return_requested_total: Told = ZERO
    variant: Variant | None = None


class ShippingMethod(Priced):
    """One shipping price."""

    name: Text = None
    amount: Told


class CreditLine(Part):
    """What was taken off the total: by a refund, or by hand."""

    amount: Told
    reference: Text = None
    reference_id: Text = None


class Capture(Part):
    """Money taken."""

    amount: Told
    created_at: str


class RefundReason(Payload):
    """Why money was given back."""

    label: Text = None
    code: Text = None


class Refund(Part):
    """Money given back."""

    amount: Told
    created_at: str
    note: Text = None
    refund_reason: RefundReason | None = None


class Payment(Part):
    """Money promised, with what was taken and given back of it; `data` is the payment provider's own."""

    amount: Told
    currency_code: Currency
    provider_id: Text = None
    created_at: str
    updated_at: str
    captured_at: Text = None
    canceled_at: Text = None
    data: object = None
    captures: Annotated[tuple[Capture, ...], AfterValidator(_by_id)] = ()
    refunds: Annotated[tuple[Refund, ...], AfterValidator(_by_id)] = ()


class PaymentCollection(Part):
    """The payments for one sum asked for."""

    currency_code: Currency
    updated_at: str
    payments: Annotated[tuple[Payment, ...], AfterValidator(_by_id)] = ()


class Label(Part):
    """A parcel's label."""

    tracking_number: Text = None
    tracking_url: Text = None


class Packed(Payload):
    """So much of an inventory item, packed for a line; of a kit, several for one line."""

    line_item_id: Text = None
    inventory_item_id: Text = None
    quantity: Told


class Fulfillment(Part):
    """Goods that leave together."""

    created_at: str
    updated_at: str
    shipped_at: Text = None
    delivered_at: Text = None
    canceled_at: Text = None
    location_id: Text = None
    labels: Annotated[tuple[Label, ...], AfterValidator(_by_id)] = ()
    items: tuple[Packed, ...] = ()


class ReturnItem(Part):
    """So much of a line, coming back."""

    item_id: str
    quantity: Told
    received_quantity: Told | None = None
    note: Text = None


class ReturnDocument(Part):
    """Goods coming back."""

    status: str
    created_at: str
    updated_at: str
    items: Annotated[tuple[ReturnItem, ...], AfterValidator(_by_id)] = ()


class Address(Payload):
    """An address as typed in."""

    first_name: Text = None
    last_name: Text = None
    company: Text = None
    phone: Text = None
    address_1: Text = None
    address_2: Text = None
    city: Text = None
    province: Text = None
    postal_code: Text = None
    country_code: Text = None


class Customer(Payload):
    """Who ordered."""

    id: Text = None
    first_name: Text = None
    last_name: Text = None
    company_name: Text = None
    phone: Text = None


class SalesChannel(Payload):
    """Where in the shop the order arose."""

    name: Text = None


class OrderDocument(Payload):
    """One order; `total` is what is due of it now, after credits and received returns."""

    id: str
    display_id: Annotated[int, Field(strict=True)] | None = None
    custom_display_id: Text = None
    status: str
    payment_status: Text = None
    fulfillment_status: Text = None
    email: Text = None
    currency_code: Currency
    created_at: str
    updated_at: str
    canceled_at: Text = None
    total: Told
    items: Annotated[tuple[Line, ...], AfterValidator(_by_id)]
    shipping_methods: Annotated[tuple[ShippingMethod, ...], AfterValidator(_by_id)] = ()
    credit_lines: Annotated[tuple[CreditLine, ...], AfterValidator(_by_id)] = ()
    payment_collections: Annotated[tuple[PaymentCollection, ...], AfterValidator(_by_id)] = ()
    fulfillments: Annotated[tuple[Fulfillment, ...], AfterValidator(_by_id)] = ()
    returns: Annotated[tuple[ReturnDocument, ...], AfterValidator(_by_id)] = ()
    customer: Customer | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    sales_channel: SalesChannel | None = None
