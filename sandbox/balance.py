"""A seller's balance with a processor, and the payouts that empty it: one for each day (UTC) on which anything moved it.

What moved the balance by an order lies on the shelf, at the time when it moves it (a dispute lies there before it is raised); what moves it
by itself (a monthly fee, money of a payout that a bank refused) is worked out here. A day's payout is issued in the early morning after it,
and arrives on the next business day; one in fourteen is refused, and its money stands in the balance again, so that a later payout
carries it. All of it is settled by the seed and what lies on the shelf; asked at any time, what was issued before is the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from sandbox.exchange import Tree
from sandbox.shelf import CREATED, FOREVER, Entry, Shelf, Ware
from sandbox.story import dice

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
ISSUED_MS: Final = 6 * HOUR_MS
ARRIVED_MS: Final = 8 * HOUR_MS
REFUSED_MS: Final = 15 * HOUR_MS
REFUSED_ONE_IN: Final = 14
SATURDAY: Final = 5
EPOCH_DAY: Final = date(1970, 1, 1)


class Movement(NamedTuple):
    """One movement of the balance: net is gross less fee. `entry` lies on the shelf; without one, `tree` is what the vendor shows."""

    at_ms: int
    sequence: int
    id: str
    gross: int
    fee: int
    entry: Entry | None = None
    tree: Tree | None = None

    @property
    def net(self) -> int:
        """Gives what it adds to the balance."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True)
class Deposit:
    """One payout: that of a day, which is numbered from 1970 on. Negative where the seller owes the processor."""

    day: int
    issued_ms: int
    arrival: date
    is_refused: bool
    lines: tuple[Movement, ...]

    @property
    def amount(self) -> int:
        """Gives what goes to the bank, in minor units."""
        return sum(line.net for line in self.lines)

    @property
    def settled_ms(self) -> int:
        """Gives when the bank has taken or refused it."""
        return start_of(self.arrival) + (REFUSED_MS if self.is_refused else ARRIVED_MS)

    def is_settled(self, now_ms: int) -> bool:
        """Says whether it has come to rest."""
        return self.settled_ms <= now_ms


@dataclass(frozen=True, slots=True)
class Account:
    """A seller's account with one processor, and how the vendor shows what moves the balance by itself."""

    name: str
    kind: str
    """Under which its movements lie on the shelf."""
    currency: str
    monthly: Callable[[int], Movement]
    """What the processor takes on this day, the first of a month."""
    returned: Callable[[Deposit], Movement]
    """What brings back the money of a refused payout."""


@dataclass(slots=True)
class Ledger:
    """Everything that moved a balance, oldest first, the payouts issued, and which of them carries what."""

    movements: list[Movement] = field(default_factory=list[Movement])
    deposits: list[Deposit] = field(default_factory=list[Deposit])
    carrier: dict[str, Deposit] = field(default_factory=dict[str, Deposit])


def put(kind: str, own: str, sequence: int, at_ms: int, amounts: tuple[int, int], body: bytes) -> Ware:
    """Gives a movement as it is laid on the shelf; `amounts` are gross and fee."""
    return Ware(kind, own, sequence, at_ms, at_ms, 0, f"{amounts[0]} {amounts[1]}", "", body)


def ledger_of(shelf: Shelf, account: Account, seed: int, now_ms: int) -> Ledger:
    """Gives the account as it stands now; it is worked out once a minute, as payouts are issued on whole minutes."""
    minute_ms = now_ms // MINUTE_MS * MINUTE_MS

    def build() -> Ledger:
        return _ledger(shelf, account, seed, minute_ms)

    return shelf.selection(account.kind, ("ledger", seed, minute_ms), build)


def day_of(at_ms: int) -> int:
    """Gives the number of a time's day."""
    return at_ms // DAY_MS


def date_of(day: int) -> date:
    """Gives the date of a day by its number."""
    return EPOCH_DAY + timedelta(days=day)


def start_of(day: date) -> int:
    """Gives the first millisecond of a day."""
    return (day - EPOCH_DAY).days * DAY_MS


def is_business(day: date) -> bool:
    """Says whether banks work."""
    return day.weekday() < SATURDAY


def moment_of(at_ms: int) -> datetime:
    """Gives an instant."""
    return datetime.fromtimestamp(at_ms // 1000, UTC)


def _movement(entry: Entry) -> Movement:
    gross, fee = map(int, entry.status.split())
    return Movement(entry.created_ms, entry.sequence, entry.id, gross, fee, entry)


def _ledger(shelf: Shelf, account: Account, seed: int, until_ms: int) -> Ledger:
    found = Ledger()
    own = [_movement(entry) for entry in shelf.window(account.kind, CREATED, -FOREVER, until_ms + MINUTE_MS)]
    if not own:
        return found
    by_day: dict[int, list[Movement]] = {}
    _sorted_in(by_day, own)
    first, last = day_of(own[0].at_ms), day_of(until_ms)
    _sorted_in(by_day, (account.monthly(day) for day in range(first, last + 1) if date_of(day).day == 1))
    waiting: list[Movement] = []
    for day in range(first, last + 1):
        waiting += sorted(by_day.get(day, ()))
        deposit = _deposit(account, seed, day, tuple(waiting))
        if deposit.issued_ms > until_ms:
            break
        if not deposit.amount:
            continue
        found.deposits.append(deposit)
        found.carrier |= {line.id: deposit for line in waiting}
        waiting = []
        if deposit.is_refused:
            _sorted_in(by_day, [account.returned(deposit)])
    found.movements = sorted(line for lines in by_day.values() for line in lines)
    return found


def _sorted_in(by_day: dict[int, list[Movement]], lines: Iterable[Movement]) -> None:
    for line in lines:
        by_day.setdefault(day_of(line.at_ms), []).append(line)


def _deposit(account: Account, seed: int, day: int, lines: tuple[Movement, ...]) -> Deposit:
    throw = dice(seed, account.name, "payout", day)
    issued = (day + 1) * DAY_MS + ISSUED_MS + throw.randrange(30) * MINUTE_MS
    arrival = date_of(day + 2)
    while not is_business(arrival):
        arrival += timedelta(days=1)
    is_refused = throw.randrange(REFUSED_ONE_IN) == 0 and sum(line.net for line in lines) > 0
    return Deposit(day, issued, arrival, is_refused, lines)
