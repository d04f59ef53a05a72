"""EasyPost's v2 counter: shipments made, listed and bought, and trackers."""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sandbox.easypost.books import Books, Shipment
from sandbox.easypost.render import shipment_of, tracker_of
from sandbox.exchange import Answer, Request, Tree, answer_json, list_of, tree_of
from sandbox.shelf import FOREVER
from sandbox.shop import Shop, turn

ROOT: Final = "/easypost/v2/"
KEY: Final = "street-easypost-key"
SIGNED: Final = "Basic " + b64encode(f"{KEY}:".encode()).decode()
MOST_PER_PAGE, USUAL_PER_PAGE = 100, 20
UNDELIVERABLE: Final = "00000"
"""The postcode to which rates are offered, and no postage is sold."""
REQUIRED: Final = ("from_address", "to_address", "parcel")


class RefusedError(Exception):
    """A request EasyPost refuses, by its own code."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.answer = answer_json({"error": {"code": code, "message": words, "errors": []}}, status)


def answer(shop: Shop, request: Request) -> Answer:
    """Gives EasyPost's answer to one request under /easypost/v2."""
    if request.headers.get("authorization") != SIGNED:
        return RefusedError(401, "APIKEY.INACTIVE", "This api key is no longer active.").answer
    try:
        return _answered(shop, Books(shop.shelf), request)
    except RefusedError as refused:
        return refused.answer


def _answered(shop: Shop, books: Books, request: Request) -> Answer:
    status = 200
    match request.method, request.path.removeprefix(ROOT).strip("/").split("/"):
        case "GET", ["users"]:
            told: Tree = {"id": "user_street", "object": "User", "name": "The street", "children": []}
        case "GET", ["shipments"]:
            told = _list(shop, books, request.parameters())
        case "POST", ["shipments"]:
            told, status = _shown(shop, books, books.make(_sent(request), shop.now_ms)), 201
        case "GET", ["shipments", wanted]:
            told = _shown(shop, books, _shipment(books, wanted))
        case "POST", ["shipments", wanted, "buy"]:
            told = _buy(shop, books, _shipment(books, wanted), request)
        case "POST", ["trackers"]:
            told, status = _follow(shop, books, request), 201
        case "POST", ["trackers", "batch"]:
            told = _followed(shop, books, request)
        case _:
            raise _missing()
    return answer_json(told, status)


def _missing() -> RefusedError:
    return RefusedError(404, "NOT_FOUND", "The requested resource could not be found.")


def _tree(request: Request) -> Tree:
    try:
        return tree_of(json.loads(request.body or b"{}"))
    except ValueError:
        raise RefusedError(400, "BAD_REQUEST", "The body is no JSON.") from None


def _sent(request: Request) -> Tree:
    sent = tree_of(_tree(request).get("shipment"))
    for name in REQUIRED:
        if not tree_of(sent.get(name)):
            raise RefusedError(422, "SHIPMENT.INVALID_PARAMS", f"{name} is missing.")
    return sent


def _shipment(books: Books, wanted: str) -> Shipment:
    found = books.shipment(wanted)
    if found is None:
        raise _missing()
    return found


def _shown(shop: Shop, books: Books, shipment: Shipment) -> Tree:
    tracker = books.tracker(shipment.tracking_number) if shipment.bought >= 0 else None
    return shipment_of(shipment, books.seed, tracker, shop.now_ms)


def _buy(shop: Shop, books: Books, shipment: Shipment, request: Request) -> Tree:
    if shipment.bought >= 0:
        raise RefusedError(422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.")
    wanted = tree_of(_tree(request).get("rate")).get("id")
    rates = [tree_of(rate).get("id") for rate in list_of(_shown(shop, books, shipment)["rates"])]
    if wanted not in rates:
        raise RefusedError(422, "SHIPMENT.MISSING_RATE", "The rate is none of this shipment's.")
    if tree_of(shipment.sent.get("to_address")).get("zip") == UNDELIVERABLE:
        raise RefusedError(422, "SHIPMENT.POSTAGE.FAILURE", "The carrier does not take this parcel.")
    return _shown(shop, books, books.buy(shipment, rates.index(wanted), shop.now_ms))


def _list(shop: Shop, books: Books, given: dict[str, str]) -> Tree:
    """Newest first; `purchased` leaves only those with postage, or with `false` only those without."""
    size = int(given.get("page_size", USUAL_PER_PAGE))
    if not 0 < size <= MOST_PER_PAGE:
        raise RefusedError(422, "PARAMETER.INVALID", "page_size is at most 100.")
    fits = _filter(given)
    late = shop.is_late
    rows = [each for each in books.shipments() if fits(each) and not (late and late(each.entry))][::-1]
    before = books.shipment(given.get("before_id", ""))
    start = next((place for place, each in enumerate(rows) if before and each.entry.sequence < before.entry.sequence), len(rows))
    leaf = turn(rows, start if before else 0, size, shop.twist)
    return {"shipments": [_shown(shop, books, each) for each in leaf.entries], "has_more": leaf.more}


def _filter(given: dict[str, str]) -> Callable[[Shipment], bool]:
    low, high = _moment(given.get("start_datetime"), -FOREVER), _moment(given.get("end_datetime"), FOREVER)
    wants_bought = given.get("purchased", "true") == "true"
    return lambda each: low <= each.entry.created_ms < high and (each.bought >= 0) == wants_bought


def _moment(text: str | None, default: int) -> int:
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000) if text else default
    except ValueError:
        raise RefusedError(422, "DATE.PARSE.FAILURE", "The value is not a date.") from None


def _follow(shop: Shop, books: Books, request: Request) -> Tree:
    sent = tree_of(_tree(request).get("tracker"))
    number = str(sent.get("tracking_code") or "")
    if not (number.isascii() and number.isalnum()):
        raise RefusedError(422, "TRACKER.NO_CARRIER_FOR_CODE", "No carrier has such numbers.")
    entry = books.follow(number, str(sent.get("carrier") or "USPS"), shop.now_ms)
    return tracker_of(entry, books.seed, shop.now_ms)


def _followed(shop: Shop, books: Books, request: Request) -> Tree:
    numbers = [str(number) for number in list_of(_tree(request).get("tracking_codes"))]
    entries = [entry for number in numbers if (entry := books.tracker(number))]
    return {"trackers": [tracker_of(entry, books.seed, shop.now_ms) for entry in entries[::-1]], "has_more": False}
