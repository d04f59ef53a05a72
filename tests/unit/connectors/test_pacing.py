"""The rate of an account is used to the full and never exceeded."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial

import pytest

from connectors._kit.pacing import Pacer
from connectors.capabilities import Rate


class Clock:
    """A clock that moves only by sleeping, and the account's remote: each turn of a pacer is answered so many seconds later."""

    def __init__(self, answered_after: float = 0) -> None:
        self.now = 1000.0
        self.naps: list[float] = []
        self.answered_after = answered_after
        self.answers: list[tuple[float, Callable[[], None]]] = []

    def sleep(self, seconds: float) -> None:
        self.naps += [seconds] if seconds else []
        end = self.now + seconds
        while self.answers and self.answers[0][0] <= end:
            self.now, land = self.answers.pop(0)
            land()
        self.now = end

    def turns(self, pacer: Pacer, rate: Rate, count: int) -> list[float]:
        """Seconds since now at which each turn came."""
        start, found = self.now, list[float]()
        for _ in range(count):
            turn = pacer.wait(rate)
            assert turn is not None
            found.append(self.now - start)
            self.answers.append((self.now + self.answered_after, partial(pacer.landed, turn)))
            self.sleep(0)
        return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pacer(clock: Clock) -> Pacer:
    return Pacer(lambda: clock.now, clock.sleep)


def overflows(turns: list[float], rate: Rate, *, late_s: float = 0) -> int:
    """How many turns a remote's leaky bucket refuses, if each second one reaches it so much later than it left."""
    level, at, refused = Fraction(0), 0.0, 0
    for arrival in sorted(turn + (late_s if place % 2 else 0) for place, turn in enumerate(turns)):
        level = max(Fraction(0), level - Fraction(arrival - at) * rate.per_second)
        at = arrival
        refused += level + 1 > rate.burst + Fraction(1, 1000)
        level += level + 1 <= rate.burst + Fraction(1, 1000)
    return refused


def test_a_rested_account_sends_its_burst_at_once(pacer: Pacer, clock: Clock) -> None:
    turns = clock.turns(pacer, Rate(Fraction(10), burst=20), 21)

    assert turns == [*[0] * 20, pytest.approx(0.1)]


def test_behind_the_burst_requests_leave_at_the_rate(pacer: Pacer, clock: Clock) -> None:
    turns = clock.turns(pacer, Rate(Fraction(1000), burst=40), 5000)

    assert turns[-1] == pytest.approx(5000 / 1000, rel=0.01)
    assert turns[-1] >= (5000 - 40) / 1000 - 1e-6


@pytest.mark.parametrize("rate", [Rate(Fraction(1000), 40), Rate(Fraction(10), 20), Rate(Fraction(2), 4), Rate(Fraction(7, 3), 1)])
@pytest.mark.parametrize("answered_after", [0, 0.02, 0.3])
def test_a_leaky_bucket_of_the_remote_never_overflows(clock: Clock, pacer: Pacer, rate: Rate, answered_after: float) -> None:
    clock.answered_after = answered_after

    assert overflows(clock.turns(pacer, rate, 500), rate) == 0


@pytest.mark.parametrize(("answered_after", "late_s"), [(0.02, 0.0199), (0.3, 0.029)])
def test_requests_pressed_together_on_the_way_do_not_overflow(clock: Clock, pacer: Pacer, answered_after: float, late_s: float) -> None:
    clock.answered_after, rate = answered_after, Rate(Fraction(1000), 40)

    assert overflows(clock.turns(pacer, rate, 2000), rate, late_s=late_s) == 0


@pytest.mark.parametrize("answered_after", [0.001, 0.02, 0.05, 0.3])
@pytest.mark.parametrize(
    ("rate", "count"), [(Rate(Fraction(1000), 40), 20_000), (Rate(Fraction(10), 20), 200), (Rate(Fraction(2), 40), 400)]
)
def test_the_rate_is_used_to_the_full_however_long_answers_take(
    clock: Clock, pacer: Pacer, rate: Rate, count: int, answered_after: float
) -> None:
    clock.answered_after = answered_after

    turns = clock.turns(pacer, rate, count)

    ideal = (count - rate.burst) / rate.per_second
    assert float(ideal) - 1e-6 <= turns[-1] <= float(ideal) * 1.01


def test_while_an_answer_is_overdue_its_place_is_kept(clock: Clock, pacer: Pacer) -> None:
    rate = Rate(Fraction(1000), 40)
    clock.answered_after = 0.02
    clock.turns(pacer, rate, 500)
    clock.answered_after = 0.5

    stalled = clock.turns(pacer, rate, 60)

    assert sum(turn < 0.3 for turn in stalled) <= rate.burst


def test_an_endless_answer_is_not_waited_for(clock: Clock, pacer: Pacer) -> None:
    clock.answered_after = 3600

    turns = clock.turns(pacer, Rate(Fraction(10), 5), 100)

    assert turns[-1] == pytest.approx(9.6, abs=0.1)


def test_the_model_of_the_remote_refuses_one_too_many() -> None:
    assert overflows([0.0] * 5, Rate(Fraction(1), burst=4)) == 1


def test_time_without_requests_fills_the_burst_again_but_not_beyond(pacer: Pacer, clock: Clock) -> None:
    rate = Rate(Fraction(10), burst=5)
    clock.turns(pacer, rate, 50)
    clock.now += 3600

    turns = clock.turns(pacer, rate, 7)

    assert turns == [*[0] * 5, pytest.approx(0.1), pytest.approx(0.2)]


def test_a_wish_to_rest_holds_everything_and_takes_the_burst(pacer: Pacer, clock: Clock) -> None:
    rate = Rate(Fraction(10), burst=5)
    clock.turns(pacer, rate, 1)
    pacer.rest(2)

    turns = clock.turns(pacer, rate, 3)

    assert turns == [pytest.approx(2), pytest.approx(2.1), pytest.approx(2.2)]


def test_a_shorter_wish_does_not_end_a_longer_rest(pacer: Pacer, clock: Clock) -> None:
    rate = Rate(Fraction(10), burst=5)
    pacer.rest(9)
    pacer.rest(1)

    assert clock.turns(pacer, rate, 1) == [pytest.approx(9)]


def test_a_rest_that_begins_while_waiting_is_kept(clock: Clock) -> None:
    pacer = Pacer(lambda: clock.now, lambda seconds: (clock.sleep(seconds), len(clock.naps) == 1 and pacer.rest(5))[0])
    rate = Rate(Fraction(1), burst=1)
    clock.turns(pacer, rate, 1)

    assert clock.turns(pacer, rate, 1) == [pytest.approx(6)]


def test_a_clock_that_stands_still_does_not_hang_the_wait() -> None:
    naps: list[float] = []
    pacer = Pacer(lambda: 7.0, naps.append)

    for _ in range(4):
        pacer.landed(pacer.wait(Rate(Fraction(2), burst=1)) or 0)

    assert naps == [0.5, 0.5, 0.5]


def test_a_long_wait_can_be_given_up(clock: Clock, pacer: Pacer) -> None:
    pacer.rest(3600)

    turn = pacer.wait(Rate(Fraction(2), burst=1), lambda: clock.now > 1001)

    assert turn is None
    assert clock.now < 1002
