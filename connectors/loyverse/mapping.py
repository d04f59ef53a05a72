"""From one receipt in its envelope to one record: a sale is an Order, money given back for one is a Return of that order.

A receipt names no currency; the envelope does, as the merchant's account tells it. A receipt without an envelope (a dump) is read by the
word `currency` among the translations that the caller hands in. A sale never changes when it is refunded: the refund
is a receipt of its own that names the sale. Its lines bear ids of their own, of which nobody documents that they are the sale's, so a
returned line is told by its SKU alone.
Source: https://developer.loyverse.com/docs/ (v1.0), Receipt.
"""

from collections.abc import Mapping
from datetime import datetime

from connectors._kit import member, own_id, read_payload
from connectors._kit.words import meaning
from connectors.loyverse.mapping_money import LineSums, Sums, includes_tax, minor, moved, receipt_sums
from connectors.loyverse.payloads import Line, PaymentPart, Receipt, ReceiptEnvelope
from model.errors import MalformedError
from model.records.order import Order, OrderLine, Party, PaymentState
from model.records.payment import Payment, Refund
from model.records.shipment import Return, ReturnLine
from model.rules.order_sums import check_order
from model.values.instant import instant, micros
from model.values.quantity import thousandths

TYPES: dict[str, bool] = {"SALE": False, "REFUND": True}
"""Loyverse's types of receipt: whether money goes back."""
METHODS = {"CASH": "cash", "NONINTEGRATEDCARD": "card"}
"""Loyverse's types of payment in our words; any other is told in its own, in small letters."""


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order | Return:
    """The record of one receipt; MalformedError names what cannot be read or does not add up."""
    receipt, currency = _told(raw, statuses)
    is_refund = meaning("receipt_type", receipt.receipt_type, TYPES, statuses)
    return _return(receipt, currency) if is_refund else _order(receipt, currency)


def _told(raw: bytes, statuses: Mapping[str, str]) -> tuple[Receipt, str]:
    """The receipt and its currency."""
    if own_id(raw, b"receipt_number") and member(raw, "receipt") is None:
        bare, currency = read_payload(Receipt, raw), statuses.get("currency")
        if not currency:
            raise MalformedError("currency: a receipt alone names none, Loyverse tells it of the merchant; fetch it")
        return bare, currency
    told = read_payload(ReceiptEnvelope, raw)
    if told.receipt.receipt_number != told.id:
        raise MalformedError("receipt_number: is not the id it was read by")
    return told.receipt, told.currency


def _order(receipt: Receipt, currency: str) -> Order:
    sums = receipt_sums(receipt, currency)
    updated_at = instant(receipt.updated_at)
    cancelled_at = instant(receipt.cancelled_at) if receipt.cancelled_at else None
    return check_order(
        Order(
            external_id=receipt.receipt_number,
            number=receipt.receipt_number,
            placed_at=_given_at(receipt),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=currency,
            total_minor=sums.total,
            shipping_minor=0,
            tax_minor=sums.tax,
            charges_minor=sum(charge.amount_minor for charge in sums.charges),
            discount_minor=0,
            shop_currency=currency,
            shop_total_minor=sums.total,
            payment_state=_payment_state(receipt, sums),
            fulfilment_state="unfulfilled" if cancelled_at else "fulfilled",
            source_status=(("receipt", receipt.receipt_type), *((("receipt", "cancelled"),) if cancelled_at else ())),
            lines=tuple(_line(line, of_line) for line, of_line in zip(receipt.line_items, sums.lines, strict=True)),
            adjustments=(*sums.taxes, *sums.charges),
            parties=(Party(role="buyer", external_id=receipt.customer_id),) if receipt.customer_id else (),
            payments=tuple(_payment(receipt, place, part, currency) for place, part in moved(receipt)),
            cancelled_at=cancelled_at,
            prices_include_tax=includes_tax(receipt),
            source_name=receipt.source,
            location_external_id=receipt.store_id,
        )
    )


def _given_at(receipt: Receipt) -> datetime:
    """When it was sold or given back at the till, which may be long before Loyverse heard of it."""
    return instant(receipt.receipt_date or receipt.created_at)


def _payment_state(receipt: Receipt, sums: Sums) -> PaymentState:
    """A receipt is written when it is paid, so its payments make its total; one that tells none of them is not called paid."""
    if receipt.cancelled_at:
        return "voided"
    return "paid" if receipt.payments or sums.total == 0 else "unpaid"


def _line(line: Line, sums: LineSums) -> OrderLine:
    """A line of a sale, whose goods are handed over the counter."""
    return OrderLine(
        external_id=line.id,
        title=f"{line.item_name} ({line.variant_name})" if line.variant_name else line.item_name,
        sku=line.sku or None,
        quantity=_quantity(line),
        total_minor=sums.net,
        tax_minor=sums.tax,
        unit_price=None if line.price is None else format(line.price, "f"),
        discount_minor=sums.discount,
        product_external_id=line.item_id,
        variant_external_id=line.variant_id,
        requires_shipping=False,
    )


def _quantity(line: Line) -> int:
    count = thousandths(line.quantity)
    if count < 0:
        raise MalformedError(f"line_items[{line.id[:40]}].quantity: is negative")
    return count


def _payment(receipt: Receipt, place: int, part: PaymentPart, currency: str) -> Payment:
    at, updated_at = instant(part.paid_at) if part.paid_at else _given_at(receipt), instant(receipt.updated_at)
    word = part.type or part.name or "other"
    details = part.payment_details
    return Payment(
        external_id=_part_id(receipt, place),
        order_external_id=receipt.receipt_number,
        kind="sale",
        status="cancelled" if receipt.cancelled_at else "succeeded",
        amount_minor=minor(part.money_amount, currency),
        currency=currency,
        created_at=at,
        updated_at=updated_at,
        source_version=micros(updated_at),
        gateway=word.lower(),
        method=METHODS.get(word, word.lower()),
        reference=(details.reference_id or details.authorization_code or None) if details else None,
    )


def _part_id(receipt: Receipt, place: int) -> str:
    """Loyverse numbers no payments; a receipt's own never change, so their place tells them apart."""
    return f"{receipt.receipt_number}/{place}"


def _return(receipt: Receipt, currency: str) -> Return:
    if not receipt.refund_for:
        raise MalformedError("refund_for: the refund names no sale")
    sums = receipt_sums(receipt, currency)
    lines = [_return_line(line, of_line) for line, of_line in zip(receipt.line_items, sums.lines, strict=True)]
    lines += [
        ReturnLine(line_external_id=None, quantity=0, amount_minor=charge.amount_minor, tax_minor=0, reason=charge.title)
        for charge in sums.charges
    ]
    parts = sum(line.amount_minor + line.tax_minor for line in lines)
    if parts != sums.total:
        raise MalformedError(f"total_money: parts sum to {parts}, the refund says {sums.total} minor units of {currency}")
    updated_at = instant(receipt.updated_at)
    return Return(
        external_id=receipt.receipt_number,
        order_external_id=receipt.refund_for,
        status="cancelled" if receipt.cancelled_at else "closed",
        created_at=_given_at(receipt),
        updated_at=updated_at,
        source_version=micros(updated_at),
        currency=currency,
        lines=tuple(lines),
        refunds=tuple(_refund(receipt, receipt.refund_for, place, part, currency) for place, part in moved(receipt)),
    )


def _return_line(line: Line, sums: LineSums) -> ReturnLine:
    return ReturnLine(line_external_id=None, quantity=_quantity(line), amount_minor=sums.net, tax_minor=sums.tax, sku=line.sku or None)


def _refund(receipt: Receipt, sale: str, place: int, part: PaymentPart, currency: str) -> Refund:
    return Refund(
        external_id=_part_id(receipt, place),
        order_external_id=sale,
        status="cancelled" if receipt.cancelled_at else "succeeded",
        amount_minor=minor(part.money_amount, currency),
        currency=currency,
        created_at=instant(part.paid_at) if part.paid_at else _given_at(receipt),
    )
