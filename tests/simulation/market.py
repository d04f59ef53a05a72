"""One seeded market: three shops sell the same last units of one stock while the hub publishes every few seconds under every fault.

Buyers come between the hub's steps and between its exchanges; processes die; what is ring-fenced must never be sold twice, and when the
faults stop and buyers take all that is shown, nothing may be left over.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from operations.compare_stock import compare_channel
from operations.publish_stock import publish_channel
from operations.pull import pull_channel
from operations.pull_listings import pull_listings
from operations.refresh_availability import refresh_availability
from operations.replay import replay_channel
from operations.reports import Report
from operations.review_orders import review_orders
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel
from tests.common_stock import lay_in_common
from tests.simulation.course import Verdict
from tests.simulation.judge import watch
from tests.simulation.stores import Stores
from tests.simulation.town import OPENINGS, Town, open_town

SKUS = 3
UNITS = (2, 3, 5, 8, 12)
RING_FENCED = """
[channels.stock]
mode = "ring_fenced"
share = {share}
"""
SHARES = (1, 1, 0.5)
TILL = "square-till"
"""What it sells has left with the buyer: it comes back by a return, and no cancel brings it."""
TRIES = 40
"""Readings of a catalogue under faults, at the very most."""
QUIET = 12
"""Turns that a calm market needs at the very most."""


@dataclass(slots=True)
class Market:
    """A town whose shops sell from one stock."""

    town: Town
    units: int
    share: float
    codes: list[str] = field(default_factory=list[str])
    orders: list[str] = field(default_factory=list[str])
    """What can still be cancelled."""

    bought: list[str] = field(default_factory=list[str])

    def sold(self) -> Counter[str]:
        """Units of each code sold and not cancelled, by the shops' own books."""
        total: Counter[str] = Counter()
        for level in self.town.street.levels():
            if level["sku"] in self.codes:
                total[level["sku"]] += level["sold"]
        return total

    def oversold(self) -> int:
        """Units sold that nobody has."""
        return sum(max(0, sold - self.units) for sold in self.sold().values())

    def buy(self) -> None:
        """A buyer takes what a shop shows, if it shows enough."""
        dice = self.town.dice
        shop = dice.choice(self.town.channels).id
        order = self.town.street.sell(shop, dice.choice(self.codes), dice.choice((1, 1, 1, 2)))
        if order is None:
            return
        self.bought.append(order)
        if shop != TILL:
            self.orders.append(order)

    def cancel(self) -> None:
        """Somebody thinks better of it."""
        if self.orders:
            self.town.street.cancel(self.orders.pop(self.town.dice.randrange(len(self.orders))))


def run_market(seed: int, stores: Stores, database: str = "sqlite") -> Verdict:
    """Run one seed and judge it."""
    dice = random.Random(f"market {seed}")  # noqa: S311  dice, not secrets
    verdict = Verdict(seed, database)
    opening, share = dice.choice(OPENINGS), dice.choice(SHARES)
    skew, stock = timedelta(minutes=dice.choice((0, 0, -10, 10))), RING_FENCED.format(share=share)
    with open_town(seed, stores, dice, opening, database=database, page_size=25, stock=stock, skew=skew) as town:
        _live(Market(town, dice.choice(UNITS), share), opening, verdict)
    return verdict


def _live(market: Market, opening: datetime, verdict: Verdict) -> None:
    town = market.town
    with verdict.on(town):
        open_shops(market, opening)
        town.bustle = market.buy
        for _ in range(town.dice.randint(10, 20)):
            _take_turn(market)
            watch(town)
            _judge_sales(market)
        _close(market)
        verdict.orders = sum(market.sold().values())


def open_shops(market: Market, opening: datetime) -> None:
    """Read the catalogues as often as the faults ask for; the shops count from zero."""
    town = market.town
    for channel in town.channels:
        town.street.stock(channel.id, {"*": 0})
    for channel in town.channels:
        for _ in range(TRIES):
            read = pull_listings(town.open_hub(), channel)
            if read.outcome == "done" and not read.counts["unreadable"]:
                break
            town.pass_time(1_000, 60_000)
    market.codes = lay_in_common(town.open_hub().database, town.file, market.units, opening, most=SKUS)
    if len(market.codes) < SKUS:
        town.blame("opening", f"only {market.codes} are listed everywhere")


def _take_turn(market: Market) -> None:
    """Buyers, then the hub's work, which the process may not outlive."""
    town = market.town
    town.pass_time(1_000, town.dice.choice((4_000, 8_000, 20_000, 90_000)))
    for _ in range(town.dice.randrange(4)):
        market.buy()
    if town.dice.randrange(6) == 0:
        market.cancel()
    town.risk(deaths=30, outage_one_in=8)
    town.outlive(lambda: work(market, town.open_hub(), town.dice.sample(town.channels, town.dice.randint(1, 3))))


def work(market: Market, hub: Hub, chosen: Sequence[Channel]) -> list[Report]:
    """Read, review, compare now and then, publish; gives what the publishing did."""
    town = market.town
    channels = [channel for channel in town.channels if channel in chosen]
    for channel in channels:
        pull_channel(hub, channel)
    if town.dice.randrange(3) == 0:
        for channel in channels:
            replay_channel(hub, channel)
    review_orders(hub)
    if town.dice.randrange(5) == 0:
        compare_channel(hub, town.dice.choice(town.channels))
    refresh_availability(hub)
    reports = [publish_channel(hub, channel) for channel in town.dice.sample(town.channels, len(town.channels))]
    town.steps.update({"told": sum(each.counts["told"] for each in reports), "stale": sum(each.counts["stale"] for each in reports)})
    town.steps["healed"] += sum(each.counts["healed"] for each in reports)
    town.journal += [each.line for each in reports]
    return reports


def _judge_sales(market: Market) -> None:
    if oversold := market.oversold():
        market.town.blame("oversold", f"{oversold} of {market.units} each: {dict(market.sold())}")


def _close(market: Market) -> None:
    """The faults stop. Everything settles; then buyers take all that is shown, until nothing is, and nothing may be left over."""
    town = market.town
    town.calm()
    for _ in range(2 * market.units + 2):
        _settle(market)
        _judge_sales(market)
        if not _sell_what_is_shown(market):
            break
    watch(town)
    kept = 0 if market.share == 1 else 1  # half of one unit is no unit
    free = dict(town.books.rows("SELECT sku, (on_hand - damaged - held - reserved) / 1000 FROM stock_level"))
    held: Counter[str] = Counter()
    for level in town.street.levels():
        held[level["sku"]] += level["held"]  # for unpaid orders, which the hub has reserved too
    left = {code: free[code] for code in market.codes if free[code] - held[code] > kept}
    if left:
        town.blame("left over", f"{left} of {market.units} each, and nobody shows them")
    lost = set(market.bought) - {each for (each,) in town.books.rows("SELECT external_id FROM orders")}
    if lost:
        town.blame("lost", f"{sorted(lost)[:5]} are not stored")


def _settle(market: Market) -> None:
    """Turn until nothing is told any more and nothing waits."""
    town, quiet = market.town, 0
    for turn in range(QUIET):
        town.pass_time(130_000, 130_000)  # by then nothing is late any more
        reports = work(market, town.open_hub(), town.channels)
        for channel in town.channels if turn == 1 else ():  # as every night: a shop may have put nothing back for a cancelled sale
            compare_channel(town.open_hub(), channel)
        waits = town.books.rows("SELECT listing_id FROM shown_stock WHERE state IN ('sending', 'unknown')")
        is_quiet = not waits and all(each.outcome == "done" and not each.counts["told"] for each in reports)
        quiet = quiet + 1 if is_quiet else 0
        if quiet == 3:  # what was looked at in one turn is understood in the next, and told behind that
            return
    town.blame("liveness", f"after {QUIET} turns in a calm market there is still something to tell: {town.journal[-6:]}")


def _sell_what_is_shown(market: Market) -> int:
    """Buyers empty every shop; gives how many came home with something."""
    town = market.town
    bought = 0
    for channel in town.channels:
        for code in market.codes:
            while town.street.sell(channel.id, code, 1) is not None:
                bought += 1
    return bought
