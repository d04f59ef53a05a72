"""From Square's payments and payment refunds to records.

Square tells no version of a payment but its time of change. `order_external_id` is empty where a payment names no order (it then can
only be matched by its own id). A refund names the return document Square wrote for it, and the payment it goes back to; which sale it is of
is found while it is fetched (`refunds`). Its lines are those of the return.
"""

from collections.abc import Mapping

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.square.mapping_money import minor
from connectors.square.payloads import PaymentDocument
from connectors.square.payloads_refunds import OrderRefundDocument, RefundDocument
from connectors.square.words import PAYMENT_STATUS, REFUND_STATUS
from model.errors import MalformedError
from model.records.payment import Payment, Refund
from model.values.instant import instant, micros
from model.values.money import exponent


def read_payment(raw: bytes, statuses: Mapping[str, str]) -> Payment:
    """The record of one payment; its amount includes the tip."""
    document = read_payload(PaymentDocument, raw)
    kind, status = meaning("status", document.status, PAYMENT_STATUS, statuses)
    currency = document.total_money.currency
    exponent(currency)
    total, tip = document.total_money.amount, minor(document.tip_money, currency)
    parts = minor(document.amount_money, currency) + tip
    if parts != total:
        raise MalformedError(f"total_money: amount and tip sum to {parts}, the payment says {total} minor units")
    updated_at = instant(document.updated_at)
    external = document.external_details
    application = document.application_details
    return Payment(
        external_id=document.id,
        order_external_id=document.order_id or "",
        kind=kind,
        status=status,
        amount_minor=total,
        currency=currency,
        created_at=instant(document.created_at),
        updated_at=updated_at,
        source_version=micros(updated_at),
        gateway=(external.source if external else None) or ("cash" if document.source_type == "CASH" else "square"),
        method=document.source_type.lower() if document.source_type else None,
        reference=(external.source_id if external else None) or document.id,
        tip_minor=tip,
        is_test=bool(application and (application.application_id or "").startswith("sandbox-")),
    )


def read_refund(raw: bytes, statuses: Mapping[str, str]) -> Refund:
    """The record of one payment refund told apart from its sale: the order is the return document, as nothing else is named."""
    document = read_payload(RefundDocument, raw)
    if not document.order_id:
        raise MalformedError("order_id: the refund names no order; read it in its stream, which finds it by the payment")
    return _refund(document, document.id, document.order_id, statuses)


def read_order_refund(raw: bytes, statuses: Mapping[str, str]) -> Refund:
    """The record of one payment refund with its sale, under the id by which the sale's own documents tell it."""
    told = read_payload(OrderRefundDocument, raw)
    if not told.order_id:
        raise MalformedError("order_id: the refund names no order, and no payment of one")
    if told.refund.id not in {told.id, f"{told.refund.payment_id}_{told.id}"}:
        raise MalformedError("refund.id: is not the id it was read by")
    return _refund(told.refund, told.id, told.order_id, statuses)


def _refund(document: RefundDocument, external_id: str, order_id: str, statuses: Mapping[str, str]) -> Refund:
    currency = document.amount_money.currency
    exponent(currency)
    if document.amount_money.amount < 0:
        raise MalformedError("amount_money: is negative")
    updated_at = document.created_at if document.updated_at is None else document.updated_at
    return Refund(
        external_id=external_id,
        order_external_id=order_id,
        status=meaning("status", document.status, REFUND_STATUS, statuses),
        amount_minor=document.amount_money.amount,
        currency=currency,
        created_at=instant(document.created_at),
        reason=document.reason or None,
        payment_external_id=document.payment_id,
        source_version=micros(instant(updated_at)),
    )
