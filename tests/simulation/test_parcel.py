"""An order ships once, is booked once and told once, wherever the process that ships it is killed; a planted bug is seen."""

import os
from collections.abc import Generator, Iterable

import pytest

from tests.simulation import fleet
from tests.simulation.fleet import run_all
from tests.simulation.parcel import MULTI, End, one_run, trail
from tests.simulation.stores import Stores

WORKERS = os.cpu_count() or 1
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgres"])


@pytest.fixture(scope="module")
def shared() -> Generator[Stores]:
    with fleet.stores(postgres=True) as own:
        yield own


def wrong(shared: Stores, jobs: Iterable[int], kind: str, name: str = "honest") -> list[tuple[str, list[int], End]]:
    """Runs that did not end right, with where they were killed."""
    found = run_all([(job, f"{kind}/{name}") for job in jobs], shared, WORKERS, one_run)
    return [(scenario, points, end) for scenario, points, end in found if not end.is_right]


def around_books(passed: list[str]) -> list[int]:
    """Where a remote is about to write a book or has just written it, and the next boundary that the hub passes itself."""
    places = [place for place, boundary in enumerate(passed, 1) if boundary.endswith("books")]
    return sorted({*places, *(place + 1 for place in places)})


@BOTH
def test_a_process_killed_here_and_there_ships_once(shared: Stores, kind: str) -> None:
    points = range(1, len(trail(shared, kind)) + 1, 67)
    failed = wrong(shared, [*points, *range(MULTI, MULTI + 4)], kind)

    assert len(points) > 10
    assert failed == []


@BOTH
@pytest.mark.parametrize("name", ["shipped before it answers", "two parcels"])
def test_what_the_warehouse_shipped_while_nobody_read_its_books_is_booked_once(shared: Stores, kind: str, name: str) -> None:
    points = around_books(trail(shared, kind, name))
    failed = wrong(shared, points, kind, name)

    assert len(points) > 8
    assert failed == []


@BOTH
def test_a_partner_that_can_only_be_searched_ships_once_too(shared: Stores, kind: str) -> None:
    failed = wrong(shared, range(15, len(trail(shared, kind)), 240), kind, "found by looking")

    assert failed == []


@BOTH
@pytest.mark.parametrize("bug", ["a remote without dedupe", "a blind resend"])
def test_a_planted_bug_is_caught(shared: Stores, kind: str, bug: str) -> None:
    made = trail(shared, kind, bug).index("after books") + 1
    failed = wrong(shared, range(made, made + 4), kind, bug)

    assert any(end.warehouse_orders > 1 for _, _, end in failed)


@pytest.mark.prove
@BOTH
@pytest.mark.parametrize("name", ["honest", "shipped before it answers"])
def test_a_process_killed_at_every_boundary_ships_once(shared: Stores, kind: str, name: str) -> None:
    points = range(1, len(trail(shared, kind, name)) + 1)
    failed = wrong(shared, points, kind, name)

    assert len(points) > 700
    assert failed == []


@pytest.mark.prove
@BOTH
def test_five_hundred_processes_killed_again_and_again_ship_once(shared: Stores, kind: str) -> None:
    failed = wrong(shared, range(MULTI, MULTI + 500), kind)

    assert failed == []
