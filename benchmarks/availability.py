"""Measure how fast availability is computed: every listing of five channels, beside the plainest SQL that gives the same quantities.

    python benchmarks/availability.py                                       # 200,000 SKUs, PostgreSQL and SQLite
    python benchmarks/availability.py --skus 20000 --databases sqlite

The store is made first and not measured. Each step is then a process of its own from start to exit, the floor as well. After each step
the desired quantity of every listing is compared with the floor's by one statement; a run that differs is marked WRONG.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from measuring import measure
from private_postgres import Postgres, private_postgres
from sqlalchemy import Connection, Engine, bindparam, create_engine, text
from stocked_store import START, STOCK, At, code_of, compute_all, hub_file, make_store, policies, tidy

from model.store import touches
from model.store.audit_trail import Actor
from model.store.availability import ChannelPolicy
from model.store.database import Database
from model.store.sealing import MasterKey
from model.tables.base import Day
from model.values.instant import iso
from operations.refresh_availability import refresh_availability
from operations.runtime.collector import collect_rarely
from operations.runtime.hub import Hub

SKUS: Final = 200_000
CHANGED: Final = 100
"""One SKU in so many changes."""
AT: Final = {step: START + timedelta(hours=hour) for hour, step in enumerate(("first", "again", "changed", "touched", "floor"))}
"""What each step's clock says; rows it wrote bear it."""
Finding = dict[str, Any]


# The steps, each in a process of its own


def compute_touched(hub: Hub) -> None:
    """What the hub does before it publishes."""
    refresh_availability(hub)


def compute_floor(hub: Hub) -> None:
    """The same quantities by the plainest statement, one a channel, into a bare table: no operands, no change is detected."""
    for policy in policies(hub.file):
        hub.database.run(lambda connection, one=policy: floor(connection, one))


_FLOOR = """
INSERT INTO floor_stock (listing_id, desired)
WITH free AS (
    SELECT sku, CAST(SUM(quantity) AS BIGINT) AS quantity FROM (
        SELECT sku, on_hand - damaged - held - reserved AS quantity FROM stock_level WHERE location_id IN ({places})
        UNION ALL SELECT sku, -quantity FROM backorder WHERE state = 'open' AND location_id IN ({places})
        UNION ALL SELECT sku, quantity - received FROM inbound
        WHERE state = 'open' AND expected_on <= :until AND quantity > received AND location_id IN ({places})
    ) AS moved GROUP BY sku
),
based AS (
    SELECT m.listing_id, m.sku, m.factor,
           MIN(COALESCE(f.quantity, 0) / (m.factor * COALESCE(k.quantity, 1000) / 1000)) AS base
    FROM sku_map m JOIN listing l ON l.id = m.listing_id JOIN sku s ON s.code = m.sku
    LEFT JOIN kit_part k ON k.kit = m.sku LEFT JOIN free f ON f.sku = COALESCE(k.part, m.sku)
    WHERE m.account_id = :account AND l.is_tracked AND l.kind = 'goods' AND l.gone_at IS NULL AND s.is_tracked AND s.is_active
    GROUP BY m.listing_id, m.sku, m.factor
),
wanted AS (
    SELECT b.listing_id, CASE WHEN b.base <= :end_when THEN 0 ELSE b.base * :share / 1000
           - (CASE WHEN f.is_manual OR f.quantity > :safety THEN f.quantity ELSE :safety END + b.factor - 1) / b.factor END AS quantity
    FROM based b LEFT JOIN safety_stock f ON f.sku = b.sku AND f.account_id = :account
)
SELECT listing_id, CASE WHEN quantity < 0 THEN 0 WHEN quantity > :limit THEN :limit ELSE quantity END FROM wanted
"""


def floor(connection: Connection, policy: ChannelPolicy) -> None:
    """One channel."""
    places = ", ".join(f"'{place}'" for place in policy.locations)
    statement = text(_FLOOR.format(places=places)).bindparams(bindparam("until", type_=Day()))
    connection.execute(
        statement,
        {
            "account": policy.account_id, "until": policy.inbound_until, "share": policy.share, "safety": policy.safety,
            "end_when": policy.end_when, "limit": 10**15 if policy.max_listed is None else policy.max_listed,
        },
    )  # fmt: skip


STEPS: Final[dict[str, Callable[[Hub], None]]] = {
    "first": compute_all,
    "again": compute_all,
    "changed": compute_touched,
    "touched": compute_touched,
    "floor": compute_floor,
}


def work(step: str, url: str, home: Path) -> None:
    """One step, as the measured process; says how long it took without imports."""
    collect_rarely()
    database = Database(url)
    hub = Hub(hub_file(), database, MasterKey.in_file(home / "master.key"), Actor("me", "Me"), clock=At(AT[step]))
    started = time.perf_counter()
    STEPS[step](hub)
    print(json.dumps({"inner_s": round(time.perf_counter() - started, 3)}))
    database.close()


# Measuring


@dataclass(frozen=True, slots=True)
class Place:
    """A made store, and what it takes to run a step against it."""

    database: str
    url: str
    engine: Engine
    home: Path
    skus: int
    postgres: Postgres | None

    def run(self, step: str) -> Finding:
        """Measure a step."""
        if self.postgres:
            self.postgres.settle()
        os.sync()
        command = [sys.executable, __file__, "--step", step, "--url", self.url, "--home", str(self.home)]
        run = measure(command, environment={}, server=self.postgres.pid if self.postgres else None)
        if run.returncode:
            raise SystemExit(f"{self.database} {step}: ended with {run.returncode}\n{run.output[-4000:]}")
        finding: Finding = {
            "database": self.database, "step": step, "written": self.count(f"computed_at = '{iso(AT[step])}'"), "wall_s": run.wall_s,
            "cpu_s": round(run.cpu_s + run.server_cpu_s, 2), "client_mib": run.peak_mib, "load": round(os.getloadavg()[0], 1),
            **json.loads(run.output.splitlines()[-1]),
        }  # fmt: skip
        return finding

    def count(self, where: str, table: str = "shown_stock") -> int:
        """Rows of a table."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one())  # noqa: S608  our own words

    def differs(self) -> int:
        """Listings whose desired quantity is not the floor's, or that only one of the two knows."""
        statement = """
        SELECT count(*) FROM (SELECT listing_id, desired FROM shown_stock EXCEPT SELECT listing_id, desired FROM floor_stock) AS ours
        UNION ALL
        SELECT count(*) FROM (SELECT listing_id, desired FROM floor_stock EXCEPT SELECT listing_id, desired FROM shown_stock) AS theirs
        """
        with self.engine.connect() as connection:
            return sum(connection.execute(text(statement)).scalars())

    def floor(self) -> Finding:
        """Measure the floor into its empty table, and count what it wrote."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM floor_stock")
        tidy(self.engine)
        return self.run("floor") | {"written": self.count("true", "floor_stock")}

    def change(self, share: int) -> int:
        """Three more on hand of one SKU in so many, all of them plain, marked as touched; gives how many."""
        with self.engine.begin() as connection:
            codes = [code_of(number) for number in range(0, self.skus, share)]
            add = text("UPDATE stock_level SET on_hand = on_hand + 3000, version = version + 1 WHERE sku = :sku AND location_id = 'main'")
            connection.execute(add, [{"sku": code} for code in codes])
            touches.touch(connection, codes)
        return len(codes)

    def forget(self) -> None:
        """No listing shows anything, and every SKU was touched, as after master data were read in."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM shown_stock")
            connection.exec_driver_sql("INSERT INTO stock_touch (sku, version) SELECT code, 1 FROM sku")
        tidy(self.engine)


def findings(place: Place) -> Iterator[Finding]:
    """All steps in their order, with the floor of the same state of stock."""
    listings = place.skus * len(STOCK)
    floor_first = place.floor()
    yield _checked(floor_first, floor_first, floor_first["written"] == listings)
    first = place.run("first")
    yield _checked(first, floor_first, first["written"] == listings and not place.differs())
    tidy(place.engine)
    again = place.run("again")
    yield _checked(again, floor_first, again["written"] == 0)
    skus = place.change(CHANGED)
    changed = place.run("changed")
    floor_then = place.floor()
    untouched = place.count("true", "stock_touch") == 0
    yield _checked(changed, floor_then, changed["written"] >= skus * len(STOCK) and untouched and not place.differs())
    yield _checked(floor_then, floor_then, floor_then["written"] == listings)
    place.forget()
    touched = place.run("touched")
    yield _checked(touched, floor_then, touched["written"] == listings and not place.differs())


def _checked(finding: Finding, floor_of_it: Finding, is_right: bool) -> Finding:  # noqa: FBT001  the one thing it says
    return finding | {
        "inner_per_floor": round(finding["inner_s"] / floor_of_it["inner_s"], 2),
        "per_floor": round(finding["wall_s"] / floor_of_it["wall_s"], 2),
        "cpu_per_floor": round(finding["cpu_s"] / floor_of_it["cpu_s"], 2),
        "is_right": "yes" if is_right else "WRONG",
    }


COLUMNS: Final = (
    ("database", "database"), ("step", "step"), ("written", "rows written"), ("wall_s", "wall s"), ("inner_s", "inner s"),
    ("cpu_s", "CPU s"), ("client_mib", "client MiB"),
    ("inner_per_floor", "inner / floor"), ("per_floor", "wall / floor"), ("cpu_per_floor", "CPU / floor"),
    ("load", "load"), ("is_right", "right"),
)  # fmt: skip


def measure_all(skus: int, databases: Sequence[str]) -> bool:
    """Make each store, measure it, print the table as it grows; gives whether all of it was right."""
    all_right = True
    print("| " + " | ".join(title for _, title in COLUMNS) + " |\n|" + "---|" * len(COLUMNS), flush=True)
    for database in databases:
        with ExitStack() as stack:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-bench-", ignore_cleanup_errors=True)))
            postgres = stack.enter_context(private_postgres()) if database == "postgres" else None
            url = postgres.fresh("availability") if postgres else f"sqlite:///{home}/availability.db"
            url = url.replace("postgresql://", "postgresql+psycopg://")
            # in a process of its own: a child counts the memory of the process that started it as its own peak
            subprocess.run([sys.executable, __file__, "--step", "make", "--url", url, "--skus", str(skus)], check=True)
            engine = create_engine(url)
            stack.callback(engine.dispose)
            for finding in findings(Place(database, url, engine, home, skus, postgres)):
                print("| " + " | ".join(str(finding[key]) for key, _ in COLUMNS) + " |", flush=True)
                all_right &= finding["is_right"] == "yes"
    return all_right


def main() -> None:
    """Measure what is asked for, or be the measured process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skus", type=int, default=SKUS, help="a tenth of them kits; each is listed on all five channels")
    parser.add_argument("--databases", default="postgres,sqlite")
    for name in ("--step", "--url", "--home"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step == "make":
        make_store(asked.url, asked.skus)
        return
    if asked.step:
        work(asked.step, asked.url, Path(asked.home))
        return
    print(f"Python {platform.python_version()}; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}; {asked.skus} SKUs\n")
    if not measure_all(asked.skus, asked.databases.split(",")):
        raise SystemExit("some of it is WRONG")


if __name__ == "__main__":
    main()
