"""Where the CPU of `entrepot run pull_orders` goes: one load in this process, sampled by the CPU time of each thread.

`python benchmarks/profile_pull.py --orders 10000 --database postgres|sqlite [--again]` prints microseconds per order by function: first
its own and what it calls in C, then with everything below it. `--again` profiles the load of the same window a second time.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from hub_home import ORDERS_FROM, environment, write_home
from measuring import cpu_below
from private_postgres import private_postgres
from shop_process import running_shop
from street_pages import FIRST_READ

from operations.pull import Wanted
from operations.runtime.hub import Hub, open_hub
from operations.runtime.settings import Settings
from operations.verbs import pull_orders

INTERVAL_S = 0.001
WORLDS = Path(__file__).parents[1] / ".benchmarks" / "worlds"


class Sampler:
    """Looks at every thread about a thousand times a second and books the CPU it spent since to where it stands."""

    def __init__(self) -> None:
        self.own: Counter[str] = Counter()
        self.below: Counter[str] = Counter()
        self.threads: Counter[str] = Counter()
        self._spent: dict[int, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sampler", daemon=True)

    @contextmanager
    def watching(self) -> Generator[None]:
        """Sample while the block runs."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(INTERVAL_S / 2)  # else the sampler waits five milliseconds for its turn
        self._thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._thread.join()
            sys.setswitchinterval(before)

    def _watch(self) -> None:
        while not self._stopped.wait(INTERVAL_S):
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            for ident, frame in sys._current_frames().items():  # noqa: SLF001  the documented way to see other threads  # pyright: ignore[reportPrivateUsage]
                if ident != self._thread.ident and ident in names:
                    self._book(ident, names[ident], frame)

    def _book(self, ident: int, name: str, frame: FrameType) -> None:
        try:
            now = time.clock_gettime(time.pthread_getcpuclockid(ident))
        except OSError:
            return  # the thread ended meanwhile
        spent = now - self._spent.get(ident, now)
        self._spent[ident] = now
        if spent <= 0:
            return
        self.threads[name] += spent  # pyright: ignore[reportArgumentType]  a Counter of seconds
        self.own[_place(frame)] += spent  # pyright: ignore[reportArgumentType]
        seen: set[str] = set()
        step: FrameType | None = frame
        while step is not None:
            seen.add(_place(step))
            step = step.f_back
        for place in seen:
            self.below[place] += spent  # pyright: ignore[reportArgumentType]


def _place(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    return f"{'/'.join(path.parts[-3:])}:{frame.f_code.co_qualname}"


def report(sampler: Sampler, orders: int, wall_s: float, cpu_s: float, server_cpu_s: float) -> None:
    """Print the tables."""
    print(f"wall {wall_s:.2f} s, client CPU {cpu_s * 1e6 / orders:.0f} us/order, PostgreSQL CPU {server_cpu_s * 1e6 / orders:.0f} us/order")
    for title, table, most in (("by thread", sampler.threads, 8), ("own", sampler.own, 40), ("with all below", sampler.below, 70)):
        print(f"\n{title} (us/order)")
        for place, seconds in table.most_common(most):
            print(f"{seconds * 1e6 / orders:8.1f}  {place}")


def profile(hub: Hub, orders: int, server: int | None, *, is_again: bool) -> None:
    """Load once, or twice and look at the second."""
    wanted = Wanted(ORDERS_FROM, FIRST_READ)
    if is_again:
        pull_orders(hub, None, wanted)
    sampler, started, cpu, server_cpu = Sampler(), time.perf_counter(), time.process_time(), cpu_below(server)
    with sampler.watching():
        outcomes = pull_orders(hub, None, wanted)
    print("; ".join(f"{outcome.outcome} {outcome.counts} {outcome.message}" for outcome in outcomes))
    report(sampler, orders, time.perf_counter() - started, time.process_time() - cpu, cpu_below(server) - server_cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
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
