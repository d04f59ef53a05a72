"""Square's catalog and inventory: items with their variations, and counts ordered by when they were made, not when they came."""

import json
from collections.abc import Callable, Sequence
from typing import Final, cast

from sandbox.catalogue import offers, product_of, products, variants_of
from sandbox.exchange import Answer, Tree, answer_json, list_of, tree_of
from sandbox.shelf import Level, Remembered
from sandbox.shop import Shop, cursor_after, start_after, turn
from sandbox.square.asking import Problem, RefusedError, milliseconds
from sandbox.square.ids import CATALOG_VERSION, item_id, variation_id
from sandbox.square.words import CURRENCY, LOCATION, moment, token
from sandbox.stock import Setting
from sandbox.story import priced
from sandbox.wares import WARES

CHANNEL: Final = "square-till"
PAGE, SEARCH_MOST, COUNTS_MOST, CHANGES_MOST = 100, 1000, 1000, 100
DAY_MS: Final = 24 * 3600 * 1000
KEY_MOST: Final = 128
KILOGRAM_ID: Final = token("unit", "kg")
PRODUCT_TYPES: Final = {"gift_card": "GIFT_CARD", "service": "DIGITAL"}


def render_item(shop: Shop, product: int) -> Tree:
    """Gives an ITEM with its variations."""
    sold, variants = WARES[product], variants_of(CHANNEL, product)
    return {
        "type": "ITEM",
        "id": item_id(product),
        **_versioned(shop, *variants),
        "item_data": {
            "name": sold.title,
            "is_taxable": sold.kind != "gift_card",
            "variations": [render_variation(shop, ware) for ware in variants],
            "product_type": PRODUCT_TYPES.get(sold.kind, "REGULAR"),
            "skip_modifier_screen": False,
        },
    }


def render_variation(shop: Shop, ware: int) -> Tree:
    """Gives an ITEM_VARIATION; stock is counted where it says so, and a sold-out one says so for the location."""
    sold, level = WARES[ware], shop.ledger.level(CHANNEL, ware)
    sold_out: Tree = {"location_overrides": [{"location_id": LOCATION, "track_inventory": True, "sold_out": True}]}
    return {
        "type": "ITEM_VARIATION",
        "id": variation_id(ware),
        **_versioned(shop, ware),
        "item_variation_data": {
            "item_id": item_id(ware),
            "name": sold.variant or "Regular",
            **({"sku": sold.sku} if sold.sku else {}),
            "ordinal": variants_of(CHANNEL, product_of(ware)).index(ware),
            "pricing_type": "FIXED_PRICING",
            "price_money": {"amount": priced(sold.price, CURRENCY), "currency": CURRENCY},
            **(sold_out if level and level.shown <= 0 else {}),
            "track_inventory": level is not None,
            "sellable": True,
            "stockable": True,
            **({"measurement_unit_id": KILOGRAM_ID} if sold.unit else {}),
        },
    }


def _versioned(shop: Shop, *wares: int) -> Tree:
    levels = (shop.ledger.level(CHANNEL, ware) for ware in wares)
    changed = max((level.since_ms for level in levels if level), default=CATALOG_VERSION)
    return {"updated_at": moment(changed), "version": changed, "is_deleted": False, "present_at_all_locations": True}


def list_catalog(shop: Shop, given: dict[str, str]) -> Answer:
    """Answers `GET catalog/list`: a hundred objects a page, variations inside their items unless asked for by type."""
    kinds = given.get("types", "ITEM").upper().split(",")
    return answer_json(_page(_catalog(shop, kinds), given.get("cursor"), PAGE, shop.twist, "objects"))


def search_catalog(shop: Shop, sent: Tree) -> Answer:
    """Answers `catalog/search` as far as it lists whole types; `begin_time` is exclusive."""
    kinds = [str(kind) for kind in list_of(sent.get("object_types"))] or ["ITEM"]
    begin_ms, limit = milliseconds(sent.get("begin_time"), -1), sent.get("limit")
    rows = [tree for tree in _catalog(shop, kinds) if cast("int", tree["version"]) > begin_ms]
    size = limit if isinstance(limit, int) and 0 < limit <= SEARCH_MOST else PAGE
    return answer_json({**_page(rows, sent.get("cursor"), size, shop.twist, "objects"), "latest_time": moment(shop.now_ms)})


def _catalog(shop: Shop, kinds: Sequence[str]) -> list[Tree]:
    rows = {"ITEM": lambda: [render_item(shop, product) for product in products(CHANNEL)],
            "ITEM_VARIATION": lambda: [render_variation(shop, ware) for ware in offers(CHANNEL)]}  # fmt: skip
    return [tree for kind in kinds if kind in rows for tree in rows[kind]()]


def _page(rows: Sequence[Tree], cursor: object, size: int, twist: str, name: str) -> Tree:
    keys = [(place, 0) for place in range(len(rows))]
    try:
        start = start_after(keys, cast("str | None", cursor))
    except (ValueError, TypeError):
        raise RefusedError("INVALID_CURSOR", "Invalid cursor.", "cursor") from None
    leaf = turn(rows, start, size, twist)
    following = {"cursor": cursor_after((leaf.next_start - 1, 0))} if leaf.more else {}
    return {**({name: list(leaf.entries)} if leaf.entries else {}), **following}


def retrieve_counts(shop: Shop, sent: Tree) -> Answer:
    """Answers `inventory/counts/batch-retrieve`: IN_STOCK of what is counted, oldest change first."""
    limit = sent.get("limit", PAGE)
    if not isinstance(limit, int) or not 0 < limit <= COUNTS_MOST:
        raise RefusedError("VALUE_TOO_HIGH", f"`limit` must be between 1 and {COUNTS_MOST}.", "limit")
    wanted, after_ms = {str(one) for one in list_of(sent.get("catalog_object_ids"))}, milliseconds(sent.get("updated_after"), -1)
    here = LOCATION in (list_of(sent.get("location_ids")) or [LOCATION]) and "IN_STOCK" in (list_of(sent.get("states")) or ["IN_STOCK"])
    levels = [level for level in map(lambda ware: shop.ledger.level(CHANNEL, ware), offers(CHANNEL)) if level and here]  # noqa: C417
    found = [level for level in levels if level.changed_ms > after_ms and (not wanted or variation_id(level.ware) in wanted)]
    rows = [_count(level) for level in sorted(found, key=lambda level: (level.changed_ms, level.ware))]
    return answer_json(_page(rows, sent.get("cursor"), limit, shop.twist, "counts"))


def _count(level: Level) -> Tree:
    return {"catalog_object_id": variation_id(level.ware), "catalog_object_type": "ITEM_VARIATION", "state": "IN_STOCK",
            "location_id": LOCATION, "quantity": str(level.shown), "calculated_at": moment(level.changed_ms)}  # fmt: skip


def change_inventory(shop: Shop, sent: Tree) -> Answer:
    """Answers `inventory/changes/batch-create`: physical counts, all of a call or none, once per key."""
    key, changes = str(sent.get("idempotency_key") or ""), [tree_of(change) for change in list_of(sent.get("changes"))]
    if not 0 < len(key) <= KEY_MOST:
        raise RefusedError("MISSING_REQUIRED_PARAMETER", "Field must be set", "idempotency_key")
    if len(changes) > CHANGES_MOST:
        raise RefusedError("ARRAY_LENGTH_TOO_LONG", f"At most {CHANGES_MOST} changes are allowed.", "changes")
    asked, before = json.dumps(sent, sort_keys=True), shop.shelf.remembered(CHANNEL, key)
    if before and before.asked != asked:
        raise RefusedError(
            "IDEMPOTENCY_KEY_REUSED", "The idempotency key can only be retried with the same request data.", "idempotency_key"
        )
    return answer_json(
        tree_of(json.loads(before.answered)) if before else _change(shop, sent, changes, Remembered(CHANNEL, key, asked, ""))
    )


def _change(shop: Shop, sent: Tree, changes: list[Tree], attempt: Remembered) -> Tree:
    problems = [problem for place, change in enumerate(changes) if (problem := _problem(shop, change, place, len(changes)))]
    if problems:
        raise RefusedError(*problems[0], status=404 if problems[0].code == "NOT_FOUND" else 400, more=problems[1:])
    counts = [tree_of(change["physical_count"]) for change in changes]
    wares = {variation_id(ware): ware for ware in offers(CHANNEL)}
    settings = [Setting(wares[str(count["catalog_object_id"])], _units(count), milliseconds(count["occurred_at"], 0)) for count in counts]
    ignores = sent.get("ignore_unchanged_counts", True)
    applied = [not ignores or _shown(shop, setting.ware) != setting.shown for setting in settings]
    changed = [_told(shop, count, attempt.name, place) for place, count in enumerate(counts) if applied[place]]

    def answered() -> Remembered:
        levels = (shop.ledger.level(CHANNEL, ware) for ware in dict.fromkeys(setting.ware for setting in settings))
        payload = {"counts": [_count(level) for level in levels if level], **({"changes": changed} if changed else {})}
        return attempt._replace(answered=json.dumps(payload))

    kept = [setting for setting, fits in zip(settings, applied, strict=True) if fits]
    return tree_of(json.loads(shop.ledger.set(CHANNEL, kept, shop.now_ms, answered)))


def _shown(shop: Shop, ware: int) -> int | None:
    level = shop.ledger.level(CHANNEL, ware)
    return level.shown if level else None


def _told(shop: Shop, count: Tree, key: str, place: int) -> Tree:
    own = {"id": token("count", key, place), "created_at": moment(shop.now_ms)}
    kept = ("reference_id", "catalog_object_id", "state", "location_id", "quantity", "occurred_at")
    counted = {name: count[name] for name in kept if name in count}
    return {"type": "PHYSICAL_COUNT", "physical_count": {**own, "catalog_object_type": "ITEM_VARIATION", **counted}}


def _units(count: Tree) -> int:
    whole, _, part = str(count.get("quantity")).partition(".")
    return int(whole) if whole.isdigit() and not part.strip("0") else -1


def _problem(shop: Shop, change: Tree, place: int, number: int) -> Problem | None:
    """Gives what is wrong with one change, None where nothing is."""
    count, at = tree_of(change.get("physical_count")), f"changes[{place}].physical_count"
    wanted = count.get("catalog_object_id")
    ware = next((ware for ware in offers(CHANNEL) if variation_id(ware) == wanted), -1)
    refused = shop.refuses(CHANNEL, ware, place, number)
    age_ms = shop.now_ms - milliseconds(count.get("occurred_at"), 0)
    claims = (
        (Problem("BAD_REQUEST", "The street only takes physical counts.", at), change.get("type") != "PHYSICAL_COUNT"),
        (Problem("NOT_FOUND", f"Catalog object with ID `{wanted}` not found.", f"{at}.catalog_object_id"), ware < 0),
        (Problem("INVALID_VALUE", "This variation cannot be counted.", f"{at}.catalog_object_id"), refused),
        (Problem("NOT_FOUND", "Location not found.", f"{at}.location_id"), count.get("location_id") != LOCATION),
        (Problem("INVALID_ENUM_VALUE", "A count must be of IN_STOCK.", f"{at}.state"), count.get("state") != "IN_STOCK"),
        (Problem("INVALID_VALUE", "Invalid quantity.", f"{at}.quantity"), _units(count) < 0),
        (Problem("INVALID_TIME", "occurred_at must lie within the last 24 hours.", f"{at}.occurred_at"), not 0 <= age_ms <= DAY_MS),
    )
    return next((problem for problem, holds in claims if holds), None)


POSTS: Final[dict[str, Callable[[Shop, Tree], Answer]]] = {
    "catalog/search": search_catalog,
    "inventory/counts/batch-retrieve": retrieve_counts,
    "inventory/changes/batch-create": change_inventory,
}
