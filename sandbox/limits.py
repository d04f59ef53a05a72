"""How much a shop bears: a bucket of points that fills by the clock. Whoever finds too little in it is told to come later."""

from typing import NamedTuple

THOUSANDTHS = 1000


class Limit(NamedTuple):
    """Points a second in the long run and how many a full bucket holds: requests, for Shopify the cost of queries."""

    per_second: int
    burst: int


class Bucket:
    """One shop's bucket; it is full when the street opens. Kept in thousandths of a point, so that no part of one is lost."""

    def __init__(self, limit: Limit, now_ms: int) -> None:
        self.limit, self._at_ms = limit, now_ms
        self._filled = limit.burst * THOUSANDTHS
        self.refused = 0

    def available(self, now_ms: int) -> int:
        """Gives the whole points in the bucket now."""
        gained = max(0, now_ms - self._at_ms) * self.limit.per_second
        self._filled, self._at_ms = min(self.limit.burst * THOUSANDTHS, self._filled + gained), max(now_ms, self._at_ms)
        return self._filled // THOUSANDTHS

    def take(self, cost: int, now_ms: int) -> int:
        """Takes points out. Gives 0 where there were enough, else the milliseconds until there will be, and takes nothing."""
        self.available(now_ms)
        missing = cost * THOUSANDTHS - self._filled
        if missing <= 0:
            self._filled -= cost * THOUSANDTHS
            return 0
        self.refused += 1
        return -(-missing // self.limit.per_second)
