"""The Shopify shop: GraphQL answers cut to the selection, paged by cursor, in two currencies."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema, get_named_type, parse, validate

from sandbox.exchange import list_of, tree_of
from sandbox.life import Deed, live
from sandbox.shopify.orders import render_order
from sandbox.story import plan_order

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open, Visit

SHOPIFY = ("shopify-main",)
SDL = Path(__file__).parents[4] / "shared" / "specs" / "shopify" / "admin-2026-07.graphql"
PAGE = """query Page($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { id name updatedAt createdAt displayFinancialStatus } pageInfo { hasNextPage endCursor } } }"""
MONEY = "fragment M on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
SUMS = (
    MONEY
    + """
query Sums($after: String) { orders(first: 250, after: $after, sortKey: ID) { pageInfo { hasNextPage endCursor } nodes {
  id taxesIncluded displayFinancialStatus cancelledAt edited
  totalPriceSet { ...M } subtotalPriceSet { ...M } totalTaxSet { ...M } totalTipReceivedSet { ...M }
  currentTotalPriceSet { ...M } totalRefundedSet { ...M } totalReceivedSet { ...M } totalShippingPriceSet { ...M }
  taxLines { priceSet { ...M } }
  lineItems(first: 20) { nodes { sku quantity originalTotalSet { ...M } taxLines { priceSet { ...M } }
    discountedTotalSet(withCodeDiscounts: true) { ...M }
    discountAllocations { allocatedAmountSet { ...M } discountApplication { index } } } }
  shippingLines(first: 5) { nodes { originalPriceSet { ...M } discountedPriceSet { ...M } taxLines { priceSet { ...M } } } }
  transactions { kind status amountSet { ...M } parentTransaction { kind } }
  refunds { totalRefundedSet { ...M } refundLineItems(first: 20) { nodes { subtotalSet { ...M } totalTaxSet { ...M } } }
    refundShippingLines(first: 5) { nodes { subtotalAmountSet { ...M } taxAmountSet { ...M } } }
    transactions(first: 5) { nodes { kind amountSet { ...M } } } }
} } }"""
)


def read_all(shop: Visit, size: int, search: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more, after = True, None
    while more:
        page = shop.shopify(PAGE, first=size, after=after, query=search).json()["data"]["orders"]
        found += page["nodes"]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    return found


def amount(bag: dict[str, Any], side: str) -> Decimal:
    return Decimal(bag[side]["amount"])


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    if not SDL.is_file():
        pytest.skip("the official Shopify SDL is not here (../shared)")
    return build_schema(SDL.read_text(), assume_valid=True)


@pytest.mark.parametrize("size", [1, 7, 60, 250])
def test_pages_of_any_size_hold_every_order_once_in_order_of_change(visit: Open, size: int) -> None:
    orders = read_all(visit(orders=60, channels=SHOPIFY), size)

    assert len({order["id"] for order in orders}) == len(orders) == 60
    assert [order["updatedAt"] for order in orders] == sorted(order["updatedAt"] for order in orders)


def test_a_search_compares_whole_seconds_at_both_ends(visit: Open) -> None:
    shop = visit(orders=90, channels=SHOPIFY)
    moments = sorted({order["updatedAt"] for order in read_all(shop, 50)})
    low, high = moments[10], moments[-10]

    found = [
        {order["updatedAt"] for order in read_all(shop, 50, f"updated_at:{start}'{low}' AND updated_at:{end}'{high}' AND status:any")}
        for start, end in ((">=", "<"), (">", "<="))
    ]

    assert found == [set(moments[10:-10]), set(moments[11:-9])]


def test_a_search_by_creation_and_by_status_finds_just_those(visit: Open) -> None:
    shop = visit(orders=200, channels=SHOPIFY)
    moments = sorted(order["createdAt"] for order in read_all(shop, 50))

    created = read_all(shop, 50, f'created_at:>="{moments[100]}"')
    refunded = read_all(shop, 50, "financial_status:refunded")

    assert {order["createdAt"] for order in created} == {moment for moment in moments if moment >= moments[100]}
    assert {order["displayFinancialStatus"] for order in refunded} == {"REFUNDED"}


def test_newest_first_is_the_reverse(visit: Open) -> None:
    shop = visit(orders=40, channels=SHOPIFY)
    query = (
        "query($r: Boolean, $a: String) { orders(first: 15, after: $a, sortKey: CREATED_AT, reverse: $r) { edges { cursor node { id } } } }"
    )

    first = shop.shopify(query, r=True).json()["data"]["orders"]["edges"]
    second = shop.shopify(query, r=True, a=first[-1]["cursor"]).json()["data"]["orders"]["edges"]
    oldest = shop.shopify(query, r=False).json()["data"]["orders"]["edges"]

    numbers = [int(edge["node"]["id"].rpartition("/")[2]) for edge in (*first, *second)]
    assert numbers == sorted(numbers, reverse=True)
    assert oldest[0]["node"]["id"] == "gid://shopify/Order/5600000000000"


def test_the_count_agrees_and_says_when_it_is_capped(visit: Open) -> None:
    shop = visit(orders=40, channels=SHOPIFY)

    answer = shop.shopify("{ all: ordersCount { count precision } few: ordersCount(limit: 9) { count precision } }").json()

    assert answer["data"] == {"all": {"count": 40, "precision": "EXACT"}, "few": {"count": 9, "precision": "AT_LEAST"}}
    assert answer["extensions"]["cost"]["throttleStatus"]["maximumAvailable"] == 2000.0


def test_nodes_come_back_in_the_order_asked_with_null_for_the_unknown(visit: Open) -> None:
    shop = visit(orders=5, channels=SHOPIFY)
    ids = ["gid://shopify/Order/5600000001024", "gid://shopify/Order/1", "gid://shopify/Order/5600000000000"]

    nodes = shop.shopify("query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { name } } }", ids=ids).json()["data"]["nodes"]

    assert nodes == [{"name": "#1002"}, None, {"name": "#1001"}]


def test_parts_of_an_order_are_nodes_too(visit: Open) -> None:
    shop = visit(orders=120, channels=SHOPIFY)
    asked = "{ orders(first: 250) { nodes { refunds { id } fulfillments { id } returns(first: 3) { nodes { id } } } } }"
    orders = shop.shopify(asked).json()["data"]["orders"]["nodes"]
    ids = [part["id"] for order in orders for part in (*order["refunds"], *order["fulfillments"], *order["returns"]["nodes"])]

    nodes = shop.shopify("query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Refund { order { id } } } }", ids=ids).json()["data"]["nodes"]

    assert {kind for one in ids for kind in one.split("/")[3:4]} == {"Refund", "Fulfillment", "Return"}
    assert [node["id"] for node in nodes] == ids


def test_aliases_fragments_directives_and_nested_paging_work(visit: Open) -> None:
    shop = visit(orders=60, channels=SHOPIFY)
    query = """query($skip: Boolean!) { orders(first: 60) { nodes { ...Lines note @skip(if: $skip) email @include(if: $skip) } } }
      fragment Lines on Order { first: lineItems(first: 1) { edges { cursor node { sku } } pageInfo { hasNextPage } }
        all: lineItems(first: 50) { nodes { sku } } }"""

    orders = shop.shopify(query, skip=True).json()["data"]["orders"]["nodes"]

    assert {tuple(order) for order in orders} == {("first", "all", "email")}
    assert any(order["first"]["pageInfo"]["hasNextPage"] for order in orders)
    assert all(len(order["all"]["nodes"]) > 1 for order in orders if order["first"]["pageInfo"]["hasNextPage"])


def test_the_second_page_of_lines_follows_the_first(visit: Open) -> None:
    shop = visit(orders=60, channels=SHOPIFY)
    query = """query($id: ID!, $a: String) { order(id: $id) {
      lineItems(first: 1, after: $a) { nodes { id } pageInfo { hasNextPage endCursor } } all: lineItems(first: 9) { nodes { id } } } }"""
    ids = [order["id"] for order in read_all(shop, 60)]
    longest = max((shop.shopify(query, id=one).json()["data"]["order"] for one in ids), key=lambda order: len(order["all"]["nodes"]))
    owner = next(one for one in ids if shop.shopify(query, id=one).json()["data"]["order"] == longest)

    second = shop.shopify(query, id=owner, a=longest["lineItems"]["pageInfo"]["endCursor"]).json()["data"]["order"]

    assert second["lineItems"]["nodes"] == longest["all"]["nodes"][1:2]


@pytest.mark.parametrize("side", ["shopMoney", "presentmentMoney"])
def test_parts_sum_to_the_total_in_both_currencies(visit: Open, side: str) -> None:
    for order in every_order(visit(orders=400, channels=SHOPIFY)):
        lines, shipping = order["lineItems"]["nodes"], order["shippingLines"]["nodes"]
        subtotal = sum(amount(line["discountedTotalSet"], side) for line in lines)
        cuts = sum(amount(cut["allocatedAmountSet"], side) for line in lines for cut in line["discountAllocations"])
        shipped = sum(amount(line["discountedPriceSet"], side) for line in shipping)
        tax = sum(amount(rate["priceSet"], side) for rate in order["taxLines"])
        by_part = sum(amount(rate["priceSet"], side) for part in (*lines, *shipping) for rate in part["taxLines"])
        on_top = tax * (not order["taxesIncluded"])

        assert subtotal == amount(order["subtotalPriceSet"], side)
        assert sum(amount(line["originalTotalSet"], side) for line in lines) - cuts == subtotal
        assert tax == by_part == amount(order["totalTaxSet"], side)
        assert subtotal + shipped + on_top + amount(order["totalTipReceivedSet"], side) == amount(order["totalPriceSet"], side)


@pytest.mark.parametrize("side", ["shopMoney", "presentmentMoney"])
def test_refunds_are_the_sum_of_their_parts_and_of_their_transactions(visit: Open, side: str) -> None:
    for order in every_order(visit(orders=400, channels=SHOPIFY)):
        for refund in order["refunds"]:
            lines, shipping = refund["refundLineItems"]["nodes"], refund["refundShippingLines"]["nodes"]
            goods = sum(amount(line["subtotalSet"], side) for line in lines)
            freight = sum(amount(line["subtotalAmountSet"], side) for line in shipping)
            tax = sum(amount(line["totalTaxSet"], side) for line in lines) + sum(amount(line["taxAmountSet"], side) for line in shipping)
            paid = sum(amount(move["amountSet"], side) for move in refund["transactions"]["nodes"])
            assert goods + freight + tax * (not order["taxesIncluded"]) == paid == amount(refund["totalRefundedSet"], side)
        assert sum(amount(one["totalRefundedSet"], side) for one in order["refunds"]) == amount(order["totalRefundedSet"], side)
        assert amount(order["totalRefundedSet"], side) <= amount(order["totalReceivedSet"], side)


def every_order(shop: Visit) -> list[dict[str, Any]]:
    first = shop.shopify(SUMS).json()["data"]["orders"]
    second = shop.shopify(SUMS, after=first["pageInfo"]["endCursor"]).json()["data"]["orders"]
    assert not second["pageInfo"]["hasNextPage"]
    return [*first["nodes"], *second["nodes"]]


def test_every_financial_and_fulfilment_status_that_matters_occurs(visit: Open) -> None:
    asked = "query($a: String) { orders(first: 250, after: $a) { nodes { displayFinancialStatus displayFulfillmentStatus } } }"
    orders = visit(orders=250, channels=SHOPIFY).shopify(asked).json()["data"]["orders"]["nodes"]

    financial = {order["displayFinancialStatus"] for order in orders}
    fulfilment = {order["displayFulfillmentStatus"] for order in orders}

    assert financial >= {"PAID", "PENDING", "AUTHORIZED", "REFUNDED", "PARTIALLY_REFUNDED", "VOIDED", "EXPIRED", "PARTIALLY_PAID"}
    assert fulfilment == {"FULFILLED", "PARTIALLY_FULFILLED", "UNFULFILLED", "ON_HOLD", "RESTOCKED"}


def test_the_mix_is_rich(visit: Open) -> None:
    asked = """{ orders(first: 250) { nodes { presentmentCurrencyCode taxesIncluded edited cancelledAt customer { id }
      returns(first: 1) { nodes { id } } lineItems(first: 20) { nodes { sku } }
      discountApplications(first: 2) { nodes { __typename } } } } }"""
    orders = visit(orders=250, channels=SHOPIFY).shopify(asked).json()["data"]["orders"]["nodes"]
    skus = [[line["sku"] for line in order["lineItems"]["nodes"]] for order in orders]
    kinds = {one["__typename"] for order in orders for one in order["discountApplications"]["nodes"]}

    assert {order["presentmentCurrencyCode"] for order in orders} == {"EUR", "USD", "GBP", "JPY", "KWD"}
    assert {order["taxesIncluded"] for order in orders} == {order["edited"] for order in orders} == {True, False}
    assert kinds == {"DiscountCodeApplication", "ManualDiscountApplication"}
    assert any(order["customer"] is None for order in orders)
    assert any(order["returns"]["nodes"] for order in orders)
    assert any(None in one for one in skus)
    assert any(len(set(one)) < len(one) for one in skus)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ orders(first: 2) { nodes { price } } }", "Field 'price' doesn't exist on type 'Order'"),
        ("{ orders(first: 251) { nodes { id } } }", "you must provide `first` between 1 and 250"),
        ("{ orders(first: 2", "syntax error"),
        ("{ warehouses { id } }", "Field 'warehouses' doesn't exist on type 'QueryRoot'"),
        ("mutation { orderClose(id: 1) { id } }", "The street only answers queries"),
        ("{ orders(first: 2, query: \"updated_at:>'soon'\") { nodes { id } } }", "a time in it cannot be read"),
        ('{ orders(first: 2, after: "?") { nodes { id } } }', "Invalid cursor"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_answered_gets_errors_and_http_200(visit: Open, query: str, said: str) -> None:
    answer = visit(orders=5, channels=SHOPIFY).shopify(query)

    assert answer.status_code == 200
    assert said in answer.json()["errors"][0]["message"]


def test_a_wrong_token_is_refused_in_shopifys_words(visit: Open) -> None:
    shop = visit(orders=5, channels=SHOPIFY)

    with httpx.Client(transport=shop.street.transport()) as client:
        answer = client.post("http://street/shopify/admin/api/2026-07/graphql.json", json={"query": "{ shop { id } }"})

    assert answer.status_code == 401
    assert answer.json()["errors"].startswith("[API] Invalid API key or access token")


def test_the_shop_says_who_it_is(visit: Open) -> None:
    answer = visit(orders=5, channels=SHOPIFY).shopify("{ shop { id name myshopifyDomain currencyCode ianaTimezone } }")

    assert answer.json()["data"]["shop"] == {
        "id": "gid://shopify/Shop/58033176",
        "name": "Street Shop",
        "myshopifyDomain": "street-shop.myshopify.com",
        "currencyCode": "EUR",
        "ianaTimezone": "Europe/Berlin",
    }


def strange_fields(schema: GraphQLSchema, type_name: str, tree: dict[str, object]) -> set[str]:
    """Every field of the tree that its type in the official schema does not have, as Type.field."""
    kind = schema.type_map[str(tree.get("__typename", type_name))]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    names = [name for name in tree if not name.startswith(("@", "__"))]
    strange = {f"{kind.name}.{name}" for name in names if name not in kind.fields}
    for name in set(names) & set(kind.fields):
        inner = str(get_named_type(kind.fields[name].type))  # pyright: ignore[reportUnknownArgumentType]  generic in the library
        for value in values_of(tree[name]):
            strange |= strange_fields(schema, inner.replace("Connection", ""), value)
    return strange


def values_of(value: object) -> list[dict[str, object]]:
    """The objects behind a field: itself, a list's or a connection's; references and leaves have none."""
    tree = tree_of(value)
    if "@ref" in tree:
        return []
    many = list_of(tree["@"]) if "@" in tree else list_of(value) or ([value] if tree else [])
    return [tree_of(one) for one in many if tree_of(one) and "@ref" not in tree_of(one)]


def test_every_field_the_street_serves_exists_in_the_official_schema(schema: GraphQLSchema) -> None:
    strange: set[str] = set()

    for number in range(300):
        plan = plan_order(3, "shopify-main", number)
        deeds = [Deed(step.act, 1_790_000_000_000 + step.after_s * 1000) for step in plan.fate]
        strange |= strange_fields(schema, "Order", render_order(live(plan, 1_790_000_000_000, deeds)))

    assert strange == set()


def test_the_queries_of_these_tests_are_valid_against_the_official_schema(schema: GraphQLSchema) -> None:
    assert [error.message for query in (PAGE, SUMS) for error in validate(schema, parse(query))] == []
