"""Having ShipStation ship an order, calling one back, and finding what an earlier attempt made.

`POST /orders/createorder` looks for an order of our `orderKey`: an open one is updated, and where there is none a new one is made; orders
that are shipped or cancelled may not be updated, says the vendor, and leaves open what it does instead when one is sent
(https://docs.shipstation.com/apis/shipstation-v1/docs/orders/create-update-order). So sending an order again is not known to be harmless:
it might come to a second parcel of a shipped one, and it would let go one that people there hold. What was made is therefore looked
for before it is sent again (class B). An order that is cancelled can only be cancelled once (class A).

Orders can be searched by `orderNumber` alone, which finds every number that begins so. Hence our reference is the number as well as the
key, and the buyer's own order number is in `customField1`.
"""

from datetime import timedelta
from fractions import Fraction
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded
from connectors._kit.shipping import check_countable, check_lines, destination, location_number, pieces, sku
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.shipstation.clock import written
from connectors.shipstation.words import CALLED_BACK, LEFT, OPEN, WAITING
from model.errors import ContractError, RejectedError, TransientError
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from model.values.money import decimal_amount

_RATE: Final = Rate(Fraction(1, 3), 5)
"""40 requests a minute for one key (https://docs.shipstation.com/apis/shipstation-v1/docs/start-here/requirements); half for reading."""
SHIPMENT_FACTS: Final = CommandFacts(provider_class="B", rate=_RATE, read_lag=timedelta(minutes=2))
"""How soon a search shows a new order is not documented; this is a bound with room."""
CANCEL_FACTS: Final = CommandFacts(provider_class="A", rate=_RATE)

VENDOR: Final = "ShipStation"
MOST_STREETS: Final = 3
MOST_FOUND: Final = 500
LONGEST_FIELD: Final = 100
_CREATE: Final = "orders/createorder"
_HEADERS: Final = {"Content-Type": "application/json"}
_JSON: Final = msgspec.json.Encoder(decimal_format="number")


class Order(msgspec.Struct, rename="camel"):
    """What of an order the commands need."""

    order_id: int
    order_status: str
    order_key: str | None = None


class _Found(msgspec.Struct):
    orders: list[msgspec.Raw]
    total: int | None = None


class Part(msgspec.Struct):
    """An order of ours as it was found: more than one where people there split it."""

    order: Order
    raw: bytes

    @property
    def receipt(self) -> Receipt:
        """What says that it was there."""
        return Receipt(str(self.order.order_id), is_repeat=True)


class _Asked(msgspec.Struct):
    """The body of a command that calls an order back; what ShipStation itself wants is the order as it stands then."""

    reference: str


def write_order(order: FulfilmentOrder, store_id: int, currency: str) -> bytes:
    """The body of `POST /orders/createorder`; `advancedOptions`, which the specification leaves open, as the vendor's pages tell them."""
    check_lines(order)
    address = _address(order)
    options: dict[str, object] = {"storeId": store_id, "customField1": order.order_number[:LONGEST_FIELD]}
    if order.location_code:
        options["warehouseId"] = location_number(order.location_code, VENDOR)
    body: dict[str, object] = {
        "orderNumber": order.reference,
        "orderKey": order.reference,
        "orderDate": written(order.placed_at),
        "shipByDate": f"{order.ship_by}T00:00:00" if order.ship_by else None,
        "orderStatus": WAITING,
        "customerEmail": order.ship_to.email or None,
        "billTo": {"name": address["name"], "country": address["country"]},
        "shipTo": address,
        "items": [_item(line) for line in order.lines],
        "internalNotes": ("Urgent. " if order.is_urgent else "") + (order.note or "") or None,
        "requestedShippingService": order.service,
        "advancedOptions": options,
    }
    if order.currency == currency:  # amounts there name none
        body["amountPaid"] = decimal_amount(order.value_minor, currency)
    return _JSON.encode({name: told for name, told in body.items() if told is not None})


def _address(order: FulfilmentOrder) -> dict[str, object]:
    told, party = destination(order.ship_to, VENDOR), order.ship_to
    lines = [*told.street[: MOST_STREETS - 1], ", ".join(told.street[MOST_STREETS - 1 :])]
    parts = {
        "name": told.name,
        "company": party.company,
        **{f"street{place}": line for place, line in enumerate(lines, 1)},
        "city": told.city,
        "state": party.region,
        "postalCode": party.postcode,
        "country": told.country,
        "phone": party.phone,
    }
    return {name: text for name, text in parts.items() if text}


def _item(line: FulfilmentOrderLine) -> dict[str, object]:
    name, count = sku(line, VENDOR), pieces(line, VENDOR)
    check_countable(name, count, VENDOR)
    return {"lineItemKey": line.reference, "sku": name, "name": line.title or name, "quantity": count}


def make_order(http: Http, command: Command) -> Receipt:
    """Send the order, once."""
    answer = http.submit("POST", _CREATE, command.body, _HEADERS)
    made = decoded(answer.body, Order, _CREATE)
    if made.order_key != command.reference:
        raise ContractError(f"{_CREATE}: the answer is about an order of another key")
    return Receipt(str(made.order_id))


def find_order(http: Http, reference: str, store_id: int) -> Receipt | None:
    """The order of this very reference, if there is one in any state."""
    return next((part.receipt for part in _parts(http, reference, store_id)), None)


def _parts(http: Http, reference: str, store_id: int) -> list[Part]:
    """Every order of this very reference."""
    asked: dict[str, str | int] = {"orderNumber": reference, "storeId": store_id, "page": 1, "pageSize": MOST_FOUND}
    try:
        found = http.get("orders", asked, read=_found)
    except RejectedError as error:  # says nothing of the order, and must not pass for a refusal of the command
        raise TransientError(f"orders: cannot be looked up: {error}") from error
    own = [part for part in found if part.order.order_key == reference]
    return sorted(own, key=lambda part: part.order.order_id)


def _found(answer: Answer) -> list[Part]:
    """What was found; a TransientError where the answer promises more than it shows, as that is no word of what is there."""
    told = decoded(answer.body, _Found, "orders")
    if told.total is not None and told.total > len(told.orders):
        raise TransientError(f"orders: {len(told.orders)} orders shown, although there are {told.total}")
    return [Part(decoded(raw, Order, "orders"), bytes(raw)) for raw in told.orders]


def write_wish(reference: str) -> bytes:
    """The body of a command that calls an order back."""
    return msgspec.json.encode(_Asked(reference))


def call_back(http: Http, command: Command, store_id: int) -> Receipt:
    """Set the order to cancelled as it stands, once; one that is cancelled is cancelled. RejectedError where that is too late."""
    parts = _parts(http, command.reference, store_id)
    if not parts:
        raise RejectedError("orders: ShipStation has none of this reference to call back")
    part = _open_part(parts)
    if part is None:
        return parts[0].receipt
    try:
        answer = http.submit("POST", _CREATE, _cancelled(part), _HEADERS)
    except RejectedError:
        repeat = find_called_back(http, command.reference, store_id)
        if repeat is None:
            raise
        return repeat
    _check_cancelled(decoded(answer.body, Order, _CREATE))
    return Receipt(str(parts[0].order.order_id))


def _open_part(parts: list[Part]) -> Part | None:
    """The one order to cancel, None where all are; what can certainly not be cancelled is refused before anything is sent."""
    waiting = [part for part in parts if part.order.order_status != CALLED_BACK]
    if any(part.order.order_status == LEFT for part in waiting):
        raise RejectedError("orders: it is too late, at least a part of it is shipped")
    if len(waiting) > 1:
        raise RejectedError("orders: it was split there; cancel its parts in ShipStation")
    if waiting and waiting[0].order.order_status not in OPEN:
        raise RejectedError("orders: it is with a fulfilment provider of ShipStation's, which lets nobody change it; cancel it there")
    return waiting[0] if waiting else None


def _cancelled(part: Part) -> bytes:
    """The whole order as it was read, number by number, with another status: the vendor takes no partial updates."""
    fields = decoded(part.raw, dict[str, msgspec.Raw], "orders")
    return msgspec.json.encode({**fields, "orderStatus": msgspec.Raw(msgspec.json.encode(CALLED_BACK))})


def _check_cancelled(order: Order) -> None:
    """That the answer shows the order cancelled; what the vendor answers where it did not change an order is not documented."""
    if order.order_status == LEFT:
        raise RejectedError("orders: it is too late, it is shipped")
    if order.order_status != CALLED_BACK:
        raise TransientError(f"{_CREATE}: the answer does not show the order cancelled")


def find_called_back(http: Http, reference: str, store_id: int) -> Receipt | None:
    """The order's acknowledgement, if it is cancelled with all its parts."""
    parts = _parts(http, reference, store_id)
    return parts[0].receipt if parts and all(part.order.order_status == CALLED_BACK for part in parts) else None
