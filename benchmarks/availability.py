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
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from measuring import measure
from private_postgres import Postgres, private_postgres
from sqlalchemy import Connection, Engine, bindparam, create_engine, text

from model.store import availability, touches
from model.store.audit_trail import Actor
from model.store.availability import ChannelPolicy
from model.store.bulk import PrimitiveRow, insert_rows
from model.store.database import Database
from model.store.sealing import MasterKey
from model.tables.base import Day
from model.tables.catalogue import KitPartRow, ListingRow, SkuMapRow, SkuRow
from model.tables.stock import BackorderRow, InboundRow, SafetyStockRow, StockLevelRow, StockLocationRow
from model.tables.streams import ChannelAccountRow
from model.values.ids import derive_id
from model.values.instant import iso
from operations.publish_stock import refresh_touched
from operations.runtime.collector import collect_rarely
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, Entity, HubFile, Location, StockSettings
from operations.stock_policy import policy_of

SKUS: Final = 200_000
CHANGED: Final = 100
"""One SKU in so many changes."""
START: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT: Final = {step: START + timedelta(hours=hour) for hour, step in enumerate(("first", "again", "changed", "touched", "floor"))}
"""What each step's clock says; rows it wrote bear it."""
ENTITY: Final = Entity(id="main", name="Measured company", currency="EUR", country="DE", zone="Europe/Berlin")
LOCATIONS: Final = (Location(id="main", name="Main"), Location(id="store", name="Store"))
STOCK: Final[dict[str, dict[str, object]]] = {
    "all": {"inbound_days": 7},
    "careful": {"share": "0.8", "safety": "1"},
    "ending": {"end_when": 2, "inbound_days": 7},
    "bounded": {"max_listed": 20, "safety": "2"},
    "one-place": {"share": "0.5", "locations": ("main",)},
}
"""Five channels, and how each sells from stock."""

Finding = dict[str, Any]


# The store


def hub_file() -> HubFile:
    """The five channels, as hub.toml would name them."""
    channels = [
        Channel(
            id=name, name=name, entity="main", connector="woocommerce", zone="Europe/Berlin", orders_from=START, live_from=START,
            stock=StockSettings.model_validate(stock),
        )
        for name, stock in STOCK.items()
    ]  # fmt: skip
    return HubFile(Path("hub.toml"), "", None, (ENTITY,), (), tuple(channels), LOCATIONS)


def code_of(number: int) -> str:
    """A SKU's code; every tenth number, from 9 on, is a kit."""
    return f"SKU-{number:07}"


class Wares:
    """SKUs with their stock, the same for the same number; every tenth is a kit of two or three of the others."""

    def __init__(self, skus: int) -> None:
        self.codes = [code_of(number) for number in range(skus)]
        self.kits = self.codes[9::10]
        self.plain = [code for number, code in enumerate(self.codes) if number % 10 != 9]
        self.at = iso(START)

    def fill(self, connection: Connection) -> None:
        """Write all rows."""
        chance = random.Random(7)  # noqa: S311  sizes, not secrets
        channels = [(name, "woocommerce", "main", None, self.at, None, None) for name in STOCK]
        insert_rows(connection, ChannelAccountRow.__table__, channels)  # pyright: ignore[reportArgumentType]
        insert_rows(connection, StockLocationRow.__table__, [(each.id, "hub", self.at) for each in LOCATIONS])  # pyright: ignore[reportArgumentType]
        for row, rows in (
            (SkuRow, [(code, code, "piece", True, True, None, None, None, None, None, self.at) for code in self.codes]),
            (KitPartRow, list(self.parts(chance))),
            (StockLevelRow, list(self.levels(chance))),
            (BackorderRow, list(self.backorders(chance))),
            (InboundRow, list(self.inbound(chance))),
            (SafetyStockRow, list(self.safety(chance))),
        ):
            insert_rows(connection, row.__table__, rows)  # pyright: ignore[reportArgumentType]
        for position, name in enumerate(STOCK):
            ids = [derive_id(name, "listing", code) for code in self.codes]
            insert_rows(connection, ListingRow.__table__, list(self.listings(name, ids)))  # pyright: ignore[reportArgumentType]
            insert_rows(connection, SkuMapRow.__table__, list(self.mapped(name, ids, position)))  # pyright: ignore[reportArgumentType]

    def parts(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """Two or three parts of each kit, one, two or a half of each."""
        for kit in self.kits:
            for part in chance.sample(self.plain, chance.choice((2, 3))):
                yield kit, part, chance.choice((500, 1000, 1000, 2000))

    def levels(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """All in the main place and two thirds in the store; a fifth has reservations, some is damaged or held."""
        for code in self.plain:
            for place in ("main", "store")[: 1 if chance.random() < 1 / 3 else 2]:
                on_hand = chance.choice((0, 1, 3, 10, 40, 200)) * 1000 + chance.choice((0, 0, 0, 500))
                reserved = min(on_hand, chance.randrange(5) * 1000) if chance.random() < 0.2 else 0
                damaged = min(on_hand - reserved, 1000) if chance.random() < 0.05 else 0
                held = min(on_hand - reserved - damaged, 2000) if chance.random() < 0.02 else 0
                yield code, place, on_hand, damaged, held, reserved, 1

    def backorders(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """Two in a hundred SKUs, most of them open. No order stands behind them; nothing here reads it."""
        order = derive_id("order")
        for code in chance.sample(self.plain, len(self.plain) // 50):
            is_open = chance.random() < 0.8
            ended_at = None if is_open else self.at
            yield derive_id(code), order, code, code, "main", 2000, "open" if is_open else "filled", self.at, ended_at

    def inbound(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """One in twenty SKUs, some of it late or partly received."""
        for code in chance.sample(self.plain, len(self.plain) // 20):
            on = START + timedelta(days=chance.randrange(14))
            yield code, code, "main", 24_000, chance.choice((0, 0, 6000, 30_000)), f"{on:%Y-%m-%d}", "open", self.at

    def safety(self, chance: random.Random) -> Iterator[PrimitiveRow]:
        """One in ten SKUs for two of the channels, a few by a person's word."""
        for name in ("careful", "bounded"):
            for code in chance.sample(self.codes, len(self.codes) // 10):
                yield name, code, chance.randrange(6) * 1000, chance.random() < 0.1, self.at

    def listings(self, name: str, ids: Sequence[str]) -> Iterator[PrimitiveRow]:
        """Each SKU once."""
        for code, listing in zip(self.codes, ids, strict=True):
            yield listing, name, code, None, code, code, code, "goods", True, self.at, self.at, None

    def mapped(self, name: str, ids: Sequence[str], position: int) -> Iterator[PrimitiveRow]:
        """To itself; one in twenty is a box of six, on each channel another one."""
        for number, (code, listing) in enumerate(zip(self.codes, ids, strict=True)):
            yield listing, name, code, code, 6000 if number % 20 == position else 1000, "me", self.at


def make_store(url: str, skus: int) -> None:
    """Make a full store at the address, on PostgreSQL with the statistics autovacuum gathers; the hub never has SQLite gather any."""
    from model.store.migrating import upgrade  # noqa: PLC0415  Alembic takes long to import, and the measured steps need none

    database = Database(url)
    upgrade(database)
    database.close()
    engine = create_engine(url)  # without the hub's pragmas: SQLite checks no foreign keys while it is filled
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        Wares(skus).fill(connection)
        connection.exec_driver_sql(
            f"CREATE TABLE floor_stock (listing_id {'UUID' if engine.dialect.name == 'postgresql' else 'TEXT'}, desired BIGINT)"
        )
    tidy(engine)
    engine.dispose()


def tidy(engine: Engine) -> None:
    """What autovacuum does within a minute; nothing on SQLite."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


# The steps, each in a process of its own


@dataclass(frozen=True, slots=True)
class At:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        """The step's instant."""
        return self.moment


def compute_all(hub: Hub) -> None:
    """Every listing of every channel by one statement a channel, each in a transaction of its own."""
    at = hub.clock.now()
    for policy in policies(hub.file):
        hub.database.run(lambda connection, one=policy: availability.refresh(connection, one, None, at=at))


def compute_touched(hub: Hub) -> None:
    """What the hub does before it publishes."""
    refresh_touched(hub)


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


def policies(file: HubFile) -> list[ChannelPolicy]:
    """What the channels may show; on the first day throughout, so that only stock changes between the steps."""
    return [policy_of(file, channel, START) for channel in file.channels]


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
