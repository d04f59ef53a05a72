"""What the GraphQL Admin API 2026-07 answers to our queries, as far as the mapping reads it.

What the schema says is never null has no default: an answer without it is broken, and must not read as an order without refunds.
Amounts are decimal text (scalar Decimal), read by `minor_units`; ids are `gid://shopify/Type/number`.
"""

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from connectors._kit import Payload

N = TypeVar("N")

Units = Annotated[int, Field(ge=0, strict=True)]
"""A count of units; the vendor knows no negative one."""


class GraphPayload(Payload):
    """A GraphQL object: names in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class Money(GraphPayload):
    """An amount in major units, as text."""

    amount: str
    currency_code: str


class MoneyBag(GraphPayload):
    """An amount in the buyer's currency."""

    presentment_money: Money


class TotalBag(MoneyBag):
    """An amount in the buyer's and in the shop's currency."""

    shop_money: Money


class PaidBag(MoneyBag):
    """The same; orders read before mapping 5 were not asked for the shop's."""

    shop_money: Money | None = None


class Node(GraphPayload):
    """A reference."""

    id: str


class Nodes(GraphPayload, Generic[N]):
    """A connection, complete."""

    nodes: tuple[N, ...]


class TaxLine(GraphPayload):
    """`rate` is a proportion, 0.19."""

    title: str
    rate: Decimal | None = None
    price_set: MoneyBag


class DiscountApplication(GraphPayload):
    """A discount of the order; `code` or `title` by its type."""

    index: Annotated[int, Field(strict=True)]
    allocation_method: str
    target_selection: str
    code: str | None = None
    title: str | None = None


class DiscountAllocation(GraphPayload):
    """What an application takes off one line."""

    allocated_amount_set: MoneyBag
    discount_application: DiscountApplication


class Charge(GraphPayload):
    """A duty on a line, or an additional fee; the order states the sums of both."""

    tax_lines: tuple[TaxLine, ...]


class LineItem(GraphPayload):
    """A line; `quantity` includes refunded and removed units, `current_quantity` does not."""

    id: str
    name: str
    sku: str | None = None
    quantity: Units
    current_quantity: Units
    requires_shipping: bool
    is_gift_card: bool
    product: Node | None = None
    variant: Node | None = None
    original_unit_price_set: MoneyBag
    discount_allocations: tuple[DiscountAllocation, ...]
    tax_lines: tuple[TaxLine, ...]
    duties: tuple[Charge, ...]


class ShippingLine(GraphPayload):
    """A shipping line before its discounts."""

    title: str
    code: str | None = None
    is_removed: bool
    original_price_set: MoneyBag
    discount_allocations: tuple[DiscountAllocation, ...]
    tax_lines: tuple[TaxLine, ...]


class PaymentDetails(GraphPayload):
    """Only which kind of details there are."""

    model_config = ConfigDict(alias_generator=lambda _: "__typename")

    kind: str


class Transaction(GraphPayload):
    """Money moved, promised, or given back."""

    id: str
    kind: str
    status: str
    gateway: str | None = None
    payment_id: str | None = None
    test: bool
    created_at: str
    processed_at: str | None = None
    amount_set: PaidBag
    parent_transaction: Node | None = None
    payment_details: PaymentDetails | None = None


class RefundLineItem(GraphPayload):
    """Units of a line in a refund; `subtotal_set` is before tax unless the order's prices include it."""

    quantity: Units
    restock_type: str
    line_item: Node
    subtotal_set: MoneyBag
    total_tax_set: MoneyBag


class RefundShippingLine(GraphPayload):
    """Shipping in a refund."""

    subtotal_amount_set: MoneyBag
    tax_amount_set: MoneyBag


class Refund(GraphPayload):
    """A refund with its transactions."""

    id: str
    created_at: str | None = None
    processed_at: str | None = None
    note: str | None = None
    order: Node | None = None
    refund_line_items: Nodes[RefundLineItem]
    refund_shipping_lines: Nodes[RefundShippingLine]
    transactions: Nodes[Transaction]


class Tracking(GraphPayload):
    """Who carries a parcel, under which number."""

    company: str | None = None
    number: str | None = None
    url: str | None = None


class FulfillmentLine(GraphPayload):
    """Units of a line in a parcel."""

    quantity: Units | None = None
    line_item: Node


class Fulfillment(GraphPayload):
    """A parcel."""

    id: str
    status: str
    display_status: str | None = None
    created_at: str
    location: Node | None = None
    tracking_info: tuple[Tracking, ...]
    fulfillment_line_items: Nodes[FulfillmentLine]


class ReturnedLine(GraphPayload):
    """The parcel's line that units come back from."""

    line_item: Node


class ReturnLine(GraphPayload):
    """Units coming back; without parcel line for returns the shop could not verify."""

    quantity: Units
    return_reason_note: str | None = None
    fulfillment_line_item: ReturnedLine | None = None
    with_code_discounted_total_price_set: MoneyBag | None = None


class Return(GraphPayload):
    """Goods coming back."""

    id: str
    status: str
    created_at: str
    return_line_items: Nodes[ReturnLine]


class Dispute(GraphPayload):
    """A dispute over a payment."""

    status: str


class Customer(GraphPayload):
    """The buyer's account."""

    id: str
    first_name: str | None = None
    last_name: str | None = None


class Address(GraphPayload):
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

    model_config = ConfigDict(alias_generator=lambda name: "countryCodeV2" if name == "country_code" else to_camel(name))


class Order(GraphPayload):
    """An order with everything `queries.ORDERS` asks for."""

    id: str
    name: str
    created_at: str
    processed_at: str | None = None
    updated_at: str
    cancelled_at: str | None = None
    closed_at: str | None = None
    presentment_currency_code: str
    taxes_included: bool
    duties_included: bool
    test: bool
    display_financial_status: str | None = None
    display_fulfillment_status: str
    return_status: str
    source_name: str | None = None
    note: str | None = None
    tags: tuple[str, ...]
    email: str | None = None
    phone: str | None = None
    total_price_set: TotalBag
    total_tax_set: MoneyBag | None = None
    total_shipping_price_set: MoneyBag
    total_tip_received_set: MoneyBag
    original_total_duties_set: MoneyBag | None = None
    original_total_additional_fees_set: MoneyBag | None = None
    additional_fees: tuple[Charge, ...]
    customer: Customer | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    retail_location: Node | None = None
    disputes: tuple[Dispute, ...]
    line_items: Nodes[LineItem]
    shipping_lines: Nodes[ShippingLine]
    transactions: tuple[Transaction, ...]
    refunds: tuple[Refund, ...]
    fulfillments: tuple[Fulfillment, ...]
    returns: Nodes[Return] | None = None  # only in answers that were completed
