"""Matching in parts that know nothing of each other, here or on several machines, with the outcome of one run to the row.

Lines match inside one account and currency only, so these decide the part. What looks across them (whether an id ties a line to another
one, and why a line was left over) is done at the end over the whole.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, cast

import numpy as np
import pyarrow as pa

from reconciliation.engine import DEFAULT_LIMITS, Decided, Limits, Matched, connected, decide, told
from reconciliation.frames import Mask, Whole, checked, rows_of
from reconciliation.halves import INSIDE, Found, Half, half
from reconciliation.ids import all_once, decided
from reconciliation.passes import Pass

PARTS = 8
Part = tuple[pa.Table, pa.Table, tuple[Pass, ...], Limits]
PartFound = tuple[list[Found], Whole, Whole]
"""What each pass found in a part, and the contested rows of both sides, counted within the part."""


class Runner(Protocol):
    """Calls a function with each part, somewhere, and gives the answers in the same order."""

    def __call__(self, function: Callable[[Part], PartFound], parts: Sequence[Part], /) -> Iterable[PartFound]:
        """The answers, in the order of the parts."""
        ...


def here(function: Callable[[Part], PartFound], parts: Sequence[Part], /) -> Iterable[PartFound]:
    """The runner of one process: one part after another, so that only one part's work needs memory at a time."""
    return map(function, parts)


def on_cluster(client: Any) -> Runner:  # noqa: ANN401 (Dask is an extra and need not be installed)
    """The runner of a Dask cluster, given its `distributed.Client`; the workers have this package installed."""

    def run(function: Callable[[Part], PartFound], parts: Sequence[Part], /) -> Iterable[PartFound]:
        # impure: no worker keeps the answer under a key made of the tables' content
        return cast("list[PartFound]", client.gather(client.map(function, parts, pure=False)))

    return run


def match_partitioned(
    left: pa.Table,
    right: pa.Table,
    passes: Sequence[Pass],
    runner: Runner = here,
    *,
    already: pa.Table | None = None,
    limits: Limits = DEFAULT_LIMITS,
    parts: int = PARTS,
) -> Matched:
    """The same as `engine.match`, worked out in `parts` parts by the runner; only the numbers of the matches are others."""
    with connected(limits) as connection:
        names = ("left", "right")
        tables = [all_once(checked(table, name), name, connection) for table, name in zip((left, right), names, strict=True)]
        earlier = [decided(table, name, already, connection) for table, name in zip(tables, names, strict=True)]
        halves = [half(table, connection, done) for table, done in zip(tables, earlier, strict=True)]
        rows = [_rows_of_parts(each, done, parts) for each, done in zip(halves, earlier, strict=True)]
        both = [(lefts, rights) for lefts, rights in zip(*rows, strict=True) if len(lefts) and len(rights)]
        work = [(rows_of(tables[0], lefts), rows_of(tables[1], rights), tuple(passes), limits) for lefts, rights in both]
        answers = list(runner(decide_part, work))
        return told(_together(halves[0], halves[1], passes, both, answers), passes, earlier)


def decide_part(part: Part) -> PartFound:
    """What the passes find in one part; runs on a worker."""
    left, right, passes, limits = part
    with connected(limits) as connection:
        run = decide(half(left, connection, None), half(right, connection, None), passes)
        return [found for _, found in run.found], np.flatnonzero(run.left.contested), np.flatnonzero(run.right.contested)


def _rows_of_parts(side: Half, earlier: Mask | None, parts: int) -> list[Whole]:
    """The rows of each part, without those decided earlier."""
    part_of = side.hashed(side.table, INSIDE) % np.uint64(parts)
    still_open = np.ones(len(part_of), np.bool_) if earlier is None else ~earlier
    return [np.flatnonzero((part_of == np.uint64(part)) & still_open) for part in range(parts)]


def _together(
    left: Half, right: Half, passes: Sequence[Pass], rows: Sequence[tuple[Whole, Whole]], answers: Sequence[PartFound]
) -> Decided:
    """The parts' answers as one, their rows counted over the whole."""
    for (lefts, rights), (_, contested_left, contested_right) in zip(rows, answers, strict=True):
        left.contested[lefts[contested_left]] = True
        right.contested[rights[contested_right]] = True
    found = [
        (rule, _joined([(each[at], lefts, rights) for (lefts, rights), (each, _, _) in zip(rows, answers, strict=True)]))
        for at, rule in enumerate(passes)
    ]
    return Decided(left, right, found)


def _joined(parts: Sequence[tuple[Found, Whole, Whole]]) -> Found:
    starts = np.cumsum([0, *(found.count for found, _, _ in parts)]).tolist()

    def whole(columns: Iterable[Whole]) -> Whole:
        return np.concatenate([np.zeros(0, np.int64), *columns])

    return Found(
        starts[-1],
        whole(lefts[found.left] for found, lefts, _ in parts),
        whole(found.left_no + start for start, (found, _, _) in zip(starts, parts, strict=False)),
        whole(rights[found.right] for found, _, rights in parts),
        whole(found.right_no + start for start, (found, _, _) in zip(starts, parts, strict=False)),
        whole(found.refused for found, _, _ in parts),
        whole(lefts[found.contested_left] for found, lefts, _ in parts),
        whole(rights[found.contested_right] for found, _, rights in parts),
    )
