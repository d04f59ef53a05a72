"""Shopify, GraphQL Admin API 2026-07."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Self

import msgspec
from pydantic import Field, SecretStr, model_validator
from typing_extensions import override

from connectors._kit import Answer, ChannelSettings, Connector, Manifest, own_id
from connectors._kit.tokens import token_of
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
    PayoutSource,
    RawPage,
    Receipt,
    RemoteIdentity,
    StockAnswer,
    StockSeen,
    StockTarget,
    StreamFacts,
    Window,
)
from connectors.shopify import days, listings, notices, payouts, queries, stock
from connectors.shopify.completion import REPEATS, Rest, read_rest, whole
from connectors.shopify.graph import WHERE, Reply, Turn, one_answer, with_slices
from connectors.shopify.mapping_payouts import read_dispute, read_line, read_payout
from connectors.shopify.mapping_rest import read_either_order, read_webhook_order
from connectors.shopify.mapping_rest_money import read_payment, read_refund
from connectors.shopify.paging import Place, changed_at, changed_between, next_size, whole_second
from connectors.shopify.queries_stock import LISTINGS_PER_PAGE
from connectors.shopify.terms import number
from model.errors import ContractError, TransientError
from model.records.days import ListedOrder
from model.records.fulfilment import ShipmentNotice
from model.records.listing import Listing

MOST_LEVELS = 40
"""How often a window is halved to be counted: more than seconds in any window."""


_MONEY = "data.shopifyPaymentsAccount"


class Settings(ChannelSettings):
    """One shop: its `shop` name (`acme.myshopify.com`) or the base `url` of its API, and the access token of a custom app."""

    shop: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$")
    url: str | None = Field(default=None, pattern=r"^https?://[^/?#@]+(/[^?#]*)?$")
    access_token: SecretStr
    page_size: int = Field(default=100, ge=1, le=250)
    """The most orders of one page; the vendor's query cost decides how many really fit."""
    returns: bool = True
    """Whether returns are read along; needs the scope read_returns."""
    stock_location: str | None = Field(default=None, pattern=r"^(gid://shopify/Location/)?\d{1,20}$")
    """Id of the location whose stock is set; without it, the shop's only active one. Stock needs the scopes read_inventory,
    write_inventory and read_locations."""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.shop is None) == (self.url is None):
            raise ValueError("give either shop (name.myshopify.com) or url")
        return self


class _Orders(msgspec.Struct, rename={"page_info": "pageInfo"}):
    page_info: Turn
    nodes: list[msgspec.Raw]


class _OrdersData(msgspec.Struct):
    orders: _Orders | None = None


class _NodesData(msgspec.Struct):
    nodes: list[msgspec.Raw] | None = None


class _Count(msgspec.Struct):
    count: int
    precision: str = "EXACT"


class _CountData(msgspec.Struct, rename="camel"):
    orders_count: _Count | None = None


class _Shop(msgspec.Struct):
    id: str
    name: str


class _ShopData(msgspec.Struct):
    shop: _Shop | None = None


_ORDERS = msgspec.json.Decoder(Reply[_OrdersData])
_NODES = msgspec.json.Decoder(Reply[_NodesData])
_COUNT = msgspec.json.Decoder(Reply[_CountData])
_SHOP = msgspec.json.Decoder(Reply[_ShopData])


class _Page(msgspec.Struct):
    slices: tuple[bytes, ...]
    cursor: str | None
    points: int | float | None


class Shopify(Connector[Settings], OrderSource, OrderDaySource, ListingSource, InventorySink, FulfilmentSink, PayoutSource, DisputeSource):
    """Pages orders by the vendor's keyset cursor over (updated_at, id): a row that changes leaves the window, none moves up."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    mapping_version = 5
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        "order": PayloadKind(
            read_either_order,
            envelopes=("data.orders.nodes", "data.nodes", "data.order", "data.node", "order", "orders"),
            stream="orders",
        ),
        "order-webhook": PayloadKind(read_webhook_order, envelopes=("order", "orders")),
        "refund": PayloadKind(read_refund, envelopes=("refund", "refunds")),
        "payment": PayloadKind(read_payment, envelopes=("transaction", "transactions")),
        "payout": PayloadKind(read_payout, envelopes=(f"{_MONEY}.payouts.nodes",), stream="payouts"),
        "balance": PayloadKind(read_line, envelopes=(f"{_MONEY}.balanceTransactions.nodes",), stream="payouts"),
        "dispute": PayloadKind(read_dispute, envelopes=(f"{_MONEY}.disputes.nodes",), stream="disputes"),
    }
    order_stream = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=20), longest=timedelta(days=7))
    """The search index lags behind its shop by seconds; the vendor names no bound, so ten minutes are read again."""
    settled_gateways = frozenset({"shopify_payments"})
    payout_stream = payouts.FACTS
    dispute_stream = payouts.FACTS
    sink_facts = stock.SINK
    notice_command = notices.NOTICE

    @override
    def base_url(self, settings: Settings) -> str:
        home = settings.url or f"https://{settings.shop}"
        return f"{home.rstrip('/')}/admin/api/{self.manifest.api_version}/"

    @override
    def headers(self, settings: Settings) -> Mapping[str, str]:
        return {"X-Shopify-Access-Token": settings.access_token.get_secret_value()}

    @override
    def identify(self) -> RemoteIdentity:
        def read(answer: Answer) -> RemoteIdentity:
            shop = one_answer(_SHOP)(answer).shop
            if shop is None or answer.date is None:
                raise TransientError(f"{WHERE}: the answer names no shop or carries no date")
            return RemoteIdentity(fingerprint=shop.id, title=shop.name, now=answer.date)

        return self.http.ask(WHERE, _body(queries.SHOP, {}), read=read)

    @classmethod
    @override
    def external_id_in(cls, raw: bytes) -> str | None:
        told = own_id(raw) or own_id(raw, b"admin_graphql_api_id")
        return number(told) if told else None

    @override
    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        place, size = Place.opening(window, resume), min(queries.OPENING, self.settings.page_size)
        visits: Counter[tuple[str, str | None]] = Counter()
        while visits[place.since, place.after] < REPEATS:
            visits[place.since, place.after] += 1
            page = self._page(place, window, size)
            slices = tuple(self._whole(raw) for raw in page.slices)
            if page.cursor is None:
                yield RawPage("order", slices, None)
                return
            place = place.following(page.cursor, [changed_at(raw) for raw in slices], window.end)
            yield RawPage("order", slices, token_of(place))
            size = next_size(size, page.points, self.settings.page_size)
        raise ContractError("orders: the page token repeats")

    @override
    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        slices: list[bytes] = []
        gone: list[str] = []
        for start in range(0, len(ids), queries.OPENING):
            asked = ids[start : start + queries.OPENING]
            for external_id, raw in zip(asked, self._nodes(asked), strict=True):
                if raw == b"null":
                    gone.append(external_id)
                else:
                    slices.append(self._whole(raw))
        return Lookup("order", tuple(slices), tuple(gone))

    @override
    def count_orders(self, window: Window) -> int:
        return self._count(window, MOST_LEVELS)

    @override
    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        return days.list_day(self.http, day)

    @override
    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return listings.listing_pages(self.http, LISTINGS_PER_PAGE, resume)

    @classmethod
    @override
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    @override
    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        yield from stock.Shelf.at(self.http, self.settings.stock_location).publish(targets)

    @override
    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        yield from stock.Shelf.at(self.http, self.settings.stock_location).fetch(listings)

    @override
    def fetch_payouts(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return payouts.payout_pages(self.http, window, resume)

    @override
    def fetch_disputes(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return payouts.dispute_pages(self.http, window, resume)

    @override
    def write_notice(self, notice: ShipmentNotice, key: str) -> bytes:
        return notices.write(notice)

    @override
    def submit_shipment_notice(self, command: Command) -> Receipt:
        return notices.submit(self.http, command)

    @override
    def find_notice(self, command: Command) -> Receipt | None:
        return notices.find(self.http, command)

    def _count(self, window: Window, levels: int) -> int:
        """The vendor counts exactly up to 10,000 or 25,000 only: a window of more is counted in halves, on whole seconds."""
        body = _body(queries.COUNT, {"query": changed_between(whole_second(window.start), window.end)})
        told = self.http.ask(WHERE, body, read=one_answer(_COUNT)).orders_count
        if told is None:
            raise ContractError(f"{WHERE}: the count is missing")
        middle = (window.start + (window.end - window.start) / 2).replace(microsecond=0)
        if told.precision == "EXACT" or levels == 0 or not window.start < middle < window.end:
            return told.count
        return self._count(Window(window.start, middle), levels - 1) + self._count(Window(middle, window.end), levels - 1)

    def _page(self, place: Place, window: Window, size: int) -> _Page:
        def read(answer: Answer) -> _Page:
            reply, found, slices = with_slices(answer, _ORDERS, lambda found: found.orders.nodes if found.orders else [])
            if found.orders is None:
                raise TransientError(f"{WHERE}: the orders are missing")
            cursor = found.orders.page_info.cursor(is_empty=not slices)
            return _Page(slices, cursor, reply.extensions.cost.requested_query_cost)

        query = changed_between(place.since, window.end)
        return self.http.ask(WHERE, _body(queries.ORDERS, {"first": size, "after": place.after, "query": query}), read=read)

    def _nodes(self, ids: Sequence[str]) -> tuple[bytes, ...]:
        def read(answer: Answer) -> tuple[bytes, ...]:
            _, _, slices = with_slices(answer, _NODES, lambda found: found.nodes or [])
            if len(slices) != len(ids):
                raise TransientError(f"{WHERE}: {len(ids)} orders asked, {len(slices)} answered")
            return slices

        gids = [external_id if external_id.startswith("gid:") else f"gid://shopify/Order/{external_id}" for external_id in ids]
        return self.http.ask(WHERE, _body(queries.ORDERS_BY_ID, {"ids": gids}), read=read)

    def _whole(self, raw: bytes) -> bytes:
        def ask(document: str, variables: dict[str, object]) -> Rest:
            return self.http.ask(WHERE, _body(document, variables), read=lambda answer: read_rest(answer.body))

        return whole(raw, ask, with_returns=self.settings.returns)


def _body(document: str, variables: Mapping[str, object]) -> dict[str, object]:
    return {"query": document, "variables": dict(variables)}
