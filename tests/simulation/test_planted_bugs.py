"""The programme is only worth its time if it sees the mistakes it is there for."""

import pytest

from tests.simulation.course import run_seed
from tests.simulation.planted import PLANTED, Planted
from tests.simulation.stores import Stores

SEEDS = 40
"""A bug must show within so many seeds."""


def first_checks(bug: Planted, stores: Stores) -> frozenset[str]:
    """The checks made for this bug that failed in the first seed in which one did; empty when the bug went unseen."""
    with bug.planted():
        verdicts = (run_seed(seed, stores) for seed in range(SEEDS))
        return next((found for each in verdicts if (found := bug.caught_by & {one.check for one in each.violations})), frozenset[str]())


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_every_planted_bug_is_caught(bug: Planted, stores: Stores) -> None:
    assert first_checks(bug, stores) != frozenset(), f"{bug.name}: none of {sorted(bug.caught_by)} failed in {SEEDS} seeds"


def test_nothing_stays_planted() -> None:
    swaps = [(bug, swap) for bug in PLANTED for swap in bug.swaps()]
    before = [getattr(place, name) for _, (place, name, _) in swaps]

    for bug in PLANTED:
        with bug.planted():
            pass

    assert [getattr(place, name) for _, (place, name, _) in swaps] == before
