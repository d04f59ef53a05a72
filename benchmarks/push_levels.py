"""Send stock levels to a running stock_server.py as the hub does: through `Http.send_each`, with the guard and the hub's number of lanes.

    python push_levels.py PORT --skus 50000 --rate 1000 --burst 40 [--batch 1] [--lanes 48] [--profile]

Prints one line of JSON: what the caller saw of it.
"""

import argparse
import cProfile
import json
import pstats
import resource
import sys
import time
from collections import Counter
from fractions import Fraction

import httpx

from connectors._kit.guard import guarded_transport
from connectors._kit.http import Http
from connectors._kit.writes import Write
from connectors.capabilities import Rate
from operations.runtime.collector import collect_rarely
from operations.runtime.hub import LANES


class Timed(httpx.BaseTransport):
    """A lane's way out that notes how long each answer took."""

    def __init__(self, port: int, elapsed_ms: list[float]) -> None:
        self._way_out = guarded_transport((f"127.0.0.1:{port}",))
        self._elapsed_ms = elapsed_ms

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send on."""
        started = time.perf_counter()
        response = self._way_out.handle_request(request)
        self._elapsed_ms.append((time.perf_counter() - started) * 1000)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._way_out.close()


def level(sku: int) -> int:
    """What each contender tells about a SKU; the server's checksum shows whether it arrived."""
    return sku % 97


def writes(skus: int, batch: int) -> list[Write]:
    """All levels, as many in a request as asked for."""
    rows = [{"sku": sku, "level": level(sku)} for sku in range(skus)]
    bodies: list[object] = list(rows) if batch == 1 else [rows[start : start + batch] for start in range(0, skus, batch)]
    return [Write(method="POST", path="levels", body=body) for body in bodies]


def push(port: int, skus: int, batch: int, rate: Rate, lanes: int) -> dict[str, object]:
    """Send all of it once."""
    elapsed_ms: list[float] = []
    prepared = writes(skus, batch)
    http = Http(f"http://127.0.0.1:{port}/", transport=Timed(port, elapsed_ms), lanes=lanes, another=lambda: Timed(port, elapsed_ms))
    collect_rarely()  # as every process that opens a hub
    cpu, started = time.process_time(), time.perf_counter()
    told = Counter(type(written.error).__name__ for written in http.send_each(prepared, rate))
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    http.close()
    elapsed_ms.sort()
    return {
        "wall_s": round(wall, 3),
        "cpu_us": round(cpu * 1e6 / len(prepared)),
        "p50_ms": round(elapsed_ms[len(elapsed_ms) // 2], 1),
        "p99_ms": round(elapsed_ms[len(elapsed_ms) * 99 // 100], 1),
        "answers": told["NoneType"],
        "errors": told.total() - told["NoneType"],
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    """Send, and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--skus", type=int, default=50_000)
    parser.add_argument("--rate", type=Fraction, default=Fraction(1000))
    parser.add_argument("--burst", type=int, default=40)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=LANES)
    parser.add_argument("--profile", action="store_true", help="one lane, by function, on standard error")
    asked = parser.parse_args()
    rate = Rate(asked.rate, asked.burst)
    if not asked.profile:
        print(json.dumps(push(asked.port, asked.skus, asked.batch, rate, asked.lanes)))
        return
    with cProfile.Profile() as profile:
        print(json.dumps(push(asked.port, asked.skus, asked.batch, rate, 1)))
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
