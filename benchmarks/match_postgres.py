"""Rows out of PostgreSQL and members back into it, column by column instead of row by row.

The server strings the binary form of a column together (`string_agg` over `int8send` and its like), which is what an Arrow column is
made of; back they go by COPY in binary form, written by numpy as records of fixed length. Reading takes a third of CSV's wall time.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import sql

arrow: Any = pa
SLICE = 1_000_000
"""Rows in one answer of the server, whose memory an answer takes."""
_SLICE = """
SELECT count(*), string_agg(int8send(id), ''::bytea), string_agg(int8send(amount), ''::bytea), string_agg(date_send(day), ''::bytea),
  string_agg(int4send(provider), ''::bytea), string_agg(int4send(octet_length(ref)), ''::bytea), string_agg(textsend(ref), ''::bytea)
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
        for start in range(0, last, SLICE):
            cursor.execute(sql.SQL(_SLICE).format(table), (start, start + SLICE))
            slices.append(_columns(cursor.fetchone() or (0,)))
    return arrow.concat_tables(slices)


def _columns(row: tuple[Any, ...]) -> Any:  # noqa: ANN401
    count, *columns = row
    numbers = [
        np.frombuffer(column or b"", of).astype(of[1:]) for column, of in zip(columns[:5], (">i8", ">i8", ">i4", ">i4", ">i4"), strict=True)
    ]
    if any(len(each) != count for each in numbers):
        raise SystemExit("a column has gaps, which this way of reading does not carry")
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(numbers[4], out=offsets[1:])
    refs = arrow.Array.from_buffers(arrow.string(), count, [None, arrow.py_buffer(offsets), arrow.py_buffer(columns[5] or b"")])
    days = arrow.array(numbers[2] + np.int32(_TO_1970)).view(arrow.date32())
    return arrow.table({"id": numbers[0], "ref": refs, "amount": numbers[1], "day": days, "provider": numbers[3]})


def write_members(connection: Any, members: Any) -> None:  # noqa: ANN401
    """The members into a new table `members_r`."""
    connection.execute("DROP TABLE IF EXISTS members_r")
    connection.execute("CREATE UNLOGGED TABLE members_r (match_no bigint, side text, id bigint)")
    sides: dict[str, int] = {row["values"]: row["counts"] for row in members["side"].value_counts().to_pylist()}
    lefts = sides.get("left", 0)  # all of the left side come first
    with connection.cursor().copy("COPY members_r FROM STDIN (FORMAT binary)") as rows:
        rows.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for word, part in ((b"left", members.slice(0, lefts)), (b"right", members.slice(lefts))):
            for start in range(0, part.num_rows, SLICE):
                rows.write(_records(word, part.slice(start, SLICE)))
        rows.write(b"\xff\xff")


def _records(word: bytes, members: Any) -> bytes:  # noqa: ANN401
    """Rows of three fields, each with its length before it."""
    form = [("fields", ">i2"), ("a", ">i4"), ("no", ">i8"), ("b", ">i4"), ("side", f"S{len(word)}"), ("c", ">i4"), ("id", ">i8")]
    records = np.zeros(members.num_rows, np.dtype(form))
    for name, value in {"fields": 3, "a": 8, "b": len(word), "side": word, "c": 8}.items():
        records[name] = value
    records["no"], records["id"] = members["match_no"].to_numpy(), members["id"].to_numpy()
    return records.tobytes()
