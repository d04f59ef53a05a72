"""Square's documents as far as we read them (reference: developer.squareup.com, Square-Version 2025-08-20).

The specification marks nearly every field optional; required here is what every stored document carries and no meaning can
be read without.
"""

from typing import Annotated

from pydantic import Field

from connectors._kit import Payload
from model.values.money import LIMIT

Minor = Annotated[int, Field(strict=True, gt=-LIMIT, lt=LIMIT)]


class Money(Payload):
    """An amount in the smallest unit of its currency."""

    amount: Minor
    currency: str


class Applied(Payload):
    """The share of one tax, discount or service charge that falls on one line."""

    tax_uid: str | None = None
    discount_uid: str | None = None
    service_charge_uid: str | None = None
    applied_money: Money | None = None


class Tax(Payload):
    """A tax of the order; `type` is ADDITIVE, INCLUSIVE or UNKNOWN_TAX."""

    uid: str | None = None
    name: str | None = None
    type: str | None = None
    percentage: str | None = None


class Discount(Payload):
    """A discount of the order; `scope` is ORDER or LINE_ITEM."""

    uid: str | None = None
    name: str | None = None
    scope: str | None = None


class ServiceCharge(Payload):
    """A charge beside the lines, or apportioned into them."""

    uid: str | None = None
    name: str | None = None
    amount_money: Money | None = None
    applied_money: Money | None = None
    total_money: Money | None = None
    total_tax_money: Money | None = None
    calculation_phase: str | None = None
    treatment_type: str | None = None
    applied_taxes: list[Applied] | None = None


class CustomUnit(Payload):
    """A unit the seller made up."""

    name: str | None = None


class MeasurementUnit(Payload):
    """Exactly one of these is set."""

    custom_unit: CustomUnit | None = None
    area_unit: str | None = None
    length_unit: str | None = None
    volume_unit: str | None = None
    weight_unit: str | None = None
    time_unit: str | None = None


class QuantityUnit(Payload):
    """What a decimal quantity counts."""

    measurement_unit: MeasurementUnit | None = None


class PricedLine(Payload):
    """What sold and returned lines share."""

    uid: str | None = None
    name: str | None = None
    variation_name: str | None = None
    quantity: str
    item_type: str | None = None
    note: str | None = None
    catalog_object_id: str | None = None
    total_money: Money
    total_tax_money: Money | None = None


class LineItem(PricedLine):
    """One sold line; its `total_money` is what the buyer pays for it, after every discount and with every tax."""

    quantity_unit: QuantityUnit | None = None
    base_price_money: Money | None = None
    total_discount_money: Money | None = None
    total_service_charge_money: Money | None = None
    applied_taxes: list[Applied] | None = None
    applied_discounts: list[Applied] | None = None
    applied_service_charges: list[Applied] | None = None


class ReturnLineItem(PricedLine):
    """One line coming back."""

    source_line_item_uid: str | None = None


class ReturnTip(Payload):
    """A tip given back."""

    applied_money: Money | None = None


class Rounding(Payload):
    """A rounding to the smallest coin."""

    amount_money: Money | None = None


class MoneyAmounts(Payload):
    """A roll-up of amounts."""

    total_money: Money | None = None
    tip_money: Money | None = None


class OrderReturn(Payload):
    """Everything coming back from one earlier order."""

    uid: str | None = None
    source_order_id: str | None = None
    return_line_items: list[ReturnLineItem] | None = None
    return_service_charges: list[ServiceCharge] | None = None
    return_tips: list[ReturnTip] | None = None
    rounding_adjustment: Rounding | None = None
    return_amounts: MoneyAmounts | None = None


class Address(Payload):
    """A postal address."""

    address_line_1: str | None = None
    address_line_2: str | None = None
    address_line_3: str | None = None
    locality: str | None = None
    administrative_district_level_1: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Recipient(Payload):
    """Who picks up or receives."""

    customer_id: str | None = None
    display_name: str | None = None
    email_address: str | None = None
    phone_number: str | None = None
    address: Address | None = None


class FulfilmentDetails(Payload):
    """The details of a pickup, shipment or delivery, one shape for all three."""

    recipient: Recipient | None = None
    placed_at: str | None = None
    carrier: str | None = None
    courier_provider_name: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    note: str | None = None
    shipping_note: str | None = None


class FulfilmentEntry(Payload):
    """How much of one line a fulfilment carries."""

    line_item_uid: str
    quantity: str


class Fulfilment(Payload):
    """How goods reach the buyer; without entries it carries the whole order."""

    uid: str | None = None
    type: str | None = None
    state: str | None = None
    entries: list[FulfilmentEntry] | None = None
    pickup_details: FulfilmentDetails | None = None
    shipment_details: FulfilmentDetails | None = None
    delivery_details: FulfilmentDetails | None = None


class TenderDetails(Payload):
    """The state of a card, bank, wallet or other electronic tender."""

    status: str | None = None


class Tender(Payload):
    """One means the buyer paid with; `amount_money` includes its tip."""

    amount_money: Money | None = None
    card_details: TenderDetails | None = None
    bank_account_details: TenderDetails | None = None
    buy_now_pay_later_details: TenderDetails | None = None
    square_account_details: TenderDetails | None = None


class TenderRefund(Payload):
    """Money given back, as the order tells it."""

    id: str
    tender_id: str | None = None
    created_at: str | None = None
    reason: str | None = None
    amount_money: Money
    status: str


class Source(Payload):
    """Where the order arose."""

    name: str | None = None


class OrderDocument(Payload):
    """One order document: a sale, a return, or both (an exchange)."""

    id: str
    location_id: str
    reference_id: str | None = None
    state: str
    created_at: str
    updated_at: str
    closed_at: str | None = None
    customer_id: str | None = None
    source: Source | None = None
    total_money: Money | None = None
    total_tax_money: Money | None = None
    total_discount_money: Money | None = None
    total_tip_money: Money | None = None
    total_service_charge_money: Money | None = None
    net_amounts: MoneyAmounts | None = None
    return_amounts: MoneyAmounts | None = None
    rounding_adjustment: Rounding | None = None
    line_items: list[LineItem] | None = None
    taxes: list[Tax] | None = None
    discounts: list[Discount] | None = None
    service_charges: list[ServiceCharge] | None = None
    fulfillments: list[Fulfilment] | None = None
    returns: list[OrderReturn] | None = None
    refunds: list[TenderRefund] | None = None
    tenders: list[Tender] | None = None


class ExternalDetails(Payload):
    """A payment taken outside Square and only noted there."""

    source: str | None = None
    source_id: str | None = None


class Application(Payload):
    """The application that took the payment; ids of test applications begin with `sandbox-`."""

    application_id: str | None = None


class PaymentDocument(Payload):
    """One payment; `total_money` includes the tip."""

    id: str
    order_id: str | None = None
    status: str
    source_type: str | None = None
    amount_money: Money
    tip_money: Money | None = None
    total_money: Money
    created_at: str
    updated_at: str
    external_details: ExternalDetails | None = None
    application_details: Application | None = None
