"""What customers with terms still owe: money goes to the oldest invoice of its order first, and age counts from the due day."""

from collections.abc import Sequence
from datetime import date

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")
_LAST_DAYS = (0, 30, 60, 90)


def still_open(totals_minor: Sequence[int], settled_minor: int) -> list[int]:
    """What is open of each invoice of an order, the oldest first, where so much of them was paid or credited; never less than nothing."""
    found: list[int] = []
    left = max(0, settled_minor)
    for total in totals_minor:
        taken = min(total, left)
        left -= taken
        found.append(total - taken)
    return found


def days_overdue(due_on: date, today: date) -> int:
    """Days since the due day; none before and on it."""
    return max(0, (today - due_on).days)


def bucket(overdue: int) -> str:
    """The age an invoice is counted under."""
    return next((name for name, last in zip(BUCKETS, _LAST_DAYS, strict=False) if overdue <= last), BUCKETS[-1])


def stage_due(overdue: int, after_days: Sequence[int], reminded: int) -> int | None:
    """The stage at which a customer is to be reminded now; none where that stage, or a later one, was reached already.

    Stages that were missed are not made up for: only the highest that is due counts.
    """
    reached = sum(days <= overdue for days in after_days)
    return reached if reached > reminded else None
