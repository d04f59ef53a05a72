"""Reading orders, payments, refunds and the catalogue."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol, runtime_checkable

from connectors.capabilities.pages import Lookup, RawPage, StreamFacts, Window
from model.records.days import ListedOrder
from model.records.listing import Listing


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
class OrderDaySource(Protocol):
    """Tells cheaply which orders a span of time has: what a day's books are compared with."""

    @abstractmethod
    def list_day(self, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
        """Every order placed in the span, whatever its state and whenever it changed, page by page; repeats are allowed, gaps are not.

        The figures are the vendor's own sums, not those our mapping makes. Orders that lists leave out (the trash) are told, too, where
        the vendor lists them.
        """
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
class RefundSource(Protocol):
    """Reads refunds, where the channel tells of them on its own more than its orders do."""

    refund_stream: ClassVar[StreamFacts]

    @abstractmethod
    def fetch_refunds(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Every refund changed in the window; each names its order; repeats are allowed, gaps are not."""
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
