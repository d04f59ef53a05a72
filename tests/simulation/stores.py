"""Fresh stores, one per run: copies of a migrated SQLite file, or databases made from a migrated PostgreSQL template."""

import os
import sqlite3
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from model.store import migrating
from model.store.database import Database
from tests.simulation.mortality import Mortality, make_mortal

TEMPLATE = "simulation_template"


@dataclass(slots=True)
class Stores:
    """Where the runs of one process keep their files, and which stores they can have.

    All runs of a process use one store after another under the same address, and thus the same engines: SQLAlchemy keeps what it
    compiled with the engine, and compiling anew would cost more than all the rest of a run.
    """

    home: Path
    sqlite_template: bytes
    postgres: str | None
    """Address of a server that has the template, without database name."""
    opened: dict[tuple[str, str], tuple[Database, Mortality]] = field(default_factory=dict[tuple[str, str], tuple[Database, Mortality]])

    def worker(self, url: str, role: str) -> tuple[Database, Mortality]:
        """The database a worker of that role opens in every life, and that life, begun anew; the pool is empty as in a new process."""
        if (url, role) not in self.opened:
            database, life = Database(url, sleep=_no_sleep), Mortality()
            make_mortal(database, life)
            self.opened[url, role] = database, life
        database, life = self.opened[url, role]
        database.close()
        life.begin()
        return database, life

    @contextmanager
    def fresh(self, kind: str) -> Generator[str]:
        """The address of an empty, migrated store, gone afterwards; `kind` is sqlite or postgres."""
        name = f"run_{os.getpid()}"
        if kind == "sqlite":
            path = self.home / f"{name}.db"
            path.write_bytes(self.sqlite_template)
            yield f"sqlite:///{path}"
            self._close_all()
            for left in self.home.glob(f"{name}.db*"):
                left.unlink()
            return
        if self.postgres is None:
            raise RuntimeError("this run wants PostgreSQL and no server was started")
        copy_postgres(self.postgres, TEMPLATE, name)
        yield f"{self.postgres}/{name}"
        self._close_all()
        with _maintenance(self.postgres) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # pyright: ignore[reportCallIssue, reportArgumentType]

    def _close_all(self) -> None:
        for database, _ in self.opened.values():
            database.close()


def _no_sleep(_seconds: float) -> None:
    return


def migrated_sqlite(home: Path) -> bytes:
    """The bytes of an empty SQLite store at the newest revision."""
    path = home / "template.db"
    database = Database(f"sqlite:///{path}")
    migrating.upgrade(database)
    database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()


def prepare_postgres(server: str) -> None:
    """Make the migrated template on a fresh server."""
    with _maintenance(server) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    database = Database(f"{server}/{TEMPLATE}")
    migrating.upgrade(database)
    database.close()


def copy_postgres(server: str, template: str, name: str) -> None:
    """Make a database like another one, in place of what was there under its name."""
    with _maintenance(server) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # pyright: ignore[reportCallIssue, reportArgumentType]
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")  # pyright: ignore[reportCallIssue, reportArgumentType]


def _maintenance(server: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(f"{server}/postgres".replace("+psycopg", ""), autocommit=True)


class Books:
    """A plain connection to a run's store, apart from the product's: it reads what is there, and lets time pass for leases."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite"):
            self._connection: Any = sqlite3.connect(
                url.removeprefix("sqlite:///"), isolation_level=None, timeout=30, check_same_thread=False
            )
        else:
            self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return [tuple(row) for row in self._connection.execute(sql).fetchall()]

    def facts(self, table: str, without: Collection[str]) -> list[dict[str, Any]]:
        """All rows of a table by column name, some columns left out; sealed ones never come along."""
        found = self._connection.execute(f"SELECT * FROM {table}")  # noqa: S608  a fixed name
        names = [str(column[0]) for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return [{name: value for name, value in row.items() if name not in without and not isinstance(value, bytes)} for row in rows]

    def age_leases(self, elapsed_ms: int) -> None:
        """Make every held lease so much older: its clock is the database's, which the simulation cannot turn."""
        self._connection.execute(f"UPDATE lease SET expires_at_ms = expires_at_ms - {elapsed_ms} WHERE expires_at_ms > 0")  # noqa: S608

    def close(self) -> None:
        """Let go of the store."""
        self._connection.close()
