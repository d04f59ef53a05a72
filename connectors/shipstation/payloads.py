"""Shapes of ShipStation's API V1 as far as we read them.

The specification requires nearly nothing of an answer; required here is what no meaning can be read without. Addresses and names of
recipients are left out on purpose: an advice holds none. What stands in `shipmentItems` and `advancedOptions` the specification leaves
open; their fields are those of the vendor's pages (https://docs.shipstation.com/apis/shipstation-v1/docs/models/order-item and
https://docs.shipstation.com/apis/shipstation-v1/docs/models/advanced-options).
"""

from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from connectors._kit import Payload
from connectors._kit.shipping import INT32

Id = Annotated[int, Field(strict=True, ge=0)]
Count = Annotated[int, Field(strict=True, ge=0, le=INT32)]
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[Decimal, Field(strict=True, max_digits=24, allow_inf_nan=False)] | Annotated[int, Field(strict=True)]
"""A JSON number that is an amount; ShipStation sends no text for it."""


class _Object(Payload):
    model_config = ConfigDict(alias_generator=to_camel)


class AdvancedOptions(_Object):
    """Of `advancedOptions`, whether people merged the order with others or split it."""

    merged_or_split: Flag | None = None


class OrderPayload(_Object):
    """`Order`."""

    order_id: Id
    order_key: str | None = None
    order_number: str | None = None
    order_status: str
    modify_date: str
    hold_until_date: str | None = None
    advanced_options: AdvancedOptions | None = None


class ShippedItem(_Object):
    """An entry of `shipmentItems`."""

    order_item_id: Id | None = None
    line_item_key: str | None = None
    sku: str | None = None
    quantity: Count
    adjustment: Flag | None = None


class ShipmentPayload(_Object):
    """`Shipment`: one label."""

    shipment_id: Id
    order_key: str | None = None
    order_number: str | None = None
    create_date: str
    ship_date: str | None = None
    shipment_cost: Number | None = None
    tracking_number: str | None = None
    is_return_label: Flag | None = None
    carrier_code: str | None = None
    service_code: str | None = None
    voided: Flag
    void_date: str | None = None
    shipment_items: list[ShippedItem] | None = None
