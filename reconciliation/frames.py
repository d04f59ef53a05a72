"""The one form in which both sides come to be matched, a table of lines with amounts in minor units.

Arrow and not pandas carries the columns: an amount stays int64 also where a neighbouring column is empty, and DuckDB reads it in place.
"""

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import pyarrow as pa

from model.errors import MalformedError

arrow: Any = pa
"""pyarrow without its stubs, which know its arrays only in part."""

SIDE_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "account": pa.string(),
    "currency": pa.string(),
    "amount": pa.int64(),
    "day": pa.date32(),
    "provider_id": pa.string(),
    "provider_id_2": pa.string(),
    "reference": pa.string(),
    "group_id": pa.string(),
    "text": pa.string(),
    "kind": pa.string(),
}
"""The columns of a side and their types. `id` names a line once a side (text, or an integer where rows are only counted), `account` is the
key inside which lines may match, `amount` is signed minor units of `currency`, `day` a business date, `group_id` the payout or deposit,
`text` the free text of a bank line."""
NEVER_EMPTY = ("id", "account", "currency", "amount", "day", "kind")
MOST_MINOR = 10**15
"""The largest amount of a line: 9,000 of them still add up in 64 bits."""
MOST_LINES = 9_000
"""The most lines that are ever added up."""
MOST_ROWS = 2**31 - 1
EMPTY_SIDE = pa.schema([pa.field(name, of) for name, of in SIDE_COLUMNS.items()])

Whole = np.ndarray[Any, np.dtype[np.int64]]
Codes = np.ndarray[Any, np.dtype[np.uint64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def side(rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    """A side from typed rows in the order of `SIDE_COLUMNS`.

    MalformedError for a row of another shape, a float, or what no column takes.
    """
    kept = list(rows)
    for place, row in enumerate(kept):
        if len(row) != len(SIDE_COLUMNS):
            raise MalformedError(f"side row {place}: {len(row)} values where {len(SIDE_COLUMNS)} are wanted")
        if type(row[3]) is not int:
            raise MalformedError(f"side row {place} amount: {type(row[3]).__name__} where an integer of minor units is wanted")
    columns = list(zip(*kept, strict=True)) if kept else [()] * len(SIDE_COLUMNS)
    arrays: list[pa.Array[Any]] = []
    for (name, of), column in zip(SIDE_COLUMNS.items(), columns, strict=True):
        try:
            arrays.append(cast("pa.Array[Any]", pa.array(column, of)))
        except (pa.ArrowException, OverflowError, UnicodeError, TypeError, ValueError) as problem:
            raise MalformedError(f"side column {name}: a value is no {of}") from problem
    return checked(pa.Table.from_arrays(arrays, schema=EMPTY_SIDE), "side")


def checked(table: pa.Table, name: str) -> pa.Table:
    """The same table if it is a side: all columns, of their types, no gaps where none may be, amounts within bounds, ids once each."""
    for column, of in SIDE_COLUMNS.items():
        if column not in table.column_names:
            raise MalformedError(f"{name}: column {column} is missing")
        found = cast("Any", table.schema).field(column).type
        if found != of and not (column == "id" and found == pa.int64()) and not _words_coded(found, of):
            raise MalformedError(f"{name} column {column}: {found} where {of} is wanted")
        if column in NEVER_EMPTY and table[column].null_count:
            raise MalformedError(f"{name} column {column}: {table[column].null_count} lines have none")
    if table.num_rows > MOST_ROWS // 2:
        raise MalformedError(f"{name}: {table.num_rows} lines, more than can be matched at once; cut the window")
    if any(amounts.size and (amounts.max() > MOST_MINOR or amounts.min() < -MOST_MINOR) for amounts in _pieces(table["amount"])):
        raise MalformedError(f"{name} column amount: a line is beyond {MOST_MINOR} minor units")
    return table


def _pieces(column: Any) -> Iterable[Whole]:  # noqa: ANN401 (an Arrow column)
    """The column piece by piece, none of them copied."""
    return (piece.to_numpy() for piece in column.chunks)


def _words_coded(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether a column holds the wanted words by number, as Arrow's dictionaries do."""
    return isinstance(found, pa.DictionaryType) and cast("Any", found).value_type == wanted


def amounts_of(table: pa.Table) -> Whole:
    """The amounts in minor units."""
    return cast("Whole", table["amount"].to_numpy())


def days_of(table: pa.Table) -> Whole:
    """The days since 1970 as int64."""
    column: Any = table["day"]
    days = np.empty(table.num_rows, np.int64)
    start = 0
    for piece in column.chunks:
        days[start : start + len(piece)] = piece.view(pa.int32()).to_numpy()
        start += len(piece)
    return days


def filled(table: pa.Table, columns: Iterable[str]) -> Mask:
    """Which rows have all of these columns."""
    found = np.ones(table.num_rows, np.bool_)
    for column in columns:
        if table[column].null_count:
            valid: Any = table[column].is_valid()
            found &= valid.to_numpy()
    return found


def rows_of(table: pa.Table, rows: Whole, columns: Iterable[str] | None = None) -> pa.Table:
    """These rows in this order, with these columns or all."""
    chosen = table if columns is None else table.select(list(columns))
    if 4 * len(rows) > table.num_rows:
        return chosen.take(cast("Any", pa.array(rows)))
    # a take puts all the pieces of a text together first, a filter does not
    there = np.zeros(table.num_rows, np.bool_)
    there[rows] = True
    few = chosen.filter(pa.array(there))
    if bool((rows[1:] > rows[:-1]).all()):
        return few
    return few.combine_chunks().take(cast("Any", pa.array(np.searchsorted(np.flatnonzero(there), rows))))


def equal_at(left: pa.Table, left_rows: Whole, right: pa.Table, right_rows: Whole, column: str) -> Mask:
    """Pair of rows by pair, whether they agree in the column; an empty value agrees with nothing."""
    from pyarrow import compute  # noqa: PLC0415

    compare: Any = compute
    a, b = _column(left, column), _column(right, column)
    if isinstance(a, arrow.DictionaryArray) and isinstance(b, arrow.DictionaryArray) and not (a.null_count or b.null_count):
        # few words, many rows: the words are compared once and their numbers row by row
        same = compare.index_in(b.dictionary, a.dictionary).fill_null(-1).to_numpy()
        return cast("Mask", a.indices.to_numpy()[left_rows] == same[b.indices.to_numpy()[right_rows]])
    plain: list[Any] = [_plain(rows_of(table, rows, [column]), column) for table, rows in ((left, left_rows), (right, right_rows))]
    return cast("Mask", compare.fill_null(compare.equal(plain[0], plain[1]), fill_value=False).to_numpy())


def _column(table: pa.Table, column: str) -> Any:  # noqa: ANN401 (an Arrow column, whose stubs know no type)
    """The column, as one array where it is one."""
    found: Any = table[column]
    return found.chunk(0) if found.num_chunks == 1 else found


def _plain(table: pa.Table, column: str) -> Any:  # noqa: ANN401
    found: Any = table[column]
    return found.cast(found.type.value_type) if isinstance(found.type, arrow.DictionaryType) else found
