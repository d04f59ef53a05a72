"""Money in a buyer's currency, and what the shop says it is in its own: both shapes, payments and refunds."""

import copy
import json
from typing import Any

import pytest

from connectors.shopify import CONNECTOR
from model.errors import MalformedError
from model.records.order import Order
from model.records.payment import Payment, Refund
from tests.unit.connectors.test_shopify_mapping import ORDERS

Node = dict[str, Any]
POUNDS = ORDERS[5]
"""92.80 pounds, 108.58 euros."""
DOCUMENT: Node = {
    "id": 7, "order_id": 1, "kind": "sale", "status": "success", "amount": "92.80", "currency": "GBP", "created_at": "2026-03-06T12:00:00Z"
}  # fmt: skip


def read(kind: str, document: Node) -> Any:  # noqa: ANN401  the kind decides
    return CONNECTOR.kinds[kind].read(json.dumps(document).encode(), {})


def bag(shop: str | None, currency: str, *, buyer: str = "10.00") -> Node:
    told: Node = {"presentmentMoney": {"amount": buyer, "currencyCode": "GBP"}}
    return told | ({"shopMoney": {"amount": shop, "currencyCode": currency}} if shop is not None else {})


def paid(**fields: object) -> Payment:
    order = copy.deepcopy(POUNDS)
    order["transactions"][0].update(fields)
    record = read("order", order)
    assert isinstance(record, Order)
    return record.payments[0]


def given_back(*bags: Node) -> Refund:
    """A refund of the order by these transactions; their lines are not told."""
    order, sale = copy.deepcopy(POUNDS), POUNDS["transactions"][0]
    moves = [
        {**sale, "id": f"gid://shopify/OrderTransaction/{place}", "kind": "REFUND", "amountSet": each} for place, each in enumerate(bags)
    ]
    nothing: Node = {"nodes": []}
    order["refunds"] = [
        {"id": "gid://shopify/Refund/1", "createdAt": "2026-03-07T12:00:00Z", "refundLineItems": nothing, "refundShippingLines": nothing,
         "transactions": {"nodes": moves}}
    ]  # fmt: skip
    record = read("order", order)
    assert isinstance(record, Order)
    return record.refunds[0]


def test_a_payment_tells_what_it_is_in_the_shops_currency() -> None:
    payment = paid()

    assert (payment.amount_minor, payment.currency) == (9280, "GBP")
    assert (payment.shop_minor, payment.shop_currency) == (10858, "EUR")


@pytest.mark.parametrize("amounts", [bag("10.00", "GBP"), bag(None, "")], ids=["the same", "not told"])
def test_nothing_is_said_of_the_shop_where_it_says_the_same_or_nothing(amounts: Node) -> None:
    payment, refund = paid(amountSet=amounts), given_back(amounts)

    assert (payment.shop_minor, payment.shop_currency) == (None, None)
    assert (refund.amount_minor, refund.shop_minor, refund.shop_currency) == (1000, None, None)


def test_change_given_back_is_negative_in_both_currencies() -> None:
    payment = paid(kind="CHANGE")

    assert (payment.amount_minor, payment.shop_minor) == (-9280, -10858)


def test_a_refund_sums_what_its_transactions_are_in_the_shops_currency() -> None:
    refund = given_back(bag("11.70", "EUR"), bag("5.86", "EUR", buyer="5.00"))

    assert (refund.amount_minor, refund.currency) == (1500, "GBP")
    assert (refund.shop_minor, refund.shop_currency) == (1756, "EUR")


@pytest.mark.parametrize("other", [bag(None, ""), bag("6.40", "USD")], ids=["not told", "another currency"])
def test_a_refund_of_which_only_a_part_is_told_in_one_currency_is_not_told(other: Node) -> None:
    refund = given_back(bag("11.70", "EUR"), other)

    assert (refund.amount_minor, refund.shop_minor, refund.shop_currency) == (2000, None, None)


@pytest.mark.parametrize(("amount", "currency"), [("1.005", "EUR"), ("1e400", "EUR"), ("10.00", "???"), ("ten", "EUR")])
def test_a_shops_amount_that_cannot_be_read_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(MalformedError, match=r"amount|currency"):
        paid(amountSet=bag(amount, currency))


@pytest.mark.parametrize("name", ["currency", "currency_code"])
def test_a_transaction_document_tells_it_by_either_name(name: str) -> None:
    payment = read("payment", {**DOCUMENT, "amount_set": {"shop_money": {"amount": "108.58", name: "EUR"}}})

    assert (payment.amount_minor, payment.currency, payment.shop_minor, payment.shop_currency) == (9280, "GBP", 10858, "EUR")


def test_a_transaction_document_without_it_tells_the_buyers_amount_alone() -> None:
    payment = read("payment", DOCUMENT)

    assert (payment.amount_minor, payment.shop_minor, payment.shop_currency) == (9280, None, None)


def test_a_refund_document_tells_it_too() -> None:
    moved = {**DOCUMENT, "kind": "refund", "amount_set": {"shop_money": {"amount": "108.58", "currency": "EUR"}}}

    refund = read("refund", {"id": 5, "order_id": 1, "created_at": "2026-03-07T12:00:00Z", "transactions": [moved]})

    assert (refund.amount_minor, refund.currency, refund.shop_minor, refund.shop_currency) == (9280, "GBP", 10858, "EUR")
