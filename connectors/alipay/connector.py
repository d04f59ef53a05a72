"""Alipay's trade bills by file: the ZIP that Alipay gives for a day or month, or the CSV from it."""

from collections.abc import Mapping
from typing import ClassVar

from connectors._kit import Manifest
from connectors._kit.exchanging import FileSettings
from connectors._kit.packed import Member, names_in, unpacked
from connectors._kit.telling import TellingConnector
from connectors.alipay import words
from connectors.alipay.reading import read_bill
from connectors.alipay.summary import net_of_summary
from connectors.capabilities import PayloadKind, SettlementFile
from model.errors import MalformedError
from model.records.settlement import Settlement

_BILL, _SUMMARY = "业务明细", "汇总"
_GLIMPSE = 4096


class Settings(FileSettings):
    """One merchant's account with Alipay (a number that begins with 2088)."""


class Alipay(TellingConnector[Settings], SettlementFile):
    """What one merchant sold and paid back through Alipay."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1

    def identify_settlement(self, name: str, raw: bytes) -> bool:  # noqa: ARG002  names are as people save them
        """Bills of other kinds are claimed too, so that they are refused with the reason."""
        if any(_BILL in each for each in names_in(raw)):
            return True
        head = raw[:_GLIMPSE].decode("gb18030", errors="replace") + raw[:_GLIMPSE].decode("utf-8", errors="replace")
        return any(mark in head for mark in (words.TITLE, *words.ACCOUNT_BILLS, *words.PERSONAL))

    def read_settlements(self, name: str, raw: bytes) -> tuple[Settlement, ...]:  # noqa: ARG002  same
        members = unpacked(raw)
        bills = [member for member in members if not _is_summary(member)]
        if len(bills) != 1:
            raise MalformedError(f"file: holds {len(bills)} trade bills (业务明细), and not one")
        summaries = [member for member in members if _is_summary(member)]
        if len(summaries) > 1:
            raise MalformedError(f"file: holds {len(summaries)} summaries (汇总)")
        return (read_bill(bills[0].raw, net_of_summary(summaries[0].raw) if summaries else None),)


def _is_summary(member: Member) -> bool:
    return _SUMMARY in member.name
