"""One side while it is being matched: its columns as arrays, and which of its rows are still open."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import duckdb
import numpy as np
import pyarrow as pa

from reconciliation.frames import SIDE_COLUMNS, Codes, Mask, Whole, amounts_of, days_of, filled, rows_of
from reconciliation.passes import Pass

INSIDE = ("account", "currency")
"""What must always be equal."""


@dataclass(slots=True)
class Half:
    """A side: `open` are the rows that may still be matched, `contested` those that more than one line would fit, which nobody may take."""

    table: pa.Table
    connection: duckdb.DuckDBPyConnection
    amounts: Whole
    open: Mask
    contested: Mask
    _days: Whole | None = None
    _codes: dict[tuple[str, ...], Codes] = field(default_factory=dict[tuple[str, ...], Codes])

    @property
    def days(self) -> Whole:
        """The days of all rows, read when first asked for: pairs by id bring their own."""
        if self._days is None:
            self._days = days_of(self.table)
        return self._days

    def coded(self, keys: tuple[str, ...]) -> tuple[Whole, Codes]:
        """The open rows that have all these keys, and a 64-bit code of account, currency and keys for each."""
        rows = np.flatnonzero(self.open & filled(self.table, keys))
        columns = (*INSIDE, *keys)
        if columns not in self._codes and 2 * len(rows) > self.table.num_rows:
            self._codes[columns] = self.hashed(self.table, columns)
        known = self._codes.get(columns)
        if known is None:
            return rows, self.hashed(rows_of(self.table, rows, columns), columns)
        return rows, known if len(rows) == len(known) else known[rows]

    def hashed(self, table: pa.Table, columns: Iterable[str]) -> Codes:
        """DuckDB's hash of the columns of each row; not proof against an opponent, so what it pairs is compared afterwards."""
        chosen = table.select(list(columns))
        self.connection.register("hashed", chosen)
        names = ", ".join(f'"{name}"' for name in chosen.column_names)
        found = self.connection.execute(f"SELECT hash({names}) AS code FROM hashed").fetchnumpy()  # noqa: S608 (names of our own columns)
        self.connection.unregister("hashed")
        return cast("Codes", found["code"])

    def prints(self, rows: Whole) -> Codes:
        """A fingerprint of all that could tell these rows apart, which is everything but their ids."""
        columns = [name for name in SIDE_COLUMNS if name != "id"]
        return self.hashed(rows_of(self.table, rows, columns), columns)

    def rank(self, rows: Whole) -> Whole:
        """The order of these rows by id: something that stays when rows are shuffled."""
        ids: Any = rows_of(self.table, rows, ["id"])
        ordered: Whole = ids.append_column("at", pa.array(np.arange(len(rows)))).sort_by("id")["at"].to_numpy()
        ranks = np.empty_like(ordered)
        ranks[ordered] = np.arange(len(rows))
        return ranks


def half(table: pa.Table, connection: duckdb.DuckDBPyConnection, decided: Mask | None) -> Half:
    """A side with nothing matched yet but what was `decided` earlier."""
    still_open = np.ones(table.num_rows, np.bool_) if decided is None else ~decided
    return Half(table, connection, amounts_of(table), still_open, np.zeros(table.num_rows, np.bool_))


def near(rule: Pass, base: Whole, other: Whole) -> Mask:
    """Whether amounts are equal within the pass's tolerance, which is measured at `base`."""
    if rule.amount.exact:
        return base == other
    return np.abs(other - base) <= rule.amount.minor + np.abs(base) * rule.amount.per_mille // 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What a pass found.

    Members are given as rows with the number of their match (0 to `count`), how many alternatives each match had, and the rows that are
    contested.
    """

    count: int
    left: Whole
    left_no: Whole
    right: Whole
    right_no: Whole
    refused: Whole
    contested_left: Whole
    contested_right: Whole
    compared: bool = False
    """Whether the keys of the members were compared themselves, and not only by their codes."""
    apart: Whole | None = None
    """For pairs, where they are known, the days from the left line to the right one."""

    def swapped(self) -> "Found":
        """The same seen from the other side."""
        return Found(
            self.count,
            self.right,
            self.right_no,
            self.left,
            self.left_no,
            self.refused,
            self.contested_right,
            self.contested_left,
            self.compared,
        )


NO_ROWS: Whole = np.zeros(0, np.int64)
NOTHING = Found(0, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS)


def settle(found: Found, keep: Mask) -> Found:
    """Only the matches to keep; what was contested stays so."""
    if keep.all():
        return found
    number = np.cumsum(keep) - 1
    lefts, rights = keep[found.left_no], keep[found.right_no]
    return Found(
        int(keep.sum()),
        found.left[lefts],
        number[found.left_no[lefts]],
        found.right[rights],
        number[found.right_no[rights]],
        found.refused[keep],
        found.contested_left,
        found.contested_right,
        found.compared,
        None if found.apart is None else found.apart[keep],
    )
