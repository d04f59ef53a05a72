"""What the generated quarter knows about itself: which lines belong together, and which errors were planted in it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Literal

from model.records.breaks import BreakKind
from model.records.order import Order
from model.records.payment import Refund
from model.records.settlement import Dispute, Fee, LineKind, Payout, Settlement, SettlementLine
from model.records.statement import Statement
from model.tables.reconciliations import Level

SHOP, STORE, MARKET = "shop", "store", "market"
"""Channels; the store is its own processor."""
CARDS, WALLET, MARKET_MONEY = "cards", "wallet", "market-money"
"""Processors: itemised card account, balance account, settlement files."""
BANK, IBAN = "bank", "DE02120300000000202051"
SETTLES = {
    f"{SHOP}/stripe": CARDS, f"{SHOP}/paypal": WALLET, f"{SHOP}/gift_card": "nobody", f"{SHOP}/cash": "nobody",
    f"{STORE}/shopify_payments": STORE, f"{STORE}/gift_card": "nobody", f"{MARKET}/amazon": MARKET_MONEY,
}  # fmt: skip
PAID_BY = {CARDS: (SHOP, "stripe"), WALLET: (SHOP, "paypal"), STORE: (STORE, "shopify_payments"), MARKET_MONEY: (MARKET, "amazon")}
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
LAST_DAY = date(2026, 6, 19)
"""Until when lines and payouts are told: late refunds come up to this day."""
NOW = datetime(2026, 7, 3, 9, tzinfo=UTC)
"""When finance looks: everything that should have arrived has."""

Rule = Literal["must", "may", "never", "apart"]
"""Whether a hub has to match lines that belong together, may, or cannot without guessing; `apart`: they undo each
other on one side, and may be matched or passed over."""


@dataclass(slots=True)
class Bond:
    """Rows of both sides that belong together; what is in one bond can be told apart by nobody."""

    level: Level
    rule: Rule = "must"
    why: str = "plain"
    lefts: list[str] = field(default_factory=list[str])
    rights: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Planted:
    """An error: one open break of this kind on one of the subjects has to be found, and on each of them it may be."""

    kind: BreakKind
    account: str
    subjects: list[str] = field(default_factory=list[str])
    must: bool = True
    """Otherwise the break may be named or not: the world has an explanation, and a person may want to see it."""


@dataclass(slots=True)
class Truth:
    """All bonds, all planted errors, and the bank lines that a rule sets apart."""

    bonds: list[Bond] = field(default_factory=list[Bond])
    planted: list[Planted] = field(default_factory=list[Planted])
    ignored: set[str] = field(default_factory=set[str])

    def bond(self, level: Level, *lefts: str, rule: Rule = "must", why: str = "plain") -> Bond:
        """A new bond with these rows on its left."""
        self.bonds.append(made := Bond(level, rule, why, list(lefts)))
        return made

    def plant(self, kind: BreakKind, account: str, *subjects: str, must: bool = True) -> Planted:
        """A new planted error."""
        self.planted.append(made := Planted(kind, account, list(subjects), must))
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What moves at a processor; it becomes one settlement line, and its bond and errors learn the line's id."""

    account: str
    kind: LineKind
    at: datetime
    gross_minor: int
    currency: str = "EUR"
    bond: Bond | None = None
    planted: tuple[Planted, ...] = ()
    raw_kind: str = ""
    payment_reference: str | None = None
    other_reference: str | None = None
    source_reference: str | None = None
    order_reference: str | None = None
    presented_minor: int | None = None
    presented_currency: str | None = None
    fees: tuple[Fee, ...] | None = None
    """None: what the processor usually keeps."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A payout as the world sent it; the bank may know it although the hub was never told."""

    account: str
    payout: Payout
    style: str = ""
    """How the bank shows it; by the account's habit where it is empty."""
    bond: Bond | None = None


Told = Order | Refund | SettlementLine | Payout | Dispute | Settlement | Statement


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record as it reaches the hub, and when. A settlement and a statement bring their own lines and payouts."""

    at: datetime
    account: str
    record: Told


@dataclass(slots=True)
class Making:
    """A world while it is made."""

    rng: Random
    errors: int
    """How many of each error are planted."""
    truth: Truth = field(default_factory=Truth)
    arrivals: list[Arrival] = field(default_factory=list[Arrival])
    movements: dict[str, list[Movement]] = field(default_factory=lambda: {CARDS: [], WALLET: [], STORE: [], MARKET_MONEY: []})
    sent: list[Sent] = field(default_factory=list[Sent])
    serial: int = 0

    def tell(self, at: datetime, account: str, record: Told) -> None:
        """A record reaches the hub."""
        self.arrivals.append(Arrival(at, account, record))

    def own_amount(self) -> int:
        """An amount that no other sale has: far from the price points, and no two are a fee apart."""
        self.serial += 1
        return 30_011 + 53 * self.serial


def midnight(day: date, hour: int = 0) -> datetime:
    """An hour of a day, UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def business_days_on(day: date, count: int) -> date:
    """The day that many business days later; with 0, the day itself or the next Monday."""
    while day.weekday() > 4:
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    return day
