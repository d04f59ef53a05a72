"""Tables of what was matched: numbers become ids, and what a pass knows becomes evidence."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa

from reconciliation.frames import Whole, arrow, rows_of
from reconciliation.halves import INSIDE, Found, Half
from reconciliation.passes import Pass

Runs = Sequence[tuple[Pass, Found]]


def matches_of(found: Runs, left: Half, right: Half) -> pa.Table:
    """One row a match; repeated texts are kept once, as Arrow's dictionaries."""
    sums = [
        (_sums(left.amounts, each.left, each.left_no, each.count), _sums(right.amounts, each.right, each.right_no, each.count))
        for _, each in found
    ]
    counts = [each.count for _, each in found]
    amount_left, amount_right = (_joined([pair[at] for pair in sums]) for at in range(2))
    columns = {
        "match_no": arrow.array(np.arange(sum(counts))),
        "pass_name": _repeated([rule.name for rule, _ in found], counts),
        "shape": _repeated([rule.shape for rule, _ in found], counts),
        "amount_left": arrow.array(amount_left),
        "amount_right": arrow.array(amount_right),
        "difference": arrow.array(amount_right - amount_left),
        "evidence": _evidence(found, left, right),
    }
    return cast("pa.Table", arrow.table(columns))


def members_of(found: Runs, left: Half, right: Half) -> pa.Table:
    """One row a line that is matched: all of the left side, then all of the right one."""
    starts = np.cumsum([0, *(each.count for _, each in found)])[:-1].tolist()
    numbers = [each.left_no + start for start, (_, each) in zip(starts, found, strict=True)]
    numbers += [each.right_no + start for start, (_, each) in zip(starts, found, strict=True)]
    lefts, rights = _joined([each.left for _, each in found]), _joined([each.right for _, each in found])
    ids: list[Any] = [rows_of(half.table, rows, ["id"])["id"] for half, rows in ((left, lefts), (right, rights))]
    columns = {
        "match_no": arrow.array(_joined(numbers)),
        "side": _repeated(["left", "right"], [len(lefts), len(rights)]),
        "id": arrow.chunked_array([chunk for column in ids for chunk in column.chunks], ids[0].type),
    }
    return cast("pa.Table", arrow.table(columns))


def _joined(parts: Sequence[Whole]) -> Whole:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _repeated(words: list[str], counts: list[int]) -> Any:  # noqa: ANN401 (an Arrow array)
    codes = np.repeat(np.arange(len(words), dtype=np.int32), counts)
    return arrow.DictionaryArray.from_arrays(arrow.array(codes), arrow.array(words, arrow.string()))


def _sums(amounts: Whole, rows: Whole, numbers: Whole, count: int) -> Whole:
    if len(rows) == count:
        return amounts[rows]
    total = np.zeros(count, np.int64)
    np.add.at(total, numbers, amounts[rows])
    return total


def _evidence(found: Runs, left: Half, right: Half) -> Any:  # noqa: ANN401 (an Arrow array)
    """The evidence column. Few matches of a pass differ in their evidence, so each text is written once."""
    texts: list[str] = []
    codes: list[Whole] = []
    for rule, each in found:
        least, most = _distances(each, left, right)
        told = _told_apart(least, most, each.refused)
        codes.append(told[0] + len(texts))
        texts += _texts(rule, told[1])
    return arrow.DictionaryArray.from_arrays(arrow.array(_joined(codes).astype(np.int32)), arrow.array(texts, arrow.string()))


def _distances(found: Found, left: Half, right: Half) -> tuple[Whole, Whole]:
    """The least and the most days from a left line to a right one, for each match."""
    if len(found.left) == len(found.right) == found.count:
        days = right.days[found.right] - left.days[found.left]
        return days, days
    bounds = [_bounds(half.days[rows], numbers, found.count) for half, rows, numbers in _each_side(found, left, right)]
    return bounds[1][0] - bounds[0][1], bounds[1][1] - bounds[0][0]


def _each_side(found: Found, left: Half, right: Half) -> Iterator[tuple[Half, Whole, Whole]]:
    yield left, found.left, found.left_no
    yield right, found.right, found.right_no


def _bounds(days: Whole, numbers: Whole, count: int) -> tuple[Whole, Whole]:
    least, most = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(least, numbers, days)
    np.maximum.at(most, numbers, days)
    return least, most


def _told_apart(*columns: Whole) -> tuple[Whole, Whole]:
    """For each match the number of its combination of values, and the combinations."""
    if not len(columns[0]):
        return np.zeros(0, np.int64), np.zeros((0, len(columns)), np.int64)
    code = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        low = int(column.min())
        width = int(column.max()) - low + 1
        code = code * width + (column - low)
        if int(code.max()) > len(code) + 2**20:  # closed up before it can overflow, or the counting below takes too much room
            code = np.unique(code, return_inverse=True)[1]
    present = np.flatnonzero(np.bincount(code))
    place = np.zeros(int(present[-1]) + 1, np.int64)
    place[present] = np.arange(len(present))
    numbers = place[code]
    first = np.empty(len(present), np.int64)
    first[numbers] = np.arange(len(numbers))
    return numbers, np.stack([column[first] for column in columns], axis=1)


def _texts(rule: Pass, combinations: Whole) -> list[str]:
    agreed = [*INSIDE, *rule.keys, *(["reference in text"] if rule.in_text else [])]
    agreed += ["amount"] if rule.amount.exact else []
    return [
        json.dumps({"agreed": agreed, "days": least if least == most else [least, most], "refused": refused})
        for least, most, refused in combinations.tolist()
    ]
