"""The connector: posts vouchers as moves in one company's books, and reads the books back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import ClassVar

import httpx
from pydantic import Field, SecretStr

from connectors._kit import Address, Connector, Manifest
from connectors._kit.ledgers import LedgerSettings
from connectors._kit.tryton_company import company_of
from connectors._kit.tryton_rpc import Rpc, Session
from connectors.capabilities import Command, LedgerSource, PayloadKind, Receipt, RemoteIdentity, VoucherSink
from connectors.tryton import entries, posting, writing
from connectors.tryton.entries import Words
from connectors.tryton.finding import MOVE
from model.errors import ContractError
from model.records.voucher import LedgerEntry, Voucher


class Settings(LedgerSettings):
    """One company's books in one Tryton database on PostgreSQL. Tax codes are called by the names of Tryton's taxes."""

    address: Address
    """The server, `https://erp.example.com/`."""
    database: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,63}$")
    """The database's name, as it stands in Tryton's login."""
    user: str = Field(pattern=r"^[^:\s]{1,200}$")
    """A user of its own, in the group Accounting."""
    password: SecretStr
    company: str = Field(min_length=1)
    """The company's name as Tryton shows it; one of the user's companies."""
    journal: str = Field(default="MISC", min_length=1)
    """The code of the journal that vouchers are booked in."""
    parties: dict[str, str] = Field(default_factory=dict[str, str])
    """The code of the party that lines on an account of ours bear, where Tryton wants one there: `{"1201" = "SHOPS"}`."""
    batch: int = Field(default=200, ge=1, le=1000)
    """Moves that are read at once."""


class Tryton(Connector[Settings], VoucherSink, LedgerSource):
    """The general ledger of one company."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1
    voucher_command: ClassVar = posting.FACTS

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.address).rstrip('/')}/{settings.database}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        self._session = Session(settings.user, settings.password)
        return self._session

    def identify(self) -> RemoteIdentity:
        """The company of the settings, of a user who may see its moves."""
        company = company_of(self._rpc, self.settings.company)
        _seen, now = self._rpc.ask_when(f"{MOVE}.search", (), 0, 1, None, shape=list[int], context={"company": company.id})
        if now is None:
            raise ContractError("rpc: the answer has no Date header")
        return RemoteIdentity(f"{self.settings.database}/{company.id}", company.rec_name, now)

    def write_voucher(self, voucher: Voucher, key: str) -> bytes:  # noqa: ARG002  Tryton knows no keys, but our reference
        told = self.settings
        return writing.write_voucher(voucher, told.journal, told.accounts, told.tax_codes, told.parties)

    def submit_voucher(self, command: Command) -> Receipt:
        return posting.submit(self._rpc, command, self.settings.company)

    def find_voucher(self, command: Command) -> Receipt | None:
        return posting.find(self._rpc, command, self.settings.company)

    def fetch_entries(self, first: date, last: date) -> Iterator[Sequence[LedgerEntry]]:
        words = {"accounts": Words(self.settings.accounts), "taxes": Words(self.settings.tax_codes)}
        return entries.fetch_entries(self._rpc, self.settings.company, first, last, **words, batch=self.settings.batch)

    @property
    def _rpc(self) -> Rpc:
        return Rpc(self.http, self._session, "Accounting")
