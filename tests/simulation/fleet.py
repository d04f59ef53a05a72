"""Stores for whoever runs seeds: in this process, or in worker processes that share one PostgreSQL server."""

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from tests.postgres_server import private_postgres
from tests.simulation.stores import Stores, migrated_sqlite, prepare_postgres

T = TypeVar("T")
Job = tuple[int, str]
"""Seed and kind of database."""


@contextmanager
def scratch() -> Generator[Path]:
    """A folder in memory where the machine has one, gone afterwards."""
    memory = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it
    home = Path(tempfile.mkdtemp(prefix="entrepot-sim-", dir=memory if memory.is_dir() else None))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def stores(*, postgres: bool = False) -> Generator[Stores]:
    """Stores for one process, with a PostgreSQL server of its own if wanted."""
    with scratch() as home:
        if not postgres:
            yield Stores(home, migrated_sqlite(home), None)
            return
        with private_postgres() as server:
            prepare_postgres(server)
            yield Stores(home, migrated_sqlite(home), server)


class _Own:
    """The stores of a worker process."""

    stores: Stores


def _begin(home: Path, template: bytes, server: str | None) -> None:
    folder = Path(tempfile.mkdtemp(dir=home))
    _Own.stores = Stores(folder, template, server)


def _run(job: Job, run: Callable[[int, Stores, str], T]) -> T:
    return run(job[0], _Own.stores, job[1])


def run_all(jobs: Sequence[Job], shared: Stores, workers: int, run: Callable[[int, Stores, str], T]) -> Iterator[T]:
    """What came of many jobs, in their order, from so many worker processes; closing the iterator drops what has not begun."""
    context = get_context("spawn")
    started = (shared.home, shared.sqlite_template, shared.postgres)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=started)
    try:
        yield from pool.map(partial(_run, run=run), jobs)
    finally:
        pool.shutdown(cancel_futures=True)
