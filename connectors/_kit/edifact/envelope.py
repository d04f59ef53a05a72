"""Envelopes: interchange (UNB to UNZ), groups (UNG to UNE) and messages (UNH to UNT), with their counts and references."""

from dataclasses import dataclass
from typing import Final

from connectors._kit.edifact.segments import Segment, Separators, segments_of
from model.errors import MalformedError

_ENVELOPE: Final = frozenset({"UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"})


@dataclass(frozen=True, slots=True)
class Message:
    """One message with the headers around it. Nothing in it is checked yet."""

    group: Segment | None
    segments: tuple[Segment, ...]
    """From its UNH up to its UNT, or up to where it breaks off."""

    def check(self) -> None:
        """A MalformedError where the UNT is missing, counts other segments, or bears another reference than the UNH."""
        header, trailer = self.segments[0], self.segments[-1]
        if trailer.tag != "UNT":
            raise MalformedError(f"segment {trailer.position + 1}: the message has no UNT")
        if trailer.count(1) != len(self.segments):
            raise trailer.wrong(f"counts {trailer.count(1)} segments, and there are {len(self.segments)}", 1)
        if header.need(1) != trailer.need(2):
            raise trailer.wrong("is not the reference of the UNH", 2)


@dataclass(frozen=True, slots=True)
class Interchange:
    """One interchange of which groups, counts and references are right. Its messages are checked one by one."""

    separators: Separators
    header: Segment
    messages: tuple[Message, ...]
    trailer: Segment


class _Walk:
    """Goes through segments in their order, once."""

    def __init__(self, segments: tuple[Segment, ...]) -> None:
        self._segments, self._place = segments, 0

    def sees(self, tag: str) -> bool:
        return self._place < len(self._segments) and self._segments[self._place].tag == tag

    def take(self, tag: str) -> Segment:
        if self._place >= len(self._segments):
            raise MalformedError(f"segment {self._place + 1}: the document ends in the middle, {tag} is missing")
        if not self.sees(tag):
            raise MalformedError(f"{self._segments[self._place]}: stands where {tag} must stand")
        self._place += 1
        return self._segments[self._place - 1]

    def body(self) -> tuple[Segment, ...]:
        start = self._place
        while self._place < len(self._segments) and self._segments[self._place].tag not in _ENVELOPE:
            self._place += 1
        return self._segments[start : self._place]

    def is_over(self) -> bool:
        return self._place >= len(self._segments)


def read_interchange(raw: bytes, charset: str | None = None) -> Interchange:
    """One whole interchange; a MalformedError names what is wrong with its envelopes. What its messages count is not looked at."""
    separators, segments = segments_of(raw, charset)
    walk = _Walk(segments)
    header = walk.take("UNB")
    messages: list[Message] = []
    groups = 0
    while walk.sees("UNG"):
        groups += 1
        group = walk.take("UNG")
        inside = _messages(walk, group)
        _agree(walk.take("UNE"), len(inside), "messages", group.need(5))
        messages += inside
    if not groups:
        messages = _messages(walk, None)
    trailer = walk.take("UNZ")
    _agree(trailer, groups or len(messages), "groups" if groups else "messages", header.need(5))
    if not walk.is_over():
        raise MalformedError(f"{trailer}: is not the end of the interchange")
    return Interchange(separators, header, tuple(messages), trailer)


def _messages(walk: _Walk, group: Segment | None) -> list[Message]:
    found: list[Message] = []
    while walk.sees("UNH"):
        header = walk.take("UNH")
        body = walk.body()
        end = (walk.take("UNT"),) if walk.sees("UNT") else ()
        found.append(Message(group, (header, *body, *end)))
    return found


def _agree(trailer: Segment, found: int, what: str, reference: str) -> None:
    if trailer.count(1) != found:
        raise trailer.wrong(f"counts {trailer.count(1)} {what}, and there are {found}", 1)
    if trailer.need(2) != reference:
        raise trailer.wrong("is not the reference of the header", 2)
