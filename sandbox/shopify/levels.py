"""Shopify's `inventorySetQuantities` (2026-07): all of a call or nothing, compared with what is there, once per key."""

import json
from collections import Counter
from typing import Final, NamedTuple

from sandbox.catalogue import PARTS, offers
from sandbox.exchange import Tree, list_of, tree_of
from sandbox.shelf import Level, Remembered
from sandbox.shop import Shop
from sandbox.shopify.goods import CHANNEL, LOCATIONS, WAREHOUSE
from sandbox.shopify.graphql import Field
from sandbox.shopify.ids import item_gid, ware_of
from sandbox.shopify.money import gid, moment
from sandbox.shopify.project import Cut
from sandbox.shopify.refusing import MOST, RefusedError
from sandbox.stock import Setting
from sandbox.wares import WARES

MOST_UNITS: Final = 1_000_000_000
REASONS: Final = frozenset({
    "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created", "movement_received",
    "movement_updated", "other", "promotion", "quality_control", "received", "reservation_created", "reservation_deleted",
    "reservation_updated", "restock", "safety_stock", "shrinkage",
})  # fmt: skip
WORDS: Final = {
    "CHANGE_FROM_QUANTITY_STALE": "The changeFromQuantity argument no longer matches the persisted quantity.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": "The same idempotency key cannot be used with different operation parameters.",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": "A previous request with this idempotency key failed. Retry with a new idempotency key.",
    "INVALID_INVENTORY_ITEM": "The specified inventory item could not be found.",
    "INVALID_LOCATION": "The specified location could not be found.",
    "INVALID_NAME": "The quantity name must be either 'available' or 'on_hand'.",
    "INVALID_QUANTITY_NEGATIVE": "The quantity can't be negative.",
    "INVALID_QUANTITY_TOO_HIGH": "The total quantity can't be higher than 1,000,000,000.",
    "INVALID_REASON": "The specified reason is invalid.",
    "ITEM_NOT_STOCKED_AT_LOCATION": "The specified inventory item is not stocked at the location.",
    "NON_MUTABLE_INVENTORY_ITEM": "The specified inventory item is not allowed to be adjusted via API.",
    "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR": "The combination of inventoryItemId and locationId must be unique.",
}


class Problem(NamedTuple):
    """Why a call is refused: the vendor's code, and the input it is about."""

    code: str
    field: tuple[str, ...] | None = None

    def tree(self) -> Tree:
        """Gives the user error."""
        where = ["input", *self.field] if self.field else None
        return {"__typename": "InventorySetQuantitiesUserError", "code": self.code, "field": where, "message": WORDS[self.code]}


def set_quantities(shop: Shop, cut: Cut, field: Field, given: Tree) -> Tree:
    """Answers the mutation; user errors come with HTTP 200 and nothing is set then. A key is used up by failing, too."""
    key, sent = _key(cut, field), tree_of(given.get("input"))
    rows = [tree_of(row) for row in list_of(sent.get("quantities"))]
    _check_shape(rows, field)
    asked = json.dumps(sent, sort_keys=True)
    before = shop.shelf.remembered(CHANNEL, key)
    payload = _payload(before, asked) if before else _set(shop, sent, rows, Remembered(CHANNEL, key, asked, ""))
    return cut.of(payload, field.selections, (field.alias,))


def _key(cut: Cut, field: Field) -> str:
    """Gives the key of `@idempotent`, which is required as of 2026-04."""
    keys = [str(cut.resolved(one.arguments.get("key")) or "") for one in field.directives if one.name == "idempotent"]
    if not keys or not keys[0].strip():
        words = "The @idempotent directive is required for this mutation but was not provided."
        raise RefusedError(words, {"code": "BAD_REQUEST"}, (field.alias,))
    return keys[0]


def _check_shape(rows: list[Tree], field: Field) -> None:
    if len(rows) > MOST:
        words = f"The input array size of {len(rows)} is greater than the maximum allowed of {MOST}."
        raise RefusedError(words, {"code": "MAX_INPUT_SIZE_EXCEEDED"}, (field.alias, "input", "quantities"))
    if any("changeFromQuantity" not in row for row in rows):
        words = "The changeFromQuantity argument must be given, as a quantity or as null."
        raise RefusedError(words, {"code": "INVALID_FIELD_ARGUMENTS"}, (field.alias,))


def _payload(before: Remembered, asked: str) -> Tree:
    if before.asked != asked:
        return _refused([Problem("IDEMPOTENCY_KEY_PARAMETER_MISMATCH")])
    return tree_of(json.loads(before.answered)) if before.answered else _refused([Problem("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")])


def _refused(problems: list[Problem]) -> Tree:
    return {"inventoryAdjustmentGroup": None, "userErrors": [problem.tree() for problem in problems]}


def _set(shop: Shop, sent: Tree, rows: list[Tree], attempt: Remembered) -> Tree:
    problems = [*_problems_of_all(sent, rows), *_problems(shop, rows, str(sent.get("name")))]
    if problems:
        shop.shelf.keep({}, rows=[attempt])
        return _refused(problems)
    levels = [_level(shop, ware_of(str(row["inventoryItemId"]))[1]) for row in rows]
    apart = [level.committed if sent["name"] == "on_hand" else 0 for level in levels]
    shown = [int(str(row["quantity"])) - units for row, units in zip(rows, apart, strict=True)]
    payload: Tree = {"inventoryAdjustmentGroup": _group(shop, sent, levels, shown, attempt.name), "userErrors": []}
    settings = [Setting(level.ware, units, shop.now_ms) for level, units in zip(levels, shown, strict=True)]
    shop.ledger.set(CHANNEL, settings, shop.now_ms, lambda: attempt._replace(answered=json.dumps(payload)))
    return payload


def _level(shop: Shop, ware: int) -> Level:
    return shop.ledger.level(CHANNEL, ware) or Level(CHANNEL, ware)


def _problems_of_all(sent: Tree, rows: list[Tree]) -> list[Problem]:
    pairs = Counter((row.get("inventoryItemId"), row.get("locationId")) for row in rows)
    twice = [place for place, row in enumerate(rows) if pairs[row.get("inventoryItemId"), row.get("locationId")] > 1]
    found = [
        *([Problem("INVALID_NAME", ("name",))] if sent.get("name") not in {"available", "on_hand"} else []),
        *([Problem("INVALID_REASON", ("reason",))] if sent.get("reason") not in REASONS else []),
    ]
    return found + [Problem("NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", ("quantities", str(place))) for place in twice]


def _problems(shop: Shop, rows: list[Tree], name: str) -> list[Problem]:
    codes = [(place, _code(shop, row, name, place, len(rows))) for place, row in enumerate(rows)]
    return [Problem(code, ("quantities", str(place), FIELDS.get(code, "inventoryItemId"))) for place, code in codes if code]


FIELDS: Final = {
    "CHANGE_FROM_QUANTITY_STALE": "changeFromQuantity",
    "INVALID_LOCATION": "locationId",
    "INVALID_QUANTITY_NEGATIVE": "quantity",
    "INVALID_QUANTITY_TOO_HIGH": "quantity",
}


def _code(shop: Shop, row: Tree, name: str, place: int, count: int) -> str:
    """Gives the vendor's code for what is wrong with one quantity, empty where nothing is."""
    kind, ware = ware_of(str(row.get("inventoryItemId")))
    known = kind == "InventoryItem" and ware in offers(CHANNEL)
    level, quantity, expected = _level(shop, ware), int(str(row.get("quantity"))), row["changeFromQuantity"]
    now = level.shown + (level.committed if name == "on_hand" else 0)
    claims = (
        ("INVALID_INVENTORY_ITEM", not known),
        ("INVALID_LOCATION", row.get("locationId") not in {here["id"] for here in LOCATIONS}),
        ("ITEM_NOT_STOCKED_AT_LOCATION", row.get("locationId") != WAREHOUSE["id"] or shop.refuses(CHANNEL, ware, place, count)),
        ("NON_MUTABLE_INVENTORY_ITEM", ware in PARTS),
        ("INVALID_QUANTITY_NEGATIVE", quantity < 0),
        ("INVALID_QUANTITY_TOO_HIGH", quantity > MOST_UNITS),
        ("CHANGE_FROM_QUANTITY_STALE", expected is not None and expected != now),
    )
    return next((code for code, holds in claims if holds), "")


def _group(shop: Shop, sent: Tree, levels: list[Level], shown: list[int], key: str) -> Tree | None:
    """Gives what changed; null where nothing did."""
    changed = [(level, units) for level, units in zip(levels, shown, strict=True) if units != level.shown]
    rows = [_change(level.ware, name, units - level.shown, units + apart) for level, units in changed
            for name, apart in (("available", 0), ("on_hand", level.committed))]  # fmt: skip
    number = sum(key.encode()) + shop.now_ms
    return {
        "__typename": "InventoryAdjustmentGroup",
        "id": gid("InventoryAdjustmentGroup", number),
        "createdAt": moment(shop.now_ms),
        "reason": sent["reason"],
        "referenceDocumentUri": sent.get("referenceDocumentUri"),
        "staffMember": None,
        "app": None,
        "changes": rows,
    } if rows else None  # fmt: skip


def _change(ware: int, name: str, delta: int, after: int) -> Tree:
    item = {"__typename": "InventoryItem", "id": item_gid(ware), "sku": WARES[ware].sku or None}
    return {"__typename": "InventoryChange", "name": name, "delta": delta, "quantityAfterChange": after, "ledgerDocumentUri": None,
            "item": item, "location": WAREHOUSE}  # fmt: skip
