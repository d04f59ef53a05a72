"""Square's v2 counter: orders by search and by id, payments, refunds, the merchant and its location."""

import json
from collections.abc import Callable, Sequence
from typing import Final, cast

from sandbox.exchange import JSON_HEADERS, Answer, Request, Tree, answer_json, list_of, tree_of
from sandbox.shelf import CLOSED, CREATED, FOREVER, UPDATED, Entry
from sandbox.shop import Shop, cursor_after, start_after, turn
from sandbox.square import fulfilling, goods, payouts
from sandbox.square.asking import RefusedError, milliseconds, sent_by
from sandbox.square.words import CURRENCY, LOCATION, MERCHANT

ROOT: Final = "/square/v2/"
TOKEN: Final = "street-square-token"  # noqa: S105  the make-believe till's password, printed on its door
ORDERS, PAYMENTS, REFUNDS = "square-order", "square-payment", "square-refund"
PER_ORDER: Final = 8  # sequence numbers kept for one order: its own, and one per refund
SEARCH_MOST, SEARCH_DEFAULT, LIST_MOST, BATCH_MOST = 1000, 500, 100, 100
FIELDS: Final = {"CREATED_AT": CREATED, "UPDATED_AT": UPDATED, "CLOSED_AT": CLOSED}
Span = tuple[int, int]
ALWAYS: Final[Span] = (-FOREVER, FOREVER)


def answer(shop: Shop, request: Request) -> Answer:
    """Gives Square's answer to one request under /square/v2."""
    try:
        _check_credentials(request)
        steps = request.path.removeprefix(ROOT).strip("/").split("/")
        if request.method == "PUT":
            return _put(shop, request, steps)
        return _post(shop, request, steps) if request.method == "POST" else _get(shop, request, steps)
    except RefusedError as refused:
        return refused.answer


def _check_credentials(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        raise RefusedError("UNAUTHORIZED", "This request could not be authorized.", status=401)


def _post(shop: Shop, request: Request, steps: list[str]) -> Answer:
    routes = {"orders/search": _search, "orders/batch-retrieve": _batch, **goods.POSTS}
    route = routes.get("/".join(steps))
    if route is None:
        raise RefusedError("NOT_FOUND", "Resource not found.", status=404)
    return route(shop, sent_by(request))


def _put(shop: Shop, request: Request, steps: list[str]) -> Answer:
    match steps:
        case ["orders", wanted]:
            return fulfilling.update(shop, request, ORDERS, wanted, PER_ORDER)
        case _:
            raise RefusedError("NOT_FOUND", "Resource not found.", status=404)


def _get(shop: Shop, request: Request, steps: list[str]) -> Answer:
    fixed = STANDING.get("/".join(steps))
    if fixed is not None:
        return answer_json(fixed)
    match steps:
        case ["catalog", "list"]:
            return goods.list_catalog(shop, request.parameters())
        case [("payouts" | "disputes"), *_]:
            return payouts.answer(shop, request, steps)
        case ["payments"] | ["refunds"]:
            return _list(shop, request, KINDS[steps[0]], steps[0])
        case [("orders" | "payments" | "refunds") as name, wanted]:
            return _one(shop, KINDS[name], name.removesuffix("s"), wanted)
        case _:
            raise RefusedError("NOT_FOUND", "Resource not found.", status=404)


def _search(shop: Shop, sent: Tree) -> Answer:
    if LOCATION not in list_of(sent.get("location_ids")):
        raise RefusedError("MISSING_REQUIRED_PARAMETER", "At least one location ID must be provided.", "location_ids")
    query = tree_of(sent.get("query"))
    asked, sort = tree_of(query.get("filter")), tree_of(query.get("sort"))
    field, span = _time_filter(tree_of(asked.get("date_time_filter")), str(sort.get("sort_field") or "CREATED_AT"))
    states = frozenset(map(str, list_of(tree_of(asked.get("state_filter")).get("states"))))
    newest_first = sort.get("sort_order", "DESC") != "ASC"
    rows = _rows(shop, ORDERS, field, span, newest_first=newest_first)
    kept = [entry for entry in rows if entry.status in states] if states else rows
    size = sent.get("limit", SEARCH_DEFAULT)
    if not isinstance(size, int) or not 0 < size <= SEARCH_MOST:
        raise RefusedError("VALUE_TOO_HIGH", f"`limit` must be between 1 and {SEARCH_MOST}.", "limit")
    return _page(shop, kept, field, newest_first=newest_first, size=size, cursor=sent.get("cursor"), name="orders",
                 entries_only=bool(sent.get("return_entries")))  # fmt: skip


def _time_filter(given: Tree, sort_field: str) -> tuple[str, Span]:
    """Gives the time to sort by and its span; both ends are inclusive. The sort must name the filtered field."""
    if sort_field not in FIELDS or len(given) > 1:
        raise RefusedError("BAD_REQUEST", "Only one date_time_filter and a known sort_field are allowed.", "query")
    for name, value in given.items():
        if name != sort_field.lower():
            detail = f"Sort field {sort_field} must match the field {name} of the date_time_filter."
            raise RefusedError("BAD_REQUEST", detail, "query.sort.sort_field")
        ends = tree_of(value)
        start, end = milliseconds(ends.get("start_at"), -FOREVER), milliseconds(ends.get("end_at"), FOREVER - 1)
        return FIELDS[sort_field], (start, end + 1)
    return FIELDS[sort_field], ALWAYS


def _rows(shop: Shop, kind: str, field: str, span: Span, *, newest_first: bool) -> list[Entry]:
    def build() -> list[Entry]:
        rows = shop.shelf.window(kind, field, *span)
        return rows[::-1] if newest_first else rows

    return shop.visible(shop.shelf.selection(kind, (field, span, newest_first), build))


def _page(
    shop: Shop, rows: Sequence[Entry], field: str, *, newest_first: bool, size: int, cursor: object, name: str,
    entries_only: bool = False,
) -> Answer:  # fmt: skip
    key = _key_of(field, newest_first=newest_first)
    keys = [key(entry) for entry in rows]
    try:
        start = start_after(keys, cast("str | None", cursor))
    except (ValueError, TypeError):
        raise RefusedError("INVALID_CURSOR", "Invalid cursor.", "cursor") from None
    leaf = turn(rows, start, size, shop.twist)
    following = cursor_after(keys[leaf.next_start - 1] if leaf.next_start else BEFORE_ALL) if leaf.more else None
    tail = f',"cursor":"{following}"'.encode() if following else b""
    if not leaf.entries:
        return Answer(200, JSON_HEADERS, b"{" + tail[1:] + b"}")
    bodies = shop.shelf.bodies(leaf.entries)
    if entries_only:
        name, bodies = "order_entries", [_entry(body) for body in bodies]
    return Answer(200, JSON_HEADERS, f'{{"{name}":['.encode() + b",".join(bodies) + b"]" + tail + b"}")


BEFORE_ALL: Final = (-FOREVER, -FOREVER)


def _key_of(field: str, *, newest_first: bool) -> Callable[[Entry], tuple[int, int]]:
    sign = -1 if newest_first else 1

    def key(entry: Entry) -> tuple[int, int]:
        times = {CREATED: entry.created_ms, UPDATED: entry.updated_ms, CLOSED: entry.closed_ms}
        return sign * times[field], sign * entry.sequence

    return key


def _entry(body: bytes) -> bytes:
    order = tree_of(json.loads(body))
    entry = {"order_id": order["id"], "version": order["version"], "location_id": order["location_id"]}
    return json.dumps(entry, separators=(",", ":")).encode()


def _batch(shop: Shop, sent: Tree) -> Answer:
    wanted = [str(one) for one in list_of(sent.get("order_ids"))]
    if not 0 < len(wanted) <= BATCH_MOST:
        raise RefusedError("BAD_REQUEST", f"Between 1 and {BATCH_MOST} order IDs are allowed.", "order_ids")
    found = [entry for one in wanted if (entry := shop.shelf.find(ORDERS, one))]
    return Answer(200, JSON_HEADERS, b'{"orders":[' + b",".join(shop.shelf.bodies(found)) + b"]}")


def _one(shop: Shop, kind: str, name: str, wanted: str) -> Answer:
    entry = shop.shelf.find(kind, wanted)
    if entry is None:
        raise RefusedError("NOT_FOUND", f"{name.capitalize()} not found for id {wanted}", f"{name}_id", 404)
    return Answer(200, JSON_HEADERS, f'{{"{name}":'.encode() + shop.shelf.bodies([entry])[0] + b"}")


def _list(shop: Shop, request: Request, kind: str, name: str) -> Answer:
    given = request.parameters()
    by_updated = given.get("sort_field") == "UPDATED_AT" or "updated_at_begin_time" in given
    prefix = "updated_at_" if by_updated else ""
    span = (milliseconds(given.get(f"{prefix}begin_time"), -FOREVER), milliseconds(given.get(f"{prefix}end_time"), FOREVER))
    field, newest_first = UPDATED if by_updated else CREATED, given.get("sort_order", "DESC") != "ASC"
    if given.get("location_id", LOCATION) != LOCATION:
        raise RefusedError("NOT_FOUND", "Location not found.", "location_id", 404)
    limit = given.get("limit", str(LIST_MOST))
    size = min(int(limit), LIST_MOST) if limit.isdigit() and int(limit) else LIST_MOST
    rows = _rows(shop, kind, field, span, newest_first=newest_first)
    return _page(shop, rows, field, newest_first=newest_first, size=size, cursor=given.get("cursor"), name=name)


THE_MERCHANT: Final[Tree] = {
    "id": MERCHANT,
    "business_name": "Street Till",
    "country": "GB",
    "language_code": "en-GB",
    "currency": CURRENCY,
    "status": "ACTIVE",
    "main_location_id": LOCATION,
    "created_at": "2021-12-10T19:25:52.484Z",
}
THE_LOCATION: Final[Tree] = {
    "id": LOCATION,
    "name": "Street Till",
    "address": {"address_line_1": "1 Market Row", "locality": "Leeds", "postal_code": "LS1 4DY", "country": "GB"},
    "timezone": "Europe/London",
    "capabilities": ["CREDIT_CARD_PROCESSING"],
    "status": "ACTIVE",
    "created_at": "2021-12-10T19:25:52Z",
    "merchant_id": MERCHANT,
    "country": "GB",
    "language_code": "en-GB",
    "currency": CURRENCY,
    "business_name": "Street Till",
    "type": "PHYSICAL",
}
KINDS: Final = {"orders": ORDERS, "payments": PAYMENTS, "refunds": REFUNDS}
STANDING: Final[dict[str, Tree]] = {
    "merchants": {"merchant": [THE_MERCHANT]},
    "merchants/me": {"merchant": THE_MERCHANT},
    f"merchants/{MERCHANT}": {"merchant": THE_MERCHANT},
    "locations": {"locations": [THE_LOCATION]},
    "locations/main": {"location": THE_LOCATION},
    f"locations/{LOCATION}": {"location": THE_LOCATION},
}
