"""Work one step ahead: the next value is made in a thread of its own while this one is being used."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def lookahead(values: Iterable[T]) -> Generator[T]:
    """The values, with the next one being made already; at most one waits, and an error of the maker reaches the user in its turn."""
    iterator = iter(values)
    with closing(_Closer(iterator)), ThreadPoolExecutor(1, thread_name_prefix="lookahead") as pool:
        ahead: Future[list[T]] = pool.submit(_step, iterator)
        while found := ahead.result():
            ahead = pool.submit(_step, iterator)
            yield found[0]


def _step(iterator: Iterator[T]) -> list[T]:
    """The next value in a list, or an empty list at the end: StopIteration cannot pass through a future."""
    return list(islice(iterator, 1))


class _Closer:
    def __init__(self, iterator: object) -> None:
        self._iterator = iterator

    def close(self) -> None:
        close = getattr(self._iterator, "close", None)
        if close is not None:
            close()
