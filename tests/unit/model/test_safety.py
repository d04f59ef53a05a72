"""The most that demand may be: the law's own definition summed up directly, and what must hold whatever is sold."""

from collections.abc import Mapping
from fractions import Fraction
from math import exp, factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.rules.replenishment import FARTHEST_DAYS, Position, cover_days, propose
from model.rules.safety import DAY_S, MILLION, most_demand

SURE = 999_000


def poisson(mean: float, upto: int) -> float:
    """The chance of at most so many, summed up."""
    return sum(exp(-mean) * mean**n / factorial(n) for n in range(upto + 1))


def chance_within(means: Mapping[int, float], bound: int) -> float:
    """The chance that sales of several sizes stay within a bound: every number of sales of each size, one after the other."""
    if not means:
        return 1.0
    (size, mean), *others = means.items()
    rest = dict(others)
    return sum(
        exp(-mean) * mean**number / factorial(number) * chance_within(rest, bound - number * size) for number in range(bound // size + 1)
    )


@pytest.mark.parametrize("certainty", [500_000, 950_000, 999_000, 999_999])
@pytest.mark.parametrize("a_day", [1, 35_715, 1_000_000, 7_300_000, 40_000_000])
def test_with_sales_of_one_unit_it_is_the_quantile_of_a_poisson_law(a_day: int, certainty: int) -> None:
    most = most_demand({1000: a_day}, DAY_S, certainty)

    bound, rest = divmod(most, 1000)
    assert rest == 0
    assert poisson(a_day / MILLION, bound) >= certainty / MILLION
    assert bound == 0 or poisson(a_day / MILLION, bound - 1) < certainty / MILLION


@pytest.mark.parametrize(
    "sales", [{1000: 2_000_000, 6000: 500_000}, {1000: 100_000, 12_000: 900}, {4000: 3_000_000}, {1500: 700_000, 2500: 700_000}]
)
def test_with_sales_of_several_units_it_is_the_quantile_of_all_they_add_up_to(sales: dict[int, int]) -> None:
    most = most_demand(sales, DAY_S, SURE)

    means = {size: a_day / MILLION for size, a_day in sales.items()}
    assert chance_within(means, most) >= SURE / MILLION
    assert chance_within(means, most - 1) < SURE / MILLION


def test_boxes_of_six_ask_for_more_than_the_same_units_sold_one_by_one() -> None:
    as_singles, as_boxes = most_demand({1000: 1_200_000}, 6 * 3600, SURE), most_demand({6000: 200_000}, 6 * 3600, SURE)

    assert (as_singles, as_boxes) == (3000, 12_000)


def test_no_demand_or_no_time_asks_for_nothing() -> None:
    assert most_demand({}, DAY_S, SURE) == most_demand({1000: 0}, DAY_S, SURE) == most_demand({1000: 9 * MILLION}, 0, SURE) == 0


SIZES = st.sampled_from([1000, 2000, 6000, 12_000])
SALES = st.dictionaries(SIZES, st.integers(0, 20_000_000), max_size=3)
CERTAINTIES = st.integers(500_000, 999_999)


@given(SALES, SIZES, st.integers(0, 5_000_000), CERTAINTIES)
def test_more_sales_never_ask_for_less(sales: dict[int, int], size: int, more: int, certainty: int) -> None:
    faster = sales | {size: sales.get(size, 0) + more}

    assert most_demand(faster, DAY_S, certainty) >= most_demand(sales, DAY_S, certainty)


@given(SALES, CERTAINTIES, CERTAINTIES)
def test_more_certainty_never_asks_for_less(sales: dict[int, int], one: int, other: int) -> None:
    low, high = sorted((one, other))

    assert most_demand(sales, DAY_S, high) >= most_demand(sales, DAY_S, low)


@given(SALES, st.integers(0, 4), CERTAINTIES)
def test_more_time_never_asks_for_less(sales: dict[int, int], hours: int, certainty: int) -> None:
    assert most_demand(sales, (hours + 1) * 3600, certainty) >= most_demand(sales, hours * 3600, certainty)


@given(SALES, st.integers(1, 9), CERTAINTIES)
def test_larger_sales_ask_for_as_many_times_more(sales: dict[int, int], times: int, certainty: int) -> None:
    larger = {size * times: a_day for size, a_day in sales.items()}

    assert most_demand(larger, DAY_S, certainty) == times * most_demand(sales, DAY_S, certainty)


@pytest.mark.parametrize("units", [5_000, 80_000, 2_000_000])
def test_a_mean_of_many_steps_is_reckoned_coarsely_but_never_below_the_bell_curve(units: int) -> None:
    most = most_demand({1000: units * MILLION}, DAY_S, SURE)

    spread = 3.09 * units**0.5
    assert units + 0.95 * spread <= most / 1000 <= units * 1.08 + spread


POSITION = Position(
    on_hand=20_000, held_back=1_000, reserved=4_000, backordered=0, inbound=5_000, velocity=1_000_000, low_at=None, order_multiple=1000
)


def test_a_proposal_adds_up() -> None:
    made = propose(POSITION, {1000: MILLION}, days=21, certainty=980_000)

    assert (made.demand, made.target, made.cover_days) == (21_000, made.demand + made.safety, 15)
    assert made.target == most_demand({1000: MILLION}, 21 * DAY_S, 980_000)
    assert made.quantity == made.target - POSITION.free - POSITION.inbound


@given(st.integers(0, 10**7), st.integers(1, 10**5), st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 60))
def test_what_is_ordered_reaches_the_target_in_whole_multiples_and_no_further(
    velocity: int, multiple: int, on_hand: int, waits: int, days: int
) -> None:
    position = Position(
        on_hand=on_hand, held_back=0, reserved=0, backordered=waits, inbound=700, velocity=velocity, low_at=3000, order_multiple=multiple
    )

    made = propose(position, {1000: velocity}, days, 980_000)

    reached = position.free + position.inbound + made.quantity
    assert made.quantity % multiple == 0
    assert reached >= made.target >= 3000
    assert made.quantity == 0 or reached - multiple < made.target


@given(st.integers(1, 10**9), st.integers(1, 10**8))
def test_what_is_free_lasts_as_long_as_is_said_and_not_a_day_more(free: int, velocity: int) -> None:
    days = cover_days(free, velocity)

    lasts = Fraction(free * 1000, velocity)
    assert (days is None and lasts > FARTHEST_DAYS) or (days is not None and days <= lasts < days + 1)


def test_what_is_not_there_lasts_no_day_and_what_does_not_sell_lasts_for_ever() -> None:
    assert (cover_days(0, 5), cover_days(-1, 5), cover_days(0, 0), cover_days(9, 0)) == (0, 0, None, None)
