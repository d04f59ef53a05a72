"""Amazon's settlements by file: Amazon makes the reports by itself, and whoever downloads them puts them into a folder."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from connectors._kit import Manifest
from connectors._kit.exchanging import FileSettings
from connectors._kit.local_forms import DateOrder, Mark
from connectors._kit.packed import glimpse, unpacked
from connectors._kit.sheets import lines_of, text_of
from connectors._kit.telling import TellingConnector
from connectors.amazon_settlement.layouts import is_header
from connectors.amazon_settlement.reading import read_report
from connectors.capabilities import PayloadKind, SettlementFile
from model.errors import MalformedError
from model.records.settlement import Settlement


def _encoding_known(name: str) -> str:
    try:
        "x".encode(name)
    except LookupError:
        raise ValueError("is not an encoding of text; write one like cp1252") from None
    return name


class Settings(FileSettings):
    """One seller account; all its marketplaces may share the folder."""

    encoding: Annotated[str, AfterValidator(_encoding_known)] = "cp1252"
    """What a file is written in where it is not UTF-8; Amazon Japan's are `cp932`."""
    decimal_mark: Mark | None = None
    """`.` or `,`; each file's own numbers tell, so it is needed only where they are refused as telling neither."""
    date_order: DateOrder | None = None
    """`ymd`, `dmy` or `mdy`; likewise."""


class AmazonSettlement(TellingConnector[Settings], SettlementFile):
    """The settlements of one seller account."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1

    def identify_settlement(self, name: str, raw: bytes) -> bool:  # noqa: ARG002  names are as people save them
        try:
            first = next(lines_of(text_of(glimpse(raw), "latin-1").partition("\n")[0], "\t", quoted=False), None)
        except MalformedError:
            return False
        return first is not None and is_header(first)

    def read_settlements(self, name: str, raw: bytes) -> tuple[Settlement, ...]:  # noqa: ARG002  same
        settings = self.settings
        members = unpacked(raw)
        return tuple(
            each for member in members for each in read_report(member.raw, settings.encoding, settings.decimal_mark, settings.date_order)
        )
