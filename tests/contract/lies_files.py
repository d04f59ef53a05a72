"""Lies of those who exchange files."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from connectors._kit import Connector
from connectors._kit.folders import FileSeen, Folders, LocalFolders
from connectors.capabilities import Command, RawPage, Receipt, Window
from model.errors import ConfigError
from tests.contract.file_remote import TappedFolders
from tests.contract.lying import Fetch, Lie, fetching, subclass
from tests.contract.stand import Kind, Stream
from tests.contract.stand_commands import WORDINGS


class _Careless(LocalFolders):
    """Reads what changes meanwhile, and what says that it is being written."""

    def files_in(self, folder: str) -> list[FileSeen]:
        """Every file."""
        found = [(path.stat(), path.name) for path in (self._root / folder).iterdir()]
        return sorted(FileSeen(int(now.st_mtime), name, now.st_size) for now, name in found)

    def read(self, folder: str, seen: FileSeen) -> bytes | None:
        """What was there when it was listed."""
        return (self._root / folder / seen.name).read_bytes()[: seen.size]


def reads_what_is_being_written(kind: Kind, _stream: Stream) -> Kind:
    def prepare(self: Connector[Any]) -> None:
        honest: Any = kind
        honest.prepare(self)
        lying: Any = self
        lying.folders = _Careless(lying.folders._root)

    return subclass(kind, prepare=prepare)


@fetching
def knows_files_by_their_place(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Counts the documents it gave, and begins behind so many."""
    given = 0
    for page in fetch(window, None):
        given += len(page.slices)
        if given > int(resume or 0):
            yield dataclasses.replace(page, resume=page.resume and str(given))


def knows_only_what_it_saw_first(kind: Kind, stream: Stream) -> Kind:
    """Keeps its first list of files."""
    kept: list[FileSeen] = []

    class Kept(TappedFolders):
        """The folders as they were."""

        def files_in(self, folder: str) -> list[FileSeen]:
            """The first list."""
            kept.extend([] if kept else self.honest.files_in(folder))
            return kept

    def lie(self: Any, window: Window, resume: str | None) -> Iterator[RawPage]:  # noqa: ANN401  any connector
        folders = self.folders
        self.folders = Kept(folders.remote, folders, [])
        yield from getattr(kind, stream.fetch)(self, window, resume)
        self.folders = folders

    return subclass(kind, **{stream.fetch: lie})


@fetching
def takes_a_missing_folder_for_an_empty_one(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    try:
        yield from fetch(window, resume)
    except ConfigError:
        yield RawPage("x12", (), None)


@fetching
def forgets_where_in_a_file_it_was(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    if resume is None:
        yield from fetch(window, resume)


def drops_what_is_torn(kind: Kind, _stream: Stream) -> Kind:
    def lie(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
        for page in fetch(window, resume):
            yield dataclasses.replace(page, slices=tuple(raw for raw in page.slices if b"IEA*" in raw))

    return fetching(lie)(kind, _stream)


def takes_each_copy_for_another(kind: Kind, _stream: Stream) -> Kind:
    turns = itertools.count()

    def external_id_in(raw: bytes) -> str | None:
        found = kind.external_id_in(raw)
        return found and f"{found}-{next(turns)}"

    return subclass(kind, external_id_in=staticmethod(external_id_in))


def takes_the_last_id_it_finds(kind: Kind, _stream: Stream) -> Kind:
    def external_id_in(raw: bytes) -> str | None:
        return kind.external_id_in(raw[max(raw.rfind(b"ISA*"), 0) :])

    return subclass(kind, external_id_in=staticmethod(external_id_in))


def _submitting(lie: Callable[[Any, Command, Callable[[Command], Receipt]], Receipt]) -> Lie:
    def make(kind: Kind, stream: Stream) -> Kind:
        method = WORDINGS[stream.kind].submit
        honest: Callable[..., Receipt] = getattr(kind, method)

        def submit(self: Any, command: Command) -> Receipt:  # noqa: ANN401  any connector
            return lie(self, command, lambda each: honest(self, each))

        return subclass(kind, **{method: submit})

    make.__name__ = lie.__name__
    return make


@_submitting
def writes_it_in_its_own_words(_self: Any, command: Command, submit: Callable[[Command], Receipt]) -> Receipt:  # noqa: ANN401  any connector
    return submit(dataclasses.replace(command, body=command.body.replace(b"~\n", b"~")))


@_submitting
def makes_the_folder_it_misses(self: Any, command: Command, submit: Callable[[Command], Receipt]) -> Receipt:  # noqa: ANN401  same
    try:
        return submit(command)
    except ConfigError:
        return Receipt(str(len(self.settings.inbox)))


def numbers_its_files(kind: Kind, stream: Stream) -> Kind:
    """Looks for nothing, and gives each file numbers of its own."""
    turns = itertools.count(1)
    facts = WORDINGS[stream.kind]

    def submit(self: Any, command: Command) -> Receipt:  # noqa: ANN401  any connector
        folders: Folders = self.folders
        turn = str(next(turns)).encode()
        folders.publish(self.settings.inbox, f"{turn.decode()}.edi", command.body.replace(b"*P*>", turn[:1] + b"*P*>"))
        return Receipt("1")

    return subclass(kind, **{facts.submit: submit})
