"""What a warehouse tells is acknowledged exactly once, wherever the process that reads and answers is killed."""

import os
from collections.abc import Generator, Iterable

import pytest

from tests.simulation import fleet
from tests.simulation.fleet import run_all
from tests.simulation.replies import Answered, killed_twice, trail
from tests.simulation.stores import Stores

WORKERS = os.cpu_count() or 1
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgres"])


@pytest.fixture(scope="module")
def shared() -> Generator[Stores]:
    with fleet.stores(postgres=True) as own:
        yield own


def wrong(shared: Stores, points: Iterable[int], kind: str) -> list[Answered]:
    """Runs that did not end right."""
    found = run_all([(point, kind) for point in points], shared, WORKERS, killed_twice)
    return [answered for answered in found if not answered.is_right]


@BOTH
def test_a_process_killed_here_and_there_acknowledges_once(shared: Stores, kind: str) -> None:
    points = range(1, len(trail(shared, kind)) + 1, 23)
    failed = wrong(shared, points, kind)

    assert len(points) > 10
    assert failed == []


@pytest.mark.prove
@BOTH
def test_a_process_killed_at_every_boundary_acknowledges_once(shared: Stores, kind: str) -> None:
    points = range(1, len(trail(shared, kind)) + 1)
    failed = wrong(shared, points, kind)

    assert len(points) > 200
    assert failed == []
