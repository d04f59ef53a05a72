"""XLSX in and out. Files are read by a process of its own under bounds (`xlsx_process`); writing needs none."""

import io
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import msgspec

from model.errors import ConfigError
from model.values.spreadsheet import marked, unmarked
from operations.masters.cells import Cell, Table, Unread, table_of

SECONDS = 300
"""Until a reading process that does not end is ended."""
_MODULE = "operations.masters.xlsx_process"
_ENVIRONMENT = {"OPENPYXL_LXML": "False", "OPENPYXL_DEFUSEDXML": "True", "OPENBLAS_NUM_THREADS": "1"}
"""All that the reading process gets: no secret, and the one parser that defusedxml guards."""
_DAY = "yyyy-mm-dd"


class _Cell(msgspec.Struct):
    n: str | None = None
    d: str | None = None
    e: str | None = None


class _Refusal(msgspec.Struct):
    refused: str


_Line = tuple[int, list[str | bool | _Cell | None]]
_LINES = msgspec.json.Decoder(_Line)
_REFUSAL = msgspec.json.Decoder(_Refusal)


def read_xlsx(name: str, raw: bytes, sheet: str) -> Table:
    """The table a workbook holds on its only sheet, or on the one of that name; ConfigError when the file is not read."""
    command = [sys.executable, "-P", "-B", "-m", _MODULE, sheet]
    try:
        done = subprocess.run(command, env=_ENVIRONMENT, input=raw, capture_output=True, check=False, timeout=SECONDS)  # noqa: S603  ours
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{name}: takes too long to read; save it anew or as CSV") from None
    if done.returncode != 0:
        raise ConfigError(f"{name}: is no sound workbook, or needs more memory or time than a table should; save it anew or as CSV")
    return table_of(name, "XLSX", _rows(name, done.stdout))


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


def _rows(name: str, said: bytes) -> Iterator[tuple[int, Sequence[Cell]]]:
    for line in said.splitlines():
        if line.startswith(b"{"):
            raise ConfigError(f"{name}: {_REFUSAL.decode(line).refused}")
        number, cells = _LINES.decode(line)
        yield number, [_cell(cell) for cell in cells]


def _cell(cell: str | bool | _Cell | None) -> Cell:  # noqa: FBT001  a cell may be a truth value
    match cell:
        case None:
            return ""
        case str():
            return unmarked(cell.strip())
        case bool():
            return cell
        case _Cell(n=str(number)):
            return Decimal(number)
        case _Cell(d=str(day)):
            return date.fromisoformat(day)
        case _:
            return Unread(cell.e or "cannot be read; mend it")
