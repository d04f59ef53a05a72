"""Goods moving for an order of the GraphQL Admin API: parcels out, returns back."""

from collections.abc import Mapping, Sequence

from connectors._kit import notices
from connectors.shopify import words
from connectors.shopify.payloads import Fulfillment, Order, Return, ReturnLine
from connectors.shopify.terms import number, presented, reference
from model.records.order import OrderLine
from model.records.shipment import Fulfilment, FulfilmentLine
from model.records.shipment import Return as CanonicalReturn
from model.records.shipment import ReturnLine as CanonicalReturnLine
from model.values.instant import instant, micros
from model.values.money import split


def fulfilment_of(fulfilment: Fulfillment) -> Fulfilment:
    """A parcel; delivered where its display state says that it is with the buyer."""
    external_id, tracking = number(fulfilment.id), fulfilment.tracking_info
    status = words.known(words.FULFILMENT_STATUSES, fulfilment.status, f"fulfillments[{external_id}].status")
    return Fulfilment(
        external_id=external_id,
        status="delivered" if status == "shipped" and fulfilment.display_status in words.ARRIVED else status,
        created_at=instant(fulfilment.created_at),
        carrier=next((known.company for known in tracking if known.company), None),
        tracking_numbers=notices.tracking_numbers(known.number for known in tracking),
        tracking_urls=tuple(known.url for known in tracking if known.url),
        location_external_id=reference(fulfilment.location),
        lines=tuple(
            FulfilmentLine(line_external_id=number(line.line_item.id), quantity=(line.quantity or 0) * 1000)
            for line in fulfilment.fulfillment_line_items.nodes
        ),
    )


def returns_of(order: Order, told: Sequence[Return], order_lines: Sequence[OrderLine]) -> tuple[CanonicalReturn, ...]:
    """The order's returns; the vendor gives a return no time of change, so they carry the order's."""
    updated_at = instant(order.updated_at)
    lines = {line.external_id: line for line in order_lines}
    return tuple(
        CanonicalReturn(
            external_id=number(returned.id),
            order_external_id=number(order.id),
            status=words.known(words.RETURN_STATUSES, returned.status, f"returns[{number(returned.id)}].status"),
            created_at=instant(returned.created_at),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=order.presentment_currency_code,
            lines=tuple(_return_line(line, lines, order) for line in returned.return_line_items.nodes),
        )
        for returned in told
    )


def _return_line(line: ReturnLine, lines: Mapping[str, OrderLine], order: Order) -> CanonicalReturnLine:
    """The price is the vendor's; the tax, which it does not tell, is the line's by units."""
    whence = number(line.fulfillment_line_item.line_item.id) if line.fulfillment_line_item else None
    sold, bag = lines.get(whence or ""), line.with_code_discounted_total_price_set
    count = line.quantity * 1000
    tax = split(sold.tax_minor, [count, sold.quantity - count])[0] if sold is not None and 0 < count <= sold.quantity else 0
    price = presented(bag, order.presentment_currency_code) if bag is not None else 0
    return CanonicalReturnLine(
        line_external_id=whence,
        quantity=count,
        amount_minor=price - tax if order.taxes_included else price,
        tax_minor=tax,
        sku=sold.sku if sold is not None else None,
        reason=line.return_reason_note or None,
    )
