"""The connector: reads orders and listings of a Vendure shop over its Admin API, and sets its stock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Self, TypeVar

import httpx
import msgspec
from pydantic import Field, SecretStr, model_validator
from typing_extensions import override

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, decoded, own_id
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import (
    Command,
    FulfilmentSink,
    InventorySink,
    ListingSource,
    Lookup,
    OrderDaySource,
    OrderSource,
    PayloadKind,
    RawPage,
    Receipt,
    RemoteIdentity,
    StockAnswer,
    StockSeen,
    StockTarget,
    StreamFacts,
    Window,
)
from connectors.vendure import days, listings, notices, stock
from connectors.vendure.mapping import read_order
from connectors.vendure.paging import (
    OVERLAP,
    PageReader,
    Place,
    Problem,
    Sheet,
    has_moved,
    is_continuation,
    list_options,
    next_place,
    read_list,
    refuse_errors,
)
from connectors.vendure.queries import IDENTITY, ORDER, ORDERS, STAMPS
from connectors.vendure.session import Session
from model.errors import ContractError, RejectedError, TransientError
from model.records.days import ListedOrder
from model.records.fulfilment import ShipmentNotice
from model.records.listing import Listing

ORDERS_PER_PAGE: Final = 100
STAMPS_PER_PAGE: Final = 200

T = TypeVar("T")


class Settings(ChannelSettings):
    """One channel of one shop.

    An API key or user needs ReadOrder; for stock also ReadCatalog and UpdateCatalog; to tell of shipments UpdateOrder.
    """

    url: Address
    api_key: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    channel_token: str | None = None
    """Reads this channel only; without it, the default channel, in which every order of the shop stands."""
    sweep_days: Annotated[int, Field(ge=1, le=3650)] = 60
    """Refunds, shipments and settlements are noticed for this long after an order was placed."""

    stock_location: str | None = None
    """Id of the stock location whose levels are set; without it, the channel's only one."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        by_user = self.username is not None and self.password is not None
        if by_user == (self.api_key is not None):
            raise ValueError("give either api_key, or username and password")
        return self


class _Channel(msgspec.Struct):
    code: str
    token: str


class _Identity(msgspec.Struct):
    activeChannel: _Channel | None = None  # noqa: N815  the vendor's name


class _IdentityAnswer(msgspec.Struct):
    data: _Identity | None = None
    errors: tuple[Problem, ...] = ()


class _Found(msgspec.Struct):
    order: msgspec.Raw = msgspec.Raw(b"null")


class _FoundAnswer(msgspec.Struct):
    data: _Found | None = None
    errors: tuple[Problem, ...] = ()


class Vendure(Connector[Settings], OrderSource, OrderDaySource, ListingSource, InventorySink, FulfilmentSink):
    """Orders by time of change, a sweep for the changes that Vendure's order clock does not show, and levels behind open orders."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar = {"order": PayloadKind(read_order, envelopes=("data.orders.items", "data.order"), stream="orders")}
    mapping_version = 2
    order_stream: ClassVar = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=20), longest=timedelta(days=31))

    sink_facts: ClassVar = stock.SINK
    notice_command: ClassVar = notices.NOTICE

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    def sign(self, settings: Settings) -> httpx.Auth | None:
        self._session: Session | None = None
        if settings.username is not None and settings.password is not None:
            self._session = Session(settings.username, settings.password)
        return self._session

    def headers(self, settings: Settings) -> Mapping[str, str]:
        key = {"vendure-api-key": settings.api_key.get_secret_value()} if settings.api_key else {}
        return key | ({"vendure-token": settings.channel_token} if settings.channel_token else {})

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def identify(self) -> RemoteIdentity:
        def read(answer: Answer) -> RemoteIdentity:
            told = decoded(answer.body, _IdentityAnswer, "identity")
            refuse_errors(told.errors, self._session, "identity")
            channel = told.data.activeChannel if told.data else None
            if channel is None or answer.date is None:
                raise ContractError("identity: the answer names no channel, or no time")
            return RemoteIdentity(channel.token, channel.code, answer.date)

        return self._query(IDENTITY, {}, read)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return self._pages(window, place_of(resume, Place) if resume else Place("changed"))

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        """Ids that the list leaves out are asked for one by one; only a plain null is gone."""
        slices: list[bytes] = []
        for start in range(0, len(ids), ORDERS_PER_PAGE):
            slices += self._by_id(ids[start : start + ORDERS_PER_PAGE])
        found = {self.external_id_in(raw) for raw in slices}
        return Lookup("order", tuple(slices), tuple(order_id for order_id in ids if order_id not in found and self._is_gone(order_id)))

    def count_orders(self, window: Window) -> int:
        """What the shop counts by its own clock; changes that only the sweep notices are not in it."""
        options = self._options(Place("changed"), window, skip=0, take=1)
        return self._query(STAMPS, {"options": options}, lambda answer: read_list(answer, self._session, "orders"))[0].orders.totalItems

    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        return days.list_day(self._query, self._session, day, whole_shop=self.settings.channel_token is None)

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return listings.listing_pages(self._query, self._session, resume)

    @classmethod
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        return stock.publish(self._query, self.http, self.settings.stock_location, targets, self._session)

    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        return stock.fetch(self._query, listings, self._session)

    @override
    def write_notice(self, notice: ShipmentNotice, key: str) -> bytes:
        return notices.write(notice)

    def submit_shipment_notice(self, command: Command) -> Receipt:
        return notices.submit(self._query, self.http, self._session, command)

    def find_notice(self, command: Command) -> Receipt | None:
        return notices.find(self._query, self._session, command)

    def _pages(self, window: Window, place: Place) -> Iterator[RawPage]:
        while place.phase == "changed":
            sheet = self._joined(ORDERS, ORDERS_PER_PAGE, window, place)
            place = next_place(place, sheet) or Place("sweep")
            yield RawPage("order", sheet.slices, token_of(place))
        following: Place | None = place
        while following is not None:
            sheet = self._joined(STAMPS, STAMPS_PER_PAGE, window, following)
            following = next_place(following, sheet)
            moved = {raw: self.external_id_in(raw) for raw in sheet.slices if has_moved(raw, window)}
            nameless = tuple(raw for raw, order_id in moved.items() if order_id is None)
            slices = (*self._by_id([order_id for order_id in moved.values() if order_id is not None]), *nameless)
            if slices or following is None:
                yield RawPage("order", slices, token_of(following) if following else None)

    def _joined(self, query: str, take: int, window: Window, place: Place) -> Sheet:
        """The page after a place; where rows have left before it, an earlier page that joins what was read."""
        start = max(0, place.skip - OVERLAP)
        while True:
            options = self._options(place, window, skip=start, take=take)
            sheet = self._query(query, {"options": options}, PageReader(place, start, self._session))
            if is_continuation(place, sheet):
                return sheet
            start = max(0, start - take + OVERLAP)

    def _options(self, place: Place, window: Window, *, skip: int, take: int) -> dict[str, object]:
        sweep = timedelta(days=self.settings.sweep_days)
        return list_options(place, window, sweep, skip=skip, take=take, whole_shop=self.settings.channel_token is None)

    def _by_id(self, ids: Sequence[str]) -> list[bytes]:
        """Whole orders, a page at a time; those the shop does not know are left out, by its own count."""
        found: list[bytes] = []
        for start in range(0, len(ids), ORDERS_PER_PAGE):
            batch = list(ids[start : start + ORDERS_PER_PAGE])
            options: dict[str, object] = {"take": len(batch), "filter": {"id": {"in": batch}}}
            found += self._query(ORDERS, {"options": options}, self._whole_list)
        return found

    def _whole_list(self, answer: Answer) -> tuple[bytes, ...]:
        listing, slices = read_list(answer, self._session, "orders")
        if len(slices) < listing.orders.totalItems:
            raise TransientError("orders: fewer than the shop says it has found")
        return slices

    def _is_gone(self, order_id: str) -> bool:
        def read(answer: Answer) -> bool:
            told = decoded(answer.body, _FoundAnswer, "order")
            refuse_errors(told.errors, self._session, "order")
            if told.data is None:
                raise TransientError("order: an answer without data")
            return bytes(told.data.order) == b"null"

        return self._query(ORDER, {"id": order_id}, read)

    def _query(self, query: str, variables: Mapping[str, object], read: Callable[[Answer], T]) -> T:
        """One query; that the shop refuses it as such (400) says that its interface is not the one we know."""
        try:
            return self.http.ask("admin-api", {"query": query, "variables": variables}, read=read)
        except RejectedError as error:
            raise ContractError(str(error)) from error
