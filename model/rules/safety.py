"""How much demand a stretch of time may bring: the quantile of a Poisson law, where each sale may be of several units.

Sales come one by one and independently of each other; each has a size. Panjer's recursion (ASTIN Bulletin 12, 1981) then gives the chance
of every total exactly; with a single size it is the Poisson law itself. Reckoned in decimals of 40 digits, as a sum of positive terms.
"""

from collections.abc import Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from math import gcd

MILLION = 10**6
DAY_S = 86_400
MOST_STEPS = 2000
"""A mean demand of more steps than this is reckoned in larger steps, with the mean kept and the spread a little widened."""
_DIGITS = Context(prec=40, Emin=MIN_EMIN, Emax=MAX_EMAX)


def most_demand(sales: Mapping[int, int], seconds: int, certainty: int) -> int:
    """The smallest quantity that demand over so many seconds stays within, with at least this certainty (millionths, below one million).

    `sales` gives, by the size of a sale, how many of them a day brings, in millionths. Sizes and the answer are thousandths of a unit.
    """
    with localcontext(_DIGITS):
        means = {size: Decimal(a_day * seconds) / (DAY_S * MILLION) for size, a_day in sales.items() if size > 0 and a_day * seconds > 0}
        if not means:
            return 0
        step = _step(means)
        return _steps(_on_lattice(means, step), Decimal(certainty) / MILLION) * step


def _step(means: Mapping[int, Decimal]) -> int:
    finest = gcd(*means)
    mean = sum((size * count for size, count in means.items()), Decimal(0))
    return finest * max(1, int(mean / (finest * MOST_STEPS)) + 1)


def _on_lattice(means: Mapping[int, Decimal], step: int) -> dict[int, Decimal]:
    """Expected sales by size in steps; one that lies between two multiples is shared out to both, so that the mean stays."""
    shared: dict[int, Decimal] = {}
    for size, count in means.items():
        below, rest = divmod(size, step)
        for place, part in ((below, step - rest), (below + 1, rest)):
            if place and part:
                shared[place] = shared.get(place, Decimal(0)) + count * part / step
    return shared


def _steps(means: Mapping[int, Decimal], certainty: Decimal) -> int:
    weights = [(size, size * count) for size, count in sorted(means.items())]
    chances = [(-sum(means.values(), Decimal(0))).exp()]
    covered = chances[0]
    while covered < certainty:
        total = len(chances)
        weighed = (weight * chances[total - size] for size, weight in weights if size <= total)
        chances.append(sum(weighed, Decimal(0)) / total)
        covered += chances[-1]
    return len(chances) - 1
