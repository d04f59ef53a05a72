"""Loyverse's levels: what lies in one store is what may be sold there, set as the full value (`stock_after`).

`level_means` is sellable: a sale is off the level when its receipt is written, and nothing is held for open orders. The shop knows no
compare-and-set: what is shown is read immediately before it is set, and what was expected is compared then. A till without a connection
sends its sales later; they come off whatever was set meanwhile.

The answer to the setting shows the levels. A target that it does not show is not answered here, so it is read back before it is sent
again. How many levels one request takes, and whether a refused one lets the others through, is not documented: both are all the same to
levels that are absolute. A refused request is cut in halves until what is refused stands alone.
Source: https://developer.loyverse.com/docs/ (v1.0), Inventory.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import partial
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded
from connectors._kit.batches import Answers, Batch, batches_of, publish_batches
from connectors._kit.cursors import PATIENCE
from connectors._kit.writes import Write
from connectors.capabilities import Rate, SinkFacts, StockAnswer, StockSeen, StockTarget
from model.errors import ConfigError, ContractError
from model.records.listing import Listing

INVENTORY: Final = "inventory"
STORES: Final = "stores"
BATCH: Final = 100
MOST: Final = 250
"""Rows of one answer."""

SINK: Final = SinkFacts(
    level_means="sellable",
    batch=BATCH,
    rate=Rate(Fraction(1, 2), 10),  # an account bears 300 requests in 300 seconds, of which reading needs the other half
    compares=True,
)


class Level(msgspec.Struct):
    """What lies of one variant in one store."""

    variant_id: str | None = None
    store_id: str | None = None
    in_stock: Decimal | None = None


class _Levels(msgspec.Struct):
    inventory_levels: tuple[Level, ...]
    cursor: str | None = None


class _Changed(msgspec.Struct):
    inventory_levels: tuple[Level, ...] = ()


class _Store(msgspec.Struct):
    id: str
    name: str | None = None
    deleted_at: str | None = None


class _Stores(msgspec.Struct):
    stores: tuple[_Store, ...]


def store_of(http: Http, wish: str | None) -> str:
    """The store whose levels are set: the one of the settings, or the account's only one."""
    if wish is not None:
        return wish
    told = http.get(STORES, read=lambda answer: decoded(answer.body, _Stores, STORES)).stores
    stores = {store.id: store.name or "" for store in told if store.deleted_at is None}
    if len(stores) != 1:
        named = ", ".join(f"{store} ({name})" for store, name in sorted(stores.items())) or "none"
        raise ConfigError(f"settings.stock_store: name one of the account's stores: {named}")
    return next(iter(stores))


def publish(http: Http, store: str, targets: Batch) -> Iterator[Answers]:
    """Set levels; what shows something else than expected is told stale and left alone."""
    for chunk in batches_of(targets, BATCH):
        levels = _levels(http, store, [target.stock_external_id for target in chunk])
        stale = tuple(answer for target in chunk if (answer := _stale(target, levels)))
        if stale:
            yield stale
        left_alone = {answer.external_id for answer in stale}
        fresh = [target for target in chunk if target.external_id not in left_alone]
        prepare, judge = partial(_write, store=store), partial(_judge, store=store)
        yield from publish_batches(batches_of(fresh, BATCH), prepare, judge, partial(http.send_each, rate=SINK.rate))


def fetch(http: Http, store: str, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
    """What the store shows; a variant that it does not know is left out."""
    for start in range(0, len(listings), BATCH):
        batch = listings[start : start + BATCH]
        levels = _levels(http, store, [listing.stock_external_id for listing in batch if listing.is_tracked])
        yield tuple(seen for listing in batch if (seen := _seen(listing, levels)))


def _stale(target: StockTarget, levels: Mapping[str, int]) -> StockAnswer | None:
    shown = levels.get(target.stock_external_id)
    return None if shown is None or target.expected in {None, shown} else StockAnswer(target.external_id, "stale", f"shows {shown}")


def _seen(listing: Listing, levels: Mapping[str, int]) -> StockSeen | None:
    if not listing.is_tracked:
        return StockSeen(listing.external_id, None)
    shown = levels.get(listing.stock_external_id)
    return None if shown is None else StockSeen(listing.external_id, shown)


def _write(batch: Batch, store: str) -> Write:
    return Write(method="POST", path=INVENTORY, body=levels_body(batch, store))


def levels_body(targets: Batch, store: str) -> dict[str, object]:
    """The request that sets these levels."""
    levels = [{"variant_id": target.stock_external_id, "store_id": store, "stock_after": target.quantity} for target in targets]
    return {"inventory_levels": levels}


def _judge(batch: Batch, answer: Answer, store: str) -> Answers:
    """What the answer shows of each target; nothing of those that it does not show."""
    levels = _by_variant(decoded(answer.body, _Changed, INVENTORY).inventory_levels, store)
    found = [(target, levels.get(target.stock_external_id)) for target in batch]
    return tuple(_judged(target, shown) for target, shown in found if shown is not None)


def _judged(target: StockTarget, shown: int) -> StockAnswer:
    """Told, but where the answer shows another level, as after a sale in the same moment."""
    if shown != target.quantity:
        return StockAnswer(target.external_id, "stale", f"shows {shown}")
    return StockAnswer(target.external_id, "told")


def _levels(http: Http, store: str, variants: Sequence[str]) -> dict[str, int]:
    """Whole units by variant. Without any named, Loyverse would give all it has."""
    found: dict[str, int] = {}
    cursor: str | None = None
    loops = 0
    while variants and loops < PATIENCE:
        query: dict[str, str | int] = {"store_ids": store, "variant_ids": ",".join(variants), "limit": MOST}
        query |= {"cursor": cursor} if cursor else {}
        page = http.get(INVENTORY, query, read=lambda answer: decoded(answer.body, _Levels, INVENTORY))
        found |= _by_variant(page.inventory_levels, store)
        if not page.cursor:
            return found
        loops += page.cursor == cursor
        cursor = page.cursor
    if variants:
        raise ContractError(f"{INVENTORY}: the cursor leads back to itself")
    return found


def _by_variant(levels: Sequence[Level], store: str) -> dict[str, int]:
    """Those of one store; half a unit cannot be sold as one."""
    return {
        level.variant_id: int(level.in_stock.to_integral_value(ROUND_FLOOR))
        for level in levels
        if level.variant_id and level.store_id == store and level.in_stock is not None
    }
