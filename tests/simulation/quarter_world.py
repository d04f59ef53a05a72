"""A generated quarter of orders and their money on four processors and one bank account, with all that goes wrong, and its truth.

Every world is made of a seed; nothing in it is looked up, and no two runs of a seed differ. Four processors, each in its own manner:
`cards` (itemised payouts each day, dollars converted, disputes, a manual and failed payouts), the store as its own processor (lines
that get their payout later, negative payouts), `wallet` (weekly balance reports, withdrawals that name no lines, holds), and
`market-money` (settlement files that name orders only, reserves carried over, tax withheld).
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from tests.simulation.quarter_balances import market, wallet
from tests.simulation.quarter_bank import bank
from tests.simulation.quarter_errors import ERRORS
from tests.simulation.quarter_payouts import itemised
from tests.simulation.quarter_quirks import QUIRKS
from tests.simulation.quarter_sales import Fate, Sale, dealt, plain
from tests.simulation.quarter_truth import CARDS, STORE, Arrival, Making, Truth


@dataclass(frozen=True, slots=True)
class World:
    """What reaches the hub, in its order, and what is true."""

    arrivals: tuple[Arrival, ...]
    truth: Truth
    fates: Counter[str]
    """How many sales became what."""

    def until(self, at: datetime) -> tuple[Arrival, ...]:
        """What has reached the hub by then."""
        return tuple(each for each in self.arrivals if each.at <= at)

    def shuffled(self, seed: int) -> "World":
        """The same world told in another order."""
        arrivals = list(self.arrivals)
        Random(seed).shuffle(arrivals)  # noqa: S311  a fixed shuffle
        return replace(self, arrivals=tuple(arrivals))


def build(orders: int, seed: int = 1) -> World:
    """A world of so many orders."""
    making = Making(Random(seed), errors=max(1, orders // 2_000))  # noqa: S311  a fixed world
    fates: Counter[str] = Counter()
    for account, sales in dealt(making, orders).items():
        for sale, fate in _with_fates(making, account, sales):
            fates[fate.__name__] += 1
            fate(sale)
    for account in (CARDS, STORE):
        itemised(making, account)
    wallet(making)
    market(making)
    bank(making)
    arrivals = sorted(making.arrivals, key=lambda each: each.at)
    return World(tuple(arrivals), making.truth, fates)


def _with_fates(making: Making, account: str, sales: list[Sale]) -> list[tuple[Sale, Fate]]:
    """What becomes of each sale of an account: errors and quirks by count, the rest as usual."""
    fates: list[Fate] = [fate for fate, accounts in ERRORS if account in accounts for _ in range(making.errors)]
    fates += [
        fate
        for fate, of_ten_thousand, accounts in QUIRKS
        if account in accounts
        for _ in range(max(1, len(sales) * of_ten_thousand // 10_000))
    ]
    if len(fates) > len(sales) // 2:
        raise ValueError(f"{len(sales)} sales of {account or 'nobody'} are too few for {len(fates)} that are unusual")
    chosen = dict(zip(making.rng.sample(range(len(sales)), len(fates)), fates, strict=True))
    return [(sale, chosen.get(number, plain)) for number, sale in enumerate(sales)]
