"""Measure claims and settlements of the outbox: 1, 4 and 8 dispatchers on each database, beside the same in bare SQL, in one run.

    python benchmarks/outbox.py                                  # 20,000 commands, PostgreSQL and SQLite
    python benchmarks/outbox.py --commands 2000 --databases sqlite

A dispatcher claims ten commands in a transaction, sends nothing, and settles each in a transaction of its own, as the hub does; `claims
alone` settles none. The anchor does the same to a table of five columns without seal, order within an aggregate, gate or checks. Behind
each run every command must be done (or claimed) and none may have been claimed twice; otherwise the row says WRONG.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from private_postgres import private_postgres
from sqlalchemy import Connection, text

from model.store import accounts, migrating, outbox
from model.store.database import Database
from model.store.leases import this_process
from model.store.outbox import Fate, Intent
from model.store.sealing import MasterKey, Sealer
from model.values.ids import derive_id

COMMANDS: Final = 20_000
BATCH: Final = 10
WORKERS: Final = (1, 4, 8)
AT: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
BODY: Final = b"x" * 700
ACCOUNT: Final = "threepl"
FIND: Final = "SELECT id FROM bare WHERE state = 'pending' AND due <= 1 ORDER BY due LIMIT :n"


def fill(database: Database, key_file: Path, count: int) -> None:
    """Commands that are due, each of an aggregate of its own."""
    sealer = Sealer(MasterKey.in_file(key_file))
    database.run(lambda c: accounts.meet(c, ACCOUNT, "shipbob", "main", at=AT))
    key_id = sealer.key_for(database, ACCOUNT, AT)
    for start in range(0, count, 1000):
        some = [
            Intent(key=derive_id("bench", str(n)), account_id=ACCOUNT, operation="submit_shipment", aggregate=f"a{n}",
                   subject_id=derive_id("subject", str(n)), reference=f"F{n}", body=BODY, key_id=key_id)
            for n in range(start, min(start + 1000, count))
        ]  # fmt: skip
        database.run(lambda c, some=some: outbox.write(c, some, sealer, at=AT))


def fill_bare(database: Database, _key_file: Path, count: int) -> None:
    """The anchor's table."""
    rows = [{"id": derive_id("bench", str(n)), "due": n % 2} for n in range(count)]
    with database.write() as c:
        c.execute(text("CREATE TABLE bare (id TEXT PRIMARY KEY, state TEXT, due BIGINT, token BIGINT, holder TEXT)"))
        c.execute(text("CREATE INDEX bare_due ON bare (due) WHERE state <> 'done'"))
        c.execute(text("INSERT INTO bare VALUES (:id, 'pending', :due, 0, NULL)"), rows)


def claim_all(url: str, key_file: str, *, settles: bool = False) -> list[str]:
    """One dispatcher of ours; gives what it claimed."""
    database, sealer, claimed = Database(url), Sealer(MasterKey.in_file(Path(key_file))), list[str]()
    now, holder = AT + timedelta(minutes=1), this_process()
    while some := database.run(
        lambda c: outbox.claim(c, ACCOUNT, resent=("submit_shipment",), holder=holder, limit=BATCH, now=now, sealer=sealer)
    ):
        for each in some:
            claimed.append(each.key)
            if settles:
                done = Fate(state="done", due_at=now, external_id="1")
                database.run(lambda c, each=each, done=done: outbox.settle(c, each, done, at=now))
    database.close()
    return claimed


def claim_all_bare(url: str, _key_file: str, *, settles: bool = False) -> list[str]:
    """One dispatcher of the anchor."""
    database, claimed = Database(url), list[str]()

    def claim(c: Connection) -> list[str]:
        lock = " FOR UPDATE SKIP LOCKED" if database.is_postgres else ""
        mark = f"UPDATE bare SET state = 'sending', token = token + 1 WHERE id IN ({FIND}{lock}) RETURNING id"  # noqa: S608  our own text
        return list(c.execute(text(mark), {"n": BATCH}).scalars())

    while some := database.run(claim):
        for one in some:
            claimed.append(one)
            if settles:
                settle = text("UPDATE bare SET state = 'done' WHERE id = :id AND state = 'sending'")
                database.run(lambda c, one=one, settle=settle: c.execute(settle, {"id": one}))
    database.close()
    return claimed


class Contender(NamedTuple):
    """How a store is filled, what one dispatcher does, in which table, and the state in which all are then."""

    fill: Callable[[Database, Path, int], None]
    work: Callable[[str, str], list[str]]
    table: str
    ends: str


CONTENDERS: Final[dict[str, Contender]] = {
    "entrepot": Contender(fill, partial(claim_all, settles=True), "outbox", "done"),
    "bare SQL": Contender(fill_bare, partial(claim_all_bare, settles=True), "bare", "done"),
    "entrepot, claims alone": Contender(fill, claim_all, "outbox", "sending"),
    "bare SQL, claims alone": Contender(fill_bare, claim_all_bare, "bare", "sending"),
}


@contextmanager
def stores(kind: str) -> Generator[Callable[[str], str]]:
    """Gives the address of a fresh database, by name."""
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        if kind == "sqlite":
            yield lambda name: f"sqlite:///{folder}/{name}.db"
            return
        with private_postgres() as server:
            yield lambda name: server.fresh(name).replace("postgresql://", "postgresql+psycopg://")


def run(url: str, contender: str, workers: int, count: int, key_file: Path) -> tuple[float, bool]:
    """Seconds from the first claim to the last settlement, and whether everything was done once."""
    prepare, work, table, ends = CONTENDERS[contender]
    database = Database(url)
    migrating.upgrade(database)
    prepare(database, key_file, count)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(time.sleep, [0.5] * workers))  # everybody is there before the watch starts
        started = time.perf_counter()
        found = [each for one in [pool.submit(work, url, str(key_file)) for _ in range(workers)] for each in one.result()]
        took = time.perf_counter() - started
    with database.read() as c:
        done = c.execute(text(f"SELECT COUNT(*) FROM {table} WHERE state = '{ends}'")).scalar_one()  # noqa: S608  our own names
    database.close()
    return took, done == count == len(found) == len(set(found))


def main() -> None:
    """Print one row for each run, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=COMMANDS)
    parser.add_argument("--databases", default="postgres,sqlite")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}; {asked.commands} commands, {BATCH} a claim\n")
    print("| database | dispatchers | contender | commands a second | wall s | twice or lost |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as keys:
        key_file = Path(keys) / "master.key"
        for kind in asked.databases.split(","):
            with stores(kind) as address:
                for workers in WORKERS:
                    for contender in CONTENDERS:
                        url = address(f"{contender.replace(' ', '_').replace(',', '')}_{workers}")
                        took, is_right = run(url, contender, workers, asked.commands, key_file)
                        verdict = "none" if is_right else "WRONG"
                        print(f"| {kind} | {workers} | {contender} | {asked.commands / took:.0f} | {took:.1f} | {verdict} |", flush=True)


if __name__ == "__main__":
    main()
