"""Shapes of WooCommerce REST v3 (Orders, Order refunds), the fields we use. Extensions send numbers for text and null for nothing."""

from typing import Annotated

from pydantic import ConfigDict, Field

from connectors._kit import Payload

AmountText = Annotated[str, Field(max_length=40)]
"""A decimal amount or quantity as the shop writes it; `model.values` turns it into integers and refuses what is no number."""


Whole = Annotated[int, Field(strict=True)]
"""A whole number; `true` is none, though JSON readers are glad to take it for 1."""


class WooPayload(Payload):
    """Base of the shapes below: a JSON number where text is documented is read as its text."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class Address(WooPayload):
    """`billing` or `shipping`; every field is `""` where the buyer left it out."""

    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None


class RateShare(WooPayload):
    """What one tax rate adds to one part, unrounded; `""` where it adds nothing."""

    total: AmountText | None = None


class Part(WooPayload):
    """What lines, shipping and fees share: an amount without tax, after discounts, and its tax."""

    id: Whole
    total: AmountText
    total_tax: AmountText | None = None
    taxes: list[RateShare] | None = None


class Line(Part):
    """An entry of `line_items`; `subtotal` is before discounts, also without tax."""

    name: str | None = None
    product_id: Whole | None = None
    variation_id: Whole | None = None
    quantity: AmountText
    subtotal: AmountText | None = None
    sku: str | None = None
    price: AmountText | None = None


class ShippingLine(Part):
    """An entry of `shipping_lines`."""

    method_title: str | None = None


class FeeLine(Part):
    """An entry of `fee_lines`; negative amounts are discounts."""

    name: str | None = None


class CouponLine(WooPayload):
    """An entry of `coupon_lines`; `discount` is without tax."""

    code: str
    discount: AmountText


class TaxLine(WooPayload):
    """An entry of `tax_lines`: one rate over the whole order."""

    label: str | None = None
    rate_code: str | None = None
    rate_percent: AmountText | None = None
    tax_total: AmountText
    shipping_tax_total: AmountText | None = None


class RefundStub(WooPayload):
    """An entry of an order's `refunds`; the total is negative, and a deleted refund leaves the id 0 behind."""

    id: Whole
    reason: str | None = None
    total: AmountText


class GiftCard(WooPayload):
    """An entry of `gift_cards` (WooCommerce Gift Cards): what a card paid, already taken off the order's `total`."""

    id: Whole
    amount: AmountText


class OrderPayload(WooPayload):
    """`GET orders/{id}`. Times named `_gmt` are UTC written without offset."""

    id: Whole
    number: str | None = None
    status: str
    currency: str
    date_created_gmt: str
    date_modified_gmt: str
    date_paid_gmt: str | None = None
    date_completed_gmt: str | None = None
    total: AmountText
    total_tax: AmountText | None = None
    cart_tax: AmountText | None = None
    shipping_tax: AmountText | None = None
    shipping_total: AmountText | None = None
    discount_total: AmountText | None = None
    prices_include_tax: bool | None = None
    customer_id: Whole | None = None
    customer_note: str | None = None
    created_via: str | None = None
    billing: Address | None = None
    shipping: Address | None = None
    payment_method: str | None = None
    payment_method_title: str | None = None
    transaction_id: str | None = None
    line_items: list[Line]
    shipping_lines: list[ShippingLine] | None = None
    fee_lines: list[FeeLine] | None = None
    coupon_lines: list[CouponLine] | None = None
    tax_lines: list[TaxLine] | None = None
    refunds: list[RefundStub] | None = None
    gift_cards: list[GiftCard] | None = None


class MetaEntry(WooPayload):
    """An entry of `meta_data`; values are of any shape, and only one plain value is of use to us."""

    key: str
    value: object = None


class RefundLinePayload(Part):
    """An entry of a refund's `line_items`: amounts and quantity are negative, its own id is not the order line's."""

    quantity: AmountText
    meta_data: list[MetaEntry] | None = None


class Link(WooPayload):
    """One target of `_links`."""

    href: str


class Links(WooPayload):
    """`_links` of a refund; `up` is its order."""

    up: list[Link] | None = None


class RefundPayload(WooPayload):
    """`GET orders/{id}/refunds/{id}`. The vendor names neither currency nor, before version 9, the order, except in `_links.up`."""

    id: Whole
    parent_id: Whole | None = None
    currency: str | None = None
    date_created_gmt: str
    amount: AmountText
    reason: str | None = None
    line_items: list[RefundLinePayload] | None = None
    shipping_lines: list[Part] | None = None
    links: Links | None = Field(default=None, alias="_links")


class OrderRefundPayload(WooPayload):
    """An envelope of ours (`refunds`): a refund as it came, with the order it was listed under and that order's currency."""

    id: Whole
    order_id: Whole
    currency: str
    refund: RefundPayload
