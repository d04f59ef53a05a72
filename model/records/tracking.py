"""Where a parcel is, as its carrier tells it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

TrackingState = Literal["announced", "in_transit", "out_for_delivery", "held", "failed", "delivered", "returned", "lost"]
"""`announced`: a label exists. `held`: it waits for somebody (customs, pick-up). `failed`: a delivery was tried in vain.
`returned`: it goes, or went, back to the sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingEvent:
    """One dated carrier state."""

    at: datetime
    state: TrackingState
    message: str
    """The carrier's own words."""
    place: str | None = None
    code: str | None = None
    """The carrier's or vendor's own code of the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel to ask after; `external_id` is what the asked system itself names it by, where it does."""

    tracking_number: str
    carrier: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """All that is known of one parcel's way, in any order."""

    tracking_number: str
    events: tuple[TrackingEvent, ...]
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Untracked:
    """A parcel that cannot be followed, or whose answer cannot be read, and why; nothing is said of where it is."""

    tracking_number: str
    reason: str
