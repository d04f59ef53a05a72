"""Folders in which files are exchanged with a partner: looked through, read and written, and never tidied up by us.

A file is written under a name of its own that ends in `.part` and then renamed, so that it is there whole or not at all.
"""

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors._kit.exchange import TurnedAwayError
from connectors._kit.x12.segments import MAX_BYTES
from model.errors import ConfigError, TransientError

PART: Final = ".part"
MOST_BYTES: Final = 4 * MAX_BYTES
"""Bytes of one file that are read: a file may hold several interchanges."""

_UNFINISHED: Final = (PART, ".tmp", ".filepart", ".partial", ".swp", "~")
"""How programs call a file that they are still writing."""


@dataclass(frozen=True, slots=True, order=True)
class FileSeen:
    """A file as it was listed. `modified_s` is whole seconds since 1970 by the partner's clock; `name` holds one character per byte."""

    modified_s: int
    name: str
    size: int


class Folders(ABC):
    """A partner's folders, each named as the partner names it."""

    @abstractmethod
    def files_in(self, folder: str) -> list[FileSeen]:
        """Every file that is finished, by its name, oldest first. ConfigError where there is no such folder."""

    @abstractmethod
    def read(self, folder: str, seen: FileSeen) -> bytes | None:
        """The file's bytes, `MOST_BYTES` of them at most; None where it is gone or is not as it was listed: then it is being written."""

    @abstractmethod
    def has(self, folder: str, name: str) -> bool:
        """Whether there is a file of this name."""

    @abstractmethod
    def publish(self, folder: str, name: str, body: bytes) -> None:
        """Put the file there, whole, in place of one of the same name.

        TurnedAwayError and ConfigError: it is certainly not there; TransientError: it may be.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection."""


def is_finished(name: str) -> bool:
    """Whether a file's name does not say that it is still being written."""
    return not name.startswith(".") and not name.lower().endswith(_UNFINISHED)


class LocalFolders(Folders):
    """Folders on this machine, where another program carries files to and from the partner."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def files_in(self, folder: str) -> list[FileSeen]:
        with self._named(folder), os.scandir(os.fsencode(self._root / folder)) as entries:
            found = [(entry.name.decode("latin-1"), entry.stat(follow_symlinks=False)) for entry in entries]
        return sorted(
            FileSeen(int(now.st_mtime), name, now.st_size) for name, now in found if stat.S_ISREG(now.st_mode) and is_finished(name)
        )

    def read(self, folder: str, seen: FileSeen) -> bytes | None:
        path = os.path.join(os.fsencode(self._root / folder), seen.name.encode("latin-1"))  # noqa: PTH118  Path knows no names of bytes
        try:
            with open(path, "rb") as file:  # noqa: PTH123  same
                body = file.read(MOST_BYTES)
                now = os.fstat(file.fileno())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TransientError(f"{folder}: a file cannot be read ({error.strerror})") from None
        return body if (now.st_size, int(now.st_mtime)) == (seen.size, seen.modified_s) else None

    def has(self, folder: str, name: str) -> bool:
        with self._named(folder):
            return name in os.listdir(self._root / folder)  # noqa: PTH208  a stat would not tell a missing folder from a missing file

    def publish(self, folder: str, name: str, body: bytes) -> None:
        whole = self._root / folder / name
        part = whole.with_name(name + PART)
        with self._named(folder):
            with part.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(whole)

    def close(self) -> None:
        pass

    @contextmanager
    def _named(self, folder: str) -> Generator[None]:
        """A failure by name. Here even a rename either happened or did not."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise ConfigError(
                f"{folder}: {(error.strerror or 'cannot be opened').lower()}; make the folder and let the hub use it"
            ) from None
        except OSError as error:
            raise TurnedAwayError(f"{folder}: {error.strerror}") from None
