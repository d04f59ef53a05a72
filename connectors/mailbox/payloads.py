"""Shapes of schema.org's Order, as far as the mapping needs them; things that may come alone or in a list come as a list."""

from typing import Annotated, cast

from pydantic import BeforeValidator, Field

from connectors._kit import Amount as AnyAmount
from connectors._kit import Payload
from model.errors import MalformedError
from model.rules.order_sums import MAX_LINES
from model.values.money import exact_amount


def _listed(value: object) -> object:
    return cast("object", value) if isinstance(value, list) else [value]


def _valued(value: object) -> object:
    """A quantity that stands alone, or under `value`."""
    return cast("dict[str, object]", value).get("value") if isinstance(value, dict) else value


def _named(value: object) -> object:
    return cast("dict[str, object]", value).get("name") if isinstance(value, dict) else value


def _plainly_written(value: object) -> object:
    """Decimal text as people write it; the validator behind would also take underscores and other scripts' digits."""
    try:
        return exact_amount(value) if isinstance(value, str) else value
    except MalformedError:
        raise ValueError("is no decimal number") from None


Amount = Annotated[AnyAmount, BeforeValidator(_plainly_written)]
Short = Annotated[str, Field(max_length=500)]
Name = Annotated[Short | None, BeforeValidator(_named)]
Quantity = Annotated[AnyAmount, BeforeValidator(_plainly_written), BeforeValidator(_valued)]


class Product(Payload):
    """https://schema.org/Product in short."""

    name: Short | None = None
    sku: Short | None = None
    offers: Annotated[list["Offer"], BeforeValidator(_listed)] = Field(default=[])


class Offer(Payload):
    """https://schema.org/Offer in short."""

    price: Amount | None = None
    currency: Short | None = Field(default=None, alias="priceCurrency")
    product: Product | None = Field(default=None, alias="itemOffered")
    quantity: Quantity | None = Field(default=None, alias="eligibleQuantity")


class OrderItem(Payload):
    """https://schema.org/OrderItem in short."""

    number: Short | None = Field(default=None, alias="orderItemNumber")
    quantity: Quantity | None = Field(default=None, alias="orderQuantity")
    product: Product | None = Field(default=None, alias="orderedItem")


class Charge(Payload):
    """https://schema.org/DeliveryChargeSpecification in short."""

    type: Short = Field(alias="@type")
    price: Amount
    currency: Short | None = Field(default=None, alias="priceCurrency")


class Address(Payload):
    """https://schema.org/PostalAddress in short."""

    name: Short | None = None
    street: Short | None = Field(default=None, alias="streetAddress")
    city: Short | None = Field(default=None, alias="addressLocality")
    region: Name = Field(default=None, alias="addressRegion")
    postcode: Short | None = Field(default=None, alias="postalCode")
    country: Name = Field(default=None, alias="addressCountry")


class Person(Payload):
    """https://schema.org/Person or Organization in short."""

    type: Short | None = Field(default=None, alias="@type")
    name: Short | None = None
    email: Short | None = None
    phone: Short | None = Field(default=None, alias="telephone")


class Delivery(Payload):
    """https://schema.org/ParcelDelivery in short."""

    address: Address | None = Field(default=None, alias="deliveryAddress")


class OrderPayload(Payload):
    """https://schema.org/Order, with the price that Google's mark-up of mails adds to it."""

    number: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[!-~](?:[ -~]*[!-~])?$")] = Field(alias="orderNumber")
    placed: Short | None = Field(default=None, alias="orderDate")
    status: Short | None = Field(default=None, alias="orderStatus")
    currency: Short | None = Field(default=None, alias="priceCurrency")
    price: Amount | None = None
    discount: Amount | None = None
    discount_currency: Short | None = Field(default=None, alias="discountCurrency")
    discount_code: Short | None = Field(default=None, alias="discountCode")
    offers: Annotated[list[Offer], BeforeValidator(_listed)] = Field(default=[], alias="acceptedOffer", max_length=MAX_LINES)
    positions: Annotated[list[OrderItem], BeforeValidator(_listed)] = Field(default=[], alias="orderedItem", max_length=MAX_LINES)
    charges: Annotated[list[Charge], BeforeValidator(_listed)] = Field(default=[], alias="priceSpecification")
    customer: Person | None = None
    billing: Address | None = Field(default=None, alias="billingAddress")
    delivery: Annotated[list[Delivery], BeforeValidator(_listed)] = Field(default=[], alias="orderDelivery")
