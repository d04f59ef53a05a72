"""`python -m tests.simulation.shared_pool`: shops that share one stock, each holding back what demand may be until it is told.

First the lag is measured: from a sale until every shop was told of it. Then safety stock is the 99.9 % quantile of what the others sell in
that time, the stock is sold out under every fault, and what was sold twice is told beside what was to be expected.
"""

import argparse
import math
import os
import random
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model.rules.safety import MILLION, most_demand
from sandbox.street import Street
from tests.simulation.fleet import stores
from tests.simulation.market import Market, open_shops, work
from tests.simulation.stores import Books, Stores
from tests.simulation.town import OPENINGS, Town, VirtualClock, hub_file

SHARED = """
[channels.stock]
mode = "shared"
safety = {safety}
"""
EVERY_S = 300
"""Seconds between two buyers of one SKU in one shop, on the average."""
TURN_MS = (5_000, 12_000)
CERTAINTY = 999_000
PLENTY, LAST = 400, 30
MOST_TURNS = 120
TOLD_EVERYWHERE = """
SELECT o.external_id FROM orders o JOIN order_line_state l ON l.order_id = o.id
WHERE l.sku IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stock_touch t WHERE t.sku = l.sku)
  AND NOT EXISTS (SELECT 1 FROM shown_stock s WHERE s.sku = l.sku AND (s.state <> 'settled' OR s.sent <> s.desired))
"""


@dataclass(slots=True)
class Sold:
    """What came of selling one stock out."""

    oversold: int = 0
    endings: int = 0
    left: int = 0
    lags: list[float] = field(default_factory=list[float])
    """Seconds from each sale until every shop was told of it."""


def sell_out(seed: int, own: Stores, units: int, safety: int, turns: int) -> Sold:
    """Sell so many units of each SKU through three shops that hold back `safety`, for so many turns at most."""
    dice = random.Random(f"pool {seed}")  # noqa: S311  dice, not secrets
    home, opening = own.home / f"pool_{os.getpid()}", OPENINGS[0]
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        url = stack.enter_context(own.fresh("sqlite"))
        clock = VirtualClock(opening)
        street = Street(home, orders=1, seed=seed, faults="all", clock=clock.now)
        stack.callback(street.close)
        books = Books(url)
        stack.callback(books.close)
        town = Town(
            seed, own, url, dice, clock, street, hub_file(own.home, opening, 100, SHARED.format(safety=safety)), books, timedelta(0)
        )
        stack.callback(town.bury)
        market = Market(town, units, 1)
        open_shops(market, opening)
        town.bustle = _nothing
        return _sell(market, turns)


def _nothing() -> None:
    return


def _sell(market: Market, turns: int) -> Sold:
    town, sold, waiting = market.town, Sold(), dict[str, datetime]()
    for _ in range(turns):
        before = town.clock.now()
        work(market, town.open_hub(), town.channels)
        for (order,) in town.books.rows(TOLD_EVERYWHERE):
            if order in waiting:
                sold.lags.append((town.clock.now() - waiting.pop(order)).total_seconds())
        town.pass_time(*TURN_MS)
        waiting |= _buy(market, (town.clock.now() - before).total_seconds())
        shown = sum(level["shown"] for level in town.street.levels() if level["sku"] in market.codes)
        if not shown and not waiting:
            break
    taken = market.sold()
    sold.endings = len(market.codes)
    sold.oversold = market.oversold()
    sold.left = sum(max(0, market.units - taken[code]) for code in market.codes)
    return sold


def _buy(market: Market, elapsed_s: float) -> dict[str, datetime]:
    """Buyers come to each shop for each SKU as chance sends them; gives the orders of those who found something."""
    town, bought = market.town, dict[str, datetime]()
    for channel in town.channels:
        for code in market.codes:
            for _ in range(_poisson(town.dice, elapsed_s / EVERY_S)):
                order = town.street.sell(channel.id, code, 1)
                if order is not None:
                    bought[order] = town.clock.now()
    return bought


def _poisson(dice: random.Random, mean: float) -> int:
    count, chance, limit = -1, 1.0, math.exp(-mean)
    while chance > limit:
        chance *= dice.random()
        count += 1
    return count


def expected_beyond(mean: float, safety: int) -> float:
    """How much Poisson demand is above a quantity, on the average: summed from its definition."""
    chance, below, beyond = math.exp(-mean), 0.0, mean
    for many in range(safety):
        below += chance
        beyond -= 1 - below
        chance *= mean / (many + 1)
    return beyond


def quantile(values: Sequence[float], part: float) -> float:
    """The value that so many of them do not exceed."""
    return sorted(values)[min(len(values) - 1, math.ceil(part * len(values)) - 1)]


def main() -> None:
    """Measure the lag, then sell out, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.shared_pool", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    with stores() as own:
        lags = [lag for seed in range(3) for lag in sell_out(seed, own, PLENTY, 0, 40).lags]
        lag_s = math.ceil(quantile(lags, 0.99))
        a_day = 2 * 86_400 * MILLION // EVERY_S  # what the two others sell
        safety = most_demand({1000: a_day}, lag_s, CERTAINTY) // 1000
        _say(f"lag from a sale until every shop was told: p50 {quantile(lags, 0.5):.0f} s, p99 {lag_s} s, of {len(lags)} sales")
        _say(f"two others sell {2 * lag_s / EVERY_S:.1f} in that time; 99.9 % of the time at most {safety}: held back")
        for held in (0, safety):
            runs = [sell_out(1000 + seed, own, LAST, held, MOST_TURNS) for seed in range(asked.seeds)]
            endings, oversold, left = (sum(getattr(each, name) for each in runs) for name in ("endings", "oversold", "left"))
            bound = 3 * endings * expected_beyond(2 * lag_s / EVERY_S, held)
            _say(
                f"safety {held}: {oversold} of {endings * LAST} units sold twice over {endings} sell-outs of {LAST},"
                f" to be expected at most {bound:.2f}; {left} units not sold"
            )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
