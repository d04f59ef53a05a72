"""The connector: has ShipStation ship and call back orders, and hears what became of them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

import httpx
import msgspec
from pydantic import Field, HttpUrl, SecretStr

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, Wiring, decoded
from connectors._kit.stretches import Listed, Sheet, walk
from connectors.capabilities import (
    Command,
    PayloadKind,
    RawPage,
    Receipt,
    RemoteIdentity,
    ShipmentCarrier,
    StreamFacts,
    WarehouseAdvice,
    Window,
)
from connectors.shipstation import commands
from connectors.shipstation.mapping import CURRENCY, external_id_in, read_order, read_shipment
from connectors.shipstation.paging import LISTS, question, sheet_of
from model.errors import ConfigError, ContractError
from model.records.fulfilment import FulfilmentOrder


class Settings(ChannelSettings):
    """One store of one ShipStation account."""

    address: Address = HttpUrl("https://ssapi.shipstation.com/")
    """The API. ShipStation has no sandbox of it."""
    api_key: SecretStr
    """The key of the account's API settings."""
    api_secret: SecretStr
    """Its secret."""
    store_id: int = Field(ge=1)
    """Id of the store in which orders are made, as `GET /stores` lists it; only its orders and shipments are read."""
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    """What ShipStation's amounts are in, as they name no currency."""
    page_size: int = Field(default=500, ge=10, le=500)
    """The most rows of one page."""


class _Store(msgspec.Struct, rename="camel"):
    store_id: int
    store_name: str | None = None


class ShipStation(Connector[Settings], ShipmentCarrier, WarehouseAdvice):
    """One store of a ShipStation account."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        "order": PayloadKind(read_order, envelopes=("orders",), stream="advices"),
        "shipment": PayloadKind(read_shipment, envelopes=("shipments",), stream="advices"),
    }
    mapping_version = 1
    shipment_command: ClassVar = commands.SHIPMENT_FACTS
    cancel_command: ClassVar = commands.CANCEL_FACTS
    advice_stream: ClassVar = StreamFacts(lag=timedelta(minutes=10), overlap=timedelta(minutes=20), longest=timedelta(days=7))
    """A label that is voided is mostly voided at once; read a little later, it is never taken for a parcel that left."""

    def __init__(self, settings: Settings, wiring: Wiring) -> None:
        told = {**settings.statuses, CURRENCY: settings.currency}  # what changes how documents are read makes them be read anew
        super().__init__(settings.model_copy(update={"statuses": told}), wiring)

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.address).rstrip('/')}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        return httpx.BasicAuth(settings.api_key.get_secret_value(), settings.api_secret.get_secret_value())

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return external_id_in(raw)

    def identify(self) -> RemoteIdentity:
        """The store of the settings, among those of the account."""
        stores, now = self.http.get("stores", read=_stores)
        store = next((each for each in stores if each.store_id == self.settings.store_id), None)
        if store is None:
            raise ConfigError("settings.store_id: is no store of the account; take one that GET /stores lists")
        if now is None:
            raise ContractError("stores: the answer has no Date header")
        return RemoteIdentity(str(store.store_id), store.store_name or str(store.store_id), now)

    def write_shipment(self, order: FulfilmentOrder, key: str) -> bytes:  # noqa: ARG002  ShipStation knows no keys, but our reference
        return commands.write_order(order, self.settings.store_id, self.settings.currency)

    def submit_shipment(self, command: Command) -> Receipt:
        return commands.make_order(self.http, command)

    def find_shipment(self, command: Command) -> Receipt | None:
        return commands.find_order(self.http, command.reference, self.settings.store_id)

    def write_cancel(self, reference: str, external_id: str | None, key: str) -> bytes:  # noqa: ARG002  an order that was split has several
        return commands.write_wish(reference)

    def submit_cancel(self, command: Command) -> Receipt:
        return commands.call_back(self.http, command, self.settings.store_id)

    def find_cancel(self, command: Command) -> Receipt | None:
        return commands.find_called_back(self.http, command.reference, self.settings.store_id)

    def fetch_advices(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return walk(LISTS, self._ask, window, resume)

    def _ask(self, listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
        asked = question(listed, start, end, page, page_size=self.settings.page_size, store_id=self.settings.store_id)
        sheet, rest_s = self.http.get(listed.path, asked, read=partial(sheet_of, listed=listed, asked=asked))
        if rest_s:
            self.wiring.pause.sleep(rest_s)
        return sheet


def _stores(answer: Answer) -> tuple[list[_Store], datetime | None]:
    return decoded(answer.body, list[_Store], "stores"), answer.date
