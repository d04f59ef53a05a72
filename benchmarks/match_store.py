"""Store to matches saved, end to end: `match_store.py [--orders 100000] [--databases sqlite,postgres]`.

The generated quarter of the tests is told to a hub, and each of its accounts is reconciled as the flow does it: sides read from the store,
unsealed, matched, matches and breaks written in one transaction.
"""

import argparse
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from private_postgres import private_postgres
from sqlalchemy import func, select

from model.store import migrating
from model.store.database import Database
from model.tables.reconciliations import MoneyMatchMemberRow
from operations.money.reconcile import reconcile_account
from tests.conftest import StillClock
from tests.simulation.quarter_store import SINCE, UNTIL, Desk
from tests.simulation.quarter_truth import BANK, CARDS, MARKET_MONEY, STORE, WALLET
from tests.simulation.quarter_world import build


@contextmanager
def database_of(kind: str, home: Path) -> Generator[Database]:
    """A fresh database with the hub's schema."""
    if kind == "sqlite":
        yield Database(f"sqlite:///{home / 'entrepot.db'}")
        return
    with private_postgres() as server:
        yield Database(server.fresh("store").replace("postgresql://", "postgresql+psycopg://"))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--orders", type=int, default=100_000)
    words.add_argument("--databases", default="sqlite,postgres")
    asked = words.parse_args()
    world = build(asked.orders)
    print("| database | account | s | lines looked at | members saved | lines a second |\n|---|---|---|---|---|---|")
    for kind in asked.databases.split(","):
        with tempfile.TemporaryDirectory() as folder, database_of(kind, Path(folder)) as database:
            migrating.upgrade(database)
            desk = Desk(database, Path(folder), StillClock())
            desk.tell(world.arrivals)
            total = looked_at = 0.0
            for name in (CARDS, STORE, WALLET, MARKET_MONEY, BANK):
                started = time.perf_counter()
                report = reconcile_account(desk.hub, desk.hub.file.account(name), SINCE, UNTIL)
                took = time.perf_counter() - started
                if report.outcome != "done":
                    raise SystemExit(report.line)
                lines, matched = report.counts["lines"], report.counts["matched"]
                print(f"| {kind} | {name} | {took:.2f} | {lines} | {matched} | {lines / took:.0f} |", flush=True)
                total, looked_at = total + took, looked_at + lines
            with database.read() as connection:
                saved = connection.execute(select(func.count()).select_from(MoneyMatchMemberRow)).scalar_one()
            print(f"| {kind} | all | {total:.2f} | {looked_at:.0f} | {saved} | {looked_at / total:.0f} |", flush=True)
            database.close()


if __name__ == "__main__":
    main()
