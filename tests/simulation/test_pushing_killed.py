"""However posting and pushing are killed, each fact is booked once here and once in the ledger, balanced and without a missing number."""

import os
from collections.abc import Generator, Iterable

import pytest

from tests.simulation import fleet
from tests.simulation.fleet import run_all
from tests.simulation.pushing import End, one_run, trail
from tests.simulation.stores import Stores

WORKERS = os.cpu_count() or 1
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgres"])


@pytest.fixture(scope="module")
def shared() -> Generator[Stores]:
    with fleet.stores(postgres=True) as own:
        yield own


def wrong(shared: Stores, jobs: Iterable[int], kind: str, told: str = "honest") -> list[tuple[int, list[str], End]]:
    """Runs that broke a promise, or came to something else than the one that nobody killed."""
    (_, broken, right), *others = run_all([(job, f"{kind}/{told}") for job in [0, *jobs]], shared, WORKERS, one_run)
    assert (broken, right.problems) == ([], [])
    assert len(right.stands) > 3
    return [(job, after, end) for job, after, end in others if after or end.problems or end.stands != right.stands]


def around_books(passed: list[str]) -> list[int]:
    """Where the ledger is about to book or has just booked, and the boundaries before and behind."""
    places = [place for place, boundary in enumerate(passed, 1) if boundary.endswith("books")]
    return sorted({place + step for place in places for step in (-1, 0, 1)})


@BOTH
def test_a_push_killed_around_what_the_ledger_books_books_once(shared: Stores, kind: str) -> None:
    points = around_books(trail(shared, kind))

    assert len(points) > 30
    assert wrong(shared, points[::3], kind) == []


@BOTH
def test_who_sends_again_without_looking_is_caught(shared: Stores, kind: str) -> None:
    made = trail(shared, kind).index("after books") + 1

    assert any(end.twice for _, _, end in wrong(shared, range(made, made + 2), kind, "planted"))


@pytest.mark.prove
@BOTH
def test_posting_and_pushing_killed_at_every_boundary_come_to_the_same(shared: Stores, kind: str) -> None:
    points = range(1, len(trail(shared, kind)) + 1)

    assert len(points) > 200
    assert wrong(shared, points, kind) == []
