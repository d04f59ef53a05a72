"""Shopify's Admin GraphQL counter: orders, single orders, nodes, counts and the shop itself."""

import json
from collections.abc import Callable
from typing import Final, cast

from sandbox.exchange import Answer, Request, Tree, answer_json, list_of, tree_of
from sandbox.shelf import Entry
from sandbox.shop import Shop, cursor_after, start_after, turn
from sandbox.shopify import goods, levels, payments, shipping
from sandbox.shopify.graphql import Document, Field, Operation, SyntaxRefusedError, parse
from sandbox.shopify.nodes import ORDERS, find
from sandbox.shopify.project import Cut, UnknownFieldError, page_info
from sandbox.shopify.refusing import RefusedError, ThrottledError, page_size
from sandbox.shopify.search import search_of

PATH: Final = "/shopify/admin/api/2026-07/graphql.json"
TOKEN: Final = "street-shopify-token"  # noqa: S105  the make-believe shop's password, printed on its door
BUCKET: Final = 2000
MUTATION_COST: Final = 10
SORTS: Final[dict[str, Callable[[Entry], int]]] = {
    "UPDATED_AT": lambda entry: entry.updated_ms // 1000,
    "CREATED_AT": lambda entry: entry.created_ms // 1000,
    "PROCESSED_AT": lambda entry: entry.created_ms // 1000,
    "ORDER_NUMBER": lambda entry: entry.sequence,
    "ID": lambda entry: entry.sequence,
}
SHOP: Final[Tree] = {
    "__typename": "Shop",
    "id": "gid://shopify/Shop/58033176",
    "name": "Street Shop",
    "email": "shop@example.com",
    "contactEmail": "shop@example.com",
    "myshopifyDomain": "street-shop.myshopify.com",
    "url": "https://street-shop.example",
    "currencyCode": "EUR",
    "enabledPresentmentCurrencies": ["EUR", "GBP", "JPY", "KWD", "USD"],
    "ianaTimezone": "Europe/Berlin",
    "timezoneAbbreviation": "CET",
    "timezoneOffset": "+0100",
    "timezoneOffsetMinutes": 60,
    "taxesIncluded": True,
    "taxShipping": True,
    "unitSystem": "METRIC_SYSTEM",
    "weightUnit": "GRAMS",
    "setupRequired": False,
    "orderNumberFormatPrefix": "#",
    "orderNumberFormatSuffix": "",
    "plan": {"publicDisplayName": "Basic", "partnerDevelopment": False, "shopifyPlus": False},
    "primaryDomain": {"id": "gid://shopify/Domain/1", "host": "street-shop.example", "url": "https://street-shop.example"},
}


def answer(shop: Shop, request: Request) -> Answer:
    """Gives Shopify's answer to one request under /shopify."""
    if request.headers.get("x-shopify-access-token") != TOKEN:
        return answer_json({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401)
    if request.path != PATH or request.method != "POST":
        return answer_json({"errors": "Not Found"}, 404)
    try:
        return answer_json(_execute(shop, request.body))
    except ThrottledError as throttled:
        return answer_json({"errors": [throttled.error], "extensions": {"cost": throttled.cost}})
    except RefusedError as refused:
        return answer_json({"errors": [refused.error]})


def _execute(shop: Shop, body: bytes) -> Tree:
    try:
        sent = tree_of(json.loads(body))
    except ValueError:
        raise RefusedError("Bad request: the body is no JSON") from None
    try:
        document = parse(str(sent.get("query", "")))
        operation = _operation(document, sent.get("operationName"))
        cut = Cut({**operation.defaults, **tree_of(sent.get("variables"))}, document.fragments, {})
        asked = cut.flat({"__typename": ROOTS[operation.kind]}, operation.selections)
        cost = _cost(shop, cut, asked, operation.kind)
        found = {field.alias: _resolve(shop, cut, field, operation.kind) for field in asked}
    except SyntaxRefusedError as problem:
        raise RefusedError(f"syntax error: {problem}") from problem
    except UnknownFieldError as unknown:
        extensions: Tree = {"code": "undefinedField", "typeName": unknown.type_name, "fieldName": unknown.field_name}
        raise RefusedError(str(unknown), extensions, ("query", *unknown.path)) from unknown
    return {"data": found, "extensions": {"cost": cost}}


def _operation(document: Document, name: object) -> Operation:
    fitting = [one for one in document.operations if not name or one.name == name]
    if not fitting:
        raise RefusedError("No operation given")
    if fitting[0].kind not in ROOTS:
        raise RefusedError("The street only answers queries and mutations")
    return fitting[0]


def _resolve(shop: Shop, cut: Cut, field: Field, kind: str) -> object:
    resolver = (MUTATIONS if kind == "mutation" else RESOLVERS).get(field.name)
    if resolver is None and kind == "mutation":
        raise RefusedError("The street only answers queries, sets quantities and makes fulfillments")
    if resolver is None:
        raise UnknownFieldError("QueryRoot", field.name, (field.alias,))
    return resolver(shop, cut, field, cut.arguments(field))


def _orders(shop: Shop, cut: Cut, field: Field, given: Tree) -> Tree:
    size = page_size(given, field.alias)
    rows, keys = _sorted_rows(shop, given)
    try:
        start = start_after(keys, cast("str | None", given.get("after")))
    except ValueError:
        raise RefusedError("Invalid cursor for current pagination sort.", {"code": "BAD_REQUEST"}, (field.alias,)) from None
    leaf = turn(rows, start, size, shop.twist)
    trees = map(tree_of, shop.shelf.trees(leaf.entries))
    nodes = [(cursor_after(_key(entry, given)), tree) for entry, tree in zip(leaf.entries, trees, strict=True)]
    end = cursor_after(keys[min(leaf.next_start, len(keys)) - 1]) if leaf.next_start and keys else None
    info = page_info(nodes, more=leaf.more, before=start > 0, end=end)
    return cut.connection_of(nodes, field, info, (field.alias,))


def _key(entry: Entry, given: Tree) -> tuple[int, int]:
    value = SORTS[str(given.get("sortKey") or "PROCESSED_AT")](entry)
    return (-value, -entry.sequence) if given.get("reverse") else (value, entry.sequence)


def _sorted_rows(shop: Shop, given: Tree) -> tuple[list[Entry], list[tuple[int, int]]]:
    """Gives the orders found and their sort keys, ascending in both; remembered while no order changes."""
    text, sort = str(given.get("query") or ""), str(given.get("sortKey") or "PROCESSED_AT")
    if sort not in SORTS:
        message = f"sortKey {sort} is not one the street sorts by"
        raise RefusedError(message, {"code": "argumentLiteralsIncompatible"})

    def build() -> tuple[list[Entry], list[tuple[int, int]]]:
        rows = sorted(_found(shop, text), key=lambda entry: _key(entry, given))
        return rows, [_key(entry, given) for entry in rows]

    if shop.is_late is None:
        return shop.shelf.selection(ORDERS, (text, sort, bool(given.get("reverse"))), build)
    return build()


def _found(shop: Shop, text: str) -> list[Entry]:
    try:
        return shop.visible(search_of(text).entries(shop.shelf, ORDERS))
    except ValueError:
        raise RefusedError("Invalid search: a time in it cannot be read", {"code": "BAD_REQUEST"}) from None


def _count(shop: Shop, cut: Cut, field: Field, given: Tree) -> Tree:
    found, most = len(_found(shop, str(given.get("query") or ""))), given.get("limit", 10_000)
    capped = isinstance(most, int) and found > most
    count: Tree = {"__typename": "Count", "count": most if capped else found, "precision": "AT_LEAST" if capped else "EXACT"}
    return cut.of(count, field.selections, (field.alias,))


def _nodes(shop: Shop, cut: Cut, field: Field, given: Tree) -> list[object]:
    return [_one(shop, cut, field, {"id": wanted}) for wanted in list_of(given.get("ids"))]


def _one(shop: Shop, cut: Cut, field: Field, given: Tree) -> object:
    listed = goods.find(shop, str(given.get("id")))
    if listed:
        return cut.of(listed, field.selections, (field.alias,))
    found = find(shop.shelf, str(given.get("id")))
    if found is None:
        return None
    order, part = found
    if part is order and any(asked.name == "fulfillmentOrders" for asked in cut.flat(order, field.selections)):
        part = shipping.with_fulfilment_orders(order)
    return Cut(cut.variables, cut.fragments, order).of(part, field.selections, (field.alias,))


def _shop(_shop: Shop, cut: Cut, field: Field, _given: Tree) -> Tree:
    return cut.of(SHOP, field.selections, (field.alias,))


def _cost(shop: Shop, cut: Cut, asked: list[Field], kind: str) -> Tree:
    """Gives the cost extension: roughly a point a node, ten for a mutation. Raises RefusedError where the bucket holds too little.

    A shop without a limit has a bucket that is always full.
    """
    sizes = [cut.arguments(field).get("first", 1) for field in asked]
    requested = MUTATION_COST if kind == "mutation" else 2 + sum(size for size in sizes if isinstance(size, int))
    bucket, status = shop.bucket, {"maximumAvailable": float(BUCKET), "currentlyAvailable": BUCKET - requested, "restoreRate": 100.0}
    waits = bucket.take(requested, shop.now_ms) if bucket else 0
    if bucket:
        status = {"maximumAvailable": float(bucket.limit.burst), "currentlyAvailable": bucket.available(shop.now_ms),
                  "restoreRate": float(bucket.limit.per_second)}  # fmt: skip
    cost: Tree = {"requestedQueryCost": requested, "actualQueryCost": None if waits else requested, "throttleStatus": status}
    if waits:
        raise ThrottledError(cost)
    return cost


Resolver = Callable[[Shop, Cut, Field, Tree], object]
ROOTS: Final = {"query": "QueryRoot", "mutation": "Mutation"}
MUTATIONS: Final[dict[str, Resolver]] = {"inventorySetQuantities": levels.set_quantities, "fulfillmentCreate": shipping.create}
RESOLVERS: Final[dict[str, Resolver]] = {
    "orders": _orders,
    "ordersCount": _count,
    "order": _one,
    "node": _one,
    "nodes": _nodes,
    "shop": _shop,
    "productVariants": goods.variants,
    "productVariantsCount": goods.count_variants,
    "inventoryItems": goods.items,
    "locations": goods.locations,
    "fulfillmentOrder": shipping.one,
    "shopifyPaymentsAccount": payments.account,
    **dict.fromkeys(("product", "productVariant", "inventoryItem", "inventoryLevel", "location"), _one),
}
