"""The street's shops take notice of goods that left, by their vendors' rules; none leave by themselves where a hub is to send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from sandbox.life import Deed, live
from sandbox.shopify.orders import render_order
from sandbox.shopify.shipping import fulfilment_order
from sandbox.story import plan_order
from tests.unit.sandbox.test_street_shopify import SDL, strange_fields

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open, Visit

MUG = "MUG-STONE-BLU"
LOOK = """query($id: ID!) { order(id: $id) { id displayFulfillmentStatus fulfillments { id trackingInfo { company number url } }
  fulfillmentOrders(first: 5) { pageInfo { hasNextPage } nodes { id status assignedLocation { location { id } }
    lineItems(first: 50) { nodes { id remainingQuantity totalQuantity lineItem { id sku } } } } } } }"""
MAKE = """mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
  fulfillment { id status trackingInfo { number } fulfillmentLineItems(first: 5) { nodes { quantity lineItem { sku } } } }
  userErrors { field message } } }"""
HELD = "query($id: ID!) { fulfillmentOrder(id: $id) { id status order { name } lineItems(first: 5) { nodes { remainingQuantity } } } }"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    if not SDL.is_file():
        pytest.skip("the official Shopify SDL is not here (../shared)")
    return build_schema(SDL.read_text(), assume_valid=True)


def looked(shop: Visit, order: str) -> dict[str, Any]:
    return shop.shopify(LOOK, id=f"gid://shopify/Order/{order}").json()["data"]["order"]


def made(shop: Visit, sent: dict[str, Any]) -> dict[str, Any]:
    return shop.shopify(MAKE, f=sent).json()["data"]["fulfillmentCreate"]


def sent(shop: Visit, order: str, many: int, **more: object) -> dict[str, Any]:
    [held] = looked(shop, order)["fulfillmentOrders"]["nodes"]
    lines = [{"id": held["lineItems"]["nodes"][0]["id"], "quantity": many}]
    return {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": held["id"], "fulfillmentOrderLineItems": lines}], **more}


def sold(shop: Visit, channel: str, units: int = 2) -> str:
    return str(shop.street.sell(channel, MUG, units))


def books(shop: Visit, order: str) -> list[Any]:
    return next([*each["fulfilments"]] for each in shop.street.truth()["orders"] if each["external_id"] == order)


def put_square(shop: Visit, order: str, body: object) -> httpx.Response:
    with httpx.Client(transport=shop.street.transport()) as client:
        return client.put(f"http://street/square/v2/orders/{order}", json=body, headers={"Authorization": "Bearer street-square-token"})


def tab(shop: Visit) -> dict[str, Any]:
    """A tab of the till that is still open."""
    return next(order for order in shop.search(limit=500).json()["orders"] if order["state"] == "OPEN")


def sparse(order: dict[str, Any], *fulfillments: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"location_id": "LSTREET1", "version": order["version"], "fulfillments": fulfillments, **more}


def test_the_documents_of_these_tests_are_valid_against_the_official_schema(schema: GraphQLSchema) -> None:
    assert [error.message for text in (LOOK, MAKE, HELD) for error in validate(schema, parse(text))] == []


def test_every_field_of_a_fulfilment_order_exists_in_the_official_schema(schema: GraphQLSchema) -> None:
    plan = plan_order(3, "shopify-main", 4)
    order = render_order(live(plan, 1_790_000_000_000, [Deed("pay", 1_790_000_000_001)]))

    assert strange_fields(schema, "FulfillmentOrder", fulfilment_order(order)) == set()


def test_shopify_makes_a_fulfilment_of_what_is_left_and_says_so_everywhere(visit: Open) -> None:
    shop = visit(orders=3)
    order = sold(shop, "shopify-main", 3)
    tracking = {"company": "UPS", "numbers": ["1Z1", "1Z2"], "urls": ["https://t.example/1"]}

    answer = made(shop, sent(shop, order, 2, trackingInfo=tracking))

    after = looked(shop, order)
    [held] = after["fulfillmentOrders"]["nodes"]
    [parcel] = after["fulfillments"]
    assert answer["userErrors"] == []
    assert answer["fulfillment"]["fulfillmentLineItems"]["nodes"] == [{"quantity": 2, "lineItem": {"sku": MUG}}]
    assert [tuple(each.values()) for each in parcel["trackingInfo"]] == [("UPS", "1Z1", "https://t.example/1"), ("UPS", "1Z2", None)]
    assert (after["displayFulfillmentStatus"], held["status"]) == ("PARTIALLY_FULFILLED", "IN_PROGRESS")
    assert held["lineItems"]["nodes"][0]["remainingQuantity"] == 1
    assert [(each["numbers"], [*each["lines"].values()]) for each in books(shop, order)] == [(["1Z1", "1Z2"], [2000])]


def test_shopify_does_twice_what_it_is_told_twice(visit: Open) -> None:
    shop = visit(orders=3)
    order = sold(shop, "shopify-main", 2)
    once = sent(shop, order, 1, trackingInfo={"number": "1Z1"})

    answers = [made(shop, once), made(shop, once), made(shop, once)]

    assert [bool(answer["userErrors"]) for answer in answers] == [False, False, True]
    assert [each["numbers"] for each in books(shop, order)] == [["1Z1"], ["1Z1"]]
    assert looked(shop, order)["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"


@pytest.mark.parametrize("many", [0, 3, -1])
def test_shopify_refuses_more_than_is_left_and_less_than_one(visit: Open, many: int) -> None:
    shop = visit(orders=3)
    order = sold(shop, "shopify-main", 2)

    answer = made(shop, sent(shop, order, many))

    assert answer["fulfillment"] is None
    assert answer["userErrors"][0]["field"] == ["fulfillment", "lineItemsByFulfillmentOrder"]
    assert books(shop, order) == []


def test_shopify_refuses_what_is_cancelled_unknown_or_not_named(visit: Open) -> None:
    shop = visit(orders=3)
    order = sold(shop, "shopify-main", 2)
    asked = sent(shop, order, 1)
    shop.street.cancel(order)
    strange = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/1"}]}

    answers = [made(shop, asked), made(shop, strange), made(shop, {"lineItemsByFulfillmentOrder": []})]

    assert all(answer["userErrors"] and answer["fulfillment"] is None for answer in answers)
    assert shop.shopify(HELD, id="gid://shopify/FulfillmentOrder/1").json()["data"] == {"fulfillmentOrder": None}


def test_shopify_tells_one_fulfilment_order_by_its_id(visit: Open) -> None:
    shop = visit(orders=3)
    order = sold(shop, "shopify-main", 2)
    [held] = looked(shop, order)["fulfillmentOrders"]["nodes"]

    one = shop.shopify(HELD, id=held["id"]).json()["data"]["fulfillmentOrder"]

    assert (one["id"], one["status"], one["lineItems"]["nodes"]) == (held["id"], "OPEN", [{"remainingQuantity": 2}])
    assert one["order"]["name"].startswith("#")


def test_woocommerce_keeps_what_is_written_beside_an_order_and_leaves_the_rest(visit: Open) -> None:
    shop = visit(orders=3)
    order = sold(shop, "woo-shop")
    before = shop.woo(f"orders/{order}").json()

    shop.set_woo("PUT", f"orders/{order}", {"meta_data": [{"key": "_a", "value": "1"}, {"key": "_b", "value": [{"x": 1}]}]})
    answer = shop.set_woo("PUT", f"orders/{order}", {"meta_data": [{"key": "_a", "value": "2"}]})

    after = answer.json()
    told = {entry["key"]: entry["value"] for entry in after["meta_data"]}
    assert (answer.status_code, after["status"], after["date_completed"]) == (200, "processing", None)
    assert (told["_a"], told["_b"]) == ("2", [{"x": 1}])
    assert {entry["key"] for entry in before["meta_data"]} <= set(told)
    assert len({entry["id"] for entry in after["meta_data"]}) == len(after["meta_data"])


def test_woocommerce_completes_an_order_once_and_for_all(visit: Open) -> None:
    shop = visit(orders=3)
    order = sold(shop, "woo-shop")

    answers = [shop.set_woo("PUT", f"orders/{order}", {"status": "completed"}).json() for _ in range(2)]

    assert [answer["status"] for answer in answers] == ["completed", "completed"]
    assert answers[0]["date_completed"] == answers[1]["date_completed"]
    assert all(entry["key"] != "_tracking_number" for entry in answers[1]["meta_data"])


def test_woocommerce_counts_an_order_that_is_completed_as_paid(visit: Open) -> None:
    shop = visit(orders=200, channels=("woo-shop",))
    unpaid = shop.woo("orders", status="pending", per_page=1).json()[0]

    after = shop.set_woo("PUT", f"orders/{unpaid['id']}", {"status": "completed"}).json()

    assert unpaid["date_paid"] is None
    assert (after["status"], bool(after["date_paid"])) == ("completed", True)


NONSENSE = [("77", "{}"), ("{order}", '{"status": "lost"}'), ("{order}", '{"meta_data": [{}]}'), ("{order}", "{")]


@pytest.mark.parametrize(("path", "body"), NONSENSE)
def test_woocommerce_refuses_what_makes_no_sense(visit: Open, path: str, body: str) -> None:
    shop = visit(orders=3)
    order = sold(shop, "woo-shop")

    with httpx.Client(transport=shop.street.transport(), auth=("ck_street", "cs_street")) as client:
        answer = client.put(f"http://street/woo/wp-json/wc/v3/orders/{path.replace('{order}', order)}", content=body)

    assert (answer.status_code, shop.woo(f"orders/{order}").json()["status"]) == (400, "processing")


def test_a_parcel_listed_twice_stands_twice_in_woocommerces_books(visit: Open) -> None:
    shop = visit(orders=3)
    order = sold(shop, "woo-shop")
    item = {"tracking_number": "1Z1", "tracking_id": "a"}

    shop.set_woo("PUT", f"orders/{order}", {"meta_data": [{"key": "_wc_shipment_tracking_items", "value": [item, item]}]})

    assert [each["numbers"] for each in books(shop, order)] == [["1Z1"], ["1Z1"]]


def test_square_moves_a_fulfilment_and_keeps_what_is_not_named(visit: Open) -> None:
    shop = visit(orders=60, channels=("square-till",))
    order = tab(shop)
    first = {"uid": "u", "type": "SHIPMENT", "state": "RESERVED", "metadata": {"a": "1"}, "shipment_details": {"carrier": "UPS"}}
    begun = put_square(shop, order["id"], {"order": sparse(order, first)}).json()["order"]

    second = {"uid": "u", "state": "COMPLETED", "metadata": {"b": "2"}, "shipment_details": {"tracking_number": "1Z1"}}
    ended = put_square(shop, order["id"], {"order": sparse(begun, second)}).json()["order"]

    [fulfilment] = ended["fulfillments"]
    details = fulfilment["shipment_details"]
    assert (begun["version"], ended["version"]) == (order["version"] + 1, order["version"] + 2)
    assert begun["fulfillments"][0]["state"] == "RESERVED"
    assert (fulfilment["state"], fulfilment["metadata"]) == ("COMPLETED", {"a": "1", "b": "2"})
    assert (details["carrier"], details["tracking_number"], bool(details["shipped_at"])) == ("UPS", "1Z1", True)
    assert [(each["external_id"], each["numbers"]) for each in books(shop, order["id"])] == [("u", ["1Z1"])]


def test_square_does_nothing_under_a_key_it_knows(visit: Open) -> None:
    shop = visit(orders=60, channels=("square-till",))
    order = tab(shop)
    shipment = {"uid": "u", "type": "SHIPMENT", "state": "RESERVED"}
    begun = put_square(shop, order["id"], {"idempotency_key": "k", "order": sparse(order, shipment)})

    ended = sparse(begun.json()["order"], {"uid": "u", "state": "COMPLETED"})
    again = put_square(shop, order["id"], {"idempotency_key": "k", "order": ended})

    assert (begun.status_code, again.status_code) == (200, 200)
    assert again.json() == begun.json()


def shipment(**more: object) -> dict[str, Any]:
    return {"uid": "u", "type": "SHIPMENT", "state": "COMPLETED", **more}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 99}, "CONFLICT"),
        ({"location_id": "L0"}, "MISSING_REQUIRED_PARAMETER"),
        ({"line_items": []}, "BAD_REQUEST"),
        ({"fulfillments": [shipment(), shipment(uid="v", type="PICKUP")]}, "BAD_REQUEST"),
        ({"fulfillments": [shipment(state="LOST")]}, "INVALID_ENUM_VALUE"),
        ({"fulfillments": [shipment(shipment_details={"tracking_number": "1" * 101})]}, "VALUE_TOO_LONG"),
    ],
)
def test_square_refuses_by_its_codes_and_changes_nothing(visit: Open, change: dict[str, Any], code: str) -> None:
    shop = visit(orders=60, channels=("square-till",))
    order = tab(shop)

    answer = put_square(shop, order["id"], {"order": sparse(order, shipment()) | change})

    assert (answer.is_client_error, answer.json()["errors"][0]["code"]) == (True, code)
    assert "fulfillments" not in shop.square(f"orders/{order['id']}").json()["order"]


def test_square_takes_one_fulfilment_from_outside_and_none_back(visit: Open) -> None:
    shop = visit(orders=60, channels=("square-till",))
    order = tab(shop)
    ended = put_square(shop, order["id"], {"order": sparse(order, shipment())}).json()["order"]

    another = put_square(shop, order["id"], {"order": sparse(ended, shipment(uid="v"))})
    back = put_square(shop, order["id"], {"order": sparse(ended, {"uid": "u", "state": "PREPARED"})})

    assert (another.status_code, back.status_code) == (400, 400)
    assert len(books(shop, order["id"])) == 1


@pytest.mark.parametrize(("options", "leaves"), [({}, True), ({"ships_itself": True}, True), ({"ships_itself": False}, False)])
def test_no_goods_leave_by_themselves_where_a_hub_is_to_send_them(visit: Open, options: dict[str, bool], *, leaves: bool) -> None:
    shop = visit("street", orders=90, **options)
    before = sum(len(each["fulfilments"]) for each in shop.street.truth()["orders"])
    for _ in range(60):
        shop.clock.pass_by(minutes=1)
        shop.street.advance()

    after = sum(len(each["fulfilments"]) for each in shop.street.truth()["orders"])

    assert before > 20
    assert (after > before) is leaves


def test_what_a_hub_told_outlives_the_street(visit: Open) -> None:
    shop = visit(orders=9, ships_itself=False)
    orders = [sold(shop, "shopify-main"), sold(shop, "woo-shop")]
    made(shop, sent(shop, orders[0], 1, trackingInfo={"number": "1Z1"}))
    shop.set_woo("PUT", f"orders/{orders[1]}", {"status": "completed", "meta_data": [{"key": "_a", "value": "1"}]})
    truth = shop.street.truth()
    shop.street.close()

    reopened = visit()

    assert reopened.street.truth() == truth
    reopened.street.touch(1.0)
    assert [each["numbers"] for each in books(reopened, orders[0])] == [["1Z1"]]
    assert reopened.woo(f"orders/{orders[1]}").json()["status"] == "completed"
