"""PayPal's reports by file: the settlement report that PayPal puts on its SFTP server, or the activity that somebody downloads."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from connectors._kit import Manifest
from connectors._kit.exchanging import FileSettings
from connectors._kit.local_forms import DateOrder, Mark
from connectors._kit.packed import glimpse, unpacked
from connectors._kit.sheets import Line, lines_of, text_of
from connectors._kit.telling import TellingConnector
from connectors.capabilities import PayloadKind, SettlementFile
from connectors.paypal_reports.activity import is_activity, read_activity
from connectors.paypal_reports.settlement import is_settlement_report, read_settlement_report
from model.errors import MalformedError, RejectedError
from model.records.settlement import Settlement


class Settings(FileSettings):
    """One PayPal account. PayPal's server is `sftp://reports.paypal.com`, and `outbox` there `/ppreports/outgoing`."""

    report: Literal["settlement", "activity"] = "settlement"
    """Which report this account is kept by: `settlement` (STL, by SFTP) or `activity` (CSV download). Both tell the same money, so the
    other one is refused."""
    decimal_mark: Mark | None = None
    """`.` or `,` in the activity download; its own numbers tell, so it is needed only where they are refused as telling neither."""
    date_order: DateOrder | None = None
    """`ymd`, `dmy` or `mdy` in the activity download; likewise."""


class PayPalReports(TellingConnector[Settings], SettlementFile):
    """The balances of one PayPal account."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1

    def identify_settlement(self, name: str, raw: bytes) -> bool:  # noqa: ARG002  names are as people save them
        """Both reports are claimed, so that the one that is not read is refused with the reason."""
        return _form_of(glimpse(raw)) is not None

    def read_settlements(self, name: str, raw: bytes) -> tuple[Settlement, ...]:  # noqa: ARG002  same
        settings = self.settings
        told: list[Settlement] = []
        for member in unpacked(raw):
            found = _form_of(member.raw[:4096])
            if found is None:
                raise MalformedError("line 1: is the head of neither a settlement report (STL) nor an activity download")
            if found != settings.report:
                raise RejectedError(f"line 1: is a report of kind {found}; by settings.report this account is kept by {settings.report}")
            if found == "settlement":
                told += read_settlement_report(member.raw)
            else:
                told += read_activity(member.raw, settings.decimal_mark, settings.date_order)
        return tuple(told)


def _form_of(head: bytes) -> Literal["settlement", "activity"] | None:
    try:
        text = text_of(head.partition(b"\n")[0] if not head.startswith((b"\xff\xfe", b"\xfe\xff")) else head[:4094], "cp1252", "latin-1")
        first: Line | None = next(lines_of(text.lstrip("\n").partition("\n")[0]), None)
    except MalformedError:
        return None
    return "settlement" if is_settlement_report(first) else "activity" if is_activity(first) else None
