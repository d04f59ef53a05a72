"""Measure how fast orders come in: Entrepot beside dlt, an ORM merge and the floor, each as a whole process, reading the same shop.

    benchmarks/anchors/setup.sh                              # once: the anchors' environments
    python benchmarks/ingest.py                              # 10,000 and 100,000 orders, PostgreSQL and SQLite
    python benchmarks/ingest.py --sizes 10000 --databases postgres --only entrepot,floor
    python benchmarks/ingest.py --report                     # the table and the goals again, from what is written down

Every run is a line of JSON in --out, so a run that was cut short goes on with --only; of several lines of one step the last counts.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from contenders import CONTENDERS, KEPT, Contender, Place, steps_at
from goals import GOALS, Key, table
from hub_home import environment, write_home
from measuring import cpu_below, measure
from prefect_run import run_flow, running_prefect
from private_postgres import Postgres, private_postgres
from shop_process import Shop, running_shop
from sqlalchemy import create_engine, text
from street_pages import CHANGED

_IS_RIGHT: dict[str, Callable[[Counter[str], int], bool]] = {
    "first": lambda counts, orders: counts["new"] == orders and counts["changed"] == 0,
    "idle": lambda counts, _orders: counts["new"] == counts["changed"] == 0,
    "again": lambda counts, orders: counts["new"] == counts["changed"] == 0 and counts["unchanged"] >= orders,
    # some edits only move the date of change; those are read and found to say nothing new
    "changed": lambda counts, orders: (
        counts["new"] == 0 < counts["changed"] and int(orders * CHANGED) <= counts["changed"] + counts["unchanged"]
    ),
}
"""What Entrepot must count at each step."""
UNDER_PREFECT = "entrepot under Prefect"


@dataclass(frozen=True, slots=True)
class Ground:
    """What all runs of one size share."""

    orders: int
    shop: Shop
    postgres: Postgres
    folder: Path
    book: Path


def main() -> None:
    asked = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers end with us
    if not asked.report:
        with ExitStack() as stack:
            postgres = stack.enter_context(private_postgres())
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-bench-", ignore_cleanup_errors=True)))
            print(f"{postgres.version}; Python {platform.python_version()}; {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
            for orders in asked.sizes:
                with running_shop(KEPT / "worlds", orders) as shop:
                    measure_all(Ground(orders, shop, postgres, folder, asked.out), asked.databases, asked.only)
    results = read_book(asked.out)
    right = {key: row for key, row in results.items() if not row["wrong"]}
    print("\n".join(["", *table(results), "", *(goal.verdict(right) for goal in GOALS)]))


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [contender.name for contender in CONTENDERS] + [UNDER_PREFECT]
    parser.add_argument("--sizes", type=_numbers, default=[10_000, 100_000], help="orders, with commas between")
    parser.add_argument("--databases", type=_words, default=["postgres", "sqlite"], help="postgres, sqlite")
    parser.add_argument("--only", type=_words, default=names, help=", ".join(names))
    parser.add_argument("--out", type=Path, default=KEPT / "ingest.jsonl", help="where results are kept")
    parser.add_argument("--report", action="store_true", help="measure nothing")
    return parser.parse_args()


def _words(given: str) -> list[str]:
    return [word.strip() for word in given.split(",")]


def _numbers(given: str) -> list[int]:
    return [int(word) for word in _words(given)]


def measure_all(ground: Ground, databases: Sequence[str], only: Sequence[str]) -> None:
    """Every chosen contender at one size, one after the other."""
    rehearse(ground)
    for contender in CONTENDERS:
        if contender.name not in only:
            continue
        if contender.missing:
            print(contender.missing)
            continue
        for database in ("none", *databases):
            measure_steps(ground, contender, database)
    if UNDER_PREFECT in only and "postgres" in databases:
        measure_under_prefect(ground)


def rehearse(ground: Ground) -> None:
    """Have every page asked for once, so that the shop has it ready whoever comes first; nothing of it is kept."""
    ground.shop.show("before")
    for contender in CONTENDERS:
        if contender.name in {"pages", "entrepot"}:
            place = _place(ground, contender, "sqlite")
            run = measure(contender.command(place, "first"), environment=contender.environment(place))
            print(f"rehearsed {contender.name}" if run.returncode == 0 else f"rehearsal of {contender.name} failed:\n{run.output[-2000:]}")


def measure_steps(ground: Ground, contender: Contender, database: str) -> None:
    """The steps of one contender on one database."""
    steps = steps_at(contender, ground.orders, database)
    if not steps:
        return
    place = _place(ground, contender, database)
    variables = contender.environment(place)
    for step in steps:
        ground.shop.show("after" if step == "changed" else "before")
        ground.postgres.settle()
        os.sync()
        shop_cpu = ground.shop.cpu_s()
        run = measure(contender.command(place, step), environment=variables, server=ground.postgres.pid)
        row: dict[str, Any] = asdict(run)
        row |= {"shop_cpu_s": round(ground.shop.cpu_s() - shop_cpu, 3), "said": last_word(row.pop("output"))}
        row["wrong"] = what_is_wrong(contender, place, step, ground.orders, row)
        row |= {"inner_s": json.loads(row["said"])["inner_s"]} if contender.name == "pages" and not row["wrong"] else {}
        write_down(ground, database, contender.name, step, row)


def last_word(output: str) -> str:
    """The JSON line a run ended with, or else its last line; warnings may stand around it."""
    lines = output.strip().splitlines() or [""]
    return next((line for line in reversed(lines) if line.startswith("{")), lines[-1][-400:])


def _place(ground: Ground, contender: Contender, database: str) -> Place:
    folder = ground.folder / contender.name.replace(" ", "-") / database
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    url = ground.postgres.fresh("measured") if database == "postgres" else f"sqlite:///{folder}/orders.db"
    return Place(ground.shop.url, ground.shop.port, url, folder)


def what_is_wrong(contender: Contender, place: Place, step: str, orders: int, row: dict[str, Any]) -> str | None:
    """Why a run's figures must not be believed: it failed, or did not do the work."""
    if row["returncode"]:
        return f"exit {row['returncode']}: {row['said']}"
    if contender.name == "entrepot":
        counts = json.loads(row["said"])["runs"][0]["counts"]
        if not _IS_RIGHT[step](Counter(counts), orders) or counts["quarantined"]:
            return f"unexpected {counts}"
    if contender.name in {"entrepot", "floor"}:
        return _wrong_count(place, orders)
    if contender.runs_in == "dlt" and json.loads(row["said"])["distinct"] != orders:
        return f"stored {row['said']}"
    return None


def _wrong_count(place: Place, orders: int) -> str | None:
    engine = create_engine(place.driver_url)
    with engine.connect() as connection:
        found, total = connection.execute(text("SELECT count(*), sum(total_minor) FROM orders")).one()
    engine.dispose()
    return None if found == orders and total else f"{found} orders are stored, {orders} were to be"


def measure_under_prefect(ground: Ground) -> None:
    """A first load as a run of the deployed flow, into a fresh PostgreSQL database."""
    ground.shop.show("before")
    home = write_home(ground.folder / f"prefect-{ground.orders}", ground.shop.port, is_active=False)
    url = ground.postgres.fresh("under_prefect")
    try:
        with running_prefect(home, environment(home, url)) as (client, server):
            server_cpu = cpu_below(ground.postgres.pid)
            run = run_flow(client, server)
            server_cpu = cpu_below(ground.postgres.pid) - server_cpu
    except httpx.HTTPError as error:
        print(f"{UNDER_PREFECT}: not measured: {error}")
        return
    place = Place(ground.shop.url, ground.shop.port, url, home)
    wrong = None if run.state == "COMPLETED" else f"{run.state}: {run.message}"
    row = {
        "wall_s": run.run_s,
        "from_trigger_s": run.from_trigger_s,
        "cpu_s": run.cpu_s,
        "server_cpu_s": round(server_cpu, 3),
        "peak_mib": run.peak_mib,
        "said": run.message,
        "wrong": wrong or _wrong_count(place, ground.orders),
    }
    write_down(ground, "postgres", UNDER_PREFECT, "first", row)


def write_down(ground: Ground, database: str, contender: str, step: str, row: dict[str, Any]) -> None:
    """Add a result to the book and tell it."""
    key = {"orders": ground.orders, "database": database, "contender": contender, "step": step}
    stamp = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "load": round(os.getloadavg()[0], 2)}  # noqa: TID251  a benchmark has no clock to be given
    ground.book.parent.mkdir(parents=True, exist_ok=True)
    with ground.book.open("a", encoding="utf-8") as book:
        book.write(json.dumps({**key, **stamp, **row}) + "\n")
    print(*list(table({_key(key): row}))[1:], flush=True)


def read_book(path: Path) -> dict[Key, dict[str, Any]]:
    """All results, the last one of each step."""
    return {_key(row): row for row in _rows(path)}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        row: dict[str, Any] = json.loads(line)
        yield row


def _key(row: dict[str, Any]) -> Key:
    return row["orders"], row["database"], row["contender"], row["step"]


if __name__ == "__main__":
    main()
