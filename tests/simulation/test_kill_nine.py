"""Real processes, really killed: SIGKILL at random moments, then a run to the end, and the store equals the world's books."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.simulation.fleet import scratch

ENTREPOT = (sys.executable, "-m", "console")
ORDERS = 300
LONGEST_RUN_S = 120
MOST_TRIES = 4
READING_MS = 700
"""Kills are spread over so long after start-up."""


@contextmanager
def running_street(home: Path, port: int) -> Generator[tuple[str, "subprocess.Popen[str]"]]:
    """A street of its own process; gives its address, and the process for whoever wants to kill it."""
    words = [*ENTREPOT, "street", "--orders", str(ORDERS), "--seed", "9", "--faults", "mild", "--port", str(port), "--json"]
    with subprocess.Popen(words, env=environment(home), stdout=subprocess.PIPE, text=True) as street:
        try:
            assert street.stdout is not None
            yield str(json.loads(street.stdout.readline())["url"]), street
        finally:
            street.kill()


def environment(home: Path) -> dict[str, str]:
    """A home of its own, and no setting of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENTREPOT_", "PREFECT_"))}
    return kept | {"ENTREPOT_HOME": str(home)}


def entrepot(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command run to its end."""
    return subprocess.run([*ENTREPOT, *words], env=environment(home), capture_output=True, text=True, timeout=LONGEST_RUN_S, check=False)


def start_up_ms(home: Path) -> int:
    """How long a command takes here that only starts up and looks into the store."""
    began = time.monotonic()
    entrepot(home, "channels", "list")
    return int((time.monotonic() - began) * 1000)


def kill_at_random(home: Path, dice: random.Random, least_ms: int) -> bool:
    """Start a pull and kill it at a drawn time while it reads and saves; whether it was still running then."""
    words = [*ENTREPOT, "run", "pull_orders"]
    with subprocess.Popen(words, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as pull:
        with suppress(subprocess.TimeoutExpired):
            pull.wait(dice.randint(least_ms * 3 // 4, least_ms + READING_MS) / 1000)
        was_running = pull.poll() is None
        pull.kill()
    return was_running


def kill_so_often(home: Path, dice: random.Random, kills: int, least_ms: int) -> None:
    """Kill running pulls until so many were really killed; one that had ended shows that the machine became faster."""
    killed = 0
    for _ in range(kills * MOST_TRIES):
        if kill_at_random(home, dice, least_ms):
            killed += 1
        else:
            least_ms = least_ms * 9 // 10
        if killed == kills:
            return
    raise AssertionError(f"only {killed} of {kills} pulls were still running when they were to be killed")


def books_of(url: str) -> dict[tuple[str, str], tuple[int, str]]:
    """What the street says it has sold."""
    told: list[dict[str, Any]] = httpx.get(f"{url}/truth", timeout=30).json()["orders"]
    return {(each["channel"], each["external_id"]): (each["total"]["minor"], each["total"]["currency"]) for each in told}


def stored_in(home: Path) -> dict[tuple[str, str], tuple[int, str]]:
    """What the hub has stored; an order that is there twice fails."""
    listed: list[dict[str, Any]] = json.loads(entrepot(home, "orders", "list", "--json").stdout)["orders"]
    keys = [(each["channel"], each["external_id"]) for each in listed]
    assert len(keys) == len(set(keys))
    return dict(zip(keys, [(each["total"]["minor"], each["total"]["currency"]) for each in listed], strict=True))


def catch_up(home: Path, until: dict[tuple[str, str], tuple[int, str]]) -> dict[tuple[str, str], tuple[int, str]]:
    """Pull until the hub has these orders (the newest show a minute late), and give what it has of them."""
    deadline = time.monotonic() + LONGEST_RUN_S
    stored: dict[tuple[str, str], tuple[int, str]] = {}
    while not until.keys() <= stored.keys() and time.monotonic() < deadline:
        assert entrepot(home, "run", "replay_quarantine").returncode == 0
        entrepot(home, "run", "pull_orders")
        stored = stored_in(home)
    return {key: value for key, value in stored.items() if key in until}


@pytest.fixture
def home() -> Generator[Path]:
    with scratch() as folder:
        yield folder


def left_unfinished(home: Path) -> int:
    """Readings of a stream that a kill cut off."""
    query = "SELECT COUNT(*) FROM pull_run WHERE message LIKE 'left unfinished%'"
    with closing(sqlite3.connect(home / "entrepot.db")) as connection:
        return int(connection.execute(query).fetchone()[0])


def survive(home: Path, *, kills: int, seed: int, to_the_last: bool) -> None:
    """Kill pulls so many times, and the street once in the middle; then everything must be there.

    `to_the_last` waits for the orders of the last minute too, which no shop shows at once.
    """
    dice = random.Random(seed)  # noqa: S311  dice, not secrets
    with running_street(home / "street-home", 0) as (url, street):
        assert entrepot(home, "init", "--street", url).returncode == 0
        opening = books_of(url)
        least_ms = start_up_ms(home)
        kill_so_often(home, dice, kills // 2, least_ms)
        street.send_signal(signal.SIGKILL)
        street.wait()
    with running_street(home / "street-home", int(url.rpartition(":")[2])) as (again, _):
        assert again == url
        assert books_of(url).keys() >= opening.keys()
        kill_so_often(home, dice, kills - kills // 2, least_ms)
        known = books_of(url)
        wanted = known if to_the_last else {key: known[key] for key in opening}
        stored = catch_up(home, wanted)
        now = books_of(url)
    assert stored.keys() == wanted.keys()
    assert {key: value for key, value in stored.items() if value not in (opening.get(key), known[key], now[key])} == {}
    audited = entrepot(home, "audit")
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert left_unfinished(home) > 0


def test_twenty_killed_pulls_and_a_killed_street_lose_and_double_nothing(home: Path) -> None:
    survive(home, kills=20, seed=20, to_the_last=False)


@pytest.mark.prove
def test_two_hundred_killed_pulls_and_a_killed_street_lose_and_double_nothing(home: Path) -> None:
    survive(home, kills=200, seed=200, to_the_last=True)
