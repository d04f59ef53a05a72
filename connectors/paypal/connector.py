"""The connector: reads the balance, the withdrawals and the disputes of one PayPal business account."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, ClassVar

import httpx
import msgspec
from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, decoded, own_id
from connectors._kit.stretches import Listed, Sheet, start_of, walk
from connectors.capabilities import DisputeSource, PayloadKind, PayoutSource, RawPage, RemoteIdentity, StreamFacts, Window
from connectors.paypal import searching
from connectors.paypal.access import ClientCredentials
from connectors.paypal.mapping import read_dispute, read_line, read_payout
from model.errors import ContractError


class Settings(ChannelSettings):
    """One business account, by a REST app of it with the features Transaction search and Disputes."""

    url: Address = HttpUrl("https://api-m.paypal.com")
    """`https://api-m.sandbox.paypal.com` for PayPal's sandbox."""
    client_id: str
    client_secret: SecretStr
    page_size: Annotated[int, Field(ge=1, le=500)] = 500
    """Transactions of one page at the most; of disputes PayPal shows fifty."""


class _Balances(msgspec.Struct):
    account_id: str


class PayPal(Connector[Settings], PayoutSource, DisputeSource):
    """Transactions show up within three hours. One that changes keeps its place in time, so the last days are read again."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar = {
        "payout": PayloadKind(read_payout, stream="payouts"),
        "balance": PayloadKind(read_line, stream="payouts"),
        "dispute": PayloadKind(read_dispute, stream="disputes"),
    }
    mapping_version = 1
    payout_stream: ClassVar = StreamFacts(
        lag=timedelta(hours=3), overlap=timedelta(days=10), longest=timedelta(days=31), late=timedelta(hours=3)
    )
    dispute_stream: ClassVar = StreamFacts(lag=timedelta(minutes=5), overlap=timedelta(hours=1), longest=timedelta(days=31))

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    @override
    def sign(self, settings: Settings) -> httpx.Auth:
        return ClientCredentials(self.base_url(settings), settings.client_id, settings.client_secret.get_secret_value())

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def identify(self) -> RemoteIdentity:
        account_id, now = self.http.get("v1/reporting/balances", read=_account)
        return RemoteIdentity(account_id, account_id, now)

    def fetch_payouts(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Lines of the balance; those of a page that are withdrawals come before it as payouts, and with it again where it is resumed."""

        def ask(_listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
            return searching.transactions(self.http, self.settings.page_size, start, end, page)

        before = resume or start_of(window)
        for page in walk((searching.TRANSACTIONS,), ask, window, resume):
            if withdrawals := tuple(filter(searching.is_withdrawal, page.slices)):
                yield RawPage("payout", withdrawals, before)
            yield page
            before = page.resume or before

    def fetch_disputes(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        def ask(_listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
            return searching.disputes(self.http, self.settings.page_size, start, end, page)

        detailed = partial(searching.with_details, self.http, known={})
        for page in walk((searching.DISPUTES,), ask, window, resume):
            yield RawPage(page.kind, detailed(page.slices), page.resume)


def _account(answer: Answer) -> tuple[str, datetime]:
    if answer.date is None:
        raise ContractError("balances: the answer tells no time")
    return decoded(answer.body, _Balances, "balances").account_id, answer.date
