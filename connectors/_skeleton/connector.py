"""A Skeleton shop: its orders."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote

import msgspec
from pydantic import Field, SecretStr

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, decoded, own_id
from connectors._kit.cursors import cursor_pages
from connectors._skeleton.mapping import read_order
from connectors.capabilities import Lookup, OrderSource, PayloadKind, RawPage, RemoteIdentity, StreamFacts, Window
from model.errors import ContractError, RejectedError, TransientError
from model.values.instant import iso


class Settings(ChannelSettings):
    """One shop: its address and the token made in its back office."""

    url: Address
    token: SecretStr
    page_size: int = Field(default=100, ge=1, le=250)
    """Orders in one answer."""


class Skeleton(Connector[Settings], OrderSource):
    """A Skeleton shop."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {"order": PayloadKind(read_order, envelopes=("orders",), stream="orders")}
    mapping_version = 1
    # From the vendor's documents: how late a change may show, how much to read twice, and how long a window may be.
    order_stream = StreamFacts(lag=timedelta(0), overlap=timedelta(minutes=10), longest=timedelta(days=30))

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    def headers(self, settings: Settings) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {settings.token.get_secret_value()}"}

    def identify(self) -> RemoteIdentity:
        """One cheap request that proves the token and names the shop."""
        return self.http.get("shop", read=_identity)

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Orders changed in the window, in pages by the vendor's own cursor."""
        query = {**_times(window), "limit": self.settings.page_size}
        return cursor_pages(self.http, "orders", query, kind="order", resume=resume, array="orders")

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        found = {each: self._single(each) for each in ids}
        gone = tuple(each for each, raw in found.items() if raw is None)
        return Lookup("order", tuple(raw for raw in found.values() if raw is not None), gone)

    def count_orders(self, window: Window) -> int:
        return self.http.get("orders/count", _times(window), read=_count)

    def _single(self, order_id: str) -> bytes | None:
        """One order; None only if the shop itself calls it gone: a 404 with another body is a wrong address."""
        try:
            return self.http.get(f"orders/{quote(order_id, safe='')}", read=_document)
        except RejectedError as error:
            if error.code == "order_not_found":
                return None
            raise


class _Shop(msgspec.Struct):
    id: str
    name: str


class _Count(msgspec.Struct):
    count: int


def _identity(answer: Answer) -> RemoteIdentity:
    shop = decoded(answer.body, _Shop, "shop")
    if answer.date is None:
        raise ContractError("shop: the answer has no Date header")
    return RemoteIdentity(fingerprint=shop.id, title=shop.name, now=answer.date)


def _count(answer: Answer) -> int:
    return decoded(answer.body, _Count, "orders/count").count


def _document(answer: Answer) -> bytes:
    if not answer.body.rstrip().endswith(b"}"):
        raise TransientError("orders: the answer ends in the middle")
    return answer.body


def _times(window: Window) -> dict[str, str | int]:
    """The window as the vendor filters: from inclusive, to exclusive."""
    return {"updated_from": iso(window.start), "updated_to": iso(window.end)}
