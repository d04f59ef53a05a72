"""One seeded run, from an empty store to the verdict."""

import random
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
from tests.simulation.interleaving import read_ahead
from tests.simulation.judge import judge, settle, watch
from tests.simulation.steps import take_step
from tests.simulation.stores import Stores
from tests.simulation.town import OPENINGS, PAGE_SIZES, Town, Violation, open_town

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
    def on(self, town: Town) -> Generator[None]:
        """Judge what happens in a town meanwhile; an error that leaves the hub is a violation like any other, and ends it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever leaves the hub unnamed is a finding of this seed
            town.blame("error", f"{type(error).__name__}: {error}"[:500] + "\n" + "".join(traceback.format_tb(error.__traceback__)[-3:]))
        self.hits, self.crashes, self.steps = town.street.hits, town.crashes, town.steps
        self.violations, self.journal, self.exchanges = town.violations, town.journal, town.exchanges


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
    """Run one seed and judge it."""
    dice = random.Random(f"town {seed}")  # noqa: S311  dice, not secrets
    verdict = Verdict(seed, database)
    with ExitStack() as stack:
        for place, name, value in _settings_of(seed, dice):
            stack.enter_context(swapped(place, name, value))
        opening, orders, page_size = dice.choice(OPENINGS), dice.randint(10, 80), dice.choice(PAGE_SIZES)
        skew = timedelta(minutes=dice.choice((0, 0, -15, 15)))
        town = open_town(seed, stores, dice, opening, database=database, orders=orders, page_size=page_size, skew=skew)
        _live(stack.enter_context(town), verdict)
    return verdict


def _settings_of(seed: int, dice: random.Random) -> list[tuple[object, str, object]]:
    batch, page = dice.choice(BATCHES), dice.choice(PAGE_SIZES)
    threaded = is_threaded(seed)
    chance = random.Random(f"ahead {seed}")  # noqa: S311  dice, not secrets
    ahead = operations.pull.lookahead if threaded else read_ahead(lambda: chance.randrange(2) == 0)
    return [
        (operations.read_pages, "BATCH", batch),
        (connectors.square.connector, "ORDERS_PER_PAGE", page),
        (connectors.square.connector, "LISTED_PER_PAGE", page),
        (operations.pull, "lookahead", ahead),
    ]


def _live(town: Town, verdict: Verdict) -> None:
    with verdict.on(town):
        for _ in range(town.dice.randint(5, 12)):
            take_step(town)
            watch(town)
        settle(town)
        verdict.digest = judge(town)
        verdict.orders = len(town.books.rows("SELECT id FROM orders"))
