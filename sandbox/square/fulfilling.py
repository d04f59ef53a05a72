"""Square's UpdateOrder, as far as it moves fulfilments: one update for a version, one answer for a key, one fulfilment from outside."""

from typing import Final

from sandbox.exchange import JSON_HEADERS, Answer, Request, Tree, list_of, tree_of
from sandbox.life import Life
from sandbox.shelf import Remembered, Shelf
from sandbox.shop import Shop
from sandbox.square.asking import RefusedError, sent_by
from sandbox.square.lines import uid
from sandbox.square.words import LOCATION, moment
from sandbox.told import Shipment

CHANNEL: Final = "square-till"
STATES: Final = ("PROPOSED", "RESERVED", "PREPARED", "COMPLETED", "CANCELED", "FAILED")
ENDED: Final = frozenset(STATES[3:])
KEY_MOST: Final = 192
MOST: Final = {"carrier": 50, "shipping_type": 50, "tracking_number": 100, "tracking_url": 2000}


def update(shop: Shop, request: Request, kind: str, wanted: str, per_order: int) -> Answer:
    """Answers an update with the order as it is then. A known key changes nothing. Raises RefusedError."""
    entry = shop.shelf.find(kind, wanted)
    if entry is None:
        raise RefusedError("NOT_FOUND", f"Order not found for id {wanted}", "order_id", 404)
    sent = sent_by(request)
    key, sparse = str(sent.get("idempotency_key") or ""), tree_of(sent.get("order"))
    if not key or shop.shelf.remembered(CHANNEL, key) is None:
        _check(tree_of(shop.shelf.trees([entry])[0]), sparse, key)
        shop.tell(CHANNEL, entry.sequence // per_order, [("tell_fulfil", {"fulfillments": sparse.get("fulfillments")})])
        _remember(shop.shelf, key, wanted)
    after = shop.shelf.find(kind, wanted) or entry
    return Answer(200, JSON_HEADERS, b'{"order":' + shop.shelf.bodies([after])[0] + b"}")


def fulfillments(life: Life) -> list[Tree]:
    """Gives the order's fulfilments; absent parts are absent fields, as Square does it."""
    done = [parcel.at_ms for parcel in life.shipments if parcel.told]
    return [_shown(fulfilment, done) for fulfilment in life.fulfilments.values()]


def true_fulfilments(life: Life) -> list[Tree]:
    """Gives what left by the till's books: its completed fulfilments, with all that left by them."""
    parcels = [parcel for parcel in life.shipments if parcel.told]
    ended = [one for one in life.fulfilments.values() if one["state"] == "COMPLETED"]
    return [_true(life, one, parcel) for one, parcel in zip(ended, parcels, strict=False)]


def _true(life: Life, fulfilment: Tree, parcel: Shipment) -> Tree:
    number = str(tree_of(fulfilment.get("shipment_details")).get("tracking_number") or "")
    lines = {uid(life, "line", place): many for place, many in enumerate(parcel.quantities) if many}
    return {"external_id": fulfilment["uid"], "numbers": number.split(", ") if number else [], "lines": lines}


def _shown(fulfilment: Tree, done: list[int]) -> Tree:
    details = tree_of(fulfilment.get("shipment_details"))
    shipped = {"shipped_at": moment(done[-1])} if fulfilment["state"] == "COMPLETED" and done else {}
    return {**fulfilment, "line_item_application": "ALL", "shipment_details": {**details, **shipped}}


def _remember(shelf: Shelf, key: str, wanted: str) -> None:
    if key:
        shelf.keep({}, rows=[Remembered(CHANNEL, key, wanted, "")])


def _check(order: Tree, sparse: Tree, key: str) -> None:
    if len(key) > KEY_MOST:
        raise RefusedError("VALUE_TOO_LONG", f"Field must not be greater than {KEY_MOST} in length", "idempotency_key")
    if sparse.get("location_id") != LOCATION:
        raise RefusedError("MISSING_REQUIRED_PARAMETER", "Missing required parameter.", "order.location_id")
    if order["state"] != "OPEN":
        raise RefusedError("BAD_REQUEST", f"Order with state {order['state']} cannot be updated.", "order.state")
    if sparse.get("version") != order["version"]:
        raise RefusedError("CONFLICT", f"Order version is {order['version']}.", "order.version", 409)
    if set(sparse) - {"location_id", "version", "fulfillments"}:
        raise RefusedError("BAD_REQUEST", "The street only updates fulfillments.", "order")
    known = {str(one["uid"]): one for one in map(tree_of, list_of(order.get("fulfillments")))}
    for fulfilment in map(tree_of, list_of(sparse.get("fulfillments"))):
        _check_fulfilment(known, fulfilment)


def _check_fulfilment(known: dict[str, Tree], sparse: Tree) -> None:
    where = "order.fulfillments"
    before = known.get(str(sparse.get("uid")))
    if not sparse.get("uid") or (before is None and sparse.get("type") != "SHIPMENT"):
        raise RefusedError("BAD_REQUEST", "The street only knows shipments, each by a uid.", where)
    if before is None and any(one["state"] not in {"CANCELED", "FAILED"} for one in known.values()):
        raise RefusedError("BAD_REQUEST", "Only one fulfillment is allowed per order.", where)
    if before is not None and before["state"] in ENDED:
        raise RefusedError("BAD_REQUEST", f"Fulfillment with state {before['state']} cannot be updated.", where)
    if sparse.get("state", "PROPOSED") not in STATES:
        raise RefusedError("INVALID_ENUM_VALUE", "Invalid fulfillment state.", f"{where}.state")
    details = tree_of(sparse.get("shipment_details"))
    for name in [name for name, most in MOST.items() if len(str(details.get(name, ""))) > most]:
        raise RefusedError("VALUE_TOO_LONG", f"Field must not be greater than {MOST[name]} in length", f"{where}.shipment_details.{name}")
