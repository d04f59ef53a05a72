"""Telling Medusa that goods left: a fulfilment is made of the order's lines, and then shipped with its labels.

Medusa has no keys, so an attempt whose answer never came is looked for: the fulfilment that bears our reference in its `metadata` is
ours. Between the two steps it is there and not yet shipped; then it is no answer to `find`, and telling goes on from it. A shipment
cannot be told twice: the second is refused.

Medusa packs out of the order's own reservations, so goods it reserved elsewhere, or has packed already, are refused.
Source: `POST /admin/orders/ID/fulfillments` and `.../fulfillments/ID/shipments` of 2.21
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from connectors._kit import Answer, Http, decoded, notices
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.medusa.paging import query_of
from model.errors import RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice

NOTICE: Final = CommandFacts(
    provider_class="B",
    rate=Rate(Fraction(2), 2),  # no limit but the machine; a notice is a reading and two changes of several hundred milliseconds
)
MARK: Final = "entrepot_shipment"
"""Our own member of a fulfilment's `metadata`."""

FIELDS: Final = (
    "id,status,canceled_at,fulfillments.id,fulfillments.metadata,fulfillments.shipped_at,fulfillments.delivered_at,fulfillments.canceled_at"
)
_FEW: Final = urlencode({"fields": FIELDS})
_JSON: Final = {"content-type": "application/json"}


class Detail(msgspec.Struct):
    """What became of a line."""

    fulfilled_quantity: Decimal | None = None


class Line(msgspec.Struct):
    """A line of the order."""

    id: str
    quantity: Decimal
    requires_shipping: bool = True
    detail: Detail | None = None

    @property
    def left(self) -> Decimal:
        """What is not yet packed."""
        return self.quantity - ((self.detail.fulfilled_quantity if self.detail else None) or Decimal(0))


class Fulfilment(msgspec.Struct):
    """A fulfilment."""

    id: str
    metadata: Mapping[str, object] | None = None
    shipped_at: str | None = None
    delivered_at: str | None = None
    canceled_at: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether it left."""
        return bool(self.shipped_at or self.delivered_at)


class Order(msgspec.Struct):
    """The order a notice is about."""

    id: str
    status: str = ""
    items: tuple[Line, ...] = ()
    fulfillments: tuple[Fulfilment, ...] = ()


class _Found(msgspec.Struct):
    orders: tuple[Order, ...]


class _Changed(msgspec.Struct):
    order: Order


def write(notice: ShipmentNotice) -> bytes:
    """The body of the command; RejectedError for what cannot be told."""
    notices.whole_units(notice)
    return notices.written(notice)


def submit(http: Http, location: str | None, command: Command) -> Receipt:
    """Tell, from wherever an earlier attempt left off; RejectedError where the lines are not there to be fulfilled."""
    notice = notices.read(command.body)
    order = _read(http, notice)
    found = _ours(order, notice)
    if found is not None and found.is_done:
        return Receipt(found.id, is_repeat=True)
    where = f"admin/orders/{quote(order.id, safe='')}/fulfillments"
    made = found or _made(http, where, location, notice, order)
    body = msgspec.json.encode(shipment_body(notice))
    try:
        answer = http.submit("POST", f"{where}/{quote(made.id, safe='')}/shipments?{_FEW}", body, _JSON)
    except RejectedError:
        late = _ours(_read(http, notice), notice)
        if late is None or not late.is_done:
            raise
        return Receipt(late.id, is_repeat=True)
    if decoded(answer.body, _Changed, "shipments").order.id != order.id:
        raise TransientError("shipments: the answer is of another order")
    return Receipt(made.id)


def find(http: Http, command: Command) -> Receipt | None:
    """The fulfilment of this very notice, if it is shipped; one that is only packed leaves the notice half told."""
    notice = notices.read(command.body)
    found = _ours(_read(http, notice), notice)
    return Receipt(found.id, is_repeat=True) if found is not None and found.is_done else None


def fulfilment_body(notice: ShipmentNotice, location: str | None) -> dict[str, object]:
    """What a fulfilment is made of; without a location Medusa takes that of the shipping option."""
    told: dict[str, object] = {
        "items": [{"id": line, "quantity": many} for line, many in notices.whole_units(notice).items()],
        "no_notification": not notice.tells_buyer,
        "metadata": {MARK: notice.reference},
    }
    return told | ({"location_id": location} if location else {})


def shipment_body(notice: ShipmentNotice) -> dict[str, object]:
    """What is told of its parcels: each number once, with the address that follows it, if there is one."""
    urls = dict(zip(notice.tracking_numbers, notice.tracking_urls, strict=False))
    labels = [{"tracking_number": number, "tracking_url": urls.get(number, ""), "label_url": ""} for number in notice.tracking_numbers]
    lines = [{"id": line, "quantity": many} for line, many in notices.whole_units(notice).items()]
    return {"items": lines, "labels": labels, "no_notification": not notice.tells_buyer}


def _ours(order: Order, notice: ShipmentNotice) -> Fulfilment | None:
    ours = (each for each in order.fulfillments if not each.canceled_at and (each.metadata or {}).get(MARK) == notice.reference)
    return next(ours, None)


def _made(http: Http, where: str, location: str | None, notice: ShipmentNotice, order: Order) -> Fulfilment:
    """The fulfilment, made now; or one that an earlier attempt made meanwhile."""
    _refuse(order, notice)
    body = msgspec.json.encode(fulfilment_body(notice, location))
    try:
        answer = http.submit("POST", f"{where}?{_FEW}", body, _JSON)
    except RejectedError as error:
        late = _ours(_read(http, notice), notice)
        if late is None:
            raise RejectedError(f"{error}; it has no reservation of the lines at this stock location, or no shipping option") from error
        return late
    made = _ours(decoded(answer.body, _Changed, "fulfillments").order, notice)
    if made is None:
        raise TransientError("fulfillments: the answer does not show the fulfilment")
    return made


def _refuse(order: Order, notice: ShipmentNotice) -> None:
    """Lines that the order does not have, or no longer to be packed."""
    if order.status == "canceled":
        raise RejectedError("order: is cancelled")
    left: defaultdict[str, Decimal] = defaultdict(Decimal, {line.id: line.left for line in order.items})
    told = notices.whole_units(notice)
    short = ", ".join(sorted(line for line, many in told.items() if left[line] < many))
    if short:
        raise RejectedError(f"fulfillments: lines {short} were packed by somebody else, were cancelled, or are none of this order")
    if len({line.requires_shipping for line in order.items if line.id in told}) > 1:
        raise RejectedError("fulfillments: the shop ships goods and hands out what needs no shipping apart; tell them in two notices")


def _read(http: Http, notice: ShipmentNotice) -> Order:
    def read(answer: Answer) -> tuple[Order, ...]:
        return decoded(answer.body, _Found, "orders").orders

    fields = f"{FIELDS},items.detail.fulfilled_quantity"
    found = http.get(f"admin/orders?{query_of([notice.order_external_id], ('fields', fields))}", read=read)
    order = next((each for each in found if each.id == notice.order_external_id), None)
    if order is None:
        raise RejectedError("order: the shop does not know it")
    return order
