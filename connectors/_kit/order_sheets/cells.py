"""Cells as numbers, instants and text, in the form that the layout declares; what is in another form is refused with its mend."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from connectors._kit.order_sheets.cutting import SliceRow
from connectors._kit.order_sheets.layout import SheetLayout
from connectors._kit.order_sheets.places import Flaw
from connectors._kit.order_sheets.tables import Cell
from model.errors import MalformedError
from model.values.instant import local_instant, plausible
from model.values.money import exact_amount, minor_units

MOST_FLAWS: Final = 100
"""Flaws of one order that are told at all."""
_LONGEST: Final = 2_000
_NUMBER = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]*))?")

T = TypeVar("T")


class _UnreadError(Exception):
    """Why a cell is not read, and what mends it."""


@dataclass(slots=True)
class Rows:
    """The rows of one order, read by columns; whatever is wrong is noted as a flaw, and reading goes on."""

    rows: Sequence[SliceRow]
    layout: SheetLayout
    flaws: list[Flaw] = field(default_factory=list[Flaw])

    def flaw(self, row: int, column: str | None, reason: str, mend: str) -> None:
        """Note what is wrong at a place."""
        if len(self.flaws) < MOST_FLAWS:
            self.flaws.append(Flaw(row, column or "", reason, mend))

    def text(self, row: SliceRow, column: str | None) -> str | None:
        """What stands there; None where it is blank, or no column was declared."""
        return self._read(row, column, _text_of)

    def decimal(self, row: SliceRow, column: str | None) -> Decimal | None:
        """A number."""
        return self._read(row, column, lambda cell: _decimal_of(cell, self.layout))

    def minor(self, row: SliceRow, column: str | None, currency: str) -> int | None:
        """An amount in minor units."""

        def amount(cell: Cell) -> int:
            number = _decimal_of(cell, self.layout)
            try:
                return minor_units(number, currency)
            except MalformedError:
                raise _UnreadError(f"has more decimal places than {currency} knows, or is too great", "write the amount to pay") from None

        return self._read(row, column, amount)

    def moment(self, row: SliceRow, column: str | None, clock: str | None = None) -> datetime | None:
        """An instant; `clock` is the column of its time of day."""
        if clock is None:
            return self._read(row, column, lambda cell: _moment_of(cell, self.layout))
        at = self._read(row, clock, _time_of) or time()
        return self._read(row, column, lambda cell: _moment_of(cell, self.layout, at))

    def one(self, read: Callable[[SliceRow, str | None], T | None], column: str | None) -> T | None:
        """What the rows say of the whole order: in one of them, or in several alike."""
        found: list[tuple[int, T]] = []
        if column is not None:
            found = [(row.row, value) for row in self.rows if (value := read(row, column)) is not None]
        for number, value in found:
            if value != found[0][1]:
                self.flaw(number, column, f"says something else than row {found[0][0]} of the same order", "write it alike in each row")
                break
        return found[0][1] if found else None

    def _read(self, row: SliceRow, column: str | None, reader: Callable[[Cell], T]) -> T | None:
        cell = row.cells.get(column, "") if column is not None else ""
        if isinstance(cell, str) and not cell.strip():
            return None
        try:
            return reader(cell)
        except _UnreadError as error:
            self.flaw(row.row, column, *error.args)
            return None


def _usable(cell: Cell) -> Cell:
    if not isinstance(cell, str) and "e" in cell:
        reason, _, mend = cell["e"].partition("; ")
        raise _UnreadError(reason, mend or "put a value")
    return cell


def _text_of(cell: Cell) -> str:
    cell = _usable(cell)
    text = (cell if isinstance(cell, str) else cell.get("n") or cell.get("d") or "").strip()
    if len(text) > _LONGEST:
        raise _UnreadError(f"has more than {_LONGEST} characters", "shorten it")
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise _UnreadError("holds a sign that cannot be shown", "take it out, or name the file's encoding under layout.encoding")
    return text


def _decimal_of(cell: Cell, layout: SheetLayout) -> Decimal:
    cell = _usable(cell)
    example = f"like 1{layout.thousands}234{layout.decimal}50"
    if isinstance(cell, str):
        bare = cell.strip().replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").replace("\u2019", "'")
        if layout.thousands:
            bare = _ungrouped(bare, layout)
        if layout.decimal == ",":
            bare = bare.replace(".", "x").replace(",", ".")
    elif "n" in cell:
        bare = cell["n"]
    else:
        raise _UnreadError("is a date and no number", f"write a number {example}")
    found = _NUMBER.fullmatch(bare) if len(bare) <= 40 else None  # noqa: PLR2004  no number is longer
    if found is None:
        raise _UnreadError("is not a number", f"write it {example}, or declare layout.decimal and layout.thousands")
    try:
        return exact_amount(f"{found[1]}{found[2]}" + (f".{found[3]}" if found[3] else ""))
    except MalformedError:
        raise _UnreadError("is not a number of payable size", f"write it {example}") from None


def _ungrouped(bare: str, layout: SheetLayout) -> str:
    """Without the signs between thousands, behind one to three digits and before three each; those of other places are left to be refused.

    So `1234,567`, of somebody who writes decimals with that sign, is no million.
    """
    whole, mark, rest = bare.partition(layout.decimal)
    first, *groups = whole.split(layout.thousands)
    is_grouped = 1 <= len(first.lstrip("+-")) <= 3 and all(len(group) == 3 for group in groups)  # noqa: PLR2004  thousands
    return "".join([first, *groups]) + mark + rest if is_grouped else bare


def _time_of(cell: Cell) -> time:
    try:
        return time.fromisoformat(_text_of(cell))
    except ValueError:
        raise _UnreadError("is no time of day", "write it like 14:05") from None


def _moment_of(cell: Cell, layout: SheetLayout, at: time | None = None) -> datetime:
    cell = _usable(cell)
    zone = ZoneInfo(layout.zone)
    like = layout.date_format or "2026-01-31 or 2026-01-31T14:05:00"
    if not isinstance(cell, str) and "n" in cell:
        raise _UnreadError("is a number and no date", "give the column the form of a date")
    text = cell.strip() if isinstance(cell, str) else cell["d"]
    try:
        if isinstance(cell, str) and layout.date_format:
            found = datetime.strptime(text, layout.date_format)  # noqa: DTZ007  the zone follows
            text = found.isoformat()
        if at is not None:
            text = datetime.combine(datetime.fromisoformat(text).date(), at).isoformat()
        return plausible(local_instant(text, zone))
    except (ValueError, MalformedError):
        raise _UnreadError("is no date, or of another form", f"write it like {like}, or declare layout.date_format") from None
