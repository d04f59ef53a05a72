"""The connector: has ShipBob ship and call back orders, and hears what became of them, of returns and of deliveries."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

import msgspec
from pydantic import Field, HttpUrl, SecretStr

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, decoded, own_id
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
from connectors.shipbob import commands
from connectors.shipbob.mapping import read_order
from connectors.shipbob.mapping_goods import read_receiving, read_return
from connectors.shipbob.paging import LISTS, question, sheet_of
from model.errors import ConfigError, ContractError
from model.records.fulfilment import FulfilmentOrder

MOST_CHANNEL_PAGES: Final = 20
"""Pages of fifty channels each."""


class Settings(ChannelSettings):
    """One channel of one ShipBob account. The token needs channels_read, orders_read, orders_write, returns_read and receiving_read."""

    address: Address = HttpUrl("https://api.shipbob.com/2026-01/")
    """The API with its version; `https://sandbox-api.shipbob.com/2026-01/` is the vendor's sandbox."""
    token: SecretStr
    """A personal access token."""
    channel_id: int
    """Id of the token's own channel, as `GET /channel` lists it: orders are made in it, and only its orders are read."""
    shipping_method: str = Field(default="Standard", min_length=1)
    """The shipping method of orders that name no service; ShipBob maps its name to one of its ship options."""
    page_size: int = Field(default=250, ge=10, le=250)
    """The most rows of one page."""


class _Channel(msgspec.Struct):
    id: int
    name: str | None = None


class _Channels(msgspec.Struct):
    items: list[_Channel] | None = None
    next: str | None = None


class ShipBob(Connector[Settings], ShipmentCarrier, WarehouseAdvice):
    """One channel of a ShipBob account."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        "order": PayloadKind(read_order, envelopes=("order",), stream="advices"),
        "return": PayloadKind(read_return, envelopes=("items",), stream="advices"),
        "receiving": PayloadKind(read_receiving, stream="advices"),
    }
    mapping_version = 1
    shipment_command: ClassVar = commands.FACTS
    cancel_command: ClassVar = commands.FACTS
    advice_stream: ClassVar = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=20), longest=timedelta(days=7))

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.address).rstrip('/')}/"

    def headers(self, settings: Settings) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {settings.token.get_secret_value()}"}

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def identify(self) -> RemoteIdentity:
        """The channel of the settings, among those that the token may use."""
        asked: dict[str, str | int] = {}
        for _ in range(MOST_CHANNEL_PAGES):
            page, now = self.http.get("channel", asked, read=_channels)
            for channel in page.items or ():
                if channel.id != self.settings.channel_id:
                    continue
                if now is None:
                    raise ContractError("channel: the answer has no Date header")
                return RemoteIdentity(str(channel.id), channel.name or str(channel.id), now)
            cursor = parse_qs(urlsplit(page.next or "").query).get("cursor")
            if not cursor:
                break
            asked = {"Cursor": cursor[0]}
        raise ConfigError("settings.channel_id: is none of the channels that the token may use; take one that GET /channel lists")

    def write_shipment(self, order: FulfilmentOrder, key: str) -> bytes:  # noqa: ARG002  ShipBob knows no keys, but our reference
        return commands.write_order(order, self.settings.shipping_method)

    def submit_shipment(self, command: Command) -> Receipt:
        return commands.make_order(self.http, command, self._channel)

    def find_shipment(self, command: Command) -> Receipt | None:
        order = commands.find_order(self.http, command.reference, self._channel)
        return Receipt(str(order.id), is_repeat=True) if order else None

    def write_cancel(self, reference: str, external_id: str | None, key: str) -> bytes:  # noqa: ARG002  same
        return commands.write_wish(reference, external_id)

    def submit_cancel(self, command: Command) -> Receipt:
        return commands.call_back(self.http, command, self._channel)

    def find_cancel(self, command: Command) -> Receipt | None:
        return commands.find_called_back(self.http, command, self._channel)

    def fetch_advices(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return walk(LISTS, self._ask, window, resume)

    @property
    def _channel(self) -> Mapping[str, str]:
        return {"shipbob_channel_id": str(self.settings.channel_id)}

    def _ask(self, listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
        """Only orders are asked for by our channel: returns and deliveries may be made in ShipBob's own pages, in a channel of its own."""
        asked = question(listed, start, end, page, self.settings.page_size)
        channel = self._channel if listed.kind == "order" else None
        return self.http.get(listed.path, asked, headers=channel, read=partial(sheet_of, listed=listed, asked=asked))


def _channels(answer: Answer) -> tuple[_Channels, datetime | None]:
    return decoded(answer.body, _Channels, "channel"), answer.date
