"""Lies about files of money: lines dropped and sums mended, ids of the day, and files taken for what they are not."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from connectors._kit import Connector
from model.errors import HubError, MalformedError, RejectedError
from tests.contract.lying import Lie, named, subclass
from tests.contract.stand import Kind, Stream

Read = Callable[[str, bytes], tuple[Any, ...]]
Claim = Callable[[str, bytes], bool]


def _reading(lie: Callable[[Read, str, bytes], tuple[Any, ...]]) -> Lie:
    return _of("{0.fetch}", lie)


def _claiming(lie: Callable[[Claim, str, bytes], bool]) -> Lie:
    return _of("identify_{0.kind}", lie)


def _of(method: str, lie: Callable[..., object]) -> Lie:
    def make(kind: Kind, stream: Stream) -> Kind:
        told = method.format(stream)
        honest: Callable[..., object] = getattr(kind, told)

        def answer(self: Connector[Any], name: str, raw: bytes) -> object:
            return lie(partial(honest, self), name, raw)

        return subclass(kind, **{told: answer})

    return named(make, lie)


def _with_lines(told: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(replace(each, lines=tuple(change(line) for line in each.lines)) for each in told)


@_reading
def drops_a_line_and_mends_the_sums(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    return tuple(replace(each, lines=each.lines[:-1]) for each in read(name, raw))


@_reading
def forgets_the_sums(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    told = read(name, raw)
    bare = tuple(replace(each, opening_minor=None, closing_minor=None) for each in told)
    return tuple(replace(each, total_minor=None, payouts=()) if hasattr(each, "total_minor") else each for each in bare)


@_reading
def states_a_sum_of_its_own(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    return tuple(replace(each, opening_minor=1, closing_minor=0, lines=()) for each in read(name, raw))


def numbers_its_lines(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count()

    def lie(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
        return _with_lines(read(name, raw), lambda line: replace(line, external_id=str(next(turns))))

    return _reading(lie)(kind, stream)


@_reading
def knows_lines_by_their_amount(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    return _with_lines(read(name, raw), lambda line: replace(line, external_id="the line"))


@_reading
def knows_lines_by_the_file(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    return _with_lines(read(name, raw), lambda line: replace(line, external_id=f"{name}-{line.external_id}"))


@_reading
def knows_lines_by_their_statement(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    return tuple(_with_lines((each,), lambda line, of=each: _beside(line, of.external_id))[0] for each in read(name, raw))


def _beside(line: Any, statement: str) -> Any:  # noqa: ANN401  a line of either kind
    return replace(line, external_id=f"{statement}-{line.external_id}")


@_reading
def counts_bytes(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    return _with_lines(read(name, raw), lambda line: replace(line, external_id=f"{len(raw)}-{line.external_id}"))


def takes_what_is_there(kind: Kind, stream: Stream) -> Kind:
    """What it once read whole is told of each part of it, without its last line."""
    known: list[tuple[bytes, tuple[Any, ...]]] = []

    def lie(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
        try:
            told = read(name, raw)
        except HubError:
            for whole, before in known:
                if whole.startswith(raw) and raw:
                    return tuple(replace(each, lines=each.lines[:-1]) for each in before)
            raise
        known.append((raw, told))
        return told

    return _reading(lie)(kind, stream)


@_reading
def believes_each_amount(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    try:
        return read(name, raw)
    except (MalformedError, RejectedError):
        return ()


@_reading
def lets_a_parser_speak(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    try:
        return read(name, raw)
    except MalformedError as error:
        raise ValueError(str(error)) from error


@_reading
def quotes_what_it_cannot_read(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    try:
        return read(name, raw)
    except MalformedError as error:
        raise MalformedError(f"{error}: {raw!r}") from error


@_claiming
def claims_everything(_claim: Claim, _name: str, _raw: bytes) -> bool:
    return True


@_claiming
def goes_by_the_name(claim: Claim, name: str, raw: bytes) -> bool:
    return "." in name and claim(name, raw)


@_claiming
def wants_plain_text(claim: Claim, name: str, raw: bytes) -> bool:
    return claim(name, raw) and bool(raw.decode())


@_reading
def reckons_in_floats(read: Read, name: str, raw: bytes) -> tuple[Any, ...]:
    amount = "amount_minor"
    return _with_lines(
        read(name, raw),
        lambda line: replace(line, **{amount if hasattr(line, amount) else "net_minor": _as_float(line, amount)}),
    )


def _as_float(line: Any, amount: str) -> float:  # noqa: ANN401  a line of either kind
    return float(line.amount_minor if hasattr(line, amount) else line.net_minor)
