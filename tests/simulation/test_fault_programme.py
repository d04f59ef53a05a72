"""A fixed sample of the fault programme; `python -m tests.simulation` runs the whole."""

import pytest

from tests.simulation.course import run_seed
from tests.simulation.fleet import run_all
from tests.simulation.fleet import stores as fresh_stores
from tests.simulation.stores import Stores
from tests.simulation.tally import Tally, complaint

SAMPLE = 40
ON_POSTGRES = (3, 17, 31)


@pytest.fixture(scope="module")
def tally() -> Tally:
    jobs = [(seed, "postgres" if seed in ON_POSTGRES else "sqlite") for seed in range(SAMPLE)]
    total = Tally()
    with fresh_stores(postgres=True) as shared:
        for verdict in run_all(jobs, shared, workers=2, run=run_seed):
            total.add(verdict)
    return total


def test_every_order_is_stored_exactly_once_whatever_goes_wrong(tally: Tally) -> None:
    assert tally.runs.total() == SAMPLE
    assert not tally.failed, "\n".join(complaint(verdict) for verdict in tally.failed)


def test_the_sample_meets_every_fault_dies_at_every_boundary_and_sees_workers_meet(tally: Tally) -> None:
    assert tally.never_met() == []
    assert tally.orders > SAMPLE * 10
    assert tally.hits.total() > SAMPLE * 10
    assert tally.crashes.total() > SAMPLE // 2


@pytest.mark.parametrize("seed", [7, 50])
def test_a_seed_tells_the_same_story_twice(seed: int, stores: Stores) -> None:
    first, second = run_seed(seed, stores), run_seed(seed, stores)

    assert first.digest != ""
    assert first.journal == second.journal
    assert first.digest == second.digest


def test_different_seeds_tell_different_stories(stores: Stores) -> None:
    assert run_seed(1, stores).digest != run_seed(2, stores).digest
