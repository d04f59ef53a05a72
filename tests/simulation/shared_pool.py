"""`python -m tests.simulation.shared_pool`: shops that share one stock, each holding back what demand may be until it is told.

First the lag is measured: from a sale until every other shop was told of it. Then safety stock is the 99.9 % quantile of what the others
sell in that time, the stock is sold out under every fault, and what was sold twice is told beside what was to be expected. It fails when
clearly more was, and when nothing was even without safety stock, as then nothing was tested.
"""

import argparse
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from model.rules.safety import MILLION, most_demand
from tests.simulation.fleet import run_all, stores
from tests.simulation.market import Market, open_shops, work
from tests.simulation.stores import Stores
from tests.simulation.town import OPENINGS, open_town

SHARED = """
[channels.stock]
mode = "shared"
safety = {safety}
"""
EVERY_S = 200
"""Seconds between two buyers of one SKU in one shop, on the average."""
TURN_MS = (5_000, 12_000)
CERTAINTY = 999_000
PLENTY, LAST = 400, 20
LAG_MARKETS, LAG_TURNS = 16, 40
MOST_TURNS = 120
DRAIN_TURNS = 20
"""Turns behind the last buyer, for what was sold last to be told."""
FEWEST_SALES = 200
"""A lag that only one sale of a hundred exceeds is no measurement from less."""
COUNTED = """
SELECT o.external_id, o.account_id, l.sku FROM orders o JOIN order_line_state l ON l.order_id = o.id
WHERE l.sku IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stock_touch t WHERE t.sku = l.sku)
"""
"""Orders that the availability of their SKU reckons with."""


@dataclass(slots=True)
class Sale:
    """A sale that not every other shop was told of yet."""

    at: datetime
    told_by: dict[str, int] | None = None
    """What each other shop may show once it was told: what it should when the sale was counted. Nothing here ever raises that."""


@dataclass(slots=True)
class Sold:
    """What came of selling one stock out."""

    oversold: int = 0
    endings: int = 0
    left: int = 0
    lags: list[float] = field(default_factory=list[float])
    """Seconds from each sale until every other shop was told of it; of one that never was, until the end."""


def sell_out(seed: int, own: Stores, database: str = "sqlite", *, units: int, safety: int, turns: int) -> Sold:
    """Sell so many units of each SKU through three shops that hold back `safety`, for so many turns at most."""
    dice = random.Random(f"pool {seed}")  # noqa: S311  dice, not secrets
    stock = SHARED.format(safety=safety)
    with open_town(seed, own, dice, OPENINGS[0], database=database, page_size=100, stock=stock) as town:
        market = Market(town, units, 1)
        open_shops(market, OPENINGS[0])
        town.bustle = _nothing
        return _sell(market, turns)


def _nothing() -> None:
    return


def _sell(market: Market, turns: int) -> Sold:
    town, sold, waiting = market.town, Sold(), dict[str, Sale]()
    for turn in range(turns + DRAIN_TURNS):
        before = town.clock.now()
        work(market, town.open_hub(), town.channels)
        sold.lags += [(town.clock.now() - waiting.pop(order).at).total_seconds() for order in _told_everywhere(market, waiting)]
        town.pass_time(*TURN_MS)
        if turn < turns:
            waiting |= _buy(market, (town.clock.now() - before).total_seconds())
        shown = sum(level["shown"] for level in town.street.levels() if level["sku"] in market.codes)
        is_over = turn >= turns or (town.steps["told"] and not shown)
        if is_over and not waiting:  # without the last to be told of, the longest lags would be missed
            break
    sold.lags += [(town.clock.now() - sale.at).total_seconds() for sale in waiting.values()]
    taken = market.sold()
    sold.endings = len(market.codes)
    sold.oversold = market.oversold()
    sold.left = sum(max(0, market.units - taken[code]) for code in market.codes)
    return sold


def _told_everywhere(market: Market, waiting: dict[str, Sale]) -> list[str]:
    """Those of these sales that every other shop was told of by now."""
    books = market.town.books
    shown = {
        (shop, sku): (desired, told or 0)
        for shop, sku, desired, told in books.rows("SELECT account_id, sku, desired, told FROM shown_stock")
    }
    done: list[str] = []
    for order, shop, sku in books.rows(COUNTED):
        if order not in waiting:
            continue
        others = {other: of_it for (other, code), of_it in shown.items() if code == sku and other != shop}
        sale = waiting[order]
        sale.told_by = sale.told_by or {other: desired for other, (desired, _) in others.items()}
        if all(told <= sale.told_by[other] for other, (_, told) in others.items()):
            done.append(order)
    return done


def _buy(market: Market, elapsed_s: float) -> dict[str, Sale]:
    """Buyers come to each shop for each SKU as chance sends them; gives the orders of those who found something."""
    town, bought = market.town, dict[str, Sale]()
    for channel in town.channels:
        for code in market.codes:
            for _ in range(_poisson(town.dice, elapsed_s / EVERY_S)):
                order = town.street.sell(channel.id, code, 1)
                if order is not None:
                    bought[order] = Sale(town.clock.now())
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


def wrong_with(safety: int, oversold: int, bound: float) -> str:
    """What is wrong with so many units sold twice where `bound` were to be expected; empty when nothing is."""
    if oversold > bound + 3 * math.sqrt(bound) + 1:
        return f"safety {safety}: {oversold} units sold twice are more than chance makes of {bound:.2f}; the hub told too late or too much"
    if not safety and not oversold:
        return "safety 0: nothing was sold twice, so nothing was tested; let buyers come more often (EVERY_S) or run more --seeds"
    return ""


def main(words: Sequence[str] | None = None) -> int:
    """Measure the lag, then sell out, and tell; 0 when safety stock held what it promises, and was needed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.shared_pool", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how often the stock is sold out")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    asked = parser.parse_args(words)
    with stores() as own:
        measure = partial(sell_out, units=PLENTY, safety=0, turns=LAG_TURNS)
        jobs = [(seed, "sqlite") for seed in range(LAG_MARKETS)]
        lags = [lag for sold in run_all(jobs, own, asked.workers, measure) for lag in sold.lags]
        lag_s = math.ceil(quantile(lags, 0.99))
        a_day = 2 * 86_400 * MILLION // EVERY_S  # what the two others sell
        safety = most_demand({1000: a_day}, lag_s, CERTAINTY) // 1000
        _say(f"lag from a sale until every other shop was told: p50 {quantile(lags, 0.5):.0f} s, p99 {lag_s} s, of {len(lags)} sales")
        _say(f"two others sell {2 * lag_s / EVERY_S:.1f} in that time; 99.9 % of the time at most {safety}: held back")
        few = f"lag: {len(lags)} sales are too few to measure it; take more LAG_MARKETS" if len(lags) < FEWEST_SALES else ""
        wrong = [few, *(_sell_outs(own, asked.seeds, asked.workers, held, 2 * lag_s / EVERY_S) for held in (0, safety))]
    for each in filter(None, wrong):
        _say(each)
    return 1 if any(wrong) else 0


def _sell_outs(own: Stores, seeds: int, workers: int, held: int, meanwhile: float) -> str:
    """Sell out so many times, holding back so much, and tell; gives what is wrong with it. The two others sell `meanwhile` in a lag."""
    jobs = [(1000 + seed, "sqlite") for seed in range(seeds)]
    runs = list(run_all(jobs, own, workers, partial(sell_out, units=LAST, safety=held, turns=MOST_TURNS)))
    endings, oversold, left = (sum(getattr(each, name) for each in runs) for name in ("endings", "oversold", "left"))
    bound = 3 * endings * expected_beyond(meanwhile, held)
    _say(
        f"safety {held}: {oversold} of {endings * LAST} units sold twice over {endings} sell-outs of {LAST},"
        f" to be expected at most {bound:.2f}; {left} units not sold"
    )
    return wrong_with(held, oversold, bound)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
