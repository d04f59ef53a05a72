"""ShipBob's 2026-01 counter: orders made, listed and called back, the channel, and lists of returns and deliveries, which are empty."""

import json
from datetime import UTC, datetime
from typing import Final

from sandbox.books import REFUSED, Books, Taken
from sandbox.exchange import JSON_HEADERS, Answer, Request, Tree, answer_json, dumps, list_of, tree_of
from sandbox.shelf import FOREVER
from sandbox.shipbob.render import CHANNEL, THE_CHANNEL, TRADE, order_of
from sandbox.shop import Shop, turn
from sandbox.wares import WARES

ROOT: Final = "/shipbob/2026-01/"
TOKEN: Final = "street-shipbob-token"  # noqa: S105  the make-believe warehouse's password, printed on its door
MOST_PER_PAGE, USUAL_PER_PAGE = 250, 50
SKUS: Final = frozenset(ware.sku for ware in WARES if ware.sku)
REQUIRED: Final = ("reference_id", "shipping_method", "type", "products", "recipient")
REQUIRED_OF_ADDRESS: Final = ("address1", "city", "country")


class RefusedError(Exception):
    """A request ShipBob refuses: 400 names fields, 422 has a list of errors."""

    def __init__(self, status: int, words: str, field: str = "errors") -> None:
        super().__init__(words)
        self.answer = answer_json({field: [words]}, status)


def answer(shop: Shop, request: Request) -> Answer:
    """Gives ShipBob's answer to one request under /shipbob/2026-01."""
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return Answer(401, {}, b"")
    books, steps = Books(shop.shelf, TRADE), request.path.removeprefix(ROOT).strip("/").split("/")
    try:
        match request.method, steps:
            case "POST", ["order"]:
                return _make(shop, books, request)
            case "POST", ["order", wanted] if wanted.endswith(":cancel"):
                return _call_back(shop, books, wanted.removesuffix(":cancel"))
            case "GET", ["order"]:
                return _list(shop, books, request.parameters())
            case _:
                standing = STANDING.get("/".join(steps)) if request.method == "GET" else None
                return standing or Answer(404, {}, b"")
    except RefusedError as refused:
        return refused.answer


def _make(shop: Shop, books: Books, request: Request) -> Answer:
    if request.headers.get("shipbob_channel_id") != str(CHANNEL):
        raise RefusedError(400, "The channel is missing or is none of yours.", "shipbob_channel_id")
    sent = _sent(request)
    if books.find(str(sent["reference_id"])):
        raise RefusedError(422, "An order with this reference already exists for the channel.")
    skus = {str(tree_of(product).get("reference_id")) for product in list_of(sent["products"])}
    if unknown := sorted(skus - SKUS):
        raise RefusedError(422, f"There is no product {unknown[0]}, and no name to make one by.")
    if refused := sorted(skus & books.listed(REFUSED)):
        raise RefusedError(422, f"The product {refused[0]} cannot be ordered.")
    return answer_json(order_of(books.take(sent, shop.now_ms), shop.now_ms), 201)


def _sent(request: Request) -> Tree:
    """Gives the order that was sent, with all that ShipBob wants of one."""
    try:
        sent = tree_of(json.loads(request.body or b"{}"))
    except ValueError:
        raise RefusedError(400, "The body is no JSON.", "$") from None
    recipient = tree_of(sent.get("recipient"))
    wanted = {name: sent.get(name) for name in REQUIRED} | {"recipient.name": recipient.get("name")}
    wanted |= {f"recipient.address.{name}": tree_of(recipient.get("address")).get(name) for name in REQUIRED_OF_ADDRESS}
    for name, told in wanted.items():
        if not told:
            raise RefusedError(400, "The field is required.", name)
    for place, product in enumerate(map(tree_of, list_of(sent["products"]))):
        quantity = product.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise RefusedError(400, "The quantity must be at least 1.", f"products[{place}].quantity")
    return sent


def _call_back(shop: Shop, books: Books, wanted: str) -> Answer:
    order = next((order for order in books.orders() if str(order.id) == wanted), None)
    if order is None:
        return Answer(404, {}, b"")
    if order.cancelled_ms or not books.call_back(order, shop.now_ms, until_ms=order.fate.picked_ms):
        raise RefusedError(422, "The order is not in a cancellable state.", "order")
    cancelled = books.find(order.entry.id) or order
    results = [{"action": "Cancel", "is_success": True, "reason": None, "shipment_id": order.id * 10}]
    shown = order_of(cancelled, shop.now_ms)
    return answer_json({"order_id": order.id, "status": "Success", "canceled_shipment_results": results, "order": shown})


def _list(shop: Shop, books: Books, given: dict[str, str]) -> Answer:
    page, size = _number(given, "Page", 1), _number(given, "Limit", USUAL_PER_PAGE)
    if size > MOST_PER_PAGE:
        raise RefusedError(400, f"The limit is at most {MOST_PER_PAGE}.", "Limit")
    spans = _spans(given)
    orders = books.orders() if {"ReferenceIds", "IDs"} & given.keys() else _visible(shop, books.orders())
    rows = [order for order in orders if _fits(order, given, spans, shop.now_ms)][::-1]
    leaf = turn(rows, (page - 1) * size, size, shop.twist)
    body = b"[" + b",".join(dumps(order_of(order, shop.now_ms)) for order in leaf.entries) + b"]"
    return Answer(200, {**JSON_HEADERS, **_counted(len(rows), page, size)}, body)


def _visible(shop: Shop, orders: list[Taken]) -> list[Taken]:
    """Gives the orders that lists of changes show by now: a change may come to light late."""
    late = shop.is_late
    return [each for each in orders if not late(each.entry._replace(updated_ms=each.updated_ms(shop.now_ms)))] if late else orders


def _spans(given: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Gives between which times (both exclusive) an order must have been created, changed and tracked."""
    names = ("", "LastUpdate", "LastTrackingUpdate")
    return {name: (_after(given, f"{name}StartDate", -FOREVER), _after(given, f"{name}EndDate", FOREVER)) for name in names}


def _fits(order: Taken, given: dict[str, str], spans: dict[str, tuple[int, int]], now_ms: int) -> bool:
    references, ids = given.get("ReferenceIds"), given.get("IDs")
    if references is not None and order.entry.id not in references.split(","):
        return False
    if ids is not None and str(order.id) not in ids.split(","):
        return False
    times = {"": order.entry.created_ms, "LastUpdate": order.updated_ms(now_ms), "LastTrackingUpdate": order.tracked_ms(now_ms)}
    return all(low < times[name] < high for name, (low, high) in spans.items())


def _after(given: dict[str, str], name: str, default: int) -> int:
    if not given.get(name):
        return default
    try:
        told = datetime.fromisoformat(given[name])
    except ValueError:
        raise RefusedError(400, "The value is not a date.", name) from None
    return round(told.replace(tzinfo=told.tzinfo or UTC).timestamp() * 1000)


def _number(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdigit() or not int(text):
        raise RefusedError(400, "The value must be at least 1.", name)
    return int(text)


def _counted(total: int, page: int, size: int) -> dict[str, str]:
    pages = -(-total // size)
    return {"Page-Number": str(page), "Total-Pages": str(pages), "Total-Count": str(total), "Page-Size": str(size)}


NOTHING: Final[Tree] = {"first": None, "items": [], "last": None, "next": None, "prev": None}
STANDING: Final[dict[str, Answer]] = {
    "channel": answer_json(
        {
            "items": [THE_CHANNEL | {"application_name": "SMA", "scopes": ["orders_read", "orders_write"]}],
            "next": None,
            "prev": None,
        }
    ),
    "return": answer_json(NOTHING, headers=_counted(0, 1, USUAL_PER_PAGE)),
    "receiving": answer_json([], headers=_counted(0, 1, USUAL_PER_PAGE)),
}
