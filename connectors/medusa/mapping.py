"""From one Medusa order to one record. Pure: the same payload always gives the same record.

`updated_at` of an order stands still when money is captured, when what a return owes is refunded, and when a fulfilment is shipped
past its order; each of those has a time of its own, so the record's is the latest of all. Lines that an edit of the order took out are
no longer in it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from connectors._kit import read_payload
from connectors._kit.words import standard
from connectors.medusa.mapping_goods import fulfilment_record, fulfilment_state, order_line, return_record, return_state
from connectors.medusa.mapping_money import order_amounts
from connectors.medusa.mapping_payments import payment_records, payment_state, payments_of, refund_record
from connectors.medusa.payloads import Address, OrderDocument
from connectors.medusa.words import ORDER_STATES
from model.errors import RejectedError
from model.records.order import Order, Party, PartyRole
from model.rules.order_sums import check_order
from model.values.instant import instant, micros


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """The record of one order as `GET /admin/orders` tells it."""
    document = read_payload(OrderDocument, raw)
    state = standard("status", document.status, ORDER_STATES, statuses)
    if state == "draft":
        raise RejectedError("status: is a draft, which is no order yet")
    amounts = order_amounts(document)
    payments = payments_of(document)
    records = tuple(record for payment in payments for record in payment_records(payment, document))
    refunds = tuple(refund_record(refund, payment, document) for payment in payments for refund in payment.refunds)
    lines = tuple(order_line(line, amounts.lines[line.id]) for line in document.items if line.id in amounts.lines)
    returns = tuple(return_record(told, document, amounts.lines, statuses) for told in document.returns)
    fulfilments = tuple(fulfilment_record(told, document) for told in document.fulfillments)
    is_cancelled = document.canceled_at is not None or state == "canceled"
    updated_at = max(_times(document))
    currency = document.currency_code.upper()
    return check_order(
        Order(
            external_id=document.id,
            number=document.custom_display_id or (str(document.display_id) if document.display_id is not None else document.id),
            placed_at=instant(document.created_at),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=currency,
            total_minor=amounts.total_minor,
            shipping_minor=amounts.sum_of("shipping"),
            tax_minor=amounts.sum_of("tax"),
            charges_minor=amounts.sum_of("charge"),
            discount_minor=amounts.sum_of("discount"),
            shop_currency=currency,
            shop_total_minor=amounts.total_minor,
            payment_state=payment_state(records, refunds, amounts.due_minor, is_cancelled=is_cancelled),
            fulfilment_state=fulfilment_state(lines, fulfilments),
            return_state=return_state(lines, returns),
            source_status=_words(document),
            lines=lines,
            adjustments=amounts.adjustments,
            parties=_parties(document),
            payments=records,
            refunds=refunds,
            fulfilments=fulfilments,
            returns=returns,
            cancelled_at=instant(document.canceled_at or document.updated_at) if is_cancelled else None,
            prices_include_tax=bool(document.items) and all(line.is_tax_inclusive for line in document.items),
            source_name=document.sales_channel.name if document.sales_channel else None,
        )
    )


def _words(document: OrderDocument) -> tuple[tuple[str, str], ...]:
    told = (("order", document.status), ("payment", document.payment_status), ("fulfilment", document.fulfillment_status))
    return tuple((axis, word) for axis, word in told if word)


def _times(document: OrderDocument) -> Iterator[datetime]:
    """When anything of the order changed."""
    yield instant(document.updated_at)
    for collection in document.payment_collections:
        yield instant(collection.updated_at)
        for payment in collection.payments:
            yield instant(payment.updated_at)
            yield from (instant(each.created_at) for each in (*payment.captures, *payment.refunds))
    yield from (instant(each.updated_at) for each in (*document.fulfillments, *document.returns))


def _parties(document: OrderDocument) -> tuple[Party, ...]:
    addresses: tuple[tuple[PartyRole, Address | None], ...] = (
        ("shipping", document.shipping_address),
        ("billing", document.billing_address),
    )
    found = [_party(role, address) for role, address in addresses if address and any(address.model_dump().values())]
    return (*_buyer(document), *found)


def _buyer(document: OrderDocument) -> tuple[Party, ...]:
    customer = document.customer
    if customer is None:
        return (Party(role="buyer", email=document.email),) if document.email else ()
    return (
        Party(
            role="buyer",
            external_id=customer.id,
            name=_name(customer.first_name, customer.last_name),
            company=customer.company_name or None,
            email=document.email or None,
            phone=customer.phone or None,
        ),
    )


def _party(role: PartyRole, address: Address) -> Party:
    return Party(
        role=role,
        name=_name(address.first_name, address.last_name),
        company=address.company or None,
        phone=address.phone or None,
        street=tuple(line for line in (address.address_1, address.address_2) if line),
        city=address.city or None,
        region=address.province or None,
        postcode=address.postal_code or None,
        country=address.country_code.upper() if address.country_code else None,
    )


def _name(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None
