"""Where a connector is put to the test: one connector class, one of its streams, and a remote with faults laid over it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import httpx
from pydantic import BaseModel, SecretStr

from connectors import registry
from connectors._kit import Connector, Wiring
from connectors._kit.http import Pause
from connectors.capabilities import (
    Lookup,
    OrderSource,
    PayloadKind,
    PaymentSource,
    RawPage,
    Record,
    RemoteIdentity,
    StreamFacts,
    Window,
    capabilities_of,
)
from model.errors import MalformedError
from tests.contract.dialects import Dialect, Json, Shape, dialect_of
from tests.contract.remote import PAGES, WINDOW, Asked, Remote, Row, at, recordings, row_of, window_rows

Kind = type[Connector[Any]]
MOST_REQUESTS = 120
"""More than any honest reading here needs; a reader who asks more often will never end."""


class Stream(NamedTuple):
    """One capability that reads: which recordings and kind belong to it, and what its methods are called."""

    capability: type
    name: str
    kind: str
    fetch: str
    facts: str


STREAMS = (
    Stream(OrderSource, "orders", "order", "fetch_orders", "order_stream"),
    Stream(PaymentSource, "payments", "payment", "fetch_payments", "payment_stream"),
)


@dataclass(slots=True)
class Tap(httpx.BaseTransport):
    """Writes down every request that leaves the connector."""

    outside: httpx.BaseTransport
    asked: list[httpx.Request]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Passes the request on."""
        self.asked.append(request)
        assert len(self.asked) <= MOST_REQUESTS, "asks for ever"
        return self.outside.handle_request(request)


@dataclass(slots=True)
class Link:
    """A connector at work: what it asked and how long it waited."""

    connector: Connector[Any]
    stream: Stream
    asked: list[httpx.Request]
    waits: list[float]

    def pages(self, window: Window = WINDOW, resume: str | None = None) -> Iterator[RawPage]:
        """The pages of a window."""
        fetch: Callable[[Window, str | None], Iterator[RawPage]] = getattr(self.connector, self.stream.fetch)
        return fetch(window, resume)

    def ids(self, window: Window = WINDOW, resume: str | None = None) -> list[str | None]:
        """The ids of all slices of a window."""
        return [self.connector.external_id_in(raw) for page in self.pages(window, resume) for raw in page.slices]

    def by_id(self, *ids: str) -> Lookup:
        """What the source says of these orders."""
        source: Any = self.connector
        found: Lookup = source.fetch_orders_by_id(ids)
        return found

    def count(self, window: Window = WINDOW) -> int:
        """How many orders the source counts."""
        source: Any = self.connector
        counted: int = source.count_orders(window)
        return counted

    def identity(self) -> RemoteIdentity:
        """Who answers."""
        return self.connector.identify()

    def secrets(self) -> list[str]:
        """The settings' secrets in clear."""
        settings: BaseModel = self.connector.settings
        values = [getattr(settings, name) for name in type(settings).model_fields]
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


@dataclass(slots=True)
class Stand:
    """One connector class (honest or not) under test in one stream."""

    name: str
    stream: Stream
    kind: Kind
    rows: list[Row] = field(default_factory=list[Row])

    def __post_init__(self) -> None:
        count = self.dialect.page * PAGES + self.dialect.page // 2
        self.rows = window_rows(self.recorded(), self.shape, count)

    @property
    def dialect(self) -> Dialect:
        """How the vendor speaks."""
        return dialect_of(self.name)

    @property
    def shape(self) -> Shape:
        """What the stream's records look like."""
        return self.dialect.shapes[self.stream.name]

    @property
    def facts(self) -> StreamFacts:
        """What the connector declares of the stream."""
        facts: StreamFacts = getattr(self.kind, self.stream.facts)
        return facts

    @property
    def payloads(self) -> PayloadKind:
        """How the stream's slices are read."""
        return self.kind.kinds[self.stream.kind]

    def recorded(self) -> list[dict[str, Json]]:
        """The recorded payloads."""
        return recordings(self.name, self.stream.name)

    def read(self, record: Json | bytes, statuses: Mapping[str, str] | None = None) -> Record:
        """One payload, as JSON or as bytes, translated."""
        raw = record if isinstance(record, bytes) else json.dumps(record, ensure_ascii=False).encode()
        return self.payloads.read(raw, statuses or {})

    def place_with(self, path: str) -> int:
        """The place of the first recording that has something under the path."""
        return next(place for place, payload in enumerate(self.recorded()) if at(payload, path) is not None)

    def row(self, place: int, external_id: str, updated: datetime) -> Row:
        """One more row."""
        recorded = self.recorded()
        return row_of(recorded[place % len(recorded)], self.shape, external_id, updated)

    def remote(self, rows: list[Row] | None = None, *, shop: str = "north", empties: int = 0) -> Remote:
        """The vendor with these rows, or with the suite's usual ones."""
        return Remote(self.dialect, {self.stream.name: list(self.rows if rows is None else rows)}, shop=shop, empties=empties)

    def link(self, outside: httpx.BaseTransport | None = None) -> Link:
        """The connector, wired to a remote; waiting takes no time and is written down."""
        asked: list[httpx.Request] = []
        waits: list[float] = []
        wiring = Wiring(Tap(outside or self.remote(), asked), Pause(sleep=waits.append, chance=lambda: 1))
        settings = self.kind.settings_type.model_validate(self.dialect.settings)
        return Link(self.kind(settings, wiring), self.stream, asked, waits)

    def is_list(self, request: httpx.Request) -> bool:
        """Whether a request asks for a page of a window."""
        request.read()
        fits = ((door, Asked.of(request, door)) for door in self.dialect.doors)
        return next((door.is_list and asked.ids(door.ids) is None for door, asked in fits if asked), False)

    def is_readable(self, raw: bytes) -> bool:
        """Whether a slice gives a record."""
        try:
            self.read(raw)
        except MalformedError:
            return False
        return True


def ids_of(rows: list[Row]) -> set[str | None]:
    """The external ids of rows."""
    return {row.external_id for row in rows}


def stands() -> list[Stand]:
    """Every reading capability of every connector on disk."""
    return [
        Stand(name, stream, registry.find(name))
        for name in registry.names()
        for stream in STREAMS
        if stream.capability in capabilities_of(registry.find(name))
    ]
