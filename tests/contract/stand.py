"""Where a connector is put to the test: one connector class, one of its streams, and a remote with faults laid over it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import httpx
from pydantic import BaseModel, SecretStr

from connectors._kit import Connector, Wiring
from connectors._kit.http import Pause
from connectors.capabilities import (
    DisputeSource,
    DocumentAcknowledger,
    FulfilmentSink,
    InventorySink,
    LabelSource,
    LedgerSource,
    ListingSource,
    Lookup,
    OrderDaySource,
    OrderSource,
    PartnerReplySink,
    PayloadKind,
    PaymentSource,
    PayoutSource,
    RawPage,
    Record,
    RefundSource,
    RemoteIdentity,
    SettlementFile,
    ShipmentCarrier,
    SinkFacts,
    StatementFile,
    StockAnswer,
    StockSeen,
    StockTarget,
    StreamFacts,
    TrackingSource,
    VoucherFile,
    VoucherSink,
    WarehouseAdvice,
    Window,
)
from model.errors import MalformedError
from model.records.listing import Listing
from tests.contract.dialects import Catalogue, Dialect, Ids, Json, Sets, Shape, dialect_of
from tests.contract.hostile import corpus, dumped, strange_fields
from tests.contract.remote import (
    NOW,
    PAGES,
    WINDOW,
    Asked,
    Remote,
    Row,
    at,
    changes_at,
    dumped_listing,
    listing_row,
    listing_rows,
    product_rows,
    recordings,
    row_of,
    window_rows,
)

Kind = type[Connector[Any]]
MOST_REQUESTS = 120
"""More than any honest reading here needs; a reader who asks more often will never end."""


class Stream(NamedTuple):
    """One capability: which recordings and kind belong to it, and what its methods are called."""

    capability: type
    name: str
    kind: str
    fetch: str
    facts: str = ""
    """Where the connector declares how windows are cut; empty where there are no windows."""
    of: str = ""
    """Whose recordings, shape and rows they are, where a stream brings records of several kinds; else its own."""

    @property
    def is_command(self) -> bool:
        """Whether it is about what is commanded, and not about what is read; both may be called shipments."""
        return self.capability in {ShipmentCarrier, FulfilmentSink, DocumentAcknowledger, PartnerReplySink, LabelSource, VoucherSink}

    @property
    def rows(self) -> str:
        """What its recordings, its shape and the remote's rows are called."""
        return self.of or self.name

    @property
    def label(self) -> str:
        """What tests call it."""
        return f"{self.name}-{self.of}" if self.of else self.name


STREAMS = (
    Stream(OrderSource, "orders", "order", "fetch_orders", "order_stream"),
    Stream(OrderDaySource, "days", "order", "list_day", of="orders"),
    Stream(PaymentSource, "payments", "payment", "fetch_payments", "payment_stream"),
    Stream(RefundSource, "refunds", "order-refund", "fetch_refunds", "refund_stream", of="order-refunds"),
    Stream(PayoutSource, "payouts", "", "fetch_payouts", "payout_stream"),
    Stream(DisputeSource, "disputes", "dispute", "fetch_disputes", "dispute_stream"),
    Stream(ListingSource, "listings", "listing", "fetch_listings"),
    Stream(InventorySink, "stock", "listing", "fetch_listings"),
    Stream(WarehouseAdvice, "advices", "", "fetch_advices", "advice_stream"),
    Stream(ShipmentCarrier, "shipments", "shipment", "submit_shipment"),
    Stream(ShipmentCarrier, "cancels", "cancel", "submit_cancel"),
    Stream(FulfilmentSink, "notices", "notice", "submit_shipment_notice"),
    Stream(DocumentAcknowledger, "acknowledgements", "acknowledgement", "submit_acknowledgement"),
    Stream(PartnerReplySink, "replies", "reply", "submit_reply"),
    Stream(LabelSource, "labels", "label", "submit_label"),
    Stream(TrackingSource, "tracking", "", "fetch_tracking"),
    Stream(VoucherSink, "vouchers", "voucher", "submit_voucher"),
    Stream(LedgerSource, "entries", "voucher", "fetch_entries"),
    Stream(SettlementFile, "settlements", "settlement", "read_settlements"),
    Stream(StatementFile, "statements", "statement", "read_statements"),
    Stream(VoucherFile, "vouchers", "voucher", "write_vouchers"),
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
    asked: list[Any]
    """Requests; of a connector of files, touches."""
    waits: list[float]

    def pages(self, window: Window = WINDOW, resume: str | None = None) -> Iterator[RawPage]:
        """The pages of a window, or of all there is."""
        fetch: Callable[..., Iterator[RawPage]] = getattr(self.connector, self.stream.fetch)
        return fetch(window, resume) if self.stream.facts else fetch(resume)

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

    def listings(self) -> list[Listing]:
        """Every listing, read."""
        source: Any = self.connector
        return [source.read_listing(raw) for page in self.pages() for raw in page.slices]

    def publish(self, targets: Sequence[StockTarget]) -> dict[str, StockAnswer]:
        """What became of each target that was answered."""
        sink: Any = self.connector
        answers: list[StockAnswer] = [answer for batch in sink.publish_stock(targets) for answer in batch]
        assert len({answer.external_id for answer in answers}) == len(answers), "a target is answered twice"
        return {answer.external_id: answer for answer in answers}

    def shown(self, listings: Sequence[Listing]) -> dict[str, StockSeen]:
        """What the channel shows for each listing that it knows."""
        sink: Any = self.connector
        return {seen.external_id: seen for batch in sink.fetch_stock(listings) for seen in batch}

    def identity(self) -> RemoteIdentity:
        """Who answers."""
        return self.connector.identify()

    def secrets(self) -> list[str]:
        """The settings' secrets in clear."""
        settings: BaseModel = self.connector.settings
        values = [getattr(settings, name) for name in type(settings).model_fields]
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


@dataclass
class Stand:
    """One connector class (honest or not) under test in one stream."""

    name: str
    stream: Stream
    kind: Kind
    rows: list[Row] = field(default_factory=list[Row])

    def __post_init__(self) -> None:
        self.rows = self.usual_rows()

    def usual_rows(self) -> list[Row]:
        """Rows for some pages."""
        return window_rows(self.recorded(), self.shape, self.count)

    @property
    def count(self) -> int:
        """How many rows fill some pages, and not the last one."""
        return self.dialect.page * PAGES + self.dialect.page // 2

    @property
    def dialect(self) -> Dialect:
        """How the vendor speaks."""
        return dialect_of(self.name)

    @property
    def shape(self) -> Shape:
        """What the stream's records look like."""
        return self.dialect.shapes[self.stream.rows]

    @property
    def ids(self) -> Ids:
        """How the vendor writes the ids of these records."""
        return self.shape

    @property
    def facts(self) -> StreamFacts:
        """What the connector declares of the stream."""
        facts: StreamFacts = getattr(self.kind, self.stream.facts)
        return facts

    @property
    def payloads(self) -> PayloadKind:
        """How the stream's slices are read."""
        return self.kind.kinds[self.stream.kind]

    def recorded(self) -> list[Any]:
        """The recorded payloads: JSON, or bytes where a vendor's are none."""
        return recordings(self.name, self.stream.rows)

    def raw_of(self, record: Json | bytes) -> bytes:
        """A payload as it is sent."""
        return record if isinstance(record, bytes) else dumped(record)

    def laid_out(self, record: Any) -> bytes:  # noqa: ANN401  as recorded
        """A payload that says the same in another layout."""
        return json.dumps(record, indent=2).encode()

    def grown(self, record: Any) -> Any:  # noqa: ANN401  as recorded
        """A payload that says something more, which nobody knows."""
        return {**record, "suite_new": {"deep": [1, {"a": None}]}}

    def broken(self, row: Row) -> tuple[bytes, bytes]:
        """Two bodies of the row's id that cannot be read."""
        opening = self.ids.opening.replace("@id", row.external_id)
        told = (opening or f'{{"{self.ids.id}":{json.dumps(row.wire_id)}').encode()
        return told + b',"broken":NaN}', told + b',"broken":{"a":[{}]}}'

    def hostile(self, record: Any) -> Mapping[str, bytes]:  # noqa: ANN401  as recorded
        """What a payload may be turned into by those who mean harm, by name."""
        return corpus(record, self.shape)

    def strange(self, record: Any) -> Iterator[tuple[str, bytes]]:  # noqa: ANN401  as recorded
        """A payload with each of its parts in turn exchanged or left out."""
        return strange_fields(record)

    @property
    def endings(self) -> set[str]:
        """How reading a strange payload may end."""
        return {"MalformedError", "read"}

    def read(self, record: Json | bytes, statuses: Mapping[str, str] | None = None) -> Record:
        """One payload, as JSON or as bytes, translated."""
        return self.payloads.read(self.raw_of(record), statuses or {})

    def place_with(self, path: str) -> int:
        """The place of the first recording that has something under the path."""
        return next(place for place, payload in enumerate(self.recorded()) if at(payload, path) is not None)

    def row(self, place: int, external_id: str, updated: datetime) -> Row:
        """One more row."""
        recorded = self.recorded()
        return row_of(recorded[place % len(recorded)], self.shape, external_id, updated)

    def remote(self, rows: list[Row] | None = None, *, shop: str = "north", empties: int = 0) -> Remote:
        """The vendor with these rows, or with the suite's usual ones."""
        return Remote(self.dialect, {self.stream.rows: list(self.rows if rows is None else rows)}, shop=shop, empties=empties)

    def link(self, outside: httpx.BaseTransport | None = None) -> Link:
        """The connector, wired to a remote; waiting takes no time and is written down."""
        asked: list[httpx.Request] = []
        waits: list[float] = []
        pause = Pause(sleep=waits.append, chance=lambda: 1, clock=lambda: sum(waits))
        wiring = Wiring(Tap(outside or self.remote(), asked), pause, now=lambda: NOW)
        settings = self.kind.settings_type.model_validate(self.dialect.settings)
        return Link(self.kind(settings, wiring), self.stream, asked, waits)

    def is_list(self, request: httpx.Request) -> bool:
        """Whether a request asks for a page of a window."""
        request.read()
        fits = ((door, Asked.of(request, door)) for door in self.dialect.doors)
        return next((door.is_list and asked.ids(door) is None for door, asked in fits if asked), False)

    def is_readable(self, raw: bytes) -> bool:
        """Whether a slice gives a record."""
        try:
            self.read(raw)
        except MalformedError:
            return False
        return True


@dataclass
class CatalogueStand(Stand):
    """One connector class under test as a reader of listings."""

    @property
    def catalogue(self) -> Catalogue:
        """What the vendor's listings look like."""
        assert self.dialect.catalogue is not None
        return self.dialect.catalogue

    @property
    def ids(self) -> Ids:
        """How the vendor writes the ids of listings."""
        return self.catalogue

    @property
    def payloads(self) -> PayloadKind:
        """How listings are read; only for reading here, as they are no records that the store takes page by page."""
        source: Any = self.kind
        return PayloadKind(lambda raw, _statuses: source.read_listing(raw), stream="listings")

    def usual_rows(self) -> list[Row]:
        """Listings for some pages, some of them variants of one product."""
        return listing_rows(self.recorded(), self.catalogue, self.count)

    def recorded(self) -> list[Any]:
        """The recorded listings."""
        return recordings(self.name, "listings")

    def row(self, place: int, external_id: str, updated: datetime) -> Row:  # noqa: ARG002  a listing has no time of change here
        """One more listing."""
        recorded = self.recorded()
        number = next(number for number in range(10_000) if self.catalogue.numbered(number) == external_id)
        return listing_row(recorded[place % len(recorded)], self.catalogue, number)

    def listing(self, raw: bytes) -> Listing:
        """A listing read, without asking for it."""
        source: Any = self.kind
        listing: Listing = source.read_listing(raw)
        return listing

    def written(self, row: Row) -> bytes:
        """A row as the vendor writes it now, counted or not."""
        return dumped_listing(json.loads(row.body), self.catalogue, row)

    def remote(self, rows: list[Row] | None = None, *, shop: str = "north", empties: int = 0) -> Remote:
        """The vendor with these listings, or with the suite's usual ones, as they stand now."""
        shown = [replace(row) for row in (self.rows if rows is None else rows)]
        return Remote(self.dialect, {"listings": shown + product_rows(shown, self.catalogue)}, shop=shop, empties=empties)


@dataclass
class StockStand(CatalogueStand):
    """One connector class under test as a setter of levels."""

    @property
    def count(self) -> int:
        """More than two batches."""
        return 2 * self.sink.batch + 2 * self.dialect.page

    @property
    def sink(self) -> SinkFacts:
        """What the connector declares of the vendor."""
        facts: SinkFacts = getattr(self.kind, "sink_facts")  # noqa: B009  a connector class of unknown abilities
        return facts

    @property
    def sets(self) -> Sets:
        """How the vendor's levels are set."""
        return next(door.sets for door in self.dialect.doors if door.sets)

    def is_write(self, request: httpx.Request) -> bool:
        """Whether a request sets levels."""
        return bool(self.changes_in(request))

    def changes_in(self, request: httpx.Request) -> list[Json]:
        """The changes of a request that sets levels; none of any other."""
        request.read()
        for door in self.dialect.doors:
            if asked := Asked.of(request, door):
                return changes_at(asked, door.sets) if door.sets else []
        return []

    def target(self, row: Row, quantity: int, *, expected: int | None = None) -> StockTarget:
        """What a row shall show."""
        listing = self.listing(row.body)
        return StockTarget(
            external_id=listing.external_id,
            product_external_id=listing.product_external_id,
            stock_external_id=listing.stock_external_id,
            quantity=quantity,
            expected=expected,
            key=f"suite-{listing.external_id}-{quantity}",
        )


def ids_of(rows: list[Row]) -> set[str | None]:
    """The external ids of rows."""
    return {row.external_id for row in rows}
