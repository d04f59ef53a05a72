"""How a partner who exchanges files is told and tells, as a table: all that the contract suite knows of one beside its recordings.

It stands in `recordings/dialect.toml` as the dialects of HTTP do, in the words of `FileDialect`. The recordings are `KIND-NAME.edi`, and
a row of the remote is one transaction set as the connector's own cut gives it. Paths are `SEGMENT.ELEMENT`, counted from 1.
"""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Literal

from connectors._kit.x12 import cut
from tests.contract.dialects import CONNECTORS, Absent, Dialect, Makes, Shape, Told

NOTHING = Shape(updated=(), stamp="", status="", text="")
"""Where records are no JSON, their shape has no places; the ids that it writes are the bare numbers of rows."""


class Commanded(Told):
    """How a file tells a command."""

    provider_class: Literal["A", "B", "C"]
    is_told_by: Mapping[str, str]
    """What the file says where it is this command: path and value."""
    reference: str
    effect: str
    """Where the id of a receipt stands."""
    numbers: tuple[str, ...]
    """Where the numbers stand by which the partner knows a file again, whatever it is called."""

    def makes(self, command: str) -> Makes:
        """The same in the words of the other dialects: a file's body is the command's own, and no file is refused as such."""
        return Makes(
            command=command, reference="", provider_class=self.provider_class, is_body=True, refusal=Absent(status=0, body="")
        )  # fmt: skip


class FileDialect(Told):
    """One partner."""

    settings: Mapping[str, object]
    """Without an address, which is the folder of each remote."""
    page: int
    """Files on a page."""
    own_id: str
    """A set's external id, made of a number and a time."""
    renumbered: Mapping[str, str]
    """What makes of a recorded set another one, of that number and time."""
    codes: Mapping[str, str]
    """By kind: where a set says a code that the account may translate."""
    commands: Mapping[str, Commanded]

    @property
    def as_dialect(self) -> Dialect:
        """What checks ask of every dialect."""
        return Dialect(settings=self.settings, page=self.page, shapes={f"{kind}s": NOTHING for kind in self.codes}, doors=())

    def numbered(self, number: int, at: datetime) -> str:
        """An external id."""
        return self.own_id.format(number=number, at=at)

    def dated(self, raw: bytes, number: int, at: datetime) -> bytes:
        """A recorded set as one of another number, told at another time."""
        for path, template in self.renumbered.items():
            raw = put_at(raw, path, template.format(number=number, at=at))
        return raw


@cache
def file_dialect_of(name: str) -> FileDialect:
    """What a connector's folder tells of its partner."""
    return FileDialect.model_validate(tomllib.loads((CONNECTORS / name / "recordings" / "dialect.toml").read_text("utf-8")))


def recorded_sets(name: str, kind: str) -> list[bytes]:
    """The recorded sets of one kind, each in an envelope of its own."""
    paths = sorted((CONNECTORS / name / "recordings").glob(f"{kind}-*.edi"))
    return [piece.raw for path in paths for piece in cut(path.read_bytes())]


def segments_of(raw: bytes) -> list[list[str]]:
    """Segments as lists, the id first, of a set that is separated as our recordings are."""
    return [segment.strip().split("*") for segment in raw.decode().split("~") if segment.strip()]


def joined(segments: list[list[str]], line_end: str = "\n") -> bytes:
    """The bytes of segments."""
    return "".join(f"{'*'.join(segment)}~{line_end}" for segment in segments).encode()


def found_at(raw: bytes, path: str) -> str:
    """What stands there the first time; empty where nothing does."""
    name, _, number = path.partition(".")
    return next((each[int(number)] for each in segments_of(raw) if each[0] == name and len(each) > int(number)), "")


def put_at(raw: bytes, path: str, value: str) -> bytes:
    """The set with another value there, the first time that there is such a segment."""
    name, _, number = path.partition(".")
    segments = segments_of(raw)
    found = next(each for each in segments if each[0] == name)
    found[int(number)] = value
    return joined(segments)


def grown(raw: bytes, *more: str) -> bytes:
    """The set with further segments at its end, counted by it."""
    segments = segments_of(raw)
    end = next(place for place, each in enumerate(segments) if each[0] == "SE")
    segments[end][1] = str(int(segments[end][1]) + len(more))
    return joined([*segments[:end], *(each.split("*") for each in more), *segments[end:]])
