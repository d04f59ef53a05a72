"""Segments to bytes: one transaction set in one group in one interchange, in the form every partner can read (release 004010)."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from model.errors import RejectedError

Encoding = Literal["ascii", "latin-1", "utf-8"]

_PLAIN: Final = str.maketrans({
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "þ": "th", "Þ": "Th", "ð": "d", "ı": "i", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-",
})  # fmt: skip
"""Letters that do not come apart into a plain one and a mark."""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of the exchange, as interchange and group name it."""

    qualifier: str
    interchange_id: str
    group_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What stands around one transaction set."""

    sender: Party
    receiver: Party
    at: datetime
    """In the zone whose day and time shall be written."""
    interchange_number: int
    group_number: int
    """Also the set's own number: a group holds one set."""
    usage: str
    function: str
    """The group's functional id: `OW` for a 940."""
    separators: str
    """Behind an element, behind a component, behind a segment."""
    encoding: Encoding
    version: str = "004010"


Line = tuple[str, Sequence[str]]


def write_document(envelope: Envelope, kind: str, body: Iterable[Line]) -> bytes:
    """The whole interchange, a line end behind each segment; RejectedError where a text cannot be written in the partner's encoding."""
    inside = list(body)
    group, interchange = str(envelope.group_number), f"{envelope.interchange_number:09}"
    lines: list[Line] = [
        ("ISA", _interchange(envelope, interchange)),
        ("GS", _group(envelope, group)),
        ("ST", (kind, group)),
        *inside,
        ("SE", (str(len(inside) + 2), group)),
        ("GE", ("1", group)),
        ("IEA", ("1", interchange)),
    ]
    return b"".join(_segment(name, elements, envelope) for name, elements in lines)


def _interchange(envelope: Envelope, number: str) -> tuple[str, ...]:
    sender, receiver = envelope.sender, envelope.receiver
    sides = (sender.qualifier, f"{sender.interchange_id:15}", receiver.qualifier, f"{receiver.interchange_id:15}")
    times = (f"{envelope.at:%y%m%d}", f"{envelope.at:%H%M}")
    return ("00", " " * 10, "00", " " * 10, *sides, *times, "U", "00401", number, "0", envelope.usage, envelope.separators[1])


def _group(envelope: Envelope, number: str) -> tuple[str, ...]:
    ids = (envelope.sender.group_id, envelope.receiver.group_id)
    return (envelope.function, *ids, f"{envelope.at:%Y%m%d}", f"{envelope.at:%H%M}", number, "X", envelope.version)


def _segment(name: str, elements: Sequence[str], envelope: Envelope) -> bytes:
    element, _, terminator = envelope.separators
    is_header = name == "ISA"
    texts = [each if is_header else clean(_letters(each, envelope.encoding), envelope.separators) for each in elements]
    while texts and not texts[-1]:
        texts.pop()
    text = element.join((name, *texts)) + terminator
    return _encoded(text, name, envelope.encoding) + (b"" if terminator == "\n" else b"\n")


def clean(text: str, separators: str) -> str:
    """The text without what would be read as a separator or a line end: X12 has no sign that takes their meaning away."""
    kept = "".join(" " if each in separators or not each.isprintable() else each for each in text)
    return " ".join(kept.split())


def _letters(text: str, encoding: Encoding) -> str:
    """The text in letters that the encoding has, as far as they come apart into such: é becomes e in ASCII."""
    return "".join(each if _has(encoding, each) else _bare(each) for each in text)


def _has(encoding: Encoding, letter: str) -> bool:
    try:
        return bool(letter.encode(encoding))
    except UnicodeEncodeError:
        return False


def _bare(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter.translate(_PLAIN))
    return "".join(each for each in plain if not unicodedata.combining(each))


def _encoded(text: str, where: str, encoding: Encoding) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        raise RejectedError(f"{where}: holds letters that {encoding} has not; set `encoding` to utf-8 if the partner takes it") from None
