"""How fast what happened becomes posted vouchers, beside the floor: the same rows inserted with nothing that makes books safe.

    PYTHONPATH=. python benchmarks/vouchers.py [--facts 20000] [--databases postgres,sqlite] [--profile]

A fact is a settlement line with a fee: one voucher of three lines each. The floor writes the very rows that posting made (vouchers as
posted, lines, which fact each tells of) into a fresh store, in pages of 2,000 and by the same COPY or executemany; left out are
reading the facts, rules, rates, numbering, the posting UPDATE and all triggers.
Both keep keys, checks and foreign keys. Wall by the clock of this process.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from private_postgres import Postgres, private_postgres
from sqlalchemy import Table, select

from model.store import migrating
from model.store.book_facts import BOOKED
from model.store.bulk import PrimitiveRow, column_names, insert_rows, primitive
from model.store.database import Database
from model.store.vouchers import LINES, PERIODS, VOUCHERS
from operations.books.post import post_vouchers
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.shelf import open_shelf
from tests.unit.operations.money_desk import Desk, charge
from tests.unit.operations.posting_desk import open_books

PAGE = 2_000
MADE = (PERIODS, VOUCHERS, LINES, BOOKED)


def main() -> None:
    """Print a row for each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=20_000)
    parser.add_argument("--databases", default="postgres,sqlite")
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    print("| facts | database | posted s | vouchers/s | again s | floor s | floor vouchers/s | of the floor |\n" + "|---" * 8 + "|")
    with private_postgres() as postgres:
        for kind in asked.databases.split(","):
            print(row(kind, postgres, asked.facts, is_profiled=asked.profile), flush=True)


def row(kind: str, postgres: Postgres, facts: int, *, is_profiled: bool) -> str:
    """A row of the table."""
    with fresh(kind, postgres, "posted") as (database, home):
        desk = laid(database, home, facts)
        profile = cProfile.Profile()
        started = time.perf_counter()
        (report,) = profile.runcall(post_vouchers, desk.hub) if is_profiled else post_vouchers(desk.hub)
        posted = time.perf_counter() - started
        started = time.perf_counter()
        (again,) = post_vouchers(desk.hub)
        idle = time.perf_counter() - started
        if report.counts["vouchers"] != facts + 4 or again.counts["vouchers"] or report.problems:
            raise SystemExit(f"WRONG: {report.line} {report.problems[:1]}")
        if is_profiled:
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        made = {table: read(database, table) for table in MADE}
        people = read(database, _actors())
    with fresh(kind, postgres, "floor") as (database, _):
        floor = written(database, made, people)
    count = facts + 4
    told = [f"{posted:.2f}", f"{count / posted:.0f}", f"{idle:.2f}", f"{floor:.2f}", f"{count / floor:.0f}", f"{floor / posted:.2f}"]
    return f"| {facts} | {kind} | {' | '.join(told)} |"


@contextmanager
def fresh(kind: str, postgres: Postgres, name: str) -> Generator[tuple[Database, Path]]:
    """A migrated store and a home."""
    with tempfile.TemporaryDirectory(prefix="entrepot-vouchers-", ignore_cleanup_errors=True) as folder:
        url = f"sqlite:///{folder}/entrepot.db"
        if kind == "postgres":
            url = postgres.fresh(name).replace("postgresql://", "postgresql+psycopg://")
        database = Database(url)
        migrating.upgrade(database)
        yield database, Path(folder)
        database.close()


def laid(database: Database, home: Path, facts: int) -> Desk:
    """Facts that nobody has posted, and rules in force."""
    hub: Hub = open_shelf(database, home, StillClock())
    desk = open_books(hub, home, StillClock())
    for start in range(0, facts, PAGE):
        desk.lines(*(charge(f"ch_{number}", 1000 + number, 30) for number in range(start, min(start + PAGE, facts))))
    if database.is_postgres:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE settlement_line, settlement_fee")
    return desk


def _actors() -> Table:
    return VOUCHERS.metadata.tables["actor"]


def read(database: Database, table: Table) -> list[PrimitiveRow]:
    """All rows of a table."""
    with database.read() as connection:
        return [tuple(primitive(value) for value in each) for each in connection.execute(select(table))]


def written(database: Database, made: dict[Table, list[PrimitiveRow]], people: list[PrimitiveRow]) -> float:
    """How long the floor takes for the same rows, a page of vouchers in a transaction."""
    drop_guards(database)
    with database.write() as connection:
        insert_rows(connection, _actors(), people)
        insert_rows(connection, PERIODS, made[PERIODS])
    names = {table: column_names(table).index(name) for table, name in ((LINES, "voucher_id"), (BOOKED, "voucher_id"))}
    below: dict[Table, dict[object, list[PrimitiveRow]]] = {table: {} for table in names}
    for table, place in names.items():
        for each in made[table]:
            below[table].setdefault(each[place], []).append(each)
    pages = [made[VOUCHERS][start : start + PAGE] for start in range(0, len(made[VOUCHERS]), PAGE)]
    rows = [{table: [line for each in page for line in below[table].get(each[0], ())] for table in names} for page in pages]
    started = time.perf_counter()
    for page, lines in zip(pages, rows, strict=True):
        with database.write() as connection:
            insert_rows(connection, VOUCHERS, page)
            for table in names:
                insert_rows(connection, table, lines[table])
    return time.perf_counter() - started


def drop_guards(database: Database) -> None:
    """The floor has no triggers."""
    with database.write() as connection:
        if database.is_postgres:
            for table in MADE:
                connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
            return
        for each in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            connection.exec_driver_sql(f"DROP TRIGGER {each.name}")


if __name__ == "__main__":
    main()
