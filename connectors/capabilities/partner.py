"""Answering a trading partner about its orders; see `connectors.capabilities.shipping` for commands."""

from abc import abstractmethod
from typing import ClassVar, Protocol, runtime_checkable

from connectors.capabilities.shipping import Command, CommandFacts, Receipt
from model.records.partner_reply import PartnerReply


@runtime_checkable
class PartnerReplySink(Protocol):
    """Takes our word on its orders: whether we take them, what left, and what it owes."""

    reply_command: ClassVar[CommandFacts]

    @property
    @abstractmethod
    def wanted_replies(self) -> frozenset[type[PartnerReply]]:
        """The kinds of reply that the partner wants."""
        ...

    @abstractmethod
    def write_reply(self, reply: PartnerReply, key: str) -> bytes:
        """The body of the command, purely; RejectedError for a reply that this partner can certainly not be told, with the mend."""
        ...

    @abstractmethod
    def submit_reply(self, command: Command) -> Receipt:
        """Tell the partner. However often it is told, with whatever answers lost, one document comes of it."""
        ...

    @abstractmethod
    def find_reply(self, command: Command) -> Receipt | None:
        """Whether the partner has it already."""
        ...
