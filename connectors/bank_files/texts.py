"""What a file says: its text, its dates and its amounts, each in bounds, and each error with its place."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from typing import Final

from model.errors import MalformedError
from model.values.money import minor_units

MOST_BYTES: Final = 16 * 2**20
"""Of one file; a year of a busy account is below one tenth of it."""
MOST_LINES: Final = 400_000
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BREAK: Final = re.compile(r"\r\n|\n|\r")
_DIGITS: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18}")
_FIRST, _LAST = 1990, 2199


def decoded(raw: bytes, encoding: str) -> str:
    """The file's text: by its byte order mark, else UTF-8 if it is that, else in the encoding named. What a header says of it is not asked.

    MalformedError for what is neither, for NUL, and for more bytes than any statement has.
    """
    bounded(raw)
    marked = next((name for mark, name in _BOMS if raw.startswith(mark)), None)
    try:
        text = raw.decode(marked or "utf-8")
    except UnicodeDecodeError as error:
        if marked:
            raise MalformedError(f"byte {error.start + 1}: is not {marked}, as the file begins") from None
        text = _in_its_own(raw, encoding)
    if "\0" in text:
        raise MalformedError(f"line {text.count(chr(10), 0, text.index(chr(0))) + 1}: holds a NUL character")
    return text.rstrip("\x1a\r\n\t ")  # Ctrl-Z is how DOS ended files, and some banks still do


def _in_its_own(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeError as error:
        place = error.start + 1 if isinstance(error, UnicodeDecodeError) else 1
        raise MalformedError(f"byte {place}: is neither UTF-8 nor {encoding}; name the bank's encoding in the settings") from None


def bounded(raw: bytes) -> bytes:
    """The bytes, unless there are too many."""
    if len(raw) > MOST_BYTES:
        raise MalformedError(f"file: {len(raw)} bytes, more than {MOST_BYTES}")
    return raw


def lines_of(text: str) -> list[str]:
    """Lines by CRLF, LF or CR, and by nothing else that Unicode calls a line end; without blanks at their ends."""
    lines = [line.rstrip(" \t") for line in _BREAK.split(text)]
    if len(lines) > MOST_LINES:
        raise MalformedError(f"file: {len(lines)} lines, more than {MOST_LINES}")
    return lines


@contextmanager
def at(place: str) -> Generator[None]:
    """Whatever is malformed within is so at this place."""
    try:
        yield
    except MalformedError as error:
        raise MalformedError(f"{place}: {error}") from None


def amount(text: str, currency: str) -> int:
    """Minor units of an unsigned decimal with a point; trailing zeros are nothing, any other sign is a MalformedError."""
    if not _DIGITS.fullmatch(text):
        raise MalformedError("amount: is not a number")
    return minor_units(text, currency)


def signed(text: str, currency: str) -> int:
    """Minor units of a decimal with a point and perhaps a sign."""
    return -amount(text[1:], currency) if text.startswith("-") else amount(text.removeprefix("+"), currency)


def day(year: int, month: int, number: int) -> date:
    """A date between 1990 and 2199, or a MalformedError."""
    if not _FIRST <= year <= _LAST:
        raise MalformedError(f"date: lies outside {_FIRST} to {_LAST}")
    try:
        return date(year, month, number)
    except ValueError:
        raise MalformedError("date: there is no such day") from None


def short_day(text: str) -> date:
    """A date as YYMMDD: 90 to 99 are of the last century."""
    if not (len(text) == 6 and text.isascii() and text.isdigit()):  # noqa: PLR2004  YYMMDD
        raise MalformedError("date: is not YYMMDD")
    return day(full_year(int(text[:2])), int(text[2:4]), int(text[4:]))


def full_year(year: int) -> int:
    """The year that two digits mean."""
    return year + (1900 if year >= _FIRST % 100 else 2000)


def squeezed(text: str) -> str:
    """The text with every run of white space as one blank."""
    return " ".join(text.split())
