"""Working one step ahead loses nothing, keeps the order, tells errors in their turn and closes what it was given."""

from collections.abc import Generator, Iterator
from threading import Event, Timer

import pytest

from operations.lookahead import lookahead


@pytest.mark.parametrize("count", range(8))
def test_every_value_comes_once_and_in_order(count: int) -> None:
    assert list(lookahead(range(count))) == list(range(count))


def test_two_of_them_in_a_row_lose_nothing_either() -> None:
    assert list(lookahead(lookahead(range(101)))) == list(range(101))


def test_an_error_of_the_maker_reaches_the_user_after_the_values_before_it() -> None:
    def make() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("third")

    seen: list[int] = []
    with pytest.raises(ValueError, match="third"):
        seen.extend(lookahead(make()))
    assert seen == [1, 2]


def test_leaving_early_closes_the_maker() -> None:
    closed: list[bool] = []

    def make() -> Generator[int]:
        try:
            yield from range(100)
        finally:
            closed.append(True)

    values = lookahead(make())
    next(values)
    values.close()
    assert closed == [True]


def test_leaving_while_the_next_value_is_being_made_waits_for_it() -> None:
    started, go_on = Event(), Event()

    def make() -> Generator[int]:
        yield 1
        started.set()
        go_on.wait(5)
        yield 2

    values = lookahead(make())
    next(values)
    started.wait(5)
    Timer(0.05, go_on.set).start()
    values.close()

    assert list(values) == []
