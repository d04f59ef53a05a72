"""Bytes to segments: the separators are read off the ISA, and every segment knows its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from model.errors import MalformedError

MAX_BYTES: Final = 4 * 2**20
"""Bytes of one interchange; a shipping advice of a thousand lines is about 100 KiB."""

ISA_WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""The ISA is the one segment of fixed width, so that separators can be read off it: 106 bytes with its terminator."""
ISA_BYTES: Final = 3 + sum(ISA_WIDTHS) + len(ISA_WIDTHS) + 1

MISSING, BAD_CHARACTER, BAD_CODE, BAD_DATE, BAD_TIME = "1", "6", "7", "8", "9"
"""Element 723 of release 004010: what is wrong with an element."""
ABSENT, ELEMENTS_WRONG = "3", "8"
"""Element 720: what is wrong with a segment."""
NOT_SUPPORTED, NO_TRAILER, NUMBERS_DIFFER, COUNT_DIFFERS, SEGMENTS_WRONG = "1", "2", "3", "4", "5"
"""Element 718: what is wrong with a whole set."""

_BETWEEN: Final = b" \t\r\n"
_LINE_ENDS: Final = b"\r\n"
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
_NO_SEPARATOR = re.compile(rb"[A-Za-z0-9 ]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Separators:
    """What stands between elements, between the parts of a composite one, and behind a segment: one byte each."""

    element: bytes
    component: bytes
    segment: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its place (the first is 1), its id, its elements, and where its bytes are."""

    position: int
    name: str
    elements: tuple[str, ...]
    start: int
    end: int

    def __str__(self) -> str:
        return f"segment {self.position} {self.name}"

    def at(self, number: int) -> str:
        """Element `number`, counted from 1, without spaces around it; empty where it is left out."""
        return self.elements[number - 1].strip() if number <= len(self.elements) else ""

    def need(self, number: int) -> str:
        """Element `number`, or a MalformedError where it is left out."""
        if value := self.at(number):
            return value
        raise malformed(self, number, "is missing", MISSING)

    def count(self, number: int) -> int:
        """Element `number` as a whole number that is not negative."""
        value = self.need(number)
        if not (value.isascii() and value.isdigit() and len(value) <= 10):  # noqa: PLR2004  the widest of X12
            raise malformed(self, number, "is no whole number", BAD_CHARACTER)
        return int(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What is wrong with a set, in the codes that a 997 tells it by."""

    in_set: str = SEGMENTS_WRONG
    segment: str | None = None
    """Its id; None where no segment is named."""
    position: int = 0
    """Its place in what was read, as `Segment.position`; of a segment that is missing, the place behind which nothing follows."""
    in_segment: str = ELEMENTS_WRONG
    element: int = 0
    in_element: str | None = None
    """None where X12 has no code for it, as with sums that do not agree."""


class FlawedError(MalformedError):
    """A set that cannot be read, with its flaw."""

    def __init__(self, message: str, flaw: Flaw) -> None:
        super().__init__(message)
        self.flaw = flaw


def malformed(segment: Segment, number: int, reason: str, code: str | None = None, *, in_set: str = SEGMENTS_WRONG) -> FlawedError:
    """The error that names an element's place; `code` is X12's own (element 723), where it has one."""
    flaw = Flaw(in_set=in_set, segment=segment.name, position=segment.position, element=number, in_element=code)
    return FlawedError(f"{segment}, element {number:02}: {reason}", flaw)


def separators_of(raw: bytes) -> Separators:
    """The separators of an interchange, read off its ISA; a MalformedError says which of its elements has another width."""
    if not raw.startswith(b"ISA"):
        raise MalformedError("segment 1: is no ISA, with which every interchange begins")
    if len(raw) < ISA_BYTES:
        raise MalformedError("segment 1 ISA: the document ends in the middle")
    element, place = raw[3:4], 3
    for number, width in enumerate(ISA_WIDTHS, 1):
        if raw[place : place + 1] != element or element in raw[place + 1 : place + 1 + width]:
            raise MalformedError(f"segment 1 ISA, element {number:02}: is not {ISA_WIDTHS[max(number - 1, 0)]} characters wide")
        place += 1 + width
    found = Separators(element, raw[place - 1 : place], raw[place : place + 1])
    if len({found.element, found.component, found.segment}) < 3 or any(map(_NO_SEPARATOR.match, (element, found.component, found.segment))):  # noqa: PLR2004  all three
        raise MalformedError("segment 1 ISA: its separators are letters, digits or not three different ones")
    return found


def segments_of(raw: bytes) -> tuple[Separators, tuple[Segment, ...]]:
    """Every segment of an interchange. Line ends and spaces between segments are nothing; what ends without a terminator is malformed.

    Where lines are the segments, the last line end may be missing: editors take it away, and the IEA's number shows that all is there.
    """
    if len(raw) > MAX_BYTES:
        raise MalformedError(f"interchange: {len(raw)} bytes, more than {MAX_BYTES}")
    separators = separators_of(raw)
    return separators, tuple(_split(raw, separators))


def _split(raw: bytes, separators: Separators) -> Iterator[Segment]:
    place, position, end = 0, 0, len(raw.rstrip(_BETWEEN.replace(separators.segment, b"")))
    while place < end:
        stop = raw.find(separators.segment, place)
        if stop < 0 and separators.segment not in _LINE_ENDS:
            raise MalformedError(f"segment {position + 1}: the document ends in the middle")
        stop = end if stop < 0 else stop
        position += 1
        yield _segment(raw, place, stop, position, separators)
        place = stop + 1
        while place < end and raw[place] in _BETWEEN:
            place += 1


def _segment(raw: bytes, start: int, stop: int, position: int, separators: Separators) -> Segment:
    component = separators.component.decode("latin-1")
    name, *elements = [text_of(each) for each in raw[start:stop].split(separators.element)]
    if not _NAME.fullmatch(name):
        raise MalformedError(f"segment {position}: begins with no segment id")
    for number, element in enumerate(elements, 1):
        if _CONTROL.search(element.replace(component, "")):
            raise MalformedError(f"segment {position} {name}, element {number:02}: holds a control character")
    return Segment(position, name, tuple(elements), start, min(stop + 1, len(raw)))


def text_of(raw: bytes) -> str:
    """Text of an element; X12 names no encoding, so it is UTF-8 where it can be, and Latin-1 otherwise."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
