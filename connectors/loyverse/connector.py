"""A Loyverse account: its receipts, its catalogue, and the stock of one store."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from pydantic import Field, HttpUrl, SecretStr

from connectors._kit import Address, ChannelSettings, Connector, Manifest, own_id
from connectors.capabilities import (
    InventorySink,
    ListingSource,
    Lookup,
    OrderSource,
    PayloadKind,
    RawPage,
    RemoteIdentity,
    StockAnswer,
    StockSeen,
    StockTarget,
    StreamFacts,
    Window,
)
from connectors.loyverse import listings, receipts, stock
from connectors.loyverse.mapping import read_order
from model.records.listing import Listing


class Settings(ChannelSettings):
    """One account and its access token, of the back office (Access tokens) or of an OAuth application.

    An application needs RECEIPTS_READ and MERCHANT_READ; for stock ITEMS_READ, STORES_READ, INVENTORY_READ and INVENTORY_WRITE.
    """

    access_token: SecretStr
    page_size: int = Field(default=250, ge=2, le=250)
    """Receipts or items in one answer."""
    stock_store: str | None = None
    """Id of the store whose levels are set; without it, the account's only one."""
    url: Address = HttpUrl("https://api.loyverse.com/v1.0")
    """Where the interface is."""


class Loyverse(Connector[Settings], OrderSource, ListingSource, InventorySink):
    """A Loyverse account: sales by time of change, and refunds, which are receipts of their own."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {"order": PayloadKind(read_order, envelopes=("receipts",), stream="orders")}
    mapping_version = 1
    order_stream = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=20), longest=timedelta(days=30))
    sink_facts = stock.SINK

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    def headers(self, settings: Settings) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {settings.access_token.get_secret_value()}"}

    def identify(self) -> RemoteIdentity:
        """The merchant, whose currency is that of all receipts."""
        return receipts.identity(self.http)

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Receipts whose `updated_at` lies in the window, sales and refunds."""
        return receipts.receipt_pages(self.http, window, self.settings.page_size, resume)

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        return receipts.receipts_by_id(self.http, ids, self.settings.page_size)

    def count_orders(self, window: Window) -> int:
        return receipts.count_receipts(self.http, window, self.settings.page_size)

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return listings.listing_pages(self.http, self.settings.page_size, resume)

    @classmethod
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        return stock.publish(self.http, stock.store_of(self.http, self.settings.stock_store), targets)

    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        return stock.fetch(self.http, stock.store_of(self.http, self.settings.stock_store), listings)
