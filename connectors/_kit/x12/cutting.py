"""A file cut into documents: one transaction set each, in an envelope of its own, so that a broken one spares its neighbours.

The bytes of a set and its headers are the partner's own; only the counts of GE and IEA become 1. An interchange whose envelope is broken,
or that ends in the middle, stays whole: nobody could say what is missing of it.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from connectors._kit.x12.envelope import Group, Interchange, TransactionSet, read_interchange
from connectors._kit.x12.segments import Segment, text_of
from model.errors import MalformedError

_ISA = re.compile(rb"ISA([^A-Za-z0-9\s])..\1.{10}\1..\1.{10}\1..\1.{15}\1..\1.{15}\1.{6}\1.{4}\1.\1.{5}\1.{9}\1.\1.\1..", re.DOTALL)
_NAMING = re.compile(r"[!-~]{1,35}")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Piece:
    """One document, or an interchange that could not be cut: which set it holds (empty where it cannot be told), and its bytes."""

    kind: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Together:
    """The documents of one group, with the headers that they share."""

    interchange: Segment
    group: Segment
    pieces: tuple[Piece, ...]


def cut(raw: bytes) -> list[Piece]:
    """Every document of a file, in order, and what cannot be read as one.

    Left out are blanks and interchanges that only say that one of ours arrived whole (TA1 with code A): the 997 says more.
    """
    return [piece for part in _interchanges(raw) for piece in _pieces(part)]


def cut_groups(raw: bytes) -> list[Together]:
    """The same documents by their groups, without interchanges whose envelope is broken: nobody knows what their groups hold."""
    found: list[Together] = []
    for part in _interchanges(raw):
        with suppress(MalformedError):
            found += _groups(part, read_interchange(part))
    return found


def _interchanges(raw: bytes) -> Iterator[bytes]:
    raw = raw.removeprefix(_BOM)
    starts = [0, *(found.start() for found in _ISA.finditer(raw)), len(raw)]
    yield from (part for start, end in pairwise(starts) if (part := raw[start:end].strip()))


def _pieces(part: bytes) -> list[Piece]:
    try:
        interchange = read_interchange(part)
    except MalformedError:
        return [Piece(_set_in(part), part)]
    found = [piece for group in _groups(part, interchange) for piece in group.pieces]
    is_refusal = any(note.at(4) != "A" for note in interchange.notes)
    return [*found, Piece("", part)] if is_refusal or not (found or interchange.notes) else found


def _groups(part: bytes, interchange: Interchange) -> Iterator[Together]:
    for group in interchange.groups:
        pieces = tuple(Piece(each.segments[0].at(1), _alone(part, interchange, group, each)) for each in group.sets)
        yield Together(interchange.header, group.header, pieces)


def _alone(raw: bytes, interchange: Interchange, group: Group, each: TransactionSet) -> bytes:
    """A set in an envelope of its own."""
    separators = interchange.separators
    if len(interchange.groups) == 1 and len(group.sets) == 1 and not interchange.notes:
        return raw
    inside = (interchange.header, group.header, *each.segments)
    ends = [(b"GE", group.trailer.need(2)), (b"IEA", interchange.trailer.need(2))]
    trailers = b"".join(separators.element.join((name, b"1", number.encode("latin-1"))) + separators.segment for name, number in ends)
    return b"".join(raw[segment.start : segment.end] for segment in inside) + trailers


def identity_in(raw: bytes) -> str | None:
    """What names the first set of an interchange for ever, also in one that is broken: sender, day, and the numbers of ISA, GS and ST.

    The numbers begin anew after some years, hence the day. None where the three headers cannot be read.
    """
    headers = _headers(raw)
    if headers is None:
        return None
    isa, gs, st = headers
    return _named(isa[6], gs[4], isa[13], gs[6], st[2])


def group_identity(together: Together) -> str | None:
    """What names a group for ever: what names its documents, without their own number."""
    isa, gs = together.interchange, together.group
    return _named(isa.at(6), gs.at(4), isa.at(13), gs.at(6))


def numbers_in(raw: bytes) -> tuple[str, str, str]:
    """The control numbers of interchange, group and set, as they stand; empty where the three headers cannot be read."""
    headers = _headers(raw)
    return (headers[0][13].strip(), headers[1][6].strip(), headers[2][2].strip()) if headers else ("", "", "")


def begun_by(raw: bytes) -> tuple[str, list[str]] | None:
    """The sender, and the first segment behind the ST of the first set, also of an interchange that is broken behind that."""
    headers = _headers(raw)
    if headers is None:
        return None
    element, terminator = raw[3:4], raw[105:106]
    begun = raw.split(terminator, 4)
    told = [text_of(each).strip() for each in begun[3].lstrip(b" \t\r\n").split(element)] if len(begun) > 4 else [""]  # noqa: PLR2004  as far as it is read
    return headers[0][6], told


def _named(*numbers: str) -> str | None:
    parts = ["_".join(part.split()) for part in numbers]
    return "-".join(parts) if all(_NAMING.fullmatch(part) for part in parts) else None


def _set_in(raw: bytes) -> str:
    headers = _headers(raw)
    return headers[2][1] if headers else ""


def _headers(raw: bytes) -> tuple[list[str], list[str], list[str]] | None:
    """The elements of ISA, GS and ST, if these three begin the interchange."""
    if not _ISA.match(raw):
        return None
    element, terminator = raw[3:4], raw[105:106]
    begun = raw.split(terminator, 3)
    first = [[text_of(each) for each in segment.lstrip(b" \t\r\n").split(element)] for segment in begun[:3]]
    names = [segment[0] for segment in first]
    is_whole = len(begun) > len(first) and names == ["ISA", "GS", "ST"] and len(first[1]) > 6 and len(first[2]) > 2  # noqa: PLR2004  as far as they are read
    return (first[0], first[1], first[2]) if is_whole else None
