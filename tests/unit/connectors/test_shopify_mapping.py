"""Shopify's GraphQL orders as canonical orders: sums, states, and what is refused by name."""

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.shopify import CONNECTOR
from model.errors import MalformedError
from model.records.order import Adjustment, Order
from model.records.payment import Refund

RECORDINGS = Path(__file__).parents[3] / "connectors" / "shopify" / "recordings"
ORDERS: list[dict[str, Any]] = json.loads((RECORDINGS / "orders.json").read_text("utf-8"))
PLAIN, INCLUSIVE, YEN, RETURNED, CANCELLED, EDITED, OWN_DISCOUNT, ON_HOLD = ORDERS

Node = dict[str, Any]


def read(order: Node, statuses: dict[str, str] | None = None) -> Order:
    record = CONNECTOR.kinds["order"].read(json.dumps(order).encode(), statuses or {})
    assert isinstance(record, Order)
    return record


def changed(order: Node, **fields: object) -> Node:
    return {**copy.deepcopy(order), **fields}


def euros(amount: str) -> Node:
    return {"presentmentMoney": {"amount": amount, "currencyCode": "EUR"}}


def dollars(amount: str) -> Node:
    return {"presentmentMoney": {"amount": amount, "currencyCode": "USD"}}


def dollar_total(amount: str) -> Node:
    return {**dollars(amount), "shopMoney": {"amount": amount, "currencyCode": "USD"}}


def with_line(order: Node, place: int = 0, **fields: object) -> Node:
    copied = copy.deepcopy(order)
    copied["lineItems"]["nodes"][place].update(fields)
    return copied


def titled(order: Order, kind: str) -> list[tuple[str, int]]:
    return [(adjustment.title, adjustment.amount_minor) for adjustment in order.adjustments if adjustment.kind == kind]


@pytest.mark.parametrize("place", range(len(ORDERS)), ids=[order["name"] for order in ORDERS])
def test_a_recording_gives_the_expected_record(place: int) -> None:
    expected = (RECORDINGS / "expected" / "orders.jsonl").read_text("utf-8").splitlines()

    told = json.loads(json.dumps(dataclasses.asdict(read(ORDERS[place])), default=str))

    assert told == json.loads(expected[place])


def test_an_order_is_known_by_the_number_of_its_gid() -> None:
    order = read(PLAIN)

    assert (order.external_id, order.number) == ("8801001", "#1001")
    assert (order.lines[0].external_id, order.payments[0].order_external_id) == ("9001", "8801001")


def test_taxes_inside_the_prices_are_taken_out_by_the_platforms_own_tax_lines() -> None:
    order = read(INCLUSIVE)

    assert [(line.total_minor, line.tax_minor) for line in order.lines] == [(6722, 1150), (3738, 236)]
    assert order.shipping_minor == 336
    assert order.prices_include_tax


def test_a_discount_over_several_lines_stays_one_discount_of_the_order_before_tax() -> None:
    order = read(INCLUSIVE)

    assert [adjustment for adjustment in order.adjustments if adjustment.kind == "discount"] == [
        Adjustment(kind="discount", title="SPRING10", code="SPRING10", amount_minor=1046)
    ]
    assert [line.discount_minor for line in order.lines] == [0, 0]


def test_a_discount_of_each_line_is_the_lines_own_and_a_shipping_discount_lowers_shipping() -> None:
    order = read(OWN_DISCOUNT)

    assert (order.lines[0].total_minor, order.lines[0].discount_minor) == (3782, 1261)
    assert (order.shipping_minor, order.discount_minor) == (0, 0)


@pytest.mark.parametrize(
    ("method", "selection", "own_minor"),
    [("EACH", "ALL", 300), ("ACROSS", "EXPLICIT", 300), ("ACROSS", "ALL", 0), ("ACROSS", "ENTITLED", 0)],
)
def test_allocation_and_selection_decide_whose_a_discount_is(method: str, selection: str, own_minor: int) -> None:
    applied = {"index": 0, "allocationMethod": method, "targetSelection": selection, "targetType": "LINE_ITEM", "title": "Sale"}
    share = {"allocatedAmountSet": dollars("3.00"), "discountApplication": applied}
    order = read(changed(with_line(PLAIN, discountAllocations=[share]), totalPriceSet=dollar_total("60.75")))

    assert order.lines[0].discount_minor == own_minor
    assert order.discount_minor == 300 - own_minor


def test_a_tax_inclusive_order_given_away_is_split_by_its_tax_rate() -> None:
    whole = {
        "allocatedAmountSet": euros("29.90"),
        "discountApplication": {
            "index": 0,
            "allocationMethod": "ACROSS",
            "targetSelection": "ALL",
            "targetType": "LINE_ITEM",
            "code": "FREE",
        },
    }
    taxes = [{"title": "MwSt", "rate": 0.19, "priceSet": euros("0.00")}]
    nothing = {**euros("0.00"), "shopMoney": {"amount": "0.00", "currencyCode": "EUR"}}

    order = read(
        changed(with_line(CANCELLED, discountAllocations=[whole], taxLines=taxes), totalPriceSet=nothing, totalTaxSet=euros("0.00"))
    )

    assert (order.lines[0].total_minor, order.discount_minor, order.total_minor) == (2513, 2513, 0)


def test_the_order_is_in_the_buyers_currency_with_the_shops_total_beside_it() -> None:
    order = read(YEN)

    assert (order.total_minor, order.currency) == (14300, "JPY")
    assert (order.shop_total_minor, order.shop_currency) == (8882, "EUR")


def test_units_removed_by_an_edit_stay_in_the_sums_and_stand_as_a_refund_without_money() -> None:
    order = read(EDITED)

    assert order.lines[0].quantity == 2000
    assert [(refund.amount_minor, refund.status) for refund in order.refunds] == [(0, "succeeded")]
    assert [(line.line_external_id, line.quantity, line.restock) for line in order.refunds[0].lines] == [("9051", 1000, "none")]
    assert order.total_minor == 9280


def test_a_tip_given_as_a_line_is_a_charge_and_no_line() -> None:
    order = read(EDITED)

    assert [line.external_id for line in order.lines] == ["9051", "9052"]
    assert titled(order, "charge") == [("duties", 300), ("additional fees", 100), ("tip", 500)]


def test_a_tip_stated_without_a_line_is_a_charge_too() -> None:
    order = read(changed(PLAIN, totalTipReceivedSet=dollars("1.25"), totalPriceSet=dollar_total("65.00")))

    assert titled(order, "charge") == [("tip", 125)]


def test_a_custom_line_that_is_no_tip_stays_a_line() -> None:
    order = read(ON_HOLD)

    assert [line.title for line in order.lines] == ["Engraving", "Oud Oil"]


def test_duties_inside_the_prices_are_no_charge() -> None:
    duties = changed(PLAIN, dutiesIncluded=True, originalTotalDutiesSet=dollars("4.00"))

    assert read(duties).charges_minor == 0


def test_taxes_on_fees_are_taxes_of_the_order() -> None:
    fees = changed(
        PLAIN,
        additionalFees=[{"taxLines": [{"title": "Fee tax", "rate": 0.1, "priceSet": dollars("0.10")}]}],
        originalTotalAdditionalFeesSet=dollars("1.00"),
        totalTaxSet=dollars("2.80"),
        totalPriceSet=dollar_total("64.85"),
    )

    assert (read(fees).tax_minor, read(fees).charges_minor) == (280, 100)


def test_a_removed_shipping_line_counts_only_where_the_stated_shipping_counts_it() -> None:
    gone = {**PLAIN["shippingLines"]["nodes"][0], "isRemoved": True, "originalPriceSet": dollars("3.00")}
    copied = copy.deepcopy(PLAIN)
    copied["shippingLines"]["nodes"].append(gone)

    assert read(copied).shipping_minor == 1605
    assert read(changed(copied, totalShippingPriceSet=dollars("19.05"), totalPriceSet=dollar_total("66.75"))).shipping_minor == 1905


def test_payments_keep_failures_and_parents_and_change_is_negative() -> None:
    yen, cash = read(YEN).payments, read(OWN_DISCOUNT).payments

    assert [(payment.kind, payment.status, payment.parent_external_id) for payment in yen] == [
        ("authorization", "succeeded", None),
        ("capture", "succeeded", "7021"),
        ("capture", "failed", "7021"),
    ]
    assert [(payment.method, payment.amount_minor) for payment in cash] == [("gift_card", 2000), ("cash", 3000), ("cash", -500)]


def test_a_refund_transaction_belongs_to_its_refund_alone() -> None:
    order = read(RETURNED)

    assert [payment.kind for payment in order.payments] == ["sale"]
    assert [(refund.amount_minor, refund.payment_external_id) for refund in order.refunds] == [(5400, "7031")]


@pytest.mark.parametrize(
    ("statuses", "status", "amount"),
    [(("SUCCESS", "PENDING"), "pending", 8000), (("SUCCESS", "FAILURE"), "succeeded", 5400), (("ERROR", "FAILURE"), "failed", 8000)],
)
def test_only_money_that_may_have_moved_counts_as_refunded(statuses: tuple[str, str], status: str, amount: int) -> None:
    copied = copy.deepcopy(RETURNED)
    moved = copied["refunds"][0]["transactions"]["nodes"]
    moved.append({**moved[0], "id": "gid://shopify/OrderTransaction/7033", "amountSet": dollars("26.00")})
    moved[0]["status"], moved[1]["status"] = statuses

    refund = read(copied).refunds[0]

    assert (refund.status, refund.amount_minor) == (status, amount)


@pytest.mark.parametrize(
    ("restock_type", "restock"), [("CANCEL", "cancel"), ("RETURN", "return"), ("NO_RESTOCK", "none"), ("LEGACY_RESTOCK", "unknown")]
)
def test_each_restock_type_has_its_own_word(restock_type: str, restock: str) -> None:
    copied = copy.deepcopy(RETURNED)
    copied["refunds"][0]["refundLineItems"]["nodes"][0]["restockType"] = restock_type

    assert read(copied).refunds[0].lines[0].restock == restock


def test_a_refund_line_of_a_tax_inclusive_order_is_before_tax() -> None:
    refund = read(CANCELLED).refunds[0]

    assert (refund.lines[0].amount_minor, refund.lines[0].tax_minor, refund.lines[0].restock) == (2513, 477, "cancel")


def test_a_return_names_its_line_its_units_and_its_price() -> None:
    returned = read(RETURNED).returns[0]

    assert (returned.external_id, returned.status) == ("3031", "closed")
    assert [(line.line_external_id, line.quantity, line.amount_minor, line.tax_minor) for line in returned.lines] == [
        ("9031", 1000, 5000, 400)
    ]


def test_an_order_of_which_nothing_is_left_is_wholly_returned() -> None:
    assert read(RETURNED).return_state == "part_returned"
    assert read(with_line(RETURNED, currentQuantity=0)).return_state == "returned"


def test_a_parcel_is_delivered_once_its_display_state_says_so() -> None:
    parcel = read(PLAIN).fulfilments[0]

    assert (parcel.status, parcel.carrier, parcel.tracking_numbers) == ("delivered", "UPS", ("1Z000000001",))
    assert read(RETURNED).fulfilments[0].status == "shipped"


def test_a_dispute_flags_the_order_until_it_is_won() -> None:
    assert not read(RETURNED).is_disputed
    assert read(changed(RETURNED, disputes=[{"status": "WON"}, {"status": "NEEDS_RESPONSE"}])).is_disputed


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PENDING", "unpaid"), ("AUTHORIZED", "authorized"), ("PARTIALLY_PAID", "part_paid"), ("PAID", "paid"), (None, "unpaid"),
        ("PARTIALLY_REFUNDED", "part_refunded"), ("REFUNDED", "refunded"), ("VOIDED", "voided"), ("EXPIRED", "expired"),
    ],
)  # fmt: skip
def test_every_financial_status_of_the_schema_is_known(word: str | None, state: str) -> None:
    assert read(changed(PLAIN, displayFinancialStatus=word)).payment_state == state


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("UNFULFILLED", "unfulfilled"), ("OPEN", "unfulfilled"), ("RESTOCKED", "unfulfilled"), ("SCHEDULED", "unfulfilled"),
        ("REQUEST_DECLINED", "unfulfilled"), ("ON_HOLD", "on_hold"), ("IN_PROGRESS", "in_progress"),
        ("PENDING_FULFILLMENT", "in_progress"), ("PARTIALLY_FULFILLED", "part_fulfilled"), ("FULFILLED", "fulfilled"),
    ],
)  # fmt: skip
def test_every_fulfilment_status_of_the_schema_is_known(word: str | None, state: str) -> None:
    assert read(changed(PLAIN, displayFulfillmentStatus=word)).fulfilment_state == state


def test_an_unknown_status_asks_for_a_translation_and_takes_it() -> None:
    odd = changed(PLAIN, displayFulfillmentStatus="AT_THE_TAILOR")

    with pytest.raises(MalformedError, match=r"status: 'AT_THE_TAILOR' is unknown; translate it under settings\.statuses"):
        read(odd)
    assert read(odd, {"AT_THE_TAILOR": "IN_PROGRESS"}).fulfilment_state == "in_progress"
    assert read(odd, {"at_the_tailor": "on_hold"}).fulfilment_state == "on_hold"


REFUSED: list[tuple[Node, str]] = [
    (changed(PLAIN, totalPriceSet=dollar_total("63.76")), "total: parts sum to 6375, the order says 6376"),
    (changed(PLAIN, totalTaxSet=dollars("2.71")), "tax: parts sum to 270, the order says 271"),
    (with_line(PLAIN, quantity=-1), r"lineItems\.nodes\.0\.quantity: input should be greater than or equal to 0"),
    (with_line(PLAIN, originalUnitPriceSet=euros("15.00")), "currency: an amount is in 'EUR', the order in 'USD'"),
    (with_line(PLAIN, originalUnitPriceSet=dollars("NaN")), "amount"),
    (with_line(PLAIN, originalUnitPriceSet=dollars("9" * 5000)), "amount"),
    (with_line(PLAIN, originalUnitPriceSet=dollars("15.001")), "amount: .*decimal places"),
    (with_line(PLAIN, originalUnitPriceSet=dollars("ten")), "amount"),
    (with_line(INCLUSIVE, taxLines=[{"title": "MwSt", "priceSet": euros("80.00")}]), r"lines\[9011\]: the tax does not fit"),
    (changed(PLAIN, transactions=[{**PLAIN["transactions"][0], "kind": "BARTER"}]), r"transactions\[7001\]\.kind: 'BARTER' is unknown"),
    (changed(PLAIN, updatedAt="2026-03-03T16:40:10"), "instant: has no offset from UTC"),
    (changed(PLAIN, lineItems=None), "lineItems: input should be"),
    (changed(PLAIN, presentmentCurrencyCode="XXX"), "currency"),
]


@pytest.mark.parametrize(("order", "reason"), REFUSED, ids=[reason[:40] for _, reason in REFUSED])
def test_an_order_that_contradicts_itself_is_refused_by_place_and_reason(order: Node, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read(order)


def test_two_lines_with_one_id_are_refused() -> None:
    copied = copy.deepcopy(YEN)
    copied["lineItems"]["nodes"][1]["id"] = copied["lineItems"]["nodes"][0]["id"]

    with pytest.raises(MalformedError, match="appears twice"):
        read(copied)


def test_a_negative_quantity_is_refused_even_where_it_sums() -> None:
    copied = with_line(PLAIN, quantity=-3, originalUnitPriceSet=dollars("-15.00"))

    with pytest.raises(MalformedError, match=r"lineItems\.nodes\.0\.quantity: input should be greater than or equal to 0"):
        read(copied)


@pytest.mark.parametrize(
    "path",
    [
        ("refunds",),
        ("transactions",),
        ("fulfillments",),
        ("shippingLines",),
        ("disputes",),
        ("lineItems", "nodes", 0, "taxLines"),
        ("lineItems", "nodes", 0, "discountAllocations"),
        ("refunds", 0, "refundLineItems"),
        ("refunds", 0, "transactions"),
        ("fulfillments", 0, "fulfillmentLineItems"),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_a_list_that_is_missing_is_never_read_as_empty(path: tuple[str | int, ...]) -> None:
    copied = copy.deepcopy(RETURNED)
    owner: Any = copied
    for step in path[:-1]:
        owner = owner[step]
    del owner[path[-1]]

    with pytest.raises(MalformedError, match=f"{path[-1]}: field required"):
        read(copied)


def test_a_refund_of_its_own_is_read_with_the_order_it_names() -> None:
    node = {**RETURNED["refunds"][0], "order": {"id": RETURNED["id"]}}

    refund = CONNECTOR.kinds["refund"].read(json.dumps(node).encode(), {})

    assert isinstance(refund, Refund)
    assert (refund.order_external_id, refund.amount_minor, refund.lines[0].amount_minor) == ("8801004", 5400, 5000)


def test_a_refund_of_its_own_with_tax_inside_is_known_by_its_money() -> None:
    node = copy.deepcopy({**RETURNED["refunds"][0], "order": {"id": RETURNED["id"]}})
    node["refundLineItems"]["nodes"][0]["subtotalSet"] = dollars("54.00")

    refund = CONNECTOR.kinds["refund"].read(json.dumps(node).encode(), {})

    assert isinstance(refund, Refund)
    assert (refund.lines[0].amount_minor, refund.lines[0].tax_minor) == (5000, 400)
