"""One seeded run, from an empty store to the verdict."""

import os
import random
import shutil
import traceback
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import connectors.square.connector
import operations.pull
import operations.read_pages
from sandbox.street import Street
from tests.simulation.interleaving import read_ahead
from tests.simulation.judge import judge, settle, watch
from tests.simulation.steps import take_step
from tests.simulation.stores import Books, Stores
from tests.simulation.town import OPENINGS, PAGE_SIZES, Town, Violation, VirtualClock, hub_file

BATCHES = (1, 3, 10, 500)
"""Payloads of one transaction at most: the worlds are small, so the product's own number would put each window into one."""

THREADED_ONE_IN = 20
"""So many seeds read ahead with the product's own threads; their digests mean nothing."""


@dataclass(slots=True)
class Verdict:
    """What came of one run."""

    seed: int
    database: str
    digest: str = ""
    orders: int = 0
    exchanges: int = 0
    violations: list[Violation] = field(default_factory=list[Violation])
    hits: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    crashes: Counter[str] = field(default_factory=Counter[str])
    steps: Counter[str] = field(default_factory=Counter[str])
    journal: list[str] = field(default_factory=list[str])


@contextmanager
def swapped(place: object, name: str, value: object) -> Generator[None]:
    """Another value under a name, put back afterwards."""
    before: Any = getattr(place, name)
    setattr(place, name, value)
    try:
        yield
    finally:
        setattr(place, name, before)


def is_threaded(seed: int) -> bool:
    """Whether this seed's run reads ahead with real threads, so that it is not the same twice."""
    return seed % THREADED_ONE_IN == THREADED_ONE_IN - 1


def run_seed(seed: int, stores: Stores, database: str = "sqlite") -> Verdict:
    """Run one seed and judge it; an error that leaves the hub is a violation like any other."""
    dice = random.Random(f"town {seed}")  # noqa: S311  dice, not secrets
    verdict = Verdict(seed, database)
    home = stores.home / f"street_{os.getpid()}"
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        url = stack.enter_context(stores.fresh(database))
        for place, name, value in _settings_of(seed, dice):
            stack.enter_context(swapped(place, name, value))
        opening = dice.choice(OPENINGS)
        clock = VirtualClock(opening)
        street = Street(home, orders=dice.randint(10, 80), seed=seed, faults="all", clock=clock.now)
        stack.callback(street.close)
        books = Books(url)
        stack.callback(books.close)
        file = hub_file(stores.home, opening, dice.choice(PAGE_SIZES))
        skew = timedelta(minutes=dice.choice((0, 0, -15, 15)))
        town = Town(seed, stores, url, dice, clock, street, file, books, skew)
        stack.callback(town.bury)
        _live(town, verdict)
        verdict.hits, verdict.crashes, verdict.steps = street.hits, town.crashes, town.steps
        verdict.violations, verdict.journal, verdict.exchanges = town.violations, town.journal, town.exchanges
    return verdict


def _settings_of(seed: int, dice: random.Random) -> list[tuple[object, str, object]]:
    batch, page = dice.choice(BATCHES), dice.choice(PAGE_SIZES)
    threaded = is_threaded(seed)
    chance = random.Random(f"ahead {seed}")  # noqa: S311  dice, not secrets
    ahead = operations.pull.lookahead if threaded else read_ahead(lambda: chance.randrange(2) == 0)
    return [
        (operations.read_pages, "BATCH", batch),
        (connectors.square.connector, "ORDERS_PER_PAGE", page),
        (connectors.square.connector, "PAYMENTS_PER_PAGE", page),
        (operations.pull, "lookahead", ahead),
    ]


def _live(town: Town, verdict: Verdict) -> None:
    try:
        for _ in range(town.dice.randint(5, 12)):
            take_step(town)
            watch(town)
        settle(town)
        verdict.digest = judge(town)
        verdict.orders = len(town.books.rows("SELECT id FROM orders"))
    except Exception as error:  # noqa: BLE001  whatever leaves the hub unnamed is a finding of this seed
        town.blame("error", f"{type(error).__name__}: {error}"[:500] + "\n" + "".join(traceback.format_tb(error.__traceback__)[-3:]))
