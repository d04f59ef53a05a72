"""A shop on Taobao or Tmall, over Taobao's open platform: its trades, refunds, catalogue and stock, and what left of its trades."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import ClassVar

import httpx
import msgspec
from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, decoded, own_id
from connectors.capabilities import (
    Command,
    FulfilmentSink,
    InventorySink,
    ListingSource,
    Lookup,
    OrderDaySource,
    OrderSource,
    PayloadKind,
    Rate,
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
from connectors.taobao import days, listings, notices, orders, refunds, stock
from connectors.taobao.asking import PATH, form, held_in, part_of
from connectors.taobao.mapping import read_order
from connectors.taobao.mapping_refund import read_refund
from connectors.taobao.signing import Method, Signed
from model.errors import ContractError
from model.records.days import ListedOrder
from model.records.fulfilment import ShipmentNotice
from model.records.listing import Listing

_SELLER = "taobao.user.seller.get"


class _Seller(msgspec.Struct):
    user_id: int | None = None
    nick: str | None = None


class Settings(ChannelSettings):
    """One shop, and the application on open.taobao.com that it authorised."""

    app_key: str = Field(min_length=1)
    """The application's key."""
    app_secret: SecretStr
    """The application's secret. It signs every request and is never sent."""
    session: SecretStr
    """What the shop's authorisation gave: its session key, or access token. Without a prolonged one the channel pauses when it ends."""
    sign_method: Method = "hmac-sha256"
    """How requests are signed: `hmac-sha256`, `hmac` or `md5`."""
    page_size: int = Field(default=50, ge=5, le=100)
    """Trades or refunds of one page; Taobao advises 40 to 50."""
    trade_types: str = Field(default="", pattern=r"\A([a-z0-9_]+(,[a-z0-9_]+)*)?\z")
    """Types of trades that are read, parted by commas; left empty, those that Taobao lists without being asked: guaranteed, automatic,
    direct charge, cash on delivery, and sales in steps."""
    special_refunds: bool = True
    """Whether refunds of Taobao's special ways are read as well (price protection, cash back); the application needs leave for that."""
    companies: dict[str, str] = Field(default_factory=dict[str, str])
    """Taobao's codes of carriers, by the hub's names of them: `{"SF Express" = "SF"}`. A name that is not listed is looked up there; the
    empty name is for parcels without a carrier, which are told as `OTHER` otherwise."""
    requests_per_second: int = Field(default=stock.RATE, ge=1, le=100)
    """Requests of stock in a second; the application's own limit stands in Taobao's console."""
    address: Address = HttpUrl("https://gw.api.taobao.com/router/")
    """Where the platform is; another one for its sandbox or an overseas gateway."""


class Taobao(Connector[Settings], OrderSource, OrderDaySource, RefundSource, ListingSource, InventorySink, FulfilmentSink):
    """A shop on Taobao or Tmall."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        "order": PayloadKind(
            read_order, envelopes=("trade_fullinfo_get_response.trade", "trades_sold_get_response.trades.trade"), stream="orders"
        ),
        refunds.KIND: PayloadKind(read_refund, envelopes=("refunds_receive_get_response.refunds.refund",), stream="refunds"),
    }
    mapping_version = 1
    order_stream = StreamFacts(lag=timedelta(minutes=1), overlap=timedelta(minutes=5), longest=timedelta(minutes=30))
    refund_stream = order_stream
    sink_facts = stock.SINK
    notice_command = notices.NOTICE

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.address).rstrip('/')}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        return Signed(settings.app_key, settings.app_secret, settings.session, settings.sign_method, self._now)

    def identify(self) -> RemoteIdentity:
        """The seller that authorised the application."""
        return self.http.ask(PATH, form(_SELLER, {"fields": "user_id,nick"}), read=_identity)

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        """A refund's own id, else a trade's, else a listing's."""
        return own_id(raw, b"refund_id") or own_id(raw, b"tid") or own_id(raw)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Trades whose `modified` lies in the window; every change of theirs moves it."""
        return orders.order_pages(self.http, window, self.settings.page_size, self.settings.trade_types, resume)

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        return orders.orders_by_id(self.http, ids)

    def count_orders(self, window: Window) -> int:
        return orders.count_orders(self.http, window, self.settings.trade_types)

    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        settings = self.settings
        return days.list_day(self.http, day, settings.page_size, settings.trade_types, settings.statuses, self._now())

    def fetch_refunds(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Refunds whose `modified` lies in the window."""
        settings = self.settings
        return refunds.refund_pages(self.http, window, settings.page_size, resume, with_special=settings.special_refunds)

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return listings.listing_pages(self.http, self.settings.page_size, resume)

    @classmethod
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        return stock.publish(self.http, targets, Rate(Fraction(self.settings.requests_per_second), stock.RATE))

    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        return stock.fetch(self.http, listings)

    @override
    def write_notice(self, notice: ShipmentNotice, key: str) -> bytes:
        return notices.write(notice)

    def submit_shipment_notice(self, command: Command) -> Receipt:
        return notices.submit(self.http, command, self.settings.companies)

    def find_notice(self, command: Command) -> Receipt | None:
        return notices.find(self.http, command)

    def _now(self) -> datetime:
        return self.wiring.now()


def _identity(answer: Answer) -> RemoteIdentity:
    seller = decoded(part_of(held_in(answer, _SELLER), "user", _SELLER), _Seller, _SELLER)
    if not (seller.user_id or seller.nick):
        raise ContractError(f"{_SELLER}: names neither user_id nor nick")
    if answer.date is None:
        raise ContractError(f"{_SELLER}: the answer has no Date header")
    told = str(seller.user_id or seller.nick)
    return RemoteIdentity(fingerprint=told, title=seller.nick or told, now=answer.date)
