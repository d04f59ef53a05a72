"""Reading money: payouts with their lines, disputes, and the files in which processors and banks account for a period."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Protocol, runtime_checkable

from connectors.capabilities.pages import RawPage, StreamFacts, Window
from model.records.settlement import Settlement
from model.records.statement import Statement


@runtime_checkable
class PayoutSource(Protocol):
    """Reads payouts and the lines of the balance that they are paid from."""

    payout_stream: ClassVar[StreamFacts]
    settled_gateways: ClassVar[frozenset[str]] = frozenset()
    """Of a sales channel that pays out itself: the gateways of its own payments, in small letters, whose money its payouts carry."""

    @abstractmethod
    def fetch_payouts(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Every payout and every line that arose or changed in the window; repeats are allowed, gaps are not.

        Pages of payouts and of lines may follow each other in any order; each is of one kind. A line that is given its payout only
        later comes again. The lines of an itemised payout sum to it.
        """
        ...


@runtime_checkable
class DisputeSource(Protocol):
    """Reads disputes."""

    dispute_stream: ClassVar[StreamFacts]

    @abstractmethod
    def fetch_disputes(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Every dispute that arose or changed in the window; repeats are allowed, gaps are not."""
        ...


@runtime_checkable
class SettlementFile(Protocol):
    """Reads the files in which a processor accounts for a period."""

    @abstractmethod
    def identify_settlement(self, name: str, raw: bytes) -> bool:
        """Whether the file claims to be of this form; cheap, and never an error."""
        ...

    @abstractmethod
    def read_settlements(self, name: str, raw: bytes) -> tuple[Settlement, ...]:
        """Everything the file tells, in its own number and date form; each settlement's sums agree.

        MalformedError where it cannot be read, RejectedError where its sums do not agree; both name the line. A whole file is read or
        none of it. Reading it again gives the same ids.
        """
        ...


@runtime_checkable
class StatementFile(Protocol):
    """Reads bank statements."""

    @abstractmethod
    def identify_statement(self, name: str, raw: bytes) -> bool:
        """Whether the file claims to be of this form; cheap, and never an error."""
        ...

    @abstractmethod
    def read_statements(self, name: str, raw: bytes) -> tuple[Statement, ...]:
        """Everything the file tells: opening and lines give closing, else RejectedError; MalformedError where it cannot be read.

        Reading it again gives the same line ids, and so does an overlapping statement of the same account.
        """
        ...
