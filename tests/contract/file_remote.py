"""A make-believe partner: folders of this machine in which its files appear at chosen times, and an account of every touch of them."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx

from connectors._kit.folders import FileSeen, Folders
from tests.contract.remote import Remote, Row

INBOX, OUTBOX = "in", "out"
MOST_TOUCHES = 600
"""More than any honest reading here needs."""

T = TypeVar("T")


class Touch(NamedTuple):
    """One thing done to the folders: `list`, `read`, `look` or `publish`."""

    verb: str
    folder: str
    name: str = ""
    content: bytes = b""


def _nothing(_touch: Touch) -> None:
    pass


@dataclass(slots=True)
class FileRemote(Remote):
    """The partner's end of the exchange: each row is a file of its outbox."""

    root: Path = field(init=False)
    before: Callable[[Touch], None] = _nothing
    """Called ahead of each touch: here the world may move on, or what reaches the partner fails."""
    after: Callable[[Touch], None] = _nothing
    """Called behind each touch: here the answer may be lost."""
    taken: list[bytes] = field(default_factory=list[bytes])
    """What the partner took from its inbox and cleared away."""

    def __post_init__(self) -> None:
        Remote.__post_init__(self)
        self.root = Path(tempfile.mkdtemp(prefix="suite-"))
        weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)
        for folder in (INBOX, OUTBOX):
            (self.root / folder).mkdir()
        for rows in self.rows.values():
            for row in rows:
                self.tell(row)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Nobody speaks HTTP here."""
        raise AssertionError(f"{request.url}: nothing here is asked for over HTTP")

    def tell(self, row: Row) -> str:
        """A row's file appears, or appears anew; gives its name."""
        return self.drop(f"{row.external_id}.edi", row.body, row.updated)

    def drop(self, name: str, body: bytes, at: datetime) -> str:
        """A file appears in the outbox, modified at that time."""
        path = self.root / OUTBOX / name
        path.write_bytes(body)
        os.utime(path, (at.timestamp(), at.timestamp()))
        return name

    def clear(self, row: Row) -> None:
        """The partner clears a row's file away."""
        (self.root / OUTBOX / f"{row.external_id}.edi").unlink()

    def take(self) -> None:
        """The partner takes every file of its inbox."""
        for path in sorted((self.root / INBOX).iterdir()):
            self.taken.append(path.read_bytes())
            path.unlink()

    def commanded(self) -> list[bytes]:
        """Every file that it was told by, taken or not."""
        return [*self.taken, *(path.read_bytes() for path in sorted((self.root / INBOX).iterdir()))]


@dataclass(slots=True)
class TappedFolders(Folders):
    """The connector's folders; every touch is written down, and may be spoilt by the remote."""

    remote: FileRemote
    honest: Folders
    asked: list[Touch]

    def files_in(self, folder: str) -> list[FileSeen]:
        """Passes it on."""
        return self._touched(Touch("list", folder), lambda: self.honest.files_in(folder))

    def read(self, folder: str, seen: FileSeen) -> bytes | None:
        """Passes it on."""
        return self._touched(Touch("read", folder, seen.name), lambda: self.honest.read(folder, seen))

    def has(self, folder: str, name: str) -> bool:
        """Passes it on."""
        return self._touched(Touch("look", folder, name), lambda: self.honest.has(folder, name))

    def publish(self, folder: str, name: str, body: bytes) -> None:
        """Passes it on."""
        self._touched(Touch("publish", folder, name, body), lambda: self.honest.publish(folder, name, body))

    def close(self) -> None:
        """Passes it on."""
        self.honest.close()

    def _touched(self, touch: Touch, act: Callable[[], T]) -> T:
        self.asked.append(touch)
        assert len(self.asked) <= MOST_TOUCHES, "touches files for ever"
        self.remote.before(touch)
        answer = act()
        self.remote.after(touch)
        return answer
