"""Telling a partner which of its documents were taken in.

A group of documents that came together is acknowledged once, through the outbox; see `connectors.capabilities.shipping` for commands.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from connectors.capabilities.pages import Window
from connectors.capabilities.shipping import Command, CommandFacts, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentGroup:
    """Documents that came together and are acknowledged together, at least one."""

    external_id: str
    """Names the group for ever, however often and under whatever name its file comes."""
    reference: str
    """What the partner calls it."""
    documents: tuple[tuple[str, bytes], ...]
    """Kind of payload and raw slice of each, as reading gives them."""


@runtime_checkable
class DocumentAcknowledger(Protocol):
    """Acknowledges what a partner tells."""

    acknowledgement_command: ClassVar[CommandFacts]

    @abstractmethod
    def fetch_groups(self, window: Window) -> Iterator[DocumentGroup]:
        """Every group told since the window began that is to be acknowledged, whole; never one of acknowledgements. Repeats are allowed."""
        ...

    @abstractmethod
    def write_acknowledgement(self, group: DocumentGroup, taken: Sequence[bool], at: datetime, key: str) -> bytes:
        """The body of the command, purely; `taken` says of each document whether it was taken in, and `at` when that was decided."""
        ...

    @abstractmethod
    def submit_acknowledgement(self, command: Command) -> Receipt:
        """Tell the partner. However often it is told, with whatever answers lost, one acknowledgement comes of it."""
        ...

    @abstractmethod
    def find_acknowledgement(self, command: Command) -> Receipt | None:
        """Whether the partner has it already."""
        ...
