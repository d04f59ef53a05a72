"""Measure how fast stock levels go out under a limit: Entrepot's lanes beside a shared httpx client and aiohttp, each as a process.

    benchmarks/anchors/setup.sh                          # once: aiohttp's own environment
    python benchmarks/publish.py                         # 1,000 single updates a second, then batches under the connectors' limits
    python benchmarks/publish.py --parts single --only entrepot --skus 5000
    python benchmarks/publish.py --parts batches,unchanged

The remote is stock_server.py, a process of its own: a leaky bucket and a memory of what came. Every line tells the machine's load, and
for how long in all the machine let an idle process sleep too long, as what is lost by that is lost by no contender.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import httpx
from availability import START, At, compute_all, hub_file, make_store
from push_levels import level
from sqlalchemy import Connection, text

from connectors import registry
from connectors.capabilities import Rate, SinkFacts
from model.store import runs
from model.store.audit_trail import Actor
from model.store.database import Database
from model.store.sealing import MasterKey
from model.values.ids import derive_id
from model.values.instant import iso
from operations.publish_stock import publish_channel, refresh_touched
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel

HERE: Final = Path(__file__).parent
AIOHTTP: Final = HERE.parent / ".benchmarks/aiohttp/bin/python"
SKUS: Final = 50_000
SINGLE: Final = Rate(Fraction(1000), 40)
SINGLE_LATENCY_MS: Final = 20
BATCH_LATENCY_MS: Final = 300
"""A request of a hundred targets takes real shops longer than one of a single target."""
_STALL_S: Final = 0.005

Finding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contender:
    """Who sends, and by which command."""

    name: str
    python: Path
    command: tuple[str, ...]
    """Where the port belongs stands `{port}`."""
    share: int = 1
    """It is given one in so many SKUs, where all of them would take minutes."""


CONTENDERS: Final = (
    Contender("entrepot", Path(sys.executable), (str(HERE / "push_levels.py"), "{port}")),
    Contender("httpx shared", Path(sys.executable), (str(HERE / "anchors/push_levels.py"), "{port}", "httpx"), share=10),
    Contender("aiohttp", AIOHTTP, (str(HERE / "anchors/push_levels.py"), "{port}", "aiohttp")),
)


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be sent, and what the remote bears."""

    name: str
    skus: int
    batch: int
    rate: Rate
    latency_ms: int

    @property
    def requests(self) -> int:
        """How many requests that are."""
        return -(-self.skus // self.batch)

    @property
    def ideal_s(self) -> float:
        """The shortest time in which any client is done: the burst at once, the rest at the rate, and the last answer's way back."""
        return float(max(self.requests - self.rate.burst, 0) / self.rate.per_second) + self.latency_ms / 1000

    @property
    def checksum(self) -> int:
        """What the server reports if every level arrived as it was."""
        return sum((sku + 1) * level(sku) for sku in range(self.skus))


@contextmanager
def running_server() -> Generator[int]:
    """A stock server of one's own; gives its port."""
    command = [sys.executable, str(HERE / "stock_server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise SystemExit("the stock server has no pipes")
        try:
            yield int(json.loads(process.stdout.readline())["port"])
        finally:
            process.stdin.close()
            process.wait(30)


class Run:
    """One contender at work on one load."""

    def __init__(self, contender: Contender, load: Load, port: int) -> None:
        self.contender, self.load, self.port = contender, load, port
        rate = f"{float(load.rate.per_second)}"
        httpx.post(f"http://127.0.0.1:{port}/bench/begin?rate={rate}&burst={load.rate.burst}&latency_ms={load.latency_ms}")
        command = [part.replace("{port}", str(port)) for part in contender.command]
        asked = ["--skus", str(load.skus), "--batch", str(load.batch), "--rate", rate, "--burst", str(load.rate.burst)]
        self.process = subprocess.Popen([str(contender.python), *command, *asked], stdout=subprocess.PIPE, text=True)

    def finding(self, stalled_s: float) -> Finding:
        """What the contender saw and what the server saw, once it has ended."""
        text, _ = self.process.communicate()
        if self.process.returncode:
            raise SystemExit(f"{self.contender.name}: ended with {self.process.returncode}")
        told: Finding = json.loads(text)
        server: Finding = httpx.get(f"http://127.0.0.1:{self.port}/bench/report", timeout=60).json()
        lost = self.load.skus - server["skus"]
        return {
            "load": self.load.name,
            "contender": self.contender.name,
            "used": round(100 * self.load.ideal_s / told["wall_s"], 2),
            "refused": server["refused"],
            "repeated": server["repeated"],
            "lost": lost if lost or server["checksum"] == self.load.checksum else -1,
            **told,
            "ideal_s": round(self.load.ideal_s, 3),
            "own_p99_ms": server["own_p99_ms"],
            "server_cpu_s": round(server["cpu_s"], 1),
            "machine_load": round(os.getloadavg()[0], 1),
            "stalled_s": round(stalled_s, 2),
        }


def stalls_while(is_going_on: Callable[[], bool]) -> float:
    """Seconds by which an idle process overslept, counting only sleeps more than 5 ms too long."""
    overslept = 0.0
    while is_going_on():
        before = time.perf_counter()
        time.sleep(0.005)
        late = time.perf_counter() - before - 0.005
        overslept += late if late > _STALL_S else 0
    return overslept


def run_together(pairs: Sequence[tuple[Contender, Load]]) -> list[Finding]:
    """Run each pair against a server of its own, all at the same time."""
    with ExitStack() as stack:
        ports = [stack.enter_context(running_server()) for _ in pairs]
        runs = [Run(contender, load, port) for (contender, load), port in zip(pairs, ports, strict=True)]
        stalled = stalls_while(lambda: any(run.process.poll() is None for run in runs))
        return [run.finding(stalled) for run in runs]


def single(only: Sequence[str], skus: int) -> Iterator[Finding]:
    """One update a request, each contender after the other."""
    for contender in CONTENDERS:
        if only and contender.name not in only:
            continue
        if not contender.python.exists():
            print(f"{contender.name}: skipped, its environment is not installed (benchmarks/anchors/setup.sh)")
            continue
        yield from run_together([(contender, Load("single", skus // contender.share, 1, SINGLE, SINGLE_LATENCY_MS))])


def batches(skus: int) -> Iterator[Finding]:
    """As many SKUs for each connector that publishes, under the limits it declares, all channels at once."""
    loads = [
        Load(name, skus, facts.batch, facts.rate, BATCH_LATENCY_MS)
        for name in registry.names()
        if isinstance(facts := getattr(registry.find(name), "sink_facts", None), SinkFacts)
    ]
    yield from run_together([(CONTENDERS[0], load) for load in loads])


class Counting(httpx.BaseTransport):
    """A way out that counts what leaves, and lets nothing through."""

    def __init__(self) -> None:
        self.requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse."""
        self.requests += 1
        return httpx.Response(503, request=request)


def unchanged(skus: int) -> Iterator[Finding]:
    """Catalogues of three channels that show what they shall, published once more by the hub's own verb: no request may leave."""
    os.environ["BENCH_WOO_SECRET"] = "cs_bench"  # noqa: S105  no shop has it
    settings = {"url": "http://shop.test", "consumer_key": "ck_bench", "consumer_secret": "env:BENCH_WOO_SECRET"}
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as home:
        url = f"sqlite:///{home}/unchanged.db"
        make_store(url, skus)
        file = hub_file()
        shops = tuple(
            Channel.model_validate(each.model_dump() | {"settings": settings, "allow_hosts": ("shop.test",)}) for each in file.channels[:3]
        )
        database, way_out = Database(url), Counting()
        hub = Hub(
            replace(file, channels=shops), database, MasterKey.in_file(Path(home) / "master.key"), Actor("me", "Me"), clock=At(START),
            transport=lambda _channel: way_out,
        )  # fmt: skip
        compute_all(hub)
        listings = database.run(lambda connection: settle_all(connection, shops))
        started, cpu = time.perf_counter(), time.process_time()
        refresh_touched(hub)
        reports = [publish_channel(hub, shop) for shop in shops]
        wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
        database.close()
    if any(each.outcome != "done" for each in reports):
        raise SystemExit("; ".join(each.line for each in reports))
    yield {
        **dict.fromkeys((key for key, _ in COLUMNS), "-"), "load": "unchanged", "contender": "entrepot", "wall_s": round(wall_s, 2),
        "cpu_us": round(cpu_s / listings * 1e6, 1), "machine_load": round(os.getloadavg()[0], 1), "requests": way_out.requests,
        "listings": listings,
    }  # fmt: skip


def settle_all(connection: Connection, shops: Sequence[Channel]) -> int:
    """Let every listing show what it shall, with all orders read; gives how many there are."""
    same = ", ".join(f"{name} = desired" for name in ("sent", "told", "seen", "exposure"))
    shown = text(f"UPDATE shown_stock SET state = 'settled', told_at = :at, seen_at = :at, {same}")  # noqa: S608  our own words
    listings = connection.execute(shown, {"at": iso(START)}).rowcount
    runs.meet_actor(connection, "me", "Me", at=START)
    runs.keep_config(connection, "0" * 32, "", at=START)
    for number, shop in enumerate(shops):
        run = runs.Run(
            id=derive_id("bench", str(number)),
            account_id=shop.id,
            stream="orders",
            scope="",
            actor_id="me",
            started_at=START,
            config_hash="0" * 32,
        )
        runs.begin(connection, run, "Me")
        runs.end(connection, run.id, "done", None, at=START)
    return listings


def goals(finding: Finding) -> Iterator[tuple[str, bool]]:
    """What Entrepot must reach."""
    if finding["contender"] != "entrepot":
        return
    if finding["load"] == "unchanged":
        yield f"unchanged: {finding['listings']} listings send nothing ({finding['requests']} requests)", finding["requests"] == 0
        return
    share = 99 if finding["load"] == "single" else 97
    yield f"{finding['load']}: >= {share} % of the limit used ({finding['used']})", finding["used"] >= share
    yield f"{finding['load']}: no 429 ({finding['refused']})", finding["refused"] == 0
    yield (
        f"{finding['load']}: none twice, none lost ({finding['repeated']}, {finding['lost']})",
        finding["repeated"] == finding["lost"] == 0,
    )
    if finding["load"] == "single":
        yield f"single: p99 <= {2 * SINGLE_LATENCY_MS} ms ({finding['p99_ms']})", finding["p99_ms"] <= 2 * SINGLE_LATENCY_MS


COLUMNS: Final = (
    ("load", "load"), ("contender", "contender"), ("used", "used %"), ("wall_s", "wall s"), ("ideal_s", "ideal s"), ("refused", "429s"),
    ("repeated", "twice"), ("lost", "lost"), ("p50_ms", "p50 ms"), ("p99_ms", "p99 ms"), ("own_p99_ms", "server p99"), ("cpu_us", "CPU µs"),
    ("peak_mib", "MiB"), ("machine_load", "load"), ("stalled_s", "stalled s"),
)  # fmt: skip


def main() -> None:
    """Measure what is asked for, print the table and the goals."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", default="single,batches,unchanged")
    parser.add_argument("--only", default="", help="contenders of the single updates, by name")
    parser.add_argument("--skus", type=int, default=SKUS)
    asked = parser.parse_args()
    only = [name for name in asked.only.split(",") if name]
    parts: dict[str, Callable[[], Iterator[Finding]]] = {
        "single": lambda: single(only, asked.skus),
        "batches": lambda: batches(asked.skus),
        "unchanged": lambda: unchanged(asked.skus),
    }
    print("| " + " | ".join(title for _, title in COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    findings: list[Finding] = []
    for part in asked.parts.split(","):
        for finding in parts[part]():
            print("| " + " | ".join(str(finding[key]) for key, _ in COLUMNS) + " |", flush=True)
            findings.append(finding)
    for goal, is_met in (goal for finding in findings for goal in goals(finding)):
        print(f"{'met   ' if is_met else 'MISSED'} {goal}")


if __name__ == "__main__":
    main()
