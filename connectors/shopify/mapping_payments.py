"""Transactions and refunds of the GraphQL Admin API."""

from connectors.shopify import words
from connectors.shopify.mapping_refunds import Move, RefundTold, Taken, refund_of
from connectors.shopify.payloads import MoneyBag, Transaction
from connectors.shopify.payloads import Refund as RefundPayload
from connectors.shopify.terms import number, presented, reference, shop_side
from model.errors import MalformedError
from model.records.payment import Payment, Refund
from model.values.instant import instant, micros
from model.values.money import minor_units


def map_payment(transaction: Transaction, order_external_id: str) -> Payment:
    """A transaction that is no refund."""
    external_id, money = number(transaction.id), transaction.amount_set.presentment_money
    sign = -1 if transaction.kind == "CHANGE" else 1
    in_shop = shop_side(transaction.amount_set.shop_money, money.currency_code, sign)
    at = instant(transaction.processed_at or transaction.created_at)
    details = transaction.payment_details
    return Payment(
        external_id=external_id,
        order_external_id=order_external_id,
        kind=words.known(words.PAYMENT_KINDS, transaction.kind, f"transactions[{external_id}].kind"),
        status=words.known(words.MONEY_STATUSES, transaction.status, f"transactions[{external_id}].status"),
        amount_minor=sign * minor_units(money.amount, money.currency_code),
        currency=money.currency_code,
        shop_minor=in_shop.minor,
        shop_currency=in_shop.currency,
        created_at=instant(transaction.created_at),
        updated_at=at,
        source_version=micros(at),
        gateway=transaction.gateway,
        method=words.payment_method(transaction.gateway, is_card=details is not None and details.kind == "CardPaymentDetails"),
        reference=words.payment_reference(transaction.gateway, external_id, transaction.payment_id),
        parent_external_id=reference(transaction.parent_transaction),
        is_test=transaction.test,
    )


def map_refund(refund: RefundPayload, order_external_id: str, currency: str | None, *, includes_tax: bool | None) -> Refund:
    """A refund; without its order's currency it is told by the refund's own lines."""
    external_id = number(refund.id)
    if currency is None and refund.refund_line_items.nodes:
        currency = refund.refund_line_items.nodes[0].subtotal_set.presentment_money.currency_code
    at = refund.created_at or refund.processed_at
    if at is None:
        raise MalformedError(f"refunds[{external_id}].createdAt: is missing")
    return refund_of(
        RefundTold(
            external_id=external_id,
            order_external_id=order_external_id,
            created_at=instant(at),
            currency=currency,
            reason=refund.note or None,
            lines=[
                Taken(
                    _own(line.subtotal_set, currency),
                    _own(line.total_tax_set, currency),
                    number(line.line_item.id),
                    line.quantity,
                    words.known(words.RESTOCKS, line.restock_type, f"refunds[{external_id}].restockType"),
                )
                for line in refund.refund_line_items.nodes
            ],
            shipping=[
                Taken(_own(line.subtotal_amount_set, currency), _own(line.tax_amount_set, currency))
                for line in refund.refund_shipping_lines.nodes
            ],
            moves=[_move(transaction) for transaction in refund.transactions.nodes if transaction.kind == "REFUND"],
            includes_tax=includes_tax,
        )
    )


def _own(bag: MoneyBag, currency: str | None) -> int:
    return presented(bag, currency or bag.presentment_money.currency_code)


def _move(transaction: Transaction) -> Move:
    money = transaction.amount_set.presentment_money
    return Move(
        words.known(words.MONEY_STATUSES, transaction.status, f"transactions[{number(transaction.id)}].status"),
        minor_units(money.amount, money.currency_code),
        money.currency_code,
        reference(transaction.parent_transaction),
        shop_side(transaction.amount_set.shop_money, money.currency_code),
    )
