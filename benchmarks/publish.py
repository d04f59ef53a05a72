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
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import httpx
from publish_unchanged import unchanged
from push_levels import level

from connectors import registry
from connectors.capabilities import Rate, SinkFacts

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
        "unchanged": lambda: iter([dict.fromkeys((key for key, _ in COLUMNS), "-") | unchanged(asked.skus)]),
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
