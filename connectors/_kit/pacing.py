"""The rate of one account: every request takes its turn, and a wish of the remote to wait holds all of them.

The remote's leaky bucket is told from here as in GCRA (ITU-T I.371), by the time at which it will be empty. A request that left may
reach the remote late, close to the next ones, and be one too many. So it only begins to drain from our bucket once it has surely
arrived: when it was answered. Where answers take longer than the burst lasts that would cost speed; there it is held to have arrived
some time after it left. Whole nanoseconds, rounded to the safe side.
"""

import threading
from collections.abc import Callable

from connectors.capabilities import Rate

_SECOND = 10**9
_QUICK_NS = 100_000_000
"""Answers that come sooner than this are waited for; where they are slower, a request that left so long ago has arrived."""
_LATEST_NS = 1_000_000_000
"""No answer is waited for longer, if all others came quickly."""
_LOOK_NS = 1_000_000
"""How often to look whether a request was answered, where the next turn depends on that alone."""
_NAP_NS = 250_000_000
"""Who sleeps longer could not be stopped."""


class Pacer:
    """Says when the next request may leave; one for all connections of an account."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._empty_ns = 0
        """When everything that surely arrived has drained."""
        self._under_way: dict[int, int] = {}
        """When each request left that may not have arrived, oldest first."""
        self._quickest_ns = _SECOND
        self._turns = 0
        self._interval_ns = self._credit_ns = 0
        self._rested_ns = 0
        """Until when nobody may go; the bucket counts as full then."""
        self._slept_until_ns = 0

    def wait(self, rate: Rate, given_up: Callable[[], bool] | None = None) -> int | None:
        """Wait for the next turn under this rate, and take it; None if `given_up`, asked now and then, says so. One caller at a time.

        The turn is handed back to `landed` when the request is over, however it ended.
        """
        self._interval_ns = -(-_SECOND * rate.per_second.denominator // rate.per_second.numerator)
        self._credit_ns = (rate.burst - 1) * self._interval_ns
        while given_up is None or not given_up():
            with self._lock:
                now = self._now()
                if (early := self._early_ns(now)) <= 0:
                    self._turns += 1
                    self._under_way[self._turns] = now
                    return self._turns
            early = min(early, _NAP_NS) if given_up else early
            self._sleep(early / _SECOND)
            self._slept_until_ns = now + early
        return None

    def landed(self, turn: int) -> None:
        """The request of this turn was answered, or never will be: it drains from now."""
        with self._lock:
            left, now = self._under_way.pop(turn, None), self._now()
            if left is not None:
                self._quickest_ns = min(self._quickest_ns, now - left)
                self._fill(now)

    def rest(self, seconds: float) -> None:
        """Let nobody go for so long, and nobody in a burst afterwards; for when the remote asked for it."""
        with self._lock:
            self._rested_ns = max(self._rested_ns, self._now() + int(seconds * _SECOND))

    def _early_ns(self, now: int) -> int:
        """How long to sleep before looking again; nothing if the turn has come."""
        self._land_the_old(now)
        if self._rested_ns > now:
            return self._rested_ns - now
        draining = max(self._empty_ns, self._rested_ns + self._credit_ns) - now
        early = max(draining, 0) + len(self._under_way) * self._interval_ns - self._credit_ns
        return min(early, draining if draining > 0 else _LOOK_NS)

    def _land_the_old(self, now: int) -> None:
        quick = min(_QUICK_NS, self._credit_ns * 3 // 4)
        latest = _LATEST_NS if self._quickest_ns < quick else quick
        while self._under_way:
            turn, left = next(iter(self._under_way.items()))
            if left + latest > now:
                return
            del self._under_way[turn]
            self._fill(left + latest)

    def _fill(self, at: int) -> None:
        self._empty_ns = max(self._empty_ns, self._rested_ns + self._credit_ns, at) + self._interval_ns

    def _now(self) -> int:
        """The clock, or what was slept where a test's clock stands still meanwhile."""
        return max(int(self._clock() * _SECOND), self._slept_until_ns)
