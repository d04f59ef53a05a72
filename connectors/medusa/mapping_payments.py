"""Medusa's payments and refunds, and what they make of an order.

A payment is money promised; its captures are money taken, each a record of its own. A provider that captures by itself may leave
only `captured_at`. Medusa refunds at once, or not at all.
"""

from collections.abc import Sequence

from connectors.medusa.payloads import Capture, OrderDocument, Payment, Refund
from model.errors import MalformedError
from model.records.order import PaymentState
from model.records.payment import MoneyStatus, PaymentKind
from model.records.payment import Payment as PaymentRecord
from model.records.payment import Refund as RefundRecord
from model.values.instant import instant, micros
from model.values.money import rounded_minor_units


def payments_of(order: OrderDocument) -> tuple[Payment, ...]:
    """All payments of an order; one in another currency than the order's is a MalformedError."""
    for collection in order.payment_collections:
        currencies = {collection.currency_code, *(payment.currency_code for payment in collection.payments)}
        if currencies != {order.currency_code}:
            raise MalformedError("payment_collections.currency_code: is not the order's currency")
    return tuple(payment for collection in order.payment_collections for payment in collection.payments)


def payment_records(payment: Payment, order: OrderDocument) -> list[PaymentRecord]:
    """What was promised, and each time what was taken of it."""
    updated = instant(payment.updated_at)
    kind: PaymentKind = "sale" if payment.captured_at and not payment.captures else "authorization"
    status: MoneyStatus = "cancelled" if payment.canceled_at else "succeeded"
    told = PaymentRecord(
        external_id=payment.id,
        order_external_id=order.id,
        kind=kind,
        status=status,
        amount_minor=rounded_minor_units(payment.amount, order.currency_code.upper()),
        currency=order.currency_code.upper(),
        created_at=instant(payment.created_at),
        updated_at=updated,
        source_version=micros(updated),
        gateway=payment.provider_id,
        reference=_reference(payment),
    )
    return [told, *(_capture_record(capture, payment, order) for capture in payment.captures)]


def _capture_record(capture: Capture, payment: Payment, order: OrderDocument) -> PaymentRecord:
    taken = instant(capture.created_at)
    return PaymentRecord(
        external_id=capture.id,
        order_external_id=order.id,
        kind="capture",
        status="succeeded",
        amount_minor=rounded_minor_units(capture.amount, order.currency_code.upper()),
        currency=order.currency_code.upper(),
        created_at=taken,
        updated_at=taken,
        source_version=micros(taken),
        gateway=payment.provider_id,
        reference=_reference(payment),
        parent_external_id=payment.id,
    )


def _reference(payment: Payment) -> str | None:
    """What the processor calls the payment: the `id` of its own document, which most providers keep whole under `data`."""
    match payment.data:
        case {"id": str() as told}:
            return told or None
        case _:
            return None


def refund_record(refund: Refund, payment: Payment, order: OrderDocument) -> RefundRecord:
    """The record of one refund of one payment."""
    reason = refund.refund_reason.label if refund.refund_reason else None
    return RefundRecord(
        external_id=refund.id,
        order_external_id=order.id,
        status="succeeded",
        amount_minor=rounded_minor_units(refund.amount, order.currency_code.upper()),
        currency=order.currency_code.upper(),
        created_at=instant(refund.created_at),
        reason=reason or refund.note or None,
        payment_external_id=payment.id,
    )


def payment_state(records: Sequence[PaymentRecord], refunds: Sequence[RefundRecord], due: int, *, is_cancelled: bool) -> PaymentState:
    """What the money says, against what is due now; `payment_status` forgets what was paid before an order was edited."""
    good = [record for record in records if record.status == "succeeded"]
    taken = sum(record.amount_minor for record in good if record.kind in {"capture", "sale"})
    back = sum(refund.amount_minor for refund in refunds)
    if back:
        return "refunded" if back >= taken else "part_refunded"
    if taken:
        return "paid" if taken >= due else "part_paid"
    if is_cancelled:
        return "voided"
    if due <= 0:
        return "paid"
    return "authorized" if good else "unpaid"
