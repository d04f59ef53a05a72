"""What all tests share: both databases, a hub on each, and a clock that stands still until it is told to move."""

import sys
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from model.store import migrating
from model.store.database import Database

sys.path.insert(0, str(Path(__file__).parents[1]))  # `tests` is a namespace: shared pieces are imported as tests.…

from tests.postgres_server import private_postgres  # the path comes first


@pytest.fixture(scope="session")
def postgres_server() -> Generator[str]:
    """A running PostgreSQL with a migrated template database; its address without database name."""
    with private_postgres() as server:
        with psycopg.connect(_plain(server, "postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE entrepot_template")
        template = Database(f"{server}/entrepot_template")
        migrating.upgrade(template)
        template.close()
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a migrated, empty SQLite database."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrating.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # pyright: ignore
    database.close()
    return path.read_bytes()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """The address of a fresh, migrated database, once on each of the two."""
    if request.param == "sqlite":
        path = tmp_path / "entrepot.db"
        path.write_bytes(request.getfixturevalue("sqlite_template"))
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"t{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(_plain(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE entrepot_template")  # pyright: ignore
    yield f"{server}/{name}"
    with psycopg.connect(_plain(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # pyright: ignore


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    """A fresh, migrated database, once on each of the two."""
    opened = Database(database_url, sleep=lambda _seconds: None)
    yield opened
    opened.close()


@dataclass
class StillClock:
    """A clock that moves only when told."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))

    def now(self) -> datetime:
        """The instant it stands at."""
        return self.at

    def move(self, **by: int) -> None:
        """Move on, `move(minutes=5)`."""
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> StillClock:
    """A clock that stands at noon of 2 March 2026."""
    return StillClock()


def _plain(server: str, name: str) -> str:
    return f"{server}/{name}".replace("+psycopg", "")
