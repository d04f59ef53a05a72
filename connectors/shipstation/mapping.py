"""From ShipStation's orders and shipments to what they tell of our fulfilment orders.

An order tells where ShipStation stands with it, and nothing of parcels; a shipment is one label, and tells one parcel. So neither tells
the whole, and neither is ever the last word: whether a second label of an order will come is told nowhere.

`shipments` shows labels that were bought in ShipStation and nothing else: an order that somebody marked as shipped by hand is told of as
shipped, without any parcel (https://docs.shipstation.com/apis/shipstation-v1/docs/shipments/list).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from connectors._kit import own_id, read_payload
from connectors._kit.words import standard
from connectors.shipstation.clock import ZONE, day_of, moment, noon_of, version
from connectors.shipstation.payloads import OrderPayload, ShipmentPayload, ShippedItem
from connectors.shipstation.words import CALLED_BACK, CARRIER, LEFT, ORDER_STATE, WAITING
from model.errors import MalformedError
from model.records.advice import AdvisedLine, AdvisedShipment, Freight, ShipmentAdvice
from model.values.money import minor_units

CURRENCY: Final = "currency"
"""The word under which the account's currency reaches the reading, as ShipStation's amounts name none; it goes with the statuses."""
_SHIPMENT: Final = "shipment-"
"""Before a shipment's id, as orders are numbered by themselves and the two could meet."""
_MERGED: Final = "merged or split"
"""Said of an order that was cancelled after people there merged it with others or split it: the goods may leave with another part."""


def external_id_in(raw: bytes) -> str | None:
    """The id of a shipment, or else of an order."""
    if b'"shipmentId"' not in raw:
        return own_id(raw, b"orderId")
    number = own_id(raw, b"shipmentId")
    return number and f"{_SHIPMENT}{number}"


def read_order(raw: bytes, statuses: Mapping[str, str]) -> ShipmentAdvice:
    """Where ShipStation stands with one of our orders; MalformedError names what cannot be read."""
    order = read_payload(OrderPayload, raw)
    word = standard("orderStatus", order.order_status, ORDER_STATE, statuses)
    is_part = bool(order.advanced_options and order.advanced_options.merged_or_split)
    is_uncertain = is_part and word == CALLED_BACK
    return ShipmentAdvice(
        external_id=str(order.order_id),
        reference=_reference(order),
        told_at=moment(order.modify_date),
        source_version=version(order.modify_date),
        state="on_hold" if is_uncertain else ORDER_STATE[word],
        reason=f"{_MERGED}, and {word}" if is_uncertain else _reason(word, order.hold_until_date),
    )


def read_shipment(raw: bytes, statuses: Mapping[str, str]) -> ShipmentAdvice:
    """One parcel that left, or of which the label was voided; a label for the way back is no parcel of ours that left."""
    label = read_payload(ShipmentPayload, raw)
    told_at = label.void_date if label.voided and label.void_date else label.create_date
    number = str(label.shipment_id)
    has_left = not (label.voided or label.is_return_label)
    return ShipmentAdvice(
        external_id=f"{_SHIPMENT}{number}",
        reference=_reference(label),
        told_at=max(moment(told_at), moment(label.create_date)),
        source_version=max(version(told_at), version(label.create_date)),
        state="part_shipped" if has_left else "accepted",
        shipments=(_shipment(label, number, statuses.get(CURRENCY, "USD")),) if has_left else (),
        voided=(number,) if label.voided and not label.is_return_label else (),
    )


def _reference(told: OrderPayload | ShipmentPayload) -> str:
    """Ours; it stands in both fields when the order is made, and the key cannot be changed afterwards."""
    reference = told.order_key or told.order_number
    if not reference:
        raise MalformedError("orderKey: is missing, and so is orderNumber; nobody can tell whose order this is")
    return reference


def _reason(word: str, until: str | None) -> str | None:
    if word in {WAITING, LEFT, CALLED_BACK}:
        return None
    return f"{word} until {day_of(until)}" if until else word


def _shipment(label: ShipmentPayload, number: str, currency: str) -> AdvisedShipment:
    lines = tuple(_lines(label.shipment_items or []))
    if not lines:
        raise MalformedError("shipmentItems: tell no goods, so nobody knows what left")
    return AdvisedShipment(
        external_id=number,
        shipped_at=_shipped_at(label),
        lines=lines,
        carrier=CARRIER.get(label.carrier_code or "", label.carrier_code) or None,
        service=label.service_code or None,
        tracking_numbers=(label.tracking_number,) if label.tracking_number else (),
        freight=None
        if label.shipment_cost is None
        else Freight(amount_minor=minor_units(label.shipment_cost, currency), currency=currency),
    )


def _shipped_at(label: ShipmentPayload) -> datetime:
    """When the label was made. A day before that is told where it left without one; a day still to come is not believed."""
    made = moment(label.create_date)
    day = day_of(label.ship_date) if label.ship_date else None
    return noon_of(day) if day and day < made.astimezone(ZONE).date() else made


def _lines(items: Sequence[ShippedItem]) -> Iterator[AdvisedLine]:
    """What left; an adjustment is a line of money."""
    seen: set[int] = set()
    for place, item in enumerate(items):
        if item.order_item_id in seen:
            raise MalformedError(f"shipmentItems.{place}: the item stands there twice")
        seen |= {item.order_item_id} if item.order_item_id is not None else set()
        if item.adjustment or not item.quantity:
            continue
        if not item.sku:
            raise MalformedError(f"shipmentItems.{place}.sku: is missing")
        yield AdvisedLine(sku=item.sku, quantity=item.quantity * 1000, line_reference=item.line_item_key or None)
