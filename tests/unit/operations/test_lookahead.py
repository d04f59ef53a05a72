"""Working one step ahead loses nothing, keeps the order, tells errors in their turn and closes what it was given."""

from collections.abc import Generator, Iterator

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
