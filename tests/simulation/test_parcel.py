"""An order ships once, is booked once and told once, wherever the process that ships it is killed; a planted bug is seen."""

import os
from collections.abc import Iterable

import pytest

from tests.simulation.fleet import run_all, stores
from tests.simulation.parcel import MULTI, End, length, one_run
from tests.simulation.stores import Stores

WORKERS = os.cpu_count() or 1


def wrong(shared: Stores, jobs: Iterable[int], name: str = "honest") -> list[tuple[list[int], End]]:
    """Runs that did not end right, with where they were killed."""
    found = run_all([(job, name) for job in jobs], shared, WORKERS, one_run)
    return [(points, end) for points, end in found if not end.is_right]


def test_a_process_killed_here_and_there_ships_once() -> None:
    with stores() as shared:
        points = range(1, length(shared) + 1, 53)
        failed = wrong(shared, [*points, *range(MULTI, MULTI + 4)])

    assert len(points) > 12
    assert failed == []


def test_a_partner_that_can_only_be_searched_ships_once_too() -> None:
    with stores() as shared:
        failed = wrong(shared, range(15, length(shared), 180), "found by looking")

    assert failed == []


@pytest.mark.parametrize("bug", ["a remote without dedupe", "a blind resend"])
def test_a_planted_bug_is_caught(bug: str) -> None:
    with stores() as shared:
        failed = wrong(shared, range(352, 400, 6), bug)

    assert any(end.warehouse_orders > 1 for _, end in failed)


@pytest.mark.prove
def test_a_process_killed_at_every_boundary_ships_once() -> None:
    with stores() as shared:
        points = range(1, length(shared) + 1)
        failed = wrong(shared, points)

    assert len(points) > 700
    assert failed == []


@pytest.mark.prove
def test_five_hundred_processes_killed_again_and_again_ship_once() -> None:
    with stores() as shared:
        failed = wrong(shared, range(MULTI, MULTI + 500))

    assert failed == []
