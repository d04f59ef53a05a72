"""WooCommerce payloads become orders whose parts add up, or are refused by name."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.woocommerce.mapping import STATES, read_order
from connectors.woocommerce.mapping_money import Amounts
from model.errors import MalformedError
from model.records.order import Adjustment, Order

RECORDINGS = Path(__file__).parents[3] / "connectors" / "woocommerce" / "recordings"
ORDERS: dict[int, dict[str, Any]] = {order["id"]: order for order in json.loads((RECORDINGS / "orders.json").read_text("utf-8"))}
GOLDEN = (RECORDINGS / "expected" / "orders.jsonl").read_text("utf-8").splitlines()

PLAIN, INCLUSIVE, DISCOUNTED, REFUNDED_IN_PART, CANCELLED, ROUNDED, YEN, GIFT_CARD = sorted(ORDERS)


def read(order_id: int, **changes: object) -> Order:
    return read_order(json.dumps({**ORDERS[order_id], **changes}).encode(), {})


def with_line(order_id: int, at: int, **changes: object) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = json.loads(json.dumps(ORDERS[order_id]["line_items"]))
    lines[at].update(changes)
    return lines


@pytest.mark.parametrize(("order_id", "line"), list(zip(sorted(ORDERS), GOLDEN, strict=True)))
def test_a_recorded_order_is_read_as_the_golden_line_says(order_id: int, line: str) -> None:
    assert json.loads(json.dumps(dataclasses.asdict(read(order_id)), default=str)) == json.loads(line)


def test_lines_stand_before_the_coupon_and_the_coupon_beside_them() -> None:
    order = read(DISCOUNTED)

    assert [line.total_minor for line in order.lines] == [4000, 2500]
    assert [line.tax_minor for line in order.lines] == [252, 158]
    assert Adjustment(kind="discount", title="spring10", amount_minor=650, code="spring10") in order.adjustments
    assert order.total_minor == 7116


def test_a_tax_inclusive_shop_is_told_net() -> None:
    order = read(INCLUSIVE)

    assert order.prices_include_tax
    assert (order.lines[0].total_minor, order.shipping_minor, order.tax_minor, order.total_minor) == (2000, 412, 458, 2870)


def test_what_rounding_each_part_leaves_is_a_charge_of_its_own_name() -> None:
    order = read(ROUNDED)

    assert Adjustment(kind="charge", title="rounding", amount_minor=1) in order.adjustments
    assert [line.tax_minor for line in order.lines] == [79, 80, 80]


def test_a_missing_minor_unit_is_no_rounding_where_no_part_is_unrounded() -> None:
    with pytest.raises(MalformedError, match=r"^total: parts sum to 5750, the order says 5751"):
        read(PLAIN, total="57.51")


def test_more_than_rounding_explains_is_refused_also_in_a_tax_inclusive_shop() -> None:
    with pytest.raises(MalformedError, match=r"^total: parts sum to 1496, the order says 1499"):
        read(ROUNDED, total="14.99")


def test_unrounded_parts_are_read_to_the_shops_own_totals() -> None:
    lines = [with_line(ROUNDED, at, total="4.193277", subtotal="4.193277", total_tax="0.796723")[at] for at in range(3)]

    order = read(ROUNDED, line_items=lines, total="14.970000", total_tax="2.390000", cart_tax="2.390000")

    assert [line.total_minor for line in order.lines] == [419, 419, 419]
    assert sum(line.tax_minor for line in order.lines) == order.tax_minor == 239


def test_tax_shown_rounded_per_line_is_split_by_its_unrounded_parts() -> None:
    taxes = [[{"id": 2, "total": total}] for total in ("1.125", "0.225")]
    lines = [{**ORDERS[PLAIN]["line_items"][at], "taxes": taxes[at], "total_tax": shown} for at, shown in enumerate(("1.13", "0.23"))]

    order = read(PLAIN, line_items=lines, cart_tax="1.35", total_tax="1.35", total="58.85")

    assert [line.tax_minor for line in order.lines] == [113, 22]


def test_a_total_with_more_digits_than_its_currency_is_refused() -> None:
    with pytest.raises(MalformedError, match=r"^total: has more decimal places"):
        read(PLAIN, total="57.505")


def test_a_negative_fee_is_a_discount() -> None:
    order = read(GIFT_CARD)

    assert Adjustment(kind="discount", title="Loyalty points", amount_minor=250) in order.adjustments
    assert order.charges_minor == 0


def test_a_gift_card_pays_for_the_order_and_does_not_make_it_cheaper() -> None:
    order = read(GIFT_CARD)

    assert order.total_minor == 2150
    assert [(payment.method, payment.amount_minor) for payment in order.payments] == [("gift_card", 1500), ("Credit card", 650)]


def test_a_discount_without_a_coupon_is_kept_and_named() -> None:
    order = read(PLAIN, line_items=with_line(PLAIN, 0, total="40.00"), total="55.00", discount_total="2.50")

    assert order.adjustments == (Adjustment(kind="discount", title="discount", amount_minor=250),)
    assert order.lines[0].total_minor == 4250


def test_a_line_made_dearer_by_hand_has_no_discount_to_undo() -> None:
    order = read(PLAIN, line_items=with_line(PLAIN, 0, total="45.00"), total="60.00", discount_total="-2.50")

    assert order.lines[0].total_minor == 4500
    assert order.discount_minor == 0


def test_store_credit_beyond_the_lines_counts_where_the_total_says_so() -> None:
    order = read(PLAIN, coupon_lines=[{"id": 1, "code": "credit-7", "discount": "7.50"}], discount_total="7.50", total="50.00")

    assert order.adjustments == (Adjustment(kind="discount", title="credit-7", amount_minor=750, code="credit-7"),)


def test_coupons_that_round_per_line_sum_to_what_the_lines_lost() -> None:
    coupons = [{"id": 1, "code": "a", "discount": "3.331"}, {"id": 2, "code": "b", "discount": "3.164"}]

    order = read(DISCOUNTED, coupon_lines=coupons)

    assert [entry.amount_minor for entry in order.adjustments if entry.kind == "discount"] == [333, 317]


@pytest.mark.parametrize(
    ("order_id", "changes", "place"),
    [
        (DISCOUNTED, {"shipping_total": "9.00"}, "shipping_lines: parts sum to 800"),
        (REFUNDED_IN_PART, {"shipping_total": "3.96", "total": "66.46"}, "shipping_lines: parts sum to 395, the order says 396"),
        (DISCOUNTED, {"total_tax": "9.00"}, "tax_lines: parts sum to 466"),
        (DISCOUNTED, {"cart_tax": "9.00"}, r"line_items\.total_tax: parts sum to"),
        (DISCOUNTED, {"discount_total": "9.00"}, "discount_total: parts sum to 650"),
        (PLAIN, {"discount_total": "5.00"}, "discount_total: parts sum to 0"),
        (PLAIN, {"total": "5750"}, "total: parts sum to 5750"),
        (PLAIN, {"total": "NaN"}, "amount: is not a decimal number"),
        (PLAIN, {"total": "12,50"}, "amount: is not a decimal number"),
        (PLAIN, {"total": "9" * 5000}, "total: string should have at most 40 characters"),
        (PLAIN, {"total": "1E+39"}, "amount: is not a number of payable size"),
        (PLAIN, {"total": None}, "total: input should be a valid string"),
        (PLAIN, {"total": True}, "total: input should be a valid string"),
        (PLAIN, {"currency": "ZZZ"}, "currency: 'ZZZ' is not a current"),
        (PLAIN, {"status": "awaiting-pickup"}, "status: 'awaiting-pickup' is unknown; translate it under settings.statuses"),
        (PLAIN, {"date_modified_gmt": None}, "date_modified_gmt: input should be"),
        (PLAIN, {"date_modified_gmt": "yesterday"}, "instant: is not an ISO 8601"),
        (PLAIN, {"line_items": with_line(PLAIN, 0, quantity=-1)}, r"lines\[5001\]\.quantity: is negative"),
        (PLAIN, {"line_items": with_line(PLAIN, 0, quantity="0.0001")}, "quantity: is finer than a thousandth"),
        (PLAIN, {"line_items": with_line(PLAIN, 0, id=5002)}, r"lines\[5002\]\.external_id: appears twice"),
    ],
)
def test_what_does_not_add_up_or_cannot_be_read_is_refused_by_name(order_id: int, changes: dict[str, object], place: str) -> None:
    with pytest.raises(MalformedError, match=f"^{place}"):
        read(order_id, **changes)


def test_a_shops_own_status_word_is_read_through_its_translation() -> None:
    raw = json.dumps({**ORDERS[PLAIN], "status": "awaiting-pickup"}).encode()

    order = read_order(raw, {"awaiting-pickup": "completed"})

    assert order.fulfilment_state == "fulfilled"
    assert order.source_status == (("status", "awaiting-pickup"),)


def test_a_line_listed_twice_alike_is_one_line() -> None:
    once = ORDERS[PLAIN]["line_items"]

    assert read(PLAIN, line_items=[once[0], once[0], once[1]]) == read(PLAIN)


def test_numbers_in_place_of_texts_mean_the_same() -> None:
    lines = with_line(PLAIN, 0, quantity="1", total=42.5, subtotal=42.50, sku=123)

    order = read(PLAIN, line_items=lines, total=57.5, number=2001)

    assert order.lines[0].total_minor == 4250
    assert order.lines[0].sku == "123"
    assert order.number == "2001"


def test_what_older_shops_leave_out_is_not_missed() -> None:
    needed = ("id", "status", "currency", "date_created_gmt", "date_modified_gmt", "total", "line_items")
    raw = json.dumps({key: ORDERS[PLAIN][key] for key in needed}).encode()

    order = read_order(raw, {})

    assert (order.total_minor, order.parties, order.payments) == (5750, (), ())


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("USD", "19.90", 1990),
        ("USD", "19.9", 1990),
        ("USD", "19", 1900),
        ("USD", "19.", 1900),
        ("USD", ".90", 90),
        ("USD", "-19.90", -1990),
        ("USD", "019.90", 1990),
        ("USD", "1.99E1", 1990),
        ("USD", "999999999999.99", 99999999999999),
        ("USD", "9999999999999.99", 999999999999999),
        ("JPY", "1200", 1200),
        ("JPY", "1200.00", 1200),
        ("KWD", "1.234", 1234),
        ("KWD", "1.23", 1230),
    ],
)
def test_an_amount_means_the_same_however_it_is_written(currency: str, text: str, minor: int) -> None:
    amount = Amounts(currency)[text]

    assert (amount, type(amount)) == (minor, int)


@pytest.mark.parametrize("text", ["1.2.34", "1,00", "--1.00", "9999999999999999.00", ".", "12:30", "EUR 1.00", "1.00-"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match=r"^amount: "):
        Amounts("USD")[text]


def test_a_fractional_quantity_is_counted_in_thousandths() -> None:
    assert read(GIFT_CARD).lines[0].quantity == 1500


def test_times_of_the_shop_are_utc() -> None:
    order = read(PLAIN)

    assert order.updated_at == datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
    assert order.source_version == 1772442904000000


@pytest.mark.parametrize(
    ("order_id", "changes", "state"),
    [
        (PLAIN, {}, "paid"),
        (PLAIN, {"status": "pending", "date_paid_gmt": None}, "unpaid"),
        (PLAIN, {"status": "on-hold", "date_paid_gmt": None}, "unpaid"),
        (PLAIN, {"status": "failed", "date_paid_gmt": None}, "unpaid"),
        (PLAIN, {"status": "checkout-draft", "date_paid_gmt": None}, "unpaid"),
        (PLAIN, {"status": "completed", "date_paid_gmt": None}, "paid"),
        (PLAIN, {"payment_method": "cod", "date_paid_gmt": None}, "unpaid"),
        (PLAIN, {"status": "cancelled", "date_paid_gmt": None}, "voided"),
        (PLAIN, {"status": "cancelled"}, "paid"),
        (PLAIN, {"status": "trash", "date_paid_gmt": None}, "voided"),
        (PLAIN, {"refunds": [{"id": 9, "total": "-1.00"}]}, "part_refunded"),
        (PLAIN, {"refunds": [{"id": 9, "total": "-57.50"}]}, "refunded"),
        (PLAIN, {"status": "refunded"}, "refunded"),
    ],
)
def test_the_payment_state_follows_status_dates_and_refunds(order_id: int, changes: dict[str, object], state: str) -> None:
    assert read(order_id, **changes).payment_state == state


def test_every_status_the_vendor_documents_is_known() -> None:
    assert {"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash", "checkout-draft"} == set(STATES)


@pytest.mark.parametrize(("transaction", "reference"), [("", None), ("offline", "offline")])
def test_a_payment_is_named_after_its_order_as_gateways_repeat_their_words(transaction: str, reference: str | None) -> None:
    payments = [read(order_id, transaction_id=transaction).payments[0] for order_id in (PLAIN, INCLUSIVE)]

    assert [(payment.external_id, payment.reference) for payment in payments] == [("order-2001", reference), ("order-2002", reference)]


def test_an_order_in_the_trash_is_cancelled_and_its_goods_stay_where_they_are() -> None:
    trashed, done = read(PLAIN, status="trash"), read(PLAIN, status="trash", date_completed_gmt="2026-03-04T10:00:00")

    assert trashed.cancelled_at == trashed.updated_at
    assert (trashed.fulfilment_state, done.fulfilment_state) == ("unfulfilled", "fulfilled")


def test_a_translation_stands_behind_the_vendors_own_words() -> None:
    def read_as(word: str) -> Order:
        raw = json.dumps({**ORDERS[PLAIN], "status": word}).encode()
        return read_order(raw, {"processing": "cancelled", "awaiting-pickup": "on-hold"})

    assert (read_as("processing").cancelled_at, read_as("awaiting-pickup").fulfilment_state) == (None, "on_hold")


def test_the_stub_of_a_deleted_refund_is_no_refund() -> None:
    assert read(PLAIN, refunds=[{"id": 0, "reason": "", "total": "-0.00"}]).refunds == ()


def test_refunds_in_an_order_are_positive_amounts() -> None:
    assert [(entry.external_id, entry.amount_minor) for entry in read(REFUNDED_IN_PART).refunds] == [("2044", 900), ("2045", 300)]


def test_amounts_stay_right_when_the_table_of_amounts_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.woocommerce.mapping_money.MOST_KNOWN", 1)

    assert read(PLAIN, currency="CHF", total_tax="", cart_tax="").total_minor == 5750
