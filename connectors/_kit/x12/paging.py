"""The partner's files, oldest first, as pages of documents of one kind.

Files are listed by (modified, name) by the partner's own clock, and from the window's start without an end: a file that is stamped later
is only read once more. A file that changes while it is read is left for the next time, which the overlap of the windows brings.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from connectors._kit.folders import FileSeen, Folders
from connectors._kit.tokens import place_of, token_of
from connectors._kit.x12.cutting import Piece, cut
from connectors.capabilities import RawPage, Window
from model.values.instant import EPOCH

MOST: Final = 200
"""Documents on a page."""
OTHER: Final = "x12"
"""The kind of what is none of ours or could not be cut."""


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: in this file, behind so many of its documents."""

    modified_s: int
    name: str = ""
    read: int = 0


Documents = tuple[str, tuple[bytes, ...], Place]
"""Documents of one kind, and the place behind them."""


def pages_of(
    folders: Folders,
    folder: str,
    window: Window,
    resume: str | None,
    *,
    files: int,
    kinds: Mapping[str, str],
) -> Iterator[RawPage]:
    """Every document of the window, at most `files` files on a page; the last page carries no token."""
    start = Place(_seconds(window.start)) if resume is None else place_of(resume, Place)
    last: Documents | None = None
    for group in _grouped(_documents(folders, folder, start, kinds), files):
        if last is not None:
            yield RawPage(last[0], last[1], token_of(last[2]))
        last = group
    yield RawPage(last[0] if last else OTHER, last[1] if last else (), None)


def _seconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(seconds=1)


def _documents(folders: Folders, folder: str, start: Place, kinds: Mapping[str, str]) -> Iterator[tuple[str, bytes, Place]]:
    """Each document with its kind and the place behind it."""
    first = (start.modified_s, start.name)
    for seen in folders.files_in(folder):
        if (seen.modified_s, seen.name) < first:
            continue
        skipped = start.read if (seen.modified_s, seen.name) == first else 0
        for number, (kind, raw) in enumerate(_cut(folders, folder, seen, kinds), 1):
            if number > skipped:
                yield kind, raw, Place(seen.modified_s, seen.name, number)


def _cut(folders: Folders, folder: str, seen: FileSeen, kinds: Mapping[str, str]) -> list[tuple[str, bytes]]:
    body = folders.read(folder, seen)
    return [] if body is None else [(kind_of(piece, kinds), piece.raw) for piece in cut(body)]


def kind_of(piece: Piece, kinds: Mapping[str, str]) -> str:
    """The kind of payload that a document is; `kinds` are those that are read, by the ids of their sets."""
    return kinds.get(piece.kind, OTHER)


def bodies_of(folders: Folders, folder: str, since: datetime, until: datetime | None = None) -> Iterator[bytes]:
    """What every file holds that was modified since (and before a time), oldest first; one being written waits for the next time."""
    for seen in folders.files_in(folder):
        is_within = seen.modified_s >= _seconds(since) and (until is None or seen.modified_s < _seconds(until))
        body = folders.read(folder, seen) if is_within else None
        if body is not None:
            yield body


def _grouped(documents: Iterator[tuple[str, bytes, Place]], files: int) -> Iterator[Documents]:
    """Neighbours of one kind together."""
    group: list[tuple[str, bytes, Place]] = []
    names = 0
    for document in documents:
        names += bool(group) and document[2].name != group[-1][2].name
        if group and (document[0] != group[0][0] or names >= files or len(group) >= MOST):
            yield _together(group)
            group, names = [], 0
        group.append(document)
    if group:
        yield _together(group)


def _together(group: Sequence[tuple[str, bytes, Place]]) -> Documents:
    return group[0][0], tuple(raw for _, raw, _ in group), group[-1][2]
