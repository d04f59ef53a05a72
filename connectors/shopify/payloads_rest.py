"""What Shopify's webhooks (`orders/*`, `refunds/create`) and REST documents carry, as far as the mapping reads it.

Ids are numbers; amounts are text or numbers in major units, `…_set` in both currencies. Old and test documents lack much of this.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import AliasChoices, Field

from connectors._kit import Amount, Payload

Units = Annotated[int, Field(ge=0)]
"""A count of units; the vendor knows no negative one."""


class Money(Payload):
    """An amount in major units."""

    amount: Amount
    currency_code: str


class MoneyBag(Payload):
    """An amount in the buyer's currency, if told."""

    presentment_money: Money | None = None
    shop_money: Money | None = None


class TaxLine(Payload):
    """`rate` is a proportion, 0.19."""

    title: str = "tax"
    rate: Decimal | None = None
    price: Amount | None = None
    price_set: MoneyBag | None = None


class DiscountApplication(Payload):
    """A discount of the order; allocations name it by its place in the list."""

    allocation_method: str | None = None
    target_selection: str | None = None
    code: str | None = None
    title: str | None = None


class DiscountCode(Payload):
    """A code the buyer entered."""

    code: str | None = None


class DiscountAllocation(Payload):
    """What an application takes off one line."""

    amount: Amount | None = None
    amount_set: MoneyBag | None = None
    discount_application_index: int = 0


class Duty(Payload):
    """A duty on a line; the order states their sum."""

    tax_lines: tuple[TaxLine, ...] = ()


class LineItem(Payload):
    """A line; `quantity` includes refunded and removed units."""

    id: int
    name: str | None = None
    title: str | None = None
    sku: str | None = None
    quantity: Units
    price: Amount
    price_set: MoneyBag | None = None
    total_discount: Amount | None = None
    total_discount_set: MoneyBag | None = None
    product_id: int | None = None
    variant_id: int | None = None
    requires_shipping: bool | None = None
    gift_card: bool | None = None
    discount_allocations: tuple[DiscountAllocation, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    duties: tuple[Duty, ...] = ()


class ShippingLine(Payload):
    """A shipping line; `price` is before discounts, `discounted_price` after those of the line."""

    title: str | None = None
    code: str | None = None
    price: Amount
    price_set: MoneyBag | None = None
    discounted_price: Amount | None = None
    discounted_price_set: MoneyBag | None = None
    discount_allocations: tuple[DiscountAllocation, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    is_removed: bool | None = None


class PaymentDetails(Payload):
    """Details of the means of payment; present with a company for cards."""

    credit_card_company: str | None = None


class Moved(Payload):
    """An amount of a transaction, which names its currency otherwise than the amounts of orders do."""

    amount: Amount
    currency_code: str = Field(validation_alias=AliasChoices("currency", "currency_code"))


class MovedBag(Payload):
    """The shop's side of a transaction's amount, if told."""

    shop_money: Moved | None = None


class Transaction(Payload):
    """Money moved, promised, or given back."""

    id: int
    order_id: int | None = None
    kind: str
    status: str
    gateway: str | None = None
    payment_id: str | None = None
    parent_id: int | None = None
    amount: Amount
    currency: str | None = None
    amount_set: MovedBag | None = None
    test: bool | None = None
    created_at: str
    processed_at: str | None = None
    payment_details: PaymentDetails | None = None


class RefundedLine(Payload):
    """The order line inside a refund line, as far as old documents need it."""

    price: Amount | None = None
    price_set: MoneyBag | None = None
    quantity: Units = 0
    tax_lines: tuple[TaxLine, ...] = ()


class RefundLineItem(Payload):
    """Units of a line in a refund; `subtotal` is before tax unless the order's prices include it."""

    line_item_id: int
    quantity: Units
    restock_type: str | None = None
    subtotal: Amount | None = None
    subtotal_set: MoneyBag | None = None
    total_tax: Amount | None = None
    total_tax_set: MoneyBag | None = None
    line_item: RefundedLine | None = None


class RefundShippingLine(Payload):
    """Shipping in a refund."""

    subtotal_amount_set: MoneyBag
    tax_amount_set: MoneyBag | None = None


class OrderAdjustment(Payload):
    """A difference in a refund; until 2024-10 refunded shipping stands here, as negative amounts."""

    kind: str | None = None
    amount: Amount | None = None
    amount_set: MoneyBag | None = None
    tax_amount: Amount | None = None
    tax_amount_set: MoneyBag | None = None


class Refund(Payload):
    """A refund with its transactions."""

    id: int
    order_id: int | None = None
    created_at: str | None = None
    processed_at: str | None = None
    note: str | None = None
    refund_line_items: tuple[RefundLineItem, ...] = ()
    refund_shipping_lines: tuple[RefundShippingLine, ...] = ()
    order_adjustments: tuple[OrderAdjustment, ...] = ()
    transactions: tuple[Transaction, ...] = ()


class FulfillmentLine(Payload):
    """Units of a line in a parcel."""

    id: int
    quantity: Units = 0


class Fulfillment(Payload):
    """A parcel."""

    id: int
    status: str
    shipment_status: str | None = None
    created_at: str
    location_id: int | None = None
    tracking_company: str | None = None
    tracking_numbers: tuple[str, ...] = ()
    tracking_urls: tuple[str, ...] = ()
    line_items: tuple[FulfillmentLine, ...] = ()


class Customer(Payload):
    """The buyer's account."""

    id: int | None = None
    first_name: str | None = None
    last_name: str | None = None


class Address(Payload):
    """A postal address."""

    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    country_code: str | None = None
    phone: str | None = None


class Order(Payload):
    """An order as a webhook delivers it; it carries no transactions, which only some dumps add."""

    id: int
    name: str
    created_at: str
    processed_at: str | None = None
    updated_at: str
    cancelled_at: str | None = None
    closed_at: str | None = None
    currency: str
    presentment_currency: str | None = None
    taxes_included: bool | None = None
    duties_included: bool | None = None
    test: bool | None = None
    financial_status: str | None = None
    fulfillment_status: str | None = None
    source_name: str | None = None
    note: str | None = None
    tags: str | None = None
    email: str | None = None
    phone: str | None = None
    location_id: int | None = None
    total_price: Amount
    total_price_set: MoneyBag | None = None
    total_tax: Amount | None = None
    total_tax_set: MoneyBag | None = None
    total_discounts: Amount | None = None
    total_discounts_set: MoneyBag | None = None
    total_shipping_price_set: MoneyBag | None = None
    total_tip_received: Amount | None = None
    total_tip_received_set: MoneyBag | None = None
    original_total_duties_set: MoneyBag | None = None
    original_total_additional_fees_set: MoneyBag | None = None
    tax_lines: tuple[TaxLine, ...] = ()
    discount_applications: tuple[DiscountApplication, ...] = ()
    discount_codes: tuple[DiscountCode, ...] = ()
    customer: Customer | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    line_items: tuple[LineItem, ...]
    shipping_lines: tuple[ShippingLine, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    refunds: tuple[Refund, ...] = ()
    fulfillments: tuple[Fulfillment, ...] = ()
