"""Shapes of the Selling Partner API that the mapping needs: orders (2026-01-01), transactions (finances 2024-06-19), listings."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from connectors._kit import Amount, Payload
from model.values.money import exact_amount

AmountText = Annotated[str, Field(max_length=40)]
"""A decimal amount as text; `model.values.money` turns it into integers and refuses what is no number."""

Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
"""Pieces."""


def _number(value: object) -> object:
    """A number as the model wants it, or text that is one; `true` is none, and no text but digits."""
    if isinstance(value, bool):
        raise ValueError("is no number")  # noqa: TRY004  only such errors are pydantic's
    return exact_amount(value) if isinstance(value, str) else value


SignedAmount = Annotated[Amount, BeforeValidator(_number)]
"""A signed decimal number."""


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


class Currency(Camel):
    """`Currency` of transactions: the amount is a number."""

    currency_code: str
    currency_amount: SignedAmount


class MoneyPart(Camel):
    """What an amount is made of, in parts of parts."""

    breakdown_type: Annotated[str, Field(max_length=80)]
    breakdown_amount: Currency
    breakdowns: "list[MoneyPart] | None" = None


class Related(Camel):
    """What else a transaction is about."""

    related_identifier_name: str
    related_identifier_value: Annotated[str, Field(max_length=200)]


class TransactionItem(Camel):
    """One of the goods of a transaction."""

    total_amount: Currency
    breakdowns: list[MoneyPart] | None = None


class TransactionPayload(Camel):
    """`Transaction`."""

    transaction_id: Annotated[str, Field(min_length=1, max_length=200)]
    transaction_type: str
    posted_date: str
    description: str | None = None
    total_amount: Currency
    related_identifiers: list[Related]
    items: list[TransactionItem] | None = None
    breakdowns: list[MoneyPart] | None = None


class Summary(Camel):
    """How a listing is shown in one marketplace."""

    product_type: str | None = None
    item_name: str | None = None


class Availability(Camel):
    """From which warehouses it is sent, and how much of it there is."""

    fulfillment_channel_code: str
    quantity: Annotated[int, Field(strict=True)] | None = None


class LevelPayload(Camel):
    """`Item` of the listings, as far as its stock goes."""

    sku: Annotated[str, Field(min_length=1, max_length=200)]
    summaries: list[Summary] | None = None
    fulfillment_availability: list[Availability] | None = None


class ListingPayload(Camel):
    """The same, as a listing: what is asked for with its summaries tells them."""

    sku: Annotated[str, Field(min_length=1, max_length=200)]
    summaries: list[Summary]
    fulfillment_availability: list[Availability] | None = None


class Problem(Camel):
    """`Issue`: what is wrong with a listing."""

    code: str
    severity: str


class Submission(Camel):
    """`ListingsItemSubmissionResponse`."""

    sku: str
    status: str
    issues: list[Problem] | None = None
