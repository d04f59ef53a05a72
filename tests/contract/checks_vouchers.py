"""What ledgers promise beside what every command does: only what balances is posted, once, and what is there is read back to the cent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from model.errors import AuthError, HubError, MalformedError, RejectedError, TransientError
from model.records.voucher import LedgerEntry, Voucher, VoucherLine, imbalances
from tests.contract import faults
from tests.contract.checks_commands import COMMANDS, DONE, NUMBERS, TURNED_AWAY, UNKNOWN
from tests.contract.checks_failing import log_in_of, proofs_of
from tests.contract.faults import Fault, Spoiler, always, every_other
from tests.contract.remote import Remote
from tests.contract.stand_vouchers import VoucherStand
from tests.contract.vouchers import voucher, voucher_reference_of

MANY = range(1, 15)
"""Numbers of vouchers, more than one page of them."""


def what_does_not_balance_never_leaves(stand: VoucherStand) -> None:
    """Neither in an original currency, nor in the functional one, nor without lines; it is refused as it is written, by its reference."""
    for spoilt in _unbalanced(voucher(1)):
        link = stand.link()
        sink: Any = link.connector
        with pytest.raises(RejectedError, match=spoilt.reference):
            sink.write_voucher(spoilt, f"{1:032x}")
        assert link.asked == []


def a_voucher_is_posted_once(stand: VoucherStand) -> None:
    """Whatever answer is lost, and however often the hub goes on as the command's class allows, the ledger has one entry of it."""
    for spoil, step in product((*DONE, *UNKNOWN, *TURNED_AWAY), range(stand.steps)):
        remote, command = stand.remote(), stand.command(1)
        with pytest.raises(HubError):
            stand.submit(stand.link(_spoilt(stand, remote, spoil, step)), command)
        receipts = {stand.again(stand.link(remote), command).external_id for _ in range(3)}
        assert stand.done(remote, command) == list(receipts)


def a_closed_period_is_a_final_no(stand: VoucherStand) -> None:
    """It is said that the period is closed and what to do; nothing is posted or found, and once it is open again it can be posted."""
    _is_refused(stand, "closed", r"clos|lock")


def an_account_nobody_knows_is_a_final_no(stand: VoucherStand) -> None:
    """It is said that it is about an account and what to do; nothing is posted or found, and once it is there it can be posted."""
    _is_refused(stand, "account", r"account")


def what_was_posted_is_read_back(stand: VoucherStand) -> None:
    """Under our reference and its day stands each voucher, account by account to the minor unit, debits positive."""
    remote = stand.remote()
    receipts = stand.post(remote, NUMBERS)
    entries = {entry.reference: entry for entry in stand.read_entries(stand.link(remote))}
    assert set(entries) == {voucher_reference_of(number) for number in NUMBERS}
    for number in NUMBERS:
        ours, theirs = voucher(number), entries[voucher_reference_of(number)]
        assert theirs.external_id == receipts[number].external_id
        assert theirs.posted_on == ours.posted_on
        assert theirs.is_posted
        _is_same(ours, theirs)


def only_the_days_asked_for_are_read(stand: VoucherStand) -> None:
    """Both ends are in; days before and after are not; a day without entries is empty."""
    remote = stand.remote()
    stand.post(remote, range(1, 6))
    first, last = voucher(2).posted_on, voucher(4).posted_on
    assert {entry.posted_on for entry in stand.read_entries(stand.link(remote), first, last)} == {voucher(n).posted_on for n in (2, 3, 4)}
    assert stand.read_entries(stand.link(remote), voucher(9).posted_on, voucher(9).posted_on) == []


def every_page_of_entries_is_read(stand: VoucherStand) -> None:
    """However many there are, each is told, and read again they are told the same."""
    assert len(MANY) > 2 * stand.dialect.page
    remote = stand.remote()
    receipts = stand.post(remote, MANY)
    entries = stand.read_entries(stand.link(remote))
    assert {entry.external_id for entry in entries} == {receipt.external_id for receipt in receipts.values()}
    assert entries == stand.read_entries(stand.link(remote))


def entries_of_others_bear_no_reference(stand: VoucherStand) -> None:
    """What somebody else entered is told as well, and is nobody's voucher."""
    remote = stand.remote()
    stand.post(remote, NUMBERS)
    stranger = stand.add_stranger(remote, 1)
    entries = {entry.external_id: entry for entry in stand.read_entries(stand.link(remote))}
    assert stranger in entries
    assert entries[stranger].reference is None
    _is_same(voucher(1), entries[stranger])
    assert len([entry for entry in entries.values() if entry.reference]) == len(NUMBERS)


def a_draft_is_marked(stand: VoucherStand) -> None:
    """What does not count in the ledger's balances is not told as posted."""
    if not stand.knows_drafts:
        pytest.skip("this ledger knows no drafts, says its dialect")
    remote = stand.remote()
    stand.post(remote, NUMBERS)
    stand.draft(remote, 2)
    told = {entry.reference: entry.is_posted for entry in stand.read_entries(stand.link(remote))}
    assert told == {voucher_reference_of(number): number != 2 for number in NUMBERS}


def an_unreadable_entry_spares_the_others(stand: VoucherStand) -> None:
    """It is told by its id, behind all the others, and is not passed over in silence."""
    remote = stand.remote()
    stand.post(remote, (1,))
    torn = stand.add_unreadable(remote, 1)
    stand.post(remote, MANY[1:])
    entries: list[LedgerEntry] = []
    with pytest.raises(MalformedError, match=torn):
        stand.collect(stand.link(remote), entries)
    assert {entry.reference for entry in entries} == {voucher_reference_of(number) for number in MANY}


def a_lost_page_of_entries_is_asked_for_again(stand: VoucherStand) -> None:
    """To read is harmless, so what was lost is read again."""
    for spoil in (faults.dropped, faults.cut, faults.for_people):
        remote = stand.remote()
        stand.post(remote, NUMBERS)
        told = stand.read_entries(stand.link(Fault(remote, spoil, every_other)))
        assert told == stand.read_entries(stand.link(remote))


def an_outage_is_no_empty_ledger(stand: VoucherStand) -> None:
    """A ledger that cannot answer has not said that nothing was posted; nor has one that refuses us."""
    outages: tuple[tuple[Spoiler, type[HubError]], ...] = (
        (faults.status(503), TransientError),
        (faults.unreachable, TransientError),
        (faults.status(401), AuthError),
    )
    for spoil, error in outages:
        remote = stand.remote()
        stand.post(remote, NUMBERS)
        with pytest.raises(error):
            stand.read_entries(stand.link(Fault(remote, spoil, always)))


def reading_entries_is_signed_and_tells_no_secret(stand: VoucherStand) -> None:
    """Every request proves by its headers who asks, and no address holds the proof."""
    remote = stand.remote()
    stand.post(remote, NUMBERS)
    link = stand.link(remote)
    stand.read_entries(link)
    assert link.secrets()
    token = stand.dialect.token
    for request in link.asked:
        proof = " ".join((*proofs_of(request), *log_in_of(request)))
        assert any(secret in proof for secret in (*link.secrets(), *([token] if token else []))), f"{request.url.path} is not signed"
        assert not [secret for secret in link.secrets() if secret in str(request.url)]


def _unbalanced(ours: Voucher) -> Sequence[Voucher]:
    first, *rest = ours.lines
    amount = replace(first, amount_minor=first.amount_minor + 1)
    base = replace(first, base_minor=first.base_minor - 1)
    return [replace(ours, lines=(line, *rest)) for line in (amount, base)] + [replace(ours, lines=())]


def _is_refused(stand: VoucherStand, reason: str, told: str) -> None:
    for number in NUMBERS:
        remote, command = stand.remote(), stand.command(number)
        remote.account.refuses = reason
        with pytest.raises(RejectedError, match=f"(?i){told}") as caught:
            stand.submit(stand.link(remote), command)
        assert "; " in str(caught.value), "it is not said what to do"
        assert stand.find(stand.link(remote), command) is None
        remote.account.refuses = ""
        assert [stand.submit(stand.link(remote), command).external_id] == stand.done(remote, command)


def _is_same(ours: Voucher, theirs: LedgerEntry) -> None:
    """The same accounts, amounts and signs; of a ledger that keeps the functional currency only, its amounts for the original ones."""
    assert not imbalances(theirs.lines, ours.base_currency)
    assert Counter((line.account, line.base_minor) for line in ours.lines) == Counter(
        (line.account, line.base_minor) for line in theirs.lines
    )
    original, functional = Counter(map(_original, ours.lines)), Counter((ours.base_currency, line.base_minor) for line in ours.lines)
    assert Counter(map(_original, theirs.lines)) in (original, functional)
    assert {line.tax_code for line in theirs.lines} <= {None, *(line.tax_code for line in ours.lines)}


def _original(line: VoucherLine) -> tuple[str, int]:
    return (line.currency, line.amount_minor)


def _spoilt(stand: VoucherStand, remote: Remote, spoil: Spoiler, step: int) -> Fault:
    return Fault(remote, spoil, lambda turn: turn == step + 1, stand.is_command)


VOUCHERS = (
    *COMMANDS,
    what_does_not_balance_never_leaves,
    a_voucher_is_posted_once,
    a_closed_period_is_a_final_no,
    an_account_nobody_knows_is_a_final_no,
)
ENTRIES = (
    what_was_posted_is_read_back,
    only_the_days_asked_for_are_read,
    every_page_of_entries_is_read,
    entries_of_others_bear_no_reference,
    a_draft_is_marked,
    an_unreadable_entry_spares_the_others,
    a_lost_page_of_entries_is_asked_for_again,
    an_outage_is_no_empty_ledger,
    reading_entries_is_signed_and_tells_no_secret,
)
