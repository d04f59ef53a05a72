"""What Loyverse's receipts mean: money that adds up or is refused by name, refunds as returns, and rounding of cash."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.loyverse.listings import read_listing
from connectors.loyverse.mapping import read_order
from model.errors import MalformedError
from model.records.order import Order
from model.records.shipment import Return

RECORDINGS = Path(__file__).parents[3] / "connectors/loyverse/recordings"
ORDERS: dict[str, Any] = {each["id"]: each for each in json.loads((RECORDINGS / "orders.json").read_text("utf-8"))}
LISTING: dict[str, Any] = json.loads((RECORDINGS / "listings.json").read_text("utf-8"))[0]
SALE, TAXED, REFUND, VOIDED, SPLIT, ROUNDED, TIPPED_REFUND = ORDERS.values()


def read(told: dict[str, Any], **changes: object) -> Order | Return:
    receipt = {**told["receipt"], **changes}
    return read_order(json.dumps({**told, "receipt": receipt}).encode(), {})


def sale(told: dict[str, Any], **changes: object) -> Order:
    record = read(told, **changes)
    assert isinstance(record, Order)
    return record


def returned(told: dict[str, Any], **changes: object) -> Return:
    record = read(told, **changes)
    assert isinstance(record, Return)
    return record


def payment(kind: str, amount: float) -> dict[str, Any]:
    return {"payment_type_id": "P", "name": kind, "type": kind, "money_amount": amount, "paid_at": None, "payment_details": None}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"total_money": 44.91}, "payments: sum to 4490, the receipt says 4491"),
        ({"total_money": 44.91, "payments": []}, "total: parts sum to 4490, the order says 4491"),
        ({"total_money": -44.90}, "total_money: is negative"),
        ({"total_tax": 7.15}, "total_tax: the lines' taxes sum to 716, the receipt says 715"),
        ({"total_taxes": []}, "tax: parts sum to 0, the order says 716"),
        ({"tip": 1.00}, "total: parts sum to 4590"),
        ({"surcharge": 0.01}, "total: parts sum to 4491"),
        ({"total_money": 44.905}, "amount: has more decimal places than EUR knows"),
        ({"total_money": "44.90"}, "total_money: value error, is no number"),
        ({"payments": [payment("CASH", 40.00)]}, "payments: sum to 4000"),
        ({"receipt_number": "1-2"}, "receipt_number: is not the id it was read by"),
    ],
)
def test_what_does_not_add_up_is_refused_by_name(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read(SALE, **changes)


def test_an_unknown_kind_of_tax_is_refused() -> None:
    line = {**SALE["receipt"]["line_items"][0], "line_taxes": [{"type": "WITHHELD", "money_amount": 4.77}]}

    with pytest.raises(MalformedError, match="WITHHELD"):
        read(SALE, line_items=[line, SALE["receipt"]["line_items"][1]])


def test_included_and_added_taxes_leave_net_lines() -> None:
    included, added = sale(SALE), sale(TAXED)

    assert [(line.total_minor, line.tax_minor) for line in included.lines] == [(2513, 477), (1261, 239)]
    assert [(line.total_minor, line.tax_minor, line.discount_minor) for line in added.lines] == [(2160, 216, 240), (360, 36, 40)]
    assert (included.prices_include_tax, added.prices_include_tax) == (True, False)
    assert [(part.title, part.amount_minor) for part in added.adjustments] == [("Sales tax", 252), ("Tip", 200)]


def test_a_voided_sale_is_cancelled_and_its_money_with_it() -> None:
    order = sale(VOIDED)

    assert (order.payment_state, order.fulfilment_state) == ("voided", "unfulfilled")
    assert order.cancelled_at == order.updated_at
    assert [payment.status for payment in order.payments] == ["cancelled"]


def test_each_payment_is_told_by_its_type() -> None:
    order = sale(SPLIT)

    assert [(each.external_id, each.gateway, each.method, each.amount_minor, each.reference) for each in order.payments] == [
        ("1-1005/1", "cash", "cash", 1000, None),
        ("1-1005/2", "worldpay", "worldpay", 1423, "700100200300"),
    ]
    assert [(each.title, each.amount_minor) for each in order.adjustments if each.kind == "charge"] == [("Surcharge", 50)]
    assert order.lines[0].quantity == 485


def test_rounding_of_cash_is_a_charge_where_only_it_makes_the_total() -> None:
    order = sale(ROUNDED)

    assert (order.total_minor, order.charges_minor) == (1000, 1)
    assert [each.amount_minor for each in order.payments] == [1000]


def test_rounding_of_cash_is_left_out_where_the_other_payments_make_the_total() -> None:
    order = sale(ROUNDED, payments=[payment("CASH", 9.99), payment("CASHROUNDING", 0.04)])

    assert (order.total_minor, order.charges_minor) == (999, 0)
    assert [each.amount_minor for each in order.payments] == [999]


def test_a_sale_that_tells_no_payment_is_not_called_paid() -> None:
    assert sale(SALE, payments=[]).payment_state == "unpaid"
    assert sale(SALE, payments=None).payment_state == "unpaid"


def test_a_refund_is_a_return_of_the_sale_it_names() -> None:
    back, tipped = returned(REFUND), returned(TIPPED_REFUND)

    assert (back.order_external_id, back.status) == ("1-1001", "closed")
    assert [(each.external_id, each.order_external_id, each.amount_minor, each.status) for each in back.refunds] == [
        ("1-1003/1", "1-1001", 750, "succeeded")
    ]
    assert [(line.sku, line.quantity, line.amount_minor + line.tax_minor) for line in back.lines] == [("TOWEL", 1000, 750)]
    assert [(line.reason, line.quantity, line.amount_minor) for line in tipped.lines][-1] == ("Tip", 0, 200)
    assert sum(line.amount_minor + line.tax_minor for line in tipped.lines) == 2972


def test_a_voided_refund_gave_nothing_back() -> None:
    back = returned(REFUND, cancelled_at="2026-03-01T12:30:00.000Z")

    assert (back.status, [each.status for each in back.refunds]) == ("cancelled", ["cancelled"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"refund_for": None}, "refund_for: the refund names no sale"),
        ({"total_money": 7.49, "payments": []}, "total_money: parts sum to 750, the refund says 749"),
    ],
)
def test_a_refund_that_cannot_be_told_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read(REFUND, **changes)


def test_a_receipt_alone_needs_to_be_told_its_currency() -> None:
    alone = json.dumps(SALE["receipt"]).encode()
    order = read_order(alone, {"currency": "EUR"})

    assert order == sale(SALE)
    with pytest.raises(MalformedError, match=r"currency: a receipt alone names none"):
        read_order(alone, {})


def test_an_amount_is_read_in_the_merchants_currency() -> None:
    assert read_order(json.dumps({**SALE, "currency": "KWD"}).encode(), {}) != sale(SALE)
    with pytest.raises(MalformedError, match="JPY"):
        read_order(json.dumps({**SALE, "currency": "JPY"}).encode(), {})


def test_a_composite_item_has_stock_of_its_own_only_where_it_is_put_together_beforehand() -> None:
    def listed(**changes: object) -> tuple[str, bool]:
        listing = read_listing(json.dumps({**LISTING, "item": {**LISTING["item"], **changes}}).encode())
        return listing.kind, listing.is_tracked

    assert listed(is_composite=True) == ("bundle", False)
    assert listed(is_composite=True, use_production=True) == ("goods", True)
    assert listed(track_stock=False) == ("goods", False)
