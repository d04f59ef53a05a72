"""Tables in text, as providers write their bills: bytes in, rows out, all of it bounded, and each row with the number of its line."""

import codecs
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from model.errors import MalformedError, RejectedError
from model.records.settlement import Settlement
from model.rules.settlements import check_settlement

MOST_BYTES: Final = 64 * 2**20
"""Bytes of one file that are read."""
MOST_LINES: Final = 1_000_000
MOST_CELLS: Final = 200
"""Cells of one line; the widest bill known has 50."""
MOST_CHARACTERS: Final = 8_192
"""Characters of one cell."""


class Line(NamedTuple):
    """The cells of one line; `number` counts the file's lines from 1."""

    number: int
    cells: tuple[str, ...]


class Row(NamedTuple):
    """The cells of one line by the names of their columns, blanks around them cut off."""

    number: int
    fields: Mapping[str, str]


def text_of(raw: bytes, *encodings: str) -> str:
    """The file as text with plain line ends: UTF-8 if it is that, else the first of the encodings that fits.

    MalformedError where none fits, where it is too long, or where it holds a NUL character.
    """
    if len(raw) > MOST_BYTES:
        raise MalformedError(f"file: {len(raw)} bytes, more than {MOST_BYTES}")
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", *encodings):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise MalformedError(f"line {text[: text.index(chr(0))].count(chr(10)) + 1}: holds a NUL character")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise MalformedError(f"file: is not text in {' or '.join(('utf-8', *encodings))}")


def lines_of(text: str, delimiter: str = ",", *, quoted: bool = True) -> Iterator[Line]:
    """Every line that is not empty, cut into cells. MalformedError names the line that cannot be cut, or is beyond measure."""
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    try:
        for cells in reader:
            if reader.line_num > MOST_LINES:
                raise MalformedError(f"line {reader.line_num}: the file has more than {MOST_LINES} lines")
            if len(cells) > MOST_CELLS or any(len(cell) > MOST_CHARACTERS for cell in cells):
                raise MalformedError(f"line {reader.line_num}: is longer than any bill's")
            if cells:
                yield Line(reader.line_num, tuple(cells))
    except csv.Error as error:
        raise MalformedError(f"line {reader.line_num}: {error}") from None


def row_of(columns: Sequence[str], line: Line) -> Row:
    """One line under a header; MalformedError where it has more or fewer cells than that."""
    if len(line.cells) != len(columns):
        raise MalformedError(f"line {line.number}: has {len(line.cells)} cells under {len(columns)} columns")
    return Row(line.number, dict(zip(columns, (cell.strip() for cell in line.cells), strict=True)))


def columns_of(line: Line, needed: Collection[str]) -> tuple[str, ...]:
    """The names in a header; MalformedError where one stands twice or a needed one is missing."""
    names = tuple(cell.strip() for cell in line.cells)
    if missing := sorted(set(needed) - set(names)):
        raise MalformedError(f"line {line.number}: has no column {missing[0]!r}")
    if twice := sorted(name for name, count in Counter(names).items() if name and count > 1):
        raise MalformedError(f"line {line.number}: has two columns {twice[0][:40]!r}")
    return names


@contextmanager
def at_line(number: int) -> Generator[None]:
    """Whatever is wrong inside is told with the number of its line."""
    try:
        yield
    except MalformedError as error:
        raise MalformedError(f"line {number}: {error}") from None


def agree(number: int, what: str, stated: int, found: int) -> None:
    """RejectedError where a sum that the file states is not what its rows sum to."""
    if stated != found:
        raise RejectedError(f"line {number}: states {what} of {stated}, its rows give {found}")


def numbered(ids: Iterable[str]) -> list[str]:
    """The ids, the second of two equal ones with `:2` behind it, so that each is one line's; read again they are the same."""
    seen: Counter[str] = Counter()
    made: list[str] = []
    for each in ids:
        seen[each] += 1
        made.append(each if seen[each] == 1 else f"{each}:{seen[each]}")
    return made


def digest(parts: Iterable[str]) -> str:
    """A short name for content that has none."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def balanced(settlement: Settlement, number: int) -> Settlement:
    """The settlement itself; RejectedError names the line that states the sum where it does not add up."""
    try:
        check_settlement(settlement)
    except RejectedError as error:
        raise RejectedError(f"line {number}: {error}") from None
    return settlement
