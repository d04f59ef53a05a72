"""Reading ahead without threads: the seed decides, step by step, whether the next value is made before or after the last one is used.

The product reads ahead in threads of its own; a run that must be the same twice cannot leave that to the operating system. Both
orders the threads can fall into are drawn here, an error of the maker reaching the user in its turn as it does there.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

from model.errors import HubError

T = TypeVar("T")
Made = Callable[[], T]


def read_ahead(is_eager: Callable[[], bool]) -> Callable[[Iterable[T]], Generator[T]]:
    """A stand-in for `operations.lookahead.lookahead` that asks `is_eager` before each value it hands out."""

    def ahead(values: Iterable[T]) -> Generator[T]:
        iterator = iter(values)
        try:
            made = _next(iterator)
            while made is not None:
                value = made()
                following = _next(iterator) if is_eager() else None
                yield value
                made = following or _next(iterator)
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    return ahead


def _next(iterator: Iterator[T]) -> Made[T] | None:
    """The next value, or its error, behind a call; None at the end."""
    try:
        value = next(iterator)
    except StopIteration:
        return None
    except HubError as error:
        return _raiser(error)
    return lambda: value


def _raiser(error: HubError) -> Callable[[], T]:
    def again() -> T:
        raise error

    return again
