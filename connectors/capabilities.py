"""What a connector can do. Inherit one class per ability; the contract suite does the rest.

Reading is split in two so that unchanged records cost nothing: `fetch_` yields pages of raw slices (the vendor's own bytes, one
per record), and the connector's `kinds` translate one slice into one record, purely. A connector holds no state between calls.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import ClassVar, Literal, Protocol, runtime_checkable

from model.records.listing import Listing
from model.records.order import Order
from model.records.payment import Payment, Refund
from model.records.shipment import Return

Record = Order | Return | Payment | Refund


@dataclass(frozen=True, slots=True)
class Window:
    """Changes from `start` (inclusive) to `end` (exclusive), both aware UTC, by the source's own clock."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the flow must know of a stream to cut its windows; declared by the connector, from the vendor's documents."""

    lag: timedelta
    """The newest changes may not be visible yet: a window ends this long before now."""
    overlap: timedelta
    """Late changes may carry an older time: the next window starts this long before the last one ended."""
    longest: timedelta
    """No window is longer than this."""
    late: timedelta = timedelta(minutes=2)
    """A record may become visible so long after it arose; what a reading found is all there was this long before it. Vendors name no
    bound, so this is a bound with room: what is later still is stored as ever, and may then have been sold twice."""


@dataclass(frozen=True, slots=True)
class RawPage:
    """One page as it came: the records' own bytes, and the token that resumes after it (None: the window is read)."""

    kind: str
    slices: tuple[bytes, ...]
    resume: str | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer to asking for ids: raw slices found, and the ids of which the source said that they are gone."""

    kind: str
    slices: tuple[bytes, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayloadKind:
    """How one kind of payload is read."""

    read: Callable[[bytes, Mapping[str, str]], Record]
    """Raw slice and the account's status translations in, checked record out; MalformedError if it cannot be read."""
    envelopes: tuple[str, ...] = ()
    """Dotted paths under which the vendor wraps one such document or a list of them: `orders`, `data.orders.nodes`."""
    stream: str | None = None
    """The stream whose slices are of this kind; None for kinds that arrive by other doors (webhooks)."""


@dataclass(frozen=True, slots=True)
class RemoteIdentity:
    """Who answers at the other end: a fingerprint that no other shop shares, its name for people, and its clock."""

    fingerprint: str
    title: str
    now: datetime


LevelMeans = Literal["sellable", "on_hand"]


@dataclass(frozen=True, slots=True)
class Rate:
    """What a remote bears: requests a second in the long run, and how many may go at once after a rest."""

    per_second: Fraction
    burst: int


@dataclass(frozen=True, slots=True)
class SinkFacts:
    """What the publisher must know of a channel's stock interface; declared by the connector, from the vendor's documents."""

    level_means: LevelMeans
    """`sellable`: what buyers may still buy. `on_hand`: the channel takes its own open orders off what we publish, so they are added."""
    batch: int
    """Targets in one request."""
    rate: Rate
    compares: bool = False
    """Whether a level is only set if the channel still shows what we believe (compare-and-set)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTarget:
    """What one listing shall show; whole listed units a buyer may buy."""

    external_id: str
    product_external_id: str | None
    stock_external_id: str
    quantity: int
    expected: int | None = None
    """What we believe the channel shows now; a comparing sink refuses to overwrite anything else. None: overwrite."""
    key: str = ""
    """Derived idempotency key of this very target: the same for each repetition, another for each new value."""


StockFate = Literal["told", "stale", "refused"]


@dataclass(frozen=True, slots=True)
class StockAnswer:
    """What became of one target: told, stale (the channel shows something else than expected) or refused for good."""

    external_id: str
    fate: StockFate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StockSeen:
    """What a channel shows for one listing: whole listed units a buyer may buy, and those its own open orders hold.

    `sellable` is None where the channel does not count this listing (null is not zero).
    """

    external_id: str
    sellable: int | None
    held: int = 0


@runtime_checkable
class OrderSource(Protocol):
    """Reads orders."""

    order_stream: ClassVar[StreamFacts]

    @abstractmethod
    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Every order changed in the window, also by changes that the vendor's own clock does not show.

        Repeats are allowed, gaps are not. `resume` is the token of the last page that was saved; None starts the window.
        """
        ...

    @abstractmethod
    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        """These orders as they are now; only an id the source itself calls gone is reported gone."""
        ...

    @abstractmethod
    def count_orders(self, window: Window) -> int:
        """How many orders the source says changed in the window."""
        ...


@runtime_checkable
class PaymentSource(Protocol):
    """Reads payments, where the channel keeps them apart from its orders."""

    payment_stream: ClassVar[StreamFacts]

    @abstractmethod
    def fetch_payments(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Every payment changed in the window; repeats are allowed, gaps are not."""
        ...


@runtime_checkable
class ListingSource(Protocol):
    """Reads the catalogue."""

    @abstractmethod
    def fetch_listings(self, resume: str | None) -> Iterator[RawPage]:
        """Every listing that exists, one slice per sellable variant; repeats are allowed, gaps are not.

        `resume` is the token of the last page that was saved; None starts the catalogue anew.
        """
        ...

    @classmethod
    @abstractmethod
    def read_listing(cls, raw: bytes) -> Listing:
        """One slice, purely translated; MalformedError if it cannot be read."""
        ...


@runtime_checkable
class InventorySink(Protocol):
    """Sets what the channel shows."""

    sink_facts: ClassVar[SinkFacts]

    @abstractmethod
    def publish_stock(self, targets: Sequence[StockTarget]) -> Iterator[tuple[StockAnswer, ...]]:
        """Set absolute levels, in batches within the declared limits; gives the answers of each batch as it ends.

        The same targets make the same requests. One target the channel refuses never costs its neighbours: the batch is cut
        until it stands alone. Targets of a batch whose answer never came are in no answer: they may have been set, and are read back.
        """
        ...

    @abstractmethod
    def fetch_stock(self, listings: Sequence[Listing]) -> Iterator[tuple[StockSeen, ...]]:
        """What the channel shows now for these listings, in batches; a listing the channel does not know is left out."""
        ...


CAPABILITIES: tuple[type, ...] = (OrderSource, PaymentSource, ListingSource, InventorySink)


def capabilities_of(connector: type) -> tuple[type, ...]:
    """The abilities a connector class inherits, in the order listed above."""
    return tuple(ability for ability in CAPABILITIES if ability in connector.__mro__)
