"""Bank statements from a folder that the bank, or an EBICS client, puts its files into."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from connectors._kit import Manifest
from connectors._kit.exchanging import FileConnector
from connectors.bank_files.bai2 import is_bai2, read_bai2
from connectors.bank_files.camt import is_camt, read_camt
from connectors.bank_files.csv_rows import is_csv, read_csv
from connectors.bank_files.mt940 import is_mt940, read_mt940
from connectors.bank_files.ofx import is_ofx, read_ofx
from connectors.bank_files.settings import Settings
from connectors.bank_files.statements import Draft, finished
from connectors.capabilities import PayloadKind, RemoteIdentity, StatementFile
from model.errors import MalformedError
from model.records.statement import Statement

FORMS: tuple[tuple[Callable[[bytes, Settings], bool], Callable[[bytes, Settings], list[Draft]]], ...] = (
    (is_camt, read_camt),
    (is_ofx, read_ofx),
    (is_bai2, read_bai2),
    (is_mt940, read_mt940),
    (is_csv, read_csv),
)
"""How each form is known, and read. None is known by a file's name: banks call them as they like."""


class BankFiles(FileConnector[Settings], StatementFile):
    """One bank's files."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1

    def identify(self) -> RemoteIdentity:
        """The folder is looked into, which proves the credentials. File servers tell no time, so it is the hub's."""
        settings = self.settings
        self.folders.files_in(settings.outbox)
        place = f"{settings.address.rstrip('/')}/{settings.outbox}".lower()
        return RemoteIdentity(fingerprint=f"{settings.user or ''}@{place}", title=self.manifest.title, now=self.wiring.now())

    def identify_statement(self, name: str, raw: bytes) -> bool:  # noqa: ARG002  see FORMS
        return any(is_form(raw, self.settings) for is_form, _read in FORMS)

    def read_statements(self, name: str, raw: bytes) -> tuple[Statement, ...]:  # noqa: ARG002  same
        for is_form, read in FORMS:
            if is_form(raw, self.settings):
                return finished(read(raw, self.settings), self.settings)
        described = "the CSV described under settings.csv" if self.settings.csv else "CSV, as none is described under settings.csv"
        raise MalformedError(f"file: is neither camt.053 nor MT940, OFX, BAI2 or {described}")
