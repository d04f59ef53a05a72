"""Where a connector of files is put to the test: the stands of reading and of commands, with folders for a remote."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Command
from tests.contract.dialects import Dialect, Makes, Shape
from tests.contract.file_dialects import NOTHING, FileDialect, file_dialect_of, found_at, grown, joined, recorded_sets, segments_of
from tests.contract.file_hostile import set_corpus, strange_elements
from tests.contract.file_remote import FileRemote, TappedFolders, Touch
from tests.contract.remote import NOW, Row, window_times
from tests.contract.stand import Link, Stand
from tests.contract.stand_commands import CommandStand


@dataclass
class ByFile(Stand):
    """What both have in common."""

    @property
    def files(self) -> FileDialect:
        """How the partner is told and tells."""
        return file_dialect_of(self.name)

    @property
    def dialect(self) -> Dialect:
        """The same, as far as every dialect says it."""
        return self.files.as_dialect

    @property
    def shape(self) -> Shape:
        """None."""
        return NOTHING

    def remote(self, rows: list[Row] | None = None, *, shop: str = "north", empties: int = 0) -> FileRemote:
        """The partner with these rows as files, or with the suite's usual ones."""
        return FileRemote(self.dialect, {self.stream.rows: list(self.rows if rows is None else rows)}, shop=shop, empties=empties)

    def link(self, outside: httpx.BaseTransport | None = None) -> Link:
        """The connector, wired to the folders of a remote."""
        remote = outside or self.remote()
        assert isinstance(remote, FileRemote)
        asked: list[Touch] = []
        waits: list[float] = []
        wiring = Wiring(remote, Pause(sleep=waits.append, chance=lambda: 1, clock=lambda: sum(waits)), now=lambda: NOW)
        settings = self.kind.settings_type.model_validate({**self.files.settings, "address": str(remote.root)})
        connector: Any = self.kind(settings, wiring)
        connector.folders = TappedFolders(remote, connector.folders, asked)
        return Link(connector, self.stream, asked, waits)


@dataclass
class FileStand(ByFile):
    """One connector class under test as a reader of files."""

    numbers: dict[str, int] = field(default_factory=dict[str, int])
    """Of each id that was given out."""

    def usual_rows(self) -> list[Row]:
        """Rows for some pages."""
        return [self.row(place, str(number), at) for place, (number, at) in enumerate(window_times(self.count))]

    def recorded(self) -> list[Any]:
        """The recorded sets."""
        return recorded_sets(self.name, self.stream.kind)

    def row(self, place: int, external_id: str, updated: datetime) -> Row:
        """One more row, of an id that was given out or of a number."""
        number = self.numbers.get(external_id) or int(external_id)
        recorded = self.recorded()
        told = self.files.numbered(number, updated)
        self.numbers[told] = number
        return Row(told, told, updated, updated, self.files.dated(recorded[place % len(recorded)], number, updated).strip())

    def laid_out(self, record: Any) -> bytes:  # noqa: ANN401  as recorded
        """The set in one line."""
        return joined(segments_of(record), "")

    def grown(self, record: Any) -> bytes:  # noqa: ANN401  as recorded
        """The set with a segment that nobody knows."""
        return grown(record, "ZZZ*suite_new")

    def broken(self, row: Row) -> tuple[bytes, bytes]:
        """The row's file, ending in the middle, and counting wrongly."""
        return row.body[: 2 * len(row.body) // 3] + b'~ZZZ*"broken"', grown(row.body, 'ZZZ*"broken"').replace(b"\nSE*", b"\nSE*9").strip()

    def hostile(self, record: Any) -> Mapping[str, bytes]:  # noqa: ANN401  as recorded
        """Hostile sets by name."""
        return set_corpus(record)

    def strange(self, record: Any) -> Iterator[tuple[str, bytes]]:  # noqa: ANN401  as recorded
        """The set with each element and segment in turn exchanged or left out."""
        return strange_elements(record)

    @property
    def endings(self) -> set[str]:
        """A set may also be whole, and about something that we do not take by file."""
        return {"MalformedError", "RejectedError", "read"}


@dataclass
class FileCommandStand(ByFile, CommandStand):
    """One connector class under test as one who commands by files."""

    @property
    def makes(self) -> Makes:
        """How the partner takes the command."""
        return self.files.commands[self.stream.kind].makes(self.stream.kind)

    @property
    def steps(self) -> int:
        """A command is one file."""
        return 1

    def done(self, remote: Any, command: Command) -> list[str]:  # noqa: ANN401  a remote of files
        """The numbers of what the command told the partner, each once, as it knows a file again."""
        told = self.files.commands[self.stream.kind]
        bodies = [body for body in remote.commanded() if all(found_at(body, path) == value for path, value in told.is_told_by.items())]
        known = {tuple(found_at(body, path) for path in told.numbers): body for body in bodies}
        return [found_at(body, told.effect) for body in known.values() if found_at(body, told.reference) == command.reference]

    def sent(self, link: Link) -> list[Any]:
        """The files that were put into folders."""
        return [touch for touch in link.asked if touch.verb == "publish"]
