"""The shape that both bills share: columns, rows whose values begin with a backtick, the names of the sums, and the sums."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple

from connectors._kit.sheets import Line, Row, at_line, columns_of, lines_of, row_of, text_of
from model.errors import MalformedError
from model.values.instant import local_instant

TICK: Final = "`"
BEIJING: Final = timezone(timedelta(hours=8))


class Table(NamedTuple):
    """A bill taken apart."""

    rows: tuple[Row, ...]
    sums: Row


def text_of_bill(raw: bytes) -> str:
    """UTF-8 as WeChat writes it, or GBK as spreadsheets save it."""
    return text_of(raw, "gb18030")


def first_cells(text: str) -> frozenset[str]:
    """The names in the first line, for telling one bill from another."""
    return frozenset(cell.strip().removeprefix(TICK) for cell in text[:4096].partition("\n")[0].split(","))


def table_of(text: str, needed: Collection[str], sums: Collection[str]) -> Table:
    """The rows and the sums behind them. MalformedError where the sums are missing: the file was cut."""
    lines = list(lines_of(text, quoted=False))
    if not lines:
        raise MalformedError("line 1: the file is empty")
    columns = columns_of(lines[0], needed)
    place = next((place for place, line in enumerate(lines) if line.cells[0].strip() in sums and place), None)
    if place is None or place + 2 != len(lines):
        raise MalformedError(f"line {lines[-1].number}: the bill breaks off, or goes on behind its sums; they are the last two lines")
    rows = tuple(row_of(columns, _unticked(line)) for line in lines[1:place])
    return Table(rows, row_of(columns_of(lines[place], sums), _unticked(lines[place + 1])))


def _unticked(line: Line) -> Line:
    """The values without their backticks; a name of goods may hold a comma, but then no backtick stands behind it."""
    if not line.cells[0].startswith(TICK):
        return line
    cells: list[str] = []
    for cell in line.cells:
        if cell.startswith(TICK):
            cells.append(cell[1:])
        else:
            cells[-1] += f",{cell}"
    return Line(line.number, tuple(cells))


def moment_of(row: Row, column: str) -> datetime:
    """An instant by the clocks of Beijing."""
    with at_line(row.number):
        return local_instant(row.fields[column].replace(" ", "T", 1), BEIJING)


def days_of(moments: Iterable[datetime]) -> tuple[datetime, datetime]:
    """Midnight before the first and midnight behind the last of some instants, by the clocks of Beijing."""
    days = sorted({moment.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0) for moment in moments})
    return days[0].astimezone(UTC), (days[-1] + timedelta(days=1)).astimezone(UTC)


def count_of(row: Row, column: str) -> int:
    """A count of rows; WeChat writes some as `2.0`."""
    text = row.fields[column].removesuffix(".0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004  a file has fewer lines
        raise MalformedError(f"line {row.number}: is no count of rows")
    return int(text)


def only(rows: Iterable[Row], column: str, what: str, given: Callable[[str], str] = str) -> str:
    """The one value of a column."""
    found = {given(row.fields[column]): row.number for row in rows}
    if len(found) != 1 or "" in found:
        raise MalformedError(f"line {max(found.values(), default=1)}: the bill names {len(found)} {what}, and is of one")
    return next(iter(found))
