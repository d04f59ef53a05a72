"""XLSX in and out. Files are read by a process of its own under bounds (`connectors._kit.workbooks`); writing needs none."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from connectors._kit.workbooks import ToldCell, told_rows
from model.errors import ConfigError, MalformedError
from model.values.spreadsheet import marked, unmarked
from operations.masters.cells import Cell, Table, Unread, table_of

_DAY = "yyyy-mm-dd"


def read_xlsx(name: str, raw: bytes, sheet: str) -> Table:
    """The table a workbook holds on its only sheet, or on the one of that name; ConfigError when the file is not read."""
    try:
        said = list(told_rows(raw, sheet, formulas="values"))
    except MalformedError as error:
        raise ConfigError(f"{name}: {error}") from None
    return table_of(name, "XLSX", ((number, [_cell(cell) for cell in cells]) for number, cells in said))


def write_xlsx(sheet: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], at: datetime) -> bytes:
    """A workbook of one sheet; text is typed as text and marked where a spreadsheet might run it, numbers and dates are typed as such."""
    from openpyxl import Workbook  # noqa: PLC0415  takes long to import, and only here
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415  same

    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    page = book.create_sheet(sheet)
    page.freeze_panes = "A2"

    def cell(value: Cell) -> Any:  # noqa: ANN401  openpyxl's own
        if value == "":
            return None
        made = WriteOnlyCell(page, cast("Any", marked(value) if isinstance(value, str) else value))
        if isinstance(value, str):
            made.data_type = "s"  # whatever openpyxl takes it for
            made.number_format = "@"
        elif isinstance(value, date):
            made.number_format = _DAY
        return made

    for row in (columns, *rows):
        page.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(cell: str | bool | ToldCell | None) -> Cell:  # noqa: FBT001, PLR0911  a cell may be a truth value; one way out for each kind
    match cell:
        case None:
            return ""
        case str():
            return unmarked(cell.strip())
        case bool():
            return cell
        case ToldCell(n=str(number)):
            return Decimal(number)
        case ToldCell(d=str(day)):
            return date.fromisoformat(day)
        case ToldCell(t=str()):
            return Unread("has a time of day; write a date")
        case _:
            return Unread(cell.e or "cannot be read; mend it")
