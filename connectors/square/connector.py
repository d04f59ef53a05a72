"""The connector: reads orders, payments, refunds and listings of a Square seller over the API v2, and sets its counts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final

import msgspec
from pydantic import HttpUrl, SecretStr
from typing_extensions import override

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, own_id
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import (
    Command,
    DisputeSource,
    FulfilmentSink,
    InventorySink,
    ListingSource,
    Lookup,
    OrderDaySource,
    OrderSource,
    PayloadKind,
    PaymentSource,
    PayoutSource,
    RawPage,
    Receipt,
    RefundSource,
    RemoteIdentity,
    StockAnswer,
    StockSeen,
    StockTarget,
    StreamFacts,
    Window,
)
from connectors.square import days, listings, notices, payouts, refunds, stock
from connectors.square.mapping import read_order, read_signal
from connectors.square.mapping_payments import read_order_refund, read_payment, read_refund
from connectors.square.mapping_payouts import read_dispute, read_entry, read_payout
from connectors.square.paging import (
    PageReader,
    Place,
    Row,
    Sheet,
    Told,
    milliseconds,
    next_place,
    read_batch,
    settled,
)
from model.errors import ContractError, RejectedError
from model.records.days import ListedOrder
from model.records.fulfilment import ShipmentNotice
from model.records.listing import Listing

ORDERS_PER_PAGE: Final = 500
LISTED_PER_PAGE: Final = 100
LOCATIONS_PER_SEARCH: Final = 10
IDS_PER_LOOKUP: Final = 100
BEFORE_SQUARE: Final = "2009-01-01T00:00:00.000Z"
"""Lists leave out payments and refunds created more than a year ago unless told otherwise; before this day Square took none."""

_CEILING = timedelta(microseconds=999)


END_OF_TIME: Final = "2199-01-01T00:00:00.000Z"
"""Lists end by themselves now."""


class Settings(ChannelSettings):
    """One seller.

    The token needs ORDERS_READ, PAYMENTS_READ, MERCHANT_PROFILE_READ; for stock ITEMS_READ and INVENTORY_READ, _WRITE; to tell of
    shipments ORDERS_WRITE; for payouts and disputes PAYOUTS_READ and DISPUTES_READ.
    """

    url: Address = HttpUrl("https://connect.squareup.com")
    access_token: SecretStr
    location_ids: tuple[str, ...] = ()
    """Only these locations; empty means all the seller has at the time of reading."""
    stock_location: str | None = None
    """Id of the location whose counts are set; without it, the seller's only active one."""


class _Merchant(msgspec.Struct):
    id: str
    business_name: str | None = None


class _MerchantAnswer(Told):
    merchant: _Merchant | None = None


class _Locations(Told):
    locations: tuple[Row, ...] = ()


class _Entry(msgspec.Struct):
    order_id: str


class _Entries(Told):
    order_entries: tuple[_Entry, ...] = ()


class Square(
    Connector[Settings],
    OrderSource,
    OrderDaySource,
    PaymentSource,
    RefundSource,
    ListingSource,
    InventorySink,
    FulfilmentSink,
    PayoutSource,
    DisputeSource,
):
    """Orders by time of change, which also brings sales taken offline (up to 72 hours old when they arrive); payments likewise."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar = {
        "order": PayloadKind(read_order, envelopes=("order", "orders", "related_resources.orders"), stream="orders"),
        "order-webhook": PayloadKind(read_signal, envelopes=("data.object.order_created", "data.object.order_updated")),
        "payment": PayloadKind(read_payment, envelopes=("payment", "payments", "data.object.payment"), stream="payments"),
        "refund": PayloadKind(read_refund, envelopes=("refund", "refunds", "data.object.refund")),
        refunds.KIND: PayloadKind(read_order_refund, stream="refunds"),
        "payout": PayloadKind(read_payout, envelopes=("payout", "payouts", "data.object.payout"), stream="payouts"),
        "balance": PayloadKind(read_entry, envelopes=("payout_entries",), stream="payouts"),
        "dispute": PayloadKind(read_dispute, envelopes=("dispute", "disputes", "data.object.dispute"), stream="disputes"),
    }
    mapping_version = 3
    order_stream: ClassVar = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=20), longest=timedelta(days=31))
    payment_stream: ClassVar = order_stream
    refund_stream: ClassVar = order_stream
    settled_gateways = frozenset({"square"})
    payout_stream: ClassVar = payouts.FACTS
    dispute_stream: ClassVar = payouts.FACTS
    sink_facts: ClassVar = stock.SINK
    notice_command: ClassVar = notices.NOTICE

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    def headers(self, settings: Settings) -> Mapping[str, str]:
        return {
            "Authorization": f"Bearer {settings.access_token.get_secret_value()}",
            "Square-Version": self.manifest.api_version,
        }

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def identify(self) -> RemoteIdentity:
        def read(answer: Answer) -> RemoteIdentity:
            merchant = settled(_MerchantAnswer, answer, "merchants").merchant
            if merchant is None or answer.date is None:
                raise ContractError("merchants: the answer names no merchant, or no time")
            return RemoteIdentity(merchant.id, merchant.business_name or merchant.id, answer.date)

        return self.http.get("v2/merchants/me", read=read)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        place = place_of(resume, Place) if resume else self._start(window, LOCATIONS_PER_SEARCH)
        return self._pages("order", window, place)

    def fetch_payments(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        place = place_of(resume, Place) if resume else self._start(window, 1)
        return self._pages("payment", window, place)

    def fetch_refunds(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        place = place_of(resume, Place) if resume else self._start(window, 1)
        for page in self._pages("refund", window, place):
            yield RawPage(refunds.KIND, refunds.with_sales(self.http, page.slices), page.resume)

    def fetch_payouts(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return payouts.payout_pages(self.http, self._locations, window, resume)

    def fetch_disputes(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return payouts.dispute_pages(self.http, self._locations, window, resume)

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        """Square leaves unknown ids out of a batch; each of those is asked for alone, and only its 404 makes it gone."""
        slices: list[bytes] = []
        for start in range(0, len(ids), IDS_PER_LOOKUP):
            batch = list(ids[start : start + IDS_PER_LOOKUP])
            slices += self.http.ask("v2/orders/batch-retrieve", {"order_ids": batch}, read=read_batch)
        found = {self.external_id_in(raw) for raw in slices}
        missing = tuple(order_id for order_id in ids if order_id not in found)
        return Lookup("order", tuple(slices), tuple(order_id for order_id in missing if self._is_gone(order_id)))

    def count_orders(self, window: Window) -> int:
        """Square counts nothing, so the ids are listed."""
        ids: set[str] = set()
        for group in self._groups(LOCATIONS_PER_SEARCH):
            place: Place | None = Place((group,), milliseconds(window.start))
            while place is not None:
                body = search_body(place, window) | {"return_entries": True, "limit": 2 * ORDERS_PER_PAGE}
                page = self.http.ask("v2/orders/search", body, read=_read_entries)
                ids.update(entry.order_id for entry in page.order_entries)
                place = Place(place.groups, place.since, page.cursor) if page.cursor else None
        return len(ids)

    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        return days.list_day(self.http, day, self._groups(LOCATIONS_PER_SEARCH), END_OF_TIME)

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return listings.listing_pages(self.http, stock.known_location(self.http, self.settings.stock_location), resume)

    @classmethod
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        return stock.publish(self.http, stock.stock_location(self.http, self.settings.stock_location), targets)

    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        return stock.fetch(self.http, stock.stock_location(self.http, self.settings.stock_location), listings)

    @override
    def write_notice(self, notice: ShipmentNotice, key: str) -> bytes:
        return notices.write(notice)

    def submit_shipment_notice(self, command: Command) -> Receipt:
        return notices.submit(self.http, command)

    def find_notice(self, command: Command) -> Receipt | None:
        return notices.find(self.http, command)

    def _pages(self, kind: str, window: Window, place: Place | None) -> Iterator[RawPage]:
        start = milliseconds(window.start)
        while place is not None:
            sheet = self._sheet(kind, window, place)
            place = next_place(place, sheet, start, window.end)
            yield RawPage(kind, sheet.slices, token_of(place) if place else None)

    def _sheet(self, kind: str, window: Window, place: Place) -> Sheet:
        """One page; a cursor that has expired since the last run is given up for its place in time."""
        try:
            return self._ask(kind, window, place)
        except RejectedError:
            if place.cursor is None:
                raise
            return self._ask(kind, window, Place(place.groups, place.since))

    def _ask(self, kind: str, window: Window, place: Place) -> Sheet:
        if kind == "order":
            return self.http.ask("v2/orders/search", search_body(place, window), read=PageReader("orders", place, "orders/search"))
        return self.http.get(f"v2/{kind}s", list_query(place, window), read=PageReader(f"{kind}s", place, f"{kind}s"))

    def _start(self, window: Window, size: int) -> Place:
        return Place(self._groups(size), milliseconds(window.start))

    def _groups(self, size: int) -> tuple[tuple[str, ...], ...]:
        locations = self._locations()
        return tuple(tuple(locations[start : start + size]) for start in range(0, len(locations), size))

    def _locations(self) -> list[str]:
        return sorted(self.settings.location_ids or self.http.get("v2/locations", read=_read_locations))

    def _is_gone(self, order_id: str) -> bool:
        try:
            self.http.get(f"v2/orders/{order_id}")
        except RejectedError as error:
            if not str(error).endswith(": 404 NOT_FOUND"):
                raise
            return True
        return False


def search_body(place: Place, window: Window) -> dict[str, object]:
    """SearchOrders: every state, by time of change; both ends of the range are inclusive."""
    body: dict[str, object] = {
        "location_ids": list(place.groups[0]),
        "limit": ORDERS_PER_PAGE,
        "return_entries": False,
        "query": {
            "filter": {"date_time_filter": {"updated_at": {"start_at": place.since, "end_at": milliseconds(window.end + _CEILING)}}},
            "sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"},
        },
    }
    return body | ({"cursor": place.cursor} if place.cursor else {})


def list_query(place: Place, window: Window) -> dict[str, str | int]:
    """ListPayments and ListPaymentRefunds: by time of change, whenever created.

    Without a location the former would tell the main one's only, and the latter those of locations that nobody wants.
    """
    return {
        "location_id": place.groups[0][0],
        "begin_time": BEFORE_SQUARE,
        "updated_at_begin_time": place.since,
        "updated_at_end_time": milliseconds(window.end + _CEILING),
        "sort_field": "UPDATED_AT",
        "sort_order": "ASC",
        "limit": LISTED_PER_PAGE,
    } | ({"cursor": place.cursor} if place.cursor else {})


def _read_entries(answer: Answer) -> _Entries:
    return settled(_Entries, answer, "orders/search")


def _read_locations(answer: Answer) -> tuple[str, ...]:
    locations = settled(_Locations, answer, "locations").locations
    if not locations:
        raise ContractError("locations: the seller has none; is the token one of this seller?")
    return tuple(location.id for location in locations if location.id)
