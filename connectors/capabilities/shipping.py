"""Having goods shipped, hearing what became of them, and telling channels.

A command leaves through the outbox: its body is written once, when the hub decides, and the same bytes are sent at every attempt.
`write_` is pure; `submit_` sends once and never again by itself; `find_` asks whether the remote has what an earlier attempt may have
made. What a failure means is told by its type: TurnedAwayError and ConfigError did certainly nothing; RejectedError is a final no;
everything else leaves open whether the command took effect.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal, Protocol, runtime_checkable

from connectors.capabilities.pages import RawPage, StreamFacts, Window
from connectors.capabilities.stock import Rate
from model.records.fulfilment import FulfilmentOrder, ShipmentNotice
from model.records.label import Label, LabelRequest
from model.records.tracking import Parcel, Tracked, Untracked

ProviderClass = Literal["A", "B", "C"]
"""How a command whose answer never came is resolved. A: the remote itself refuses to do it twice under one key or reference, so the same
bytes are sent again. B: what it made can be found by our reference, so we look before we send again. C: neither, so a person decides."""


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """What the dispatcher must know of a command; declared by the connector, from the vendor's documents, and tested."""

    provider_class: ProviderClass
    rate: Rate
    read_lag: timedelta = timedelta(0)
    """What was made may stay hidden from a search for so long; only two searches in vain behind it say that nothing was made."""
    key_kept: timedelta | None = None
    """Class A by a key that the remote forgets: behind this, a person decides. None: it never forgets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as it was decided: the same at every attempt."""

    key: str
    """Derived idempotency key: 32 hexadecimal digits."""
    reference: str
    """What the remote knows our thing by."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """The remote's acknowledgement. `external_id` is its own id of what it made; `is_repeat`: it had done it before."""

    external_id: str
    is_repeat: bool = False


@runtime_checkable
class ShipmentCarrier(Protocol):
    """Ships what the hub asks it to: a 3PL, or a warehouse that is told by file."""

    shipment_command: ClassVar[CommandFacts]
    cancel_command: ClassVar[CommandFacts]

    @abstractmethod
    def write_shipment(self, order: FulfilmentOrder, key: str) -> bytes:
        """The body of the command, purely; RejectedError for an order this partner can certainly not ship, with the reason and the mend."""
        ...

    @abstractmethod
    def submit_shipment(self, command: Command) -> Receipt:
        """Ask for the shipment. However often it is asked, with whatever answers lost, at most one comes of it."""
        ...

    @abstractmethod
    def find_shipment(self, command: Command) -> Receipt | None:
        """The partner's acknowledgement of this very command, if it has it."""
        ...

    @abstractmethod
    def write_cancel(self, reference: str, external_id: str | None, key: str) -> bytes:
        """The body of a command that calls a fulfilment order back, purely; `external_id` is the partner's id of it, where it is known."""
        ...

    @abstractmethod
    def submit_cancel(self, command: Command) -> Receipt:
        """Call it back; RejectedError when it is too late. One that is called back already is called back."""
        ...

    @abstractmethod
    def find_cancel(self, command: Command) -> Receipt | None:
        """Whether it is called back already."""
        ...


@runtime_checkable
class WarehouseAdvice(Protocol):
    """Tells what a warehouse did with our goods."""

    advice_stream: ClassVar[StreamFacts]

    @abstractmethod
    def fetch_advices(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Everything told in the window: shipments, receipts, adjustments, snapshots, acknowledgements, bills; repeats yes, gaps no."""
        ...


@runtime_checkable
class TrackingSource(Protocol):
    """Tells where parcels are."""

    @abstractmethod
    def fetch_tracking(self, parcels: Sequence[Parcel]) -> Iterator[tuple[Tracked | Untracked, ...]]:
        """What is known of these parcels' ways, in batches, each parcel at most once; a parcel nobody knows yet is left out.

        One that cannot be followed, or whose answer cannot be read, is told as such and costs the others nothing. Asking again is harmless.
        """
        ...


@runtime_checkable
class LabelSource(Protocol):
    """Sells labels for parcels that our own people send."""

    label_command: ClassVar[CommandFacts]

    @abstractmethod
    def write_label(self, request: LabelRequest, key: str) -> bytes:
        """The body of the command, purely; RejectedError for a label that can certainly not be bought, with the reason and the mend."""
        ...

    @abstractmethod
    def submit_label(self, command: Command) -> Receipt:
        """Buy it. However often it is asked, with whatever answers lost, at most one is paid for; a service not offered pays nothing."""
        ...

    @abstractmethod
    def find_label(self, command: Command) -> Receipt | None:
        """The label that this very command bought, if it did."""
        ...

    @abstractmethod
    def fetch_label(self, external_id: str) -> Label:
        """A bought label, by the id of its receipt; RejectedError for one that was never bought."""
        ...


@runtime_checkable
class FulfilmentSink(Protocol):
    """Takes notice that goods of its orders left."""

    notice_command: ClassVar[CommandFacts]

    @abstractmethod
    def write_notice(self, notice: ShipmentNotice, key: str) -> bytes:
        """The body of the command, purely."""
        ...

    @abstractmethod
    def submit_shipment_notice(self, command: Command) -> Receipt:
        """Tell the channel. However often it is told, its order shows one fulfilment."""
        ...

    @abstractmethod
    def find_notice(self, command: Command) -> Receipt | None:
        """The channel's fulfilment that this very notice made, if it did."""
        ...
