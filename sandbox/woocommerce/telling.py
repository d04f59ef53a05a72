"""WooCommerce's door for changing an order: what is written beside it, and the state that completes it."""

import json
from collections import Counter
from typing import Final

from sandbox.exchange import JSON_HEADERS, Answer, Request, Tree, list_of, tree_of
from sandbox.life import Life
from sandbox.shop import Shop
from sandbox.woocommerce.asking import RefusedError, invalid
from sandbox.woocommerce.words import order_id

CHANNEL: Final = "woo-shop"
COMPLETED: Final = "completed"
UNPAID: Final = frozenset({"pending", "on-hold"})
TRACKED: Final = "_wc_shipment_tracking_items"
"""Where extensions keep a list of parcels."""


def update(shop: Shop, request: Request, kind: str, wanted: str) -> Answer:
    """Answers a change of an order with the order as it is then. Raises RefusedError."""
    entry = shop.shelf.find(kind, wanted)
    if entry is None:
        raise RefusedError("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", 400)
    told = _told(_sent(request), entry.status)
    shop.tell(CHANNEL, entry.sequence, told)
    after = shop.shelf.find(kind, wanted) or entry
    return Answer(200, JSON_HEADERS, shop.shelf.bodies([after])[0])


def beside(life: Life) -> list[Tree]:
    """Gives what was written beside the order, as entries of `meta_data`."""
    first = 5_000_000 + order_id(life.plan.number) * 64
    return [{"id": first + at, "key": key, "value": value} for at, (key, value) in enumerate(life.beside.items())]


def true_fulfilments(life: Life) -> list[Tree]:
    """Gives what the order shows of parcels: each note beside it that names lines, and each entry of the list that no note accounts for."""
    notes = [(key, note) for key, value in life.beside.items() if (note := _note(value))]
    told = [_fulfilment(key, note) for key, note in notes]
    accounted = Counter(str(number) for _, note in notes for number in list_of(note.get("tracking_numbers")))
    for item in map(tree_of, list_of(life.beside.get(TRACKED))):
        number = str(item.get("tracking_number"))
        if not accounted[number]:
            told.append({"external_id": str(item.get("tracking_id")), "numbers": [number], "lines": {}})
        accounted[number] -= bool(accounted[number])
    shipped = [place for place, parcel in enumerate(life.shipments) if parcel.told is None]
    own = [f"STREET{order_id(life.plan.number)}{place}" for place in shipped]
    return told + [{"external_id": code, "numbers": [code], "lines": {}} for code in own]


def _sent(request: Request) -> Tree:
    try:
        return tree_of(json.loads(request.body or b"{}"))
    except ValueError:
        raise RefusedError("rest_invalid_json", "Invalid JSON body passed.", 400) from None


def _told(sent: Tree, status: str) -> list[tuple[str, Tree]]:
    """Gives the acts of a change; the street only knows how to complete an order, which pays for it too."""
    entries = [tree_of(one) for one in list_of(sent.get("meta_data"))]
    if any(not entry.get("key") for entry in entries):
        raise invalid("meta_data")
    if sent.get("status", status) not in {status, COMPLETED}:
        raise invalid("status")
    told: list[tuple[str, Tree]] = []
    if entries:
        told.append(("tell_beside", {str(entry["key"]): entry.get("value") for entry in entries}))
    if sent.get("status", status) != status:
        told += [("pay", {})] if status in UNPAID else []
        told.append(("tell_complete", {}))
    return told or [("note", {})]


def _note(value: object) -> Tree:
    try:
        note = tree_of(json.loads(value)) if isinstance(value, str) else {}
    except ValueError:
        return {}
    return note if list_of(note.get("lines")) else {}


def _fulfilment(key: str, note: Tree) -> Tree:
    lines = map(tree_of, list_of(note["lines"]))
    numbers = [str(number) for number in list_of(note.get("tracking_numbers"))]
    return {"external_id": key, "numbers": numbers, "lines": {str(line.get("line_external_id")): line.get("quantity") for line in lines}}
