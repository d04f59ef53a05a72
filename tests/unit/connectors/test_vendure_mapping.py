"""Vendure's orders become records whose parts sum, or errors that name the place."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.vendure import CONNECTOR
from connectors.vendure.mapping import read_order
from connectors.vendure.mapping_money import minor
from model.errors import MalformedError
from model.records.order import Order

Document = dict[str, Any]

RECORDED = Path(__file__).parents[3] / "connectors/vendure/recordings/orders.json"
ORDERS: list[Document] = json.loads(RECORDED.read_text("utf-8"))
PLAIN, COUPON, LINE_DISCOUNT, AUTHORIZED, PART_CANCELLED, FREE_PARCEL, CANCELLED, SURCHARGED, INCLUSIVE = range(9)


def document(place: int) -> Document:
    copy: Document = json.loads(json.dumps(ORDERS[place]))
    return copy


def read(order: Document, **statuses: str) -> Order:
    return read_order(json.dumps(order).encode(), statuses)


@pytest.mark.parametrize("place", [PLAIN, COUPON, LINE_DISCOUNT, PART_CANCELLED, FREE_PARCEL, INCLUSIVE])
def test_what_a_real_shop_took_or_cancelled_is_the_total_we_read(place: int) -> None:
    order = read(document(place))
    cancelled = sum(refund.amount_minor for refund in order.refunds if refund.status == "pending")

    assert order.payments[0].amount_minor - cancelled == order.total_minor


def test_a_discount_on_the_order_stands_beside_its_lines_with_its_code() -> None:
    order = read(document(COUPON))

    assert [line.total_minor for line in order.lines] == [71990, 23331, 34995]
    assert [(a.title, a.amount_minor, a.code) for a in order.adjustments if a.kind == "discount"] == [("A seventh off", 18622, "SEVENTH")]


def test_a_discount_on_a_line_is_already_off_its_net() -> None:
    order = read(document(LINE_DISCOUNT))

    assert (order.lines[0].total_minor, order.lines[0].discount_minor, order.discount_minor) == (32396, 3599, 0)


def test_a_discount_on_shipping_lowers_shipping() -> None:
    order = read(document(FREE_PARCEL))

    assert (order.shipping_minor, order.discount_minor) == (0, 0)


def test_two_promotions_share_the_orders_discount_by_what_vendure_names() -> None:
    order = document(COUPON)
    line = order["lines"][0]
    line["discounts"] = [line["discounts"][0] | {"amount": -1}, line["discounts"][0] | {"amount": -2, "adjustmentSource": "PROMOTION:9"}]
    step = line["discountedLinePrice"] - line["proratedLinePrice"]

    found = {(a.title, a.code): a.amount_minor for a in read(order).adjustments if a.kind == "discount"}

    assert found["A seventh off", None] == step - (step + 1) // 3


def test_surcharges_are_charges_and_favours_discounts() -> None:
    order = read(document(SURCHARGED))

    assert [(a.kind, a.title, a.amount_minor) for a in order.adjustments if a.title in {"Gift wrapping", "Favour"}] == [
        ("charge", "Gift wrapping", 2000),
        ("discount", "Favour", 500),
    ]
    assert order.payment_state == "part_paid"


def test_a_rest_from_rounding_rate_by_rate_is_shared_over_the_rates() -> None:
    order = document(COUPON)
    half = order["taxSummary"][0]
    order["taxSummary"] = [half | {"taxTotal": 13961, "taxRate": 12.5}, half | {"taxTotal": 13961, "taxRate": 12.5}]

    record = read(order)

    assert [a.amount_minor for a in record.adjustments if a.kind == "tax"] == [13962, 13962]
    assert {a.rate for a in record.adjustments if a.kind == "tax"} == {"0.125"}


def test_the_latest_change_of_money_or_goods_is_the_orders_version() -> None:
    order = document(LINE_DISCOUNT)
    refund = order["payments"][0]["refunds"][0]
    refund["updatedAt"] = "2027-01-02T03:04:05.000Z"

    record = read(order)

    assert record.updated_at == datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert record.source_version == 1798859045000000


@pytest.mark.parametrize(
    ("place", "payment", "fulfilment"),
    [
        (PLAIN, "paid", "unfulfilled"),
        (LINE_DISCOUNT, "part_refunded", "part_fulfilled"),
        (AUTHORIZED, "authorized", "unfulfilled"),
        (CANCELLED, "voided", "unfulfilled"),
        (SURCHARGED, "part_paid", "unfulfilled"),
    ],
)
def test_money_and_goods_tell_the_states(place: int, payment: str, fulfilment: str) -> None:
    order = read(document(place))

    assert (order.payment_state, order.fulfilment_state) == (payment, fulfilment)


def test_an_order_without_money_is_unpaid_and_all_money_back_is_refunded() -> None:
    unpaid, refunded = document(PLAIN), document(LINE_DISCOUNT)
    unpaid["payments"] = None
    refunded["payments"][0]["refunds"][0]["total"] = refunded["payments"][0]["amount"]

    assert read(unpaid).payment_state == "unpaid"
    assert read(refunded).payment_state == "refunded"


def test_all_units_gone_is_fulfilled_and_a_packed_parcel_in_progress() -> None:
    left, packed = document(LINE_DISCOUNT), document(LINE_DISCOUNT)
    left["fulfillments"][0]["lines"].append({"orderLineId": left["lines"][1]["id"], "quantity": 2})
    packed["fulfillments"][0]["state"] = "Pending"

    assert read(left).fulfilment_state == "fulfilled"
    assert read(packed).fulfilment_state == "in_progress"


def test_a_cancelled_order_has_its_time_and_no_units() -> None:
    order = read(document(CANCELLED))

    assert order.cancelled_at is not None
    assert [line.quantity for line in order.lines] == [0]


def test_lines_of_a_refund_share_its_part_for_goods() -> None:
    order = document(LINE_DISCOUNT)
    lines = order["lines"]
    order["payments"][0]["refunds"][0] |= {
        "items": 4000,
        "lines": [{"orderLineId": lines[0]["id"], "quantity": 1}, {"orderLineId": lines[1]["id"], "quantity": 1}],
    }

    refund = read(order).refunds[0]

    assert sum(line.amount_minor + line.tax_minor for line in refund.lines) == 4000
    assert refund.lines[0].amount_minor > refund.lines[1].amount_minor
    assert refund.amount_minor == 4000


def test_a_channel_of_its_own_names_the_source_and_its_way_of_pricing() -> None:
    order = document(PLAIN)
    order["channels"] = [{"code": "__default_channel__", "pricesIncludeTax": True}, {"code": "wholesale", "pricesIncludeTax": False}]

    record = read(order)

    assert (record.source_name, record.prices_include_tax) == ("wholesale", False)


def test_a_shops_own_state_is_translated_by_its_settings() -> None:
    order = document(PLAIN) | {"state": "AwaitingPickup"}

    assert read(order, AwaitingPickup="PaymentSettled").source_status == (("order", "AwaitingPickup"),)


@pytest.mark.parametrize(("currency", "expected"), [("EUR", 1200), ("JPY", 12), ("KWD", 12000)])
def test_hundredths_become_minor_units_of_any_currency(currency: str, expected: int) -> None:
    assert minor(1200, currency) == expected


def broken(break_it: Callable[[Document], object], place: int = LINE_DISCOUNT) -> bytes:
    order = document(place)
    break_it(order)
    return json.dumps(order).encode()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (broken(lambda o: o.update(subTotal=1)), "subTotal: parts sum to"),
        (broken(lambda o: o["lines"][0].update(proratedLinePrice=1)), "subTotal: parts sum to"),
        (broken(lambda o: o.update(shipping=1)), "shipping: parts sum to 3900"),
        (broken(lambda o: o.update(total=1)), "total: parts sum to"),
        (broken(lambda o: o.update(totalWithTax=1)), "taxSummary: rates sum to 9766"),
        (broken(lambda o: o.update(taxSummary=[])), "taxSummary: rates sum to 0"),
        (broken(lambda o: o.update(totalWithTax=10**20)), "totalWithTax: "),
        (broken(lambda o: o.update(totalWithTax=1.5)), "totalWithTax: "),
        (broken(lambda o: o.update(currencyCode="XXX")), "currency: 'XXX'"),
        (broken(lambda o: o.update(currencyCode="JPY")), "amount: has more decimal places than JPY"),
        (broken(lambda o: o["lines"][0].update(quantity=-1)), "quantity: is negative"),
        (broken(lambda o: o["fulfillments"][0]["lines"][0].update(quantity=-1)), "quantity: is negative"),
        (broken(lambda o: o["payments"][0]["refunds"][0].update(lines=[{"orderLineId": "1", "quantity": -1}])), "quantity: is negative"),
        (broken(lambda o: o.update(state="Lost")), "state: 'Lost' is unknown; translate it under settings.statuses"),
        (broken(lambda o: o["payments"][0].update(state="Lost")), "payments.state: 'Lost' is unknown"),
        (broken(lambda o: o["payments"][0]["refunds"][0].update(state="Lost")), "refunds.state: 'Lost' is unknown"),
        (broken(lambda o: o["fulfillments"][0].update(state="Lost")), "fulfillments.state: 'Lost' is unknown"),
        (broken(lambda o: o.update(updatedAt="then")), "instant: is not"),
        (broken(lambda o: o.pop("code")), "code: field required"),
        (b'{"id": "1", "id": "2"}', "payload: "),
        (b'{"total": NaN}', "payload: "),
    ],
)
def test_what_does_not_add_up_or_cannot_be_read_is_malformed_and_named(raw: bytes, message: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_order(raw, {})

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"id":"7","x":NaN}', "7"),
        (b'{"id": "8"}', "8"),
        (b"{broken", None),
        (b'{"customer":{"id":"99"},"x":NaN}', None),
        (b'{"customer":{"id":"99"},"id":"9","x":NaN}', "9"),
    ],
)
def test_the_id_of_a_broken_slice_is_found_where_it_can_be(raw: bytes, expected: str | None) -> None:
    assert CONNECTOR.external_id_in(raw) == expected
