"""A day of orders, as its source lists it and as it is stored: ids and sums, for comparing the two."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """One order as the source lists it. Amounts are minor units of `currency`, the one that the buyer pays in.

    `total_minor` is as placed and edited, before refunds; it and `placed_at` are None where the row could not be read.
    `refunded_minor` is the money that went back, by `refunds` refunds that did not fail; both None where the source does not tell them
    with its orders. `beside` are ids of further documents that tell of the order, to be fetched together with it.
    """

    external_id: str
    placed_at: datetime | None = None
    currency: str = ""
    total_minor: int | None = None
    refunded_minor: int | None = None
    refunds: int | None = None
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """One order as it is stored, in the same terms."""

    external_id: str
    currency: str
    total_minor: int
    refunded_minor: int = 0
    refunds: int = 0
