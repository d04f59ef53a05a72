"""An order in ShipBob's own JSON (Orders.OrderViewModel), as it stands at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from sandbox.books import Taken, Trade, tracking_number
from sandbox.exchange import Tree, list_of, tree_of
from sandbox.fate import Parcel, Units

TRADE: Final = Trade("shipbob", 230_000_000, "reference_id", "products", "reference_id")
MISSING: Final = 9
"""The last digit of the shipment of what is missing; parcels are numbered from 0."""
CHANNEL: Final = 441200
THE_CHANNEL: Final[Tree] = {"id": CHANNEL, "name": "Street hub"}
CENTRE: Final[Tree] = {"id": 8, "name": "Cicero (IL)"}
PICKED: Final[Tree] = {"id": 100, "name": "Picked", "description": "Picking Completed"}
WAITING: Final[Tree] = {"id": 200, "name": "Processing", "description": "Waiting For Carrier Pickup"}
SOLD_OUT: Final[Tree] = {"id": 303, "name": "OutOfStock", "description": "No Stock On Hand For Sku"}
HANDLING_CENTS, UNIT_CENTS = 500, 75
"""What a parcel costs, and each unit in it."""


def moment(at_ms: int) -> str:
    """Gives an instant as ShipBob writes it."""
    seconds, rest = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}0000+00:00"


def order_of(taken: Taken, now_ms: int) -> Tree:
    """Gives the whole order."""
    sent = taken.sent
    return {
        "id": taken.id,
        "reference_id": taken.entry.id,
        "order_number": sent.get("order_number") or taken.entry.id,
        "status": status_of(taken, now_ms),
        "type": sent.get("type"),
        "created_date": moment(taken.entry.created_ms),
        "purchase_date": sent.get("purchase_date"),
        "channel": THE_CHANNEL,
        "shipping_method": sent.get("shipping_method"),
        "financials": tree_of(sent.get("financials")),
        "gift_message": None,
        "recipient": sent.get("recipient"),
        "products": [_ordered(place, tree_of(product)) for place, product in enumerate(list_of(sent.get("products")))],
        "shipments": list(_shipments(taken, now_ms)),
        "tags": [],
    }


def status_of(taken: Taken, now_ms: int) -> str:
    """Gives the order's status, which follows from those of its shipments."""
    fate, left = taken.fate, len(list(taken.parcels(now_ms)))
    if taken.cancelled_ms:
        return "Cancelled"
    is_over = left == len(fate.parcels) and (not fate.is_short or fate.given_up_ms <= now_ms)
    if is_over and now_ms >= fate.picked_ms:
        return "Fulfilled" if left else "Cancelled"
    if left:
        return "PartiallyFulfilled"
    return "Exception" if fate.is_short and not fate.parcels and now_ms >= fate.picked_ms else "Processing"


def _ordered(place: int, product: Tree) -> Tree:
    sku = product.get("reference_id")
    named = {"id": 7000 + place, "reference_id": sku, "sku": sku, "quantity": product.get("quantity")}
    return named | {"gtin": None, "upc": None, "unit_price": None, "external_line_id": None, "quantity_unit_of_measure_code": None}


def _shipments(taken: Taken, now_ms: int) -> Iterator[Tree]:
    """Gives one shipment until the order is picked or called back, then one for each parcel, and one for what is missing."""
    fate, first = taken.fate, taken.id * 10
    if taken.cancelled_ms or now_ms < fate.picked_ms:
        whole = tuple(map(sum, zip(fate.missing, *(parcel.units for parcel in fate.parcels), strict=True)))
        status = "Cancelled" if taken.cancelled_ms else "Processing"
        yield _shipment(taken, first, whole, status, taken.updated_ms(now_ms), [])
        return
    for place, parcel in enumerate(fate.parcels):
        if parcel.left_ms <= now_ms:
            yield _shipment(taken, first + place, parcel.units, "Completed", parcel.left_ms, [WAITING]) | _left(first + place, parcel)
        else:
            yield _shipment(taken, first + place, parcel.units, "Processing", fate.picked_ms, [PICKED])
    if fate.is_short:
        is_given_up = fate.given_up_ms <= now_ms
        status, at_ms = ("Cancelled", fate.given_up_ms) if is_given_up else ("Exception", fate.picked_ms)
        yield _shipment(taken, first + MISSING, fate.missing, status, at_ms, [SOLD_OUT])


def _shipment(taken: Taken, shipment_id: int, units: Units, status: str, at_ms: int, details: list[Tree]) -> Tree:
    return {
        "id": shipment_id,
        "order_id": taken.id,
        "reference_id": taken.entry.id,
        "status": status,
        "status_details": details,
        "created_date": moment(taken.entry.created_ms),
        "last_update_at": moment(at_ms),
        "last_tracking_update_at": None,
        "actual_fulfillment_date": None,
        "location": CENTRE,
        "ship_option": taken.sent.get("shipping_method"),
        "products": [_product(place, sku, many, status) for place, (sku, many) in enumerate(zip(taken.skus, units, strict=True)) if many],
        "invoice_amount": None,
        "invoice_currency_code": None,
        "is_tracking_uploaded": False,
        "require_signature": False,
    }


def _product(place: int, sku: str, many: int, status: str) -> Tree:
    goods: Tree = {"id": 9000 + place, "name": sku, "quantity": many, "quantity_committed": 0 if status == "Exception" else many}
    return {"id": 7000 + place, "reference_id": sku, "sku": sku, "name": sku, "inventory_items": [goods]}


def _left(parcel_id: int, parcel: Parcel) -> Tree:
    """Gives what is known of a parcel once it has left."""
    number = tracking_number(parcel_id)
    cents = HANDLING_CENTS + UNIT_CENTS * sum(parcel.units)
    return {
        "tracking": {
            "carrier": "USPS",
            "carrier_service": "Ground Advantage",
            "tracking_number": number,
            "tracking_url": f"https://carrier.example/track?id={number}",
        },
        "actual_fulfillment_date": moment(parcel.left_ms),
        "last_tracking_update_at": moment(parcel.left_ms),
        "invoice_amount": cents / 100,
        "invoice_currency_code": "USD",
    }
