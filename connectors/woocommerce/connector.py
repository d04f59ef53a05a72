"""A WooCommerce shop, over REST v3: its orders, its catalogue and its stock."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import ClassVar, Literal

import httpx
import msgspec
from pydantic import Field, SecretStr
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
from connectors.woocommerce import days, listings, notices, refunds, stock
from connectors.woocommerce.mapping import read_order
from connectors.woocommerce.mapping_refund import read_order_refund, read_refund
from connectors.woocommerce.oauth import OneLegged
from connectors.woocommerce.paging import LISTED, Rows, Status, rows_at, rows_in, total_in, walk
from model.errors import ContractError, RejectedError, TransientError
from model.records.days import ListedOrder
from model.records.fulfilment import ShipmentNotice
from model.records.listing import Listing

_SECOND = timedelta(seconds=1)
_GONE = "woocommerce_rest_shop_order_invalid_id"
"""The shop's own word for an order it no longer has; a 404 without it is a wrong address."""


class _Environment(msgspec.Struct):
    home_url: str = ""
    site_url: str = ""


class _SystemStatus(msgspec.Struct):
    environment: _Environment


class Settings(ChannelSettings):
    """One shop: its address, and the key made under WooCommerce > Settings > Advanced > REST API."""

    url: Address
    consumer_key: str
    consumer_secret: SecretStr
    http_auth: Literal["basic", "oauth"] = "basic"
    """How to sign over plain http: `basic`, or `oauth` as an unmodified WooCommerce wants it there. Over https it is always basic."""
    page_size: int = Field(default=100, ge=5, le=100)
    """More than the rows that neighbouring pages share, so that every page gets on."""
    requests_per_second: int = Field(default=stock.RATE, ge=1, le=100)
    """Requests of stock in a second. The vendor has no limit, but the shop's host may have one."""
    stock_batch: int = Field(default=stock.BATCH, ge=1, le=100)
    """Listings in one request of stock; fewer where the shop allows fewer (the filter `woocommerce_rest_batch_items_limit`)."""


class WooCommerce(Connector[Settings], OrderSource, OrderDaySource, RefundSource, ListingSource, InventorySink, FulfilmentSink):
    """A WooCommerce shop."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        "order": PayloadKind(read_order, envelopes=("data", "orders"), stream="orders"),
        "order-webhook": PayloadKind(read_order, envelopes=("data",)),
        "refund": PayloadKind(read_refund, envelopes=("data",)),
        refunds.KIND: PayloadKind(read_order_refund, stream="refunds"),
    }
    mapping_version = 4
    order_stream = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=20), longest=timedelta(days=30))
    refund_stream = order_stream
    sink_facts = stock.SINK
    notice_command = notices.NOTICE

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/wp-json/wc/v3/"

    def sign(self, settings: Settings) -> httpx.Auth:
        secret = settings.consumer_secret.get_secret_value()
        if settings.url.scheme == "http" and settings.http_auth == "oauth":
            return OneLegged(settings.consumer_key, secret)
        return httpx.BasicAuth(settings.consumer_key, secret)

    def identify(self) -> RemoteIdentity:
        """The shop's own home address, without scheme: http and https are one shop. Needs a key of a shop manager, as orders do."""
        return self.http.get("system_status", {"_fields": "environment"}, read=_identity)

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Orders whose `date_modified_gmt` lies in the window, and then the trash; a refund moves that time, and so does trashing."""
        params = self._window_params(window)

        def ask(listed: Status, offset: int) -> Rows:
            return self._rows({**params, "status": listed, "offset": offset}, offset)

        return walk(ask, self.settings.page_size, "order", resume)

    def fetch_refunds(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """The refunds of every order that changed in the window: making one moves its order's time, and it never changes."""
        return refunds.refund_pages(self.http, self._window_params(window), self.settings.page_size, resume)

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        slices: list[bytes] = []
        gone: list[str] = []
        for start in range(0, len(ids), self.settings.page_size):
            asked = ids[start : start + self.settings.page_size]
            params = {"include": ",".join(map(_numeric, asked)), "status": "any", "per_page": self.settings.page_size}
            found = self.http.get("orders", params, read=partial(rows_in, where="orders"))
            slices += found
            for absent in sorted(set(asked) - {self.external_id_in(raw) for raw in found}):
                single = self._single(absent)
                slices += [single] if single else []
                gone += [] if single else [absent]
        return Lookup("order", tuple(slices), tuple(gone))

    def count_orders(self, window: Window) -> int:
        params = {**self._window_params(window), "per_page": 1, "_fields": "id"}
        return sum(self.http.get("orders", {**params, "status": listed}, read=partial(total_in, where="orders")) for listed in LISTED)

    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        return days.list_day(self.http, day, self.settings.page_size)

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return listings.listing_pages(self.http, self.settings.page_size, resume)

    @classmethod
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        rate = Rate(Fraction(self.settings.requests_per_second), stock.RATE)
        return stock.publish(self.http, targets, size=self.settings.stock_batch, rate=rate)

    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        return stock.fetch(self.http, listings, size=stock.BATCH)

    @override
    def write_notice(self, notice: ShipmentNotice, key: str) -> bytes:
        return notices.write(notice)

    def submit_shipment_notice(self, command: Command) -> Receipt:
        return notices.submit(self.http, command)

    def find_notice(self, command: Command) -> Receipt | None:
        return notices.find(self.http, command)

    def _window_params(self, window: Window) -> dict[str, str | int]:
        """`modified_after` is exclusive and the shop keeps whole seconds: one second wider on both sides, so no tie is lost."""
        return {
            "modified_after": f"{window.start - _SECOND:%Y-%m-%dT%H:%M:%S}",
            "modified_before": f"{window.end + _SECOND:%Y-%m-%dT%H:%M:%S}",
            "dates_are_gmt": "true",
            "orderby": "id",
            "order": "asc",
            "per_page": self.settings.page_size,
        }

    def _rows(self, params: Mapping[str, str | int], offset: int) -> Rows:
        return self.http.get("orders", params, read=partial(rows_at, "orders", offset))

    def _single(self, order_id: str) -> bytes | None:
        """One order that a list did not show (it may lie in the trash); None if the shop says that it is gone."""
        try:
            return self.http.get(f"orders/{_numeric(order_id)}", read=_document)
        except RejectedError as error:
            if _GONE in str(error):
                return None
            raise


def _numeric(order_id: str) -> str:
    if not (order_id.isascii() and order_id.isdigit()):
        raise RejectedError(f"orders: {order_id[:40]!r} is no id of WooCommerce")
    return order_id


def _identity(answer: Answer) -> RemoteIdentity:
    environment = decoded(answer.body, _SystemStatus, "system_status").environment
    home = environment.home_url or environment.site_url
    if not home:
        raise ContractError("system_status: names neither home_url nor site_url")
    if answer.date is None:
        raise ContractError("system_status: the answer has no Date header")
    title = home.partition("://")[2].rstrip("/") or home
    return RemoteIdentity(fingerprint=title.lower(), title=title, now=answer.date)


def _document(answer: Answer) -> bytes:
    if not answer.body.rstrip().endswith(b"}"):
        raise TransientError("orders: the answer ends in the middle")
    return answer.body
