"""Rows out of PostgreSQL and matches back into it, column by column instead of row by row.

The server strings the binary form of a column together (`string_agg` over `int8send` and its like), which is what an Arrow column is
made of; each such column costs the server, so two short numbers travel as one. Back go pairs of ids with their match, as the anchor
keeps them, by COPY in binary form over two connections, written by numpy as records of fixed length.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import sql

arrow: Any = pa
READ, WRITTEN = 100_000, 1_000_000
"""Rows in one answer of the server, and in one piece for it. Larger answers take fresh memory on both sides; asking costs less."""
_SLICE = """
SELECT count(*), string_agg(int8send(id), ''::bytea), string_agg(int8send(amount), ''::bytea),
  string_agg(int8send(((day - DATE '2000-01-01')::bigint << 32) | provider::bigint), ''::bytea), string_agg(textsend(ref), '\\x0a'::bytea)
FROM {} WHERE id > %s AND id <= %s
"""
_TO_1970 = 10_957
"""PostgreSQL counts days from 2000."""


def read_both(url: str, names: tuple[str, str]) -> list[Any]:
    """Both tables as Arrow, each over a connection of its own; they have no gaps, and a column with one is an error."""
    with ThreadPoolExecutor(2) as beside:
        return list(beside.map(_read, (url, url), names))


def _read(url: str, name: str) -> Any:  # noqa: ANN401 (pyarrow is typed in part only)
    table = sql.Identifier(name)
    with psycopg.connect(url) as connection, connection.cursor(binary=True) as cursor:
        cursor.execute(sql.SQL("SELECT coalesce(max(id), 0) FROM {}").format(table))
        last: int = (cursor.fetchone() or (0,))[0]
        slices: list[Any] = []
        for start in range(0, last, READ):
            cursor.execute(sql.SQL(_SLICE).format(table), (start, start + READ))
            slices.append(_columns(cursor.fetchone() or (0,)))
    return arrow.concat_tables(slices)


def _columns(row: tuple[Any, ...]) -> Any:  # noqa: ANN401
    count, *columns = row
    ids, amounts, packed = (np.frombuffer(column or b"", ">i8").astype("i8") for column in columns[:3])
    joined = columns[3] or b""
    ends = np.append(np.flatnonzero(np.frombuffer(joined, np.uint8) == ord("\n")), len(joined))
    if not len(ids) == len(amounts) == len(packed) == len(ends) == count:
        raise SystemExit("a column has gaps, or a reference a line break, which this way of reading does not carry")
    offsets = np.zeros(count + 1, np.int32)
    offsets[1:] = ends - np.arange(count)
    refs = arrow.Array.from_buffers(arrow.string(), count, [None, arrow.py_buffer(offsets), arrow.py_buffer(joined.replace(b"\n", b""))])
    days = arrow.array((packed >> 32).astype(np.int32) + np.int32(_TO_1970)).view(arrow.date32())
    return arrow.table({"id": ids, "ref": refs, "amount": amounts, "day": days, "provider": packed & 0xFFFFFFFF})


def write_pairs(url: str, members: Any) -> int:  # noqa: ANN401
    """The matches as pairs of ids, as the anchor keeps them, into a new table `pairs_r`, in one transaction a half; gives how many.

    Each match has one left line, so its id says which pairs belong together.
    """
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS pairs_r")
        connection.execute("CREATE UNLOGGED TABLE pairs_r (left_id bigint, right_id bigint)")
    numbers, ids = members["match_no"].to_numpy(), members["id"].to_numpy()
    lefts = next(row["counts"] for row in members["side"].value_counts().to_pylist() if row["values"] == "left")
    left_of = np.zeros(int(numbers[:lefts].max()) + 1, np.int64)  # all of the left side come first
    left_of[numbers[:lefts]] = ids[:lefts]
    pairs = (left_of[numbers[lefts:]], ids[lefts:])
    middle = len(pairs[0]) // 2
    halves = ([column[:middle] for column in pairs], [column[middle:] for column in pairs])
    with ThreadPoolExecutor(2) as beside:
        list(beside.map(_write, (url, url), halves))
    return len(pairs[0])


def _write(url: str, columns: list[Any]) -> None:
    with psycopg.connect(url) as connection, connection.cursor().copy("COPY pairs_r FROM STDIN (FORMAT binary)") as rows:
        rows.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for start in range(0, len(columns[0]), WRITTEN):
            rows.write(_records([column[start : start + WRITTEN] for column in columns]))
        rows.write(b"\xff\xff")


def _records(columns: list[Any]) -> bytes:
    """Rows of two fields, each with its length before it."""
    form = [("fields", ">i2"), ("a", ">i4"), ("left", ">i8"), ("b", ">i4"), ("right", ">i8")]
    records = np.empty(len(columns[0]), np.dtype(form))
    for name, value in {"fields": 2, "a": 8, "b": 8}.items():
        records[name] = value
    for name, column in zip(("left", "right"), columns, strict=True):
        records[name] = column
    return records.tobytes()
