"""Bringing vouchers into a ledger, and reading back what it made of them.

A voucher leaves through the outbox as every command does: `write_` is pure, `submit_` sends once, `find_` looks for what an earlier
attempt may have made. A ledger that takes files instead has whole files written, the same bytes for the same vouchers.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import ClassVar, Protocol, runtime_checkable

from connectors.capabilities.shipping import Command, CommandFacts, Receipt
from model.records.voucher import LedgerAccount, LedgerEntry, Voucher


@runtime_checkable
class VoucherSink(Protocol):
    """Takes vouchers one by one."""

    voucher_command: ClassVar[CommandFacts]

    @abstractmethod
    def write_voucher(self, voucher: Voucher, key: str) -> bytes:
        """The body of the command, purely.

        RejectedError for a voucher that does not balance, or that this ledger can certainly not take (an account or tax code nobody
        declared for it, a currency it cannot hold), with the reason and the mend.
        """
        ...

    @abstractmethod
    def submit_voucher(self, command: Command) -> Receipt:
        """Post it. However often it is sent, with whatever answers lost, the ledger has one posted entry; a closed period is a final no."""
        ...

    @abstractmethod
    def find_voucher(self, command: Command) -> Receipt | None:
        """The ledger's entry that this very command made, if it did."""
        ...


@runtime_checkable
class LedgerSource(Protocol):
    """Reads a ledger's entries back."""

    @abstractmethod
    def fetch_entries(self, first: date, last: date) -> Iterator[Sequence[LedgerEntry]]:
        """Every entry dated in [first, last] that touches an account of ours, in batches; our own bear our reference."""
        ...


@runtime_checkable
class VoucherFile(Protocol):
    """Writes vouchers as a file that a ledger imports."""

    voucher_suffix: ClassVar[str]

    @abstractmethod
    def write_vouchers(self, vouchers: Iterable[Voucher], accounts: Sequence[LedgerAccount]) -> Iterator[bytes]:
        """The file piece by piece, purely and in the order given; RejectedError for a voucher that does not balance or cannot be said."""
        ...
