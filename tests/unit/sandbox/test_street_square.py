"""The Square till: search and lists, returns as orders of their own, money in minor units."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open, Visit

SQUARE = ("square-till",)
SPEC = Path(__file__).parents[4] / "shared" / "specs" / "square" / "api.json"


def search_all(shop: Visit, limit: int, **query: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, object] = {}
    more = True
    while more:
        page = shop.search(limit=limit, query=query, **cursor).json()
        found += page.get("orders", [])
        more = "cursor" in page
        cursor = {"cursor": page.get("cursor")}
    return found


def list_all(shop: Visit, name: str, **parameters: str | int) -> Iterator[dict[str, Any]]:
    page = shop.square(name, **parameters).json()
    yield from page.get(name, [])
    while "cursor" in page:
        page = shop.square(name, cursor=page["cursor"], **parameters).json()
        yield from page.get(name, [])


def by_update(start: str | None = None, end: str | None = None) -> dict[str, object]:
    span = {name: moment for name, moment in (("start_at", start), ("end_at", end)) if moment}
    return {"filter": {"date_time_filter": {"updated_at": span}}, "sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"}}


@pytest.mark.parametrize("limit", [1, 40, 1000])
def test_pages_of_any_size_hold_every_order_once_in_order_of_change(visit: Open, limit: int) -> None:
    shop = visit(orders=80, channels=SQUARE)

    orders = search_all(shop, limit, **by_update())

    assert len({order["id"] for order in orders}) == len(orders) == 80 + len(shop.street.truth()["returns"])
    assert [order["updated_at"] for order in orders] == sorted(order["updated_at"] for order in orders)


def test_both_ends_of_a_span_are_inclusive(visit: Open) -> None:
    shop = visit(orders=80, channels=SQUARE)
    moments = sorted({order["updated_at"] for order in search_all(shop, 500, **by_update())})

    found = search_all(shop, 7, **by_update(moments[10], moments[-10]))

    assert {order["updated_at"] for order in found} == set(moments[10:-9])


def test_the_sort_must_name_the_filtered_time(visit: Open) -> None:
    shop = visit(orders=5, channels=SQUARE)

    answer = shop.search(query={"filter": {"date_time_filter": {"updated_at": {"start_at": "2026-01-01T00:00:00Z"}}}})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["category"] == "INVALID_REQUEST_ERROR"


def test_only_one_time_may_be_filtered(visit: Open) -> None:
    filters: dict[str, dict[str, str]] = {"updated_at": {}, "created_at": {}}
    sort = {"sort_field": "UPDATED_AT"}

    answer = visit(orders=5, channels=SQUARE).search(query={"filter": {"date_time_filter": filters}, "sort": sort})

    assert answer.status_code == 400


def test_closed_orders_are_found_by_the_time_they_closed(visit: Open) -> None:
    shop = visit(orders=80, channels=SQUARE)
    wanted = {order["id"] for order in search_all(shop, 500) if "closed_at" in order}

    span = {"closed_at": {"start_at": "2026-01-01T00:00:00Z"}}
    found = search_all(shop, 11, filter={"date_time_filter": span}, sort={"sort_field": "CLOSED_AT", "sort_order": "ASC"})

    assert {order["id"] for order in found} == wanted
    assert [order["closed_at"] for order in found] == sorted(order["closed_at"] for order in found)


@pytest.mark.parametrize("state", ["OPEN", "COMPLETED", "CANCELED"])
def test_every_state_occurs_and_filters(visit: Open, state: str) -> None:
    found = search_all(visit(orders=120, channels=SQUARE), 50, filter={"state_filter": {"states": [state]}})

    assert {order["state"] for order in found} == {state}


@pytest.mark.parametrize("body", [{"location_ids": []}, {"limit": 1001}, {"limit": 0}, {"cursor": "nonsense"}])
def test_a_search_that_makes_no_sense_is_refused(visit: Open, body: dict[str, object]) -> None:
    answer = visit(orders=5, channels=SQUARE).search(**body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"]


def test_entries_can_be_asked_for_instead_of_orders(visit: Open) -> None:
    entries = visit(orders=5, channels=SQUARE).search(return_entries=True).json()["order_entries"]

    assert {tuple(entry) for entry in entries} == {("order_id", "version", "location_id")}


def test_orders_are_read_by_id_singly_and_in_batches(visit: Open) -> None:
    shop = visit(orders=20, channels=SQUARE)
    orders = search_all(shop, 50)
    ids = [order["id"] for order in orders[:5]]

    with httpx.Client(transport=shop.street.transport(), headers={"Authorization": "Bearer street-square-token"}) as client:
        batch = client.post("http://street/square/v2/orders/batch-retrieve", json={"order_ids": [*ids, "gone"]}).json()["orders"]

    assert [order["id"] for order in batch] == ids
    assert shop.square(f"orders/{ids[0]}").json()["order"] == orders[0]
    assert shop.square("orders/gone").status_code == 404


def test_lines_charges_taxes_and_tip_sum_to_the_total(visit: Open) -> None:
    for order in search_all(visit(orders=300, channels=SQUARE), 1000):
        lines, charges = order.get("line_items", []), order.get("service_charges", [])
        summed = sum(part["total_money"]["amount"] for part in (*lines, *charges)) + order["total_tip_money"]["amount"]

        assert summed == order["total_money"]["amount"]
        assert sum(line["total_tax_money"]["amount"] for line in lines) == order["total_tax_money"]["amount"]
        assert sum(tax["applied_money"]["amount"] for tax in order.get("taxes", [])) == order["total_tax_money"]["amount"]
        assert sum(line["total_discount_money"]["amount"] for line in lines) == order["total_discount_money"]["amount"]


def test_tenders_and_payments_agree_with_the_order(visit: Open) -> None:
    shop = visit(orders=120, channels=SQUARE)
    orders = {order["id"]: order for order in search_all(shop, 1000)}
    payments = list(list_all(shop, "payments", limit=30))

    for payment in payments:
        order = orders[payment["order_id"]]
        tip = payment.get("tip_money", {"amount": 0})["amount"]
        assert payment["total_money"] == order["total_money"] == order["tenders"][0]["amount_money"]
        assert payment["amount_money"]["amount"] + tip == payment["total_money"]["amount"]
    assert len({payment["id"] for payment in payments}) == len(payments) == sum("tenders" in order for order in orders.values())


def test_a_refund_is_an_order_of_its_own_linked_to_the_one_sold(visit: Open) -> None:
    shop = visit(orders=200, channels=SQUARE)
    orders = {order["id"]: order for order in search_all(shop, 1000)}
    payments = {payment["id"]: payment for payment in list_all(shop, "payments")}
    refunds = list(list_all(shop, "refunds", limit=20))

    for refund in refunds:
        recorded, payment = orders[refund["order_id"]], payments[refund["payment_id"]]
        assert recorded["returns"][0]["source_order_id"] == payment["order_id"]
        assert recorded["return_amounts"]["total_money"] == refund["amount_money"]
        assert "line_items" not in recorded
        assert refund["id"] in payment["refund_ids"]
    assert {refund["order_id"] for refund in refunds} == {one["external_id"] for one in shop.street.truth()["returns"]}


def test_refunds_never_exceed_what_was_paid_and_full_ones_meet_it(visit: Open) -> None:
    payments = [one for one in list_all(visit(orders=200, channels=SQUARE), "payments") if "refunded_money" in one]

    assert all(one["refunded_money"]["amount"] <= one["total_money"]["amount"] for one in payments)
    assert any(one["refunded_money"]["amount"] == one["total_money"]["amount"] for one in payments)
    assert any(one["refunded_money"]["amount"] < one["total_money"]["amount"] for one in payments)


def test_payments_are_listed_by_the_time_they_changed(visit: Open) -> None:
    shop = visit(orders=120, channels=SQUARE)
    moments = sorted({one["updated_at"] for one in list_all(shop, "payments")})
    span = {"updated_at_begin_time": moments[5], "updated_at_end_time": moments[-5], "sort_order": "ASC", "limit": 9}

    found = list(list_all(shop, "payments", **span))

    assert [one["updated_at"] for one in found] == sorted(one["updated_at"] for one in found)
    assert {one["updated_at"] for one in found} == set(moments[5:-5])


def test_the_mix_is_rich(visit: Open) -> None:
    orders = search_all(visit(orders=300, channels=SQUARE), 1000)
    lines = [line for order in orders for line in order.get("line_items", [])]

    assert {"1.5"} <= {line["quantity"] for line in lines if "quantity_unit" in line}
    assert {tax["type"] for order in orders for tax in order.get("taxes", [])} == {"ADDITIVE", "INCLUSIVE"}
    assert {cut["type"] for order in orders for cut in order.get("discounts", [])} == {"FIXED_AMOUNT", "FIXED_PERCENTAGE"}
    assert any("service_charges" in order for order in orders)
    assert any(order["total_tip_money"]["amount"] for order in orders)
    assert any("catalog_object_id" not in line for line in lines)
    assert any("customer_id" not in order for order in orders)


def test_merchant_and_location_say_who_they_are(visit: Open) -> None:
    shop = visit(orders=5, channels=SQUARE)

    assert shop.square("merchants/me").json()["merchant"]["id"] == "MLSTREET0001"
    assert [one["id"] for one in shop.square("locations").json()["locations"]] == ["LSTREET1"]


def test_a_wrong_token_is_refused_in_squares_words(visit: Open) -> None:
    with httpx.Client(transport=visit(orders=5, channels=SQUARE).street.transport()) as client:
        answer = client.get("http://street/square/v2/payments", headers={"Authorization": "Bearer wrong"})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "UNAUTHORIZED"


def closed(schema: object) -> object:
    """The schema with every object closed to further properties: a field we invented must not slip through."""
    match schema:
        case dict():
            tree = {name: closed(value) for name, value in cast("dict[str, object]", schema).items()}
            return {**tree, "additionalProperties": False} if "properties" in tree and "type" in tree else tree
        case list():
            return [closed(one) for one in cast("list[object]", schema)]
        case _:
            return schema


def problems_of(validator: Draft202012Validator, shown: dict[str, Any]) -> list[str]:
    found = validator.iter_errors(shown)  # pyright: ignore[reportUnknownMemberType]  the stub is partly untyped
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.fixture(scope="module")
def components() -> object:
    if not SPEC.is_file():
        pytest.skip("Square's official specification is not here (../shared)")
    return closed(json.loads(SPEC.read_text())["components"])


@pytest.mark.parametrize(("name", "kind"), [("orders", "Order"), ("payments", "Payment"), ("refunds", "PaymentRefund")])
def test_fifty_of_each_are_valid_against_squares_official_schema(visit: Open, components: object, name: str, kind: str) -> None:
    validator = Draft202012Validator({"$ref": f"#/components/schemas/{kind}", "components": components})
    shop = visit(orders=150, channels=SQUARE)
    shown = {"orders": lambda: search_all(shop, 1000)}.get(name, lambda: list(list_all(shop, name)))()

    problems = [problem for one in shown[:50] for problem in problems_of(validator, one)]

    assert problems == []
    assert len(shown) >= 30
