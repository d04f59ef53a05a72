"""Shapes of orders (Selling Partner API, orders 2026-01-01), the fields we use."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from connectors._kit import Payload

AmountText = Annotated[str, Field(max_length=40)]
"""A decimal amount as text; `model.values.money` turns it into integers and refuses what is no number."""

Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
"""Pieces."""


class Camel(Payload):
    """Amazon writes `orderItemId`, we `order_item_id`."""

    model_config = ConfigDict(alias_generator=to_camel)


class Money(Camel):
    """`Money` of orders."""

    amount: AmountText
    currency_code: str


class Detail(Camel):
    """A part of a tax or a discount."""

    subtype: str
    value: Money


class Breakdown(Camel):
    """A part of the proceeds of an item, or of an order."""

    type: str
    status: str | None = None
    subtotal: Money
    detailed_breakdowns: list[Detail] | None = None


class ItemProceeds(Camel):
    """What an item brings; no total where its price is not told yet."""

    proceeds_total: Money | None = None
    breakdowns: list[Breakdown] | None = None


class OrderProceeds(Camel):
    """What an order brings."""

    grand_total: Money | None = None
    breakdowns: list[Breakdown] | None = None


class Price(Camel):
    """The price of one piece."""

    unit_price: Money | None = None


class Product(Camel):
    """What was bought."""

    asin: str | None = None
    title: str | None = None
    seller_sku: str | None = None
    price: Price | None = None


class GiftOption(Camel):
    """What the buyer wants written."""

    gift_message: str | None = None


class Packing(Camel):
    """How an item is packed."""

    gift_option: GiftOption | None = None


class ItemFulfilment(Camel):
    """How an item is sent."""

    packing: Packing | None = None


class Request(Camel):
    """That somebody wants an item cancelled."""

    requester: str | None = None


class Cancellation(Camel):
    """Whether an item is, or shall be, cancelled."""

    cancellation_request: Request | None = None


class Collection(Camel):
    """Who keeps the tax."""

    model: str | None = None


class ItemTax(Camel):
    """Facts of an item's tax."""

    tax_collections: list[Collection] | None = None


class Item(Camel):
    """An entry of `orderItems`."""

    order_item_id: Annotated[str, Field(min_length=1, max_length=60)]
    quantity_ordered: Count
    product: Product
    proceeds: ItemProceeds | None = None
    fulfillment: ItemFulfilment | None = None
    cancellation: Cancellation | None = None
    tax: ItemTax | None = None


class PackageStatus(Camel):
    """How a parcel stands."""

    status: str


class PackageItem(Camel):
    """So much of an item in a parcel."""

    order_item_id: str
    quantity: Count


class Package(Camel):
    """An entry of `packages`; of what the seller ships only."""

    package_reference_id: Annotated[str, Field(min_length=1, max_length=60)]
    created_time: str | None = None
    package_status: PackageStatus | None = None
    carrier: str | None = None
    ship_time: str | None = None
    tracking_number: str | None = None
    package_items: list[PackageItem] | None = None


class Buyer(Camel):
    """Who bought."""

    buyer_name: str | None = None
    buyer_email: str | None = None
    buyer_company_name: str | None = None


class Address(Camel):
    """Where it goes."""

    name: str | None = None
    company_name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    city: str | None = None
    district_or_county: str | None = None
    state_or_region: str | None = None
    municipality: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None


class Preference(Camel):
    """What the buyer wants of the delivery."""

    address_instruction: str | None = None


class Recipient(Camel):
    """To whom it goes."""

    delivery_address: Address | None = None
    delivery_preference: Preference | None = None


class SalesChannel(Camel):
    """Where it was sold."""

    channel_name: str
    marketplace_id: str | None = None
    marketplace_name: str | None = None


class Fulfilment(Camel):
    """How the order stands, and who sends it."""

    fulfillment_status: str
    fulfilled_by: str | None = None


class Execution(Camel):
    """One of the ways in which the buyer paid."""

    payment_method: str | None = None


class OrderPayment(Camel):
    """How the buyer paid."""

    payment_executions: list[Execution] | None = None


class Associated(Camel):
    """An order that this one replaces."""

    order_id: str | None = None
    association_type: str | None = None


class OrderPayload(Camel):
    """`Order`, with all the data sets that we ask for."""

    order_id: Annotated[str, Field(min_length=1, max_length=60)]
    created_time: str
    last_updated_time: str
    programs: list[str] | None = None
    associated_orders: list[Associated] | None = None
    sales_channel: SalesChannel
    buyer: Buyer | None = None
    recipient: Recipient | None = None
    proceeds: OrderProceeds | None = None
    payment: OrderPayment | None = None
    fulfillment: Fulfilment
    order_items: list[Item]
    packages: list[Package] | None = None
