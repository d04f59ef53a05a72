"""Passes run strict to loose over two sides; every line ends as a member of one match or as a leftover with its reason.

What a pass cannot decide it contests: lines with more than one candidate stay leftovers, no looser pass may take them. That makes the
outcome the same however rows are ordered, and a second run over what was left finds nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import duckdb
import numpy as np
import pyarrow as pa

from reconciliation.frames import Mask, Whole, checked, equal_at, filled
from reconciliation.halves import INSIDE, NOTHING, Found, Half, half, narrowed, settle
from reconciliation.ids import all_once, decided, tied
from reconciliation.leftovers import explain
from reconciliation.naming import pair_named
from reconciliation.pairing import add_up, pair_up
from reconciliation.passes import Pass
from reconciliation.results import matches_of, members_of
from reconciliation.subsets import choose


@dataclass(frozen=True, slots=True)
class Limits:
    """What DuckDB may use: `threads` (0: as many as there are), `memory` as DuckDB writes it ('' for its own default)."""

    threads: int = 0
    memory: str = ""


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Matched:
    """What a run gives, as Arrow tables.

    `matches`: match_no, pass_name, shape, amount_left, amount_right, difference (right less left, minor units), evidence (JSON: the
    keys that agreed, `days` from the left to the right day, or the least and the most of them, and how many alternatives were refused).
    `members`: match_no, side (left, right), id. `left_over`, `right_over`: id, reason, candidates (JSON: up to five ids, each with why
    not).
    """

    matches: pa.Table
    members: pa.Table
    left_over: pa.Table
    right_over: pa.Table


@dataclass(frozen=True, slots=True)
class Decided:
    """What passes alone decided, before leftovers are explained: rows, not ids, on both sides."""

    left: Half
    right: Half
    found: list[tuple[Pass, Found]]


def match(
    left: pa.Table, right: pa.Table, passes: Sequence[Pass], already: pa.Table | None = None, limits: Limits = DEFAULT_LIMITS
) -> Matched:
    """Match two sides (`frames.SIDE_COLUMNS`) by passes from strict to loose.

    `already` (side, id) are members decided earlier: they are in no table of the answer and matched with nothing. MalformedError if a
    table is no side or names a line twice.
    """
    with connected(limits) as connection:
        sides = [all_once(checked(table, name), name, connection) for table, name in ((left, "left"), (right, "right"))]
        earlier = [decided(table, name, already, connection) for table, name in zip(sides, ("left", "right"), strict=True)]
        run = decide(half(sides[0], connection, earlier[0]), half(sides[1], connection, earlier[1]), passes)
        return told(run, passes, earlier)


def connected(limits: Limits) -> duckdb.DuckDBPyConnection:
    """A connection with tables and names of its own to this process's database in memory, to be closed after use."""
    return opened(limits).cursor()


@cache
def opened(limits: Limits) -> duckdb.DuckDBPyConnection:
    """The database of this process within the limits, opened once; it reads no file and loads no extension."""
    connection = duckdb.connect(":memory:")
    if limits.threads:
        connection.execute(f"SET threads = {int(limits.threads)}")
    if limits.memory:
        connection.execute("SET memory_limit = $1", [limits.memory])
    connection.execute("SET enable_external_access = false")
    return connection


def decide(left: Half, right: Half, passes: Sequence[Pass]) -> Decided:
    """Run the passes; `open` and `contested` of both halves are what they left."""
    run: list[tuple[Pass, Found]] = []
    for at, rule in enumerate(passes):
        if at and (few := _among_few(left, right, passes[at:])):
            return Decided(left, right, run + few)
        found = _vouched(rule, left, right, _search(rule, left, right))
        for side, taken, contested in ((left, found.left, found.contested_left), (right, found.right, found.contested_right)):
            side.open[taken] = False
            side.open[contested] = False
            side.contested[contested] = True
        run.append((rule, found))
    return Decided(left, right, run)


def _among_few(left: Half, right: Half, passes: Sequence[Pass]) -> list[tuple[Pass, Found]]:
    """The passes over what is open, as sides of their own, where that is a small part: they do not look again at what is matched."""
    (few_left, lefts), (few_right, rights) = narrowed(left), narrowed(right)
    if lefts is None and rights is None:
        return []
    run = decide(few_left, few_right, passes)
    for side, few, rows in ((left, run.left, lefts), (right, run.right, rights)):
        if rows is not None:
            side.open[rows] = few.open
            side.contested[rows] = few.contested
    return [(rule, found.among(lefts, rights)) for rule, found in run.found]


def _search(rule: Pass, left: Half, right: Half) -> Found:
    if not left.open.any() or not right.open.any():
        return NOTHING
    if rule.shape == "one_to_one":
        return pair_named(rule, left, right) if rule.in_text else pair_up(rule, left, right)
    search = add_up if rule.within is None else choose
    if rule.shape == "one_to_many":
        return search(rule, left, right, back=False)
    return search(rule, right, left, back=True).swapped()


def _vouched(rule: Pass, left: Half, right: Half, found: Found) -> Found:
    """What was found by codes, compared column by column.

    Neither two texts of one hash nor lines whose ids contradict each other are a match; they stay open.
    """
    if not found.count or (found.compared and not rule.agree):
        return found
    lefts, rights, numbers = _abreast(found)
    equal, agreed = np.ones(found.count, np.bool_), np.ones(found.count, np.bool_)
    for name in () if found.compared else (*INSIDE, *rule.keys):
        equal &= _every(equal_at(left.table, lefts, right.table, rights, name), numbers, found.count)
    for name in rule.agree:
        there = filled(left.table, (name,))[lefts] & filled(right.table, (name,))[rights]
        if there.any():
            agreed &= _every(equal_at(left.table, lefts, right.table, rights, name) | ~there, numbers, found.count)
    return settle(found, equal & agreed)


def _abreast(found: Found) -> tuple[Whole, Whole, Whole]:
    """Left and right rows of every match side by side, the one repeated beside the many, and their match numbers."""
    if len(found.left) == len(found.right) == found.count:
        return found.left, found.right, found.left_no
    if len(found.left) == found.count:
        return found.left[np.argsort(found.left_no)][found.right_no], found.right, found.right_no
    return found.left, found.right[np.argsort(found.right_no)][found.left_no], found.left_no


def _every(holds: Mask, numbers: Whole, count: int) -> Mask:
    """For each match whether it holds for all its rows."""
    every = np.ones(count, np.bool_)
    every[numbers[~holds]] = False
    return every


def told(run: Decided, passes: Sequence[Pass], earlier: Sequence[Mask | None]) -> Matched:
    """The answer's tables. Matches by something that many lines share are given up where an id ties one of their lines to another line."""
    found = _untied(run, passes)
    over = [
        _left_over(run.left, [each.left for _, each in found], earlier[0]),
        _left_over(run.right, [each.right for _, each in found], earlier[1]),
    ]
    left_over, right_over = explain(run.left, run.right, over[0], over[1], passes)
    return Matched(matches_of(found, run.left, run.right), members_of(found, run.left, run.right), left_over, right_over)


def _untied(run: Decided, passes: Sequence[Pass]) -> list[tuple[Pass, Found]]:
    """Without the matches whose lines an id ties to others. What the passes took for them stays taken: it is nobody else's either."""
    loose = [not rule.by_id and found.count > 0 for rule, found in run.found]
    if not any(loose):
        return run.found
    left_match, right_match = np.full(run.left.table.num_rows, -1), np.full(run.right.table.num_rows, -1)
    starts = np.cumsum([0, *(found.count for _, found in run.found)]).tolist()
    for is_loose, start, (_, found) in zip(loose, starts, run.found, strict=False):
        if is_loose:
            left_match[found.left] = found.left_no + start
            right_match[found.right] = found.right_no + start
    keep = np.ones(starts[-1], np.bool_)
    keep[tied(run.left, run.right, left_match, right_match, passes)] = False
    return [(rule, settle(found, keep[start : start + found.count])) for start, (rule, found) in zip(starts, run.found, strict=False)]


def _left_over(side: Half, taken: Sequence[Whole], earlier: Mask | None) -> Mask:
    """The rows that are neither taken now nor decided earlier."""
    over = np.ones(side.table.num_rows, np.bool_) if earlier is None else ~earlier
    for rows in taken:
        over[rows] = False
    return over
