"""Goods of a Medusa order: what left, and what comes back.

A fulfilment names inventory items, of which one unit of a line may need several (a kit, or a pack of three): for each line the first
is divided by what one unit needs of it, as Medusa does itself. Where the variant is gone, that is not told any more.
"""

from collections.abc import Mapping
from decimal import Decimal

from connectors._kit import notices
from connectors._kit.words import meaning
from connectors.medusa.mapping_money import PartAmounts
from connectors.medusa.payloads import Fulfillment, Line, OrderDocument, Packed, ReturnDocument
from connectors.medusa.words import RETURN_STATES
from model.errors import MalformedError
from model.records.order import FulfilmentState, OrderLine, ReturnState
from model.records.shipment import Fulfilment, FulfilmentLine, FulfilmentStatus, Return, ReturnLine
from model.values.instant import instant, micros
from model.values.money import split
from model.values.quantity import thousandths

LEFT: frozenset[FulfilmentStatus] = frozenset({"shipped", "delivered"})


def order_line(line: Line, amounts: PartAmounts) -> OrderLine:
    """The record of one line."""
    return OrderLine(
        external_id=line.id,
        title=f"{line.title} - {line.variant_title}" if line.variant_title else line.title,
        quantity=thousandths(line.quantity),
        total_minor=amounts.before,
        tax_minor=amounts.tax,
        sku=line.variant_sku or None,
        unit_price=f"{line.unit_price:f}",
        product_external_id=line.product_id,
        variant_external_id=line.variant_id,
        requires_shipping=line.requires_shipping,
        is_gift_card=line.is_giftcard,
    )


def fulfilment_record(told: Fulfillment, order: OrderDocument) -> Fulfilment:
    """The record of one fulfilment."""
    lines = {line.id: line for line in order.items}
    units: dict[str, Decimal] = {}
    for packed in told.items:
        if packed.line_item_id is not None and packed.line_item_id not in units:
            units[packed.line_item_id] = _units(packed, lines.get(packed.line_item_id), told)
    return Fulfilment(
        external_id=told.id,
        status=_status(told),
        created_at=instant(told.created_at),
        tracking_numbers=notices.tracking_numbers(label.tracking_number for label in told.labels),
        tracking_urls=tuple(label.tracking_url for label in told.labels if label.tracking_url and label.tracking_url != "#"),
        location_external_id=told.location_id,
        lines=tuple(FulfilmentLine(line_external_id=line, quantity=thousandths(many)) for line, many in units.items()),
    )


def _units(packed: Packed, line: Line | None, told: Fulfillment) -> Decimal:
    where = f"fulfillments[{told.id[:60]}].items"
    if packed.quantity < 0:
        raise MalformedError(f"{where}.quantity: is negative")
    needs = line.variant.inventory_items if line and line.variant else ()
    need = next((each.required_quantity for each in needs if each.inventory_item_id == packed.inventory_item_id), None)
    if need:
        return packed.quantity / need
    is_alone = sum(each.line_item_id == packed.line_item_id for each in told.items) == 1
    if is_alone and (line is None or packed.quantity <= line.quantity):
        return packed.quantity
    raise MalformedError(f"{where}.quantity: the variant of a kit is gone, and what one of it needs is not told")


def _status(told: Fulfillment) -> FulfilmentStatus:
    if told.canceled_at:
        return "cancelled"
    if told.delivered_at:
        return "delivered"
    return "shipped" if told.shipped_at else "pending"


def fulfilment_state(lines: tuple[OrderLine, ...], fulfilments: tuple[Fulfilment, ...]) -> FulfilmentState:
    """By units that left, for the shop's own word calls packed goods fulfilled."""
    ordered = sum(line.quantity for line in lines)
    left = sum(line.quantity for each in fulfilments if each.status in LEFT for line in each.lines)
    if left:
        return "fulfilled" if left >= ordered else "part_fulfilled"
    return "in_progress" if any(each.status == "pending" for each in fulfilments) else "unfulfilled"


def return_record(told: ReturnDocument, order: OrderDocument, amounts: Mapping[str, PartAmounts], statuses: Mapping[str, str]) -> Return:
    """The record of one return; its lines are worth their share of what the line was sold for."""
    updated = instant(told.updated_at)
    status = meaning("returns.status", told.status, RETURN_STATES, statuses)
    quantities = {line.id: line.quantity for line in order.items}
    coming = [(each, each.received_quantity if status == "received" else None) for each in told.items]
    return Return(
        external_id=told.id,
        order_external_id=order.id,
        status=status,
        created_at=instant(told.created_at),
        updated_at=updated,
        source_version=micros(updated),
        currency=order.currency_code.upper(),
        lines=tuple(
            _return_line(each.item_id, received or each.quantity, quantities.get(each.item_id), amounts.get(each.item_id), each.note)
            for each, received in coming
        ),
    )


def _return_line(line: str, quantity: Decimal, ordered: Decimal | None, worth: PartAmounts | None, note: str | None) -> ReturnLine:
    if quantity < 0:
        raise MalformedError(f"returns.items[{line[:60]}].quantity: is negative")
    many = thousandths(quantity)
    if not worth or not ordered or quantity > ordered:
        return ReturnLine(line_external_id=line, quantity=many, amount_minor=0, tax_minor=0, reason=note)
    weights = [quantity, ordered - quantity]
    net, tax = split(worth.net, weights)[0], split(worth.tax, weights)[0]
    return ReturnLine(line_external_id=line, quantity=many, amount_minor=net, tax_minor=tax, reason=note)


def return_state(lines: tuple[OrderLine, ...], returns: tuple[Return, ...]) -> ReturnState:
    """By units that came back."""
    ordered = sum(line.quantity for line in lines)
    back = sum(line.quantity for each in returns if each.status == "received" for line in each.lines)
    if back:
        return "returned" if back >= ordered else "part_returned"
    return "requested" if any(each.status in {"requested", "open"} for each in returns) else "none"
