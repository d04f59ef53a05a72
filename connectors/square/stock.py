"""Square's counts: what is IN_STOCK at one location is what may be sold there; set by physical count, compared before.

`level_means` is sellable: Square describes IN_STOCK as on hand and available for sale, and takes an order off it when the order is paid
(https://developer.squareup.com/docs/inventory-api/how-it-works). An order that is open and unpaid is not off it, but is off our
quantity already; when it is paid Square takes it off once more, until the next publishing. That is too little, never too much.

Changes are ordered by the time they carry, not by arrival. A count is therefore dated when the counts were read that it was
compared with: what is sold after that is taken off it, also where the count arrives later.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from functools import partial
from hashlib import sha256
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded
from connectors._kit.batches import Answers, Batch, batches_of, publish_batches
from connectors._kit.writes import Write
from connectors.capabilities import Rate, SinkFacts, StockAnswer, StockSeen, StockTarget
from connectors.square.paging import Told, milliseconds, refuse_errors, settled
from model.errors import ConfigError, ContractError, RejectedError
from model.records.listing import Listing

CHANGES_PER_REQUEST: Final = 100
IDS_PER_READING: Final = 1000
ROWS_PER_PAGE: Final = 1000
LISTINGS_PER_ANSWER: Final = 300
"""With three states each, they fit one page."""

SINK: Final = SinkFacts(
    level_means="sellable",
    batch=CHANGES_PER_REQUEST,
    rate=Rate(Fraction(10), 10),  # Square publishes no figure, only that it answers 429 RATE_LIMITED
    compares=True,
)

SELLABLE: Final = "IN_STOCK"
HELD: Final = ("RESERVED_FOR_SALE", "SOLD_ONLINE")

_COUNTS = "inventory/counts/batch-retrieve"
_CHANGES = "inventory/changes/batch-create"
_QUANTITY = re.compile(r"-?\d{1,18}(\.\d{1,5})?", re.ASCII)


class Count(msgspec.Struct):
    """InventoryCount."""

    catalog_object_id: str | None = None
    location_id: str | None = None
    state: str | None = None
    quantity: str | None = None


class _Counts(Told):
    counts: tuple[Count, ...] = ()


class Location(msgspec.Struct):
    """One of the seller's places."""

    id: str
    name: str | None = None
    status: str | None = None


class _Locations(Told):
    locations: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What Square counts at the location: whole units by (variation, state), and its own time of telling."""

    units: Mapping[tuple[str, str], int]
    at: datetime


def active_locations(http: Http) -> dict[str, str]:
    """Names of the places where the seller sells today, by id."""
    found = http.get("v2/locations", read=lambda answer: settled(_Locations, answer, "locations")).locations
    return {place.id: place.name or "" for place in found if place.status in {"ACTIVE", None}}


def known_location(http: Http, wish: str | None) -> str | None:
    """The location whose counts are set, looked up; None where there are several to choose from and the settings choose none."""
    active = active_locations(http)
    if wish is not None and wish not in active:
        raise _unclear(active)
    return wish or (next(iter(active)) if len(active) == 1 else None)


def stock_location(http: Http, wish: str | None) -> str:
    """The location whose counts are set: the one of the settings (trusted, the catalogue's reading looks it up), or the only active one."""
    if wish is not None:
        return wish
    active = active_locations(http)
    if len(active) != 1:
        raise _unclear(active)
    return next(iter(active))


def _unclear(active: Mapping[str, str]) -> ConfigError:
    named = ", ".join(f"{place} ({name})" for place, name in sorted(active.items())) or "none"
    return ConfigError(f"settings.stock_location: name one of the seller's active locations: {named}")


def publish(http: Http, location: str, targets: Batch) -> Iterator[Answers]:
    """Set counts; whatever shows something else than expected is told stale and left alone."""
    for chunk in batches_of(targets, IDS_PER_READING):
        reading = read_counts(http, location, [target.stock_external_id for target in chunk], (SELLABLE,))
        stale = tuple(answer for target in chunk if (answer := _stale(target, reading)))
        if stale:
            yield stale
        left_alone = {answer.external_id for answer in stale}
        fresh = [target for target in chunk if target.external_id not in left_alone]
        prepare = partial(_change, location=location, at=milliseconds(reading.at))
        yield from publish_batches(batches_of(fresh, CHANGES_PER_REQUEST), prepare, _judge, partial(http.send_each, rate=SINK.rate))


def _change(batch: Batch, location: str, at: str) -> Write:
    return Write(method="POST", path=f"v2/{_CHANGES}", body=change_body(batch, location, at))


def _stale(target: StockTarget, reading: Reading) -> StockAnswer | None:
    """Nothing was sold off a count that is not there; whether Square knows the variation at all, it says to the change."""
    shown = reading.units.get((target.stock_external_id, SELLABLE))
    return None if shown is None or target.expected in {None, shown} else StockAnswer(target.external_id, "stale", f"shows {shown}")


def fetch(http: Http, location: str, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
    """What is counted; a variation that was never counted at the location is left out.

    A variation that the seller marked as sold out by hand still shows its count: that mark is not among Square's counts.
    """
    for start in range(0, len(listings), LISTINGS_PER_ANSWER):
        batch = listings[start : start + LISTINGS_PER_ANSWER]
        reading = read_counts(http, location, [listing.stock_external_id for listing in batch if listing.is_tracked], (SELLABLE, *HELD))
        yield tuple(seen for listing in batch if (seen := _seen(listing, reading)))


def _seen(listing: Listing, reading: Reading) -> StockSeen | None:
    if not listing.is_tracked:
        return StockSeen(listing.external_id, None)
    key = listing.stock_external_id
    sellable = reading.units.get((key, SELLABLE))
    held = sum(reading.units.get((key, state), 0) for state in HELD)
    return None if sellable is None else StockSeen(listing.external_id, sellable, held)


def change_body(targets: Batch, location: str, at: str) -> dict[str, object]:
    """BatchChangeInventory: one physical count a target.

    Unchanged counts must not be ignored: Square means unchanged since the last physical count, whatever was sold after it. The key is
    derived from what is asked for, so that a request which is sent again is the same one.
    """
    told = [location, at, *(f"{target.external_id}={target.quantity}#{target.key}" for target in targets)]
    changes = [
        {
            "type": "PHYSICAL_COUNT",
            "physical_count": {
                "catalog_object_id": target.stock_external_id,
                "location_id": location,
                "state": SELLABLE,
                "quantity": str(target.quantity),
                "occurred_at": at,
            }
            | ({"reference_id": target.key} if target.key else {}),
        }
        for target in targets
    ]
    return {"idempotency_key": sha256("\n".join(told).encode()).hexdigest(), "changes": changes, "ignore_unchanged_counts": False}


def counts_body(location: str, ids: Sequence[str], states: Sequence[str], cursor: str | None = None) -> dict[str, object]:
    """BatchRetrieveInventoryCounts of these variations at one location."""
    body: dict[str, object] = {
        "catalog_object_ids": list(ids),
        "location_ids": [location],
        "states": list(states),
        "limit": ROWS_PER_PAGE,
    }
    return body | ({"cursor": cursor} if cursor else {})


def read_counts(http: Http, location: str, ids: Sequence[str], states: Sequence[str]) -> Reading:
    """The counts of these variations (without any named, Square would give all it has); dated by the first answer."""
    page, at = _page(http, counts_body(location, ids, states))
    units = _units(page)
    while cursor := page.cursor:
        page, _ = _page(http, counts_body(location, ids, states, cursor))
        units = _units(page) | units
        if page.cursor == cursor:
            raise ContractError(f"{_COUNTS}: the cursor leads back to itself")
    return Reading(units, at)


def _page(http: Http, body: Mapping[str, object]) -> tuple[_Counts, datetime]:
    def read(answer: Answer) -> tuple[_Counts, datetime]:
        page = settled(_Counts, answer, _COUNTS)
        if answer.date is None:
            raise ContractError(f"{_COUNTS}: the answer tells no time")
        return page, answer.date

    return http.ask(f"v2/{_COUNTS}", body, read=read)


def _judge(batch: Batch, answer: Answer) -> Answers:
    """Told, but where a later count overtook ours: Square would show less for what was sold since, but never more."""
    page = decoded(answer.body, _Counts, _CHANGES)
    refused = next((problem for problem in page.errors if problem.category == "INVALID_REQUEST_ERROR"), None)
    if refused is not None:
        raise RejectedError(f"{_CHANGES}: {refused.code}")
    refuse_errors(page, _CHANGES)
    units = _units(page)
    return tuple(_judged(target, units.get((target.stock_external_id, SELLABLE))) for target in batch)


def _judged(target: StockTarget, shown: int | None) -> StockAnswer:
    if shown is not None and shown > target.quantity:
        return StockAnswer(target.external_id, "stale", f"shows {shown}")
    return StockAnswer(target.external_id, "told")


def _units(page: _Counts) -> dict[tuple[str, str], int]:
    return {
        (count.catalog_object_id, count.state): _whole(count.quantity)
        for count in page.counts
        if count.catalog_object_id and count.state and count.quantity is not None
    }


def _whole(quantity: str) -> int:
    """Whole units in a decimal text: half a unit cannot be sold as one."""
    if not _QUANTITY.fullmatch(quantity):
        raise ContractError(f"{_COUNTS}: a quantity that is no number")
    return int(Decimal(quantity).to_integral_value(ROUND_FLOOR))
