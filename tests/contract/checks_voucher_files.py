"""Promises of those who write vouchers into files that a ledger imports."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from model.records.voucher import LedgerAccount, Voucher, VoucherLine
from tests.contract.file_vouchers import CHART, USUAL, hostile_chart, hostile_vouchers, line, many, voucher
from tests.contract.stand_voucher_files import VoucherFileStand
from tests.contract.voucher_readers import LineRead

MANY, STEP = 50_000, 1_000
MOST_BLOCKS = 20_000
"""Objects that may be there more after MANY vouchers than after STEP: less than half of one for each voucher."""
LONGEST_PIECE = 2**20
"""Bytes."""
LONGEST_REASON = 300
"""Characters."""

WRONG = {
    "one line": voucher(1, line("1201", "EUR", 1)),
    "no line": voucher(1),
    "a cent": voucher(1, line("1201", "EUR", 100), line("2203", "EUR", -99)),
    "two currencies that balance together": voucher(1, line("1201", "USD", 100, 100), line("2203", "EUR", -100)),
    "functional amounts": voucher(1, line("1201", "USD", 100, 92), line("2203", "USD", -100, -91)),
    "original amounts": voucher(1, line("1201", "USD", 100, 92), line("2203", "USD", -99, -92)),
    "an account of nobody": voucher(1, line("9999", "EUR", 100), line("2203", "EUR", -100)),
    "a currency of nobody": voucher(1, line("1201", "XXX", 100), line("2203", "XXX", -100)),
    "a currency that is a text": voucher(1, line("1201", 'EUR\n"', 100), line("2203", 'EUR\n"', -100)),
    "both sides at once": voucher(1, line("1201", "USD", 100, -92), line("2203", "USD", -100, 92)),
    "two functional amounts": voucher(1, line("1201", "EUR", 100, 99), line("2203", "EUR", -100, -99)),
    "more than there is": voucher(1, line("1201", "EUR", 10**15), line("2203", "EUR", -(10**15))),
}


def every_voucher_is_written_in_order(stand: VoucherFileStand) -> None:
    """As many as were given, in the order given, each on its day and under its reference."""
    for vouchers in (USUAL, USUAL[::-1]):
        read = stand.understood(vouchers)
        assert [(each.reference, each.posted_on) for each in read] == [(each.reference, each.posted_on) for each in vouchers]


def sums_are_read_back(stand: VoucherFileStand) -> None:
    """The ledger's sums by account and currency are ours, in original amounts, to the last minor unit."""
    read = [line for each in stand.understood(USUAL) for line in each.lines]
    assert _sums((each.account, each.currency, each.amount_minor) for each in read) == _sums(
        (each.account, each.currency, each.amount_minor) for each in _lines(USUAL)
    )


def functional_amounts_are_read_back(stand: VoucherFileStand) -> None:
    """And each line's functional amount, so that the ledger's balances in the functional currency are ours too."""
    read = stand.understood(USUAL)
    for ours, theirs in zip(USUAL, read, strict=True):
        assert Counter(map(_amounts, theirs.lines)) == Counter(map(_amounts, ours.lines)), ours.reference


def what_is_told_beside_amounts_is_kept(stand: VoucherFileStand) -> None:
    """Memo, event, the day of origin, what is reversed; and for each line its memo, tax code and dimensions."""
    for ours, theirs in zip(USUAL, stand.understood(USUAL), strict=True):
        told = {ours.memo, ours.event, ours.happened_on.isoformat(), ours.reverses or ""} - {""}
        assert told - theirs.told == set(), ours.reference
        for own, other in zip(ours.lines, theirs.lines, strict=True):
            beside = {own.memo, stand.tax_code(own.tax_code or ""), *(value for _name, value in own.dimensions)} - {""}
            assert beside - other.told == set(), ours.reference


def the_same_vouchers_make_the_same_file(stand: VoucherFileStand) -> None:
    """To the byte, whenever it is written."""
    assert stand.file(USUAL) == stand.file(iter(USUAL))


def what_does_not_balance_is_refused(stand: VoucherFileStand) -> None:
    """By name, with the voucher's reference, also behind good ones; nothing is plugged, left out or written as something else."""
    for name, wrong in WRONG.items():
        later = replace(wrong, number=77)
        for reason, refused in ((stand.refusal((wrong,)), wrong), (stand.refusal((*USUAL, later, *USUAL)), later)):
            assert reason is not None, f"{name}: is written"
            assert refused.reference in reason, f"{name}: {reason}"
            assert len(reason) < LONGEST_REASON


def hostile_texts_stay_texts(stand: VoucherFileStand) -> None:
    """Whatever stands in memos, events, references, dimensions, tax codes and names of accounts: the same vouchers and sums arrive."""
    vouchers, chart = tuple(hostile_vouchers()), hostile_chart()
    used = voucher(999, *(line(each.code, "EUR", 1) for each in chart), line("2203", "EUR", -len(chart)))
    read = stand.understood((*vouchers, used), chart)
    assert [each.reference for each in read] == [each.reference for each in (*vouchers, used)]
    assert [tuple(map(_amounts, each.lines)) for each in read] == [tuple(map(_amounts, each.lines)) for each in (*vouchers, used)]


def nothing_to_write_is_a_file_too(stand: VoucherFileStand) -> None:
    """With a chart or without one; the ledger takes it."""
    none: Sequence[LedgerAccount]
    for none in ((), CHART):
        assert stand.understood((), none) == ()


def many_vouchers_need_no_more_memory(stand: VoucherFileStand) -> None:
    """A year's vouchers are written as they come, and the file comes in pieces."""
    for piece in stand.pieces(_watched(many(MANY))):
        assert len(piece) <= LONGEST_PIECE, f"a piece of {len(piece)} bytes"


def _watched(vouchers: Iterable[Voucher]) -> Iterator[Voucher]:
    """The vouchers; fails where what the interpreter holds grows with them."""
    first = 0
    for place, each in enumerate(vouchers):
        if place % STEP == 0 and place:
            first = first or sys.getallocatedblocks()
            grown = sys.getallocatedblocks() - first
            assert grown < MOST_BLOCKS, f"{grown} blocks of memory more after {place} vouchers than after {STEP}"
        yield each


def _lines(vouchers: Iterable[Voucher]) -> Iterable[VoucherLine]:
    return (line for each in vouchers for line in each.lines)


def _amounts(of: VoucherLine | LineRead) -> tuple[str, str, int, int]:
    return of.account, of.currency, of.amount_minor, of.base_minor


def _sums(amounts: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for account, currency, amount in amounts:
        sums[account, currency] = sums.get((account, currency), 0) + amount
    return sums


VOUCHER_FILES = (
    every_voucher_is_written_in_order,
    sums_are_read_back,
    functional_amounts_are_read_back,
    what_is_told_beside_amounts_is_kept,
    the_same_vouchers_make_the_same_file,
    what_does_not_balance_is_refused,
    hostile_texts_stay_texts,
    nothing_to_write_is_a_file_too,
    many_vouchers_need_no_more_memory,
)
