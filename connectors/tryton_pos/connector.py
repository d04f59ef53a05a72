"""The connector: reads sales, returns, payments and products of one company's tills in Tryton."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

import httpx
import msgspec
from pydantic import Field, SecretStr

from connectors._kit import Address, ChannelSettings, Connector, Manifest, own_id
from connectors._kit.tryton_company import company_of
from connectors._kit.tryton_rpc import Rpc, Session
from connectors._kit.tryton_values import WireInstant
from connectors.capabilities import (
    ListingSource,
    Lookup,
    OrderDaySource,
    OrderSource,
    PayloadKind,
    RawPage,
    RemoteIdentity,
    StreamFacts,
    Window,
)
from connectors.tryton_pos import days, listings, reading
from connectors.tryton_pos.mapping import read_sale
from model.errors import ConfigError, ContractError
from model.records.days import ListedOrder
from model.records.listing import Listing
from model.values.instant import micros


class Settings(ChannelSettings):
    """The tills of one company in one Tryton database, whose PostgreSQL runs in UTC (`SHOW timezone`)."""

    address: Address
    """The server, `https://erp.example.com/`."""
    database: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,63}$")
    """The database's name, as it stands in Tryton's login."""
    user: str = Field(pattern=r"^[^:\s]{1,200}$")
    """A user of its own, who may read tills and their sales, as the group POS may."""
    password: SecretStr
    company: str = Field(min_length=1)
    """The company's name as Tryton shows it; one of the user's companies."""
    batch: int = Field(default=200, ge=1, le=1000)
    """Sales or products that are read at once."""


class _Party(msgspec.Struct, frozen=True):
    code: str | None = None


class _Company(msgspec.Struct, frozen=True):
    id: int
    rec_name: str
    create_date: WireInstant
    party: _Party = msgspec.field(name="party.")


class TrytonPos(Connector[Settings], OrderSource, OrderDaySource, ListingSource):
    """Sales by the times of change of themselves, their lines and payments; products that may be sold.

    No stock is set. Tryton takes a level only as a stocktake (`stock.inventory`), which books what is more or less than before as found or
    lost, at cost where stock is valued; what may be sold at a till is no count of what lies there. Besides, a sale takes its goods off the
    stock only when it is posted, often at night: a level set before would lose them once more.
    """

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar = {"order": PayloadKind(read_sale, envelopes=("result",), stream="orders")}
    mapping_version = 1
    order_stream: ClassVar = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=30), longest=timedelta(days=31))
    """PostgreSQL stamps rows with the time at which their transaction began, and posting a day's sales is one that takes its time."""

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.address).rstrip('/')}/{settings.database}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        self._session = Session(settings.user, settings.password)
        return self._session

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def identify(self) -> RemoteIdentity:
        """The company of the settings. Nothing names a database for ever, so the moment at which its company was made has to."""
        asked = ((("rec_name", "=", self.settings.company),), 0, 2, None, ("rec_name", "create_date", "party.code"))
        found, now = self._rpc.ask_when("model.company.company.search_read", *asked, shape=list[_Company])
        if len(found) != 1:
            raise ConfigError("settings.company: the user does not see one company of this name; name it as Tryton shows it")
        if now is None:
            raise ContractError("rpc: the answer has no Date header")
        [company] = found
        made = micros(company.create_date.moment)
        return RemoteIdentity(f"{self.settings.database}/{company.id}/{made}/{company.party.code or ''}", company.rec_name, now)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        rpc, company = self._rpc, self._company
        return reading.sale_pages(rpc, company, reading.changed(window, company), self.settings.batch, resume)

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        return reading.sales_by_id(self._rpc, self._company, ids, self.settings.batch) if ids else Lookup("order", (), ())

    def count_orders(self, window: Window) -> int:
        company = self._company
        return reading.counted(self._rpc, company, reading.changed(window, company))

    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        return days.list_day(reading.day_pages(self._rpc, self._company, day, self.settings.batch), day)

    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        return reading.product_pages(self._rpc, self._company, self.settings.batch, resume)

    @classmethod
    def read_listing(cls, raw: bytes) -> Listing:
        return listings.read_listing(raw)

    @property
    def _rpc(self) -> Rpc:
        return Rpc(self.http, self._session, "POS")

    @property
    def _company(self) -> int:
        return company_of(self._rpc, self.settings.company).id
