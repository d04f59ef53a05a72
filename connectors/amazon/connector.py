"""One seller's account at Amazon, in one region: orders, refunds, the catalogue, stock and shipping notices.

Orders are read by the API of 2026-01-01 and not by v0, which Amazon takes away in March 2027: one page of it tells orders with their items,
proceeds, buyers and parcels as they stand together, where v0 needs a request for the items of each order, and tokens for buyers' data.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar, Final

import httpx
import msgspec
from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, decoded, member, own_id
from connectors._kit.grants import Client, Grant
from connectors._kit.pacing import Pacer
from connectors.amazon import days, listings, notices, stock
from connectors.amazon.mapping import read_order
from connectors.amazon.mapping_refund import KIND, read_order_refund, read_refund
from connectors.amazon.notices import ORDER_ID, ORDERS
from connectors.amazon.paging import PER_PAGE, Listed, stamp_by, unhurried, walk, window_of
from connectors.amazon.refunds import refund_pages
from connectors.amazon.words import GONE, ONE_ORDER
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
    RefundSource,
    RemoteIdentity,
    StockAnswer,
    StockSeen,
    StockTarget,
    StreamFacts,
    Window,
)
from model.errors import ConfigError, RejectedError, TransientError
from model.records.days import ListedOrder
from model.records.fulfilment import ShipmentNotice
from model.records.listing import Listing

LOGIN: Final = HttpUrl("https://api.amazon.com/auth/o2/token")
INCLUDED: Final = "PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT"
PEOPLE: Final = "BUYER,RECIPIENT"
PARTICIPATIONS: Final = "sellers/v1/marketplaceParticipations"


class _Updated(msgspec.Struct, rename="camel"):
    last_updated_time: str | None = None


class _Marketplace(msgspec.Struct):
    id: str


class _Participation(msgspec.Struct, rename="camel"):
    marketplace: _Marketplace
    store_name: str = ""


class _Participations(msgspec.Struct):
    payload: tuple[_Participation, ...]


def _updated(raw: bytes) -> str | None:
    return msgspec.json.decode(raw, type=_Updated).last_updated_time


_ORDERS: Final = Listed("order", ORDERS, "orders", "lastUpdatedAfter", "paginationToken", stamp_by(_updated), interval_s=180)


class Settings(ChannelSettings):
    """One seller, in one of Amazon's regions, by a private application of the seller's own."""

    url: Address
    """The region's address: https://sellingpartnerapi-na.amazon.com, -eu or -fe."""
    token_url: Address = LOGIN
    """Where Login with Amazon gives access."""
    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr
    """As it was given when the application was authorised in Seller Central."""
    seller_id: str = Field(pattern=r"^[A-Z0-9]{6,20}$")
    """The merchant token, in Seller Central under Account info."""
    marketplace_ids: list[Annotated[str, Field(pattern=r"^[A-Z0-9]{6,20}$")]] = Field(min_length=1, max_length=50)
    """Of which marketplaces orders are read. Listings and stock are those of the first."""
    buyers: bool = True
    """Whether buyers' names and addresses are read; `false` where the application has no role for them, which Amazon refuses otherwise."""
    store: str | None = None
    """The name that the store had when it was connected, if it was renamed since: so it stays the same shop."""
    carriers: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Your carriers' names translated to Amazon's carrier codes, `{"My post": "Royal Mail"}`."""


class Amazon(Connector[Settings], OrderSource, OrderDaySource, RefundSource, ListingSource, InventorySink, FulfilmentSink):
    """A seller at Amazon."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        "order": PayloadKind(read_order, envelopes=("orders", "order"), stream="orders"),
        "refund": PayloadKind(read_refund, envelopes=("payload.transactions", "transactions")),
        KIND: PayloadKind(read_order_refund, stream="refunds"),
    }
    mapping_version = 1
    order_stream: ClassVar = StreamFacts(lag=timedelta(minutes=3), overlap=timedelta(minutes=20), longest=timedelta(days=30))
    refund_stream: ClassVar = StreamFacts(lag=timedelta(minutes=3), overlap=timedelta(days=3), longest=timedelta(days=30))
    sink_facts: ClassVar = stock.SINK
    notice_command: ClassVar = notices.NOTICE

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        secret = settings.client_secret.get_secret_value()
        address = str(settings.token_url)
        client = Client(address, settings.client_id, secret, is_in_form=True, header="x-amz-access-token", is_tried_again=False)
        return Grant(client, self.wiring.now, refresh_token=settings.refresh_token.get_secret_value())

    def headers(self, settings: Settings) -> Mapping[str, str]:  # noqa: ARG002  the same for all
        return {"Accept": "application/json", "User-Agent": "Entrepot/1.0 (Language=Python)"}

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        named = own_id(raw, b"orderId") or own_id(raw, b"transactionId") or listings.sku_in(raw)
        return named or own_id(raw)

    def identify(self) -> RemoteIdentity:
        """The seller's store in the first marketplace; ConfigError where the seller does not sell there."""
        found, answer = unhurried(lambda: self.http.get(PARTICIPATIONS, read=_participations), 63)
        wanted = self.settings.marketplace_ids[0]
        names = [each.store_name for each in found if each.marketplace.id == wanted]
        if not names:
            raise ConfigError(f"settings.marketplace_ids: the seller does not sell in {wanted}; is it one of this region?")
        name = names[0] or self.settings.seller_id
        fingerprint = f"{self.settings.seller_id}@{self.settings.store or name}"
        return RemoteIdentity(fingerprint=fingerprint, title=name, now=answer.date or self.wiring.now())

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return self._orders(window, resume, {"includedData": self._included})

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        """One request for each order, as Amazon has no other; at the rate that it bears."""
        pacer = Pacer(self.wiring.pause.clock, self.wiring.pause.sleep)
        slices: list[bytes] = []
        gone: list[str] = []
        for order_id in ids:
            turn = pacer.wait(ONE_ORDER)
            found = self._single(order_id)
            pacer.landed(turn or 0)
            slices += [found] if found else []
            gone += [] if found else [order_id]
        return Lookup("order", tuple(slices), tuple(gone))

    def count_orders(self, window: Window) -> int:
        """Amazon counts nothing, so the orders are listed with the least that it tells of them."""
        pages = self._orders(window, None, {})
        return len({self.external_id_in(raw) for page in pages for raw in page.slices})

    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        return days.list_day(self.http, day, self.settings.marketplace_ids, self.settings.statuses)

    def fetch_refunds(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return refund_pages(self.http, self.wiring.pause, window, resume)

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return listings.listing_pages(self.http, self.settings.seller_id, self.settings.marketplace_ids[0], resume)

    @classmethod
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        return stock.publish(self.http, self.settings.seller_id, self.settings.marketplace_ids[0], targets)

    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        return stock.fetch(self.http, self.settings.seller_id, self.settings.marketplace_ids[0], listings)

    @override
    def write_notice(self, notice: ShipmentNotice, key: str) -> bytes:
        return notices.write(notice)

    def submit_shipment_notice(self, command: Command) -> Receipt:
        return notices.submit(self.http, command, self.settings.carriers)

    def find_notice(self, command: Command) -> Receipt | None:
        return notices.find(self.http, command)

    @property
    def _included(self) -> str:
        return f"{PEOPLE},{INCLUDED}" if self.settings.buyers else INCLUDED

    def _orders(self, window: Window, resume: str | None, included: Mapping[str, str]) -> Iterator[RawPage]:
        start, until = window_of(window)
        params: dict[str, str | int] = {
            "lastUpdatedBefore": until,
            "marketplaceIds": ",".join(self.settings.marketplace_ids),
            "maxResultsPerPage": PER_PAGE,
            **included,
        }
        return walk(self.http, _ORDERS, params, start, window.end, resume)

    def _single(self, order_id: str) -> bytes | None:
        """One order; None if Amazon says that it has none such."""
        if not ORDER_ID.fullmatch(order_id):
            raise RejectedError("orders: an id that is none of Amazon's")
        try:
            return unhurried(lambda: self.http.get(f"{ORDERS}/{order_id}", {"includedData": self._included}, read=_document), 2)
        except RejectedError as error:
            if error.code in GONE:
                return None
            raise


def _participations(answer: Answer) -> tuple[tuple[_Participation, ...], Answer]:
    return decoded(answer.body, _Participations, PARTICIPATIONS).payload, answer


def _document(answer: Answer) -> bytes:
    """The order of an answer, in its own bytes; an answer that ends in the middle is asked for again."""
    found = member(answer.body, "order")
    if found is None or not answer.body.rstrip().endswith(b"}") or not found.endswith(b"}"):
        raise TransientError("orders: the answer is not readable")
    return found
