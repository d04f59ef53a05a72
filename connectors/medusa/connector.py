"""The connector: reads orders and listings of a Medusa shop over its Admin API, sets its stock, and tells what left."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

import httpx
import msgspec
from pydantic import Field, SecretStr
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
from connectors.medusa import days, listings, notices, stock
from connectors.medusa.mapping import read_order
from connectors.medusa.paging import (
    FIELDS,
    STAMPS,
    STAMPS_PER_PAGE,
    PageReader,
    Place,
    Sheet,
    has_moved,
    milliseconds,
    query_of,
    question,
    rows_in,
)
from model.errors import ContractError, TransientError
from model.records.days import ListedOrder
from model.records.fulfilment import ShipmentNotice
from model.records.listing import Listing


class Settings(ChannelSettings):
    """One shop, or one of its sales channels, and a secret API key made under Settings > Secret API Keys."""

    url: Address
    """Where its server answers, without `/admin`."""
    secret_key: SecretStr
    sales_channel: str | None = None
    """Id of the sales channel whose orders are read and through which stock is sold; without it, all of them."""
    stock_location: str | None = None
    """Id of the stock location whose levels are set and from which goods leave; without it, the only one."""
    sweep_days: Annotated[int, Field(ge=1, le=3650)] = 60
    """Captures, refunds of returns and the like are noticed for this long after an order was placed."""
    page_size: Annotated[int, Field(ge=5, le=200)] = 50
    """Orders and variants in one answer."""


class _Store(msgspec.Struct):
    id: str
    name: str = ""


class _Stores(msgspec.Struct):
    stores: tuple[_Store, ...]


class _Drafts(msgspec.Struct):
    draft_orders: tuple[_Store, ...]


class Medusa(Connector[Settings], OrderSource, OrderDaySource, ListingSource, InventorySink, FulfilmentSink):
    """Orders by time of change, a sweep for the changes that Medusa's order clock does not show, and levels behind reservations."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar = {"order": PayloadKind(read_order, envelopes=("orders", "order"), stream="orders")}
    mapping_version = 2
    order_stream: ClassVar = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=20), longest=timedelta(days=31))

    sink_facts: ClassVar = stock.SINK
    notice_command: ClassVar = notices.NOTICE

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        """A secret key is the user of HTTP Basic, with no password."""
        return httpx.BasicAuth(settings.secret_key.get_secret_value(), "")

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def identify(self) -> RemoteIdentity:
        """The shop's only store, and the time its server tells."""
        return self.http.get("admin/stores", {"fields": "id,name"}, read=self._identity)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        place: Place | None = place_of(resume, Place) if resume else Place("changed")
        while place is not None:
            page, place = self._changed(window, place) if place.phase == "changed" else self._placed(window, place)
            if page.slices or place is None:
                yield page

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        """Orders of any sales channel; gone is what is neither among the orders nor among the drafts."""
        slices = self._by_id(ids)
        found = {own_id(raw) for raw in slices}
        absent = [order_id for order_id in ids if order_id not in found]
        drafts = self._drafts(absent)
        return Lookup("order", tuple(slices), tuple(order_id for order_id in absent if order_id not in drafts))

    def count_orders(self, window: Window) -> int:
        """What the shop counts by its own clock; changes that only the sweep notices are not in it."""
        asked: dict[str, str | int] = {
            "updated_at[$gte]": milliseconds(window.start),
            "updated_at[$lt]": milliseconds(window.end),
            "limit": 1,
            "fields": "id",
        }
        return self.http.get("admin/orders", asked | self._channel(), read=rows_in)[1]

    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        return days.list_day(lambda place: self._sheet(place, day, days.ROWS, days.FIELDS), day)

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return listings.listing_pages(self.http, max(self.settings.page_size, 2 * listings.OVERLAP), resume)

    @classmethod
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        return stock.publish(self.http, self.settings.stock_location, self.settings.sales_channel, targets)

    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        return stock.fetch(self.http, self.settings.sales_channel, listings)

    @override
    def write_notice(self, notice: ShipmentNotice, key: str) -> bytes:
        return notices.write(notice)

    def submit_shipment_notice(self, command: Command) -> Receipt:
        return notices.submit(self.http, self.settings.stock_location, command)

    def find_notice(self, command: Command) -> Receipt | None:
        return notices.find(self.http, command)

    def _identity(self, answer: Answer) -> RemoteIdentity:
        found = decoded(answer.body, _Stores, "stores").stores
        if not found or answer.date is None:
            raise ContractError("stores: the answer names no store, or no time")
        channel = self.settings.sales_channel
        store = found[0]
        return RemoteIdentity(f"{store.id}/{channel}" if channel else store.id, store.name or store.id, answer.date)

    def _channel(self) -> dict[str, str | int]:
        return {"sales_channel_id[]": self.settings.sales_channel} if self.settings.sales_channel else {}

    def _changed(self, window: Window, place: Place) -> tuple[RawPage, Place]:
        sheet = self._sheet(place, window, self.settings.page_size, FIELDS)
        following = Place("changed", sheet.behind) if sheet.behind else Place("sweep")
        return RawPage("order", sheet.slices, token_of(following)), following

    def _placed(self, window: Window, place: Place) -> tuple[RawPage, Place | None]:
        """Those of the orders placed lately of which a part changed in the window."""
        lately = Window(window.start - timedelta(days=self.settings.sweep_days), window.end)
        sheet = self._sheet(place, lately, STAMPS_PER_PAGE, STAMPS)
        moved = [raw for raw in sheet.slices if has_moved(raw, window)]
        nameless = tuple(raw for raw in moved if own_id(raw) is None)
        slices = (*self._by_id([order_id for raw in moved if (order_id := own_id(raw))]), *nameless)
        following = Place("sweep", sheet.behind) if sheet.behind else None
        return RawPage("order", slices, token_of(following) if following else None), following

    def _sheet(self, place: Place, window: Window, size: int, fields: str) -> Sheet:
        asked = question(place, window, size=size, fields=fields) | self._channel()
        return self.http.get("admin/orders", asked, read=PageReader(place))

    def _by_id(self, ids: Sequence[str]) -> list[bytes]:
        """Whole orders, a page at a time; those the shop does not know are left out, by its own count."""
        found: list[bytes] = []
        for start in range(0, len(ids), self.settings.page_size):
            asked = query_of(ids[start : start + self.settings.page_size], ("fields", FIELDS))
            found += self.http.get(f"admin/orders?{asked}", read=_whole_list)
        return found

    def _drafts(self, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(ids), self.settings.page_size):
            asked = query_of(ids[start : start + self.settings.page_size], ("fields", "id"))
            told = self.http.get(f"admin/draft-orders?{asked}", read=lambda answer: decoded(answer.body, _Drafts, "draft-orders"))
            found |= {each.id for each in told.draft_orders}
        return found


def _whole_list(answer: Answer) -> tuple[bytes, ...]:
    slices, count = rows_in(answer)
    if len(slices) < count:
        raise TransientError("orders: fewer than the shop says it has found")
    return slices
