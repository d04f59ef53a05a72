"""Having ShipBob ship an order, calling one back, and finding what an earlier attempt made.

`reference_id` is unique within a channel: an order made twice is refused with 422. The specification does not tell such a refusal from
others, so after any refusal we look whether our reference is there.
Sources: the OpenAPI document; https://developer.shipbob.com/errors; https://developer.shipbob.com/v1.0/guides/build-orders-integration
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded
from connectors._kit.shipping import check_countable, check_lines, destination, location_number, pieces, sku
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.shipbob.words import CALLED_BACK
from model.errors import ContractError, RejectedError, TransientError
from model.records.fulfilment import FulfilmentOrder
from model.records.order import Party
from model.values.instant import iso
from model.values.money import decimal_amount

FACTS: Final = CommandFacts(provider_class="A", rate=Rate(Fraction(2), 10))
"""150 requests in any minute over everything a token does (https://developer.shipbob.com/rate-limit); some are left for reading."""

VENDOR: Final = "ShipBob"
LONGEST_NAME, LONGEST_PHONE, LONGEST_NUMBER = 300, 50, 400
_JSON: Final = msgspec.json.Encoder(decimal_format="number")


class Order(msgspec.Struct):
    """What of an order the commands need."""

    id: int
    reference_id: str | None = None
    status: str | None = None


class _CalledBack(msgspec.Struct):
    status: str


class _Wish(msgspec.Struct, frozen=True):
    """The body of a command that calls an order back; ShipBob itself wants none."""

    reference_id: str
    order_id: str | None = None


def write_order(order: FulfilmentOrder, shipping_method: str) -> bytes:
    """The body of `POST /order`.

    Products are named by our SKU alone: with a `name` ShipBob would make a product of any SKU that it does not know, without stock.
    An order has no field for a note to the warehouse, for the day to ship by, or for urgency; a service may be made for these.
    """
    body: dict[str, object] = {
        "reference_id": order.reference,
        "order_number": order.order_number[:LONGEST_NUMBER],
        "type": "DTC",
        "shipping_method": order.service or shipping_method,
        "purchase_date": iso(order.placed_at),
        "recipient": _recipient(order.ship_to),
        "products": _products(order),
    }
    if order.location_code:
        body["location_id"] = location_number(order.location_code, VENDOR)
    if order.currency == "USD":  # the one currency in which ShipBob takes the value
        body["financials"] = {"total_price": decimal_amount(order.value_minor, order.currency)}
    return _JSON.encode(body)


def _recipient(party: Party) -> dict[str, object]:
    told = destination(party, VENDOR)
    if len(told.name) > LONGEST_NAME:
        raise RejectedError(f"ship_to.name: is longer than ShipBob's {LONGEST_NAME} characters; shorten it in the order's address")
    address = {
        "address1": told.street[0],
        "address2": ", ".join(told.street[1:]) or None,
        "company_name": party.company,
        "city": told.city,
        "state": party.region,
        "zip_code": party.postcode,
        "country": told.country,
    }
    phone = party.phone if party.phone and len(party.phone) <= LONGEST_PHONE else None
    return {"name": told.name, "address": address, "email": party.email or None, "phone_number": phone}


def _products(order: FulfilmentOrder) -> list[dict[str, object]]:
    """One product for each SKU: whether one may stand there twice is not documented."""
    check_lines(order)
    counts: Counter[str] = Counter()
    for line in order.lines:
        counts[sku(line, VENDOR)] += pieces(line, VENDOR)
    for name, count in counts.items():
        check_countable(name, count, VENDOR)
    return [{"reference_id": name, "name": None, "quantity": count} for name, count in counts.items()]


def make_order(http: Http, command: Command, channel: Mapping[str, str]) -> Receipt:
    """Send the order once; a refused one that is there already was made before."""
    try:
        answer = http.submit("POST", "order", command.body, {**channel, "Content-Type": "application/json"})
    except RejectedError:
        made = find_order(http, command.reference, channel)
        if made is None:
            raise
        return Receipt(str(made.id), is_repeat=True)
    return Receipt(str(decoded(answer.body, Order, "order").id))


def find_order(http: Http, reference: str, channel: Mapping[str, str]) -> Order | None:
    """The order of this very reference."""
    try:
        found = http.get("order", {"ReferenceIds": reference, "Page": 1, "Limit": 250}, headers=channel, read=_orders)
    except RejectedError as error:  # says nothing of the order, and must not pass for a refusal of the command
        raise TransientError(f"order: cannot be looked up: {error}") from error
    return next((order for order in found if order.reference_id == reference), None)


def _orders(answer: Answer) -> list[Order]:
    """What was found; a TransientError where the answer promises more than it shows, as that is no word of what is there."""
    found = decoded(answer.body, list[Order], "order")
    promised = answer.headers.get("total-count", "0")
    if promised.isascii() and promised.isdigit() and int(promised[:12]) > len(found):
        raise TransientError(f"order: {len(found)} orders shown, although there are {promised[:12]}")
    return found


def write_wish(reference: str, external_id: str | None) -> bytes:
    """The body of a command that calls an order back."""
    if external_id is not None and not (external_id.isascii() and external_id.isdigit()):
        raise RejectedError("external_id: is no id of ShipBob's, which are numbers")
    return msgspec.json.encode(_Wish(reference, external_id))


def call_back(http: Http, command: Command, channel: Mapping[str, str]) -> Receipt:
    """Cancel the order with all its shipments, once; one that is cancelled is cancelled."""
    order_id = decoded(command.body, _Wish, "command").order_id or _known_id(http, command, channel)
    try:
        answer = http.submit("POST", f"order/{order_id}:cancel", b"", channel)
    except RejectedError:
        repeat = find_called_back(http, command, channel)
        if repeat is None:
            raise
        return repeat
    status = decoded(answer.body, _CalledBack, "order:cancel").status
    if status == "Success":
        return Receipt(order_id)
    if status not in {"Failure", "PartialSuccess"}:
        raise ContractError("order:cancel: ends in a status that ShipBob does not document")
    repeat = find_called_back(http, command, channel)
    if repeat is None:
        raise RejectedError(f"order:cancel: {status}; it is too late, at least a part of it is on its way")
    return repeat


def _known_id(http: Http, command: Command, channel: Mapping[str, str]) -> str:
    order = find_order(http, command.reference, channel)
    if order is None:
        raise RejectedError("order: ShipBob has none of this reference to call back")
    return str(order.id)


def find_called_back(http: Http, command: Command, channel: Mapping[str, str]) -> Receipt | None:
    """The order's acknowledgement, if it is cancelled."""
    order = find_order(http, command.reference, channel)
    return Receipt(str(order.id), is_repeat=True) if order and order.status == CALLED_BACK else None
