"""ShipStation's V1 counter: orders made, changed and listed, labels listed, and the stores.

What its pages do not say is answered with 400: that an order which is not open any more may not be updated they do say.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Final

from sandbox.books import REFUSED, Books, Taken, skus_of
from sandbox.exchange import Answer, Request, Tree, answer_json, list_of, tree_of
from sandbox.shelf import FOREVER
from sandbox.shipstation.render import (
    CANCELLED,
    OPEN,
    STORE,
    THE_STORE,
    TRADE,
    Label,
    instant_ms,
    labels_of,
    order_of,
    shipment_of,
    status_of,
)
from sandbox.shop import Shop, turn

ROOT: Final = "/shipstation/"
KEY, SECRET = "street-shipstation-key", "street-shipstation-secret"
PROOF: Final = f"Basic {b64encode(f'{KEY}:{SECRET}'.encode()).decode()}"
MOST_PER_PAGE, USUAL_PER_PAGE = 500, 100
REQUIRED: Final = ("orderNumber", "orderKey", "orderDate", "orderStatus", "billTo", "shipTo")
ALLOWANCE: Final = {"X-Rate-Limit-Limit": "40", "X-Rate-Limit-Remaining": "39", "X-Rate-Limit-Reset": "60"}

Row = tuple[Taken, Label | None]


class RefusedError(Exception):
    """A request ShipStation refuses."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.answer = answer_json({"Message": words}, 400)


def answer(shop: Shop, request: Request) -> Answer:
    """Gives ShipStation's answer to one request under /shipstation."""
    if request.headers.get("authorization") != PROOF:
        return answer_json({"message": "Unauthorized"}, 401)
    door = DOORS.get((request.method, request.path.removeprefix(ROOT).strip("/")))
    if door is None:
        return answer_json({"message": "Not Found"}, 404)
    try:
        return answer_json(door(shop, Books(shop.shelf, TRADE), request), headers=ALLOWANCE)
    except RefusedError as refused:
        return refused.answer


def _stores(_shop: Shop, _books: Books, _request: Request) -> list[Tree]:
    return [THE_STORE]


def _create(shop: Shop, books: Books, request: Request) -> Tree:
    """Makes an order, or updates the open one of the same key."""
    sent = _sent(request)
    if refused := sorted(set(skus_of(TRADE, sent)) & books.listed(REFUSED)):
        raise RefusedError(f"The product {refused[0]} cannot be ordered.")
    known = books.find(str(sent["orderKey"]))
    if known and status_of(known, shop.now_ms) not in OPEN:
        raise RefusedError("The order is not in an open status.")
    if not known or sent["orderStatus"] != CANCELLED:
        return order_of(books.take(sent, shop.now_ms), shop.now_ms)
    books.call_back(known, shop.now_ms, until_ms=FOREVER)
    return order_of(books.find(known.entry.id) or known, shop.now_ms)


def _sent(request: Request) -> Tree:
    """Gives the order that was sent, with all that ShipStation wants of one."""
    try:
        sent = tree_of(json.loads(request.body or b"{}"))
    except ValueError:
        raise RefusedError("The body is no JSON.") from None
    wanted = {name: sent.get(name) for name in REQUIRED}
    wanted |= {f"{name}.name": tree_of(sent.get(name)).get("name") for name in ("billTo", "shipTo")}
    if missing := [name for name, told in wanted.items() if not told]:
        raise RefusedError(f"{missing[0]} must not be empty.")
    if tree_of(sent.get("advancedOptions")).get("storeId") != STORE:
        raise RefusedError("storeId is none of yours.")
    if sent["orderStatus"] not in OPEN | {CANCELLED}:
        raise RefusedError("orderStatus is no status of an order that is made.")
    for item in map(tree_of, list_of(sent.get("items"))):
        quantity = item.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise RefusedError("quantity must be at least 1.")
    return sent


def _orders(shop: Shop, books: Books, request: Request) -> Tree:
    given = request.parameters()
    orders = [taken for taken in books.orders() if taken.entry.id.startswith(given.get("orderNumber", ""))]
    if "orderNumber" not in given:  # what changed may come to light late in lists of changes
        orders = [taken for taken in orders if not _is_late(shop, taken, taken.updated_ms(shop.now_ms))]
    spans = _spans(given, "createDate", "modifyDate")
    rows: list[Row] = [
        (taken, None)
        for taken in orders
        if _fits(spans, {"createDate": taken.entry.created_ms, "modifyDate": taken.updated_ms(shop.now_ms)})
        and given.get("orderStatus", status_of(taken, shop.now_ms)) == status_of(taken, shop.now_ms)
    ]
    rows.sort(key=lambda row: row[0].updated_ms(shop.now_ms))
    return _page(shop, given, "orders", rows, lambda row: order_of(row[0], shop.now_ms))


def _shipments(shop: Shop, books: Books, request: Request) -> Tree:
    given = request.parameters()
    spans = _spans(given, "createDate", "voidDate")
    rows: list[Row] = [
        (taken, label)
        for taken in books.orders()
        if taken.entry.id.startswith(given.get("orderNumber", ""))
        for label in labels_of(taken, shop.now_ms)
        if _fits(spans, {"createDate": label.made_ms, "voidDate": label.voided_ms}) and not _is_late(shop, taken, label.made_ms)
    ]
    has_items = given.get("includeShipmentItems") == "true"

    def shown(row: Row) -> Tree:
        taken, label = row
        return shipment_of(taken, label, has_items=has_items) if label else {}

    return _page(shop, given, "shipments", rows, shown)


def _is_late(shop: Shop, taken: Taken, changed_ms: int) -> bool:
    return bool(shop.is_late and shop.is_late(taken.entry._replace(updated_ms=changed_ms)))


def _page(shop: Shop, given: Mapping[str, str], name: str, rows: list[Row], shown: Callable[[Row], Tree]) -> Tree:
    page, size = _number(given, "page", 1), _number(given, "pageSize", USUAL_PER_PAGE)
    if size > MOST_PER_PAGE:
        raise RefusedError(f"pageSize is at most {MOST_PER_PAGE}.")
    if given.get("storeId", str(STORE)) != str(STORE):
        rows = []
    leaf = turn(rows, (page - 1) * size, size, shop.twist)
    return {name: [shown(row) for row in leaf.entries], "total": len(rows), "page": page, "pages": -(-len(rows) // size)}


def _spans(given: Mapping[str, str], *names: str) -> dict[str, tuple[int, int]]:
    """Gives between which times (both exclusive) each of the named times must lie, of those that are asked for."""
    asked = (name for name in names if {f"{name}Start", f"{name}End"} & given.keys())
    return {name: (_time(given, f"{name}Start", -FOREVER), _time(given, f"{name}End", FOREVER)) for name in asked}


def _fits(spans: Mapping[str, tuple[int, int]], times: Mapping[str, int]) -> bool:
    return all(times[name] and low < times[name] < high for name, (low, high) in spans.items())


def _time(given: Mapping[str, str], name: str, default: int) -> int:
    if not given.get(name):
        return default
    try:
        return instant_ms(given[name])
    except ValueError:
        raise RefusedError(f"{name} is not a date.") from None


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdigit() or not int(text):
        raise RefusedError(f"{name} must be at least 1.")
    return int(text)


DOORS: Final[dict[tuple[str, str], Callable[[Shop, Books, Request], object]]] = {
    ("POST", "orders/createorder"): _create,
    ("GET", "orders"): _orders,
    ("GET", "shipments"): _shipments,
    ("GET", "stores"): _stores,
}
