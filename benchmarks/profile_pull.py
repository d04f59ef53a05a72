"""Where the CPU of `entrepot run pull_orders` goes: one load in this process, under cProfile, on one thread.

`python benchmarks/profile_pull.py --orders 10000 --database postgres|sqlite [--again]` prints microseconds per order by function: first
its own, then with everything below it. `--again` profiles the load of the same window a second time. The profiler makes calls dearer
than they are (about twice, where functions are small), so read it for the order of things; ingest.py measures.
"""

import argparse
import cProfile
import os
import pstats
import shutil
import tempfile
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TypeVar, cast

from hub_home import ORDERS_FROM, environment, write_home
from measuring import cpu_below
from private_postgres import private_postgres
from shop_process import running_shop
from street_pages import FIRST_READ

import operations.pull
from operations.pull import Wanted
from operations.runtime.hub import Hub, open_hub
from operations.runtime.settings import Settings
from operations.verbs import pull_orders

T = TypeVar("T")
WORLDS = Path(__file__).parents[1] / ".benchmarks" / "worlds"


def in_turn(values: Iterable[T]) -> Generator[T]:
    """What stands in for reading ahead while we look: with one thread, time in a function is its own and not another thread's."""
    yield from values


def report(profiler: cProfile.Profile, orders: int) -> None:
    """Print the dearest functions: by what they cost themselves, and with everything they call."""
    stats = pstats.Stats(profiler)
    for title, order, most in (("own", "tottime", 45), ("with all below", "cumtime", 80)):
        print(f"\n{title} (us/order, calls/order)")
        for place, calls, own, below in sorted(_rows(stats), key=lambda row: row[2 if order == "tottime" else 3], reverse=True)[:most]:
            print(f"{(own if order == 'tottime' else below) * 1e6 / orders:8.1f} {calls / orders:7.2f}  {place}")


def _rows(stats: pstats.Stats) -> list[tuple[str, int, float, float]]:
    table = cast("dict[tuple[str, int, str], tuple[int, int, float, float, object]]", vars(stats)["stats"])
    return [
        (f"{'/'.join(Path(file).parts[-3:])}:{line} {name}", calls, own, below)
        for (file, line, name), (_, calls, own, below, _) in table.items()
    ]


def profile(hub: Hub, orders: int, server: int | None, *, is_again: bool) -> None:
    """Load once, or twice and look at the second."""
    wanted = Wanted(ORDERS_FROM, FIRST_READ)
    if is_again:
        pull_orders(hub, None, wanted)
    profiler, started, cpu, server_cpu = cProfile.Profile(), time.perf_counter(), time.process_time(), cpu_below(server)
    with profiler:
        outcomes = pull_orders(hub, None, wanted)
    wall_us, cpu_us = ((now - then) * 1e6 / orders for now, then in ((time.perf_counter(), started), (time.process_time(), cpu)))
    print("; ".join(f"{outcome.outcome} {outcome.counts} {outcome.message}" for outcome in outcomes))
    server_us = (cpu_below(server) - server_cpu) * 1e6 / orders
    print(f"under the profiler: wall {wall_us:.0f}, client CPU {cpu_us:.0f}, PostgreSQL CPU {server_us:.0f} us/order")
    report(profiler, orders)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    operations.pull.lookahead = in_turn
    home = Path(tempfile.mkdtemp(prefix="entrepot-profile-"))
    try:
        with running_shop(WORLDS, asked.orders) as shop:
            write_home(home, shop.port)
            if asked.database == "sqlite":
                _profile_at(home, f"sqlite:///{home}/entrepot.db", asked.orders, None, is_again=asked.again)
                return
            with private_postgres() as postgres:
                _profile_at(home, postgres.fresh("profile"), asked.orders, postgres.pid, is_again=asked.again)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _profile_at(home: Path, url: str, orders: int, server: int | None, *, is_again: bool) -> None:
    os.environ.update(environment(home, url))
    with open_hub(Settings()) as hub:
        profile(hub, orders, server, is_again=is_again)


if __name__ == "__main__":
    main()
