"""Trades and refunds of Taobao: what they sum to, how they stand, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.taobao.mapping import read_order
from connectors.taobao.mapping_refund import read_refund
from model.errors import MalformedError, RejectedError
from model.records.order import Order

RECORDINGS = Path(__file__).parents[3] / "connectors/taobao/recordings"
Json = dict[str, Any]


def recorded(place: int) -> Json:
    trades: list[Json] = json.loads((RECORDINGS / "orders.json").read_text("utf-8"))
    return trades[place]


def read(trade: Json, **changes: object) -> Order:
    return read_order(json.dumps(trade | changes).encode(), {})


def line(trade: Json, **changes: object) -> Json:
    """The trade with its first line changed."""
    first, *others = trade["orders"]["order"]
    return trade | {"orders": {"order": [first | changes, *others]}}


SENDABLE = recorded(0)
"""Two lines of 136.00 and 39.00, postage 8.00, 10.00 off: 173.00."""


def test_a_discount_that_only_the_trade_tells_is_read_where_the_sum_shows_it() -> None:
    bare = line(SENDABLE, part_mjz_discount=None, divide_order_fee=None)

    assert read(bare).discount_minor == 1000
    assert read(bare, discount_fee="3.00", payment="180.00").discount_minor == 300
    assert read(bare, discount_fee="3.00", payment="183.00").discount_minor == 0


def test_what_is_left_of_each_line_tells_a_discount_that_nothing_else_tells() -> None:
    first, second = SENDABLE["orders"]["order"]
    lines = [first | {"part_mjz_discount": "0.00", "divide_order_fee": "130.00"}, second]

    assert read(SENDABLE, orders={"order": lines}, discount_fee="0.00", payment="177.00").discount_minor == 600


def test_the_amounts_of_the_vendors_own_example_give_its_payment() -> None:
    """108.00 less 29.00 and 269.00 less 150.00, of which 5.00 are taken off the trade, and postage 5.00: https://open.taobao.com/docV3.htm?docId=108471."""
    first, second = SENDABLE["orders"]["order"]
    lines = [
        first | {"num": 1, "total_fee": "79.00", "discount_fee": "29.00", "part_mjz_discount": "1.99", "divide_order_fee": "77.01"},
        second | {"total_fee": "119.00", "discount_fee": "150.00", "part_mjz_discount": "3.01", "divide_order_fee": "115.99"},
    ]
    order = read(SENDABLE, orders={"order": lines}, post_fee="5.00", discount_fee="5.00", payment="198.00")

    assert (order.total_minor, order.discount_minor, order.shipping_minor) == (19800, 500, 500)


def test_a_sum_that_no_reading_gives_is_refused_by_both_numbers() -> None:
    with pytest.raises(MalformedError, match="parts sum to 17300, the order says 17301"):
        read(SENDABLE, payment="173.01")


def test_more_than_was_bought_is_refused_although_something_was_given_back() -> None:
    with pytest.raises(MalformedError, match="parts sum to"):
        read(recorded(6), payment="105.01")


@pytest.mark.parametrize("payment", ["105.00", "68.00", "0.00"])
def test_a_total_that_fell_by_refunds_is_still_what_was_bought(payment: str) -> None:
    order = read(recorded(6), payment=payment)

    assert (order.total_minor, order.payments[0].amount_minor, order.payment_state) == (10500, 10500, "part_refunded")


def test_a_service_that_was_given_back_is_still_bought() -> None:
    order = read(line(recorded(12), refund_status="SUCCESS"), payment="239.00")

    assert (order.total_minor, len(order.lines)) == (26400, 2)


@pytest.mark.parametrize(("is_free", "total"), [(True, 13600), (False, 14824)])
def test_tax_is_part_of_what_was_bought_unless_the_seller_bears_it(is_free: bool, total: int) -> None:  # noqa: FBT001  as Taobao tells it
    lines = [each | {"tax_free": is_free, "refund_status": "SUCCESS"} for each in recorded(10)["orders"]["order"]]

    assert read(recorded(10), orders={"order": lines}, payment="12.00").total_minor == total


@pytest.mark.parametrize(("told", "total"), [("16.00", 12000), ("20.00", 10000), ("0.00", 12000)])
def test_a_discount_of_the_trade_alone_is_taken_off_what_was_bought_unless_it_repeats_the_lines(told: str, total: int) -> None:
    """The line costs 120.00, after 16.00 of its own."""
    trade = line(recorded(2), refund_status="SUCCESS", part_mjz_discount=None, divide_order_fee="0.00")

    assert read(trade, discount_fee=told, payment="50.00").total_minor == total


def test_a_total_that_fell_without_a_refund_is_refused() -> None:
    with pytest.raises(MalformedError, match="parts sum to"):
        read(line(SENDABLE, refund_status="WAIT_SELLER_AGREE"), payment="37.00")


@pytest.mark.parametrize("payment", [None, "0.00", ""])
def test_a_trade_that_nobody_paid_costs_what_its_parts_do(payment: str | None) -> None:
    order = read(recorded(1), payment=payment)

    assert (order.total_minor, order.payment_state, order.payments) == (5300, "unpaid", ())


def test_a_paid_trade_without_a_payment_is_refused() -> None:
    with pytest.raises(MalformedError, match="payment: is missing"):
        read(SENDABLE, payment=None)


def test_import_tax_is_read_as_the_sum_shows_it() -> None:
    trade = recorded(10)

    assert read(trade).tax_minor == 1224
    assert read(trade, payment="136.00").tax_minor == 0


def test_services_are_lines_where_the_payment_holds_them() -> None:
    trade = recorded(12)
    with_them, without = read(trade), read(trade, payment="239.00")

    assert [each.requires_shipping for each in with_them.lines] == [True, False]
    assert (with_them.total_minor, without.total_minor, len(without.lines)) == (26400, 23900, 1)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"step_trade_status": "FRONT_NOPAID_FINAL_NOPAID", "step_paid_fee": "0.00"}, "unpaid"),
        ({"step_trade_status": "FRONT_PAID_FINAL_NOPAID"}, "part_paid"),
        ({"step_trade_status": "FRONT_PAID_FINAL_PAID", "status": "WAIT_SELLER_SEND_GOODS", "pay_time": "2026-03-02 20:00:00"}, "paid"),
        ({"step_trade_status": "FRONT_PAID_FRONT_FORFEITED", "status": "TRADE_CLOSED_BY_TAOBAO"}, "part_paid"),
    ],
)
def test_a_sale_in_steps_is_paid_as_far_as_its_steps_are(changes: Json, state: str) -> None:
    order = read(recorded(7), **changes)
    paid = {"unpaid": 0, "part_paid": 3000, "paid": 23900}[state]

    assert (order.payment_state, sum(each.amount_minor for each in order.payments)) == (state, paid)


@pytest.mark.parametrize(
    "hold", [{"top_hold": 1}, {"team_buy_hold": 1}, {"share_group_hold": 1}, {"ofp_hold": 1}, {"rx_audit_status": "0"}]
)
def test_what_the_platform_holds_is_on_hold(hold: Json) -> None:
    assert read(SENDABLE).fulfilment_state == "unfulfilled"
    assert read(SENDABLE, **hold).fulfilment_state == "on_hold"
    assert read(SENDABLE, **dict.fromkeys(hold, 0 if "rx_audit_status" not in hold else "1")).fulfilment_state == "unfulfilled"


def test_cash_on_delivery_is_unpaid_until_it_is_collected() -> None:
    assert read(recorded(8)).payment_state == "unpaid"
    assert read(recorded(8), status="TRADE_FINISHED", pay_time="2026-03-05 10:00:00").payment_state == "paid"


def test_a_closed_line_that_never_left_has_nothing_to_be_sent() -> None:
    closed = read(line(SENDABLE, status="TRADE_CLOSED", refund_status="SUCCESS"))

    assert [each.quantity for each in closed.lines] == [0, 1000]
    assert (closed.cancelled_at, closed.payment_state) == (None, "part_refunded")


def test_a_trade_refunded_after_it_left_is_not_cancelled() -> None:
    trade = line(recorded(5), consign_time="2026-02-25 15:00:00", invoice_no="YTSUITE0006", logistics_company="圆通速递")
    order = read(trade, consign_time="2026-02-25 15:00:00")

    assert (order.cancelled_at, order.fulfilment_state, order.payment_state) == (None, "fulfilled", "refunded")
    assert order.lines[0].quantity == 1000


def test_each_parcel_has_its_own_lines() -> None:
    order = read(recorded(3))

    assert [(each.tracking_numbers, [line.line_external_id[-1] for line in each.lines]) for each in order.fulfilments] == [
        (("ZTOSUITE0004",), ["1"])
    ]


def test_the_mask_and_the_key_of_a_receiver_are_kept_as_told() -> None:
    receiver = next(party for party in read(SENDABLE).parties if party.role == "shipping")

    assert (receiver.name, receiver.phone, receiver.external_id) == ("Chen M**", "*******0101", "1suite-oaid-001")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"receiver_state": "台湾省"}, "TW"),
        ({"receiver_state": "海外"}, None),
        ({"receiver_country": "日本"}, None),
        ({"receiver_country": "中国"}, "CN"),
    ],
)
def test_a_country_is_only_told_where_the_address_tells_it(told: Json, code: str | None) -> None:
    assert next(party for party in read(SENDABLE, **told).parties if party.role == "shipping").country == code


def test_a_trade_that_taobao_does_not_show_is_set_aside_with_its_reason() -> None:
    with pytest.raises(RejectedError, match=r"isv\.trade-not-exist"):
        read_order(b'{"tid":26,"refused":"isv.trade-not-exist"}', {})


def test_goods_that_come_back_are_not_sure_and_money_alone_is() -> None:
    told: list[Json] = json.loads((RECORDINGS / "order-refunds.json").read_text("utf-8"))
    back, money = (read_refund(json.dumps(told[place]).encode(), {}) for place in (1, 4))

    assert [(each.lines[0].quantity, each.lines[0].restock) for each in (back, money)] == [(1000, "unknown"), (0, "none")]
    assert (money.status, money.amount_minor) == ("succeeded", 1550)


def test_a_refund_below_nothing_is_refused() -> None:
    told: list[Json] = json.loads((RECORDINGS / "order-refunds.json").read_text("utf-8"))

    with pytest.raises(MalformedError, match="refund_fee"):
        read_refund(json.dumps(told[0] | {"refund_fee": "-1.00"}).encode(), {})
