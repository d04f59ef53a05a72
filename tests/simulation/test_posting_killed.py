"""However a posting is killed, each fact is in the books once, every voucher balances, and no number is missing."""

import os
from collections.abc import Generator, Iterable

import pytest

from tests.simulation import fleet
from tests.simulation.fleet import run_all
from tests.simulation.posting import one_run, trail
from tests.simulation.stores import Stores

WORKERS = os.cpu_count() or 1
ALL = pytest.mark.parametrize("name", ["sqlite/each", "sqlite/summarised", "postgres/each", "postgres/summarised"])


@pytest.fixture(scope="module")
def shared() -> Generator[Stores]:
    with fleet.stores(postgres=True) as own:
        yield own


def wrong(shared: Stores, jobs: Iterable[int], name: str) -> list[tuple[int, list[str], object]]:
    """Runs that broke a promise, or came to something else than the one that nobody killed."""
    (_, broken, right), *others = run_all([(job, name) for job in [0, *jobs]], shared, WORKERS, one_run)
    assert (broken, right["broken"]) == ([], [])
    assert right["stands"]["1120.stripe.EUR EUR"] == (3 * 670 + 12 * 970 + 66 - 900,) * 2  # pyright: ignore
    return [(job, after, end) for job, after, end in others if after or end != right]


@ALL
def test_a_posting_killed_here_and_there_comes_to_the_same(shared: Stores, name: str) -> None:
    points = range(1, len(trail(shared, name)) + 1, 9)

    assert len(points) > 5
    assert wrong(shared, points, name) == []


@pytest.mark.prove
@ALL
def test_a_posting_killed_at_every_boundary_comes_to_the_same(shared: Stores, name: str) -> None:
    points = range(1, len(trail(shared, name)) + 1)

    assert len(points) > 50
    assert wrong(shared, points, name) == []
