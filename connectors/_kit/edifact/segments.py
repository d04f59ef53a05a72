"""Bytes to segments: separators by the UNA or the standard's own, release characters resolved, and every segment knows its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from model.errors import MalformedError

MAX_BYTES: Final = 4 * 2**20
"""Bytes of one interchange."""
MOST_SEGMENTS: Final = 100_000
_BOM: Final = b"\xef\xbb\xbf"
_BETWEEN: Final = b" \t\r\n"
_UNA_BYTES: Final = 9
_STANDARD: Final = b"UNA:+.? '"
_TAG = re.compile(r"[A-Z]{3}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:[.,][0-9]{1,12})?")
CHARSETS: Final = {
    "UNOA": "ascii", "UNOB": "ascii", "UNOC": "iso8859-1", "UNOD": "iso8859-2", "UNOE": "iso8859-5", "UNOF": "iso8859-7",
    "UNOG": "iso8859-3", "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9",
    "UNOW": "utf-8", "UNOY": "utf-8",
}  # fmt: skip
"""Syntax identifiers of the UNB and what letters they have."""


@dataclass(frozen=True, slots=True)
class Separators:
    """One byte each: behind a component, behind an element, before a sign that means itself, behind a segment."""

    component: bytes
    element: bytes
    release: bytes
    segment: bytes
    told: bytes
    """The UNA as it came; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its place (the UNB is 1), its tag, its elements with their components, and where its bytes are."""

    position: int
    tag: str
    elements: tuple[tuple[str, ...], ...]
    start: int
    end: int

    def __str__(self) -> str:
        return f"segment {self.position} {self.tag}"

    def at(self, element: int, component: int = 1) -> str:
        """What stands there, both counted from 1, without blanks around it; empty where nothing does."""
        parts = self.elements[element - 1] if element <= len(self.elements) else ()
        return parts[component - 1].strip() if component <= len(parts) else ""

    def parts(self, element: int) -> tuple[str, ...]:
        """The components of an element that are not empty."""
        found = self.elements[element - 1] if element <= len(self.elements) else ()
        return tuple(part.strip() for part in found if part.strip())

    def need(self, element: int, component: int = 1) -> str:
        """What stands there, or a MalformedError."""
        if value := self.at(element, component):
            return value
        raise self.wrong("is missing", element, component)

    def count(self, element: int) -> int:
        """An element as a whole number that is not negative."""
        value = self.need(element)
        if not (value.isascii() and value.isdigit() and len(value) <= 10):  # noqa: PLR2004  no count is longer
            raise self.wrong("is no whole number", element)
        return int(value)

    def number(self, element: int, component: int) -> str:
        """A number as decimal text with a point; EDIFACT parts no thousands, and writes a point or a comma."""
        value = self.need(element, component)
        if not _NUMBER.fullmatch(value):
            raise self.wrong("is no number", element, component)
        return value.replace(",", ".")

    def wrong(self, reason: str, element: int, component: int = 0) -> MalformedError:
        """The error that names the place."""
        return MalformedError(f"{self}, element {element:02}{f'-{component}' if component else ''}: {reason}")


def is_edifact(raw: bytes) -> bool:
    """Whether bytes begin as an interchange does; cheap, and never an error."""
    return raw[:64].removeprefix(_BOM).lstrip(_BETWEEN).startswith((b"UNA", b"UNB"))


def trimmed(raw: bytes) -> bytes:
    """Without a byte order mark and blanks around it."""
    return raw.removeprefix(_BOM).strip(_BETWEEN)


def separators_of(raw: bytes) -> Separators:
    """The separators that the UNA tells, or the standard's."""
    una = raw[:_UNA_BYTES] if raw.startswith(b"UNA") else _STANDARD
    if len(una) < _UNA_BYTES:
        raise MalformedError("UNA: the document ends in the middle")
    component, element, release, segment = una[3:4], una[4:5], una[6:7], una[8:9]
    signs = [component, element, segment, *([release] if release != b" " else [])]
    if len(set(signs)) < len(signs) or any(sign.isalnum() or sign == b" " or sign >= b"\x80" for sign in signs):
        raise MalformedError("UNA: its separators are letters, digits, blanks or not different ones")
    return Separators(component, element, release, segment, una if raw.startswith(b"UNA") else b"")


@lru_cache(maxsize=32)
def _patterns(separators: Separators) -> tuple[re.Pattern[bytes], re.Pattern[bytes], re.Pattern[bytes]]:
    """A segment's bytes up to its end, an element's, a component's."""
    release = re.escape(separators.release) if separators.release != b" " else b""
    found: list[re.Pattern[bytes]] = []
    for sign in (separators.segment, separators.element, separators.component):
        plain = rb"[^" + release + re.escape(sign) + rb"]++"
        found.append(re.compile(rb"(?:" + plain + (rb"|" + release + rb"." if release else b"") + rb")*+", re.DOTALL))
    return found[0], found[1], found[2]


def segments_of(raw: bytes, charset: str | None = None) -> tuple[Separators, tuple[Segment, ...]]:
    """Every segment of an interchange behind its UNA. Blanks and line ends between them are nothing; what ends in one is malformed."""
    if len(raw) > MAX_BYTES:
        raise MalformedError(f"interchange: {len(raw)} bytes, more than {MAX_BYTES}; send it in parts")
    separators = separators_of(raw)
    return separators, tuple(_split(raw, separators, charset))


def _split(raw: bytes, separators: Separators, charset: str | None) -> Iterator[Segment]:
    whole, _element, _component = _patterns(separators)
    place, end = len(separators.told), len(raw)
    position = 0
    while True:
        while place < end and raw[place] in _BETWEEN:
            place += 1
        if place >= end:
            return
        position += 1
        found = whole.match(raw, place)
        stop = found.end() if found else place
        if raw[stop : stop + 1] != separators.segment:
            raise MalformedError(f"segment {position}: the document ends in the middle")
        if position > MOST_SEGMENTS:
            raise MalformedError(f"interchange: more than {MOST_SEGMENTS} segments; send it in parts")
        segment = _segment(raw, place, stop, position, separators, charset)
        charset = charset or _charset_of(segment)
        yield segment
        place = stop + 1


def _charset_of(header: Segment) -> str:
    """By the UNB, which is the first segment and itself plain."""
    if header.tag != "UNB":
        raise MalformedError(f"{header}: stands where UNB must stand")
    charset = CHARSETS.get(header.at(1))
    if charset is None:
        raise header.wrong("is no syntax that is read here; set edifact.charset", 1, 1)
    return charset


def _segment(raw: bytes, start: int, stop: int, position: int, separators: Separators, charset: str | None) -> Segment:
    _whole, element, component = _patterns(separators)
    tag, *elements = _parts(raw[start:stop], element)
    name = tag.translate(None, b"\r\n").decode("latin-1")
    if not _TAG.fullmatch(name):
        raise MalformedError(f"segment {position}: begins with no segment tag")
    told = tuple(tuple(_text(part, separators, charset, position, name) for part in _parts(each, component)) for each in elements)
    return Segment(position, name, told, start, stop + 1)


def _parts(raw: bytes, pattern: re.Pattern[bytes]) -> list[bytes]:
    """What stands between the signs that the pattern stops at."""
    parts: list[bytes] = []
    place = 0
    while True:
        found = pattern.match(raw, place)
        end = found.end() if found else len(raw)
        parts.append(raw[place:end])
        if end >= len(raw):
            return parts
        place = end + 1


def _text(raw: bytes, separators: Separators, charset: str | None, position: int, tag: str) -> str:
    try:
        text = raw.decode(charset or "iso8859-1")
    except UnicodeDecodeError:
        raise MalformedError(f"segment {position} {tag}: holds letters that its syntax has not; set edifact.charset") from None
    if "\ufffd" in text or _CONTROL.search(text.replace("\r", "").replace("\n", "")):
        raise MalformedError(f"segment {position} {tag}: holds a control character")
    text = text.replace("\r", "").replace("\n", "")
    release = separators.release.decode("latin-1")
    return text if release == " " or release not in text else re.sub(re.escape(release) + "(.)", r"\1", text)
