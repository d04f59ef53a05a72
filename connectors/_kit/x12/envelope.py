"""Envelopes: interchange (ISA to IEA), groups (GS to GE) and transaction sets (ST to SE), with their counts and control numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectors._kit.x12.segments import (
    ABSENT,
    COUNT_DIFFERS,
    NO_TRAILER,
    NUMBERS_DIFFER,
    Flaw,
    FlawedError,
    Segment,
    Separators,
    malformed,
    segments_of,
)
from model.errors import MalformedError

_ENVELOPE: Final = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA"})


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """The segments of one set, from its ST up to its SE, or up to where it breaks off. Nothing in it is checked yet."""

    segments: tuple[Segment, ...]

    def check(self) -> None:
        """A MalformedError where the SE is missing, counts other segments, or bears another number than the ST."""
        header, trailer = self.segments[0], self.segments[-1]
        if trailer.name != "SE":
            raise FlawedError(f"segment {trailer.position + 1}: the transaction set has no SE", Flaw(in_set=NO_TRAILER))
        if trailer.count(1) != len(self.segments):
            counts = f"counts {trailer.count(1)} segments, and there are {len(self.segments)}"
            raise malformed(trailer, 1, counts, in_set=COUNT_DIFFERS)
        if header.need(2) != trailer.need(2):
            raise malformed(trailer, 2, "is not the number of the ST", in_set=NUMBERS_DIFFER)


@dataclass(frozen=True, slots=True)
class Group:
    """One functional group."""

    header: Segment
    sets: tuple[TransactionSet, ...]
    trailer: Segment


@dataclass(frozen=True, slots=True)
class Interchange:
    """One interchange of which groups and numbers are right; `notes` are TA1 segments. Its sets are checked one by one."""

    separators: Separators
    header: Segment
    notes: tuple[Segment, ...]
    groups: tuple[Group, ...]
    trailer: Segment


@dataclass(frozen=True, slots=True)
class Document:
    """One transaction set with the headers around it, all checked."""

    separators: Separators
    interchange: Segment
    group: Segment
    segments: tuple[Segment, ...]
    """Of the set, from its ST to its SE."""

    @property
    def kind(self) -> str:
        """The set's own id: `945`."""
        return self.segments[0].need(1)

    def first(self, name: str) -> Segment | None:
        """The first segment of this id."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def need(self, name: str) -> Segment:
        """The first segment of this id, or a MalformedError where the set has none."""
        if segment := self.first(name):
            return segment
        raise self.lacks(name)

    def lacks(self, name: str) -> FlawedError:
        """The error that names a segment which the set must have."""
        flaw = Flaw(segment=name, position=self.segments[-1].position, in_segment=ABSENT)
        return FlawedError(f"{name}: the {self.kind} has no such segment", flaw)

    def all(self, name: str) -> tuple[Segment, ...]:
        """Every segment of this id."""
        return tuple(segment for segment in self.segments if segment.name == name)

    def loops(self, name: str, until: frozenset[str]) -> list[tuple[Segment, ...]]:
        """The loops that begin with this segment id, each up to the next one or to a segment that ends them all."""
        found: list[list[Segment]] = []
        is_open = False
        for segment in self.segments:
            is_open = (is_open or segment.name == name) and segment.name not in until
            if segment.name == name:
                found.append([])
            if is_open:
                found[-1].append(segment)
        return [tuple(loop) for loop in found]


class _Walk:
    """Goes through segments in their order, once."""

    def __init__(self, segments: tuple[Segment, ...]) -> None:
        self._segments, self._place = segments, 0

    def sees(self, *names: str) -> bool:
        return self._place < len(self._segments) and self._segments[self._place].name in names

    def is_over(self) -> bool:
        return self._place >= len(self._segments)

    def take(self, name: str) -> Segment:
        if self.is_over():
            raise MalformedError(f"segment {self._place + 1}: the document ends in the middle, {name} is missing")
        if not self.sees(name):
            raise MalformedError(f"{self._segments[self._place]}: stands where {name} must stand")
        self._place += 1
        return self._segments[self._place - 1]

    def take_while(self, belongs: Callable[[Segment], bool]) -> tuple[Segment, ...]:
        start = self._place
        while not self.is_over() and belongs(self._segments[self._place]):
            self._place += 1
        return self._segments[start : self._place]


def read_interchange(raw: bytes) -> Interchange:
    """One whole interchange; a MalformedError names what is wrong with its envelopes. What its sets count is not looked at."""
    separators, segments = segments_of(raw)
    walk = _Walk(segments)
    header = walk.take("ISA")
    notes = walk.take_while(lambda segment: segment.name == "TA1")
    groups: list[Group] = []
    while walk.sees("GS"):
        groups.append(_group(walk))
    trailer = walk.take("IEA")
    _agree(trailer, len(groups), "groups", header.need(13))
    if not walk.is_over():
        raise MalformedError(f"{trailer}: is not the end of the interchange")
    return Interchange(separators, header, notes, tuple(groups), trailer)


def _group(walk: _Walk) -> Group:
    header = walk.take("GS")
    sets: list[TransactionSet] = []
    while walk.sees("ST"):
        sets.append(_set(walk))
    trailer = walk.take("GE")
    _agree(trailer, len(sets), "transaction sets", header.need(6))
    return Group(header, tuple(sets), trailer)


def _set(walk: _Walk) -> TransactionSet:
    header = walk.take("ST")
    body = walk.take_while(lambda segment: segment.name not in _ENVELOPE)
    end = (walk.take("SE"),) if walk.sees("SE") else ()
    return TransactionSet((header, *body, *end))


def _agree(trailer: Segment, found: int, what: str, number: str) -> None:
    if trailer.count(1) != found:
        raise malformed(trailer, 1, f"counts {trailer.count(1)} {what}, and there are {found}")
    if trailer.need(2) != number:
        raise malformed(trailer, 2, "is not the number of the header")


def read_document(raw: bytes) -> Document:
    """An interchange with one transaction set in it, of which everything counts; a MalformedError names what does not."""
    interchange = read_interchange(raw)
    sets = [(group, each) for group in interchange.groups for each in group.sets]
    if len(sets) != 1:
        noted = "; ".join(f"{note}: code {note.at(4)[:1]}, note {note.at(5)[:3]}" for note in interchange.notes)
        raise MalformedError(f"interchange: holds {len(sets)} transaction sets, and one was expected{f' ({noted})' if noted else ''}")
    group, only = sets[0]
    only.check()
    return Document(interchange.separators, interchange.header, group.header, only.segments)
