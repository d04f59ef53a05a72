"""The rate of one account: every request takes its turn, and a wish of the remote to wait holds all of them.

The remote's leaky bucket is told from here by GCRA (ITU-T I.371): each request moves a theoretical arrival time on by one interval,
and may go as long as that time is no further ahead than the burst allows. Whole nanoseconds, rounded to the safe side.
"""

import threading
from collections.abc import Callable

from connectors.capabilities import Rate

_SECOND = 10**9
_JITTER_NS = 20_000_000
"""Requests reach the remote closer together than they left. That much of a burst's time is never used, at most half of it."""


class Pacer:
    """Says when the next request may leave; one for all connections of an account."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._full_ns = 0
        """When the bucket would be empty again: the theoretical arrival time of the next request."""
        self._rested_ns = 0
        """Until when nobody may go; the bucket counts as full then."""
        self._slept_until_ns = 0

    def wait(self, rate: Rate) -> None:
        """Wait for the next turn under this rate, and take it. One caller at a time."""
        interval = -(-_SECOND * rate.per_second.denominator // rate.per_second.numerator)
        credit = _credit_ns(interval, rate.burst)
        while (early := max(self._full_ns - credit, self._rested_ns) - (now := self._now())) > 0:
            self._sleep(early / _SECOND)
            self._slept_until_ns = now + early
        self._full_ns = max(self._full_ns, self._rested_ns + credit, self._now()) + interval

    def rest(self, seconds: float) -> None:
        """Let nobody go for so long, and nobody in a burst afterwards; for when the remote asked for it."""
        until = self._now() + int(seconds * _SECOND)
        with self._lock:
            self._rested_ns = max(self._rested_ns, until)

    def _now(self) -> int:
        """The clock, or what was slept where a test's clock stands still meanwhile."""
        return max(int(self._clock() * _SECOND), self._slept_until_ns)


def _credit_ns(interval: int, burst: int) -> int:
    whole = (burst - 1) * interval
    return whole - min(whole // 2, _JITTER_NS)
