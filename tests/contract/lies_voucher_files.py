"""Lies about files of vouchers: vouchers lost or mended, amounts moved, words forgotten, and a file that is gathered before it is given."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from connectors._kit import Connector
from model.errors import RejectedError
from model.records.voucher import LedgerAccount, Voucher, VoucherLine, imbalances
from tests.contract.lying import Lie, named, subclass
from tests.contract.stand import Kind, Stream

Write = Callable[[Iterable[Voucher]], Iterator[bytes]]


def _writing(lie: Callable[[Write, Iterable[Voucher]], Iterator[bytes]]) -> Lie:
    def make(kind: Kind, stream: Stream) -> Kind:
        honest: Callable[..., Iterator[bytes]] = getattr(kind, stream.fetch)

        def write(self: Connector[object], vouchers: Iterable[Voucher], accounts: Sequence[LedgerAccount]) -> Iterator[bytes]:  # pyright: ignore
            return lie(partial(_on, honest, self, accounts), vouchers)

        return subclass(kind, **{stream.fetch: write})

    return named(make, lie)


def _on(
    honest: Callable[..., Iterator[bytes]], connector: object, accounts: Sequence[LedgerAccount], vouchers: Iterable[Voucher]
) -> Iterator[bytes]:
    return honest(connector, vouchers, accounts)


def _with_lines(each: Voucher, change: Callable[[VoucherLine], VoucherLine]) -> Voucher:
    return replace(each, lines=tuple(change(line) for line in each.lines))


@_writing
def sorts_by_day(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write(sorted(vouchers, key=lambda each: (each.posted_on, each.number)))


@_writing
def leaves_the_last_one_out(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write([*vouchers][:-1])


@_writing
def books_the_other_way_round(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write(
        _with_lines(each, lambda line: replace(line, amount_minor=-line.amount_minor, base_minor=-line.base_minor)) for each in vouchers
    )


@_writing
def takes_every_currency_at_par(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write(_with_lines(each, lambda line: replace(line, base_minor=line.amount_minor)) for each in vouchers)


@_writing
def forgets_what_is_reversed(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write(replace(each, reverses=None) for each in vouchers)


@_writing
def forgets_dimensions(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write(_with_lines(each, lambda line: replace(line, dimensions=())) for each in vouchers)


def numbers_its_files(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count()

    def lie(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
        yield from write(vouchers)
        yield f"; {next(turns)}\n".encode()

    return _writing(lie)(kind, stream)


@_writing
def plugs_what_lacks(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write(_plugged(each) for each in vouchers)


def _plugged(each: Voucher) -> Voucher:
    lacking = imbalances(each.lines, each.base_currency)
    if not each.lines or set(lacking) - {each.base_currency, f"({each.base_currency})"}:
        return each
    total = lacking.get(each.base_currency, 0)
    return replace(each, lines=(*each.lines, replace(each.lines[0], currency=each.base_currency, amount_minor=-total, base_minor=-total)))


@_writing
def leaves_out_what_it_refuses(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    kept: list[Voucher] = []
    for each in vouchers:
        try:
            b"".join(write([each]))
        except RejectedError:
            continue
        kept.append(each)
    return write(kept)


@_writing
def leaves_strange_texts_out(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write(each for each in vouchers if each.memo.isprintable())


@_writing
def takes_nothing_for_a_failure(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    if not (given := [*vouchers]):
        raise RejectedError("vouchers: there are none")
    return write(given)


@_writing
def gives_the_file_at_once(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    yield b"".join(write(vouchers))


@_writing
def gathers_vouchers_before_it_writes(write: Write, vouchers: Iterable[Voucher]) -> Iterator[bytes]:
    return write([*vouchers])
