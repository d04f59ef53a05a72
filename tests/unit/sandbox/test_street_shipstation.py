"""The street's ShipStation takes an order in once for one key, changes it while it is open, and makes labels in its own time."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.fate import PICKED_S
from sandbox.shipstation.render import MADE_MS, VOIDED_MS, instant_ms, moment
from tests.unit.sandbox.conftest import OPENING, Clock, Open, Visit

LONG = {"hours": 2}
"""Longer than anything takes at the warehouse."""


def ask(visit: Visit, method: str, path: str, /, sent: object = None, **parameters: str | int) -> httpx.Response:
    proof = ("street-shipstation-key", "street-shipstation-secret")
    with httpx.Client(transport=visit.street.transport(), auth=proof) as client:
        return client.request(method, f"http://street/shipstation/{path}", json=sent, params=parameters)


def order(key: str, many: int = 1, **more: object) -> dict[str, Any]:
    """A body of `POST /orders/createorder` for so many mugs."""
    body = {
        "orderNumber": key,
        "orderKey": key,
        "orderDate": "2026-11-01T04:00:00",
        "orderStatus": "awaiting_shipment",
        "billTo": {"name": "Ida Sample"},
        "shipTo": {"name": "Ida Sample", "street1": "12 Test Lane", "city": "Springfield", "country": "US"},
        "items": [{"lineItemKey": "1", "sku": "MUG-STONE-BLU", "name": "Mug", "quantity": many}],
        "advancedOptions": {"storeId": 61700},
    }
    return body | more


def make(visit: Visit, key: str, many: int = 1, **more: object) -> dict[str, Any]:
    answer = ask(visit, "POST", "orders/createorder", order(key, many, **more))
    assert answer.status_code == 200
    made: dict[str, Any] = answer.json()
    return made


def listed(visit: Visit, what: str = "orders", **parameters: str | int) -> list[dict[str, Any]]:
    answer = ask(visit, "GET", what, **parameters)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()[what]
    return found


@pytest.fixture
def shop(visit: Open) -> Visit:
    return visit(orders=3)


def test_an_order_is_taken_in_once_for_one_key(shop: Visit) -> None:
    made = make(shop, "F1")

    again = make(shop, "F1", many=2)

    assert (again["orderId"], again["items"][0]["quantity"]) == (made["orderId"], 2)
    assert [(each["orderId"], each["orderKey"], each["orderStatus"]) for each in listed(shop)] == [
        (made["orderId"], "F1", "awaiting_shipment")
    ]


def test_an_order_leaves_with_a_label(shop: Visit, clock: Clock) -> None:
    make(shop, "F1", many=2)
    before = listed(shop, "shipments")

    clock.pass_by(**LONG)
    good = [each for each in listed(shop, "shipments", includeShipmentItems="true") if not each["voided"]]
    parcels = shop.street.truth()["parcels"]

    assert before == []
    assert listed(shop)[0]["orderStatus"] == "shipped"
    assert [each["trackingNumber"] for each in good] == [parcel["tracking_number"] for parcel in parcels]
    assert [each["shipmentItems"][0]["quantity"] for each in good] == [parcel["lines"][0]["quantity"] for parcel in parcels]


def test_what_is_in_a_parcel_is_told_to_those_who_ask(shop: Visit, clock: Clock) -> None:
    make(shop, "F1")

    clock.pass_by(**LONG)

    assert {each["shipmentItems"] for each in listed(shop, "shipments")} == {None}


def test_some_labels_are_spoilt_voided_and_made_again(shop: Visit, clock: Clock) -> None:
    for number in range(60):
        make(shop, f"F{number}")

    clock.pass_by(**LONG)
    labels = listed(shop, "shipments", pageSize=500)
    voided = listed(shop, "shipments", pageSize=500, voidDateStart="2026-01-01T00:00:00")
    made = {each["shipmentId"] for each in labels if not each["voided"]}

    assert [each["shipmentId"] for each in voided] == [each["shipmentId"] for each in labels if each["voided"]]
    assert 0 < len(voided) < len(made)
    assert {each["shipmentId"] - 5 for each in voided} <= made
    assert {instant_ms(each["voidDate"]) - instant_ms(each["createDate"]) for each in voided} == {MADE_MS - VOIDED_MS}


def test_an_order_that_is_held_does_not_leave_until_it_is_let_go(shop: Visit, clock: Clock) -> None:
    make(shop, "F1", orderStatus="on_hold")
    clock.pass_by(**LONG)
    held = (listed(shop)[0]["orderStatus"], shop.street.truth()["parcels"])

    make(shop, "F1")
    clock.pass_by(**LONG)

    assert held == ("on_hold", [])
    assert listed(shop)[0]["orderStatus"] == "shipped"
    assert shop.street.truth()["parcels"]


def test_an_order_is_cancelled_while_it_is_open_and_not_changed_any_more(shop: Visit, clock: Clock) -> None:
    early, late = make(shop, "F1"), make(shop, "F2")

    cancelled = make(shop, "F1", orderStatus="cancelled")
    revived = ask(shop, "POST", "orders/createorder", order("F1"))
    clock.pass_by(seconds=PICKED_S[1])
    clock.pass_by(**LONG)
    too_late = ask(shop, "POST", "orders/createorder", order("F2", orderStatus="cancelled"))

    assert (cancelled["orderId"], cancelled["orderStatus"]) == (early["orderId"], "cancelled")
    assert (revived.status_code, too_late.status_code) == (400, 400)
    assert {parcel["reference"] for parcel in shop.street.truth()["parcels"]} == {"F2"}
    assert [each["orderId"] for each in listed(shop, orderStatus="shipped")] == [late["orderId"]]


def test_the_books_are_kept_when_the_street_closes(visit: Open, clock: Clock) -> None:
    first = visit(orders=3)
    made = make(first, "F1")
    first.street.close()

    clock.pass_by(**LONG)
    second = visit(orders=3)

    assert [each["orderId"] for each in listed(second)] == [made["orderId"]]
    assert {(parcel["partner"], parcel["reference"]) for parcel in second.street.truth()["parcels"]} == {("shipstation", "F1")}


def test_what_is_not_there_at_all_is_cancelled_in_the_end(shop: Visit, clock: Clock) -> None:
    shop.street.ship_short("MUG-STONE-BLU")
    make(shop, "F1")

    clock.pass_by(**LONG)

    assert (listed(shop)[0]["orderStatus"], listed(shop, "shipments")) == ("cancelled", [])


def test_lists_are_filtered_by_pacific_time_number_and_store_and_told_in_pages(shop: Visit, clock: Clock) -> None:
    for number in range(5):
        make(shop, f"F{number}")
    clock.pass_by(**LONG)
    make(shop, "F10")

    since = moment(int((OPENING + timedelta(minutes=119)).timestamp() * 1000))
    page = ask(shop, "GET", "orders", page=2, pageSize=4).json()

    assert since.startswith("2026-11-01T05:59:00")
    assert [each["orderKey"] for each in listed(shop, modifyDateStart=since)] == ["F10"]
    assert {each["orderKey"] for each in listed(shop, orderNumber="F1")} == {"F1", "F10"}
    assert listed(shop, storeId=1) == []
    assert (len(page["orders"]), page["total"], page["page"]) == (2, 6, 2)


@pytest.mark.parametrize("wrong", [{"page": 0}, {"pageSize": 501}, {"modifyDateStart": "yesterday"}])
def test_a_question_that_makes_no_sense_is_refused(shop: Visit, wrong: dict[str, Any]) -> None:
    assert ask(shop, "GET", "orders", **wrong).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"orderNumber": ""},
        {"billTo": {"name": ""}},
        {"shipTo": {}},
        {"orderStatus": "shipped"},
        {"items": [{"sku": "MUG-STONE-BLU", "quantity": 0}]},
        {"advancedOptions": {"storeId": 1}},
    ],
)
def test_an_order_that_lacks_something_is_refused(shop: Visit, wrong: dict[str, Any]) -> None:
    answer = ask(shop, "POST", "orders/createorder", order("F1") | wrong)

    assert answer.status_code == 400
    assert listed(shop) == []


def test_strangers_are_turned_away(shop: Visit) -> None:
    with httpx.Client(transport=shop.street.transport()) as client:
        answer = client.get("http://street/shipstation/orders")

    assert answer.status_code == 401
    assert ask(shop, "GET", "carriers").status_code == 404


def test_every_answer_tells_what_is_left_of_the_minute(shop: Visit) -> None:
    answer = ask(shop, "GET", "stores")

    assert [each["storeId"] for each in answer.json()] == [61700]
    assert {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"} <= set(answer.headers)


def is_taken_in(shop: Visit, number: int) -> bool:
    """Whether the answer to an order says so."""
    try:
        return ask(shop, "POST", "orders/createorder", order(f"F{number:02}")).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("fault", ["read_timeout_after", "connection_reset_after", "status_500_after", "status_503_after", "cut_body"])
def test_an_answer_may_be_lost_behind_an_order_that_was_taken_in(visit: Open, fault: str) -> None:
    shop = visit(orders=3, faults=fault)

    heard = sum(is_taken_in(shop, number) for number in range(12))
    shop.street.calm()

    assert 0 < heard < 12
    assert len(listed(shop)) == 12
    assert {endpoint for name, endpoint in shop.street.hits if name == fault} == {"shipstation:createorder"}


@pytest.mark.parametrize("fault", ["status_503", "connection_refused", "rate_limited_seconds"])
def test_an_order_may_not_be_heard_at_all(visit: Open, fault: str) -> None:
    shop = visit(orders=3, faults=fault)

    heard = sum(is_taken_in(shop, number) for number in range(12))
    shop.street.calm()

    assert 0 < heard < 12
    assert len(listed(shop)) == heard
