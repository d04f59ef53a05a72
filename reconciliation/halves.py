"""One side while it is being matched: its columns as arrays, and which of its rows are still open."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import duckdb
import numpy as np
import pyarrow as pa

from reconciliation.frames import SIDE_COLUMNS, Codes, Mask, Whole, amounts_of, days_of, filled, rows_of
from reconciliation.passes import Pass

WORTH_NARROWING = 100_000
"""A side of fewer rows is not worth making a smaller one of."""
INSIDE = ("account", "currency")
"""What must always be equal."""


@dataclass(slots=True)
class Half:
    """A side: `open` are the rows that may still be matched, `contested` those that more than one line would fit, which nobody may take."""

    table: pa.Table
    connection: duckdb.DuckDBPyConnection
    open: Mask
    contested: Mask
    few: "Few | None" = None
    _amounts: Whole | None = None
    _days: Whole | None = None
    _codes: dict[tuple[str, ...], Codes] = field(default_factory=dict[tuple[str, ...], Codes])

    @property
    def amounts(self) -> Whole:
        """The amounts of all rows, read when first asked for: pairs by id bring their own."""
        if self._amounts is None:
            self._amounts = amounts_of(self.table)
        return self._amounts

    def at(self, rows: Whole, columns: Iterable[str]) -> pa.Table:
        """These rows in this order, with these columns; from the smaller table where they are all in it."""
        if self.few is not None and 4 * len(rows) <= len(self.open):
            places = self.few.places[rows]
            if bool((places >= 0).all()):
                return self.few.side.at(cast("Whole", places), columns)
        return rows_of(self.table, rows, columns)

    def amounts_at(self, rows: Whole) -> Whole:
        """The amounts of these rows."""
        if self._amounts is None and 4 * len(rows) <= len(self.open):
            return amounts_of(self.at(rows, ["amount"]))
        return self.amounts[rows]

    @property
    def days(self) -> Whole:
        """The days of all rows, read when first asked for: pairs by id bring their own."""
        if self._days is None:
            self._days = days_of(self.table)
        return self._days

    def days_at(self, rows: Whole) -> Whole:
        """The days of these rows."""
        if self._days is None and 4 * len(rows) <= len(self.open):
            return days_of(self.at(rows, ["day"]))
        return self.days[rows]

    def coded(self, keys: tuple[str, ...]) -> tuple[Whole, Codes]:
        """The open rows that have all these keys, and a 64-bit code of account, currency and keys for each."""
        rows = np.flatnonzero(self.open & filled(self.table, keys))
        columns = (*INSIDE, *keys)
        if columns not in self._codes and 2 * len(rows) > self.table.num_rows:
            self._codes[columns] = self.hashed(self.table, columns)
        known = self._codes.get(columns)
        if known is None:
            return rows, self.hashed(self.at(rows, columns), columns)
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
        return self.hashed(self.at(rows, columns), columns)

    def rank(self, rows: Whole) -> Whole:
        """The order of these rows by id: something that stays when rows are shuffled."""
        ids: Any = self.at(rows, ["id"])
        ordered: Whole = ids.append_column("at", pa.array(np.arange(len(rows)))).sort_by("id")["at"].to_numpy()
        ranks = np.empty_like(ordered)
        ranks[ordered] = np.arange(len(rows))
        return ranks


@dataclass(frozen=True, slots=True)
class Few:
    """Some rows of a side as a side of their own, and at each row of the whole its place among them, or -1."""

    side: Half
    places: Any


def half(table: pa.Table, connection: duckdb.DuckDBPyConnection, decided: Mask | None) -> Half:
    """A side with nothing matched yet but what was `decided` earlier."""
    still_open = np.ones(table.num_rows, np.bool_) if decided is None else ~decided
    return Half(table, connection, still_open, np.zeros(table.num_rows, np.bool_))


def narrowed(side: Half) -> tuple[Half, Whole | None]:
    """The open rows as a side of their own, with their rows in the whole; the side itself, and none, while they are many or few enough."""
    count = int(np.count_nonzero(side.open))
    if len(side.open) < WORTH_NARROWING or count * 4 > len(side.open):
        return side, None
    rows = np.flatnonzero(side.open)
    places = np.full(len(side.open), -1, np.int32)
    places[rows] = np.arange(count, dtype=np.int32)
    side.few = Few(half(side.table.filter(pa.array(side.open)), side.connection, None), places)
    return side.few.side, rows


def near(rule: Pass, base: Whole, other: Whole) -> Mask:
    """Whether amounts are equal within the pass's tolerance, which is measured at `base`."""
    if rule.amount.exact:
        return base == other
    return np.abs(other - base) <= rule.amount.minor + np.abs(base) * rule.amount.per_mille // 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of pairs without looking it up: their ids and their amounts, equal on both sides, as Arrow columns."""

    left_id: Any
    right_id: Any
    amount: Any

    def only(self, these: Mask) -> "Told":
        """These of the pairs."""
        mask = pa.array(these)
        return Told(self.left_id.filter(mask), self.right_id.filter(mask), self.amount.filter(mask))


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
    told: Told | None = None
    """For pairs, where they are known, their ids and amounts."""

    def among(self, lefts: Whole | None, rights: Whole | None) -> "Found":
        """The same, its rows counted in the whole of which `lefts` and `rights` are the rows looked at; None: it was the whole."""
        left = {name: getattr(self, name) if lefts is None else lefts[getattr(self, name)] for name in ("left", "contested_left")}
        right = {name: getattr(self, name) if rights is None else rights[getattr(self, name)] for name in ("right", "contested_right")}
        return replace(self, **left, **right)

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
        None if found.told is None else found.told.only(keep),
    )
