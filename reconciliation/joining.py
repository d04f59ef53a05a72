"""Pairs of lines by one and the same id, from DuckDB's own join over the texts.

Where ids name one line each, which is the rule, that is a third of the work of sorting codes and comparing the texts afterwards, and it
runs on all cores. Amount, account and currency are part of what is joined, so only lines equal in everything multiply; the join stops at a
bound, and sorting takes over. Ids and amounts come along, as the join has them at hand and looking them up again costs as much as joining.
"""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from reconciliation.frames import Mask, Whole, arrow, filled
from reconciliation.grouping import Groups
from reconciliation.halves import INSIDE, NO_ROWS, Half, Told
from reconciliation.passes import IDS, Pass

MOST_TIMES = 2
"""A join that gives more pairs than this many times the lines of the larger side is given up."""
FREE_PAIRS = 100_000
"""So many it may give whatever the sides."""
AMOUNT_BITS = 51
"""An amount fits with its sign (`frames.MOST_MINOR`); the bits above it number what else must be equal."""
MOST_WORDS = 2 ** (63 - AMOUNT_BITS)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of both sides that agree in keys and amount, every pair of them, and the days from the left to the right one."""

    left: Whole
    right: Whole
    apart: Whole
    told: Told

    def only(self, these: Mask) -> "Pairs":
        """These of the pairs."""
        return self if these.all() else Pairs(self.left[these], self.right[these], self.apart[these], self.told.only(these))


def joined(rule: Pass, left: Half, right: Half) -> Pairs | None:
    """Open lines of equal keys and amount, all compared; None where the pass goes by no id, or its ids name crowds."""
    ids = [key for key in rule.keys if key in IDS]
    rest = [name for name in (*INSIDE, *rule.keys) if name not in ids]
    if not ids or not rule.amount.exact:
        return None
    numbered = _numbered([(left.table[name], right.table[name]) for name in rest])
    if numbered is None:
        return None
    offered = [_narrow(side, ids, rest, words) for side, words in zip((left, right), numbered, strict=True)]
    for name, table in zip(("joined_left", "joined_right"), offered, strict=True):
        left.connection.register(name, table)
    found = _joined(left.connection, ids, len(numbered[0]), MOST_TIMES * max(table.num_rows for table in offered) + FREE_PAIRS)
    for name in ("joined_left", "joined_right"):
        left.connection.unregister(name)
    return found


def _joined(connection: duckdb.DuckDBPyConnection, ids: list[str], words: int, most: int) -> Pairs | None:
    mark = " + ".join(["amount", *(f"word_{at}" for at in range(words))])
    sides = [f"(SELECT *, {mark} AS mark FROM joined_{name}) AS {name[0]}" for name in ("left", "right")]  # noqa: S608 (our own names)
    equal = " AND ".join(f'l."{name}" = r."{name}"' for name in (*ids, "mark"))
    columns = "l.row AS l, r.row AS r, (r.day - l.day)::INT AS apart, l.id AS left_id, r.id AS right_id, l.amount AS amount"
    query = f"SELECT {columns} FROM {sides[0]} JOIN {sides[1]} ON {equal} LIMIT {most + 1}"  # noqa: S608
    found: Any = connection.sql(query).to_arrow_table()
    if found.num_rows > most:
        return None
    lefts, rights, apart = (found[name].to_numpy() for name in ("l", "r", "apart"))
    return Pairs(lefts, rights, apart, Told(found["left_id"], found["right_id"], found["amount"]))


def _numbered(columns: list[tuple[Any, Any]]) -> tuple[list[Any], list[Any]] | None:
    """For both sides the columns as numbers above the amount's bits, so that their sum with the amount is equal where all are.

    A column with one word on both sides is left out. None if there are too many words to number. They come as dictionaries of numbers, so
    no row is touched.
    """
    left: list[Any] = []
    right: list[Any] = []
    weight = 1
    for pair in columns:
        one, other = (_coded(column) for column in pair)
        words = [(column.chunk(0).dictionary if column.num_chunks else arrow.array([], arrow.string())) for column in (one, other)]
        places = _places(words[0], words[0]), _places(words[0], words[1])
        known = 1 + max(int(each.max(initial=0)) for each in places)
        if known > 1:
            for side, column, numbers in ((left, one, places[0]), (right, other, places[1])):
                side.append(_renamed(column, (numbers * weight) << AMOUNT_BITS))
        weight *= known
        if weight > MOST_WORDS:
            return None
    return left, right


def _coded(column: Any) -> Any:  # noqa: ANN401 (Arrow's stubs know no dictionaries)
    """The column as words by number, one numbering in all its chunks."""
    return (column if isinstance(column.type, arrow.DictionaryType) else column.dictionary_encode()).unify_dictionaries()


def _renamed(column: Any, numbers: Whole) -> Any:  # noqa: ANN401
    """The column with a number for each word."""
    words = arrow.array(numbers)
    chunks = [arrow.DictionaryArray.from_arrays(chunk.indices, words) for chunk in column.chunks]
    return arrow.chunked_array(chunks, arrow.dictionary(column.type.index_type, arrow.int64()))


def _places(one: Any, other: Any) -> Whole:  # noqa: ANN401
    """For each of the other's words its number among the one's, or a new number."""
    from pyarrow import compute  # noqa: PLC0415

    search: Any = compute
    places: Whole = search.index_in(other, one).fill_null(-1).to_numpy().astype(np.int64)
    new = places < 0
    places[new] = len(one) + np.arange(int(np.count_nonzero(new)))
    return places


def _narrow(side: Half, ids: list[str], rest: list[str], words: list[Any]) -> pa.Table:
    """The open rows that have all keys, with their words and places; whole where that is all rows, as a choice copies texts."""
    table = side.table.select(["id", *ids, "day", "amount"])
    for at, column in enumerate(words):
        table = table.append_column(f"word_{at}", column)
    table = table.append_column("row", pa.array(np.arange(table.num_rows, dtype=np.int32)))
    rows = side.open & filled(side.table, (*ids, *rest))
    return table if rows.all() else table.filter(pa.array(rows))


def in_groups(pairs: Pairs, count_left: int, count_right: int) -> tuple[Pairs, Groups | None]:
    """Pairs that stand alone, apart from crowds: lines with several partners, all of which have all of each other."""
    alone_left, alone_right = (_single(rows, count) for rows, count in ((pairs.left, count_left), (pairs.right, count_right)))
    if alone_left is None and alone_right is None:
        return pairs, None
    alone = np.ones(len(pairs.left), np.bool_)
    for each in (alone_left, alone_right):
        alone &= True if each is None else each
    lefts, rights = pairs.left[~alone], pairs.right[~alone]
    first = np.full(count_right, count_left, np.int64)
    np.minimum.at(first, rights, lefts)
    _, numbers = np.unique(first[rights], return_inverse=True)
    left_rows, left_at = np.unique(lefts, return_index=True)
    right_rows, right_at = np.unique(rights, return_index=True)
    crowds = Groups(NO_ROWS, NO_ROWS, left_rows, numbers[left_at], right_rows, numbers[right_at])
    return pairs.only(alone), crowds


def _single(rows: Whole, count: int) -> Mask | None:
    """Which of the rows come once; None where all do."""
    seen = np.zeros(count, np.bool_)
    seen[rows] = True
    if int(np.count_nonzero(seen)) == len(rows):
        return None
    return (np.bincount(rows, minlength=count) == 1)[rows]
