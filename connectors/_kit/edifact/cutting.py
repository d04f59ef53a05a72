"""A file cut into messages, each in an envelope of its own, so that a broken one spares its neighbours.

The bytes of a message and its headers are the partner's own; only the counts of UNE and UNZ become 1. An interchange whose envelope is
broken, or that ends in the middle, stays whole: nobody could say what is missing of it.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from connectors._kit.edifact.envelope import Interchange, Message, read_interchange
from connectors._kit.edifact.segments import Segment, separators_of, trimmed
from model.errors import MalformedError

_STARTS = re.compile(rb"(?:\A|(?<=[\s'~\x1c]))(?:UNA(.)([^\w\s])(?:[.,])(.)(.)(\S)\s*)?UNB[^\w\s]UNO[A-Z]", re.DOTALL | re.ASCII)
_BGM = re.compile(r"[!-~](?:[ -~]{0,68}[!-~])?")


def cut_edifact_orders(name: str, raw: bytes) -> Iterator[bytes]:  # noqa: ARG001  as `cut_sheet`: who calls need not know which it is
    """One slice for each message of a file, in its order: an interchange of its own with the message's own bytes.

    What cannot be cut is a slice too, and refused when it is read. Raises nothing.
    """
    whole = trimmed(raw)
    starts = [0, *(place for found in _STARTS.finditer(whole) if (place := found.start())), len(whole)]
    for start, end in pairwise(starts):
        if part := trimmed(whole[start:end]):
            yield from _pieces(part)


def _pieces(part: bytes) -> list[bytes]:
    try:
        interchange = read_interchange(part, "iso8859-1")  # letters are looked at by whoever reads a message
    except MalformedError:
        return [part]
    return [_alone(part, interchange, message) for message in interchange.messages] or [part]


def _alone(raw: bytes, interchange: Interchange, message: Message) -> bytes:
    """A message in an envelope of its own."""
    if len(interchange.messages) == 1:
        return raw
    separators, group = interchange.separators, message.group
    inside = (interchange.header, *((group,) if group else ()), *message.segments)
    ends = [*([("UNE", group, 5)] if group else []), ("UNZ", interchange.header, 5)]
    parts = [separators.told, *(raw[segment.start : segment.end] for segment in inside)]
    for tag, header, element in ends:
        reference = _bytes_at(raw, header, element, separators.element)
        parts.append(separators.element.join((tag.encode(), b"1", reference)) + separators.segment)
    return b"".join(parts)


def _bytes_at(raw: bytes, segment: Segment, element: int, sign: bytes) -> bytes:
    """An element's bytes as they came. A reference has no escaped signs: its own UNE or UNZ was compared with it."""
    return raw[segment.start : segment.end - 1].split(sign)[element]


def number_in(raw: bytes) -> str | None:
    """The number of the first order that an interchange tells, also out of one that is broken; None where it tells none."""
    try:
        separators = separators_of(raw)
    except MalformedError:
        return None
    begun = raw[: 64 * 2**10].split(separators.segment)
    for each in begun[1:]:
        parts = each.strip().split(separators.element)
        if parts[0] == b"UNT":
            return None
        if parts[0] == b"BGM" and len(parts) > 2:  # noqa: PLR2004  its name is the first element, its number the second
            number = parts[2].split(separators.component)[0].strip()
            is_plain = separators.release == b" " or separators.release not in number  # a sign that means itself may cut the number short
            return number.decode("latin-1") if is_plain and _BGM.fullmatch(number.decode("latin-1")) else None
    return None
