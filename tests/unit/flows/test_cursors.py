"""Prefect's server in one process: no cursor of its SQLite file outlives its work, be it a failed one or one of a cancelled task."""

import asyncio
import gc
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from flows.cursors import ClosingConnection, close_cursors_in_time

PATIENCE_MS = 20_000
"""How long a connection waits for the write lock; nothing here waits so long unless the event loop stands still."""


def insert_one(cursor: sqlite3.Cursor) -> None:
    cursor.execute("INSERT INTO line VALUES (1)")


def insert_some(cursor: sqlite3.Cursor) -> None:
    cursor.executemany("INSERT INTO line VALUES (?)", [(2,), (1,)])


def read_some(cursor: sqlite3.Cursor) -> None:
    """SQLite has no absolute value of its smallest number, and finds that out at the second row."""
    cursor.execute("SELECT abs(column1) FROM (VALUES (1), (-9223372036854775808))").fetchall()


@pytest.fixture(scope="module", autouse=True)
def cursors_close_in_time() -> None:
    close_cursors_in_time()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with one row, written ahead as Prefect's."""
    path = tmp_path / "some.db"
    with closing(another(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE line (number INTEGER UNIQUE)")
        connection.execute("INSERT INTO line VALUES (1)")
    return path


def another(path: Path) -> sqlite3.Connection:
    """A connection of somebody else, who does not wait."""
    return sqlite3.connect(path, timeout=0, isolation_level=None)


@asynccontextmanager
async def connected(path: Path) -> AsyncGenerator[AsyncConnection]:
    """A connection of Prefect's own engine."""
    engine = await AioSqliteConfiguration(f"sqlite+aiosqlite:///{path}").engine()
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(f"PRAGMA busy_timeout = {PATIENCE_MS}")
            yield connection
    finally:
        await engine.dispose()


async def begun(connection: AsyncConnection, statement: str) -> "asyncio.Task[object]":
    """A task whose statement is at work in the connection's own thread, where it has the connection's mutex."""
    loop, started = asyncio.get_running_loop(), asyncio.Event()
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None

    def tell(_statement: str) -> None:
        loop.call_soon_threadsafe(started.set)

    await driver.set_trace_callback(tell)
    task: asyncio.Task[object] = asyncio.create_task(connection.exec_driver_sql(statement))
    await started.wait()
    return task


def test_a_failed_cursor_that_is_collected_does_not_hold_up_the_event_loop(file: Path) -> None:
    async def story() -> None:
        async with connected(file) as connection:
            with pytest.raises(IntegrityError) as failed:
                await connection.exec_driver_sql("INSERT INTO line VALUES (1)")
            await connection.rollback()
            with closing(another(file)) as holder:
                holder.execute("BEGIN IMMEDIATE")
                waiting = await begun(connection, "BEGIN IMMEDIATE")

                del failed
                gc.collect()
                holder.execute("ROLLBACK")

            await waiting

    asyncio.run(story())


def test_a_task_cancelled_between_rows_leaves_no_lock(file: Path) -> None:
    async def story() -> None:
        async with connected(file) as connection:
            with closing(another(file)) as holder:
                holder.execute("BEGIN IMMEDIATE")
                cancelled = await begun(connection, "UPDATE line SET number = 2 RETURNING number")
                cancelled.cancel()
                holder.execute("ROLLBACK")
                with pytest.raises(asyncio.CancelledError) as kept:
                    await cancelled

                holder.execute("BEGIN IMMEDIATE")

                assert kept

    asyncio.run(story())


@pytest.mark.parametrize("failing", [insert_one, insert_some, read_some])
def test_a_cursor_that_fails_is_closed(file: Path, failing: Callable[[sqlite3.Cursor], None]) -> None:
    with closing(sqlite3.connect(file, factory=ClosingConnection)) as connection:
        cursor = connection.cursor()
        with pytest.raises(sqlite3.Error):
            failing(cursor)

        with pytest.raises(sqlite3.ProgrammingError, match="closed cursor"):
            cursor.execute("SELECT 1")


def test_a_connection_is_closed_twice_like_once(file: Path) -> None:
    connection = sqlite3.connect(file, factory=ClosingConnection)
    cursor = connection.execute("SELECT number FROM line")
    connection.close()
    connection.close()

    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        cursor.execute("SELECT 1")
