"""What carriers' events say of parcels: where each is, which is the slowest of a shipment, and which needs somebody's care."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from model.records.tracking import TrackingState

ExceptionKind = Literal["lost", "returned", "failed", "waiting", "stuck", "unseen", "late"]
"""`waiting`: somebody has to fetch or clear it. `stuck`: nothing was heard of it for long. `unseen`: no carrier ever saw it.
`late`: it should have arrived."""

_FORWARD: Final[Mapping[TrackingState, int]] = {
    "announced": 0, "in_transit": 1, "failed": 2, "held": 3, "out_for_delivery": 4, "lost": 5, "returned": 6, "delivered": 7,
}  # fmt: skip
"""How far a parcel is; of a shipment's parcels, the least far one counts, and ended ones count behind those under way."""
_BEHIND: Final[Mapping[TrackingState, frozenset[TrackingState]]] = {
    "delivered": frozenset({"returned"}),
    "returned": frozenset(),
    "lost": frozenset({"in_transit", "out_for_delivery", "held", "delivered", "returned"}),
}
"""What may still follow a state that ends a way: a refused parcel goes back, a lost one may be found. A parcel that went back and was
delivered was delivered to us."""


_AT_ONCE: Final[Mapping[TrackingState, ExceptionKind]] = {"lost": "lost", "returned": "returned", "failed": "failed"}


class TrackingRules(BaseModel):
    """When a parcel needs somebody's care; `[tracking]` in rules/routing.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    ask_hours: Annotated[int, Field(ge=1, le=168)] = 2
    """A parcel is asked after at most so often."""
    follow_days: Annotated[int, Field(ge=1, le=365)] = 60
    """Nobody asks after a parcel that left longer ago."""
    unseen_days: Annotated[int, Field(ge=1, le=60)] = 3
    """It left so long ago, and no carrier has seen it."""
    stuck_days: Annotated[int, Field(ge=1, le=60)] = 7
    """Nothing was heard of it for so long."""
    waiting_days: Annotated[int, Field(ge=0, le=60)] = 2
    """It waits for somebody for so long."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a parcel, or a shipment, is, and since when."""

    state: TrackingState
    at: datetime


def standing_of(events: Iterable[tuple[datetime, TrackingState]]) -> Standing | None:
    """Where a parcel is, by all its events, in whatever order they were told. It only moves on: a late word of the past changes nothing."""
    now: Standing | None = None
    for at, state in sorted(events, key=lambda each: (each[0], _FORWARD[each[1]])):
        if now is None or _may_follow(now.state, state):
            now = Standing(state, at)
    return now


def _may_follow(before: TrackingState, state: TrackingState) -> bool:
    if before in _BEHIND:
        return state in _BEHIND[before]
    return state != "announced" or before == "announced"


def slowest(parcels: Sequence[Standing | None]) -> Standing | None:
    """Where a shipment is: its least far parcel; None while one of them was never seen."""
    if not parcels or any(each is None for each in parcels):
        return None
    known = [each for each in parcels if each is not None]
    return min(known, key=lambda each: (_FORWARD[each.state], each.at))


def exception_in(
    standing: Standing | None, shipped_at: datetime, expected_on: date | None, rules: TrackingRules, now: datetime
) -> tuple[ExceptionKind, datetime] | None:
    """What is wrong with a parcel, and since when; None if nothing is."""
    if standing is None or standing.state == "announced":
        return ("unseen", shipped_at) if now - shipped_at >= timedelta(days=rules.unseen_days) else None
    if standing.state in _AT_ONCE:
        return _AT_ONCE[standing.state], standing.at
    is_held = standing.state == "held"
    if standing.state != "delivered" and now - standing.at >= timedelta(days=rules.waiting_days if is_held else rules.stuck_days):
        return "waiting" if is_held else "stuck", standing.at
    if standing.state != "delivered" and expected_on is not None and now.date() > expected_on:
        return "late", datetime.combine(expected_on, time(), UTC)
    return None
