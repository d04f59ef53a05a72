"""From one Vendure order to one record.

`updatedAt` of an order stands still when its payments, refunds and fulfilments change; each of those has an `updatedAt` of its own, so
the record's is the latest of all. On SQLite these are whole seconds: of two readings with the same version and different content, the
store takes the one fetched later. Units that were cancelled are no longer in a line's quantity.
"""

from collections.abc import Mapping
from datetime import datetime

from connectors._kit import notices, read_payload
from connectors._kit.words import meaning, standard
from connectors.vendure.mapping_money import decimal_text, minor, order_amounts
from connectors.vendure.mapping_payments import payment_record, payment_state, refund_record
from connectors.vendure.payloads import Address, Customer, Fulfillment, Line, OrderDocument
from connectors.vendure.words import FULFILMENT_STATES, ORDER_STATES
from model.errors import MalformedError
from model.records.order import FulfilmentState, Order, OrderLine, Party, PartyRole
from model.records.shipment import Fulfilment, FulfilmentLine
from model.rules.order_sums import check_order
from model.values.instant import instant, micros

DEFAULT_CHANNEL = "__default_channel__"


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """The record of one order as `orders { items }` or `order` tells it."""
    document = read_payload(OrderDocument, raw)
    state = standard("state", document.state, ORDER_STATES, statuses)
    currency = document.currency_code
    amounts = order_amounts(document)
    updated_at = _latest(document)
    fulfilments = tuple(_fulfilment(fulfilment, statuses) for fulfilment in document.fulfillments or ())
    payments = document.payments or ()
    channel = next((channel for channel in document.channels if channel.code != DEFAULT_CHANNEL), None)
    shown = channel or next(iter(document.channels), None)
    return check_order(
        Order(
            external_id=document.id,
            number=document.code,
            placed_at=instant(document.order_placed_at or document.created_at),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=currency,
            total_minor=amounts.total_minor,
            shipping_minor=amounts.shipping_minor,
            tax_minor=amounts.tax_minor,
            charges_minor=amounts.charges_minor,
            discount_minor=amounts.discount_minor,
            shop_currency=currency,
            shop_total_minor=amounts.total_minor,
            payment_state=payment_state(payments, state, document.total_with_tax, statuses),
            fulfilment_state=_fulfilment_state(document, fulfilments),
            source_status=(("order", document.state),),
            lines=tuple(_line(line, currency) for line in document.lines),
            adjustments=amounts.adjustments,
            parties=_parties(document),
            payments=tuple(payment_record(payment, document, statuses) for payment in payments),
            refunds=tuple(refund_record(refund, payment, document, statuses) for payment in payments for refund in payment.refunds),
            fulfilments=fulfilments,
            cancelled_at=instant(document.updated_at) if state == "Cancelled" else None,
            prices_include_tax=shown is not None and shown.prices_include_tax,
            source_name=channel.code if channel else None,
        )
    )


def _latest(document: OrderDocument) -> datetime:
    """When anything of the order last changed."""
    payments = document.payments or ()
    moments = {document.updated_at}
    moments.update(payment.updated_at for payment in payments)
    moments.update(refund.updated_at for payment in payments for refund in payment.refunds)
    moments.update(fulfilment.updated_at for fulfilment in document.fulfillments or ())
    return max(map(instant, moments))


def _line(line: Line, currency: str) -> OrderLine:
    variant = line.product_variant
    return OrderLine(
        external_id=line.id,
        title=variant.name,
        quantity=line.quantity * 1000,
        total_minor=minor(line.discounted_line_price, currency),
        tax_minor=minor(line.prorated_line_price_with_tax - line.prorated_line_price, currency),
        sku=variant.sku or None,
        unit_price=decimal_text(line.unit_price),
        discount_minor=minor(line.line_price - line.discounted_line_price, currency),
        product_external_id=variant.product_id,
        variant_external_id=variant.id,
    )


def _fulfilment(fulfilment: Fulfillment, statuses: Mapping[str, str]) -> Fulfilment:
    for share in fulfilment.lines:
        if share.quantity < 0:
            raise MalformedError(f"fulfillments[{fulfilment.id}].quantity: is negative")
    return Fulfilment(
        external_id=fulfilment.id,
        status=meaning("fulfillments.state", fulfilment.state, FULFILMENT_STATES, statuses),
        created_at=instant(fulfilment.created_at),
        carrier=fulfilment.method or None,
        tracking_numbers=notices.tracking_numbers([fulfilment.tracking_code]),
        lines=tuple(FulfilmentLine(line_external_id=share.order_line_id, quantity=share.quantity * 1000) for share in fulfilment.lines),
    )


def _fulfilment_state(document: OrderDocument, fulfilments: tuple[Fulfilment, ...]) -> FulfilmentState:
    """By units that left, for the order's own state hides behind Modifying and the like."""
    ordered = sum(line.quantity for line in document.lines) * 1000
    left = sum(line.quantity for f in fulfilments if f.status in {"shipped", "delivered"} for line in f.lines)
    if left:
        return "fulfilled" if left >= ordered else "part_fulfilled"
    return "in_progress" if any(f.status == "pending" for f in fulfilments) else "unfulfilled"


def _parties(document: OrderDocument) -> tuple[Party, ...]:
    found = [_buyer(document.customer)] if document.customer else []
    addresses: tuple[tuple[PartyRole, Address | None], ...] = (
        ("shipping", document.shipping_address),
        ("billing", document.billing_address),
    )
    return tuple(found + [_party(role, address) for role, address in addresses if address and any(address.model_dump().values())])


def _buyer(customer: Customer) -> Party:
    return Party(
        role="buyer",
        external_id=customer.id,
        name=" ".join(name for name in (customer.first_name, customer.last_name) if name) or None,
        email=customer.email_address or None,
        phone=customer.phone_number or None,
    )


def _party(role: PartyRole, address: Address) -> Party:
    return Party(
        role=role,
        name=address.full_name or None,
        company=address.company or None,
        phone=address.phone_number or None,
        street=tuple(line for line in (address.street_line1, address.street_line2) if line),
        city=address.city or None,
        region=address.province or None,
        postcode=address.postal_code or None,
        country=address.country_code or None,
    )
