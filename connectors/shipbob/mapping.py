"""From a ShipBob order to what it tells of our fulfilment order.

An order tells the whole each time. It has no time of change of its own, so the newest time anywhere in it stands for one.
A shipment's products carry no quantity but that of their inventory. Of a ShipBob bundle the parts are told; how many bundles they make
can only be told where every part stands in it once, and everything else is refused rather than guessed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from connectors._kit import read_payload
from connectors._kit.words import meaning, standard
from connectors.shipbob.payloads import OrderedProduct, OrderPayload, Shipment, ShippedProduct
from connectors.shipbob.words import CALLED_BACK, LEFT, ORDER_STATE, SHIPMENT_STATE, SWEPT, UNDER_WAY
from model.errors import MalformedError
from model.records.advice import AdvisedLine, AdvisedShipment, Freight, RequestState, ShipmentAdvice
from model.values.instant import instant, micros
from model.values.money import minor_units

LONGEST_REASON = 200
_OVER: Mapping[RequestState, frozenset[str]] = {
    "shipped": frozenset({LEFT, CALLED_BACK, SWEPT}),
    "cancelled": frozenset({LEFT, CALLED_BACK, SWEPT}),
    "part_shipped": frozenset({LEFT, CALLED_BACK}),
}
"""Statuses of shipments of which nothing more will come, by the state of their order; nothing is over under any other."""


def read_order(raw: bytes, statuses: Mapping[str, str]) -> ShipmentAdvice:
    """Where ShipBob stands with one of our orders; MalformedError names what cannot be read."""
    order = read_payload(OrderPayload, raw)
    state = meaning("status", order.status, ORDER_STATE, statuses)
    words = [_word(place, shipment, statuses) for place, shipment in enumerate(order.shipments or ())]
    shipments = list(zip(words, order.shipments or (), strict=True))
    left = tuple(_shipment(place, shipment) for place, (word, shipment) in enumerate(shipments) if word == LEFT)
    _check_what_left(order, state, left)
    told_at = _told_at(order)
    return ShipmentAdvice(
        external_id=str(order.id),
        reference=_named("reference_id", order.reference_id),
        told_at=told_at,
        source_version=micros(told_at),
        state=_state(state, shipments, is_any_left=bool(left)),
        shipments=left,
        is_final=state in _OVER and _OVER[state].issuperset(words),
        reason=_reason(shipments),
    )


def _word(place: int, shipment: Shipment, statuses: Mapping[str, str]) -> str:
    return standard(f"shipments.{place}.status", shipment.status, SHIPMENT_STATE, statuses)


def _named(place: str, text: str) -> str:
    if not text:
        raise MalformedError(f"{place}: is empty")
    return text


def _told_at(order: OrderPayload) -> datetime:
    changes = (
        text
        for shipment in order.shipments or ()
        for text in (shipment.created_date, shipment.last_update_at, shipment.last_tracking_update_at)
        if text is not None
    )
    return max(instant(text) for text in (order.created_date, *changes))


def _state(state: RequestState, shipments: Iterable[tuple[str, Shipment]], *, is_any_left: bool) -> RequestState:
    """The order's state; one of which something left is shipped in part, and an accepted one is held or worked on as its shipments tell."""
    if is_any_left and state != "shipped":
        return "part_shipped"
    if state != "accepted":
        return state
    states = {_state_of(word, shipment) for word, shipment in shipments}
    return "on_hold" if "on_hold" in states else "working" if "working" in states else state


def _state_of(word: str, shipment: Shipment) -> RequestState:
    is_begun = any(detail.name in UNDER_WAY for detail in shipment.status_details or ())
    return "working" if word == "Processing" and is_begun else SHIPMENT_STATE[word]


def _reason(shipments: Iterable[tuple[str, Shipment]]) -> str | None:
    """Short names of the details of shipments that are held or called back; the longer texts may speak of the recipient."""
    open_ones = (shipment for word, shipment in shipments if SHIPMENT_STATE[word] in {"on_hold", "cancelled"})
    names = (detail.name for shipment in open_ones for detail in shipment.status_details or () if detail.name)
    return ", ".join(dict.fromkeys(names))[:LONGEST_REASON] or None


def _shipment(place: int, shipment: Shipment) -> AdvisedShipment:
    where, tracking = f"shipments.{place}", shipment.tracking
    number = (tracking.tracking_number or tracking.pro_number) if tracking else None
    return AdvisedShipment(
        external_id=str(shipment.id),
        shipped_at=_shipped_at(where, shipment),
        lines=tuple(_lines(where, shipment.products or [])),
        carrier=(tracking.carrier or None) if tracking else None,
        service=((tracking.carrier_service or None) if tracking else None) or shipment.ship_option or None,
        tracking_numbers=(number,) if number else (),
        tracking_urls=(tracking.tracking_url,) if tracking and tracking.tracking_url else (),
        freight=_freight(shipment),
    )


def _shipped_at(where: str, shipment: Shipment) -> datetime:
    """When it left: ShipBob's own completion, else the day freight was handed over, else its last change."""
    handed_over = shipment.tracking.shipping_date if shipment.tracking else None
    text = shipment.actual_fulfillment_date or handed_over or shipment.last_update_at
    if text is None:
        raise MalformedError(f"{where}: is {LEFT} and tells no time")
    return instant(text)


def _freight(shipment: Shipment) -> Freight | None:
    """What ShipBob invoiced for the shipment, once it did; an amount without a currency is none."""
    amount, currency = shipment.invoice_amount, shipment.invoice_currency_code
    if amount is None or currency is None:
        return None
    return Freight(amount_minor=minor_units(amount, currency), currency=currency)


def _lines(where: str, products: list[ShippedProduct]) -> Iterator[AdvisedLine]:
    if not products:
        raise MalformedError(f"{where}.products: is empty, although the shipment has left")
    for place, product in enumerate(products):
        here = f"{where}.products.{place}"
        quantity = _quantity(here, product)
        if quantity:
            yield AdvisedLine(sku=_sku(here, product), quantity=quantity * 1000)


def _quantity(where: str, product: ShippedProduct) -> int:
    """How many of the product: the quantity that its one inventory has over all lots, or that all its parts have alike."""
    parts: Counter[int] = Counter()
    for part in product.inventory_items or ():
        parts[part.id] += part.quantity
    if len(set(parts.values())) != 1:
        raise MalformedError(f"{where}.inventory_items: do not tell how many of the product left; a bundle of unequal parts cannot be read")
    return next(iter(parts.values()))


def _sku(where: str, product: ShippedProduct | OrderedProduct) -> str:
    return _named(f"{where}.reference_id", product.reference_id or product.sku or "")


def _check_what_left(order: OrderPayload, state: RequestState, left: tuple[AdvisedShipment, ...]) -> None:
    """Nothing is fulfilled without a shipment that left, and no more leaves than was asked for: else a multipack was told in its parts."""
    if state == "shipped" and not left:
        raise MalformedError("shipments: none has left, although the order is fulfilled")
    if order.products is None:
        return
    asked: Counter[str] = Counter()
    for place, product in enumerate(order.products):
        asked[_sku(f"products.{place}", product)] += product.quantity * 1000
    gone: Counter[str] = Counter()
    for line in (line for shipment in left for line in shipment.lines):
        gone[line.sku] += line.quantity
    if too_many := [sku for sku, quantity in gone.items() if quantity > asked[sku]]:
        raise MalformedError(f"shipments: more of {too_many[0][:40]!r} left than the order asks for; is it a multipack?")
