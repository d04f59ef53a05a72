"""Where a reading stands: the token between pages, the filter it belongs to, and how many orders to ask for next."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import msgspec

from connectors._kit.tokens import place_of
from connectors.capabilities import Window
from connectors.shopify.queries import MOST_POINTS

REBASE_AFTER: Final = 20_000
"""The vendor ends paging at 25,000 rows of one search; well before that a new search starts at the last row's time."""

UNSETTLED: Final = timedelta(minutes=10)
"""How long a change may stay unknown to the search index: the row then stands where it stood before, with its new time."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a window is read: the search that is being paged, its cursor, and the rows it has given."""

    since: str
    after: str | None = None
    rows: int = 0

    @classmethod
    def opening(cls, window: Window, resume: str | None) -> "Place":
        """The place a token names, or the window's start; a token that we never wrote is a ContractError."""
        return cls(since=whole_second(window.start)) if resume is None else place_of(resume, cls)

    def following(self, cursor: str, changed: Sequence[datetime | None], end: datetime) -> "Place":
        """The place behind a page whose rows changed then: its cursor, or a new search once this one has grown long.

        That search starts at the page's last time of change, if they ascend. Rows that changed after the window's end, or shortly
        before, tell nothing about the rows behind them: their new time may have overtaken the index.
        """
        rows = self.rows + len(changed)
        inside = [at for at in changed if at is not None and at <= end - UNSETTLED]
        if rows >= REBASE_AFTER and inside and all(earlier <= later for earlier, later in pairwise(inside)):
            since = whole_second(inside[-1])
            if since > self.since:
                return Place(since=since)
        return Place(since=self.since, after=cursor, rows=rows)


def whole_second(at: datetime) -> str:
    """The instant in the vendor's form; `updated_at` has whole seconds, so a start in between is taken a little earlier."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def changed_between(since: str, end: datetime) -> str:
    """The search for orders changed from `since` (inclusive) up to `end` (exclusive), whatever their state."""
    end_second = end if end.microsecond == 0 else end + timedelta(seconds=1)
    return f"updated_at:>='{since}' AND updated_at:<'{whole_second(end_second)}' AND status:any"


def next_size(asked: int, points: float | None, most: int) -> int:
    """Orders to ask for next: as many as the stated cost of the last page lets fit (nine tenths, for safety), at most `most`.

    The vendor's cost grows slower than the page, so scaling it up in a straight line stays on the safe side.
    """
    if not points or points <= 0:
        return min(asked, most)
    return max(1, min(most, asked * MOST_POINTS * 9 // (10 * max(1, int(points)))))


class _Changed(msgspec.Struct, rename="camel"):
    updated_at: datetime


_CHANGED = msgspec.json.Decoder(_Changed)


def changed_at(raw: bytes) -> datetime | None:
    """The `updatedAt` of one slice; None if the slice cannot be read."""
    try:
        at = _CHANGED.decode(raw).updated_at
    except msgspec.DecodeError:
        return None
    return at if at.tzinfo else None
