"""Where ledgers are put to the test: commands that post vouchers, and reading what the ledger made of them.

The dialect of a ledger keeps of each voucher its `day`, its `lines`, and whatever bears our reference; it shows `drafted` entries by
another state where it knows drafts, and refuses for the reasons `closed` and `account`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from connectors.capabilities import Receipt
from model.records.voucher import LedgerEntry
from tests.contract.effects import Effect
from tests.contract.remote import Remote
from tests.contract.stand import Link
from tests.contract.stand_commands import CommandStand
from tests.contract.vouchers import voucher_reference_of

FIRST, LAST = date(2030, 5, 1), date(2030, 5, 31)
LINES = b'"@lines"'


@dataclass
class VoucherStand(CommandStand):
    """One connector class under test as a ledger."""

    @property
    def knows_drafts(self) -> bool:
        """Whether the ledger tells drafts from what counts."""
        return any("drafted" in door.states or "drafted" in door.row_after for door in self.dialect.doors)

    def post(self, remote: Remote, numbers: Iterable[int]) -> dict[int, Receipt]:
        """The vouchers of these numbers, posted."""
        return {number: self.submit(self.link(remote), self.command(number)) for number in numbers}

    def read_entries(self, link: Link, first: date = FIRST, last: date = LAST) -> list[LedgerEntry]:
        """Every entry of these days; told once each."""
        entries: list[LedgerEntry] = []
        self.collect(link, entries, first, last)
        assert len({entry.external_id for entry in entries}) == len(entries), "an entry is told twice"
        return entries

    def collect(self, link: Link, entries: list[LedgerEntry], first: date = FIRST, last: date = LAST) -> None:
        """Reads entries into the list, so that those before a failure are there."""
        source: Any = link.connector
        for batch in source.fetch_entries(first, last):
            entries += batch

    def entered(self, remote: Remote, number: int) -> Effect:
        """What the ledger has of the voucher of this number."""
        command = self.command(number)
        named = {command.reference, command.key}
        return next(each for each in remote.account.effects if each.command == self.stream.kind and each.reference in named)

    def add_stranger(self, remote: Remote, number: int) -> str:
        """Somebody else's entry that says what a voucher of ours says, but for the reference; gives its id."""
        ours = self.entered(remote, number)
        reference = voucher_reference_of(number).encode()
        kept = {name: told.replace(reference, b"petty cash") for name, told in ours.kept.items()}
        return self._add(remote, replace(ours, reference="petty cash", kept=kept))

    def add_unreadable(self, remote: Remote, number: int) -> str:
        """A copy of a voucher of ours of which the lines cannot be read; gives its id."""
        ours = self.entered(remote, number)
        return self._add(remote, replace(ours, reference="torn", kept={**ours.kept, LINES: b'"torn"'}))

    def draft(self, remote: Remote, number: int) -> None:
        """Makes a draft of a voucher of ours."""
        ours = self.entered(remote, number)
        remote.account.effects.append(replace(ours, command="drafted"))

    def _add(self, remote: Remote, effect: Effect) -> str:
        external_id = self.makes.numbered(1001 + len(remote.account.effects))
        remote.account.effects.append(replace(effect, external_id=external_id))
        return external_id
