"""Medusa's levels: over all stock locations of a sales channel, what is stocked less what open orders reserve may be sold.

`level_means` is on_hand: Medusa sets what is stocked and takes its own placed orders off it itself (`reserved_quantity`, from the order
until its goods are packed). The quantity asked for is what may still be sold, so the sink adds what is reserved.

The shop knows no compare-and-set. What is shown is read immediately before it is set, and what was expected is compared then; the
answer to the setting shows the levels once more. If what the orders reserve has moved, or another level was set, the answer is `stale`.
A batch is all or none: one inventory item that the shop does not know makes it refuse the request.
Source: `POST /admin/inventory-items/location-levels/batch` of 2.21
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded
from connectors._kit.batches import Answers, Batch, batches_of, publish_batches
from connectors._kit.writes import Write
from connectors.capabilities import Rate, SinkFacts, StockAnswer, StockSeen, StockTarget
from connectors.medusa.paging import query_of
from model.errors import ConfigError, TransientError
from model.records.listing import Listing

SINK: Final = SinkFacts(
    level_means="on_hand",
    batch=50,
    rate=Rate(Fraction(10), 5),  # no limit but the machine
    compares=True,
)
LISTINGS_PER_READING: Final = 100
MOST_LOCATIONS: Final = 1000

FIELDS: Final = "id,location_levels.location_id,location_levels.stocked_quantity,location_levels.reserved_quantity"
_WHERE: Final = "location-levels"


class Level(msgspec.Struct):
    """What lies at one location."""

    location_id: str
    stocked_quantity: Decimal | None = None
    reserved_quantity: Decimal | None = None

    @property
    def stocked(self) -> Decimal:
        """What lies there; none where it was never told."""
        return self.stocked_quantity or Decimal(0)

    @property
    def reserved(self) -> Decimal:
        """What open orders hold of it."""
        return self.reserved_quantity or Decimal(0)


class Changed(Level):
    """A level after it was set."""

    inventory_item_id: str = ""


class Counted(msgspec.Struct):
    """An inventory item's levels."""

    id: str
    location_levels: tuple[Level, ...] = ()


class _Counted(msgspec.Struct):
    inventory_items: tuple[Counted, ...]
    count: int


class _Named(msgspec.Struct):
    id: str
    name: str = ""


class _Location(_Named):
    sales_channels: tuple[_Named, ...] = ()


class _Locations(msgspec.Struct):
    stock_locations: tuple[_Location, ...]


class _Set(msgspec.Struct):
    created: tuple[Changed, ...] = ()
    updated: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The levels of some inventory items at one moment, at the locations that count."""

    locations: Sequence[str]
    counted: Mapping[str, Counted]

    def sellable(self, name: str) -> int:
        """Whole units a buyer may buy."""
        return int(sum((each.stocked - each.reserved for each in self._levels(name)), Decimal(0)) // 1)

    def held(self, name: str) -> int:
        """Units that open orders hold; of a part of a unit the whole."""
        return int(-(-sum((each.reserved for each in self._levels(name)), Decimal(0)) // 1))

    def elsewhere(self, name: str, location: str) -> Decimal:
        """What may be sold from other locations."""
        return sum((each.stocked - each.reserved for each in self._levels(name) if each.location_id != location), Decimal(0))

    def reserved_at(self, name: str, location: str) -> Decimal:
        """What open orders hold at one location."""
        return sum((each.reserved for each in self._levels(name) if each.location_id == location), Decimal(0))

    def is_stocked_at(self, name: str, location: str) -> bool:
        """Whether the location has a level of it, if only of nothing."""
        return any(each.location_id == location for each in self._levels(name))

    def _levels(self, name: str) -> list[Level]:
        return [each for each in self.counted[name].location_levels if each.location_id in self.locations]


def publish(http: Http, wish: str | None, sales_channel: str | None, targets: Batch) -> Iterator[Answers]:
    """Set levels, one batch after the other, as each is to be sent as soon as it was read."""
    locations = read_locations(http, sales_channel) if targets else {}
    for batch in batches_of(targets, SINK.batch):
        location = location_of(locations, wish)
        reading = read_levels(http, [target.stock_external_id for target in batch], tuple(locations))
        objections = {target.external_id: answer for target in batch if (answer := _objection(target, reading, location))}
        if objections:
            yield tuple(objections.values())
        rest = [target for target in batch if target.external_id not in objections]
        prepare, judge = partial(_change, reading=reading, location=location), partial(_judge, reading=reading, location=location)
        yield from publish_batches(batches_of(rest, SINK.batch), prepare, judge, partial(http.send_each, rate=SINK.rate))


def fetch(http: Http, sales_channel: str | None, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
    """What the shop shows, by its own reckoning; None for a listing that it does not count."""
    locations = tuple(read_locations(http, sales_channel)) if listings else ()
    for start in range(0, len(listings), LISTINGS_PER_READING):
        batch = listings[start : start + LISTINGS_PER_READING]
        counted = [listing.stock_external_id for listing in batch if listing.is_tracked]
        reading = read_levels(http, counted, locations) if counted else Reading(locations, {})
        yield tuple(seen for listing in batch if (seen := _seen(listing, reading)))


def _seen(listing: Listing, reading: Reading) -> StockSeen | None:
    if not listing.is_tracked:
        return StockSeen(listing.external_id, None)
    name = listing.stock_external_id
    return StockSeen(listing.external_id, reading.sellable(name), reading.held(name)) if name in reading.counted else None


def read_locations(http: Http, sales_channel: str | None) -> dict[str, str]:
    """Names by id of the locations that sell through the sales channel, or through any."""

    def read(answer: Answer) -> dict[str, str]:
        found = decoded(answer.body, _Locations, "stock-locations").stock_locations
        sold = {each.id: {channel.id for channel in each.sales_channels} for each in found}
        return {each.id: each.name for each in found if (sales_channel in sold[each.id] if sales_channel else sold[each.id])}

    return http.get("admin/stock-locations", {"fields": "id,name,sales_channels.id", "limit": MOST_LOCATIONS}, read=read)


def location_of(locations: Mapping[str, str], wish: str | None) -> str:
    """The location whose levels are set: the one of the settings, or the only one."""
    if wish in locations or (wish is None and len(locations) == 1):
        return wish or next(iter(locations))
    named = ", ".join(f"{place} ({name})" for place, name in locations.items()) or "none"
    raise ConfigError(f"settings.stock_location: name one of the stock locations of the sales channel: {named}")


def read_levels(http: Http, ids: Sequence[str], locations: Sequence[str]) -> Reading:
    """The levels of these inventory items as they are now; deleted ones are left out."""

    def read(answer: Answer) -> Reading:
        told = decoded(answer.body, _Counted, "inventory-items")
        if len(told.inventory_items) < told.count:
            raise TransientError("inventory-items: fewer than the shop says it has found")
        return Reading(locations, {each.id: each for each in told.inventory_items})

    return http.get(f"admin/inventory-items?{query_of(tuple(dict.fromkeys(ids)), ('fields', FIELDS))}", read=read)


def _level_for(target: StockTarget, reading: Reading, location: str) -> int:
    """Units stocked at the location with which the shop reckons that just the target's quantity may be sold."""
    name = target.stock_external_id
    level = target.quantity + reading.reserved_at(name, location) - reading.elsewhere(name, location)
    return int(-(-level // 1))


def _objection(target: StockTarget, reading: Reading, location: str) -> StockAnswer | None:
    """Why a target is not sent at all."""
    name = target.stock_external_id
    if name not in reading.counted:
        return StockAnswer(target.external_id, "refused", "the shop has no such inventory item; read its listings anew")
    shown = reading.sellable(name)
    if target.expected not in {None, shown}:
        return StockAnswer(target.external_id, "stale", f"shows {shown}")
    elsewhere = reading.elsewhere(name, location)
    if elsewhere > target.quantity + reading.reserved_at(name, location):
        return StockAnswer(
            target.external_id, "refused", f"other locations of the sales channel alone have {int(elsewhere)}; take them off the channel"
        )
    return None


def _change(targets: Batch, reading: Reading, location: str) -> Write:
    """Levels that are there are set, others made; a stock id that two listings share is set once."""
    levels = {target.stock_external_id: _level_for(target, reading, location) for target in targets}
    body: dict[str, list[dict[str, str | int]]] = {"create": [], "update": []}
    for name, level in levels.items():
        kind = "update" if reading.is_stocked_at(name, location) else "create"
        body[kind].append({"inventory_item_id": name, "location_id": location, "stocked_quantity": level})
    told = {kind: changes for kind, changes in body.items() if changes}
    return Write(method="POST", path="admin/inventory-items/location-levels/batch", body=told)


def _judge(targets: Batch, answer: Answer, reading: Reading, location: str) -> Answers:
    """The levels as they are after the setting, against those before it; those not in the answer are read back."""
    told = decoded(answer.body, _Set, _WHERE)
    after = {each.inventory_item_id: each for each in (*told.created, *told.updated) if each.location_id == location}
    found = ((target, after.get(target.stock_external_id)) for target in targets)
    return tuple(_judged(target, level, reading, location) for target, level in found if level is not None)


def _judged(target: StockTarget, after: Changed, reading: Reading, location: str) -> StockAnswer:
    if after.stocked != _level_for(target, reading, location):
        return StockAnswer(target.external_id, "stale", "another level was set meanwhile")
    if after.reserved != reading.reserved_at(target.stock_external_id, location):
        return StockAnswer(target.external_id, "stale", "orders moved meanwhile")
    return StockAnswer(target.external_id, "told")
