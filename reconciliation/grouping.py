"""Sorting instead of joining: which lines share a key, and which of them lie in each other's window of days.

Keys come as 64-bit codes. Everything here costs n log n whatever the keys repeat, where a join of a million lines that all bear the
reference `N/A` would give 10^12 pairs. A million lines a side also take less than half of the time of DuckDB's own join over the texts
(benchmarks/README.md).
"""

from dataclasses import dataclass
from typing import cast

import numpy as np

from reconciliation.frames import Codes, Mask, Whole
from reconciliation.passes import Pass

_DAY_BITS = 23
"""Days fit: the years 1 to 9999 are 3.65 million days, and windows are cut to that."""
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_BASE = _FIRST_DAY - 366
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows of both sides by shared code.

    `pair_left` and `pair_right` where just one stands on each side; of the others, where there are some on both sides, the rows and the
    number of their group.
    """

    pair_left: Whole
    pair_right: Whole
    left: Whole
    left_group: Whole
    right: Whole
    right_group: Whole


@dataclass(frozen=True, slots=True)
class Windows:
    """Lines with a window each ("seekers") before lines with a day ("sought"), inside groups.

    `order` sorts the sought by group and day, the seeker's candidates are `order[low:high]`, `claims` counts the seekers that each
    sought line has (in the order of `order`).
    """

    order: Whole
    low: Whole
    high: Whole
    claims: Whole
    seekers_by_first: Whole
    covering: Whole
    """Where `claims` is 1, the seeker (its place in `seekers_by_first`) that it is."""


def with_amount(codes: Codes, amounts: Whole) -> Codes:
    """Codes that differ also where the amount does."""
    return codes ^ (amounts.view(np.uint64) * _SPREAD)


def grouped(left: Codes, right: Codes, left_rows: Whole, right_rows: Whole) -> Groups:
    """The rows that share a code with the other side."""
    codes = np.concatenate((left, right))
    order = np.argsort(codes)
    ordered = codes[order]
    same = np.zeros(len(codes) + 2, np.bool_)  # at i: whether i and the one before it are equal
    np.equal(ordered[1:], ordered[:-1], out=same[1 : max(len(codes), 1)])
    opens = ~same[:-2] & same[1:-1] & ~same[2:]  # just two are equal
    closes = np.concatenate((np.zeros(1, np.bool_), opens[:-1]))
    twos = np.flatnonzero(opens)
    a, b = order[twos], order[twos + 1]
    low, high = np.minimum(a, b), np.maximum(a, b)
    mixed = (low < len(left)) & (high >= len(left))
    crowd = np.flatnonzero((same[:-2] | same[1:-1]) & ~opens & ~closes)
    rows, lefty, numbers = _crowded(order[crowd], ordered[crowd], len(left))
    return Groups(
        left_rows[low[mixed]],
        right_rows[high[mixed] - len(left)],
        left_rows[rows[lefty]],
        numbers[lefty],
        right_rows[rows[~lefty] - len(left)],
        numbers[~lefty],
    )


def _crowded(rows: Whole, codes: Codes, count_left: int) -> tuple[Whole, Mask, Whole]:
    """Of rows sorted by code those whose code is on both sides: the row, whether it is a left one, the number of its group."""
    fresh = np.ones(len(codes), np.bool_)
    np.not_equal(codes[1:], codes[:-1], out=fresh[1:])
    numbers = np.cumsum(fresh) - 1
    lefty = rows < count_left
    counts = np.bincount(numbers)
    lefts = np.bincount(numbers[lefty], minlength=len(counts))
    both = ((lefts > 0) & (lefts < counts))[numbers]
    return rows[both], lefty[both], (np.cumsum(fresh & both) - 1)[both]


def spread(starts: Whole, sizes: Whole) -> Whole:
    """All the numbers of the ranges [start, start + size), one range behind the other."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts - (ends - sizes), sizes)


def windows(seeker_group: Whole, first: Whole, last: Whole, sought_group: Whole, day: Whole) -> Windows:
    """Who lies in whose window. Windows of one pass never overtake each other: a later day has no earlier window."""
    keys = _keyed(sought_group, day)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    firsts, lasts = _keyed(seeker_group, first), _keyed(seeker_group, last)
    by_first = np.argsort(firsts, kind="stable")
    started = np.searchsorted(firsts[by_first], keys, "right")
    ended = np.searchsorted(np.sort(lasts), keys, "left")
    return Windows(
        order,
        np.searchsorted(keys, firsts, "left"),
        np.searchsorted(keys, lasts, "right"),
        cast("Whole", started - ended),
        by_first,
        started - 1,
    )


def _keyed(group: Whole, day: Whole) -> Whole:
    return (group << _DAY_BITS) | (np.clip(day, _BASE, _LAST_DAY + 366) - _BASE)


def window_of(rule: Pass, days: Whole) -> tuple[Whole, Whole]:
    """First and last right day that fit each left day. Business days are counted from Monday to Friday; no bank's holidays are known."""
    if not rule.business:
        return days - rule.before_days, days + rule.after_days
    dates = days.astype("datetime64[D]")
    last = np.busday_offset(dates, rule.after_days, roll="backward").astype(np.int64)
    return days - rule.before_days, np.maximum(last, days)


def window_back(rule: Pass, days: Whole) -> tuple[Whole, Whole]:
    """First and last left day whose window holds each right day: the other way round."""
    if not rule.business:
        return days - rule.after_days, days + rule.before_days
    if not len(days):
        return days, days
    longest = rule.after_days * 2 + 7
    domain = np.arange(int(days.min()) - longest, int(days.max()) + rule.before_days + 1)
    first, last = window_of(rule, domain)
    base = int(domain[0])
    return base + np.searchsorted(last, days, "left"), base + np.searchsorted(first, days, "right") - 1


def alike(prints: Codes, starts: Whole, sizes: Whole) -> Mask:
    """For each range of rows whether all their fingerprints are the same; every range has at least one row."""
    if not len(starts):
        return np.zeros(0, np.bool_)
    places = spread(starts, sizes)
    heads = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)[:-1]))
    taken = prints[places]
    return np.minimum.reduceat(taken, heads) == np.maximum.reduceat(taken, heads)
