"""A partner's files, oldest first, as pages of slices of one kind.

Files are listed by (modified, name) by the partner's own clock, and from the window's start without an end: a file that is stamped later
is only read once more. A file that changes while it is read, or that changed just now, is left for the next time, which the overlap of
the windows brings.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from connectors._kit.folders import FileSeen, Folders
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage, Window
from model.values.instant import EPOCH

MOST: Final = 200
"""Slices on a page."""
_AHEAD: Final = timedelta(hours=1)
"""A partner's clock may be so far ahead; what is stamped later still is not waited for."""

Cut = Callable[[FileSeen, bytes], Iterator[bytes]]
"""A file's slices, always the same; it raises nothing."""


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: in this file, behind so many of its slices."""

    modified_s: int
    name: str = ""
    read: int = 0


class Settled(msgspec.Struct, frozen=True):
    """When a file counts as written: it has not changed for so long, by the hub's clock."""

    now: datetime
    after: timedelta

    def is_at_rest(self, seen: FileSeen) -> bool:
        """Whether nobody writes it any more, as far as its time tells."""
        age = self.now - (EPOCH + timedelta(seconds=seen.modified_s))
        return not -_AHEAD < age < self.after


def pages_of(
    folders: Folders, folder: str, window: Window, resume: str | None, *, kind: str, files: int, cut: Cut, settled: Settled
) -> Iterator[RawPage]:
    """Every slice of the window, of at most `files` files on a page; the last page is empty and carries no token.

    So a page need not wait for the next one, which a failure may keep back.
    """
    start = Place(seconds(window.start)) if resume is None else place_of(resume, Place)
    for group in _grouped(_slices(folders, folder, start, cut, settled), files):
        yield RawPage(kind, tuple(raw for raw, _ in group), token_of(group[-1][1]))
    yield RawPage(kind, (), None)


def files_since(folders: Folders, folder: str, start: int, settled: Settled) -> Iterator[tuple[FileSeen, bytes]]:
    """Every file at rest that was modified since, with what it holds, oldest first."""
    for seen in folders.files_in(folder):
        if seen.modified_s < start or not settled.is_at_rest(seen):
            continue
        body = folders.read(folder, seen)
        if body is not None:
            yield seen, body


def seconds(at: datetime) -> int:
    """Whole seconds since 1970."""
    return (at - EPOCH) // timedelta(seconds=1)


def _slices(folders: Folders, folder: str, start: Place, cut: Cut, settled: Settled) -> Iterator[tuple[bytes, Place]]:
    """Each slice with the place behind it."""
    first = (start.modified_s, start.name)
    for seen, body in files_since(folders, folder, start.modified_s, settled):
        if (seen.modified_s, seen.name) < first:
            continue
        skipped = start.read if (seen.modified_s, seen.name) == first else 0
        for number, raw in enumerate(cut(seen, body), 1):
            if number > skipped:
                yield raw, Place(seen.modified_s, seen.name, number)


def _grouped(slices: Iterator[tuple[bytes, Place]], files: int) -> Iterator[list[tuple[bytes, Place]]]:
    group: list[tuple[bytes, Place]] = []
    names = 0
    for each in slices:
        names += bool(group) and each[1].name != group[-1][1].name
        if group and (names >= files or len(group) >= MOST):
            yield group
            group, names = [], 0
        group.append(each)
    if group:
        yield group
