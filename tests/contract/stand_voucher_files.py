"""Where a connector that writes vouchers into files is put to the test: `recordings/vouchers.toml` says with which settings, and who reads.

reader = "beancount"    # one of READERS
[settings]              # of the ledger; the address is the suite's
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import VoucherFile
from model.errors import RejectedError
from model.records.voucher import LedgerAccount, Voucher
from tests.contract.dialects import CONNECTORS, Told
from tests.contract.file_vouchers import CHART
from tests.contract.remote import NOW, Row
from tests.contract.stand import Stand
from tests.contract.voucher_readers import READERS, Read


class VoucherDialect(Told):
    """What a folder tells of its files of vouchers."""

    reader: str
    settings: Mapping[str, Any] = {}


@cache
def voucher_dialect_of(name: str) -> VoucherDialect:
    """What a connector's folder tells."""
    return VoucherDialect.model_validate(tomllib.loads((CONNECTORS / name / "recordings" / "vouchers.toml").read_text("utf-8")))


@dataclass
class VoucherFileStand(Stand):
    """One connector class under test as a writer of vouchers."""

    def usual_rows(self) -> list[Row]:
        """None: there are files."""
        return []

    @property
    def writer(self) -> VoucherFile:
        """The connector with the suite's settings; nothing is behind its address."""
        settings = {**voucher_dialect_of(self.name).settings, "address": "/nowhere"}
        wiring: Any = Wiring(None, Pause(), now=lambda: NOW)  # pyright: ignore
        made: Any = self.kind(self.kind.settings_type.model_validate(settings), wiring)
        return made

    def pieces(self, vouchers: Iterable[Voucher], chart: Sequence[LedgerAccount] = CHART) -> Iterator[bytes]:
        """The file as it comes."""
        return self.writer.write_vouchers(vouchers, chart)

    def file(self, vouchers: Iterable[Voucher], chart: Sequence[LedgerAccount] = CHART) -> bytes:
        """The whole file."""
        return b"".join(self.pieces(vouchers, chart))

    def refusal(self, vouchers: Iterable[Voucher]) -> str | None:
        """Why vouchers are refused; None where they are written. Any other error is the suite's to see."""
        try:
            self.file(vouchers)
        except RejectedError as error:
            return str(error)
        return None

    def understood(self, vouchers: Iterable[Voucher], chart: Sequence[LedgerAccount] = CHART) -> Read:
        """What the ledger makes of the file, with our codes of accounts."""
        dialect = voucher_dialect_of(self.name)
        ours = {theirs: code for code, theirs in dialect.settings.get("accounts", {}).items()}
        read = READERS[dialect.reader](self.file(vouchers, chart))
        return tuple(
            replace(each, lines=tuple(replace(line, account=ours.get(line.account, line.account)) for line in each.lines)) for each in read
        )

    def tax_code(self, ours: str) -> str:
        """What the ledger calls a tax code."""
        told: str = voucher_dialect_of(self.name).settings.get("tax_codes", {}).get(ours, ours)
        return told
