"""Passes over lines that share keys: one line with one, and one line with all the lines of the other side that bear its keys."""

from dataclasses import replace
from typing import cast

import numpy as np

from reconciliation.frames import MOST_LINES, Codes, Mask, Whole
from reconciliation.grouping import Groups, Windows, alike, grouped, spread, window_back, window_of, windows, with_amount
from reconciliation.halves import NO_ROWS, Found, Half, near
from reconciliation.joining import Pairs, in_groups, joined
from reconciliation.passes import Pass

MOST_PAIRS = 10_000
"""A group with more pairs than that is not looked through where a tolerance forbids to sort by amount: its lines are contested."""

_Pairs = tuple[Whole, Whole]


def pair_up(rule: Pass, left: Half, right: Half) -> Found:
    """Lines that are each other's only candidate; and equal ones one by one, if nothing tells them apart and the pass goes by an id."""
    pairs = joined(rule, left, right)
    if pairs is not None:
        return _joined_up(rule, left, right, pairs)
    groups = _by_code(rule, left, right)
    fits = _fits(rule, left, right, groups.pair_left, groups.pair_right)
    found = [(groups.pair_left[fits], groups.pair_right[fits], np.zeros(int(fits.sum()), np.int64))]
    contested: _Pairs = (NO_ROWS, NO_ROWS)
    if len(groups.left):
        more, contested = (_sorted_out if rule.amount.exact else _looked_through)(rule, left, right, groups)
        found += more
    lefts, rights, refused = _by_left_row(left, *(np.concatenate([part[at] for part in found]) for at in range(3)))
    numbers = np.arange(len(lefts))
    return Found(len(lefts), lefts, numbers, rights, numbers, refused, *contested)


def _joined_up(rule: Pass, left: Half, right: Half, pairs: Pairs) -> Found:
    """The same of pairs that have been compared: those alone by their days, crowds sorted out."""
    alone, crowds = in_groups(pairs, len(left.open), len(right.open))
    alone = _in_window(rule, left, alone)
    numbers = cast("Whole", np.arange(len(alone.left), dtype=np.int32))  # half the memory, and of the time to touch it first
    none = np.broadcast_to(np.zeros(1, np.int64), len(numbers))
    if crowds is None:
        found = Found(len(numbers), alone.left, numbers, alone.right, numbers, none, NO_ROWS, NO_ROWS)
        return replace(found, compared=True, apart=alone.apart, told=alone.told)
    more, contested = _sorted_out(rule, left, right, crowds)
    lefts, rights, refused = (np.concatenate(parts) for parts in zip((alone.left, alone.right, none), *more, strict=True))
    apart = np.concatenate((alone.apart, *(right.days[rights] - left.days[lefts] for lefts, rights, _ in more)))
    numbers = np.arange(len(lefts))
    return Found(len(lefts), lefts, numbers, rights, numbers, refused, *contested, compared=True, apart=apart)


def _in_window(rule: Pass, left: Half, pairs: Pairs) -> Pairs:
    """Those pairs whose right day lies in the left line's window."""
    if not len(pairs.left):
        return pairs
    if not rule.business and int(pairs.apart.min()) >= -rule.before_days and int(pairs.apart.max()) <= rule.after_days:
        return pairs
    days = left.days[pairs.left]
    first, last = window_of(rule, days)
    fits = (first <= days + pairs.apart) & (days + pairs.apart <= last)
    return pairs.only(fits)


def _by_code(rule: Pass, left: Half, right: Half) -> Groups:
    """Lines of one code; texts of one code are compared later."""
    left_rows, left_codes = left.coded(rule.keys)
    right_rows, right_codes = right.coded(rule.keys)
    if rule.amount.exact:
        left_codes = with_amount(left_codes, left.amounts[left_rows])
        right_codes = with_amount(right_codes, right.amounts[right_rows])
    return grouped(left_codes, right_codes, left_rows, right_rows)


def _by_left_row(left: Half, lefts: Whole, rights: Whole, refused: Whole) -> tuple[Whole, Whole, Whole]:
    """The pairs in the order of the left rows, so that what follows reads at least one side from end to end."""
    if 8 * len(lefts) < len(left.open):
        order = np.argsort(lefts)
        return lefts[order], rights[order], refused[order]
    pair_at = np.full(len(left.open), -1, np.int32)
    pair_at[lefts] = np.arange(len(lefts), dtype=np.int32)
    order = pair_at[pair_at >= 0]
    return lefts[order], rights[order], refused[order]


def _fits(rule: Pass, left: Half, right: Half, left_rows: Whole, right_rows: Whole) -> Mask:
    days = right.days[right_rows]
    first, last = window_of(rule, left.days[left_rows])
    return near(rule, left.amounts[left_rows], right.amounts[right_rows]) & (first <= days) & (days <= last)


def _sorted_out(rule: Pass, left: Half, right: Half, groups: Groups) -> tuple[list[tuple[Whole, Whole, Whole]], _Pairs]:
    """Lines of equal amount in crowded groups, by counting the candidates in each one's window."""
    first, last = window_of(rule, left.days[groups.left])
    seen = windows(groups.left_group, first, last, groups.right_group, right.days[groups.right])
    candidates = seen.high - seen.low
    single = np.flatnonzero(candidates == 1)
    single = single[seen.claims[seen.low[single]] == 1]
    found = [(groups.left[single], groups.right[seen.order[seen.low[single]]], np.zeros(len(single), np.int64))]
    if not rule.single_candidate:
        found.append(_twins(rule, left, right, groups, seen))
    contested_left, contested_right = groups.left[candidates > 0], groups.right[seen.order[seen.claims > 0]]
    taken_left, taken_right = (np.concatenate([part[at] for part in found]) for at in range(2))
    return found, (np.setdiff1d(contested_left, taken_left), np.setdiff1d(contested_right, taken_right))


def _twins(rule: Pass, left: Half, right: Half, groups: Groups, seen: Windows) -> tuple[Whole, Whole, Whole]:
    """As many lines of one amount on one side as on the other, paired in the order of days and ids.

    They share an id, or those of one side are told apart by nothing: whichever stands against which, the other side is explained alike.
    """
    many = np.flatnonzero(seen.high - seen.low > 1)
    many = many[np.lexsort((left.rank(groups.left[many]), left.days[groups.left[many]], seen.high[many], seen.low[many]))]
    low, high = seen.low[many], seen.high[many]
    fresh = np.ones(len(many), np.bool_)
    fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    starts = np.flatnonzero(fresh)
    sizes = np.diff(starts, append=len(many))
    square = sizes == (high - low)[starts]
    starts, sizes, lows = starts[square], sizes[square], low[starts[square]]
    claims = seen.claims.astype(np.uint64)
    same = alike(claims, lows, sizes) & (seen.claims[lows] == sizes)
    in_order = groups.right[seen.order]
    if not rule.by_id:
        same &= alike(left.prints(groups.left[many]), starts, sizes) | alike(_printed(right, in_order, lows, sizes), lows, sizes)
    starts, sizes, lows = starts[same], sizes[same], lows[same]
    lefts = groups.left[many[spread(starts, sizes)]]
    rights = in_order[spread(lows, sizes)]
    rights = rights[np.lexsort((right.rank(rights), right.days[rights], np.repeat(np.arange(len(sizes)), sizes)))]
    return lefts, rights, np.repeat(sizes - 1, sizes)


def _printed(side: Half, in_order: Whole, starts: Whole, sizes: Whole) -> Codes:
    """Fingerprints of the rows in the ranges, at their places among all."""
    prints = np.zeros(len(in_order), np.uint64)
    places = spread(starts, sizes)
    prints[places] = side.prints(in_order[places])
    return prints


def _looked_through(rule: Pass, left: Half, right: Half, groups: Groups) -> tuple[list[tuple[Whole, Whole, Whole]], _Pairs]:
    """Lines of unequal amount in crowded groups, pair by pair; what has more than one candidate is contested."""
    lefts, rights = (np.bincount(numbers) for numbers in (groups.left_group, groups.right_group))
    small = lefts * rights <= MOST_PAIRS
    right_order = np.argsort(groups.right_group, kind="stable")
    starts = np.cumsum(rights) - rights
    looked = small[groups.left_group]
    left_at = np.flatnonzero(looked)
    sizes = rights[groups.left_group[left_at]]
    pair_left = groups.left[np.repeat(left_at, sizes)]
    pair_right = groups.right[right_order[spread(starts[groups.left_group[left_at]], sizes)]]
    fits = _fits(rule, left, right, pair_left, pair_right)
    pair_left, pair_right = pair_left[fits], pair_right[fits]
    sole = (_times(pair_left) == 1) & (_times(pair_right) == 1)
    contested_left = np.concatenate((pair_left[~sole], groups.left[~looked]))
    contested_right = np.concatenate((pair_right[~sole], groups.right[~small[groups.right_group]]))
    return [(pair_left[sole], pair_right[sole], np.zeros(int(sole.sum()), np.int64))], (contested_left, contested_right)


def _times(rows: Whole) -> Whole:
    """How often each row comes."""
    _, at, counts = np.unique(rows, return_inverse=True, return_counts=True)
    return counts[at]


def add_up(rule: Pass, one: Half, many: Half, *, back: bool) -> Found:
    """One line with all the lines that bear its keys and lie in its window, if they add up to it and no other line claims any of them.

    The one is the left side; with `back` it is the right one, and its window is the inverse.
    """
    one_rows, one_codes = one.coded(rule.keys)
    many_rows, many_codes = many.coded(rule.keys)
    groups = grouped(one_codes, many_codes, one_rows, many_rows)
    first, last = (window_back if back else window_of)(rule, one.days[groups.left])
    seen = windows(groups.left_group, first, last, groups.right_group, many.days[groups.right])
    members = groups.right[seen.order]
    sizes = seen.high - seen.low
    sums, sole = (_running(each) for each in (many.amounts[members], (seen.claims == 1).astype(np.int64)))
    total = sums[seen.high] - sums[seen.low]
    fits = (sizes > 1) & (sizes <= MOST_LINES) & near(rule, one.amounts[groups.left], total)
    alone = fits & (sole[seen.high] - sole[seen.low] == sizes)
    contested = fits & ~alone
    count = int(alone.sum())
    taken = members[spread(seen.low[alone], sizes[alone])]
    return Found(
        count,
        groups.left[alone],
        np.arange(count),
        taken,
        np.repeat(np.arange(count), sizes[alone]),
        np.zeros(count, np.int64),
        groups.left[contested],
        np.setdiff1d(members[spread(seen.low[contested], sizes[contested])], taken),
    )


def _running(numbers: Whole) -> Whole:
    """Sums from the start, one place longer; they may wrap around, their differences over at most MOST_LINES lines do not."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(numbers)))
