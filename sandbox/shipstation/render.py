"""Orders and labels in ShipStation's own JSON, as they stand at a time; its clock is Pacific time, written without an offset."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sandbox.books import Taken, Trade, tracking_number
from sandbox.exchange import Tree, list_of, tree_of
from sandbox.fate import Parcel
from sandbox.story import dice

WAITING, SHIPPED, CANCELLED = "awaiting_shipment", "shipped", "cancelled"
OPEN: Final = frozenset({"awaiting_payment", WAITING, "on_hold"})
TRADE: Final = Trade("shipstation", 731_000_000, "orderKey", "items", "sku", "orderStatus", WAITING)
STORE: Final = 61700
THE_STORE: Final[Tree] = {"storeId": STORE, "storeName": "Street hub", "marketplaceId": 0, "marketplaceName": "ShipStation", "active": True}
WAREHOUSE: Final = 5410
NONE: Final[list[object]] = []
ZONE: Final = ZoneInfo("America/Los_Angeles")
LABEL_CENTS, UNIT_CENTS = 450, 60
"""What a label costs, and each unit in its parcel."""
SPOILT_ONE_IN: Final = 8
"""One label in so many is spoilt, voided, and made again."""
SPOILT: Final = 5
"""Added to the last digit of a parcel's number: the label that was spoilt before it."""
MADE_MS, VOIDED_MS = 50_000, 20_000
"""How long before the good label the spoilt one was made, and voided."""


class Label(NamedTuple):
    """One label: of which parcel, when it was made, and when it was voided, 0 for never."""

    id: int
    parcel: Parcel
    made_ms: int
    voided_ms: int = 0


def moment(at_ms: int) -> str:
    """Gives an instant as ShipStation writes it."""
    seconds, rest = divmod(at_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, ZONE):%Y-%m-%dT%H:%M:%S}.{rest:03}0000"


def instant_ms(text: str) -> int:
    """Gives the instant that a text means on ShipStation's clock. Raises ValueError for one that is no time."""
    told = datetime.fromisoformat(text)
    return round((told if told.tzinfo else told.replace(tzinfo=ZONE)).astimezone(UTC).timestamp() * 1000)


def labels_of(taken: Taken, now_ms: int) -> Iterator[Label]:
    """Gives every label that was made by now, also those that were spoilt."""
    if taken.is_idle:
        return
    for place, parcel in enumerate(taken.fate.parcels):
        label_id = taken.id * 10 + place
        is_spoilt = dice(label_id, "spoilt").randrange(SPOILT_ONE_IN) == 0
        if is_spoilt and parcel.left_ms - MADE_MS <= now_ms:
            voided_ms = parcel.left_ms - VOIDED_MS
            yield Label(label_id + SPOILT, parcel, parcel.left_ms - MADE_MS, voided_ms if voided_ms <= now_ms else 0)
        if parcel.left_ms <= now_ms:
            yield Label(label_id, parcel, parcel.left_ms)


def status_of(taken: Taken, now_ms: int) -> str:
    """Gives the order's status: shipped with its first label, cancelled where nothing of it was found."""
    if taken.cancelled_ms:
        return CANCELLED
    if taken.is_idle:
        return str(taken.sent.get("orderStatus"))
    if any(True for _ in taken.parcels(now_ms)):
        return SHIPPED
    return CANCELLED if not taken.fate.parcels and taken.fate.given_up_ms <= now_ms else WAITING


def order_of(taken: Taken, now_ms: int) -> Tree:
    """Gives the whole order: what was sent, and what ShipStation adds."""
    sent = taken.sent
    items = [_item(taken, place, tree_of(item)) for place, item in enumerate(list_of(sent.get("items")))]
    options: Tree = {"warehouseId": WAREHOUSE, "mergedOrSplit": False, "mergedIds": NONE, "parentId": None}
    return {
        "orderId": taken.id,
        **sent,
        "createDate": moment(taken.entry.created_ms),
        "modifyDate": moment(taken.updated_ms(now_ms)),
        "orderStatus": status_of(taken, now_ms),
        "items": items,
        "orderTotal": 0.0,
        "holdUntilDate": None,
        "advancedOptions": options | tree_of(sent.get("advancedOptions")),
        "externallyFulfilled": False,
        "externallyFulfilledBy": None,
    }


def _item(taken: Taken, place: int, sent: Tree) -> Tree:
    return {"orderItemId": taken.id * 100 + place, **sent, "adjustment": False, "fulfillmentSku": None}


def shipment_of(taken: Taken, label: Label, *, has_items: bool) -> Tree:
    """Gives one label; what is in its parcel only to those who ask for it."""
    sent, many = taken.sent, sum(label.parcel.units)
    items = [_item(taken, place, tree_of(item)) for place, item in enumerate(list_of(sent.get("items")))]
    packed = [item | {"quantity": units} for item, units in zip(items, label.parcel.units, strict=True) if units]
    return {
        "shipmentId": label.id,
        "orderId": taken.id,
        "orderKey": taken.entry.id,
        "orderNumber": sent.get("orderNumber"),
        "customerEmail": sent.get("customerEmail"),
        "createDate": moment(label.made_ms),
        "shipDate": moment(label.made_ms)[:10],
        "shipmentCost": (LABEL_CENTS + UNIT_CENTS * many) / 100,
        "insuranceCost": 0.0,
        "trackingNumber": tracking_number(label.id),
        "isReturnLabel": False,
        "carrierCode": "stamps_com",
        "serviceCode": "usps_ground_advantage",
        "packageCode": "package",
        "confirmation": "none",
        "warehouseId": WAREHOUSE,
        "voided": label.voided_ms > 0,
        "voidDate": moment(label.voided_ms) if label.voided_ms else None,
        "shipTo": sent.get("shipTo"),
        "shipmentItems": packed if has_items else None,
    }
