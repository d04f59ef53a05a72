"""A bank that takes the processors' payouts: two accounts, and a camt.053 statement of each for every business day, in a folder of its own.

A statement of a day is written in the early morning after it. Payouts of one processor that arrive together are sometimes booked as one
entry, with the parts told below it; rent, suppliers and the bank's own fees move the account as well. All of it is settled by the seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from sandbox import camt
from sandbox.balance import HOUR_MS, Account, Deposit, date_of, day_of, is_business, ledger_of, moment_of
from sandbox.exchange import Clock
from sandbox.shelf import Shelf
from sandbox.shopify import balance as shopify
from sandbox.square import balance as square
from sandbox.story import dice
from sandbox.truth import TrueBankLine, TruePayout

WRITTEN_MS: Final = 28 * HOUR_MS
"""When a day's statement is written, counted from the day's beginning."""
TOGETHER_ONE_IN: Final = 2
SUPPLIER_ONE_IN: Final = 5
SUPPLIERS: Final = ("PAPER AND TWINE LTD", "NORTH KILN POTTERY", "BOX WORKS GMBH")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One of our accounts at the bank, and the processor that pays out into it."""

    folder: str
    iban: str
    payer: str
    account: Account
    opening: int
    rent: int
    monthly_fee: int

    def trace_of(self, deposit: Deposit) -> str:
        """Gives what names a payout in the line it arrives by."""
        return TRACES[self.account.name](deposit)

    def id_of(self, deposit: Deposit) -> str:
        """Gives the payout's own id, as a hub has it."""
        return IDS[self.account.name](deposit)


TRACES: Final = {"shopify-main": shopify.trace_of, "square-till": square.trace_of}
IDS: Final = {"shopify-main": shopify.payout_number, "square-till": square.payout_id}
ACCOUNTS: Final = (
    BankAccount("eur", "DE02120300000000202051", "SHOPIFY PAYMENTS", shopify.ACCOUNT, 2_500_000, 185_000, 1_290),
    BankAccount("gbp", "GB33BUKB20201555555555", "SQUARE UP EUROPE", square.ACCOUNT, 900_000, 42_000, 850),
)


class Part(NamedTuple):
    """One payout within a booked entry."""

    amount: int
    trace: str
    payout: str


class Booking(NamedTuple):
    """One booked entry: what moved, with whom, and the payouts in it."""

    amount: int
    code: str
    counterparty: str
    text: str
    parts: tuple[Part, ...] = ()


class Bank:
    """The bank in a folder of its own: statements lie in `eur/out` and `gbp/out`. `first` is the first day that it accounts for.

    There is an account for each processor among the channels.
    """

    def __init__(self, home: Path, shelf: Shelf, clock: Clock, *, seed: int, first: date, channels: Sequence[str]) -> None:
        self._accounts = [ours for ours in ACCOUNTS if ours.account.name in channels]
        self._home, self._shelf, self._clock, self._seed, self._first = home, shelf, clock, seed, first
        self._written: date | None = None

    def advance(self) -> None:
        """Writes the statements that are due and not there yet."""
        last = date_of(day_of(self._now_ms() - WRITTEN_MS))
        if self._written == last:
            return
        for ours in self._accounts:
            folder = self._home / ours.folder / "out"
            folder.mkdir(parents=True, exist_ok=True)
            balance = ours.opening
            for number, (day, bookings) in enumerate(self._days(ours, last), 1):
                path = folder / f"camt053-{day:%Y%m%d}.xml"
                if not path.exists():
                    _write(path, camt.statement(ours.iban, ours.account.currency, number, day, balance, _entries(ours, day, bookings)))
                balance += sum(booking.amount for booking in bookings)
        self._written = last

    def lines(self) -> list[TrueBankLine]:
        """Gives every entry of every statement that is due."""
        last = date_of(day_of(self._now_ms() - WRITTEN_MS))
        return [
            {
                "account": ours.iban,
                "booked_on": day.isoformat(),
                "amount": {"minor": booking.amount, "currency": ours.account.currency},
                "reference": camt.reference_of(ours.iban, day, place),
                "text": booking.text,
                "payouts": [part.payout for part in booking.parts],
            }
            for ours in self._accounts
            for day, bookings in self._days(ours, last)
            for place, booking in enumerate(bookings)
        ]

    def payouts(self) -> list[TruePayout]:
        """Gives every payout issued by now; `lines` are nets by the processor's own id of the line."""
        return [
            {
                "channel": ours.account.name,
                "external_id": ours.id_of(deposit),
                "amount": {"minor": deposit.amount, "currency": ours.account.currency},
                "arrival_on": deposit.arrival.isoformat(),
                "reference": ours.trace_of(deposit),
                "is_refused": deposit.is_refused,
                "lines": {line.id.rpartition("/")[2]: line.net for line in deposit.lines},
            }
            for ours in self._accounts
            for deposit in ledger_of(self._shelf, ours.account, self._seed, self._now_ms()).deposits
        ]

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _days(self, ours: BankAccount, last: date) -> list[tuple[date, list[Booking]]]:
        """Gives each business day with what was booked on it."""
        arriving: dict[date, list[Deposit]] = {}
        for deposit in ledger_of(self._shelf, ours.account, self._seed, self._now_ms()).deposits:
            if not deposit.is_refused:
                arriving.setdefault(deposit.arrival, []).append(deposit)
        span = (self._first + timedelta(days=each) for each in range(max(0, (last - self._first).days + 1)))
        return [(day, self._booked(ours, day, arriving.get(day, []))) for day in span if is_business(day)]

    def _booked(self, ours: BankAccount, day: date, arriving: list[Deposit]) -> list[Booking]:
        throw = dice(self._seed, "bank", ours.iban, day)
        together = len(arriving) > 1 and throw.randrange(TOGETHER_ONE_IN) == 0
        found = [_paid_out(ours, arriving)] if together else [_paid_out(ours, [deposit]) for deposit in arriving]
        if throw.randrange(SUPPLIER_ONE_IN) == 0:
            name, invoice = throw.choice(SUPPLIERS), throw.randrange(10_000, 99_999)
            found.append(Booking(-throw.randrange(4_000, 90_000), "PMNT", name, f"INVOICE {invoice}"))
        if not any(is_business(day.replace(day=each)) for each in range(1, day.day)):
            found.append(Booking(-ours.rent, "PMNT", "MARKET ROW ESTATES", f"RENT {day:%m/%Y}"))
        if _next_business(day).month != day.month:
            found.append(Booking(-ours.monthly_fee, "ACMT", "", f"ACCOUNT FEE {day:%m/%Y}"))
        return found


def _paid_out(ours: BankAccount, deposits: list[Deposit]) -> Booking:
    parts = tuple(Part(deposit.amount, ours.trace_of(deposit), ours.id_of(deposit)) for deposit in deposits)
    text = f"{ours.payer} {' '.join(part.trace for part in parts)}"
    return Booking(sum(part.amount for part in parts), "PMNT", ours.payer, text, parts)


def _next_business(day: date) -> date:
    following = day + timedelta(days=1)
    while not is_business(following):
        following += timedelta(days=1)
    return following


def _entries(ours: BankAccount, day: date, bookings: list[Booking]) -> list[camt.Entry]:
    return [
        camt.Entry(
            reference=camt.reference_of(ours.iban, day, place),
            amount=booking.amount,
            code=booking.code,
            counterparty=booking.counterparty,
            text=booking.text,
            parts=tuple((part.amount, part.trace) for part in booking.parts),
        )
        for place, booking in enumerate(bookings)
    ]


def _write(path: Path, text: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(text)
    part.replace(path)


def opened_on(start_ms: int, history_ms: int) -> date:
    """Gives the first day of the world's history."""
    return moment_of(start_ms - history_ms).date()
