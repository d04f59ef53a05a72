"""The street over a real socket: the same answers, misbehaviour on the wire, an orderly end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

SERVES = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sandbox.server import serve
from sandbox.street import Street

moment = datetime(2026, 11, 1, 12, tzinfo=UTC)

def clock() -> datetime:
    global moment
    moment += timedelta(milliseconds=100)
    return moment

serve(Street(Path(sys.argv[1]), orders=60, faults=sys.argv[2], clock=clock), host="127.0.0.1", port=0,
      on_ready=lambda port: print(port, flush=True))
print("closed", flush=True)
"""


Served: TypeAlias = "Callable[[str], tuple[httpx.Client, subprocess.Popen[str]]]"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[str], tuple[httpx.Client, subprocess.Popen[str]]]]:
    running: list[subprocess.Popen[str]] = []
    clients: list[httpx.Client] = []

    def start(faults: str) -> tuple[httpx.Client, subprocess.Popen[str]]:
        street = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", SERVES, str(tmp_path), faults],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        running.append(street)
        assert street.stdout is not None
        address = f"http://127.0.0.1:{street.stdout.readline().strip()}"
        clients.append(httpx.Client(base_url=address, auth=("ck_street", "cs_street"), trust_env=False))
        return clients[-1], street

    yield start
    for client in clients:
        client.close()
    for street in running:
        street.kill()
        street.communicate()


def errors_met(client: httpx.Client, times: int) -> list[tuple[str, int]]:
    def once() -> tuple[str, int]:
        try:
            return "", client.get("/woo/wp-json/wc/v3/orders").status_code
        except httpx.TransportError as error:
            return str(error).partition(" (")[0], 0

    return [once() for _ in range(times)]


def test_the_front_page_the_truth_and_a_shop_answer(served: Callable[[str], tuple[httpx.Client, object]]) -> None:
    client, _ = served("none")

    page, truth, orders = (client.get(path) for path in ("/", "/truth", "/woo/wp-json/wc/v3/orders"))

    assert "The street" in page.text
    assert len(truth.json()["orders"]) >= 60
    assert orders.headers["Date"].startswith("Sun, 01 Nov 2026 12:00:")
    assert len(orders.json()) == 10
    assert client.get("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        ("connection_refused", "Server disconnected without sending a response."),
        ("connection_reset", "Server disconnected without sending a response."),
        ("read_timeout", "Server disconnected without sending a response."),
        ("cut_body", "peer closed connection without sending complete message body"),
    ],
)
def test_misbehaviour_happens_on_the_wire(
    served: Callable[[str], tuple[httpx.Client, subprocess.Popen[str]]], fault: str, met: str
) -> None:
    client, street = served(fault)

    found = errors_met(client, 12)
    os.kill(street.pid, signal.SIGTERM)
    _, complaints = street.communicate(timeout=10)

    assert {("", 200), (met, 0)} == set(found)
    assert complaints == ""


def test_a_signal_ends_it_in_good_order(served: Callable[[str], tuple[httpx.Client, subprocess.Popen[str]]]) -> None:
    client, street = served("none")
    client.get("/")

    os.kill(street.pid, signal.SIGTERM)
    said, complaints = street.communicate(timeout=10)

    assert (said, complaints, street.returncode) == ("closed\n", "", 0)


def test_stock_is_filled_set_sold_and_lost_answers_have_set_it_over_a_real_socket(served: Served) -> None:
    client, _ = served("read_timeout_after,connection_reset_after")
    client.post("/stock", json={"woo-shop": {"NOTE-A5-DOT": 50}})

    for units in range(60, 80):
        with suppress(httpx.TransportError):
            client.put("/woo/wp-json/wc/v3/products/112", json={"stock_quantity": units})
    order = client.post("/stock/sell", json={"channel": "woo-shop", "sku": "NOTE-A5-DOT", "quantity": 9}).json()["order"]

    (level,) = client.get("/stock").json()["stock"]
    assert order
    assert (level["shown"], level["settings"], level["sold"]) == (70, 20, 9)
