"""Questions about ids over whole sides: named once, decided earlier, tied to another line."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import duckdb
import numpy as np
import pyarrow as pa

from model.errors import MalformedError
from reconciliation.frames import Mask, Whole, rows_of
from reconciliation.halves import Half
from reconciliation.passes import IDS, Pass

WORDS = """list_distinct(list_concat(string_split_regex(upper(concat_ws(' ', reference, text)), '[^A-Z0-9]+'),
  [regexp_replace(each, '[^A-Z0-9]', '', 'g') FOR each IN string_split_regex(upper(concat_ws(' ', reference, text)), '\\s+')]))"""
"""The words of a bank line: between signs, and between spaces with the signs left out."""
WORD = "regexp_replace(upper(reference), '[^A-Z0-9]', '', 'g')"
"""A reference as one word."""

SHORTEST = 4
"""A shorter word stands in too many texts by chance."""

_TIED = """
WITH one AS (SELECT * FROM (SELECT {one_key} AS key, match FROM tied_one WHERE match >= 0) WHERE length(key) >= {least}),
other AS (SELECT {other_key} AS key, match FROM tied_other)
SELECT DISTINCT one.match FROM one JOIN (
  SELECT key, min(match) AS least, max(match) AS most FROM other WHERE key IN (SELECT key FROM one) GROUP BY key
) AS ties USING (key)
WHERE least <> one.match OR most <> one.match
"""


def all_once(table: pa.Table, name: str, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The same table if no id comes twice, or MalformedError."""
    ids: Any = table["id"]
    if ids.type == pa.int64():
        twice = _repeats(ids.to_numpy())
    else:
        connection.register("ids", table.select(["id"]))
        twice = _repeats(connection.execute("SELECT hash(id) AS code FROM ids").fetchnumpy()["code"])
        if twice:  # or two ids of one hash
            twice = bool(connection.execute("SELECT count(*) <> count(DISTINCT id) FROM ids").fetchall()[0][0])
        connection.unregister("ids")
    if twice:
        raise MalformedError(f"{name} column id: a line is there twice")
    return table


def _repeats(numbers: Any) -> bool:  # noqa: ANN401 (integers of whichever width)
    if bool((numbers[1:] > numbers[:-1]).all()):
        return False  # they rise from row to row, as a database's numbers mostly do
    ordered = np.sort(numbers)
    return bool((ordered[1:] == ordered[:-1]).any())


def decided(table: pa.Table, name: str, already: pa.Table | None, connection: duckdb.DuckDBPyConnection) -> Mask | None:
    """Which lines of the side are members decided earlier; None where nothing was."""
    if already is None or not already.num_rows:
        return None
    connection.register("already", already.select(["side", "id"]))
    connection.register("ids", table.select(["id"]).append_column("place", pa.array(np.arange(table.num_rows))))
    found = connection.execute("SELECT place FROM ids SEMI JOIN already ON ids.id = already.id AND already.side = $1", [name]).fetchnumpy()
    connection.unregister("already")
    connection.unregister("ids")
    mask = np.zeros(table.num_rows, np.bool_)
    mask[np.asarray(found["place"], np.int64)] = True
    return mask


def ids_of(passes: Iterable[Pass]) -> tuple[str, ...]:
    """The id columns that the passes go by."""
    keys = {key for rule in passes for key in rule.keys}
    return tuple(name for name in IDS if name in keys)


def tied(left: Half, right: Half, left_match: Whole, right_match: Whole, passes: Sequence[Pass]) -> Whole:
    """The numbers of those matches of which an id, or a reference said in a text, also names a line outside the match.

    The numbers stand at the rows, -1 where there is none.
    """
    found: list[Whole] = []
    for column in ids_of(passes):
        found += [_ties(left, right, left_match, right_match, column, column), _ties(right, left, right_match, left_match, column, column)]
    if any(rule.in_text for rule in passes):
        said = f"unnest({WORDS})"
        found += [_ties(left, right, left_match, right_match, WORD, said), _ties(right, left, right_match, left_match, said, WORD)]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)


def _ties(one: Half, other: Half, one_match: Whole, other_match: Whole, one_key: str, other_key: str) -> Whole:
    if _wordless(one, one_key) or _wordless(other, other_key):
        return np.zeros(0, np.int64)
    rows = np.flatnonzero(one_match >= 0)
    columns = [*IDS, "text"]
    narrow = rows_of(one.table, rows, columns).append_column("match", pa.array(one_match[rows]))
    one.connection.register("tied_one", narrow)
    one.connection.register("tied_other", other.table.select(columns).append_column("match", pa.array(other_match)))
    found = one.connection.execute(_TIED.format(one_key=one_key, other_key=other_key, least=1 if one_key in IDS else SHORTEST)).fetchnumpy()
    for name in ("tied_one", "tied_other"):
        one.connection.unregister(name)
    return cast("Whole", np.asarray(found["match"], np.int64))


def _wordless(side: Half, key: str) -> bool:
    """Whether no line of the side has anything of what the key is made of."""
    columns = [key] if key in IDS else ["reference"] if key == WORD else ["reference", "text"]
    return all(side.table[column].null_count == side.table.num_rows for column in columns)
