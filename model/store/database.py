"""Open a database the way the hub needs it, and run transactions that may be repeated.

SQLite: WAL, synchronous FULL, foreign keys on, and writers that take the lock at BEGIN (a lock taken later ignores busy_timeout).
PostgreSQL: READ COMMITTED with short lock, statement and idle timeouts.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from model.errors import ConfigError, TransientError
from model.tables.base import Base

T = TypeVar("T")

ATTEMPTS = 5
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=30000;"
_PG_OPTIONS = "-c jit=off -c lock_timeout=5s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
"""No just-in-time compilation: it took a second for each of our wide statements, more than running them."""
_PG_CONFLICTS = {"40001", "40P01", "55P03"}


class Database:
    """One database: `read()` and `write()` hand out connections in a transaction, `run()` repeats a write that met a conflict."""

    def __init__(self, url: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = url
        self.is_postgres = make_url(url).get_backend_name() == "postgresql"
        self._sleep = sleep
        if self.is_postgres:
            self._reader = self._writer = create_engine(
                url, pool_pre_ping=True, hide_parameters=True, isolation_level="READ COMMITTED", connect_args={"options": _PG_OPTIONS}
            )
        else:
            self._reader = _sqlite_engine(url, "BEGIN")
            self._writer = _sqlite_engine(url, "BEGIN IMMEDIATE")

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._writer

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A connection in a reading transaction."""
        try:
            with self._reader.begin() as connection:
                yield connection
        except DBAPIError as error:
            if _is_conflict(error):
                raise _busy(error) from error
            raise

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A connection in a writing transaction, committed at the end."""
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def unguarded(self) -> Generator[Connection]:
        """As `write`, but SQLite minds no foreign keys: for rebuilding tables that others refer to, and nothing else."""
        with self._writer.connect() as connection:
            driver: Any = None if self.is_postgres else connection.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA foreign_keys = OFF")
            try:
                with connection.begin():
                    yield connection
            finally:
                if driver is not None:
                    driver.execute("PRAGMA foreign_keys = ON")

    def run(self, work: Callable[[Connection], T]) -> T:
        """The result of `work` in one committed transaction; a conflict with another writer runs it again, at most five times.

        `work` touches nothing but the database, so a repetition is harmless.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.write() as connection:
                    return work(connection)
            except DBAPIError as error:
                if not _is_conflict(error):
                    raise
                if attempt == ATTEMPTS:
                    raise _busy(error) from error
                self._sleep(attempt * attempt / 20)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Give all connections back."""
        self._reader.dispose()
        self._writer.dispose()


def insert_ignoring(connection: Connection, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that leaves a row which is already there as it is. Never test its rowcount: the drivers disagree."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(row).on_conflict_do_nothing()


def _busy(error: DBAPIError) -> TransientError:
    what = "the connection was lost" if error.connection_invalidated else "another writer held the lock through every attempt"
    return TransientError(f"database: {what}")


def _is_conflict(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in _PG_CONFLICTS or error.connection_invalidated or "database is locked" in str(error.orig)


def _sqlite_engine(url: str, begin: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise ConfigError(f"database: {parsed.get_backend_name()!r} is not supported; use sqlite:///FILE or postgresql+psycopg://…")
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = None  # SQLAlchemy's BEGIN is ours to send
        connection.executescript(_PRAGMAS)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.exec_driver_sql(begin)

    @event.listens_for(engine, "handle_error")
    def _lost_transaction(context: ExceptionContext) -> None:  # pyright: ignore[reportUnusedFunction]
        """A full disk rolls back by itself; without this, the next statement would commit on its own."""
        connection = context.connection
        if connection is not None and not connection.invalidated and connection.in_transaction():
            driver: Any = connection.connection.dbapi_connection
            if not driver.in_transaction:
                context.is_disconnect = True

    return engine
