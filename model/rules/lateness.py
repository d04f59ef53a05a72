"""How late changes become visible, and how far back each reading therefore begins. Pure; all spans are whole seconds.

A change is late by the time between its own time and the end of the last reading before it was seen: it was not there yet then, so it was
at least so late. What a sweep recovers was seen by nobody in between, so for it this is the most that it can have been late.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

BOUNDS_S = (0, 60, 300, 1_200, 3_600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800)
"""Upper ends of the buckets; 0 holds what was in time, and what is later than the last stands in `BEYOND_S`."""
BEYOND_S = 1 << 31
REMEMBERED_DAYS = 28
"""A late day widens the overlap, and is forgotten evenly over so many days."""
WIDEST = timedelta(hours=6)
"""What is later than this is the sweep's: to read hours again every few minutes would cost more than it finds."""


@dataclass(frozen=True, slots=True)
class LateDay:
    """What one bucket of one day of a stream counted."""

    day: date
    bucket_s: int
    count: int
    longest_s: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far before its last end a stream is read again, and why."""

    declared: timedelta
    in_force: timedelta
    because: str


def bucket_of(late_s: int) -> int:
    """The upper end of the bucket that a lateness belongs to."""
    return next((bound for bound in BOUNDS_S if late_s <= bound), BEYOND_S)


def overlap_of(declared: timedelta, days: Iterable[LateDay], today: date) -> Overlap:
    """The overlap in force: a quarter more than the latest change of the last weeks, its weight fading by the day.

    Never below what the connector declares, never above `WIDEST` (unless the connector declares more).
    """
    wanted, cause = declared, None
    for each in days:
        left = REMEMBERED_DAYS - (today - each.day).days
        if each.longest_s <= 0 or not 0 < left <= REMEMBERED_DAYS:
            continue
        span = timedelta(seconds=each.longest_s * 5 * left // (4 * REMEMBERED_DAYS))
        if span > wanted:
            wanted, cause = span, each
    in_force = min(wanted, max(declared, WIDEST))
    if cause is None:
        return Overlap(declared, in_force, "nothing was later than what is declared")
    capped = f", of which {in_force} at the most are read again; the sweep finds the rest" if in_force < wanted else ""
    return Overlap(declared, in_force, f"a change of {cause.day} was seen {timedelta(seconds=cause.longest_s)} late{capped}")


def quantile_s(days: Iterable[LateDay], per_cent: int) -> int | None:
    """The upper end of the bucket below which so many per cent of the changes lie; None where there are none."""
    counts: dict[int, int] = {}
    for each in days:
        counts[each.bucket_s] = counts.get(each.bucket_s, 0) + each.count
    total, seen = sum(counts.values()), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen * 100 >= total * per_cent:
            return bucket
    return None
