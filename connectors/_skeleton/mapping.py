"""Skeleton's order -> Order. Pure: the same payload always gives the same record.

Name your source here: the page of the vendor's documents.
"""

from collections.abc import Mapping

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors._skeleton.payloads import Line, OrderPayload
from model.records.order import Adjustment, FulfilmentState, Order, OrderLine, Party, PaymentState
from model.rules.order_sums import check_order
from model.values.instant import instant, micros
from model.values.money import minor_units
from model.values.quantity import thousandths

STATES: dict[str, tuple[PaymentState, FulfilmentState]] = {
    "open": ("unpaid", "unfulfilled"),
    "paid": ("paid", "unfulfilled"),
    "sent": ("paid", "fulfilled"),
    "cancelled": ("voided", "unfulfilled"),
}
"""Payment and fulfilment per status word of the vendor."""


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """One order from its raw slice; MalformedError names what cannot be read or does not add up."""
    told = read_payload(OrderPayload, raw)
    payment_state, fulfilment_state = meaning("status", told.status, STATES, statuses)
    updated_at = instant(told.updated_at)
    total, shipping, tax = (minor_units(each, told.currency) for each in (told.total, told.shipping, told.tax))
    return check_order(
        Order(
            external_id=told.id,
            number=told.number,
            placed_at=instant(told.created_at),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=told.currency,
            total_minor=total,
            shipping_minor=shipping,
            tax_minor=tax,
            charges_minor=0,
            discount_minor=0,
            shop_currency=told.currency,
            shop_total_minor=total,
            payment_state=payment_state,
            fulfilment_state=fulfilment_state,
            source_status=(("status", told.status),),
            lines=tuple(_line(line, told.currency) for line in told.lines),
            adjustments=_adjustments(shipping, tax),
            parties=_parties(told),
            cancelled_at=updated_at if told.status == "cancelled" else None,
        )
    )


def _line(line: Line, currency: str) -> OrderLine:
    return OrderLine(
        external_id=line.id,
        title=line.name,
        sku=line.sku,
        quantity=thousandths(line.quantity),
        total_minor=minor_units(line.total, currency),
        tax_minor=minor_units(line.tax, currency),
    )


def _adjustments(shipping: int, tax: int) -> tuple[Adjustment, ...]:
    """What of the total is no line; a part of nothing is left out."""
    parts = (Adjustment(kind="shipping", title="Shipping", amount_minor=shipping), Adjustment(kind="tax", title="Tax", amount_minor=tax))
    return tuple(part for part in parts if part.amount_minor)


def _parties(told: OrderPayload) -> tuple[Party, ...]:
    if not (told.buyer_name or told.buyer_email):
        return ()
    return (Party(role="buyer", name=told.buyer_name, email=told.buyer_email),)
