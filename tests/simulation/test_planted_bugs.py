"""The programme is only worth its time if it sees the mistakes it is there for."""

import pytest

from tests.simulation.course import run_seed
from tests.simulation.planted import PLANTED, Planted
from tests.simulation.stores import Stores

SEEDS = 40
"""A bug must show within so many seeds."""


def first_checks(bug: Planted, stores: Stores) -> set[str]:
    """The checks that failed in the first seed in which any did; empty when the bug went unseen."""
    with bug.planted():
        verdicts = (run_seed(seed, stores) for seed in range(SEEDS))
        return next((found for each in verdicts if (found := {violation.check for violation in each.violations})), set[str]())


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_every_planted_bug_is_caught(bug: Planted, stores: Stores) -> None:
    caught = first_checks(bug, stores)

    assert caught & bug.caught_by, f"{bug.name}: {caught or 'nothing'} failed, one of {sorted(bug.caught_by)} should have"


def test_nothing_stays_planted() -> None:
    swaps = [(bug, swap) for bug in PLANTED for swap in bug.swaps()]
    before = [getattr(place, name) for _, (place, name, _) in swaps]

    for bug in PLANTED:
        with bug.planted():
            pass

    assert [getattr(place, name) for _, (place, name, _) in swaps] == before
