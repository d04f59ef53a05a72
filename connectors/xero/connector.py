"""The connector: posts vouchers as manual journals of one Xero organisation, and reads its manual journals."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Self

import httpx
import msgspec
from pydantic import HttpUrl, SecretStr, model_validator

from connectors._kit import Address, Answer, Connector, Manifest, decoded
from connectors._kit.grants import Client, Grant
from connectors._kit.ledgers import LedgerSettings
from connectors.capabilities import Command, LedgerSource, PayloadKind, Receipt, RemoteIdentity, VoucherSink
from connectors.xero import journals, posting
from connectors.xero.journals import Books
from model.errors import ConfigError, TransientError
from model.records.voucher import LedgerEntry, Voucher

SCOPES = "accounting.transactions accounting.settings.read"


class Settings(LedgerSettings):
    """One organisation, by a custom connection (client credentials), or by an app that a person connected (refresh token)."""

    url: Address = HttpUrl("https://api.xero.com/api.xro/2.0")
    token_url: Address = HttpUrl("https://identity.xero.com/connect/token")
    client_id: str
    client_secret: SecretStr
    currency: str
    """The organisation's base currency; Xero's manual journals know no other."""
    tenant_id: str | None = None
    """The organisation's id; a custom connection has only one and needs none."""
    refresh_token: SecretStr | None = None
    """As it was given when the app was connected; none for a custom connection."""
    token_file: Path | None = None
    """Where the newest refresh token is kept, as Xero gives another one with every refresh."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.refresh_token is not None and (self.tenant_id is None or self.token_file is None):
            raise ValueError("refresh_token: needs tenant_id and token_file beside it")
        return self


class _Organisation(msgspec.Struct, rename="pascal"):
    organisation_id: str = msgspec.field(name="OrganisationID")
    name: str
    base_currency: str


class _Organisations(msgspec.Struct):
    organisations: list[_Organisation] = msgspec.field(name="Organisations")


class Xero(Connector[Settings], VoucherSink, LedgerSource):
    """One Xero organisation."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1
    voucher_command: ClassVar = posting.FACTS

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        client = Client(str(settings.token_url), settings.client_id, settings.client_secret.get_secret_value(), SCOPES)
        refresh_token = settings.refresh_token.get_secret_value() if settings.refresh_token else None
        return Grant(client, self.wiring.now, refresh_token=refresh_token, file=settings.token_file)

    def headers(self, settings: Settings) -> Mapping[str, str]:
        tenant = {"xero-tenant-id": settings.tenant_id} if settings.tenant_id else {}
        return {"Accept": "application/json", **tenant}

    def identify(self) -> RemoteIdentity:
        """The organisation; a ConfigError where its base currency is not the one in the settings."""
        organisation, now = self.http.get("Organisation", read=_organisation)
        if organisation.base_currency != self.settings.currency:
            raise ConfigError(f"currency: the organisation's base currency is {organisation.base_currency[:3]}; mend it in hub.toml")
        return RemoteIdentity(organisation.organisation_id, organisation.name, now or self.wiring.now())

    def write_voucher(self, voucher: Voucher, key: str) -> bytes:  # noqa: ARG002  the key is a header of the request
        return posting.written(voucher, self.settings, self.settings.currency)

    def submit_voucher(self, command: Command) -> Receipt:
        return posting.posted(self.http, command)

    def find_voucher(self, command: Command) -> Receipt | None:
        return posting.found(self.http, self._books(), command)

    def fetch_entries(self, first: date, last: date) -> Iterator[Sequence[LedgerEntry]]:
        return journals.entries(self.http, self._books(), first, last)

    def _books(self) -> Books:
        return Books(self.settings.currency, self.settings.accounts, self.wiring.pause)


def _organisation(answer: Answer) -> tuple[_Organisation, datetime | None]:
    found = decoded(answer.body, _Organisations, "Organisation").organisations
    if len(found) != 1:
        raise TransientError(f"Organisation: {len(found)} of them are shown, and one is asked for")
    return found[0], answer.date
