"""Where a reading stands: the token between pages, the filter it belongs to, and how many orders to ask for next."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from connectors.capabilities import Window
from connectors.shopify.queries import MOST_POINTS
from model.errors import ContractError

REBASE_AFTER: Final = 20_000
"""The vendor ends paging at 25,000 rows of one search; well before that a new search starts at the last row's time."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a window is read: the search that is being paged, its cursor, and the rows it has given."""

    since: str
    after: str | None = None
    rows: int = 0

    @classmethod
    def opening(cls, window: Window, resume: str | None) -> "Place":
        """The place a token names, or the window's start; a token that we never wrote is a ContractError."""
        if resume is None:
            return cls(since=whole_second(window.start))
        try:
            return msgspec.json.decode(resume, type=cls)
        except msgspec.DecodeError:
            raise ContractError("orders: the resume token is not one of ours") from None

    def following(self, cursor: str, rows: int, last_changed: str | None) -> "Place":
        """The place behind a page: its cursor, or a new search from the last row's time once this one has grown long."""
        if self.rows + rows >= REBASE_AFTER and last_changed is not None and last_changed > self.since:
            return Place(since=last_changed)
        return Place(since=self.since, after=cursor, rows=self.rows + rows)

    def token(self) -> str:
        """The place as text."""
        return msgspec.json.encode(self).decode()


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


def changed_at(raw: bytes) -> str | None:
    """The `updatedAt` of one slice in the vendor's form; None if the slice cannot be read."""
    try:
        at = _CHANGED.decode(raw).updated_at
    except msgspec.DecodeError:
        return None
    return whole_second(at) if at.tzinfo else None
