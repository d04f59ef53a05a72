"""Vendure's order as far as we ask for it (Admin API 3.x). Amounts are integers of hundredths, in every currency."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from connectors._kit import Amount, Payload
from model.values.money import LIMIT

Hundredths = Annotated[int, Field(strict=True, gt=-LIMIT, lt=LIMIT)]
Count = Annotated[int, Field(strict=True, lt=10**9, gt=-(10**9))]


class Camel(Payload):
    """Vendure writes `orderPlacedAt`, we `order_placed_at`."""

    model_config = ConfigDict(alias_generator=to_camel)


class Channel(Camel):
    """A channel the order belongs to; every order also belongs to the default one."""

    code: str
    prices_include_tax: bool = False


class Promotion(Camel):
    """A promotion applied to the order."""

    id: str
    coupon_code: str | None = None


class TaxRow(Camel):
    """One tax rate's share of the order, in per cent."""

    description: str
    tax_rate: Amount
    tax_total: Hundredths


class Surcharge(Camel):
    """An amount that is neither goods nor a promotion; negative when it is a favour."""

    description: str
    price: Hundredths


class ShippingMethod(Camel):
    """How the goods travel."""

    name: str


class ShippingLine(Camel):
    """One shipping price, net and after its own discounts."""

    shipping_method: ShippingMethod | None = None
    discounted_price: Hundredths


class Discount(Camel):
    """A promotion's share of a line; DISTRIBUTED_ORDER_PROMOTION is one of the whole order, spread over the lines."""

    adjustment_source: str
    type: str
    description: str
    amount: Amount
    """Only a weight here: Vendure leaves it unrounded where one promotion acts twice on a line."""


class Variant(Camel):
    """What is sold."""

    id: str
    product_id: str | None = None
    sku: str
    name: str


class Line(Camel):
    """One line: list price, price after discounts of its own, and price after the order's discounts too, all net."""

    id: str
    quantity: Count
    unit_price: Hundredths
    line_price: Hundredths
    discounted_line_price: Hundredths
    prorated_line_price: Hundredths
    prorated_line_price_with_tax: Hundredths
    tax_rate: Amount
    discounts: tuple[Discount, ...] = ()
    product_variant: Variant


class LineShare(Camel):
    """How much of a line a refund or fulfilment is about."""

    order_line_id: str
    quantity: Count


class Refund(Camel):
    """Money given back; `total` counts, `items` is the part named for lines."""

    id: str
    created_at: str
    updated_at: str
    state: str
    total: Hundredths
    items: Hundredths = 0
    shipping: Hundredths = 0
    reason: str | None = None
    payment_id: str | None = None
    lines: tuple[LineShare, ...] = ()


class Payment(Camel):
    """Money taken or promised."""

    id: str
    created_at: str
    updated_at: str
    method: str
    amount: Hundredths
    state: str
    transaction_id: str | None = None
    refunds: tuple[Refund, ...] = ()


class Fulfillment(Camel):
    """Goods that leave together."""

    id: str
    created_at: str
    updated_at: str
    state: str
    method: str | None = None
    tracking_code: str | None = None
    lines: tuple[LineShare, ...] = ()


class Address(Camel):
    """An address as typed in."""

    full_name: str | None = None
    company: str | None = None
    street_line1: str | None = None
    street_line2: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone_number: str | None = None


class Customer(Camel):
    """Who ordered."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    email_address: str | None = None
    phone_number: str | None = None


class OrderDocument(Camel):
    """One order."""

    id: str
    code: str
    state: str
    created_at: str
    updated_at: str
    order_placed_at: str | None = None
    currency_code: str
    sub_total: Hundredths
    shipping: Hundredths
    total: Hundredths
    total_with_tax: Hundredths
    channels: tuple[Channel, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    tax_summary: tuple[TaxRow, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    shipping_lines: tuple[ShippingLine, ...] = ()
    customer: Customer | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    lines: tuple[Line, ...]
    payments: tuple[Payment, ...] | None = None
    fulfillments: tuple[Fulfillment, ...] | None = None
