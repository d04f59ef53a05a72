"""As much X12 as the street's warehouse needs: it reads 940s in whatever separators they come, and writes in its own."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

Segment = list[str]
OWN: Final = "NORTHDOCK"


class Document(NamedTuple):
    """One set as it came: who sent it, the three numbers that name it, its kind and its segments without envelope."""

    sender: str
    numbers: tuple[str, str, str]
    kind: str
    segments: list[Segment]

    def all(self, name: str) -> Iterator[Segment]:
        """Gives the segments of this id."""
        return (segment for segment in self.segments if segment[0] == name)


def at(segment: Segment, number: int) -> str:
    """Gives an element, counted from 1; empty where it is left out."""
    return segment[number] if number < len(segment) else ""


def read(text: str) -> Document:
    """Gives the one set of an interchange. Raises ValueError where it is not whole."""
    if not text.startswith("ISA") or len(text) < 106:  # noqa: PLR2004  the ISA's fixed width
        message = "no interchange"
        raise ValueError(message)
    found = [part.strip().split(text[3]) for part in text.split(text[105]) if part.strip()]
    isa, gs, st, *body, se, ge, iea = found
    names = [segment[0] for segment in (isa, gs, st, se, ge, iea)]
    counts = (at(se, 1), at(ge, 1), at(iea, 1)) == (str(len(body) + 2), "1", "1")
    numbers = (at(se, 2), at(ge, 2), at(iea, 2)) == (at(st, 2), at(gs, 6), at(isa, 13))
    if names != ["ISA", "GS", "ST", "SE", "GE", "IEA"] or not counts or not numbers:
        message = "broken envelope"
        raise ValueError(message)
    return Document(at(isa, 6).strip(), (at(isa, 13), at(gs, 6), at(st, 2)), at(st, 1), body)


def write(kind: str, function: str, body: Sequence[Sequence[object]], *, to: str, number: int, at: datetime) -> str:
    """Gives one set in its envelope."""
    day, clock = f"{at:%Y%m%d}", f"{at:%H%M}"
    sides = ["ZZ", f"{OWN:15}", "ZZ", f"{to:15}"]
    lines: list[Sequence[object]] = [
        ["ISA", "00", " " * 10, "00", " " * 10, *sides, day[2:], clock, "U", "00401", f"{number:09}", "0", "P", ">"],
        ["GS", function, OWN, to, day, clock, number, "X", "004010"],
        ["ST", kind, "0001"],
        *body,
        ["SE", len(body) + 2, "0001"],
        ["GE", 1, number],
        ["IEA", 1, f"{number:09}"],
    ]
    return "".join("*".join(map(str, line)) + "~\n" for line in lines)
