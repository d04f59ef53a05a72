"""The connector: reads payouts, the lines of the balance, and disputes of one Stripe account."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Final

import msgspec
from pydantic import HttpUrl, SecretStr

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, decoded, own_id
from connectors.capabilities import DisputeSource, PayloadKind, PayoutSource, RawPage, RemoteIdentity, StreamFacts, Window
from connectors.stripe.lists import Listed, bare_line, changed_in, created_in, line_query, walk
from connectors.stripe.mapping import read_dispute, read_line, read_payout
from model.errors import ContractError

PAYOUTS: Final = (
    Listed("payout", "events", {"type": "payout.*"}, changed_in("payout")),
    Listed("payout", "payouts", {}, created_in("payout")),
    Listed("balance", "balance_transactions", line_query(), bare_line),
)
DISPUTES: Final = (
    Listed("dispute", "events", {"type": "charge.dispute.*"}, changed_in("dispute")),
    Listed("dispute", "disputes", {}, created_in("dispute")),
)


class Settings(ChannelSettings):
    """One Stripe account. A restricted key needs to read: Balance, Balance transaction sources, Payouts, Disputes, Charges, Events."""

    url: Address = HttpUrl("https://api.stripe.com")
    api_key: SecretStr
    """A restricted or secret key (`rk_live_…`, `sk_live_…`)."""
    account: str | None = None
    """Id of a connected account (`acct_…`) whose money is read with the platform's key; without it, the key's own account."""


class _Dashboard(msgspec.Struct):
    display_name: str | None = None


class _AccountSettings(msgspec.Struct):
    dashboard: _Dashboard | None = None


class _Account(msgspec.Struct):
    id: str
    settings: _AccountSettings | None = None


class Stripe(Connector[Settings], PayoutSource, DisputeSource):
    """Changes are found by events, which Stripe keeps for thirty days: an account not read for longer misses what changed before."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar = {
        "payout": PayloadKind(read_payout, stream="payouts"),
        "balance": PayloadKind(read_line, stream="payouts"),
        "dispute": PayloadKind(read_dispute, stream="disputes"),
    }
    mapping_version = 1
    payout_stream: ClassVar = StreamFacts(lag=timedelta(minutes=5), overlap=timedelta(hours=1), longest=timedelta(days=31))
    dispute_stream: ClassVar = payout_stream

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.url).rstrip('/')}/"

    def headers(self, settings: Settings) -> Mapping[str, str]:
        named = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}", "Stripe-Version": self.manifest.api_version}
        return named | ({"Stripe-Account": settings.account} if settings.account else {})

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return own_id(raw)

    def identify(self) -> RemoteIdentity:
        """The account; of a test key it is another one, as their money never meets."""
        account, now = self.http.get("v1/account", read=_account)
        is_test = "_test_" in self.settings.api_key.get_secret_value()[:12]
        title = account.settings.dashboard.display_name if account.settings and account.settings.dashboard else None
        return RemoteIdentity(f"{account.id}-test" if is_test else account.id, title or account.id, now)

    def fetch_payouts(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return walk(self.http, PAYOUTS, window, resume)

    def fetch_disputes(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        return walk(self.http, DISPUTES, window, resume)


def _account(answer: Answer) -> tuple[_Account, datetime]:
    if answer.date is None:
        raise ContractError("account: the answer tells no time")
    return decoded(answer.body, _Account, "account"), answer.date
