"""Vendure's payments and refunds, and what they make of an order.

A refund's `total` is what the buyer gets. Vendure names lines of a refund by quantity only; the part `items` (tax included) is shared
over them by what the units were worth, and the tax split off by each line's rate.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from connectors._kit.words import meaning
from connectors.vendure.mapping_money import minor
from connectors.vendure.payloads import Line, OrderDocument, Payment, Refund
from connectors.vendure.words import PAYMENT_STATES, REFUND_STATES
from model.errors import MalformedError
from model.records.order import PaymentState
from model.records.payment import MoneyStatus, PaymentKind, RefundLine
from model.records.payment import Payment as PaymentRecord
from model.records.payment import Refund as RefundRecord
from model.values.instant import instant, micros
from model.values.money import split


def payment_state(payments: Sequence[Payment], state: str, total: int, statuses: Mapping[str, str]) -> PaymentState:
    """What the money says, against the order's total as it is now; the order's own state only tells a void from a debt."""
    sums: dict[tuple[PaymentKind, MoneyStatus], int] = {}
    for payment in payments:
        key = meaning("payments.state", payment.state, PAYMENT_STATES, statuses)
        sums[key] = sums.get(key, 0) + payment.amount
    taken = sums.get(("sale", "succeeded"), 0)
    back = _given_back(payments, statuses)
    if back:
        return "refunded" if back >= taken else "part_refunded"
    if not taken and state == "Cancelled":
        return "voided"
    if taken >= total:
        return "paid"
    if taken:
        return "part_paid"
    return "authorized" if sums.get(("authorization", "succeeded")) else "unpaid"


def _given_back(payments: Sequence[Payment], statuses: Mapping[str, str]) -> int:
    refunds = [refund for payment in payments for refund in payment.refunds]
    return sum(refund.total for refund in refunds if meaning("refunds.state", refund.state, REFUND_STATES, statuses) == "succeeded")


def payment_record(payment: Payment, document: OrderDocument, statuses: Mapping[str, str]) -> PaymentRecord:
    """The record of one payment; its `transactionId` is what the processor calls it."""
    kind, status = meaning("payments.state", payment.state, PAYMENT_STATES, statuses)
    updated_at = instant(payment.updated_at)
    return PaymentRecord(
        external_id=payment.id,
        order_external_id=document.id,
        kind=kind,
        status=status,
        amount_minor=minor(payment.amount, document.currency_code),
        currency=document.currency_code,
        created_at=instant(payment.created_at),
        updated_at=updated_at,
        source_version=micros(updated_at),
        gateway=payment.method,
        reference=payment.transaction_id or None,
    )


def refund_record(refund: Refund, payment: Payment, document: OrderDocument, statuses: Mapping[str, str]) -> RefundRecord:
    """The record of one refund of one payment."""
    return RefundRecord(
        external_id=refund.id,
        order_external_id=document.id,
        status=meaning("refunds.state", refund.state, REFUND_STATES, statuses),
        amount_minor=minor(refund.total, document.currency_code),
        currency=document.currency_code,
        created_at=instant(refund.created_at),
        reason=refund.reason or None,
        payment_external_id=refund.payment_id or payment.id,
        shipping_minor=minor(refund.shipping, document.currency_code),
        lines=_lines(refund, document),
    )


def _lines(refund: Refund, document: OrderDocument) -> tuple[RefundLine, ...]:
    if any(share.quantity < 0 for share in refund.lines):
        raise MalformedError(f"refunds[{refund.id}].quantity: is negative")
    lines = {line.id: line for line in document.lines}
    named = [(share, lines[share.order_line_id]) for share in refund.lines if share.order_line_id in lines]
    amounts = split(minor(refund.items, document.currency_code), [share.quantity * _worth(line) for share, line in named])
    made: list[RefundLine] = []
    for (share, line), amount in zip(named, amounts, strict=True):
        net = split(amount, (Decimal(100), line.tax_rate))[0]
        made.append(RefundLine(line_external_id=line.id, quantity=share.quantity * 1000, amount_minor=net, tax_minor=amount - net))
    return tuple(made)


def _worth(line: Line) -> int:
    """What one unit weighs against the others; once all of a line is cancelled, its list price must do."""
    return line.prorated_line_price_with_tax // line.quantity if line.quantity > 0 else line.unit_price
