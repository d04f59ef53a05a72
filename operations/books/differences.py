"""Where a ledger and our books differ: each difference by name, from records alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from connectors._kit.ledgers import called
from model.records.voucher import LedgerEntry, Voucher, VoucherLine
from model.values.money import decimal_amount

Kind = Literal[
    "missing", "waiting", "draft", "twice", "amount", "day", "not_ours", "reversed_there", "unknown_voucher", "unreadable", "bank_balance",
    "bank_unknown",
]  # fmt: skip
MEANINGS: Mapping[Kind, str] = {
    "missing": "posted here, and not in the ledger",
    "waiting": "posted here, and on its way to the ledger",
    "draft": "in the ledger as a draft, which counts nowhere",
    "twice": "in the ledger more than once",
    "amount": "an account has another amount in the ledger",
    "day": "in the ledger on another day",
    "not_ours": "somebody booked on an account of ours in the ledger",
    "reversed_there": "somebody took a voucher of ours back in the ledger",
    "unknown_voucher": "in the ledger under a reference of ours that no voucher has",
    "unreadable": "entries of the ledger that cannot be read",
    "bank_balance": "the bank account stands otherwise in the books than the statement says",
    "bank_unknown": "a statement of a bank whose balance is on no account of the books",
}
"""What each kind of difference says."""
MOST_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. `amount_minor` is what the ledger (or the books, of a bank) has more than it should, signed; debits are positive."""

    kind: Kind
    about: str
    """Our reference, or what the ledger or the bank calls it."""
    day: date
    told: str
    account: str | None = None
    currency: str | None = None
    amount_minor: int | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether it needs a person; what is on its way does not."""
        return self.kind != "waiting"


Sums = Mapping[tuple[str, str], tuple[int, int]]
"""By account, as the ledger calls it, and currency: the original and the functional amount; nothing is left out."""


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry as it is compared."""

    external_id: str
    reference: str | None
    day: date
    is_posted: bool
    sums: Sums


def sums_of(lines: Iterable[VoucherLine], words: Mapping[str, str]) -> Sums:
    """What lines come to, by the ledger's word for the account and by currency."""
    found: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines:
        place = called(line.account, words), line.currency
        amount, base = found[place]
        found[place] = amount + line.amount_minor, base + line.base_minor
    return {place: amounts for place, amounts in found.items() if any(amounts)}


def booked(entry: LedgerEntry, words: Mapping[str, str]) -> Booked:
    """An entry of a ledger, ready to be compared."""
    return Booked(entry.external_id, entry.reference, entry.posted_on, entry.is_posted, sums_of(entry.lines, words))


def functional(sums: Sums) -> dict[str, int]:
    """The functional amounts by account."""
    found: dict[str, int] = defaultdict(int)
    for (account, _), (_, base) in sums.items():
        found[account] += base
    return {account: base for account, base in found.items() if base}


def compared(voucher: Voucher, entries: Sequence[Booked], state: str | None, words: Mapping[str, str]) -> Iterator[Difference]:
    """How a voucher differs from what the ledger has under its reference; `state` is that of its command."""
    posted, drafts = ([each for each in entries if each.is_posted is wanted] for wanted in (True, False))
    about, day = voucher.reference, voucher.posted_on
    for draft in drafts:
        beside = ", beside a posted one" if posted else ""
        yield Difference(kind="draft", about=about, day=day, told=f"is a draft in the ledger, {draft.external_id}{beside}; delete it there")
    if not posted:
        is_waiting = state in {"pending", "sending", "unknown", "probing"}
        told = _WAYS.get(state or "", "has no command yet; run `entrepot ledgers push`")
        yield Difference(kind="waiting" if is_waiting else "missing", about=about, day=day, told=told)
        return
    if len(posted) > 1:
        ids = ", ".join(each.external_id for each in posted[:MOST_TOLD])
        yield Difference(kind="twice", about=about, day=day, told=f"is there {len(posted)} times, as {ids}; take all but one back there")
    entry = posted[0]
    if entry.day != day:
        yield Difference(kind="day", about=about, day=day, told=f"bears {entry.day} in the ledger and {day} here")
    yield from _amounts(voucher, entry, words)


_WAYS: Mapping[str, str] = {
    "done": "was brought there, and is there no more; somebody deleted or voided it",
    "parked": "was refused; `entrepot outbox list --dead` says why",
    **dict.fromkeys(("pending", "sending", "unknown", "probing"), "is on its way"),
}


def _amounts(voucher: Voucher, entry: Booked, words: Mapping[str, str]) -> Iterator[Difference]:
    ours, base = sums_of(voucher.lines, words), voucher.base_currency
    own, their = functional(ours), functional(entry.sums)
    for account in sorted(own.keys() | their.keys()):
        more = their.get(account, 0) - own.get(account, 0)
        if more:
            yield _amount(voucher, account, base, own.get(account, 0), their.get(account, 0))
    foreign = {place for place in ours if place[1] != base}
    kept = {account for account, currency in entry.sums if currency != base}
    for account, currency in sorted(foreign | {place for place in entry.sums if place[1] != base}):
        if account in kept:  # a ledger may keep functional amounts only
            here, there = (sums.get((account, currency), (0, 0))[0] for sums in (ours, entry.sums))
            if here != there:
                yield _amount(voucher, account, currency, here, there)


def _amount(voucher: Voucher, account: str, currency: str, here: int, there: int) -> Difference:
    told = f"account {account}: {text(there, currency)} in the ledger, {text(here, currency)} here"
    return Difference(kind="amount", about=voucher.reference, day=voucher.posted_on, told=told, account=account, currency=currency,
                      amount_minor=there - here)  # fmt: skip


def text(minor: int, currency: str) -> str:
    """`-12.30 EUR`."""
    return f"{decimal_amount(minor, currency)} {currency}"


@dataclass(slots=True)
class Strangers:
    """Entries of a ledger that no voucher of ours made, and which of them take a voucher of ours back."""

    base: str
    accounts: frozenset[str]
    """Accounts of ours, as the ledger calls them."""
    taken_back: dict[frozenset[tuple[str, int]], list[tuple[date, str]]]
    """What would take vouchers of ours back, by functional amounts, with their days and references."""

    def judge(self, entry: Booked) -> Difference | None:
        """What an entry without a reference of ours is to us; None where it touches no account of ours."""
        amounts = functional(entry.sums)
        mine = {account: minor for account, minor in amounts.items() if account in self.accounts}
        if not mine and not any(account in self.accounts for account, _ in entry.sums):
            return None
        listed = ", ".join(f"{account} {text(minor, self.base)}" for account, minor in sorted(mine.items())[:MOST_TOLD]) or "no amount"
        known = [each for each in self.taken_back.get(frozenset(amounts.items()), ()) if each[0] <= entry.day] if amounts else []
        if known:
            told = f"{entry.external_id} of {entry.day} takes it back in the ledger: {listed}; reverse it here, or take that back there"
            return Difference(kind="reversed_there", about=max(known)[1], day=entry.day, told=told)
        told = f"is not ours, and on accounts of ours: {listed}"
        account, minor = next(iter(sorted(mine.items())), (None, None))
        return Difference(kind="not_ours", about=entry.external_id, day=entry.day, told=told, account=account, currency=self.base,
                          amount_minor=minor)  # fmt: skip


def taking_back(voucher: Voucher, words: Mapping[str, str]) -> frozenset[tuple[str, int]]:
    """The functional amounts that an entry must have to take a voucher back."""
    return frozenset((account, -minor) for account, minor in functional(sums_of(voucher.lines, words)).items())
