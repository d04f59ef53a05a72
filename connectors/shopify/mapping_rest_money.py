"""Refunds and transactions of the REST shape, inside an order or as documents of their own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from connectors._kit import read_payload
from connectors.shopify import mapping_payments, words
from connectors.shopify import payloads as graph
from connectors.shopify.mapping_refunds import Move, RefundTold, Taken, refund_of
from connectors.shopify.mapping_rest_bill import stated
from connectors.shopify.payloads_rest import MoneyBag, Refund, RefundLineItem, Transaction
from connectors.shopify.terms import number, shop_side
from model.errors import MalformedError
from model.records import payment as records
from model.values.instant import instant, micros
from model.values.money import minor_units, split


def read_payment(raw: bytes, _statuses: Mapping[str, str]) -> records.Payment:
    """A transaction document as a payment; a refund transaction is told by its refund, so alone it is a MalformedError."""
    transaction = read_payload(Transaction, raw)
    if transaction.kind.upper() in words.NO_PAYMENTS:
        raise MalformedError("kind: a refund transaction is read with its refund, not as a payment")
    if transaction.order_id is None:
        raise MalformedError("order_id: is missing")
    return map_payment(transaction, str(transaction.order_id), None)


def map_payment(transaction: Transaction, order_external_id: str, shop_currency: str | None) -> records.Payment:
    """A transaction that is no refund; old ones without currency are in the shop's."""
    where, kind = f"transactions[{transaction.id}]", transaction.kind.upper()
    currency = transaction.currency or shop_currency
    if currency is None:
        raise MalformedError(f"{where}.currency: is missing")
    sign = -1 if kind == "CHANGE" else 1
    in_shop = shop_side(transaction.amount_set.shop_money if transaction.amount_set else None, currency, sign)
    at = instant(transaction.processed_at or transaction.created_at)
    details = transaction.payment_details
    is_card = details is not None and bool(details.credit_card_company)
    return records.Payment(
        external_id=str(transaction.id),
        order_external_id=order_external_id,
        kind=words.known(words.PAYMENT_KINDS, kind, f"{where}.kind"),
        status=words.known(words.MONEY_STATUSES, transaction.status.upper(), f"{where}.status"),
        amount_minor=sign * minor_units(transaction.amount, currency),
        currency=currency,
        shop_minor=in_shop.minor,
        shop_currency=in_shop.currency,
        created_at=instant(transaction.created_at),
        updated_at=at,
        source_version=micros(at),
        gateway=transaction.gateway or None,
        method=words.payment_method(transaction.gateway, is_card=is_card),
        reference=words.payment_reference(transaction.gateway, str(transaction.id), transaction.payment_id),
        parent_external_id=str(transaction.parent_id) if transaction.parent_id is not None else None,
        is_test=bool(transaction.test),
    )


def read_refund(raw: bytes, _statuses: Mapping[str, str]) -> records.Refund:
    """A refund document of either shape; GraphQL's has `refundLineItems`."""
    if b'"refundLineItems"' in raw:
        node = read_payload(graph.Refund, raw)
        if node.order is None:
            raise MalformedError("order: is missing")
        return mapping_payments.map_refund(node, number(node.order.id), None, includes_tax=None)
    refund = read_payload(Refund, raw)
    if refund.order_id is None:
        raise MalformedError("order_id: is missing")
    return map_refund(refund, str(refund.order_id), None, None, includes_tax=None)


def map_refund(
    refund: Refund, order_external_id: str, currency: str | None, shop_currency: str | None, *, includes_tax: bool | None
) -> records.Refund:
    """A refund; without its order, the buyer's currency and the shop's (of the plain amounts) are told by the refund's own amounts."""
    at = refund.created_at or refund.processed_at
    if at is None:
        raise MalformedError(f"refunds[{refund.id}].created_at: is missing")
    known = currency or _currency_in(refund)
    if known is None:
        raise MalformedError(f"refunds[{refund.id}]: its currency cannot be told")
    prices = _Prices(known, shop_currency or _shop_currency_in(refund))
    return refund_of(
        RefundTold(
            external_id=str(refund.id),
            order_external_id=order_external_id,
            created_at=instant(at),
            currency=known,
            reason=refund.note or None,
            lines=[_line(line, prices) for line in refund.refund_line_items],
            shipping=_shipping(refund, prices),
            moves=[_move(transaction, prices) for transaction in refund.transactions if transaction.kind.upper() == "REFUND"],
            includes_tax=includes_tax,
        )
    )


class _Prices(NamedTuple):
    """Reads the prices of one refund in its buyer's currency."""

    currency: str
    shop_currency: str | None
    """What the plain amounts are in; None where the payload does not say that it is another than the buyer's."""

    def of(self, bag: MoneyBag | None, plain: Decimal | None) -> int:
        return stated(bag, plain, self.currency, self.shop_currency)


def _shop_currency_in(refund: Refund) -> str | None:
    bags = [bag for line in refund.refund_line_items for bag in (line.subtotal_set, line.total_tax_set)]
    bags += [bag for line in refund.refund_shipping_lines for bag in (line.subtotal_amount_set, line.tax_amount_set)]
    bags += [bag for entry in refund.order_adjustments for bag in (entry.amount_set, entry.tax_amount_set)]
    return next((bag.shop_money.currency_code for bag in bags if bag is not None and bag.shop_money is not None), None)


def _currency_in(refund: Refund) -> str | None:
    bags = [line.subtotal_set for line in refund.refund_line_items]
    told = [bag.presentment_money.currency_code for bag in bags if bag is not None and bag.presentment_money is not None]
    return next(iter([*told, *(transaction.currency for transaction in refund.transactions if transaction.currency)]), None)


def _line(line: RefundLineItem, prices: _Prices) -> Taken:
    restock = words.known(words.RESTOCKS, line.restock_type.upper(), "restock_type") if line.restock_type else "unknown"
    if line.subtotal_set is not None or line.subtotal is not None or line.line_item is None:
        amount, tax = prices.of(line.subtotal_set, line.subtotal), prices.of(line.total_tax_set, line.total_tax)
        return Taken(amount, tax, str(line.line_item_id), line.quantity, restock)
    sold = line.line_item
    taxes = sum(prices.of(tax.price_set, tax.price) for tax in sold.tax_lines)
    tax = split(taxes, [line.quantity, sold.quantity - line.quantity])[0] if 0 < line.quantity <= sold.quantity else 0
    return Taken(prices.of(sold.price_set, sold.price) * line.quantity, tax, str(line.line_item_id), line.quantity, restock)


def _shipping(refund: Refund, prices: _Prices) -> Sequence[Taken]:
    """Refunded shipping, in the form of 2024-10 or the older one, never both."""
    if refund.refund_shipping_lines:
        return [
            Taken(prices.of(line.subtotal_amount_set, None), prices.of(line.tax_amount_set, None)) for line in refund.refund_shipping_lines
        ]
    return [
        Taken(-prices.of(entry.amount_set, entry.amount), -prices.of(entry.tax_amount_set, entry.tax_amount))
        for entry in refund.order_adjustments
        if entry.kind == "shipping_refund"
    ]


def _move(transaction: Transaction, prices: _Prices) -> Move:
    own = transaction.currency or prices.shop_currency or prices.currency
    return Move(
        words.known(words.MONEY_STATUSES, transaction.status.upper(), f"transactions[{transaction.id}].status"),
        minor_units(transaction.amount, own),
        own,
        str(transaction.parent_id) if transaction.parent_id is not None else None,
        shop_side(transaction.amount_set.shop_money if transaction.amount_set else None, own),
    )
