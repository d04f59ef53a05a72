"""Several lines that add up to one, without a key that says which.

It is sought among the few lines of one block and window, and only where exactly one choice fits. This is the one search that looks at lines
one by one, so its work is bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from reconciliation.frames import Whole, filled, rows_of
from reconciliation.grouping import grouped, window_back, window_of, windows
from reconciliation.halves import NO_ROWS, NOTHING, Found, Half
from reconciliation.passes import Pass

MOST_CANDIDATES = 200
"""A line with more candidates in its window is not searched for: some subset of so many nearly always fits by chance."""
MOST_WORK = 2_000_000
"""Additions tried for all lines of one block; of a block that would need more, those with the fewest candidates are searched for."""
MOST_ANSWERS = 50
_PAIR = 2


@dataclass(slots=True)
class _Answers:
    """What fits: for each line of the one side its only subset; and all that is contested."""

    one: list[int] = field(default_factory=list[int])
    many: list[tuple[int, ...]] = field(default_factory=list[tuple[int, ...]])
    looked_at: list[int] = field(default_factory=list[int])
    contested_one: set[int] = field(default_factory=set[int])
    contested_many: set[int] = field(default_factory=set[int])


def choose(rule: Pass, one: Half, many: Half, *, back: bool) -> Found:
    """Each line of the one side with the only two to `rule.most` lines that add up to it, if no other line could have any of those.

    The one is the left side; with `back` it is the right one. What is contested stays.
    """
    one_rows, one_codes = one.coded(rule.keys)
    many_rows, many_codes = many.coded(rule.keys)
    within = _filled_within(rule, many, many_rows)
    groups = grouped(one_codes, many_codes[within], one_rows, many_rows[within])
    first, last = (window_back if back else window_of)(rule, one.days[groups.left])
    seen = windows(groups.left_group, first, last, groups.right_group, many.days[groups.right])
    counts = seen.high - seen.low
    at = np.flatnonzero((counts > 1) & (counts <= MOST_CANDIDATES))
    at = at[_affordable(groups.left_group[at], counts[at], rule.most)]
    if not len(at):
        return NOTHING
    members = groups.right[seen.order]
    labels = _labels(rule, many, members)
    answers = _Answers()
    columns = (groups.left[at], one.amounts[groups.left[at]], seen.low[at], seen.high[at])
    for row, amount, low, high in zip(*(column.tolist() for column in columns), strict=True):
        rows = members[low:high].tolist()
        fitting = list(_subsets(many.amounts[rows].tolist(), labels[low:high], amount, rule.most))
        _note(answers, row, rows, fitting)
    return _found(answers)


def _filled_within(rule: Pass, many: Half, rows: Whole) -> Any:  # noqa: ANN401 (a mask)
    return filled(many.table, (rule.within,))[rows] if rule.within is not None else slice(None)


def _labels(rule: Pass, many: Half, rows: Whole) -> list[int]:
    """What must be the same within a subset, as a number for each row."""
    if rule.within is None or rule.within in {"account", "currency"}:
        return [0] * len(rows)
    return cast("list[int]", many.hashed(rows_of(many.table, rows, [rule.within]), [rule.within]).tolist())


def _affordable(block: Whole, counts: Whole, most: int) -> Whole:
    """Which lines of each block can be searched for; the choice depends on nothing but the counts."""
    work = counts ** min(most - 1, 8)
    order = np.lexsort((work, block))
    running = np.cumsum(np.minimum(work[order], MOST_WORK + 1))
    heads = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), block[order][1:] != block[order][:-1]))) if len(block) else NO_ROWS
    before = np.repeat(running[heads] - np.minimum(work[order], MOST_WORK + 1)[heads], np.diff(heads, append=len(block)))
    spent = running - before
    # equals stand or fall together, or the order of rows would decide
    last_equal = np.searchsorted(_pairs(block[order], work[order]), _pairs(block[order], work[order]), "right") - 1
    return np.sort(order[spent[last_equal] <= MOST_WORK])


def _pairs(block: Whole, work: Whole) -> Whole:
    return (block << 32) | np.minimum(work, 2**32 - 1)


def _subsets(amounts: list[int], labels: list[int], wanted: int, most: int) -> Iterator[tuple[int, ...]]:
    """Places of all subsets of two to `most` amounts of one label that add up to what is wanted, at most one more than MOST_ANSWERS."""
    found = 0
    for label in sorted(set(labels)):
        places = [place for place, each in enumerate(labels) if each == label]
        for size in range(2, most + 1):
            for subset in _of_size(amounts, places, wanted, size):
                yield subset
                found += 1
                if found > MOST_ANSWERS:
                    return


def _of_size(amounts: list[int], places: list[int], wanted: int, size: int) -> Iterator[tuple[int, ...]]:
    """Subsets of one size: all but the last chosen in order, the last looked up."""
    if size == _PAIR:
        behind: dict[int, list[int]] = {}
        for place in places:
            for before in behind.get(wanted - amounts[place], ()):
                yield before, place
            behind.setdefault(amounts[place], []).append(place)
        return
    for at, place in enumerate(places):
        for rest in _of_size(amounts, places[at + 1 :], wanted - amounts[place], size - 1):
            yield place, *rest


def _note(answers: _Answers, row: int, rows: list[int], fitting: list[tuple[int, ...]]) -> None:
    """One line's answers; more than one, or too many to count, contests all the lines they name."""
    if len(fitting) == 1:
        answers.one.append(row)
        answers.many.append(tuple(rows[place] for place in fitting[0]))
        answers.looked_at.append(len(rows))
    elif fitting:
        answers.contested_one.add(row)
        answers.contested_many.update(rows if len(fitting) > MOST_ANSWERS else {rows[place] for subset in fitting for place in subset})


def _found(answers: _Answers) -> Found:
    """The matches among the answers: those that share no line with another's."""
    claims: dict[int, int] = dict.fromkeys(answers.contested_many, 2)
    for subset in answers.many:
        for row in subset:
            claims[row] = claims.get(row, 0) + 1
    lone = [all(claims[row] == 1 for row in subset) for subset in answers.many]
    subsets = [subset for subset, alone in zip(answers.many, lone, strict=True) if alone]
    refused = [seen - len(subset) for seen, subset, alone in zip(answers.looked_at, answers.many, lone, strict=True) if alone]
    ones = [row for row, alone in zip(answers.one, lone, strict=True) if alone]
    contested_one = answers.contested_one | {row for row, alone in zip(answers.one, lone, strict=True) if not alone}
    contested_many = answers.contested_many | {row for s, alone in zip(answers.many, lone, strict=True) if not alone for row in s}
    return Found(
        len(ones),
        np.asarray(ones, np.int64),
        np.arange(len(ones)),
        np.asarray([row for subset in subsets for row in subset], np.int64),
        np.repeat(np.arange(len(ones)), [len(subset) for subset in subsets]) if subsets else NO_ROWS,
        np.asarray(refused, np.int64),
        np.asarray(sorted(contested_one), np.int64),
        np.asarray(sorted(contested_many), np.int64),
    )
