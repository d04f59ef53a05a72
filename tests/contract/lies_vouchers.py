"""Lies about ledgers: what is posted without balance, what a refusal says, and what is read back of the books."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from connectors._kit import Connector
from connectors.capabilities import Command, Receipt
from model.errors import HubError, MalformedError, RejectedError
from model.records.voucher import LedgerEntry, Voucher, VoucherLine
from tests.contract.lying import Lie, answering, named, subclass
from tests.contract.stand import Kind, Stream
from tests.contract.vouchers import voucher_reference_of

Entries = Iterator[Sequence[LedgerEntry]]
Fetch = Callable[[date, date], Entries]
Write = Callable[[Voucher, str], bytes]
Submit = Callable[[Command], Receipt]


def _writing(lie: Callable[[Write, Voucher, str], bytes]) -> Lie:
    return named(answering("write_voucher", lie), lie)


def _submitting(lie: Callable[[Submit, Command], Receipt]) -> Lie:
    return named(answering("submit_voucher", lie), lie)


def _fetching(lie: Callable[[Fetch, date, date], Entries]) -> Lie:
    return named(answering("fetch_entries", lie), lie)


def _telling(lie: Callable[[LedgerEntry], LedgerEntry]) -> Lie:
    """A lie about each entry."""

    def fetch(honest: Fetch, first: date, last: date) -> Entries:
        for batch in honest(first, last):
            yield [lie(entry) for entry in batch]

    return named(answering("fetch_entries", fetch), lie)


@_writing
def writes_whatever_it_gets(write: Write, voucher: Voucher, key: str) -> bytes:
    try:
        return write(voucher, key)
    except RejectedError:
        return b"{}"


@_writing
def balances_it_itself(write: Write, voucher: Voucher, key: str) -> bytes:
    first, *rest = voucher.lines or (VoucherLine(account="9999", currency="EUR", amount_minor=0, base_minor=0),)
    amount, base = sum(line.amount_minor for line in rest), sum(line.base_minor for line in rest)
    return write(replace(voucher, lines=(replace(first, amount_minor=-amount, base_minor=-base), *rest)), key)


def posts_it_twice(kind: Kind, _stream: Stream) -> Kind:
    """Finds nothing, so that whoever goes on posts it again; of class A: under another key each time."""
    turns = iter(range(10**6))

    def submit(self: Connector[Any], command: Command) -> Receipt:
        honest: Submit = partial(getattr(kind, "submit_voucher"), self)  # noqa: B009  a connector class of unknown abilities
        return honest(replace(command, key=f"{next(turns):032x}"))

    def find(_self: Connector[Any], _command: Command) -> None:
        return None

    return subclass(kind, submit_voucher=submit, find_voucher=find)


@_submitting
def keeps_the_reason_to_itself(submit: Submit, command: Command) -> Receipt:
    try:
        return submit(command)
    except RejectedError:
        raise RejectedError("voucher: 400") from None


@_submitting
def tries_a_closed_period_later(submit: Submit, command: Command) -> Receipt:
    try:
        return submit(command)
    except RejectedError as error:
        raise MalformedError(str(error)) from error


@_telling
def turns_the_signs(entry: LedgerEntry) -> LedgerEntry:
    lines = tuple(replace(line, amount_minor=-line.amount_minor, base_minor=-line.base_minor) for line in entry.lines)
    return replace(entry, lines=lines)


@_telling
def loses_a_cent(entry: LedgerEntry) -> LedgerEntry:
    first, second, *rest = entry.lines
    changed = [replace(line, base_minor=line.base_minor + by) for line, by in ((first, 1), (second, -1))]
    return replace(entry, lines=(*changed, *rest))


@_telling
def takes_the_vendors_words_for_ours(entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, lines=tuple(replace(line, account=f"their {line.account}") for line in entry.lines))


@_telling
def takes_every_entry_for_ours(entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, reference=entry.reference or voucher_reference_of(1))


@_telling
def takes_drafts_for_posted(entry: LedgerEntry) -> LedgerEntry:
    return replace(entry, is_posted=True)


@_fetching
def leaves_drafts_out(fetch: Fetch, first: date, last: date) -> Entries:
    for batch in fetch(first, last):
        yield [entry for entry in batch if entry.is_posted]


@_fetching
def reads_a_day_too_much(fetch: Fetch, first: date, last: date) -> Entries:
    return fetch(first, last + timedelta(days=1))


@_fetching
def forgets_the_last_day(fetch: Fetch, first: date, last: date) -> Entries:
    return fetch(first, last - timedelta(days=1))


@_fetching
def reads_the_first_page_only(fetch: Fetch, first: date, last: date) -> Entries:
    yield next(fetch(first, last))


@_fetching
def leaves_strangers_out(fetch: Fetch, first: date, last: date) -> Entries:
    for batch in fetch(first, last):
        yield [entry for entry in batch if entry.reference]


@_fetching
def passes_over_what_it_cannot_read(fetch: Fetch, first: date, last: date) -> Entries:
    try:
        yield from fetch(first, last)
    except MalformedError:
        return


@_fetching
def stops_at_what_it_cannot_read(fetch: Fetch, first: date, last: date) -> Entries:
    yield next(fetch(first, last))
    yield from _nothing_behind(fetch, first, last)


@_fetching
def takes_an_outage_for_an_empty_ledger(fetch: Fetch, first: date, last: date) -> Entries:
    try:
        yield from fetch(first, last)
    except HubError:
        return


def _nothing_behind(fetch: Fetch, first: date, last: date) -> Entries:
    for _batch in fetch(first, last):
        pass
    yield []
