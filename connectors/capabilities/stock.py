"""Setting and reading what a channel shows of its stock."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal, Protocol, runtime_checkable

from model.records.listing import Listing

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
