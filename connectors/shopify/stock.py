"""Shopify's stock: the quantity named `available` of an inventory item at one location, set if it still is what we believe.

`level_means` is sellable: an order moves its units from `available` to `committed` on Shopify's side, and both make up `on_hand`. So
`available` is set and never `on_hand`, and only by compare-and-set: a sale that we have not seen yet is not given back.

One change of up to 250 quantities is done whole or not at all; what it was refused for is told by place, and the rest is set again
without it. Each change has an idempotency key derived from what it sets, so that one whose answer was lost may be sent again.
Source: shopify.dev, inventorySetQuantities and "Implementing idempotency"
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final

import msgspec

from connectors._kit import Answer, Http
from connectors._kit.batches import Answers, Batch, batches_of, publish_batches
from connectors._kit.writes import Write
from connectors.capabilities import Rate, SinkFacts, StockAnswer, StockFate, StockSeen, StockTarget
from connectors.shopify.graph import WHERE, Reply, one_answer
from connectors.shopify.queries_stock import LEVELS, LEVELS_PER_CHANGE, LEVELS_PER_READING, LOCATIONS, SET_LEVELS
from model.errors import ConfigError, ContractError, RejectedError, TransientError
from model.records.listing import Listing

SINK: Final = SinkFacts(
    level_means="sellable",
    batch=LEVELS_PER_CHANGE,
    rate=Rate(Fraction(10), 20),  # a change costs 10 points, the smallest plan gives 100 a second; THROTTLED says where it is less
    compares=True,
)

REASON: Final = "correction"
DOCUMENT: Final = "gid://entrepot/StockPublication/"
"""What the shop's inventory history names as the cause."""

STALE: Final = frozenset({"CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE"})
REFUSED: Final[Mapping[str, str]] = {
    "ITEM_NOT_STOCKED_AT_LOCATION": "; stock the item at the location in Shopify, or name another under settings.stock_location",
    "INVALID_INVENTORY_ITEM": "; the shop no longer has this listing, read its listings anew",
    "NON_MUTABLE_INVENTORY_ITEM": "; the shop puts it together from other listings, publish those",
    "INVALID_QUANTITY_NEGATIVE": "",
    "INVALID_QUANTITY_TOO_HIGH": "",
    "INVALID_QUANTITY_TOO_LOW": "",
    "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR": "; two targets name one inventory item",
}
"""Codes that concern one quantity, with their mend."""

UNDER_WAY: Final = "IDEMPOTENCY_CONCURRENT_REQUEST"
FAILED_BEFORE: Final = "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
KEYS: Final = 4
"""How many keys are tried where the vendor remembers that the same change failed before: it wants another one then."""

_NAMES: Final = uuid.UUID("6f0f7c51-6d0a-5c56-9a37-0f4f0a4a4a55")


class Problem(msgspec.Struct):
    """InventorySetQuantitiesUserError; `field` leads to the quantity: input, quantities, its place."""

    code: str | None = None
    field: tuple[str, ...] | None = None

    @property
    def place(self) -> int | None:
        """Which quantity it concerns, if it tells."""
        steps = self.field or ()
        return next((int(step) for step in steps if step.isascii() and step.isdigit()), None)


class _Set(msgspec.Struct, rename="camel"):
    user_errors: tuple[Problem, ...]


class _SetData(msgspec.Struct, rename={"payload": "inventorySetQuantities"}):
    payload: _Set | None = None


class _Location(msgspec.Struct, rename="camel"):
    id: str
    name: str
    is_active: bool


class _Locations(msgspec.Struct):
    nodes: tuple[_Location, ...]


class _LocationsData(msgspec.Struct):
    locations: _Locations | None = None


class _Quantity(msgspec.Struct):
    name: str
    quantity: int


class _Level(msgspec.Struct):
    quantities: tuple[_Quantity, ...]


class _InventoryItem(msgspec.Struct):
    id: str = ""
    tracked: bool = False
    level: _Level | None = msgspec.field(default=None, name="inventoryLevel")


class _LevelsData(msgspec.Struct):
    nodes: tuple[_InventoryItem | None, ...] | None = None


_SET = msgspec.json.Decoder(Reply[_SetData])
_PLACES = msgspec.json.Decoder(Reply[_LocationsData])
_LEVELS = msgspec.json.Decoder(Reply[_LevelsData])


@dataclass(frozen=True, slots=True)
class Shelf:
    """The levels of one location."""

    http: Http
    location: str
    """As a gid."""

    @classmethod
    def at(cls, http: Http, wish: str | None) -> "Shelf":
        """The location of the settings, else the shop's only active one; several without a setting are a ConfigError naming them."""
        if wish is not None:
            return cls(http, wish if wish.startswith("gid:") else f"gid://shopify/Location/{wish}")
        found = http.ask(WHERE, _body(LOCATIONS, {}), read=one_answer(_PLACES)).locations
        active = [place for place in (found.nodes if found else ()) if place.is_active]
        if len(active) != 1:
            named = ", ".join(f"{place.id.rpartition('/')[2]} ({place.name})" for place in active) or "none that this app may see"
            raise ConfigError(f"settings.stock_location: is needed, as the shop's active locations are: {named}")
        return cls(http, active[0].id)

    def publish(self, targets: Batch) -> Iterator[Answers]:
        """Set levels, 250 in one change."""
        batches = batches_of(targets, LEVELS_PER_CHANGE)
        return publish_batches(batches, self._prepare, self._judge, partial(self.http.send_each, rate=SINK.rate))

    def fetch(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        """What is available and what orders hold; nothing is counted of what is untracked, or not stocked at the location."""
        for start in range(0, len(listings), LEVELS_PER_READING):
            batch = listings[start : start + LEVELS_PER_READING]
            nodes = self._levels([listing.stock_external_id for listing in batch])
            yield tuple(_seen(listing, node) for listing, node in zip(batch, nodes, strict=True) if node is not None)

    def _levels(self, ids: Sequence[str]) -> tuple[_InventoryItem | None, ...]:
        def read(answer: Answer) -> tuple[_InventoryItem | None, ...]:
            nodes = one_answer(_LEVELS)(answer).nodes or ()
            if len(nodes) != len(ids):
                raise TransientError(f"{WHERE}: {len(ids)} levels asked, {len(nodes)} answered")
            return nodes

        return self.http.ask(WHERE, _body(LEVELS, {"ids": list(ids), "location": self.location}), read=read)

    def _prepare(self, batch: Batch) -> Write:
        return Write(method="POST", path=WHERE, body=self.change(batch))

    def change(self, batch: Batch, attempt: int = 0) -> dict[str, object]:
        """The document and its variables; the key is of what is set and of nothing else."""
        told = [self.location, *(f"{each.stock_external_id}={each.quantity}<{each.expected}#{each.key}" for each in batch)]
        key = str(uuid.uuid5(_NAMES, "\n".join(told) + (f"\n{attempt}" if attempt else "")))
        quantities = [
            {
                "inventoryItemId": target.stock_external_id,
                "locationId": self.location,
                "quantity": target.quantity,
                "changeFromQuantity": target.expected,
            }
            for target in batch
        ]
        details = {"name": "available", "reason": REASON, "referenceDocumentUri": f"{DOCUMENT}{key}", "quantities": quantities}
        return _body(SET_LEVELS, {"input": details, "key": key})

    def _judge(self, batch: Batch, answer: Answer) -> Answers:
        try:
            problems = _problems(answer)
        except TransientError as error:
            if error.retry_after is None:
                raise
            problems = self._set(batch)  # throttled: nothing was done, and the points come back in a moment
        return self._answers(batch, problems)

    def _answers(self, batch: Batch, problems: tuple[Problem, ...], attempt: int = 0) -> Answers:
        """What became of each target, the others set again without those that were refused."""
        codes = {problem.code for problem in problems}
        if UNDER_WAY in codes:
            raise TransientError(f"{WHERE}: the same change is under way")
        if FAILED_BEFORE in codes:
            if attempt == KEYS:
                raise TransientError(f"{WHERE}: the same change failed {KEYS} times lately")
            return self._answers(batch, self._set(batch, attempt + 1), attempt + 1)
        judged = _judged(batch, problems)
        if not judged:
            return tuple(StockAnswer(target.external_id, "told") for target in batch)
        rest = [target for target in batch if target.external_id not in judged]
        return (*judged.values(), *(self._rest(rest) if rest else ()))

    def _rest(self, batch: Batch) -> Answers:
        """The answers of what is set once more; none where the answer does not come, but those of the others stand."""
        try:
            return self._answers(batch, self._set(batch))
        except TransientError:
            return ()

    def _set(self, batch: Batch, attempt: int = 0) -> tuple[Problem, ...]:
        """Set at once, waiting as the vendor wishes; its key makes that as safe to repeat as a question."""
        return self.http.ask(WHERE, self.change(batch, attempt), read=_problems)


def _body(document: str, variables: Mapping[str, object]) -> dict[str, object]:
    return {"query": document, "variables": dict(variables)}


def _problems(answer: Answer) -> tuple[Problem, ...]:
    payload = one_answer(_SET)(answer).payload
    if payload is None:
        raise TransientError(f"{WHERE}: the answer tells nothing of the change")
    return payload.user_errors


def _judged(batch: Batch, problems: tuple[Problem, ...]) -> dict[str, StockAnswer]:
    """The targets that problems name, by id; a problem of one quantity that names no place is a RejectedError, so that it is found."""
    judged: dict[str, StockAnswer] = {}
    for problem in problems:
        fate = _fate(problem)
        place = 0 if len(batch) == 1 else problem.place
        if place is None or place >= len(batch):
            raise RejectedError(f"{WHERE}: {problem.code}")
        target = batch[place]
        mend = REFUSED.get(problem.code or "", "")
        judged[target.external_id] = StockAnswer(target.external_id, fate, _reason(target, problem, mend))
    return judged


def _fate(problem: Problem) -> StockFate:
    if problem.code in STALE:
        return "stale"
    if problem.code in REFUSED:
        return "refused"
    if problem.code == "INVALID_LOCATION":
        raise ConfigError("settings.stock_location: the shop has no such location")
    raise ContractError(f"{WHERE}: {problem.code}")


def _reason(target: StockTarget, problem: Problem, mend: str) -> str:
    told = f"no longer shows {target.expected}" if problem.code in STALE else f"{problem.code}{mend}"
    return f"stock: {told}"


def _seen(listing: Listing, node: _InventoryItem) -> StockSeen:
    quantities = {each.name: each.quantity for each in node.level.quantities} if node.level and node.tracked else {}
    return StockSeen(listing.external_id, quantities.get("available"), quantities.get("committed", 0))
