"""The connector: posts vouchers as journal entries of one QuickBooks Online company, and reads its journal entries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, ClassVar, Final

import httpx
import msgspec
from pydantic import Field, HttpUrl, SecretStr

from connectors._kit import Address, Answer, Connector, Manifest, decoded
from connectors._kit.grants import Client, Grant
from connectors._kit.ledgers import LedgerSettings
from connectors.capabilities import Command, LedgerSource, PayloadKind, Receipt, RemoteIdentity, VoucherSink
from connectors.quickbooks import entries, posting
from connectors.quickbooks.entries import Books
from connectors.quickbooks.faults import VERSION
from model.errors import ConfigError
from model.records.voucher import LedgerEntry, Voucher

REALM: Final = re.compile(r"\d{1,32}")


class Settings(LedgerSettings):
    """One company, by an app that a person connected. `accounts` names the ids of QuickBooks, which are numbers."""

    url: Address = HttpUrl("https://quickbooks.api.intuit.com")
    """`https://sandbox-quickbooks.api.intuit.com` for a sandbox company."""
    token_url: Address = HttpUrl("https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer")
    client_id: str
    client_secret: SecretStr
    realm_id: Annotated[str, Field(pattern=REALM.pattern)]
    """The company's id."""
    currency: str
    """The company's home currency."""
    multicurrency: bool = False
    """Whether the company keeps accounts in foreign currencies; then vouchers of one foreign currency are posted in it."""
    outside_us: bool = False
    """Whether the company is outside the United States, where QuickBooks must be told to reckon no tax of its own."""
    refresh_token: SecretStr
    """As it was given when the app was connected."""
    token_file: Path | None = None
    """Where the newest refresh token is kept, as QuickBooks gives another one every day or so; without it the connection ends then."""


class _Worded(msgspec.Struct):
    value: str


class _Currencies(msgspec.Struct):
    is_multi: bool = msgspec.field(name="MultiCurrencyEnabled", default=False)
    home: _Worded | None = msgspec.field(name="HomeCurrency", default=None)


class _Preferences(msgspec.Struct):
    currencies: _Currencies = msgspec.field(name="CurrencyPrefs", default_factory=_Currencies)


class _Told(msgspec.Struct):
    preferences: _Preferences = msgspec.field(name="Preferences")


class QuickBooks(Connector[Settings], VoucherSink, LedgerSource):
    """One company of QuickBooks Online."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1
    voucher_command: ClassVar = posting.FACTS

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/v3/company/{settings.realm_id}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        client = Client(str(settings.token_url), settings.client_id, settings.client_secret.get_secret_value())
        return Grant(client, self.wiring.now, refresh_token=settings.refresh_token.get_secret_value(), file=settings.token_file)

    def headers(self, settings: Settings) -> Mapping[str, str]:  # noqa: ARG002  the same for every company
        return {"Accept": "application/json"}

    def identify(self) -> RemoteIdentity:
        """The company; a ConfigError where its currencies are not as the settings say."""
        currencies, now = self.http.get("preferences", {"minorversion": VERSION}, read=_currencies)
        if currencies.home is not None and currencies.home.value != self.settings.currency:
            raise ConfigError(f"currency: the company's home currency is {currencies.home.value[:3]}; mend it in hub.toml")
        if self.settings.multicurrency and not currencies.is_multi:
            raise ConfigError("multicurrency: the company has it switched off; switch it on in QuickBooks, or off in hub.toml")
        return RemoteIdentity(self.settings.realm_id, f"QuickBooks company {self.settings.realm_id}", now or self.wiring.now())

    def write_voucher(self, voucher: Voucher, key: str) -> bytes:  # noqa: ARG002  the key is told beside the body
        settings = self.settings
        terms = posting.Terms(settings.currency, multicurrency=settings.multicurrency, outside_us=settings.outside_us)
        return posting.written(voucher, settings, terms)

    def submit_voucher(self, command: Command) -> Receipt:
        return posting.posted(self.http, command)

    def find_voucher(self, command: Command) -> Receipt | None:
        return posting.found(self.http, self._books(), command)

    def fetch_entries(self, first: date, last: date) -> Iterator[Sequence[LedgerEntry]]:
        return entries.entries(self.http, self._books(), first, last)

    def _books(self) -> Books:
        return Books(self.settings.currency, self.settings.accounts, self.wiring.pause)


def _currencies(answer: Answer) -> tuple[_Currencies, datetime | None]:
    return decoded(answer.body, _Told, "preferences").preferences.currencies, answer.date
