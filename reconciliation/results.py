"""Tables of what was matched: numbers become ids, and what a pass knows becomes evidence."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa

from reconciliation.frames import Whole, arrow
from reconciliation.halves import INSIDE, Found, Half
from reconciliation.passes import Pass

MOST_TOLD = 1000
"""Texts that are written at most without looking which of them are needed."""
INTEGER, NUMBER = pa.int64(), pa.int32()
"""The types of amounts, and of the numbers of matches (`frames.MOST_ROWS`)."""
Runs = Sequence[tuple[Pass, Found]]


def matches_of(found: Runs, left: Half, right: Half) -> pa.Table:
    """One row a match, the matches of a pass as a chunk; repeated texts are kept once, as Arrow's dictionaries."""
    sums = [_amounts(rule, each, left, right) for rule, each in found]
    counts = [each.count for _, each in found]
    differences = [np.zeros(len(one), np.int64) if one is other else one - other for other, one in sums]
    columns = {
        "match_no": _chunked([_counted_from(start, each) for start, (_, each) in zip(_starts(found), found, strict=True)], NUMBER),
        "pass_name": _repeated([rule.name for rule, _ in found], counts),
        "shape": _repeated([rule.shape for rule, _ in found], counts),
        "amount_left": _chunked([each for each, _ in sums]),
        "amount_right": _chunked([each for _, each in sums]),
        "difference": _chunked(differences),
        "evidence": _evidence(found, left, right),
    }
    return cast("pa.Table", arrow.table(columns))


def members_of(found: Runs, left: Half, right: Half) -> pa.Table:
    """One row a line that is matched: all of the left side, then all of the right one."""
    starts = _starts(found)
    numbers = [_number(each.left_no, start) for start, (_, each) in zip(starts, found, strict=True)]
    numbers += [_number(each.right_no, start) for start, (_, each) in zip(starts, found, strict=True)]
    rows = [[each.left for _, each in found], [each.right for _, each in found]]
    ids = [each.told.left_id if each.told else _ids(left, each.left) for _, each in found]
    ids += [each.told.right_id if each.told else _ids(right, each.right) for _, each in found]
    columns = {
        "match_no": _chunked(numbers, NUMBER),
        "side": _repeated(["left", "right"], [sum(map(len, parts)) for parts in rows]),
        "id": _chunked(ids, left.table["id"].type),
    }
    return cast("pa.Table", arrow.table(columns))


def _starts(found: Runs) -> list[int]:
    """The number of each pass's first match."""
    return np.cumsum([0, *(each.count for _, each in found)])[:-1].tolist()


def _number(numbers: Any, start: int) -> Any:  # noqa: ANN401 (integers of whichever width)
    """Numbers within a pass as numbers of the answer."""
    return (numbers + start if start else numbers).astype(np.int32, copy=False)


def _counted_from(start: int, found: Found) -> Any:  # noqa: ANN401
    """The numbers of a pass's matches; pairs that the join gave have them already."""
    return _number(found.left_no, 0) if found.told is not None and start == 0 else np.arange(start, start + found.count, dtype=np.int32)


def _ids(side: Half, rows: Whole) -> Any:  # noqa: ANN401 (an Arrow column)
    """The ids of the rows."""
    return side.at(rows, ["id"])["id"]


def _chunked(parts: Sequence[Any], of: Any = INTEGER) -> Any:  # noqa: ANN401 (an Arrow array)
    """The parts, arrays of numpy or columns of Arrow, as one column, without copying them."""
    chunks = [chunk for part in parts for chunk in ([arrow.array(part)] if isinstance(part, np.ndarray) else part.chunks)]
    return arrow.chunked_array(chunks, of)


def _repeated(words: list[str], counts: list[int]) -> Any:  # noqa: ANN401 (an Arrow array)
    known = arrow.array(words, arrow.string())
    codes = [np.full(count, at, np.int16) if at else np.zeros(count, np.int16) for at, count in enumerate(counts)]  # zeros cost nothing
    chunks = [arrow.DictionaryArray.from_arrays(arrow.array(each), known) for each in codes]
    return arrow.chunked_array(chunks, arrow.dictionary(arrow.int16(), arrow.string()))


def _amounts(rule: Pass, found: Found, left: Half, right: Half) -> tuple[Any, Any]:
    """The sums of both sides of each match; one array or column where they are equal by the pass's own rule."""
    if found.told is not None:
        return found.told.amount, found.told.amount
    sides = ((right, found.right, found.right_no), (left, found.left, found.left_no))
    if rule.amount.exact:
        equal = _sums(*max(sides, key=lambda side: len(side[0].open)), found.count)  # the larger side is the one in the order of rows
        return equal, equal
    other, one = (_sums(*side, found.count) for side in sides)
    return one, other


def _sums(side: Half, rows: Whole, numbers: Whole, count: int) -> Whole:
    amounts = side.amounts_at(rows)
    if len(rows) == count:
        return amounts
    total = np.zeros(count, np.int64)
    np.add.at(total, numbers, amounts)
    return total


def _evidence(found: Runs, left: Half, right: Half) -> Any:  # noqa: ANN401 (an Arrow array)
    """The evidence column. Few matches of a pass differ in their evidence, so each text is written once."""
    texts: list[str] = []
    codes: list[Whole] = []
    for rule, each in found:
        least, most = _distances(each, left, right)
        numbers, combinations = _told_apart(least, most, each.refused)
        codes.append(numbers.astype(np.int64) + len(texts) if texts else numbers)
        texts += _texts(rule, combinations)
    words = arrow.array(texts, arrow.string())
    narrow = np.int16 if len(texts) < np.iinfo(np.int16).max else np.int32
    chunks = [arrow.DictionaryArray.from_arrays(arrow.array(each.astype(narrow, copy=False)), words) for each in codes]
    return arrow.chunked_array(chunks, arrow.dictionary(arrow.from_numpy_dtype(narrow), arrow.string()))


def _distances(found: Found, left: Half, right: Half) -> tuple[Whole, Whole]:
    """The least and the most days from a left line to a right one, for each match."""
    if found.apart is not None:
        return found.apart, found.apart
    if len(found.left) == len(found.right) == found.count:
        days = right.days_at(found.right) - left.days_at(found.left)
        return days, days
    bounds = [_bounds(half.days_at(rows), numbers, found.count) for half, rows, numbers in _each_side(found, left, right)]
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
    bounds = [(int(column.min()), int(column.max())) for column in columns]
    telling = [at for at, (low, high) in enumerate(bounds) if low < high and not any(columns[at] is other for other in columns[:at])]
    if len(telling) == 1 and bounds[telling[0]][1] - bounds[telling[0]][0] < MOST_TOLD:
        return _counted(columns, *bounds[telling[0]], columns[telling[0]])
    code = np.zeros(len(columns[0]), np.int64)
    for at in telling:
        low, high = bounds[at]
        width = high - low + 1
        code = code * width + (columns[at] - low)
        if int(code.max()) > len(code) + 2**20:  # closed up before it can overflow, or the counting below takes too much room
            code = np.unique(code, return_inverse=True)[1]
    present = np.flatnonzero(np.bincount(code))
    place = np.zeros(int(present[-1]) + 1, np.int64)
    place[present] = np.arange(len(present))
    numbers = place[code]
    first = np.empty(len(present), np.int64)
    first[numbers] = np.arange(len(numbers))
    return numbers, np.stack([column[first] for column in columns], axis=1)


def _counted(columns: Sequence[Whole], low: int, high: int, telling: Whole) -> tuple[Whole, Whole]:
    """The same where one column alone tells matches apart, by few values: each value from the least to the most is a combination."""
    values = np.arange(low, high + 1)
    combinations = [values if column is telling else np.full_like(values, column[0]) for column in columns]
    return np.subtract(telling, low, dtype=np.int16, casting="unsafe"), np.stack(combinations, axis=1)


def _texts(rule: Pass, combinations: Whole) -> list[str]:
    agreed = [*INSIDE, *rule.keys, *(["reference in text"] if rule.in_text else [])]
    agreed += ["amount"] if rule.amount.exact else []
    return [
        json.dumps({"agreed": agreed, "days": least if least == most else [least, most], "refused": refused})
        for least, most, refused in combinations.tolist()
    ]
