"""CSV in and out: encoding and delimiter are told from the file itself, cells are kept exactly as they stand."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from model.errors import ConfigError
from model.values.spreadsheet import marked, unmarked
from operations.masters.cells import Cell, Table, Unread, table_of

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_LIKE_THOUSANDS = re.compile(r"-?[0-9]+\.[0-9]{3}")
"""1.125 alone in a column may be read as 1125; 1.1250 may not."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OTHERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_csv(name: str, raw: bytes) -> Table:
    """The table a CSV file holds; ConfigError when the file as a whole is none."""
    encoding, text = _decoded(name, raw)
    delimiter = _delimiter(text)
    form = f"CSV, {encoding}, {DELIMITERS[delimiter]}"
    return table_of(name, form, _rows(name, text, delimiter))


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file in UTF-8 with commas (RFC 4180); numbers stand as they are, text that a spreadsheet might run is marked."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([marked(cell) if isinstance(cell, str) else _plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _decoded(name: str, raw: bytes) -> tuple[str, str]:
    if raw.startswith(_OTHERS):
        raise ConfigError(f"{name}: is UTF-16; save it as CSV UTF-8")
    for encoding, codec in (("utf-8", "utf-8-sig"), ("cp1252", "cp1252")):
        try:
            return encoding, raw.decode(codec)
        except UnicodeDecodeError:
            continue
    raise ConfigError(f"{name}: is neither UTF-8 nor Windows-1252 text; save it as CSV UTF-8")


def _delimiter(text: str) -> str:
    """Whichever stands most often in the first line: the names of columns hold none of them."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=first.count)


def _rows(name: str, text: str, delimiter: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width, number = 0, 0
    while True:
        number += 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ConfigError(f"{name}:{number}: {error}; mend the quotes of this row or of the one before") from None
        width = width or len(fields)
        yield number, _cells(fields, width)


def _cells(fields: Sequence[str], width: int) -> list[Cell]:
    """The cells of a row; one that is shorter than the header lacks a delimiter somewhere, so no cell of it counts."""
    if any(fields) and len(fields) < width:
        return [Unread(f"the row has {len(fields)} cells and the header {width}; write a delimiter for each empty cell")] * width
    return [_cell(field) for field in fields]


def _cell(field: str) -> Cell:
    control = _CONTROL.search(field)
    if control:
        return Unread(f"holds the control character U+{ord(control.group()):04X}; take it out")
    return unmarked(field.strip())


def _plain(cell: Cell) -> str:
    if not isinstance(cell, Decimal):
        return str(cell)
    text = f"{cell:f}"
    return f"{text}0" if _LIKE_THOUSANDS.fullmatch(text) else text
