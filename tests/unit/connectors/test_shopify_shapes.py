"""One order, two shapes: what a webhook delivers gives the same record as the GraphQL answer, field by field."""

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.shopify import CONNECTOR
from connectors.shopify.mapping_rest_money import map_refund
from connectors.shopify.payloads_rest import Refund as RefundDocument
from model.errors import MalformedError
from model.records.order import Order
from model.records.payment import Payment, Refund

RECORDINGS = Path(__file__).parents[3] / "connectors" / "shopify" / "recordings"
ORDERS: list[dict[str, Any]] = json.loads((RECORDINGS / "orders.json").read_text("utf-8"))
TELLABLE = [order for order in ORDERS if order["displayFulfillmentStatus"] != "ON_HOLD"]
"""The REST shape has no word for an order on hold."""

Node = dict[str, Any]


def number(gid: str | None) -> int | None:
    return int(gid.rpartition("/")[2]) if gid else None


def number_of(node: Node | None) -> int | None:
    return number(node["id"]) if node else None


def bag(money_bag: Node | None) -> Node | None:
    return money_bag and {
        side: {"amount": money_bag[key]["amount"], "currency_code": money_bag[key]["currencyCode"]}
        for side, key in (("presentment_money", "presentmentMoney"), ("shop_money", "shopMoney"))
        if key in money_bag
    }


def amount(money_bag: Node | None) -> str | None:
    return money_bag.get("shopMoney", money_bag["presentmentMoney"])["amount"] if money_bag else None


def taxes(lines: list[Node]) -> list[Node]:
    return [
        {"title": tax["title"], "rate": tax["rate"], "price": amount(tax["priceSet"]), "price_set": bag(tax["priceSet"])} for tax in lines
    ]


def shares(allocations: list[Node]) -> list[Node]:
    return [
        {
            "amount": amount(allocation["allocatedAmountSet"]),
            "amount_set": bag(allocation["allocatedAmountSet"]),
            "discount_application_index": allocation["discountApplication"]["index"],
        }
        for allocation in allocations
    ]


def applications(order: Node) -> list[Node]:
    applied = {
        allocation["discountApplication"]["index"]: allocation["discountApplication"]
        for line in (*order["lineItems"]["nodes"], *order["shippingLines"]["nodes"])
        for allocation in line["discountAllocations"]
    }
    return [
        {
            "target_type": application["targetType"].lower(),
            "allocation_method": application["allocationMethod"].lower(),
            "target_selection": application["targetSelection"].lower(),
            "code": application.get("code"),
            "title": application.get("title"),
        }
        for _, application in sorted(applied.items())
    ]


def transaction(node: Node) -> Node:
    money = node["amountSet"]["presentmentMoney"]
    return {
        "id": number(node["id"]),
        "kind": node["kind"].lower(),
        "status": node["status"].lower(),
        "gateway": node["gateway"],
        "payment_id": node["paymentId"],
        "parent_id": number_of(node["parentTransaction"]),
        "amount": money["amount"],
        "amount_set": bag(node["amountSet"]),
        "currency": money["currencyCode"],
        "test": node["test"],
        "created_at": node["createdAt"],
        "processed_at": node["processedAt"],
        "payment_details": node["paymentDetails"] and {"credit_card_company": "Visa"},
    }


def refund(node: Node, order_id: int | None) -> Node:
    return {
        "id": number(node["id"]),
        "order_id": order_id,
        "created_at": node["createdAt"],
        "note": node["note"],
        "refund_line_items": [
            {
                "line_item_id": number(line["lineItem"]["id"]),
                "quantity": line["quantity"],
                "restock_type": line["restockType"].lower(),
                "subtotal": amount(line["subtotalSet"]),
                "subtotal_set": bag(line["subtotalSet"]),
                "total_tax": amount(line["totalTaxSet"]),
                "total_tax_set": bag(line["totalTaxSet"]),
            }
            for line in node["refundLineItems"]["nodes"]
        ],
        "transactions": [transaction(one) for one in node["transactions"]["nodes"]],
    }


def line(node: Node) -> Node:
    return {
        "id": number(node["id"]),
        "name": node["name"],
        "sku": node["sku"],
        "quantity": node["quantity"],
        "current_quantity": node["currentQuantity"],
        "price": amount(node["originalUnitPriceSet"]),
        "price_set": bag(node["originalUnitPriceSet"]),
        "product_id": number_of(node["product"]),
        "variant_id": number_of(node["variant"]),
        "requires_shipping": node["requiresShipping"],
        "gift_card": node["isGiftCard"],
        "discount_allocations": shares(node["discountAllocations"]),
        "tax_lines": taxes(node["taxLines"]),
        "duties": [{"presentment_money": bag(duty["price"]), "tax_lines": taxes(duty["taxLines"])} for duty in node["duties"]],
    }


def address(node: Node | None) -> Node | None:
    return node and {
        **{key: node[key] for key in ("name", "company", "address1", "address2", "city", "province", "zip", "phone")},
        "province_code": node["provinceCode"],
        "country_code": node["countryCodeV2"],
    }


def parcel(node: Node) -> Node:
    return {
        "id": number(node["id"]),
        "status": node["status"].lower(),
        "shipment_status": {"DELIVERED": "delivered"}.get(node["displayStatus"]),
        "created_at": node["createdAt"],
        "location_id": number(node["location"]["id"]),
        "tracking_company": next((known["company"] for known in node["trackingInfo"]), None),
        "tracking_numbers": [known["number"] for known in node["trackingInfo"]],
        "tracking_urls": [known["url"] for known in node["trackingInfo"] if known["url"]],
        "line_items": [{"id": number(one["lineItem"]["id"]), "quantity": one["quantity"]} for one in node["fulfillmentLineItems"]["nodes"]],
    }


def webhook(order: Node) -> Node:
    """The order as `orders/updated` would deliver it, with the transactions that some dumps add."""
    customer = order["customer"]
    return {
        "id": number(order["id"]),
        "admin_graphql_api_id": order["id"],
        "name": order["name"],
        "created_at": order["createdAt"],
        "processed_at": order["processedAt"],
        "updated_at": order["updatedAt"].replace("Z", "+00:00"),
        "cancelled_at": order["cancelledAt"],
        "closed_at": order["closedAt"],
        "currency": order["currencyCode"],
        "presentment_currency": order["presentmentCurrencyCode"],
        "taxes_included": order["taxesIncluded"],
        "test": order["test"],
        "financial_status": order["displayFinancialStatus"].lower(),
        "fulfillment_status": {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}.get(order["displayFulfillmentStatus"]),
        "source_name": order["sourceName"],
        "note": order["note"],
        "tags": ", ".join(order["tags"]),
        "email": order["email"] or "",
        "phone": order["phone"],
        "location_id": number_of(order["retailLocation"]),
        "total_price": amount(order["totalPriceSet"]),
        "total_price_set": bag(order["totalPriceSet"]),
        "total_tax": amount(order["totalTaxSet"]),
        "total_tax_set": bag(order["totalTaxSet"]),
        "total_shipping_price_set": bag(order["totalShippingPriceSet"]),
        "total_tip_received": amount(order["totalTipReceivedSet"]),
        "total_tip_received_set": bag(order["totalTipReceivedSet"]),
        "original_total_duties_set": bag(order["originalTotalDutiesSet"]),
        "original_total_additional_fees_set": bag(order["originalTotalAdditionalFeesSet"]),
        "customer": customer
        and {"id": number(customer["id"]), "first_name": customer["firstName"], "last_name": customer["lastName"], "tags": ""},
        "shipping_address": address(order["shippingAddress"]),
        "billing_address": address(order["billingAddress"]),
        "discount_applications": applications(order),
        "line_items": [line(node) for node in order["lineItems"]["nodes"]],
        "shipping_lines": [
            {
                "id": 1,
                "title": node["title"],
                "code": node["code"],
                "price": amount(node["originalPriceSet"]),
                "price_set": bag(node["originalPriceSet"]),
                "discount_allocations": shares(node["discountAllocations"]),
                "tax_lines": taxes(node["taxLines"]),
            }
            for node in order["shippingLines"]["nodes"]
        ],
        "transactions": [transaction(node) for node in order["transactions"]],
        "refunds": [refund(node, number(order["id"])) for node in order["refunds"]],
        "fulfillments": [parcel(node) for node in order["fulfillments"]],
    }


def read(kind: str, document: Node) -> Any:  # noqa: ANN401  the kind decides
    return CONNECTOR.kinds[kind].read(json.dumps(document).encode(), {})


def read_order(document: Node) -> Order:
    order = read("order-webhook", document)
    assert isinstance(order, Order)
    return order


ONLY_GRAPHQL = {"returns": (), "return_state": "none", "is_disputed": False}
"""What the REST shape does not carry."""
FIELDS = [field.name for field in dataclasses.fields(Order) if field.name not in ONLY_GRAPHQL]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("order", TELLABLE, ids=lambda order: order["name"])
def test_both_shapes_of_an_order_agree(order: Node, field: str) -> None:
    assert getattr(read_order(webhook(order)), field) == getattr(read("order", order), field)


@pytest.mark.parametrize("order", TELLABLE, ids=lambda order: order["name"])
def test_kind_order_reads_either_shape(order: Node) -> None:
    assert read("order", webhook(order)) == read_order(webhook(order))
    assert read("order", order).external_id == read_order(webhook(order)).external_id


@pytest.mark.parametrize("order", TELLABLE, ids=lambda order: order["name"])
def test_what_only_graphql_tells_has_its_neutral_value_in_the_other_shape(order: Node) -> None:
    record = read_order(webhook(order))

    assert {field: getattr(record, field) for field in ONLY_GRAPHQL} == ONLY_GRAPHQL


def test_amounts_as_json_numbers_say_the_same_as_text() -> None:
    told = webhook(ORDERS[0])
    numbers = copy.deepcopy(told)
    numbers["total_price"], numbers["line_items"][0]["price"] = 63.75, 15.0
    numbers["line_items"][0]["price_set"]["presentment_money"]["amount"] = 15.0

    assert read_order(numbers) == read_order(told)


def test_an_old_document_without_sets_is_in_the_shops_currency() -> None:
    order = read_order(
        {
            "id": 77,
            "name": "#77",
            "created_at": "2015-05-01T08:00:00-04:00",
            "updated_at": "2015-05-01T08:00:00-04:00",
            "currency": "USD",
            "total_price": "24.10",
            "total_tax": "1.10",
            "total_discounts": "2.00",
            "taxes_included": False,
            "financial_status": "paid",
            "discount_codes": [{"code": "TWO", "amount": "2.00", "type": "fixed_amount"}],
            "tax_lines": [{"title": "Tax", "price": "1.10", "rate": 0.05}],
            "line_items": [{"id": 1, "title": "Tray", "price": "11.00", "quantity": 2}],
            "shipping_lines": [{"title": "Post", "price": "3.00"}],
        }
    )

    assert (order.total_minor, order.discount_minor, order.tax_minor, order.shipping_minor) == (2410, 200, 110, 300)
    assert [(entry.title, entry.code) for entry in order.adjustments if entry.kind == "discount"] == [("TWO", "TWO")]
    assert (order.payment_state, order.fulfilment_state) == ("paid", "unfulfilled")


def test_a_lines_own_discount_may_be_told_without_allocation() -> None:
    told = webhook(ORDERS[0])
    told["line_items"][0]["total_discount"] = "5.00"
    told["total_price_set"] = {side: {"amount": "58.75", "currency_code": "USD"} for side in ("presentment_money", "shop_money")}

    assert read_order(told).lines[0].discount_minor == 500


def test_a_shipping_discount_may_be_told_by_the_discounted_price() -> None:
    told = webhook(ORDERS[0])
    told["shipping_lines"][0]["discounted_price"] = "6.05"
    told["total_price_set"] = {side: {"amount": "53.75", "currency_code": "USD"} for side in ("presentment_money", "shop_money")}

    assert read_order(told).shipping_minor == 605


def test_an_amount_told_in_the_shops_currency_only_is_refused_for_a_foreign_buyer() -> None:
    told = webhook(ORDERS[2])
    del told["line_items"][0]["price_set"]

    with pytest.raises(MalformedError, match="currency: an amount is told in 'EUR' only, the order is in 'JPY'"):
        read_order(told)


def test_a_discount_without_its_application_is_refused() -> None:
    told = webhook(ORDERS[1])
    told["discount_applications"] = []

    with pytest.raises(MalformedError, match=r"discount_applications\[0\]: a line is discounted by it, but it is missing"):
        read_order(told)


def test_an_unknown_word_of_the_rest_shape_takes_the_accounts_translation() -> None:
    told = {**webhook(ORDERS[0]), "fulfillment_status": "at_the_tailor"}

    with pytest.raises(MalformedError, match="status: 'AT_THE_TAILOR' is unknown"):
        read_order(told)
    record = CONNECTOR.kinds["order-webhook"].read(json.dumps(told).encode(), {"at_the_tailor": "in_progress"})
    assert isinstance(record, Order)
    assert record.fulfilment_state == "in_progress"


def test_a_refund_document_says_what_the_order_says_of_it() -> None:
    document = refund(ORDERS[3]["refunds"][0], 8801004)

    assert read("refund", document) == read("order", ORDERS[3]).refunds[0]


def test_refunded_shipping_is_read_in_its_old_and_its_new_form() -> None:
    plain = refund(ORDERS[3]["refunds"][0], 8801004)
    plain["transactions"][0]["amount"] = "58.32"
    old = {**plain, "order_adjustments": [{"kind": "shipping_refund", "amount": "-4.00", "tax_amount": "-0.32"}]}
    new = {**plain, "refund_shipping_lines": [{"subtotal_amount_set": {"presentment_money": {"amount": "4.00", "currency_code": "USD"}}}]}

    assert [read("refund", one).shipping_minor for one in (plain, old, new)] == [0, 400, 400]


def test_an_old_refund_line_without_amounts_is_priced_by_its_line() -> None:
    document = refund(ORDERS[3]["refunds"][0], 8801004)
    document["refund_line_items"] = [
        {"line_item_id": 5, "quantity": 1, "line_item": {"price": "50.00", "quantity": 2, "tax_lines": [{"price": "8.00", "rate": 0.08}]}}
    ]

    record = read("refund", document)

    assert isinstance(record, Refund)
    assert [(line.amount_minor, line.tax_minor, line.restock) for line in record.lines] == [(5000, 400, "unknown")]


@pytest.mark.parametrize(
    ("missing", "reason"),
    [("order_id", "order_id: is missing"), ("created_at", r"refunds\[5031\]\.created_at: is missing")],
)
def test_a_refund_document_without_its_order_or_time_is_refused(missing: str, reason: str) -> None:
    document = refund(ORDERS[3]["refunds"][0], 8801004)
    del document[missing]

    with pytest.raises(MalformedError, match=reason):
        read("refund", document)


def test_a_refund_told_in_the_shops_currency_alone_is_not_taken_for_the_buyers() -> None:
    document = refund(ORDERS[3]["refunds"][0], 8801004)
    line = {key: value for key, value in document["refund_line_items"][0].items() if not key.endswith("_set")} | {"subtotal": "10.00"}
    bag = {"presentment_money": {"amount": "1.00", "currency_code": "EUR"}, "shop_money": {"amount": "1.08", "currency_code": "USD"}}
    tax = {"total_tax_set": bag, "total_tax": "1.08"}
    document["transactions"] = [{**entry, "currency": "EUR"} for entry in document["transactions"]]

    with pytest.raises(MalformedError, match="an amount is told in 'USD' only"):
        map_refund(RefundDocument.model_validate({**document, "refund_line_items": [line]}), "8801004", "EUR", "USD", includes_tax=False)
    with pytest.raises(MalformedError, match="an amount is told in 'USD' only"):
        read("refund", {**document, "refund_line_items": [line | tax]})


def test_a_refund_whose_money_is_in_two_currencies_is_refused() -> None:
    document = refund(ORDERS[3]["refunds"][0], 8801004)
    document["transactions"].append({**document["transactions"][0], "id": 7, "currency": "EUR"})

    with pytest.raises(MalformedError, match=r"refunds\[5031\]: its currency cannot be told"):
        read("refund", document)


def test_a_transaction_document_says_what_the_order_says_of_it() -> None:
    document = {**transaction(ORDERS[0]["transactions"][0]), "order_id": 8801001}

    payment = read("payment", document)

    assert isinstance(payment, Payment)
    assert payment == read("order", ORDERS[0]).payments[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "refund"}, "kind: a refund transaction is read with its refund"),
        ({"order_id": None}, "order_id: is missing"),
        ({"currency": None}, r"transactions\[7001\]\.currency: is missing"),
        ({"status": "asleep"}, r"transactions\[7001\]\.status: 'ASLEEP' is unknown"),
        ({"amount": "1e400"}, "amount"),
    ],
)
def test_a_transaction_document_that_cannot_be_a_payment_is_refused(change: Node, reason: str) -> None:
    document = {**transaction(ORDERS[0]["transactions"][0]), "order_id": 8801001, **change}

    with pytest.raises(MalformedError, match=reason):
        read("payment", document)
