"""`python workbook_process.py SHEET FORMULAS`: one XLSX file in on stdin, its rows out on stdout as JSON lines, in a process of its own.

Whatever a hostile file does, it does it here: the process has bounds on memory and processor time, reads no file and opens no
connection. It imports nothing of the hub. Each line is [row number, [cell, …]]; a cell is text, null, true or false, or an object of
one key: n (number as text), d (ISO date), t (ISO date and time), e (why it cannot be used). A refusal is one line {"refused": reason},
and ends it. FORMULAS is `values`, which takes what was last computed, or `none`, which refuses each cell that holds one.
"""

import io
import json
import re
import resource
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import openpyxl

MEMORY = 512 * 2**20
"""Bytes of address space (RELIABILITY F1)."""
SECONDS = 20
"""Of processor time."""
UNPACKED = 50 * 2**20
"""Bytes of all members together, counted while they are read: what a header says can be forged."""
RATIO = 100
"""Unpacked to packed."""
MEMBERS = 100
OUTPUT = 64 * 2**20
"""Characters of all rows together: one shared text may be cited by a million cells."""
DIGITS = 15
"""What spreadsheets compute with; further digits are noise of the binary form."""
CHUNK = 2**16

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ACTIVE = re.compile(r"vbaproject|macrosheets|activex|externallinks|embeddings|oleobject|ctrlprops|customui", re.IGNORECASE)
_TEMPLATES = re.compile(rb"macroEnabled", re.IGNORECASE)
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ZEROS = re.compile(r"0{2,20}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class RefusedError(Exception):
    """The file as a whole is not read, and why."""


def main(sheet: str, formulas: str) -> None:
    """Read stdin, write rows."""
    try:
        for line in _lines(sys.stdin.buffer.read(), sheet, is_plain=formulas == "none"):
            sys.stdout.write(line)
    except RefusedError as error:
        sys.stdout.write(json.dumps({"refused": str(error)}) + "\n")


def _lines(raw: bytes, sheet: str, *, is_plain: bool) -> Iterator[str]:
    written = 0
    for number, cells in _rows(raw, sheet, has_formulas=_look_through(raw), is_plain=is_plain):
        line = json.dumps([number, cells]) + "\n"
        written += len(line)
        if written > OUTPUT:
            raise RefusedError("holds more text than a table should; split it")
        yield line


def _look_through(raw: bytes) -> bool:
    """Whether any sheet has formulas; RefusedError for whatever is not a plain workbook of sane size."""
    if raw.startswith(_OLE):
        raise RefusedError("is encrypted, or an old .xls; save it as .xlsx without password")
    if not raw.startswith(_ZIP):
        raise RefusedError("is no .xlsx at all; save it as .xlsx or CSV")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _check_members(archive.infolist())
            return _read_through(archive, len(raw))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise RefusedError("is a damaged archive; save it anew") from None


def _check_members(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MEMBERS:
        raise RefusedError(f"has more than {MEMBERS} parts; keep one sheet")
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise RefusedError("names a part twice; save it anew")
    ends = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        if member.header_offset < ends:
            raise RefusedError("has parts that overlap; save it anew")
        ends = member.header_offset + member.compress_size
        if member.flag_bits & 1:
            raise RefusedError("is encrypted; save it without password")
        if member.filename.startswith(("/", "\\")) or ".." in member.filename or ":" in member.filename:
            raise RefusedError("has a part with a path of its own; save it anew")
        if _ACTIVE.search(member.filename):
            raise RefusedError("has macros, embedded objects or links to other files; save it as a plain .xlsx with values only")


def _read_through(archive: zipfile.ZipFile, packed: int) -> bool:
    has_formulas, total = False, 0
    for member in archive.infolist():
        is_xml = member.filename.lower().endswith((".xml", ".rels"))
        tail = b""
        with archive.open(member) as part:
            while chunk := part.read(CHUNK):
                total += len(chunk)
                if total > UNPACKED or total > max(packed, 2**10) * RATIO:
                    raise RefusedError("unpacks to far more than it is; save it anew or as CSV")
                if is_xml:
                    seen = tail + chunk
                    if _DTD.search(seen):
                        raise RefusedError("declares XML entities; save it anew")
                    if member.filename == "[Content_Types].xml" and _TEMPLATES.search(seen):
                        raise RefusedError("may run macros; save it as .xlsx")
                    has_formulas = has_formulas or ("worksheets/" in member.filename and bool(_FORMULA.search(seen)))
                    tail = seen[-64:]
    return has_formulas


def _rows(raw: bytes, sheet: str, *, has_formulas: bool, is_plain: bool) -> Iterator[tuple[int, list[Any]]]:
    """The rows that are not empty. A workbook that breaks openpyxl ends this process, and its parent refuses the file."""
    if openpyxl.LXML or not openpyxl.DEFUSEDXML:
        raise RefusedError("cannot be read safely: defusedxml is not in use; run `make setup`")
    chosen = _chosen(openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True), sheet)
    formulas: Iterator[Any] = iter(())
    if has_formulas:  # values only say that a cell is empty, not that it holds a formula nobody computed
        formulas = _cells(openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=False)[chosen.title])
    for number, cells in enumerate(_cells(chosen), 1):
        behind: Sequence[Any] = next(formulas, ())
        shown = [_shown(cell, behind[i] if i < len(behind) else None, is_plain=is_plain) for i, cell in enumerate(cells)]
        while shown and shown[-1] is None:
            shown.pop()
        if shown:
            yield number, shown


def _chosen(book: Any, sheet: str) -> Any:  # noqa: ANN401  openpyxl's own
    names = [name for name in book.sheetnames if name.casefold() == sheet] or book.sheetnames
    if len(names) != 1:
        raise RefusedError(f"has {len(names)} sheets; keep one, or name one {sheet}")
    return book[names[0]]


def _cells(sheet: Any) -> Iterator[Any]:  # noqa: ANN401  same
    sheet.reset_dimensions()  # what a file says of its size can be forged
    return sheet.iter_rows()


def _shown(cell: Any, behind: Any, *, is_plain: bool) -> Any:  # noqa: ANN401, PLR0911  same; one way out for each kind
    """A cell in the form of this module's output."""
    value = cell.value
    if getattr(behind, "data_type", "") == "f" and (is_plain or value is None):
        return {"e": "is a formula; put its value" if is_plain else "is a formula that was never computed; put its value"}
    if value is None:
        return None
    if cell.data_type == "e":
        return {"e": f"shows {str(value)[:12]}; put a value"}
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):  # the one place where a number of a spreadsheet is still binary
        return _number(value, cell.number_format)
    if isinstance(value, datetime):
        return {"d": value.date().isoformat()} if value.time() == datetime.min.time() else {"t": value.isoformat()}
    return _text(str(value))


def _text(text: str) -> Any:  # noqa: ANN401  same
    control = _CONTROL.search(text)
    return {"e": f"holds the control character U+{ord(control.group()):04X}; take it out"} if control else text


def _number(value: Any, shown_as: str) -> Any:  # noqa: ANN401  same
    """A number with the digits that a spreadsheet has and, where the cell is shown with leading zeros, with them."""
    text = str(value) if isinstance(value, int) else format(value, f".{DIGITS}g")
    if _ZEROS.fullmatch(shown_as) and text.isdigit():
        text = text.zfill(len(shown_as))
    return {"n": text} if len(text) <= 2 * DIGITS and text.strip("-0123456789.e+") == "" else {"e": "is no number of sane size; mend it"}


if __name__ == "__main__":
    for bound, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0)):
        with suppress(ValueError, OSError):  # a system that does not know this bound has the parent's clock
            resource.setrlimit(bound, (most, most))
    warnings.simplefilter("ignore")
    main(sys.argv[1], sys.argv[2])
