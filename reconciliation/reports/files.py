"""A report as a workbook with real numbers, and as CSV: text that a spreadsheet might run is marked, and no time of making is kept."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, cast

from model.values.money import exponent
from model.values.spreadsheet import marked
from reconciliation.reports.tables import Cell, Link, Money, Share, Table, cell_text, shown
from reconciliation.reports.words import Words

MOST_DIGITS = 15
"""That a spreadsheet keeps of a number; a longer one is written as text rather than rounded."""
MOST_ROWS = 1_000_000
"""Of one sheet; CSV has all."""
MOST_LINKS = 60_000
"""That Excel opens on one sheet."""
WIDEST = 60
_A4 = 9
"""As the format numbers sizes of paper."""
_FIRST = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP archive can name, kept for all its members."""


def csv_file(one: Table, words: Words) -> bytes:
    """A table in UTF-8 with a byte order mark, which Excel needs to read Chinese; amounts in major units, instants in ISO 8601."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([words.of(f"column.{column.key}") for column in one.columns])
    writer.writerows([_plain(cell) for cell in row] for row in one.rows)
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str:
    match cell:
        case Money():
            return f"{cell.major:f}"
        case Share():
            return "" if cell.permille is None else f"{cell.permille // 10}.{cell.permille % 10}"
        case int():
            return str(cell)
        case datetime() | date():
            return cell.isoformat()
        case Link():
            return marked(cell.url)
        case _:
            return marked(cell_text(cell))


def workbook(tables: Sequence[Table], words: Words, made_on: date) -> bytes:
    """A sheet for each table: frozen, filtered heads, typed cells with number formats, columns as wide as what they hold."""
    from openpyxl import Workbook  # noqa: PLC0415  takes long to import, and only here

    book = Workbook(write_only=True)
    book.properties.creator = "Entrepot"
    for one in tables:
        _write_sheet(book, one, words)
    out = io.BytesIO()
    book.save(out)
    return _timeless(out.getvalue(), datetime.combine(made_on, time(0), UTC))


def _write_sheet(book: Any, one: Table, words: Words) -> None:  # noqa: ANN401  openpyxl's own
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415  as above
    from openpyxl.utils import get_column_letter  # noqa: PLC0415  same
    from openpyxl.worksheet.properties import PageSetupProperties  # noqa: PLC0415  same

    page = book.create_sheet(words.of(f"table.{one.key}")[:31])
    heads = [words.of(f"column.{column.key}") for column in one.columns]
    rows = one.rows[:MOST_ROWS]
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(rows) + 1}"
    page.print_title_rows = "1:1"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", _A4
    page.sheet_properties.pageSetUpPr, page.page_setup.fitToHeight = PageSetupProperties(fitToPage=True), 0
    for number, head in enumerate(heads):
        cells = [head, *(cell_text(row[number]) for row in (*rows[:1000], *one.totals))]
        page.column_dimensions[get_column_letter(number + 1)].width = min(WIDEST, 3 + max(_width(text) for text in cells))
    bold, wrapped = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    page.append([_cell(page, head, font=bold, alignment=wrapped) for head in heads])
    for row in rows:
        page.append([_cell(page, cell, may_link=len(rows) <= MOST_LINKS) for cell in row])
    for row in one.totals:
        page.append([_cell(page, cell, font=bold) for cell in row])


def _width(text: str) -> int:
    """Of a text in columns of a terminal; Chinese takes two each."""
    return sum(2 if letter > "\u2e7f" else 1 for letter in text)


def _cell(page: Any, cell: Cell, *, may_link: bool = False, **style: object) -> Any:  # noqa: ANN401  openpyxl's own
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415  takes long to import, and only here

    if cell is None or cell == "":
        return None
    value, form = _typed(cell)
    made = WriteOnlyCell(page, cast("Any", value))
    if isinstance(value, str):
        made.data_type = "s"  # whatever openpyxl takes it for
    made.number_format = form
    if isinstance(cell, Link) and may_link:
        made.hyperlink = cell.url
    for name, wanted in style.items():
        setattr(made, name, wanted)
    return made


def _typed(cell: Cell) -> tuple[object, str]:  # noqa: PLR0911  one for each kind of cell
    """What a spreadsheet keeps, and the format it shows it in."""
    match cell:
        case Money() if len(str(abs(cell.minor))) <= MOST_DIGITS:
            places = exponent(cell.currency)
            form = "#,##0" + ("." + "0" * places if places else "")
            return cell.major, f"{form};[Red]-{form}"
        case Money():
            return cell_text(cell), "@"
        case Share():
            return ("–", "@") if cell.permille is None else (cell.fraction, "0.0%")
        case int():
            return cell, "#,##0"
        case datetime():
            return cell.astimezone(UTC).replace(tzinfo=None), "yyyy-mm-dd hh:mm"
        case date():
            return cell, "yyyy-mm-dd"
        case Link():
            return marked(shown(cell.text)), "@"
        case _:
            return marked(cell_text(cell)), "@"


def _timeless(raw: bytes, at: datetime) -> bytes:
    """The archive with one time for all its members and in its properties, so that equal figures give equal bytes."""
    from openpyxl.packaging.core import DocumentProperties  # noqa: PLC0415  takes long to import, and only here
    from openpyxl.xml.functions import tostring  # noqa: PLC0415  same

    moment = at.replace(tzinfo=None)
    core = tostring(DocumentProperties(creator="Entrepot", created=moment, modified=moment).to_tree())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, _FIRST)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, core if name == "docProps/core.xml" else old.read(name))
    return out.getvalue()
