"""Shopify is told of goods that left: over the fulfilment orders that still hold them, once, and in its own words."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema, build_schema, parse, validate
from graphql.utilities import coerce_input_value  # pyright: ignore[reportUnknownVariableType]  its path is untyped

from connectors._kit import Wiring
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.http import Pause
from connectors.capabilities import Receipt
from connectors.registry import connect
from connectors.shopify import queries_notices
from connectors.shopify.connector import Shopify
from connectors.shopify.graph import DeniedError
from connectors.shopify.mapping_goods import fulfilment_of
from connectors.shopify.payloads import Fulfillment
from model.errors import ContractError, HubError, RejectedError, TransientError
from model.records.fulfilment import ShipmentNotice
from tests.noticing import command, notice

Node = dict[str, Any]
SDL = Path(__file__).parents[3].parent / "shared" / "specs" / "shopify" / "admin-2026-07.graphql"


def gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"


def held(number: int, lines: dict[int, int], status: str = "OPEN", place: int = 31) -> Node:
    """A fulfilment order: what remains by order line."""
    nodes = [
        {"id": gid("FulfillmentOrderLineItem", f"{number}{line}"), "remainingQuantity": many, "lineItem": {"id": gid("LineItem", line)}}
        for line, many in lines.items()
    ]
    location = {"location": {"id": gid("Location", place)}}
    return {"id": gid("FulfillmentOrder", number), "status": status, "assignedLocation": location, "nodes": nodes}


def parcel(number: int, shown: tuple[str | None, ...], lines: tuple[int, ...] = (1,), status: str = "SUCCESS") -> Node:
    return {
        "id": gid("Fulfillment", number),
        "status": status,
        "trackingInfo": [{"number": each} for each in shown],
        "fulfillmentLineItems": {"nodes": [{"lineItem": {"id": gid("LineItem", line)}} for line in lines]},
    }


def refused(*steps: str) -> Node:
    return {"data": {"fulfillmentCreate": {"fulfillment": None, "userErrors": [{"field": list(steps)}]}}}


MADE: Node = {"data": {"fulfillmentCreate": {"fulfillment": {"id": gid("Fulfillment", 900)}, "userErrors": []}}}


@dataclass
class Shop:
    """One order of a shop; `answers` are those to the changes, one after the other."""

    held: list[Node] = field(default_factory=lambda: [held(5, {1: 2, 2: 1})])
    parcels: list[Node] = field(default_factory=list[Node])
    cancelled_at: str | None = None
    is_known: bool = True
    answers: list[Node] = field(default_factory=lambda: [MADE])
    after: Callable[["Shop"], None] = lambda _: None
    page: int = 250
    is_endless: bool = False
    asked: list[Node] = field(default_factory=list[Node])

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append(body)
        ways = {"NoticeOrder": self.order, "NoticeLines": self.lines, "TellShipment": self.change}
        return httpx.Response(200, json=ways[body["query"].split("(")[0].split()[1]](body["variables"]))

    def paged(self, nodes: list[Node], after: str | None) -> Node:
        start = 0 if self.is_endless else int(after or 0)
        end = start + self.page
        return {"pageInfo": {"hasNextPage": end < len(nodes) or self.is_endless, "endCursor": str(end)}, "nodes": nodes[start:end]}

    def order(self, variables: Node) -> Node:
        if not self.is_known:
            return {"data": {"order": None}}
        rows = [{name: each[name] for name in ("id", "status", "assignedLocation")} for each in self.held]
        told = {"id": variables["id"], "cancelledAt": self.cancelled_at, "fulfillments": self.parcels}
        return {"data": {"order": {**told, "fulfillmentOrders": self.paged(rows, variables["after"])}}}

    def lines(self, variables: Node) -> Node:
        nodes = next(each["nodes"] for each in self.held if each["id"] == variables["id"])
        return {"data": {"fulfillmentOrder": {"lineItems": self.paged(nodes, variables["after"])}}}

    def change(self, _variables: Node) -> Node:
        self.after(self)
        return self.answers.pop(0)

    @property
    def changes(self) -> list[Node]:
        return [body["variables"]["fulfillment"] for body in self.asked if "TellShipment" in body["query"]]


def shopify(shop: Shop) -> Shopify:
    settings = {"url": "https://shop.example.com", "access_token": "token"}
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    connector = connect("shopify", settings, Wiring(httpx.MockTransport(shop.answer), pause))
    assert isinstance(connector, Shopify)
    return connector


def told(shop: Shop, told: ShipmentNotice) -> Receipt:
    connector = shopify(shop)
    return connector.submit_shipment_notice(command(connector, told))


def taken(shop: Shop) -> dict[str, dict[str, int]]:
    """What the one change takes, by fulfilment order and its line."""
    [change] = shop.changes
    return {
        one["fulfillmentOrderId"].rpartition("/")[2]: {
            line["id"].rpartition("/")[2]: line["quantity"] for line in one["fulfillmentOrderLineItems"]
        }
        for one in change["lineItemsByFulfillmentOrder"]
    }


def test_the_change_names_lines_quantities_tracking_and_whether_the_buyer_is_told() -> None:
    shop = Shop()
    left = notice("44", {"1": 2000, "2": 1000}, carrier="UPS", tracking_numbers=("1Z1", "1Z2"), tracking_urls=("https://t.example/1",))

    receipt = told(shop, left)

    assert receipt == Receipt("900")
    assert taken(shop) == {"5": {"51": 2, "52": 1}}
    assert shop.changes[0]["trackingInfo"] == {"numbers": ["1Z1", "1Z2"], "company": "UPS", "urls": ["https://t.example/1"]}
    assert shop.changes[0]["notifyCustomer"] is True
    assert [body["variables"].get("id") for body in shop.asked] == [gid("Order", 44), gid("FulfillmentOrder", 5), None]


def test_the_buyer_is_left_alone_where_the_notice_says_so_and_no_number_is_made_up() -> None:
    shop = Shop()

    told(shop, notice("44", {"1": 1000}, tells_buyer=False, tracking_urls=("https://t.example/1",)))

    assert shop.changes[0]["notifyCustomer"] is False
    assert shop.changes[0]["trackingInfo"] == {"numbers": ["Shipment S-1"]}


def test_lines_are_taken_from_as_many_fulfilment_orders_of_one_location_as_hold_them() -> None:
    shop = Shop([held(5, {1: 1}, place=30), held(6, {1: 1, 2: 1}), held(7, {1: 2}, "IN_PROGRESS"), held(8, {1: 9}, "CLOSED")])

    told(shop, notice("44", {"1": 3000, "2": 1000}))

    assert taken(shop) == {"6": {"61": 1, "62": 1}, "7": {"71": 2}}


def test_fulfilment_orders_and_their_lines_are_read_to_the_end() -> None:
    shop = Shop([held(5, {9: 1}), held(6, {8: 1}), held(7, {1: 1, 2: 1, 3: 4})], page=1)

    told(shop, notice("44", {"3": 4000}))

    assert taken(shop) == {"7": {"73": 4}}


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        ([held(5, {1: 1})], "lines 1 were fulfilled or cancelled by somebody else"),
        ([held(5, {1: 1}), held(6, {1: 2}, "CLOSED")], "by somebody else"),
        ([held(5, {1: 1}, place=30), held(6, {1: 1})], "several locations"),
        ([held(5, {1: 2}, "ON_HOLD")], "on hold"),
        ([held(5, {1: 2}, "SCHEDULED")], "scheduled"),
        ([], "by somebody else"),
    ],
)
def test_what_is_not_left_to_be_fulfilled_is_refused_with_the_reason_and_nothing_is_sent(kept: list[Node], reason: str) -> None:
    shop = Shop(kept)

    with pytest.raises(RejectedError, match=reason):
        told(shop, notice("44", {"1": 2000}))

    assert shop.changes == []


@pytest.mark.parametrize(
    ("shop", "reason"), [(Shop(cancelled_at="2026-03-01T00:00:00Z"), "cancelled"), (Shop(is_known=False), "no longer has")]
)
def test_an_order_that_is_over_is_refused(shop: Shop, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        told(shop, notice("44", {"1": 1000}))

    assert shop.changes == []


@pytest.mark.parametrize(
    ("there", "is_ours"),
    [
        (parcel(7, ("1Z1", "1Z2")), True),
        (parcel(7, ("1Z2", "1Z1", "1Z3")), True),
        (parcel(7, ("1Z1",)), False),
        (parcel(7, ()), False),
        (parcel(7, ("1Z1", "1Z2"), lines=(2,)), False),
        (parcel(7, ("1Z1", "1Z2"), status="CANCELLED"), False),
    ],
)
def test_a_fulfilment_is_ours_by_its_numbers_and_some_of_its_lines(there: Node, *, is_ours: bool) -> None:
    shop = Shop(parcels=[there])
    connector = shopify(shop)
    left = command(connector, notice("44", {"1": 1000}, tracking_numbers=("1Z1", "1Z2")))

    found, receipt = connector.find_notice(left), connector.submit_shipment_notice(left)

    assert (found is not None, receipt.is_repeat) == (is_ours, is_ours)
    assert len(shop.changes) == (not is_ours)


def test_of_two_parcels_with_the_same_goods_and_no_number_each_is_found_by_its_reference() -> None:
    connector = shopify(Shop(parcels=[parcel(7, ("Shipment S-1",)), parcel(8, (None,))]))

    found = [connector.find_notice(command(connector, notice("44", {"1": 1000}, reference))) for reference in ("S-1", "S-2")]

    assert found == [Receipt("7", is_repeat=True), None]


def test_a_refusal_because_an_earlier_attempt_came_through_meanwhile_is_a_repeat() -> None:
    def come_through(shop: Shop) -> None:
        shop.parcels.append(parcel(7, ("1Z1",)))

    receipt = told(Shop(answers=[refused("fulfillment")], after=come_through), notice("44", {"1": 1000}, tracking_numbers=("1Z1",)))

    assert receipt == Receipt("7", is_repeat=True)


def test_a_refusal_names_the_field_and_quotes_no_prose() -> None:
    shop = Shop(answers=[refused("fulfillment", "trackingInfo", "Ida Holm, 8000 Aarhus")])

    with pytest.raises(RejectedError) as failed:
        told(shop, notice("44", {"1": 1000}))

    assert str(failed.value) == "graphql.json: fulfillmentCreate is refused at fulfillment.trackingInfo"
    assert len(shop.changes) == 1


def problem(code: str | None) -> Node:
    return {"errors": [{"message": "Ida Holm", "extensions": {"code": code} if code else {}}]}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (problem("THROTTLED"), TurnedAwayError),
        (problem("ACCESS_DENIED"), DeniedError),
        (problem("INTERNAL_SERVER_ERROR"), TransientError),
        (problem("undefinedField"), ContractError),
        ({"data": None}, TransientError),
        ({"data": {"fulfillmentCreate": None}}, TransientError),
        ({"data": {"fulfillmentCreate": {"fulfillment": None, "userErrors": []}}}, TransientError),
    ],
)
def test_errors_with_status_200_are_told_by_what_they_leave_open(answer: Node, kind: type[HubError]) -> None:
    shop = Shop(answers=[answer])

    with pytest.raises(kind) as failed:
        told(shop, notice("44", {"1": 1000}))

    assert type(failed.value) is kind
    assert "Ida" not in str(failed.value)
    assert len(shop.changes) == 1


def test_a_page_token_that_leads_nowhere_ends() -> None:
    shop = Shop(is_endless=True)

    with pytest.raises(ContractError, match="never end"):
        told(shop, notice("44", {"1": 1000}))


@pytest.mark.parametrize(("order", "lines", "reason"), [("#1001", {"1": 1000}, "no order id"), ("44", {"1": 500}, "whole units")])
def test_what_shopify_could_not_be_told_is_refused_before_anything_is_sent(order: str, lines: dict[str, int], reason: str) -> None:
    connector = shopify(Shop())

    with pytest.raises(RejectedError, match=reason):
        connector.write_notice(notice(order, lines), "k")


def test_our_reference_is_not_read_back_as_a_tracking_number() -> None:
    shown = {"company": None, "number": "Shipment S-1", "url": None}
    node = parcel(7, ()) | {"createdAt": "2026-03-01T12:00:00Z", "trackingInfo": [shown]}
    fulfilment = Fulfillment.model_validate(node | {"fulfillmentLineItems": {"nodes": [], "pageInfo": {"hasNextPage": False}}})

    assert fulfilment_of(fulfilment).tracking_numbers == ()


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    if not SDL.is_file():
        pytest.skip("the official schema ../shared/specs/shopify is not here")
    return build_schema(SDL.read_text("utf-8"), assume_valid=True)


@pytest.mark.parametrize("document", [queries_notices.ORDER, queries_notices.LINES, queries_notices.TELL])
def test_every_document_is_valid_under_the_official_schema(schema: GraphQLSchema, document: str) -> None:
    assert [error.message for error in validate(schema, parse(document))] == []


def test_the_change_is_one_the_official_schema_takes(schema: GraphQLSchema) -> None:
    shop = Shop()
    told(shop, notice("44", {"1": 1000}, carrier="UPS", tracking_numbers=("1Z1",), tracking_urls=("https://t.example/1",)))
    kind = schema.type_map["FulfillmentInput"]
    assert isinstance(kind, GraphQLInputObjectType)

    taken_in = coerce_input_value(shop.changes[0], kind)

    assert taken_in == shop.changes[0]
