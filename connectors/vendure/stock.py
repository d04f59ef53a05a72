"""Vendure's levels: over all locations of a channel, what is on hand less what open orders hold less a threshold may be sold.

`level_means` is on_hand: Vendure sets what is on hand and takes its own placed orders off it itself (`stockAllocated`, from the payment's
authorization until the goods are packed). The quantity asked for is what may still be sold, so the sink adds what the channel holds
and the threshold below which it sells nothing (`outOfStockThreshold`, the variant's or the shop's; negative where it sells on order).

The shop knows no compare-and-set. What is shown is read immediately before it is set, and what was expected is compared then; the
answer to the setting shows the levels once more. A sale in between stays taken off; if what the orders hold has moved at all, or if
another hand has set another level, the answer is `stale`, as packed goods would otherwise count as being there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded
from connectors._kit.batches import Answers, Batch, batches_of, publish_batches
from connectors._kit.writes import Write
from connectors.capabilities import Rate, SinkFacts, StockAnswer, StockSeen, StockTarget
from connectors.vendure.listings import GlobalFlag, Query
from connectors.vendure.paging import Problem, refuse_errors
from connectors.vendure.queries import LEVELS, PUBLISH
from connectors.vendure.session import Session
from model.errors import ConfigError, RejectedError, TransientError
from model.records.listing import Listing

SINK: Final = SinkFacts(
    level_means="on_hand",
    batch=50,
    rate=Rate(Fraction(10), 5),  # no limit but the machine, which took 16 ms for each variant on two cores
    compares=True,
)
LISTINGS_PER_READING: Final = 100

REFUSES_A_TARGET: Final = frozenset({"ENTITY_NOT_FOUND", "USER_INPUT_ERROR", "BAD_USER_INPUT"})

_WHERE = "updateProductVariants"


class Level(msgspec.Struct):
    """What lies at one location."""

    stockLocationId: str  # noqa: N815  the vendor's name
    stockOnHand: int  # noqa: N815  the vendor's name
    stockAllocated: int  # noqa: N815  the vendor's name


class Variant(msgspec.Struct):
    """A variant's levels at the locations of the channel."""

    id: str
    trackInventory: GlobalFlag  # noqa: N815  the vendor's name
    outOfStockThreshold: int  # noqa: N815  the vendor's name
    useGlobalOutOfStockThreshold: bool  # noqa: N815  the vendor's name
    stockLevels: tuple[Level, ...]  # noqa: N815  the vendor's name

    @property
    def on_hand(self) -> int:
        """Units at all locations."""
        return sum(level.stockOnHand for level in self.stockLevels)

    @property
    def held(self) -> int:
        """Units that placed orders hold, at all locations."""
        return sum(level.stockAllocated for level in self.stockLevels)

    def at(self, location: str) -> int:
        """Units on hand at one location; a level that was never set is none."""
        return sum(level.stockOnHand for level in self.stockLevels if level.stockLocationId == location)

    def held_at(self, location: str) -> int:
        """Units that placed orders hold at one location."""
        return sum(level.stockAllocated for level in self.stockLevels if level.stockLocationId == location)

    def left_elsewhere(self, location: str) -> int:
        """Units at other locations that their orders do not hold."""
        return sum(level.stockOnHand - level.stockAllocated for level in self.stockLevels if level.stockLocationId != location)


class ShopSettings(msgspec.Struct):
    """What holds for variants that leave it to the shop."""

    trackInventory: bool  # noqa: N815  the vendor's name
    outOfStockThreshold: int  # noqa: N815  the vendor's name


class _Location(msgspec.Struct):
    id: str
    name: str = ""


class _Locations(msgspec.Struct):
    items: tuple[_Location, ...]


class _Variants(msgspec.Struct):
    items: tuple[Variant, ...]
    totalItems: int  # noqa: N815  the vendor's name


class _Levels(msgspec.Struct):
    globalSettings: ShopSettings  # noqa: N815  the vendor's name
    stockLocations: _Locations  # noqa: N815  the vendor's name
    productVariants: _Variants  # noqa: N815  the vendor's name


class _LevelsAnswer(msgspec.Struct):
    data: _Levels | None = None
    errors: tuple[Problem, ...] = ()


class _Updated(msgspec.Struct):
    updateProductVariants: tuple[Variant | None, ...]  # noqa: N815  the vendor's name


class _UpdatedAnswer(msgspec.Struct):
    data: _Updated | None = None
    errors: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The levels of some variants at one moment."""

    shop: ShopSettings
    locations: Mapping[str, str]
    """Names by id."""
    variants: Mapping[str, Variant]

    def threshold(self, variant: Variant) -> int:
        """Units that are never sold."""
        return self.shop.outOfStockThreshold if variant.useGlobalOutOfStockThreshold else variant.outOfStockThreshold

    def sellable(self, variant: Variant) -> int | None:
        """Units a buyer may buy, by the shop's own reckoning; None where it does not count the variant."""
        inherited = variant.trackInventory == "INHERIT" and self.shop.trackInventory
        if variant.trackInventory != "TRUE" and not inherited:
            return None
        return variant.on_hand - variant.held - self.threshold(variant)


def location_of(locations: Mapping[str, str], wish: str | None) -> str:
    """The location whose levels are set: the one of the settings, or the channel's only one."""
    if wish in locations or (wish is None and len(locations) == 1):
        return wish or next(iter(locations))
    named = ", ".join(f"{place} ({name})" for place, name in locations.items()) or "none"
    raise ConfigError(f"settings.stock_location: name one of the channel's stock locations: {named}")


def publish(query: Query, http: Http, wish: str | None, targets: Batch, session: Session | None) -> Iterator[Answers]:
    """Set levels, one batch after the other, as each is to be sent as soon as it was read."""
    for batch in batches_of(targets, SINK.batch):
        reading = read_levels(query, [target.stock_external_id for target in batch], session)
        location = location_of(reading.locations, wish)
        objections = {target.external_id: answer for target in batch if (answer := _objection(target, reading, location))}
        if objections:
            yield tuple(objections.values())
        rest = [target for target in batch if target.external_id not in objections]
        prepare, judge = partial(_change, reading=reading, location=location), partial(_judge, reading=reading, location=location)
        yield from publish_batches(batches_of(rest, SINK.batch), prepare, judge, partial(http.send_each, rate=SINK.rate))


def fetch(query: Query, listings: Sequence[Listing], session: Session | None) -> Iterator[tuple[StockSeen, ...]]:
    """What the shop shows, by its own reckoning."""
    for start in range(0, len(listings), LISTINGS_PER_READING):
        batch = listings[start : start + LISTINGS_PER_READING]
        reading = read_levels(query, [listing.stock_external_id for listing in batch], session)
        found = ((listing, reading.variants.get(listing.stock_external_id)) for listing in batch)
        yield tuple(StockSeen(listing.external_id, reading.sellable(variant), variant.held) for listing, variant in found if variant)


def read_levels(query: Query, ids: Sequence[str], session: Session | None) -> Reading:
    """The levels of these variants as they are now; deleted ones are left out."""

    def read(answer: Answer) -> Reading:
        told = decoded(answer.body, _LevelsAnswer, "productVariants")
        refuse_errors(told.errors, session, "productVariants")
        if told.data is None:
            raise TransientError("productVariants: an answer without data")
        variants = told.data.productVariants
        if len(variants.items) < variants.totalItems:
            raise TransientError("productVariants: fewer than the shop says it has found")
        locations = {place.id: place.name for place in told.data.stockLocations.items}
        return Reading(told.data.globalSettings, locations, {variant.id: variant for variant in variants.items})

    options: dict[str, object] = {"take": len(ids), "filter": {"id": {"in": list(ids)}}}
    return query(LEVELS, {"options": options}, read)


def level_for(target: StockTarget, variant: Variant, reading: Reading, location: str) -> int:
    """Units on hand at the location with which the shop reckons that just the target's quantity may be sold."""
    return target.quantity + reading.threshold(variant) + variant.held_at(location) - variant.left_elsewhere(location)


def publish_body(targets: Batch, reading: Reading, location: str) -> dict[str, object]:
    """`updateProductVariants` with one level for each target."""
    levels = {
        target.stock_external_id: level_for(target, reading.variants[target.stock_external_id], reading, location) for target in targets
    }
    changes = [{"id": name, "stockLevels": [{"stockLocationId": location, "stockOnHand": level}]} for name, level in levels.items()]
    return {"query": PUBLISH, "variables": {"input": changes}}


def _objection(target: StockTarget, reading: Reading, location: str) -> StockAnswer | None:
    """Why a target is not sent at all."""
    variant = reading.variants.get(target.stock_external_id)
    if variant is None:
        return StockAnswer(target.external_id, "refused", "the shop has no such variant")
    shown = reading.sellable(variant)
    if shown is None:
        return StockAnswer(target.external_id, "refused", "the shop does not count this variant; turn on its trackInventory")
    if target.expected not in {None, shown}:
        return StockAnswer(target.external_id, "stale", f"shows {shown}")
    elsewhere = variant.left_elsewhere(location)
    if elsewhere > max(0, target.quantity + reading.threshold(variant)):
        return StockAnswer(
            target.external_id, "refused", f"other locations of the channel alone have {elsewhere}; take them off the channel"
        )
    return None


def _change(targets: Batch, reading: Reading, location: str) -> Write:
    return Write(method="POST", path="admin-api", body=publish_body(targets, reading, location))


def _judge(targets: Batch, answer: Answer, reading: Reading, location: str) -> Answers:
    """The levels as they are after the setting, against those before it."""
    told = decoded(answer.body, _UpdatedAnswer, _WHERE)
    if told.errors and told.errors[0].extensions.code in REFUSES_A_TARGET:
        raise RejectedError(f"{_WHERE}: {told.errors[0].extensions.code}")
    refuse_errors(told.errors, None, _WHERE)
    if told.data is None:
        raise TransientError(f"{_WHERE}: an answer without data")
    after = {variant.id: variant for variant in told.data.updateProductVariants if variant}
    return tuple(_judged(target, after.get(target.stock_external_id), reading, location) for target in targets)


def _judged(target: StockTarget, after: Variant | None, reading: Reading, location: str) -> StockAnswer:
    before = reading.variants[target.stock_external_id]
    if after is None:
        return StockAnswer(target.external_id, "refused", "the shop has no such variant")
    if after.at(location) != level_for(target, before, reading, location):
        return StockAnswer(target.external_id, "stale", "another level was set meanwhile")
    if (after.held, reading.sellable(after)) != (before.held, target.quantity):
        return StockAnswer(target.external_id, "stale", f"orders moved meanwhile; shows {reading.sellable(after)}")
    return StockAnswer(target.external_id, "told")
