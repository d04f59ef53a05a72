"""Shapes of ShipBob's API 2026-01 as far as we read them (components of its OpenAPI document).

The specification lets nearly every field be null or absent; required here is what no meaning can be read without. Addresses and names
of recipients are left out on purpose: an advice holds none.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from connectors._kit import Payload
from connectors._kit.shipping import INT32

Id = Annotated[int, Field(strict=True, ge=0)]
Count = Annotated[int, Field(strict=True, ge=0, le=INT32)]
Number = Annotated[Decimal, Field(strict=True, max_digits=24, allow_inf_nan=False)] | Annotated[int, Field(strict=True)]
"""A JSON number that is an amount; ShipBob sends no text for it."""


class InventoryItem(Payload):
    """`Orders.InventoryViewModel`: goods that a product stands for, lots apart."""

    id: Id
    quantity: Count


class ShippedProduct(Payload):
    """`Orders.ShipmentProductViewModel`: it tells no quantity but that of its inventory."""

    reference_id: str | None = None
    sku: str | None = None
    inventory_items: list[InventoryItem] | None = None


class StatusDetail(Payload):
    """`Orders.StatusDetailViewModel`; `name` is a short word such as `Picked` or `OutOfStock`."""

    name: str | None = None


class Tracking(Payload):
    """`Orders.TrackingViewModel`; freight has a `pro_number` in place of a tracking number."""

    carrier: str | None = None
    carrier_service: str | None = None
    pro_number: str | None = None
    shipping_date: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


class Shipment(Payload):
    """`Orders.ShipmentViewModel`: one parcel, on its way through the warehouse or out of it."""

    id: Id
    status: str
    status_details: list[StatusDetail] | None = None
    products: list[ShippedProduct] | None = None
    tracking: Tracking | None = None
    ship_option: str | None = None
    invoice_amount: Number | None = None
    invoice_currency_code: str | None = None
    created_date: str | None = None
    actual_fulfillment_date: str | None = None
    last_update_at: str | None = None
    last_tracking_update_at: str | None = None


class OrderedProduct(Payload):
    """`Orders.ProductInfoViewModel`: what was asked for."""

    reference_id: str | None = None
    sku: str | None = None
    quantity: Count


class OrderPayload(Payload):
    """`Orders.OrderViewModel`."""

    id: Id
    reference_id: str
    status: str
    created_date: str
    products: list[OrderedProduct] | None = None
    shipments: list[Shipment] | None = None


class ActionTaken(Payload):
    """`Returns.ActionTakenDto`: what was done with so many of an item."""

    action: str
    quantity_processed: Count


class ReturnedItem(Payload):
    """`Returns.InventoryItemDto`."""

    id: Id
    sku: str | None = None
    action_taken: list[ActionTaken] | None = None


class Place(Payload):
    """A fulfilment centre."""

    id: Id


class StatusChange(Payload):
    """An entry of a `status_history`."""

    status: str | None = None
    timestamp: str


class ReturnPayload(Payload):
    """`Returns.PublicReturnDto`."""

    id: Id
    reference_id: str | None = None
    store_order_id: str | None = None
    status: str
    insert_date: str
    arrived_date: str | None = None
    processing_date: str | None = None
    completed_date: str | None = None
    cancelled_date: str | None = None
    status_history: list[StatusChange] | None = None
    fulfillment_center: Place | None = None
    inventory: list[ReturnedItem] | None = None


class ReceivedItem(Payload):
    """`Receiving.V2.InventoryQuantityViewModel`."""

    inventory_id: Id
    sku: str | None = None
    received_quantity: Count


class ReceivingPayload(Payload):
    """`Receiving.V2.WarehouseReceivingOrderViewModel`."""

    id: Id
    purchase_order_number: str | None = None
    status: str
    last_updated_date: str
    status_history: list[StatusChange] | None = None
    fulfillment_center: Place | None = None
    inventory_quantities: list[ReceivedItem] | None = None
