"""Cursors of an embedded Prefect server's SQLite file that end when their work does, not when Python collects its garbage.

On Python 3.11 a cursor keeps a statement that failed, and SQLAlchemy's aiosqlite dialect leaves such a cursor to its traceback, that
is, to the garbage collector. Freeing it takes the mutex of its connection. That connection may be at work again by then, in its
own thread, waiting for the write lock; where the collector runs in the event loop's thread, the task that holds the lock cannot go
on to commit, and the whole server stands still until SQLite gives up, a minute later. And on every Python a connection that is
closed under a cursor with rows still to be read (its task was cancelled) keeps its locks until that cursor is collected.

So cursors are closed when they fail, and before their connection is, both in the connection's own thread. See ADR 0014.
"""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry
from typing_extensions import override


class ClosingCursor(sqlite3.Cursor):
    """A cursor that lets go of a statement that fails. These three are what SQLAlchemy's dialect calls."""

    @override
    def execute(self, *words: Any) -> "ClosingCursor":
        with _closed_if_it_fails(self):
            return super().execute(*words)

    @override
    def executemany(self, *words: Any) -> "ClosingCursor":
        with _closed_if_it_fails(self):
            return super().executemany(*words)

    @override
    def fetchall(self) -> list[Any]:
        with _closed_if_it_fails(self):
            return super().fetchall()


class ClosingConnection(sqlite3.Connection):
    """A connection that closes the cursors it gave before it closes itself, so that nothing holds its locks any longer."""

    def __init__(self, *words: Any, **named: Any) -> None:  # noqa: ANN401  whatever `sqlite3.connect` is given
        super().__init__(*words, **named)
        self._given: WeakSet[sqlite3.Cursor] = WeakSet()

    @override
    def cursor(self, factory: Callable[[sqlite3.Connection], Any] | None = None) -> Any:
        given = super().cursor(factory or ClosingCursor)
        self._given.add(given)
        return given

    @override
    def close(self) -> None:
        for each in list(self._given):
            _close(each)
        super().close()


def close_cursors_in_time() -> None:
    """Engines of this process whose driver is aiosqlite, as Prefect's server makes them, connect by `ClosingConnection` from now on.

    By SQLAlchemy's event `do_connect` and the parameter `factory` of `sqlite3.connect`: Prefect has no setting that reaches either.
    """
    event.listen(Engine, "do_connect", _name_the_class)


def _name_the_class(dialect: Dialect, _entry: ConnectionPoolEntry, _words: list[Any], named: dict[str, Any]) -> None:
    if dialect.driver == "aiosqlite":
        named["factory"] = ClosingConnection


@contextmanager
def _closed_if_it_fails(cursor: sqlite3.Cursor) -> Generator[None]:
    try:
        yield
    except BaseException:
        _close(cursor)
        raise


def _close(cursor: sqlite3.Cursor) -> None:
    with suppress(sqlite3.ProgrammingError):  # its connection is closed already: nothing is held any more
        cursor.close()
