"""The rows of a file, whatever it is written as: CSV here, XLSX in a process of its own. What a file's name ends in is not asked."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from connectors._kit.order_sheets.layout import SheetLayout
from connectors._kit.sheets import lines_of, text_of
from connectors._kit.workbooks import is_workbook, workbook_rows
from model.errors import MalformedError

MOST_BYTES: Final = 16 * 2**20
"""Bytes of one file; a table of 100,000 rows has about 10 MiB."""
MOST_ROWS: Final = 200_000

Cell = str | dict[str, str]
"""Text, or out of a workbook one of `n` (a number as decimal text), `d` (a date or time, ISO 8601), `e` (why it cannot be used)."""


class TableRow(NamedTuple):
    """One row, the first of a file being 1."""

    number: int
    cells: tuple[Cell, ...]
    is_whole: bool = False
    """Whether it shows its empty cells too, as rows of a CSV do: then one that has fewer than the header was cut off."""


def rows_of(raw: bytes, layout: SheetLayout) -> Iterator[TableRow]:
    """Every row of a CSV or XLSX file; MalformedError where it is neither, or beyond measure."""
    if len(raw) > MOST_BYTES:
        raise MalformedError(f"file: {len(raw)} bytes, more than {MOST_BYTES}; send it in parts")
    rows = _workbook(raw, layout) if is_workbook(raw) else _lines(raw, layout)
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise MalformedError(f"row {row.number}: the file has more than {MOST_ROWS} rows; send it in parts")
        yield row


def _lines(raw: bytes, layout: SheetLayout) -> Iterator[TableRow]:
    """A row of several lines, as quoted cells may have, is called by its last one."""
    for line in lines_of(text_of(raw, layout.encoding), layout.delimiter):
        yield TableRow(line.number, line.cells, is_whole=True)


def _workbook(raw: bytes, layout: SheetLayout) -> Iterator[TableRow]:
    for number, cells in workbook_rows(raw, layout.sheet):
        yield TableRow(number, tuple(cells))
