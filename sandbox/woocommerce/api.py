"""WooCommerce's REST v3 counter: lists, single orders, refunds, the site index and the system status."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sandbox.exchange import JSON_HEADERS, Answer, Request, Tree, answer_json, dumps, list_of
from sandbox.shelf import CREATED, FOREVER, UPDATED, Entry
from sandbox.shop import Shop, turn
from sandbox.woocommerce import goods, telling
from sandbox.woocommerce.asking import MOST_PER_PAGE, RefusedError, ids, invalid, list_headers, no_route, number
from sandbox.woocommerce.fields import only_fields
from sandbox.woocommerce.words import SITE, SITE_ZONE

ROOT: Final = "/woo/wp-json"
KEY, SECRET = "ck_street", "cs_street"
ORDERS: Final = "woo-order"
REFUNDS: Final = "woo-refunds"
WRITING: Final = frozenset({"POST", "PUT", "PATCH"})
SINGLE: Final = 2  # steps to one order: orders, its id
STATUSES: Final = ("any", "trash", "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded",
                   "failed", "checkout-draft")  # fmt: skip
SORTS: Final[dict[str, Callable[[Entry], tuple[int, int]]]] = {
    "id": lambda entry: (entry.sequence, 0),
    "include": lambda entry: (entry.sequence, 0),
    "date": lambda entry: (entry.created_ms // 1000, entry.sequence),
    "modified": lambda entry: (entry.updated_ms // 1000, entry.sequence),
}


def answer(shop: Shop, request: Request) -> Answer:
    """Gives WooCommerce's answer to one request under /woo/wp-json."""
    path = request.path.removeprefix(ROOT).strip("/")
    try:
        if not path:
            return answer_json(SITE_INDEX)
        _check_credentials(request)
        return _route(shop, request, path.removeprefix("wc/v3").strip("/").split("/"))
    except RefusedError as refused:
        return refused.answer


def _route(shop: Shop, request: Request, steps: list[str]) -> Answer:
    if steps[0] == "products":
        return goods.answer(shop, request, steps[1:])
    if request.method in WRITING and steps[0] == "orders" and len(steps) == SINGLE:
        return telling.update(shop, request, ORDERS, steps[1])
    if request.method not in {"GET", "HEAD"}:
        raise no_route()
    match steps:
        case ["orders"]:
            return _list_orders(shop, request)
        case ["orders", wanted]:
            return _one(shop, ORDERS, wanted, request.parameters().get("_fields", ""))
        case ["orders", wanted, "refunds"]:
            return _list_refunds(shop, request, wanted)
        case ["system_status"]:
            return answer_json(SYSTEM_STATUS)
        case _:
            raise no_route()


def _check_credentials(request: Request) -> None:
    parameters = request.parameters()
    basic = request.headers.get("authorization", "").removeprefix("Basic ")
    given = (parameters.get("consumer_key", ""), parameters.get("consumer_secret", ""))
    if basic == base64.b64encode(f"{KEY}:{SECRET}".encode()).decode() or given == (KEY, SECRET):
        return
    if not basic and not given[0]:
        raise RefusedError("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401)
    raise RefusedError("woocommerce_rest_authentication_error", "Consumer key is invalid.", 401)


def _one(shop: Shop, kind: str, wanted: str, fields: str = "") -> Answer:
    entry = shop.shelf.find(kind, wanted)
    if entry is None:
        raise RefusedError("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", 404)
    return Answer(200, JSON_HEADERS, only_fields(shop.shelf.bodies([entry]), fields)[0])


def _list_orders(shop: Shop, request: Request) -> Answer:
    given = request.parameters()
    per_page = number(given, "per_page", 10, most=MOST_PER_PAGE)
    page = number(given, "page", 1)
    rows = shop.visible(_selected(shop, given))
    start = number(given, "offset", (page - 1) * per_page, least=0)
    leaf = turn(rows, start, per_page, shop.twist)
    headers = list_headers("orders", given, page, -(-len(rows) // per_page), len(rows))
    bodies = only_fields(shop.shelf.bodies(leaf.entries), given.get("_fields", ""))
    return Answer(200, headers, b"[" + b",".join(bodies) + b"]")


def _list_refunds(shop: Shop, request: Request, wanted: str) -> Answer:
    """Gives an order's refunds, newest first unless asked otherwise."""
    entry = shop.shelf.find(REFUNDS, wanted)
    if entry is None:
        raise RefusedError("woocommerce_rest_invalid_order_id", "Invalid order ID.", 404)
    given = request.parameters()
    orderby, direction = given.get("orderby", "date"), given.get("order", "desc")
    if orderby not in {"date", "id"} or direction not in {"asc", "desc"}:
        raise invalid("orderby" if direction in {"asc", "desc"} else "order")
    per_page, page = number(given, "per_page", 10, most=MOST_PER_PAGE), number(given, "page", 1)
    newest_first = list_of(json.loads(shop.shelf.bodies([entry])[0]))
    rows = newest_first if direction == "desc" else newest_first[::-1]
    leaf = turn(rows, number(given, "offset", (page - 1) * per_page, least=0), per_page, shop.twist)
    headers = list_headers(f"orders/{wanted}/refunds", given, page, -(-len(rows) // per_page), len(rows))
    return Answer(200, headers, dumps(list(leaf.entries), ascii_only=True).replace(b"/", b"\\/"))


def _selected(shop: Shop, given: dict[str, str]) -> list[Entry]:
    """Gives the orders a listing is about, in its order; remembered while no order changes."""
    orderby, direction = given.get("orderby", "date"), given.get("order", "desc")
    if orderby not in SORTS or direction not in {"asc", "desc"}:
        raise invalid("orderby" if orderby not in SORTS else "order")
    modified, created = _span(given, "modified_after", "modified_before"), _span(given, "after", "before")
    statuses = frozenset(given.get("status", "any").split(",")) - {""}
    if not statuses <= set(STATUSES):
        raise invalid("status")
    include, exclude = ids(given, "include"), ids(given, "exclude")

    def build() -> list[Entry]:
        rows = shop.shelf.window(ORDERS, UPDATED, *modified)
        if created != (-FOREVER, FOREVER):
            inside = {entry.id for entry in shop.shelf.window(ORDERS, CREATED, *created)}
            rows = [entry for entry in rows if entry.id in inside]
        kept = [entry for entry in rows if entry.id not in exclude and (not include or entry.id in include)]
        if "any" not in statuses:
            kept = [entry for entry in kept if entry.status in statuses]
        return sorted(kept, key=SORTS[orderby], reverse=direction == "desc")

    return shop.shelf.selection(ORDERS, (modified, created, statuses, orderby, direction, include, exclude), build)


def _span(given: dict[str, str], after: str, before: str) -> tuple[int, int]:
    """Gives the half-open span in ms: both bounds of WooCommerce are exclusive and compare whole seconds."""
    is_gmt = given.get("dates_are_gmt", "false").lower() in {"true", "1"}
    low = (_second(given, after, is_gmt=is_gmt) + 1) * 1000 if given.get(after) else -FOREVER
    high = _second(given, before, is_gmt=is_gmt) * 1000 if given.get(before) else FOREVER
    return low, high


def _second(given: dict[str, str], name: str, *, is_gmt: bool) -> int:
    try:
        moment = datetime.fromisoformat(given[name])
    except ValueError:
        raise invalid(name) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC if is_gmt else SITE_ZONE)
    return int(moment.timestamp())


SITE_INDEX: Final[Tree] = {
    "name": "Street Woo Shop",
    "description": "A make-believe shop",
    "url": SITE,
    "home": SITE,
    "gmt_offset": "1",
    "timezone_string": SITE_ZONE.key,
    "namespaces": ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wp/v2"],
    "authentication": {},
    "routes": {},
}
SYSTEM_STATUS: Final[Tree] = {
    "environment": {
        "home_url": SITE,
        "site_url": SITE,
        "version": "9.4.2",
        "wp_version": "6.7.1",
        "wp_multisite": False,
        "language": "en_US",
        "server_info": "street/1",
        "php_version": "8.2.26",
        "default_timezone": "UTC",
    },
    "database": {"wc_database_version": "9.4.2", "database_prefix": "wp_"},
    "active_plugins": [],
    "settings": {
        "api_enabled": True,
        "force_ssl": False,
        "currency": "EUR",
        "currency_symbol": "&euro;",
        "currency_position": "left",
        "thousand_separator": ".",
        "decimal_separator": ",",
        "number_of_decimals": 2,
        "HPOS_enabled": True,
    },
}
