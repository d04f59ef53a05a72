"""Shopify against what others wrote: the official schema, and every recorded order, refund and transaction in `../shared`."""

import json
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType]  its middleware argument is untyped
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from connectors._kit import Http
from connectors.capabilities import StockTarget
from connectors.shopify import CONNECTOR, queries, queries_money, queries_stock, words_money
from connectors.shopify.stock import FAILED_BEFORE, REFUSED, STALE, UNDER_WAY, Shelf
from model.errors import MalformedError
from model.records.order import Order
from model.records.payment import Payment, Refund

HERE = Path(__file__)
SHARED = HERE.parents[2].parent / "shared"
SDL = SHARED / "specs" / "shopify" / "admin-2026-07.graphql"
SAMPLES = SHARED / "samples" / "shopify"
RECORDINGS = HERE.parents[2] / "connectors" / "shopify" / "recordings" / "orders.json"
LISTINGS = RECORDINGS.parent / "listings.json"

DOCUMENTS = {
    "shop": queries.SHOP,
    "orders": queries.ORDERS,
    "orders by id": queries.ORDERS_BY_ID,
    "count": queries.COUNT,
    "listings": queries_stock.LISTINGS,
    "locations": queries_stock.LOCATIONS,
    "levels": queries_stock.LEVELS,
    "set levels": queries_stock.SET_LEVELS,
    "payouts": queries_money.PAYOUTS,
    "lines": queries_money.LINES,
    "disputes": queries_money.DISPUTES,
    "refunded": queries_money.REFUNDED,
    **{f"rest of {connection}": document for connection, document in queries.RESTS.items()},
}

needs_schema = pytest.mark.skipif(not SDL.exists(), reason="the official schema ../shared/specs/shopify is not here")
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the recorded payloads ../shared/samples/shopify are not here")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL.read_text("utf-8"), assume_valid=True, no_location=True)


@needs_schema
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_query_is_valid_under_the_official_schema(schema: GraphQLSchema, name: str) -> None:
    document = parse(DOCUMENTS[name])

    assert validate(schema, document) == []


@needs_schema
def test_a_field_the_schema_does_not_have_is_noticed(schema: GraphQLSchema) -> None:
    broken = parse(queries.ORDERS.replace("displayFinancialStatus", "financialStatus"))

    assert "financialStatus" in str(validate(schema, broken)[0])


@needs_schema
def test_one_page_costs_less_than_one_query_may(schema: GraphQLSchema) -> None:
    listing = cost_of(schema, queries.ORDERS, {"first": queries.OPENING})
    lookup = queries.OPENING * cost_of(schema, queries.ORDERS_BY_ID, {})
    rests = {connection: cost_of(schema, document, {}) for connection, document in queries.RESTS.items()}

    assert listing == 850
    assert lookup < queries.MOST_POINTS
    assert max(rests.values()) < queries.MOST_POINTS, rests


@needs_schema
def test_a_page_of_listings_and_a_reading_of_levels_cost_less_than_one_query_may(schema: GraphQLSchema) -> None:
    listing = cost_of(schema, queries_stock.LISTINGS, {"first": queries_stock.LISTINGS_PER_PAGE})
    levels = queries_stock.LEVELS_PER_READING * cost_of(schema, queries_stock.LEVELS, {})

    assert listing == 752
    assert levels < queries.MOST_POINTS


@needs_schema
def test_a_page_of_payouts_lines_and_disputes_costs_less_than_one_query_may(schema: GraphQLSchema) -> None:
    pages = {
        queries_money.PAYOUTS: queries_money.PAYOUTS_PER_PAGE,
        queries_money.LINES: queries_money.LINES_PER_PAGE,
        queries_money.DISPUTES: queries_money.DISPUTES_PER_PAGE,
    }

    costs = [cost_of(schema, document, {"first": first}) for document, first in pages.items()]
    refunded = queries_money.LINES_PER_PAGE * cost_of(schema, queries_money.REFUNDED, {})

    assert costs == [203, 903, 253], "disputes: 703, if each of the ten transactions counts"
    assert refunded < queries.MOST_POINTS


@needs_schema
@pytest.mark.parametrize(
    ("file", "connection", "document"),
    [
        ("payouts", "payouts", queries_money.PAYOUTS),
        ("balances", "balanceTransactions", queries_money.LINES),
        ("disputes", "disputes", queries_money.DISPUTES),
    ],
)
def test_each_recording_of_money_is_an_answer_the_official_schema_allows(
    schema: GraphQLSchema, file: str, connection: str, document: str
) -> None:
    nodes: list[dict[str, Any]] = json.loads((RECORDINGS.parent / f"{file}.json").read_text("utf-8"))
    sent = [{name: value for name, value in node.items() if name != "refundedTransactionId"} for node in nodes]
    known = [node for node in sent if node.get("type") != "STARDUST"]
    root = {"shopifyPaymentsAccount": {connection: {"nodes": known, "pageInfo": {"hasNextPage": False, "endCursor": None}}}}

    answer = execute_sync(schema, parse(document), root_value=root, variable_values={"first": 9, "query": ""})

    assert answer.errors is None
    assert answer.data is not None
    assert json.loads(json.dumps(answer.data["shopifyPaymentsAccount"][connection]["nodes"])) == known


@needs_schema
def test_every_type_of_a_line_and_every_status_is_known(schema: GraphQLSchema) -> None:
    def words(name: str) -> set[str]:
        return set(cast("GraphQLEnumType", schema.type_map[name]).values)

    types = words("ShopifyPaymentsTransactionType")

    assert {word for word in types if words_money.meaning_of(word).kind == "unknown"} == set()
    assert set(words_money.LINES) <= types
    assert set(words_money.PAYOUT_STATUS) == words("ShopifyPaymentsPayoutStatus")
    assert set(words_money.DIRECTION) == words("ShopifyPaymentsPayoutTransactionType")
    assert set(words_money.DISPUTE_STATUS) == words("DisputeStatus")
    assert set(words_money.DISPUTE_TYPE) == words("DisputeType")


@needs_schema
@pytest.mark.parametrize("variant", json.loads(LISTINGS.read_text("utf-8")), ids=lambda variant: variant["id"])
def test_each_recorded_listing_is_an_answer_the_official_schema_allows(schema: GraphQLSchema, variant: dict[str, Any]) -> None:
    root = {"productVariants": {"nodes": [variant], "pageInfo": {"hasNextPage": False, "endCursor": None}}}

    answer = execute_sync(schema, parse(queries_stock.LISTINGS), root_value=root, variable_values={"first": 1})

    assert answer.errors is None
    assert answer.data is not None
    assert answer.data["productVariants"]["nodes"] == [variant]


@needs_schema
def test_the_change_we_send_is_one_the_official_schema_takes(schema: GraphQLSchema) -> None:
    target = StockTarget(external_id="1", product_external_id=None, stock_external_id="gid://shopify/InventoryItem/1", quantity=0, key="k")
    change = Shelf(
        Http("https://shop.example.com", transport=httpx.MockTransport(lambda _: httpx.Response(500))), "gid://shopify/Location/1"
    )
    body: Any = change.change([target])

    told = get_variable_values(schema, operation_of(body["query"]).variable_definitions, body["variables"])

    assert not isinstance(told, list)
    assert set(body["variables"]["input"]["quantities"][0]) == set(
        cast("GraphQLInputObjectType", schema.type_map["InventoryQuantityInput"]).fields
    )
    assert [directive.name.value for directive in field_of(body["query"]).directives] == ["idempotent"]


@needs_schema
def test_every_error_code_of_a_quantity_is_known(schema: GraphQLSchema) -> None:
    codes = set(cast("GraphQLEnumType", schema.type_map["InventorySetQuantitiesUserErrorCode"]).values)

    of_a_quantity = {*STALE, *REFUSED}

    assert of_a_quantity < codes
    assert {UNDER_WAY, FAILED_BEFORE} < codes
    assert {code for code in codes - of_a_quantity if "QUANTITY_" in code} == {"COMPARE_QUANTITY_REQUIRED"}


@needs_schema
@pytest.mark.parametrize("order", json.loads(RECORDINGS.read_text("utf-8")), ids=lambda order: order["name"])
def test_each_recording_is_an_answer_the_official_schema_allows(schema: GraphQLSchema, order: dict[str, Any]) -> None:
    root = {"nodes": [{"__typename": "Order", **order}]}

    answer = execute_sync(schema, parse(queries.ORDERS_BY_ID), root_value=root, variable_values={"ids": [order["id"]]})

    assert answer.errors is None
    assert answer.data is not None
    read = CONNECTOR.kinds["order"].read
    assert read(json.dumps({**answer.data["nodes"][0], "returns": order.get("returns")}).encode(), {}) == read(
        json.dumps(order).encode(), {}
    )


ORDERS_THAT_SUM = {
    ("airbyte/orders/02.json", ""): (1900, "USD"),
    ("go-shopify/order_with_transaction.json", "order"): (1000, "USD"),
}
REFUNDS = {
    ("airbyte/order_refunds/01.json", ""): (5723, "USD"),
    ("airbyte/order_refunds/03.json", ""): (10200, "USD"),
    ("python-api-fixtures/refund.json", "refund"): (20900, "USD"),
}
PAYMENTS = {
    ("airbyte/transactions/01.json", ""): (10200, "USD"),
    ("airbyte/transactions/03.json", ""): (1900, "USD"),
    ("go-shopify/transaction.json", "transaction"): (40994, "USD"),
}
REFUSALS = {
    # three lines of 199.00 and 11.94 tax, but a total of 409.94 = two lines: the fixture was extended by hand
    ("order-webhook", "python-api-fixtures/order.json", "order"): "total: parts sum to 60894, the order says 40994",
    # an amount without any currency, and no order beside it that would tell
    ("payment", "python-api-fixtures/transaction.json", "transaction"): r"transactions\[389404469\].currency: is missing",
}


@needs_samples
@pytest.mark.parametrize(("path", "envelope"), ORDERS_THAT_SUM)
def test_a_recorded_order_sums_to_its_own_total(path: str, envelope: str) -> None:
    order = CONNECTOR.kinds["order-webhook"].read(sample(path, envelope), {})

    assert isinstance(order, Order)
    assert (order.total_minor, order.currency) == ORDERS_THAT_SUM[path, envelope]


@needs_samples
def test_the_recorded_tax_inclusive_order_is_net_of_the_platforms_own_tax_line() -> None:
    order = CONNECTOR.kinds["order-webhook"].read(sample("airbyte/orders/02.json", ""), {})

    assert isinstance(order, Order)
    assert (order.external_id, order.prices_include_tax) == ("5010585911485", True)
    assert [(line.total_minor, line.tax_minor) for line in order.lines] == [(1583, 317)]
    assert order.source_version == 1_681_387_880_000_000


@needs_samples
@pytest.mark.parametrize(("path", "envelope"), REFUNDS)
def test_a_recorded_refund_is_what_its_transactions_moved(path: str, envelope: str) -> None:
    refund = CONNECTOR.kinds["refund"].read(sample(path, envelope), {})

    assert isinstance(refund, Refund)
    assert (refund.amount_minor, refund.currency) == REFUNDS[path, envelope]


@needs_samples
@pytest.mark.parametrize(("path", "envelope"), PAYMENTS)
def test_a_recorded_transaction_is_a_payment(path: str, envelope: str) -> None:
    payment = CONNECTOR.kinds["payment"].read(sample(path, envelope), {})

    assert isinstance(payment, Payment)
    assert (payment.amount_minor, payment.currency) == PAYMENTS[path, envelope]


@needs_samples
@pytest.mark.parametrize(("kind", "path", "envelope"), REFUSALS)
def test_a_recorded_document_that_contradicts_itself_is_refused_by_name(kind: str, path: str, envelope: str) -> None:
    with pytest.raises(MalformedError, match=REFUSALS[kind, path, envelope]):
        CONNECTOR.kinds[kind].read(sample(path, envelope), {})


@needs_samples
def test_no_recorded_order_refund_or_transaction_is_left_out() -> None:
    found = {
        str(path.relative_to(SAMPLES))
        for pattern in ("airbyte/orders/*", "airbyte/order_refunds/*", "airbyte/transactions/*", "*/order.json", "*/order_with*",
                        "*/refund.json", "*/transaction.json")
        for path in SAMPLES.glob(pattern)
    }  # fmt: skip

    assert found == {path for path, _ in (*ORDERS_THAT_SUM, *REFUNDS, *PAYMENTS)} | {path for _, path, _ in REFUSALS}


def sample(path: str, envelope: str) -> bytes:
    document = json.loads((SAMPLES / path).read_text("utf-8"))
    return json.dumps(document.get(envelope, document)).encode()


def operation_of(text: str) -> OperationDefinitionNode:
    return next(part for part in parse(text).definitions if isinstance(part, OperationDefinitionNode))


def field_of(text: str) -> FieldNode:
    return next(part for part in operation_of(text).selection_set.selections if isinstance(part, FieldNode))


def cost_of(schema: GraphQLSchema, text: str, variables: dict[str, int]) -> int:
    """Points of a query by the published rules: object 1, connection 2 + first × node, interface the dearest, leaf 0."""
    definitions = parse(text).definitions
    operation = next(part for part in definitions if isinstance(part, OperationDefinitionNode))
    fragments = {part.name.value: part for part in definitions if isinstance(part, FragmentDefinitionNode)}
    return Costs(schema, fragments, variables).selected("QueryRoot", operation.selection_set)


class Costs:
    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, int]) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables

    def selected(self, owner: str, selections: SelectionSetNode) -> int:
        chosen = selections.selections
        spread = [self.fragments[node.name.value] for node in chosen if isinstance(node, FragmentSpreadNode)]
        inline = [node for node in chosen if isinstance(node, InlineFragmentNode)]
        fields = sum(self.field(owner, node) for node in chosen if isinstance(node, FieldNode))
        same = sum(self.selected(part.type_condition.name.value, part.selection_set) for part in spread)
        return fields + same + max((self.selected(condition(part), part.selection_set) for part in inline), default=0)

    def field(self, owner: str, node: FieldNode) -> int:
        kind = self.schema.type_map[owner]
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        if node.selection_set is None or node.name.value == "pageInfo":
            return 0
        assert not isinstance(kind, GraphQLUnionType)
        found = str(kind.fields[node.name.value].type).strip("[]!")
        inner = self.selected(found, node.selection_set)
        return 2 + self.first(node) * inner if found.endswith("Connection") else 1 + inner

    def first(self, node: FieldNode) -> int:
        value = next(argument.value for argument in node.arguments if argument.name.value == "first")
        return int(value.value) if isinstance(value, IntValueNode) else self.variables["first"]


def condition(part: InlineFragmentNode) -> str:
    assert part.type_condition is not None
    return part.type_condition.name.value
