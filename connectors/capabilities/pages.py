"""What reading gives: windows, pages of raw slices, and how one slice becomes one record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from model.records.advice import WarehouseRecord
from model.records.order import Order
from model.records.payment import Payment, Refund
from model.records.settlement import Dispute, Payout, SettlementLine
from model.records.shipment import Return

Record = Order | Return | Payment | Refund | Payout | SettlementLine | Dispute | WarehouseRecord


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
class Merging:
    """How payloads tell one order between them, where a source tells an order once, and then its changes apart."""

    kind: str
    """The kind of payload that the order is kept as."""
    name: Callable[[bytes], str | None]
    """The order's external id out of a payload, or None where it cannot be told."""
    merge: Callable[[bytes | None, bytes], bytes | None]
    """What is kept of the order (None: nothing yet) and a payload that came later, to the payload of `kind` that tells both.

    None where it says nothing new. RejectedError where it contradicts what is kept, or changes an order that nobody told.
    """


@dataclass(frozen=True, slots=True)
class PayloadKind:
    """How one kind of payload is read."""

    read: Callable[[bytes, Mapping[str, str]], Record]
    """Raw slice and the account's status translations in, checked record out; MalformedError if it cannot be read."""
    envelopes: tuple[str, ...] = ()
    """Dotted paths under which the vendor wraps one such document or a list of them: `orders`, `data.orders.nodes`."""
    stream: str | None = None
    """The stream whose slices are of this kind; None for kinds that arrive by other doors (webhooks)."""
    merging: Merging | None = None
    """For kinds of which several payloads tell one order; None: each payload tells its record anew and whole."""


@dataclass(frozen=True, slots=True)
class RemoteIdentity:
    """Who answers at the other end: a fingerprint that no other shop shares, its name for people, and its clock."""

    fingerprint: str
    title: str
    now: datetime
