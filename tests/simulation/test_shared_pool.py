"""The programme of the shared stock judges what it measures: `python -m tests.simulation.shared_pool` runs it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest

from tests.simulation import shared_pool
from tests.simulation.fleet import Job
from tests.simulation.shared_pool import Sold, expected_beyond, main, quantile, wrong_with
from tests.simulation.stores import Stores


@pytest.mark.parametrize(
    ("safety", "oversold", "bound", "told"),
    [
        (5, 0, 0.02, ""),
        (5, 1, 0.02, ""),
        (5, 2, 0.02, "2 units sold twice are more than chance makes of 0.02"),
        (5, 22, 9.0, "22 units sold twice"),
        (5, 19, 9.0, ""),
        (0, 300, 100.0, "300 units sold twice"),
        (0, 7, 100.0, ""),
        (0, 0, 100.0, "nothing was sold twice, so nothing was tested"),
    ],
)
def test_more_than_chance_makes_is_wrong_and_so_is_a_test_of_nothing(safety: int, oversold: int, bound: float, told: str) -> None:
    found = wrong_with(safety, oversold, bound)

    assert told in found
    assert bool(found) == bool(told)


@pytest.mark.parametrize(
    ("sales", "without", "with_safety", "code"),
    [(30, 2, 0, 0), (30, 0, 0, 1), (30, 2, 4, 1), (10, 2, 0, 1)],
    ids=["all is well", "nothing tested", "sold twice in spite of safety", "too few sales"],
)
def test_the_programme_ends_with_1_when_something_is_wrong(
    sales: int, without: int, with_safety: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_all(jobs: Sequence[Job], _shared: Stores, _workers: int, run: Callable[..., Sold]) -> Iterator[Sold]:
        asked = run.keywords if isinstance(run, partial) else {}
        for _ in jobs:
            if asked["units"] == shared_pool.PLENTY:
                yield Sold(lags=[30.0] * sales)
            else:
                yield Sold(oversold=with_safety if asked["safety"] else without, endings=3)

    monkeypatch.setattr(shared_pool, "run_all", run_all)

    assert main(["--seeds", "2"]) == code


def test_what_is_to_be_expected_is_what_its_definition_gives() -> None:
    assert expected_beyond(2, 0) == 2
    assert expected_beyond(1, 1) == pytest.approx(1 / 2.718281828)  # pyright: ignore
    assert expected_beyond(1, 30) == pytest.approx(0, abs=1e-9)  # pyright: ignore
    assert quantile([5, 1, 4, 2, 3], 0.99) == 5
    assert quantile([5, 1, 4, 2, 3], 0.5) == 3
