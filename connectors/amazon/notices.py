"""Tells Amazon that goods of an order left: one confirmed package for each notice.

Amazon takes a number of ours for each package of an order (digits only, so it is derived from the notice's reference) and shows it with the
order's packages. No model says that it refuses the same number twice; so the order is read before it is told, and a package that bears
our number, or goes by our parcel's number, is our notice. Amazon takes one tracking number for a package: of several the first is told.
The answer has no body. Source: models ordersV0 (confirmShipment) and orders_2026-01-01 (packages).
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded, notices
from connectors.amazon.words import BY_AMAZON, CARRIERS, OTHER_CARRIER
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from model.errors import ContractError, RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice

NOTICE: Final = CommandFacts(provider_class="B", rate=Rate(Fraction(2), 10))
ORDERS: Final = "orders/2026-01-01/orders"
ORDER_ID: Final = re.compile(r"[A-Za-z0-9-]{1,40}", re.ASCII)
_JSON: Final = {"Content-Type": "application/json"}
_INCLUDED: Final = {"includedData": "FULFILLMENT,PACKAGES"}


class _Package(msgspec.Struct, rename="camel"):
    package_reference_id: str = ""
    tracking_number: str | None = None


class _Fulfilment(msgspec.Struct, rename="camel"):
    fulfillment_status: str = ""
    fulfilled_by: str | None = None


class _Channel(msgspec.Struct, rename="camel"):
    marketplace_id: str | None = None


class _Order(msgspec.Struct, rename="camel"):
    sales_channel: _Channel
    packages: tuple[_Package, ...] | None = None
    fulfillment: _Fulfilment | None = None


class _Answer(msgspec.Struct):
    order: _Order


def write(notice: ShipmentNotice) -> bytes:
    """The body of the command, purely; RejectedError for what Amazon cannot be told."""
    if not ORDER_ID.fullmatch(notice.order_external_id):
        raise RejectedError(f"notice {notice.reference}: names no order id of Amazon")
    notices.whole_units(notice)
    return notices.written(notice)


def submit(http: Http, command: Command, carriers: Mapping[str, str]) -> Receipt:
    """Tell, unless it was told before; RejectedError where the order is over, or is Amazon's to ship."""
    notice = notices.read(command.body)
    order = _read(http, notice)
    if (told := _told(order, notice)) is not None:
        return told
    where = f"order {notice.order_external_id}"
    if order.fulfillment and order.fulfillment.fulfillment_status == "CANCELLED":
        raise RejectedError(f"{where}: is cancelled")
    if order.fulfillment and order.fulfillment.fulfilled_by == BY_AMAZON:
        raise RejectedError(f"{where}: is shipped by Amazon, which needs no notice")
    if not order.sales_channel.marketplace_id:
        raise RejectedError(f"{where}: names no marketplace, and Amazon wants it named")
    body = confirmation(notice, order.sales_channel.marketplace_id, carriers)
    answer = http.submit("POST", f"orders/v0/orders/{notice.order_external_id}/shipmentConfirmation", msgspec.json.encode(body), _JSON)
    if answer.body.strip() not in {b"", b"{}"}:
        raise TransientError(f"{where}: the answer is not the one of confirmShipment")
    return Receipt(package_reference(notice))


def find(http: Http, command: Command) -> Receipt | None:
    """The package of the order that this very notice made, if it did."""
    notice = notices.read(command.body)
    return _told(_read(http, notice), notice)


def confirmation(notice: ShipmentNotice, marketplace: str, carriers: Mapping[str, str]) -> dict[str, object]:
    """ConfirmShipmentRequest; a carrier that Amazon has no code for is told by its name."""
    name = notice.carrier or notice.service or "Other"
    code = carriers.get(name) or CARRIERS.get(name.strip().lower(), OTHER_CARRIER)
    detail: dict[str, object] = {
        "packageReferenceId": package_reference(notice),
        "carrierCode": code,
        "trackingNumber": _number(notice),
        "shipDate": f"{notice.shipped_at:%Y-%m-%dT%H:%M:%S}Z",
        "orderItems": [{"orderItemId": line, "quantity": units} for line, units in notices.whole_units(notice).items()],
    }
    detail |= {"carrierName": name} if code == OTHER_CARRIER else {}
    detail |= {"shippingMethod": notice.service} if notice.service else {}
    return {"marketplaceId": marketplace, "packageDetail": detail}


def package_reference(notice: ShipmentNotice) -> str:
    """A positive number, always the same for one notice, and hardly ever that of another."""
    return str(1 + int(sha256(notice.reference.encode()).hexdigest()[:12], 16))


def _number(notice: ShipmentNotice) -> str:
    return notices.shown_numbers(notice)[0]


def _told(order: _Order, notice: ShipmentNotice) -> Receipt | None:
    ours, number = package_reference(notice), _number(notice)
    is_there = any(ours == each.package_reference_id or number == each.tracking_number for each in order.packages or ())
    return Receipt(ours, is_repeat=True) if is_there else None


def _read(http: Http, notice: ShipmentNotice) -> _Order:
    def read(answer: Answer) -> _Order:
        return decoded(answer.body, _Answer, ORDERS).order

    if not ORDER_ID.fullmatch(notice.order_external_id):
        raise ContractError("notice: is no body of this connector")
    return http.get(f"{ORDERS}/{notice.order_external_id}", _INCLUDED, read=read)
