"""The cells of a table as CSV and XLSX files hold them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from model.errors import ConfigError

LARGEST = 20 * 2**20
"""Bytes of a file. A table of 100,000 rows and ten columns has about half of it."""
MOST_COLUMNS = 100
MOST_ROWS = 200_000
_SHOWN = 40
"""Characters of a name that is quoted in a complaint."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a cell cannot be used, ending with the mend."""

    reason: str


Cell = str | Decimal | date | bool | Unread
"""Text, or what a spreadsheet keeps as a number, a date or a truth value. An empty cell is empty text."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows, each with its number as a spreadsheet counts them (the header is row 1)."""

    form: str
    """What the file turned out to be, for people."""
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


def table_of(name: str, form: str, rows: Iterator[tuple[int, Sequence[Cell]]]) -> Table:
    """The table that rows from the first non-empty one on make; ConfigError for one without header, too wide or too long."""
    header: tuple[str, ...] = ()
    kept: list[tuple[int, tuple[Cell, ...]]] = []
    for number, cells in rows:
        if all(cell == "" for cell in cells):
            continue
        if not header:
            header = _header(name, number, cells)
        elif len(kept) == MOST_ROWS:
            raise ConfigError(f"{name}: has more than {MOST_ROWS:,} rows; split it")
        else:
            kept.append((number, _fitted(cells, len(header))))
    if not header:
        raise ConfigError(f"{name}: is empty; its first row names the columns")
    return Table(form, header, tuple(kept))


def _fitted(cells: Sequence[Cell], width: int) -> tuple[Cell, ...]:
    """As many cells as the header has; a row with more has a delimiter too many or a column without name, so no cell of it counts."""
    if any(cell != "" for cell in cells[width:]):
        return (
            Unread(f"the row has more cells than the header's {width}; quote cells that hold the delimiter, or name the column"),
        ) * width
    return (*cells[:width], *[""] * (width - len(cells)))


def _header(name: str, number: int, cells: Sequence[Cell]) -> tuple[str, ...]:
    titles = [cell.strip().casefold() if isinstance(cell, str) else "" for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    if len(titles) > MOST_COLUMNS:
        raise ConfigError(f"{name}:{number}: has more than {MOST_COLUMNS} columns; keep those of the template")
    if "" in titles:
        raise ConfigError(f"{name}:{number}: column {titles.index('') + 1} has no name; name it or take it out")
    twice = sorted({title for title in titles if titles.count(title) > 1})
    if twice:
        raise ConfigError(f"{name}:{number}: {short(twice[0])}: is there twice; keep one")
    return tuple(titles)


def short(text: str) -> str:
    """A name as complaints quote it."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
