"""The partner's orders in its folder: found by their names, and counted."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors._kit.folders import Folders
from connectors._kit.x12.cutting import cut
from connectors._kit.x12.paging import bodies_of
from connectors._kit.x12.purchase_slices import ORDER, identity_850


def orders_in(folders: Folders, folder: str, since: datetime, until: datetime | None = None) -> Iterator[tuple[str, bytes]]:
    """Every order of the folder's files modified since (and before a time), by its name, oldest first; what has no name is left out."""
    for body in bodies_of(folders, folder, since, until):
        for piece in cut(body):
            name = identity_850(piece.raw) if piece.kind == ORDER else None
            if name is not None:
                yield name, piece.raw


def found(folders: Folders, folder: str, names: Sequence[str], since: datetime) -> tuple[bytes, ...]:
    """The orders of these names, each file that tells one, oldest first; nothing is asked for no names."""
    wanted = set(names)
    return tuple(raw for name, raw in orders_in(folders, folder, since) if name in wanted) if wanted else ()
