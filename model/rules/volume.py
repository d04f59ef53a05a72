"""Whether a day's count of orders is far from what its weekday says: median and median deviation of the weeks before, no assumption more.

A few days of sales or of a broken door do not move a median, so the weeks that went wrong do not excuse the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

WEEKS = 8
"""Weeks that are looked back."""
FEWEST_WEEKS = 4
"""Weeks without which nothing is said."""
FEWEST_ORDERS = 5
"""A day this far from its usual count, or nearer, is never odd."""
DEVIATIONS = 6
"""Median deviations that are still usual: about four standard deviations where counts scatter normally."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A count that is not what its weekday says."""

    count: int
    usual: int
    deviation: int
    weeks: int

    @property
    def says(self) -> str:
        """In words."""
        what = "no orders" if self.count == 0 else f"{self.count} orders"
        return f"{what}, where this weekday had {self.usual} (give or take {self.deviation}) in {self.weeks} weeks"


def odd_count(count: int, weeks_before: Sequence[int]) -> Oddity | None:
    """What is odd about a count, beside those of the same weekday before; None where nothing is, or too few weeks are known."""
    if len(weeks_before) < FEWEST_WEEKS:
        return None
    usual = median_low(weeks_before)
    deviation = median_low([abs(each - usual) for each in weeks_before])
    bound = max(FEWEST_ORDERS, DEVIATIONS * deviation, usual // 2)
    is_silent = count == 0 and usual >= FEWEST_ORDERS and min(weeks_before) > 0
    return Oddity(count, usual, deviation, len(weeks_before)) if is_silent or abs(count - usual) > bound else None
