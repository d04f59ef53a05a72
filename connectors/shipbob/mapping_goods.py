"""From ShipBob's returns and warehouse receiving orders to goods that arrived there.

Both tell the whole each time. They are fetched when ShipBob has completed them; one that is read before tells what has arrived so far.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.shipbob.payloads import ReceivedItem, ReceivingPayload, ReturnedItem, ReturnPayload, StatusChange
from connectors.shipbob.words import CONDITION, RECEIVING_IS_DONE, RETURN_IS_DONE
from model.errors import MalformedError
from model.records.advice import ReceiptAdvice, ReceivedLine
from model.values.instant import instant, micros


def read_return(raw: bytes, statuses: Mapping[str, str]) -> ReceiptAdvice:
    """What of one return arrived, and in which condition.

    A parcel that comes back to its sender has no reference of a return; it is known by that of its order.
    """
    back = read_payload(ReturnPayload, raw)
    items = back.inventory or []
    _check_items(items, "inventory", is_done=meaning("status", back.status, RETURN_IS_DONE, statuses))
    told_at = _newest(
        (back.insert_date, back.arrived_date, back.processing_date, back.completed_date, back.cancelled_date), back.status_history
    )
    return ReceiptAdvice(
        external_id=str(back.id),
        reference=_reference(back.reference_id or back.store_order_id),
        told_at=told_at,
        source_version=micros(told_at),
        received_at=instant(back.completed_date or back.processing_date or back.arrived_date or back.insert_date),
        is_return=True,
        lines=tuple(_returned(items, statuses)),
        location_code=str(back.fulfillment_center.id) if back.fulfillment_center else None,
    )


def read_receiving(raw: bytes, statuses: Mapping[str, str]) -> ReceiptAdvice:
    """What of one delivery arrived; one without a purchase order is known by ShipBob's own id.

    The specification names no time of completion, so the newest entry of the status history stands for it.
    """
    delivery = read_payload(ReceivingPayload, raw)
    items = delivery.inventory_quantities or []
    _check_items(items, "inventory_quantities", is_done=meaning("status", delivery.status, RECEIVING_IS_DONE, statuses))
    told_at = _newest((delivery.last_updated_date,), delivery.status_history)
    changes = [instant(change.timestamp) for change in delivery.status_history or ()]
    return ReceiptAdvice(
        external_id=str(delivery.id),
        reference=delivery.purchase_order_number or str(delivery.id),
        told_at=told_at,
        source_version=micros(told_at),
        received_at=max(changes, default=told_at),
        is_return=False,
        lines=tuple(_received(items)),
        location_code=str(delivery.fulfillment_center.id) if delivery.fulfillment_center else None,
    )


def _reference(text: str | None) -> str:
    if not text:
        raise MalformedError("reference_id: is missing, and so is store_order_id; nobody can tell whose return this is")
    return text


def _newest(stamps: Iterable[str | None], history: list[StatusChange] | None) -> datetime:
    changes = [change.timestamp for change in history or ()]
    return max(instant(text) for text in (*stamps, *changes) if text is not None)


def _returned(items: Iterable[ReturnedItem], statuses: Mapping[str, str]) -> Iterator[ReceivedLine]:
    seen: set[int] = set()
    for place, item in enumerate(items):
        where = f"inventory.{place}"
        _check_once(where, item.id, seen)
        for number, taken in enumerate(item.action_taken or ()):
            condition = meaning(f"{where}.action_taken.{number}.action", taken.action, CONDITION, statuses)
            if taken.quantity_processed:
                yield ReceivedLine(sku=_sku(where, item.sku), quantity=taken.quantity_processed * 1000, condition=condition)


def _received(items: Iterable[ReceivedItem]) -> Iterator[ReceivedLine]:
    seen: set[int] = set()
    for place, item in enumerate(items):
        where = f"inventory_quantities.{place}"
        _check_once(where, item.inventory_id, seen)
        if item.received_quantity:
            yield ReceivedLine(sku=_sku(where, item.sku), quantity=item.received_quantity * 1000)


def _check_once(where: str, inventory_id: int, seen: set[int]) -> None:
    if inventory_id in seen:
        raise MalformedError(f"{where}: the inventory stands there twice")
    seen.add(inventory_id)


def _check_items(items: Sequence[ReturnedItem | ReceivedItem], place: str, *, is_done: bool) -> None:
    """That nothing of a thing arrived is told by a quantity of 0, not by no word of it."""
    if is_done and not items:
        raise MalformedError(f"{place}: is empty, although it is completed")


def _sku(where: str, sku: str | None) -> str:
    if not sku:
        raise MalformedError(f"{where}.sku: is missing")
    return sku
