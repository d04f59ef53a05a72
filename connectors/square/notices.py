"""Telling Square that goods left: one UpdateOrder that sets the shipment fulfilment of an open order, and marks it with our reference.

An update holds the version it was made for, and Square takes one update for a version: the same notice, read and told again, either
finds its mark, or makes the same update, or is refused because the order moved, and then is made once more from what it has become.
The idempotency key is of the notice and of that version, as Square answers a known key with the order as it is and does nothing.

Square takes one fulfilment of an order from outside and does not split one (docs "Manage Order Fulfillments"); lines of a fulfilment
are read-only. So the parts of an order are told on the one fulfilment there is: with the last part it is completed, before that it is
in progress, and it shows the tracking numbers of all. Several fulfilments, which sellers can make by Square's own products, are
completed one by one as the notice covers them. Square's own point of sale makes orders that no interface can update.
Source: https://developer.squareup.com/reference/square/orders-api/update-order, Square-Version 2025-08-20. Not documented: whether a
fulfilment may be added without a recipient, or in the state that it is to reach; Square refuses the update where it may not.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Final

import msgspec

from connectors._kit import Answer, Http, notices
from connectors._kit.exchange import TurnedAwayError
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.square.paging import Told, settled
from model.errors import RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice

NOTICE: Final = CommandFacts(
    provider_class="A",  # one update for a version of the order, and the mark in it
    rate=Rate(Fraction(10), 10),  # as of stock: Square publishes no figure
)

OPEN: Final = frozenset({"PROPOSED", "RESERVED", "PREPARED"})
MOST_NUMBERS: Final = 100
MOST_CARRIER: Final = 50
MOST_URL: Final = 2000
"""Characters of what a shipment shows."""

_WHERE: Final = "v2/orders"
_JSON: Final = {"content-type": "application/json"}
_MARKABLE: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,192}", re.ASCII)


class Details(msgspec.Struct):
    """FulfillmentShipmentDetails."""

    tracking_number: str | None = None


class Entry(msgspec.Struct):
    """How much of a line a fulfilment carries."""

    line_item_uid: str
    quantity: Decimal


class Fulfilment(msgspec.Struct):
    """Fulfillment; without entries it carries all lines."""

    uid: str | None = None
    type: str | None = None
    state: str | None = None
    entries: tuple[Entry, ...] | None = None
    metadata: dict[str, str] | None = None
    shipment_details: Details | None = None


class Line(msgspec.Struct):
    """OrderLineItem."""

    quantity: Decimal
    uid: str | None = None


class Order(msgspec.Struct):
    """Order; `version` is missing where it did not come through the interface."""

    id: str
    location_id: str
    state: str | None = None
    version: int | None = None
    customer_id: str | None = None
    line_items: tuple[Line, ...] | None = None
    fulfillments: tuple[Fulfilment, ...] | None = None


class _OrderAnswer(Told):
    order: Order | None = None


def write(notice: ShipmentNotice) -> bytes:
    """The body of the command; RejectedError for what cannot be told."""
    if not _ID.fullmatch(notice.order_external_id):
        raise RejectedError(f"notice {notice.reference}: {notice.order_external_id[:40]!r} is no order id of Square")
    return notices.written(notice)


def submit(http: Http, command: Command) -> Receipt:
    """Tell, unless it was told before; RejectedError where the order takes no notice any more."""
    notice = notices.read(command.body)
    order = _read(http, notice)
    for _ in range(2):
        if (told := _told(order, notice)) is not None:
            return Receipt(told, is_repeat=True)
        body = change(order, notice, command.key)
        try:
            answer = http.submit("PUT", f"{_WHERE}/{order.id}", body, _JSON)
        except RejectedError:
            before, order = order, _read(http, notice)
            if order.version == before.version:
                raise
            continue  # the order moved between reading and telling, and Square did nothing
        return _made(answer, notice)
    raise TurnedAwayError(f"{_WHERE}/{order.id}: the order moves all the time")


def find(http: Http, command: Command) -> Receipt | None:
    """The fulfilment that bears the mark of this very notice."""
    notice = notices.read(command.body)
    told = _told(_read(http, notice), notice)
    return Receipt(told, is_repeat=True) if told is not None else None


def mark_of(reference: str) -> str:
    """The key under which a fulfilment's metadata keeps our reference: at most 60 letters, digits, `_` and `-`."""
    return f"entrepot_{reference if _MARKABLE.fullmatch(reference) else sha256(reference.encode()).hexdigest()[:40]}"


def change(order: Order, notice: ShipmentNotice, key: str) -> bytes:
    """The update of the order as it was read; RejectedError where it takes none."""
    if order.version is None:
        raise RejectedError(f"{_WHERE}/{order.id}: did not come through Square's interface and cannot be updated by it")
    if order.state != "OPEN":
        raise RejectedError(f"{_WHERE}/{order.id}: is {order.state}; Square takes updates of open orders only")
    sparse = {"location_id": order.location_id, "version": order.version, "fulfillments": _fulfilments(order, notice)}
    return msgspec.json.encode({"idempotency_key": f"{key}-{order.version}", "order": sparse})


def _fulfilments(order: Order, notice: ShipmentNotice) -> list[dict[str, object]]:
    """The fulfilments the notice concerns, or a new one where the order has none."""
    known = [each for each in order.fulfillments or () if each.state not in {"CANCELED", "FAILED"}]
    lines = {line.line_external_id for line in notice.lines}
    shipments = [each for each in known if each.type == "SHIPMENT" and each.state in OPEN and _carries_any(each, lines)]
    if shipments:
        return [_moved(order, each, notice) for each in shipments]
    if any(each.type != "SHIPMENT" and each.state in OPEN for each in known):
        raise RejectedError(f"{_WHERE}/{order.id}: is to be picked up or delivered; Square takes no shipment beside that")
    if known:
        raise RejectedError(f"{_WHERE}/{order.id}: was fulfilled by somebody else")
    recipient: dict[str, object] = {"recipient": {"customer_id": order.customer_id}} if order.customer_id else {}
    return [
        {
            "uid": mark_of(notice.reference),
            "type": "SHIPMENT",
            "state": "COMPLETED" if notice.is_last else "RESERVED",
            "metadata": {mark_of(notice.reference): notice.reference[:255]},
            "shipment_details": recipient | _details(notice, ()),
        }
    ]


def _carries_any(fulfilment: Fulfilment, lines: set[str]) -> bool:
    return not fulfilment.entries or any(entry.line_item_uid in lines for entry in fulfilment.entries)


def _moved(order: Order, fulfilment: Fulfilment, notice: ShipmentNotice) -> dict[str, object]:
    """The fulfilment marked, with our numbers behind those it shows; completed where nothing of it is left to be sent."""
    shown = notices.tracking_numbers([fulfilment.shipment_details.tracking_number if fulfilment.shipment_details else None])
    ends = notice.is_last or _covers(notice, fulfilment.entries or _all_of(order))
    state = {"state": "COMPLETED"} if ends else {"state": "RESERVED"} if fulfilment.state == "PROPOSED" else {}
    return {
        "uid": fulfilment.uid,
        **state,
        "metadata": {mark_of(notice.reference): notice.reference[:255]},
        "shipment_details": _details(notice, shown),
    }


def _all_of(order: Order) -> tuple[Entry, ...]:
    return tuple(Entry(line.uid or "", line.quantity) for line in order.line_items or ())


def _covers(notice: ShipmentNotice, entries: Sequence[Entry]) -> bool:
    left: dict[str, int] = {}
    for line in notice.lines:
        left[line.line_external_id] = left.get(line.line_external_id, 0) + line.quantity
    return all(left.get(entry.line_item_uid, 0) >= entry.quantity * 1000 for entry in entries)


def _details(notice: ShipmentNotice, shown: Sequence[str]) -> dict[str, object]:
    """What the shipment shows; of more numbers than fit, the latest."""
    numbers = [*shown, *(number for number in notice.tracking_numbers if number not in shown)]
    while len(notices.JOINT.join(numbers)) > MOST_NUMBERS:
        numbers = numbers[1:]
    url = next(iter(notice.tracking_urls), "")
    told = {
        "carrier": (notice.carrier or "")[:MOST_CARRIER],
        "shipping_type": (notice.service or "")[:MOST_CARRIER],
        "tracking_number": notices.JOINT.join(numbers),
        "tracking_url": url if len(url) <= MOST_URL else "",
    }
    return {name: text for name, text in told.items() if text}


def _told(order: Order, notice: ShipmentNotice) -> str | None:
    mark = mark_of(notice.reference)
    return next((each.uid or mark for each in order.fulfillments or () if mark in (each.metadata or {})), None)


def _read(http: Http, notice: ShipmentNotice) -> Order:
    return http.get(f"{_WHERE}/{notice.order_external_id}", read=_order)


def _order(answer: Answer) -> Order:
    order = settled(_OrderAnswer, answer, _WHERE).order
    if order is None:
        raise TransientError(f"{_WHERE}: the answer holds no order")
    return order


def _made(answer: Answer, notice: ShipmentNotice) -> Receipt:
    """The fulfilment as the updated order shows it; an order without our mark leaves open what became of the update."""
    told = _told(_order(answer), notice)
    if told is None:
        raise TransientError(f"{_WHERE}: the updated order does not show the shipment")
    return Receipt(told)
