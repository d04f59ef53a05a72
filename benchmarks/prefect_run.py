"""The same load as a run of the deployed flow, under a running Prefect server with one worker."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from measuring import Peak, tree_cpu
from street_pages import CHANNEL

DEPLOYMENT = "deployments/name/pull_orders/pull-orders"
BUSY = 503
READY_S = 120
LONGEST_S = 1800


@dataclass(frozen=True, slots=True)
class FlowRun:
    """What a flow run took: by Prefect's own clock from start to end, and by ours from the trigger to its end."""

    run_s: float
    from_trigger_s: float
    cpu_s: float
    peak_mib: float
    """Of server, worker and run together."""
    state: str
    message: str


@contextmanager
def running_prefect(home: Path, environment: Mapping[str, str]) -> Generator["tuple[httpx.Client, int]"]:
    """A client of a server with its worker, and its process id. The home's channel is not active, so nothing runs unless asked."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    variables = {**os.environ, **environment, "PREFECT_HOME": str(home / "prefect")}
    with (home / "prefect.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.serve", "--port", str(port)], env=variables, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/", timeout=30) as client:
            _wait_for_deployment(client, server, home / "prefect.log")
            yield client, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _wait_for_deployment(client: httpx.Client, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"flows.serve ended:\n{log.read_text()[-2000:]}")
        try:
            workers = client.post("work_pools/entrepot/workers/filter", json={})
            if client.get(DEPLOYMENT).is_success and workers.is_success and workers.json():
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.5)
    raise SystemExit(f"Prefect was not ready after {READY_S} s:\n{log.read_text()[-2000:]}")


def _create(client: httpx.Client, deployment: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The new run; asked again where the server's database is still busy with its own start (503), as Prefect's own client does."""
    for _ in range(9):
        answer = client.post(f"deployments/{deployment}/create_flow_run", json=asked)
        if answer.status_code != BUSY:
            return _run_in(answer)
        time.sleep(1)
    return _run_in(client.post(f"deployments/{deployment}/create_flow_run", json=asked))


def _run_in(answer: httpx.Response) -> dict[str, Any]:
    run: dict[str, Any] = answer.raise_for_status().json()
    return run


def run_flow(client: httpx.Client, server: int) -> FlowRun:
    """Trigger pull_orders through the API and wait for its end."""
    deployment = client.get(DEPLOYMENT).raise_for_status().json()["id"]
    cpu, triggered, peak = tree_cpu(server), time.perf_counter(), Peak(server)
    asked: dict[str, Any] = {"parameters": {"channel": CHANNEL}, "state": {"type": "SCHEDULED"}}
    run = _create(client, deployment, asked)
    while run["state"]["type"] not in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}:
        if time.perf_counter() - triggered > LONGEST_S:
            raise SystemExit("the flow run does not end")
        time.sleep(0.25)
        run = client.get(f"flow_runs/{run['id']}").raise_for_status().json()
    waited = time.perf_counter() - triggered
    largest = peak.stop()
    started, ended = (datetime.fromisoformat(run[name]) for name in ("start_time", "end_time"))
    return FlowRun(
        run_s=round((ended - started).total_seconds(), 3),
        from_trigger_s=round(waited, 3),
        cpu_s=round(tree_cpu(server) - cpu, 3),
        peak_mib=round(largest / 2**20, 1),
        state=run["state"]["type"],
        message=run["state"]["message"] or "",
    )
