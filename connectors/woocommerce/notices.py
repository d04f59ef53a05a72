"""Telling WooCommerce that goods left: one update of the order, which sets everything absolutely, so that telling it twice does no harm.

WooCommerce has orders and no parcels. The notice is kept beside the order under a key of our own, `_entrepot_shipment_REFERENCE`; its
tracking numbers are added to `_wc_shipment_tracking_items`, the list that the shipment tracking extensions show to buyers; and with
the last shipment the order becomes completed, of which the shop's own mail tells the buyer. Updating metadata sets the keys that are
named and leaves all others alone (WC_Data::update_meta_data), but a key as a whole: the list of parcels is therefore read first, and
written with all it held. An order note would tell of part shipments too, but each attempt would leave another one.
Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#update-an-order, class-wc-rest-orders-controller.php (v3)
"""

from fractions import Fraction
from hashlib import sha256
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded, notices
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from model.errors import ContractError, RejectedError
from model.records.fulfilment import ShipmentNotice

NOTICE: Final = CommandFacts(
    provider_class="A",  # everything is set as it shall be: a repeated update changes nothing
    rate=Rate(Fraction(5), 5),  # as of stock: the vendor has no limit, hosts have
)

OURS: Final = "_entrepot_shipment_"
TRACKED: Final = "_wc_shipment_tracking_items"
COMPLETES: Final = frozenset({"pending", "on-hold", "processing"})
"""States that the last shipment ends; a shop's own states are its own business."""
OVER: Final = frozenset({"cancelled", "failed", "trash"})
"""States in which nothing leaves any more."""

_WHERE: Final = "orders"
_JSON: Final = {"content-type": "application/json"}


class Meta(msgspec.Struct):
    """An entry of `meta_data`, its value as it came."""

    key: str
    id: int | str | None = None
    value: msgspec.Raw = msgspec.Raw(b"null")


class OrderState(msgspec.Struct):
    """The parts of an order that a notice looks at."""

    id: int
    status: str
    meta_data: tuple[Meta, ...] = ()


class _Tracked(msgspec.Struct):
    tracking_id: str | int | None = None


_LISTED: Final = msgspec.json.Decoder(list[msgspec.Raw])
_PLACED: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NO_PARCELS: Final = msgspec.Raw(b"[]")
_NOTHING: Final = (msgspec.Raw(b'""'), msgspec.Raw(b"null"))


def write(notice: ShipmentNotice) -> bytes:
    """The body of the command; RejectedError for what cannot be told."""
    if not (notice.order_external_id.isascii() and notice.order_external_id.isdigit()):
        raise RejectedError(f"notice {notice.reference}: {notice.order_external_id[:40]!r} is no order id of WooCommerce")
    return notices.written(notice)


def submit(http: Http, command: Command) -> Receipt:
    """Tell, unless it was told before; RejectedError where the order is over."""
    notice = notices.read(command.body)
    order = _read(http, notice)
    if (told := _told(order, notice)) is not None:
        return told
    if order.status in OVER:
        raise RejectedError(f"{_WHERE}/{order.id}: is {order.status}")
    answer = http.submit("PUT", f"{_WHERE}/{order.id}", change(order, notice, command.body), _JSON)
    kept = _entry(decoded(answer.body, OrderState, _WHERE), notice)
    if kept is None:
        raise ContractError(f"{_WHERE}/{order.id}: the shop does not keep what it is told beside an order")
    return Receipt(str(kept.id or order.id))


def find(http: Http, command: Command) -> Receipt | None:
    """What the order shows of this very notice, if it was told in full."""
    notice = notices.read(command.body)
    return _told(_read(http, notice), notice)


def change(order: OrderState, notice: ShipmentNotice, body: bytes) -> bytes:
    """The update: our key, the parcels with ours among them, and the state that the last shipment leaves behind."""
    meta: list[dict[str, object]] = [{"key": f"{OURS}{notice.reference}", "value": body.decode()}]
    parcels = _parcels(order)
    if notice.tracking_numbers and parcels is not None:
        ours = _ours(notice)
        mine = {told["tracking_id"] for told in ours}
        others = [raw for raw in parcels if msgspec.json.decode(raw, type=_Tracked).tracking_id not in mine]
        meta.append({"key": TRACKED, "value": [*others, *ours]})
    ends = {"status": "completed"} if notice.is_last and order.status in COMPLETES else {}
    return msgspec.json.encode({**ends, "meta_data": meta})


def _read(http: Http, notice: ShipmentNotice) -> OrderState:
    def read(answer: Answer) -> OrderState:
        return decoded(answer.body, OrderState, _WHERE)

    return http.get(f"{_WHERE}/{notice.order_external_id}", {"_fields": "id,status,meta_data"}, read=read)


def _told(order: OrderState, notice: ShipmentNotice) -> Receipt | None:
    """What shows that the notice was told in full: our key, and that the order is not left where the last shipment would end it."""
    kept = _entry(order, notice)
    if kept is None or (notice.is_last and order.status in COMPLETES):
        return None
    return Receipt(str(kept.id or order.id), is_repeat=True)


def _entry(order: OrderState, notice: ShipmentNotice) -> Meta | None:
    return next((each for each in order.meta_data if each.key == f"{OURS}{notice.reference}"), None)


def _parcels(order: OrderState) -> list[msgspec.Raw] | None:
    """The list of the shipment tracking extensions as it is; None where something else stands there, which is left alone.

    PHP writes a list from which an entry was taken as an object with its places for names.
    """
    found = next((each.value for each in order.meta_data if each.key == TRACKED), _NO_PARCELS)
    try:
        parcels = _LISTED.decode(found) if bytes(found).lstrip().startswith(b"[") else list(_PLACED.decode(found).values())
        for raw in parcels:
            msgspec.json.decode(raw, type=_Tracked)
    except msgspec.DecodeError:
        return None if found not in _NOTHING else []
    return parcels


def _ours(notice: ShipmentNotice) -> list[dict[str, str]]:
    """One entry for each parcel; its id is made of our reference, so that it replaces itself."""
    urls = dict(zip(notice.tracking_numbers, notice.tracking_urls, strict=False))
    return [
        {
            "tracking_provider": "",
            "custom_tracking_provider": notice.carrier or "",
            "custom_tracking_link": urls.get(number, ""),
            "tracking_number": number,
            "date_shipped": str(int(notice.shipped_at.timestamp())),
            "tracking_id": sha256(f"{notice.reference}\n{number}".encode()).hexdigest()[:32],
        }
        for number in notice.tracking_numbers
    ]
