"""Where a connector that reads files of money is put to the test: its recordings, each with the account's settings for it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors import registry
from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import SettlementFile, StatementFile
from model.errors import MalformedError, RejectedError
from model.records.settlement import Settlement, SettlementLine
from model.records.statement import Statement, StatementLine
from tests.contract.money_files import MoneyDialect, MoneyFile, money_dialect_of, recorded_file
from tests.contract.remote import NOW, Row
from tests.contract.stand import Stand

Told = Settlement | Statement
SECONDS = 10
"""Much more than any file here needs, and much less than a bomb would take."""


@dataclass
class MoneyFileStand(Stand):
    """One connector class under test as a reader of settlements or statements."""

    def usual_rows(self) -> list[Row]:
        """None: there are files."""
        return []

    @property
    def money(self) -> MoneyDialect:
        """What is known of its files."""
        return money_dialect_of(self.name)

    @property
    def files(self) -> tuple[MoneyFile, ...]:
        """Its recordings."""
        return self.money.files

    def raw(self, file: MoneyFile) -> bytes:
        """A recording."""
        return recorded_file(self.name, file.name)

    def reader(self, file: MoneyFile) -> Any:  # noqa: ANN401  a connector of unknown abilities
        """The connector with the settings of the file's account; nothing is behind its address."""
        settings = {**self.money.settings, **file.settings, "address": "/nowhere"}
        wiring: Any = Wiring(None, Pause(), now=lambda: NOW)  # pyright: ignore
        return self.kind(self.kind.settings_type.model_validate(settings), wiring)

    def tells(self, file: MoneyFile, raw: bytes | None = None, name: str = "") -> tuple[Told, ...]:
        """What the file says, or other bytes under its name; soon."""
        began = time.monotonic()
        try:
            told: tuple[Told, ...] = getattr(self.reader(file), self.stream.fetch)(
                name or file.name, self.raw(file) if raw is None else raw
            )
        finally:
            assert time.monotonic() - began < SECONDS, "takes for ever"
        return told

    def refusal(self, file: MoneyFile, raw: bytes) -> str | None:
        """Why other bytes are refused; None where they are read. Any other error is the suite's to see."""
        try:
            self.tells(file, raw)
        except (MalformedError, RejectedError) as error:
            return str(error)
        return None

    def claims(self, file: MoneyFile, name: str, raw: bytes) -> bool:
        """Whether the account takes the bytes for a file of its form."""
        began = time.monotonic()
        claimed: object = getattr(self.reader(file), f"identify_{self.stream.kind}")(name, raw)
        assert time.monotonic() - began < SECONDS, "takes for ever"
        assert isinstance(claimed, bool)
        return claimed

    def foreign(self) -> Iterator[tuple[str, bytes]]:
        """The recordings of all other connectors that read files of money."""
        for name in registry.names():
            if name != self.name and issubclass(registry.find(name), SettlementFile | StatementFile):
                yield from ((each.name, recorded_file(name, each.name)) for each in money_dialect_of(name).files)


def lines_of(told: tuple[Told, ...]) -> list[SettlementLine | StatementLine]:
    """Every line of what was told."""
    return [line for each in told for line in each.lines]


def amount_of(line: SettlementLine | StatementLine) -> int:
    """What it moves."""
    return line.amount_minor if isinstance(line, StatementLine) else line.net_minor
