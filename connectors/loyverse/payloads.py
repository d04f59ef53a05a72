"""Shapes of Loyverse's receipts, the fields we use, in our envelope that tells what a receipt does not: its currency.

Amounts and quantities are JSON numbers, read as exact decimals. Source: https://developer.loyverse.com/docs/ (v1.0), Receipt.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors._kit import Amount, Payload


def _number(told: object) -> object:
    """A JSON number as it is; text, which Decimal would take as well (and `1_0` for ten), is refused."""
    if isinstance(told, bool) or not isinstance(told, int | Decimal):
        raise ValueError("is no number")  # noqa: TRY004  pydantic wants a ValueError
    return told


Number = Annotated[Amount, BeforeValidator(_number)]
Text = Annotated[str, Field(max_length=1000)]
Id = Annotated[str, Field(min_length=1, max_length=100)]


class Tax(Payload):
    """A tax on a line or on the whole receipt; both kinds are in the line's `total_money`."""

    type: Text
    name: Text | None = None
    rate: Number | None = None
    """Percent."""
    money_amount: Number


class Line(Payload):
    """An entry of `line_items`; `total_money` is after its discounts, with all of its taxes."""

    id: Id
    item_id: Id | None = None
    variant_id: Id | None = None
    item_name: Text
    variant_name: Text | None = None
    sku: Text | None = None
    quantity: Number
    price: Number | None = None
    total_money: Number
    total_discount: Number | None = None
    line_taxes: tuple[Tax, ...] | None = None


class PaymentDetails(Payload):
    """What an integrated terminal told."""

    authorization_code: Text | None = None
    reference_id: Text | None = None


class PaymentPart(Payload):
    """An entry of `payments`; it has no id of its own."""

    type: Text | None = None
    name: Text | None = None
    money_amount: Number
    paid_at: Text | None = None
    payment_details: PaymentDetails | None = None


class Receipt(Payload):
    """A sale, or money given back for one."""

    receipt_number: Id
    receipt_type: Text
    refund_for: Id | None = None
    source: Text | None = None
    created_at: Text
    updated_at: Text
    receipt_date: Text | None = None
    cancelled_at: Text | None = None
    total_money: Number
    total_tax: Number | None = None
    tip: Number | None = None
    surcharge: Number | None = None
    customer_id: Id | None = None
    store_id: Id | None = None
    total_taxes: tuple[Tax, ...] | None = None
    line_items: Annotated[tuple[Line, ...], Field(max_length=5_000)]
    payments: tuple[PaymentPart, ...] | None = None


class ReceiptEnvelope(Payload):
    """One slice: the receipt as it came, beside its number and the merchant's currency."""

    id: Id
    currency: Text
    receipt: Receipt
