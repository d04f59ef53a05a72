"""What Amazon's orders and refunds become where tax, discounts and missing amounts make it hard."""

import json
from typing import Any

import pytest

from connectors.amazon.mapping import read_order
from connectors.amazon.mapping_refund import read_order_refund, read_refund
from model.errors import MalformedError, RejectedError
from model.records.order import Order
from tests.contract.remote import recordings

Json = dict[str, Any]

US, UK = "ATVPDKIKX0DER", "A1F83G8C2ARO7P"


def money(amount: str, currency: str = "USD") -> Json:
    return {"amount": amount, "currencyCode": currency}


def part(name: str, amount: str, **details: str) -> Json:
    told = [{"subtype": subtype, "value": money(value)} for subtype, value in details.items()]
    return {"type": name, "subtotal": money(amount)} | ({"detailedBreakdowns": told} if told else {})


def order_of(total: str | None, *parts: Json, proceeds: str | None = None, **more: Any) -> bytes:  # noqa: ANN401  any field
    item: Json = {"orderItemId": "1", "quantityOrdered": 2, "product": {"asin": "B0EX", "title": "Mug", "sellerSku": "MUG"}}
    if parts:
        item["proceeds"] = {"proceedsTotal": money(proceeds or total or "0"), "breakdowns": list(parts)}
    told: Json = {
        "orderId": "112-1",
        "createdTime": "2026-03-01T10:00:00Z",
        "lastUpdatedTime": "2026-03-01T11:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": US},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [item],
    }
    return json.dumps(told | ({"proceeds": {"grandTotal": money(total)}} if total else {}) | more).encode()


def kept_by_amazon(raw: bytes) -> bytes:
    told = json.loads(raw)
    told["orderItems"][0]["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
    return json.dumps(told).encode()


def sums(order: Order) -> tuple[int, ...]:
    return order.total_minor, order.lines[0].total_minor, order.shipping_minor, order.tax_minor


def test_tax_stands_on_top_of_the_parts_where_their_sum_says_so() -> None:
    order = read_order(order_of("26.50", part("ITEM", "20.00"), part("SHIPPING", "5.00"), part("TAX", "1.50")), {})

    assert sums(order) == (2650, 2000, 500, 150)
    assert not order.prices_include_tax


def test_tax_stands_within_the_parts_where_their_sum_says_so() -> None:
    raw = order_of("25.00", part("ITEM", "20.00"), part("SHIPPING", "5.00"), part("TAX", "4.00", ITEM="3.20", SHIPPING="0.80"))
    order = read_order(raw.replace(US.encode(), UK.encode()), {})

    assert sums(order) == (2500, 1680, 420, 400)
    assert order.prices_include_tax


def test_tax_that_amazon_keeps_out_of_the_proceeds_is_part_of_what_the_buyer_paid() -> None:
    order = read_order(kept_by_amazon(order_of("20.00", part("ITEM", "20.00"), part("TAX", "1.50"))), {})

    assert sums(order) == (2150, 2000, 0, 150)
    assert [each.code for each in order.adjustments if each.kind == "tax"] == ["MARKETPLACE_FACILITATOR"]
    assert sum(payment.amount_minor for payment in order.payments) == 2150


def test_tax_that_amazon_keeps_is_within_the_prices_where_prices_include_tax() -> None:
    raw = kept_by_amazon(order_of("20.00", part("ITEM", "20.00"), part("TAX", "3.33"))).replace(US.encode(), UK.encode())

    assert sums(read_order(raw, {})) == (2000, 1667, 0, 333)


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_discount_is_taken_off_whichever_sign_it_has(sign: str) -> None:
    discount = part("DISCOUNT", f"{sign}6.00", ITEM=f"{sign}4.00", SHIPPING=f"{sign}2.00")
    order = read_order(order_of("19.00", part("ITEM", "20.00"), part("SHIPPING", "5.00"), discount), {})

    assert sums(order) == (1900, 1600, 300, 0)
    assert order.lines[0].discount_minor == 400


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (order_of("25.01", part("ITEM", "20.00"), part("SHIPPING", "5.00")), "parts sum to 2500"),
        (order_of("25.00", part("ITEM", "20.00"), proceeds="20.00"), "items sum to 2000, the order says 2500"),
        (order_of("20.00", part("ITEM", "20.00"), part("TAX", "0.00", ITEM="1.00")), "details sum to 100"),
        (order_of("20.00"), "items sum to 0, the order says 2000"),
        (order_of(None), "proceeds.grandTotal: is missing"),
        (order_of("20.00", part("GRATUITY", "20.00")), "'GRATUITY' is unknown; translate it under settings.statuses"),
        (order_of("20.00", part("ITEM", "20.00")).replace(b'"USD"}}]', b'"CAD"}}]'), "another currency"),
    ],
)
def test_what_does_not_add_up_is_refused_with_the_place(raw: bytes, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read_order(raw, {})


@pytest.mark.parametrize("state", ["PENDING", "PENDING_AVAILABILITY"])
def test_a_pending_order_keeps_its_goods_without_amounts(state: str) -> None:
    order = read_order(order_of(None, fulfillment={"fulfillmentStatus": state}), {})

    assert (order.total_minor, order.currency, order.payment_state, order.fulfilment_state) == (0, "USD", "unpaid", "on_hold")
    assert [(line.sku, line.quantity) for line in order.lines] == [("MUG", 2000)]
    assert order.payments == ()


def test_an_order_without_amounts_of_a_new_marketplace_names_the_way_out() -> None:
    raw = order_of(None, fulfillment={"fulfillmentStatus": "PENDING"}).replace(US.encode(), b"A1NEWMARKET")

    with pytest.raises(MalformedError, match=r"settings\.statuses"):
        read_order(raw, {})
    assert read_order(raw, {"currency": "CHF"}).currency == "CHF"


def test_a_cancelled_order_may_still_tell_its_amounts() -> None:
    told = order_of("20.00", part("ITEM", "20.00"), fulfillment={"fulfillmentStatus": "CANCELLED"})
    orders = [read_order(raw, {}) for raw in (told, order_of(None, fulfillment={"fulfillmentStatus": "CANCELLED"}))]

    assert [(order.total_minor, order.payment_state, order.cancelled_at is not None) for order in orders] == [
        (2000, "voided", True),
        (0, "voided", True),
    ]


def test_an_item_that_was_cancelled_and_tells_nothing_costs_the_others_nothing() -> None:
    told = json.loads(order_of("20.00", part("ITEM", "20.00")))
    told["orderItems"].append({"orderItemId": "2", "quantityOrdered": 0, "product": {"sellerSku": "BOWL"}})
    order = read_order(json.dumps(told).encode(), {})

    assert [(line.quantity, line.total_minor) for line in order.lines] == [(2000, 2000), (0, 0)]


@pytest.mark.parametrize("state", ["CANCELLED", "PENDING"])
def test_a_total_whose_parts_are_not_told_is_none_yet_or_no_longer(state: str) -> None:
    order = read_order(order_of("20.00", fulfillment={"fulfillmentStatus": state}), {})

    assert (order.total_minor, order.lines[0].total_minor) == (0, 0)


def test_what_amazon_ships_is_not_shipped_by_us() -> None:
    told = {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}
    order = read_order(order_of("20.00", part("ITEM", "20.00"), fulfillment=told), {})

    assert [line.requires_shipping for line in order.lines] == [False]
    assert order.location_external_id == "AMAZON"


def test_an_order_of_another_channel_is_none_to_take_in() -> None:
    with pytest.raises(RejectedError, match="NON_AMAZON"):
        read_order(order_of(None, salesChannel={"channelName": "NON_AMAZON", "marketplaceId": US}), {})


def test_a_tip_that_the_total_leaves_out_is_left_out() -> None:
    tip = {"type": "DELIVERY_TIP", "status": "PENDING", "subtotal": money("3.00")}
    told = order_of("20.00", part("ITEM", "20.00"), proceeds="20.00")
    raw = json.loads(told)
    raw["proceeds"]["breakdowns"] = [tip]
    totals: list[tuple[int, int]] = []
    for total in ("20.00", "23.00"):
        raw["proceeds"]["grandTotal"] = money(total)
        order = read_order(json.dumps(raw).encode(), {})
        totals.append((order.total_minor, order.charges_minor))

    assert totals == [(2000, 0), (2300, 300)]


def test_parcels_of_one_order_are_told_apart() -> None:
    order = read_order(json.dumps(recordings("amazon", "orders")[1]).encode(), {})

    assert [(each.status, each.tracking_numbers, each.lines[0].quantity) for each in order.fulfilments] == [
        ("delivered", ("JJD00001",), 6000),
        ("shipped", ("JJD00002",), 2000),
    ]
    assert order.buyer_note == "Für die neue Küche"


def refund(change: Json | None = None, *, place: int = 0) -> bytes:
    recorded: Any = recordings("amazon", "order-refunds")[place]["transaction"]
    return json.dumps(recorded | (change or {})).encode()


def test_the_buyer_gets_tax_back_that_amazon_kept_and_no_fee() -> None:
    read = read_refund(refund(), {})

    assert (read.amount_minor, read.order_external_id, read.shipping_minor) == (2140, "112-0000006-0000006", 0)


def test_parts_of_the_whole_count_where_no_items_are_told() -> None:
    assert read_refund(refund(place=3), {}).amount_minor == 300


def test_a_refund_names_the_lines_of_its_order_with_their_tax() -> None:
    recorded = [json.dumps(each).encode() for each in recordings("amazon", "order-refunds")]
    told = [[(line.line_external_id, line.amount_minor, line.tax_minor) for line in read_order_refund(raw, {}).lines] for raw in recorded]

    assert told[:3] == [
        [("11200000000061", 2000, 140)],
        [("11200000000061", 2000, 140)],
        [("30300000000021", 833, 158), ("30300000000022", 1000, 190)],
    ]
    assert told[3] == []


def test_a_sku_of_two_lines_names_neither() -> None:
    recorded: Any = recordings("amazon", "order-refunds")[0]
    twice = recorded | {"lines": [{"id": "1", "sku": "APRON-LINEN"}, {"id": "2", "sku": "APRON-LINEN"}]}

    assert read_order_refund(json.dumps(twice).encode(), {}).lines == ()


def test_another_transaction_in_the_envelope_is_refused() -> None:
    recorded: Any = recordings("amazon", "order-refunds")[0]

    with pytest.raises(MalformedError, match="is not the id it was read by"):
        read_order_refund(json.dumps(recorded | {"id": "TXN-other"}).encode(), {})


def test_a_kept_restocking_fee_is_not_given_back() -> None:
    assert read_refund(refund(place=4), {}).amount_minor == 2500


def one_part(name: str, amount: float) -> Json:
    whole = {"currencyCode": "USD", "currencyAmount": amount}
    return {"items": None, "totalAmount": whole, "breakdowns": [{"breakdownType": name, "breakdownAmount": whole}]}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (one_part("NewDiscount", -5.00), r"'NewDiscount' is unknown; translate it under settings\.statuses"),
        (one_part("OurPricePrincipal", 5.00), "take 500 minor units of USD from the buyer"),
        ({"transactionType": "Shipment"}, "is no Refund"),
        ({"relatedIdentifiers": []}, "0 orders are named"),
        ({"totalAmount": {"currencyCode": "USD", "currencyAmount": -17.61}}, "the whole says -1761"),
        ({"totalAmount": {"currencyCode": "USD", "currencyAmount": "-17_60"}}, "is not a decimal number"),
        ({"totalAmount": {"currencyCode": "USD", "currencyAmount": True}}, "totalAmount.currencyAmount"),
    ],
)
def test_a_refund_that_cannot_be_told_is_refused_with_the_place(change: Json, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        read_refund(refund(change), {})


def test_a_new_part_is_translated_by_the_settings() -> None:
    assert read_refund(refund(one_part("NewDiscount", -5.00)), {"NewDiscount": "OurPriceDiscount"}).amount_minor == 500
