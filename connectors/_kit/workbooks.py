"""XLSX files read by a process of its own under bounds (`workbook_process`), so that a hostile one costs nobody anything.

openpyxl reads them: it is the library that knows the form (both date epochs, shared strings, number forms) and is kept well, and defusedxml
guards its parser. Its numbers are binary; they become the decimal text of the 15 digits that a spreadsheet has, so 0.1+0.2 is 0.3.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from model.errors import MalformedError

SECONDS: Final = 300
"""Until a reading process that does not end is ended."""
_PROGRAM: Final = str(Path(__file__).with_name("workbook_process.py"))
"""By its path: it imports nothing of the hub, so it needs none of its places."""
_ENVIRONMENT: Final = {"OPENPYXL_LXML": "False", "OPENPYXL_DEFUSEDXML": "True", "OPENBLAS_NUM_THREADS": "1"}
"""All that the reading process gets: no secret, and the one parser that defusedxml guards."""
_STARTS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class ToldCell(msgspec.Struct, frozen=True):
    """A cell that is no text: one of a number as decimal text, a date, a date and time, and why it cannot be used."""

    n: str | None = None
    d: str | None = None
    t: str | None = None
    e: str | None = None


class _Refusal(msgspec.Struct):
    refused: str


ToldRow = tuple[int, list[str | bool | ToldCell | None]]
_ROWS: Final = msgspec.json.Decoder(ToldRow)
_REFUSAL: Final = msgspec.json.Decoder(_Refusal)


def is_workbook(raw: bytes) -> bool:
    """Whether a file is an XLSX, or one of its kin that is refused: an old or locked one."""
    return raw.startswith(_STARTS)


def told_rows(raw: bytes, sheet: str, *, formulas: Literal["values", "none"]) -> Iterator[ToldRow]:
    """The rows of a workbook's only sheet, or of the one of that name, which are not empty; MalformedError where it is not read."""
    command = [sys.executable, "-P", "-B", _PROGRAM, sheet, formulas]
    try:
        done = subprocess.run(command, env=_ENVIRONMENT, input=raw, capture_output=True, check=False, timeout=SECONDS)  # noqa: S603  ours
    except subprocess.TimeoutExpired:
        raise MalformedError("takes too long to read; save it anew or as CSV") from None
    if done.returncode != 0:
        raise MalformedError("is no sound workbook, or needs more memory or time than a table should; save it anew or as CSV")
    for line in done.stdout.splitlines():
        if line.startswith(b"{"):
            raise MalformedError(_REFUSAL.decode(line).refused)
        yield _ROWS.decode(line)


def workbook_rows(raw: bytes, sheet: str | None) -> Iterator[tuple[int, list[str | dict[str, str]]]]:
    """The same rows for those who want values only: formulas are refused cells, empty ones are empty text."""
    try:
        for number, cells in told_rows(raw, (sheet or "orders").casefold(), formulas="none"):
            yield number, [_plain(cell) for cell in cells]
    except MalformedError as error:
        raise MalformedError(f"file: {error}") from None


def _plain(cell: str | bool | ToldCell | None) -> str | dict[str, str]:  # noqa: FBT001  a cell may be a truth value
    match cell:
        case None:
            return ""
        case bool():
            return {"e": "is TRUE or FALSE; put text"}
        case str():
            return cell
        case ToldCell(n=str(number)):
            return {"n": number} if "e" not in number and len(number.strip("-").replace(".", "")) <= _DIGITS else {"e": _TOO_LONG}
        case ToldCell(d=str(at)) | ToldCell(t=str(at)):
            return {"d": at}
        case _:
            return {"e": cell.e or "cannot be read; mend it"}


_DIGITS: Final = 15
_TOO_LONG: Final = "has more digits than a spreadsheet keeps; write it as text"
