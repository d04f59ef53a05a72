"""Sides drawn by Hypothesis, and sets of passes."""

from typing import Any

from hypothesis import strategies as some

from reconciliation.passes import BANK, PAYMENTS, Pass, Tolerance
from tests.unit.reconciliation.lines import line

Rows = list[tuple[Any, ...]]
LOOSE = (Pass("tolerant", keys=("reference",), amount=Tolerance(30, 40), before_days=3, after_days=5),)
EVERY = some.sampled_from([PAYMENTS, BANK, (*PAYMENTS[:4], *LOOSE), (*BANK, *LOOSE, PAYMENTS[-1])])
NAMES = some.sampled_from([None, "K1", "K2", "K3-0001", "N/A"])


@some.composite
def rows(draw: some.DrawFn, mark: str) -> Rows:
    """Few values, so that lines collide in every way."""
    told = draw(
        some.lists(
            some.tuples(some.sampled_from([100, 60, 40, -40, 99, 160, 0]), some.integers(0, 9), some.sampled_from(["A", "B"])), max_size=9
        )
    )
    return [
        line(
            f"{mark}{at}", amount, day,
            account=account,
            currency=draw(some.sampled_from(["EUR", "EUR", "USD"])),
            kind=draw(some.sampled_from(["payment", "payment", "refund"])),
            provider_id=draw(NAMES), provider_id_2=draw(NAMES), reference=draw(NAMES),
            text=draw(some.sampled_from([None, "paid K3-0001 thanks", "K3 0001"])),
        )
        for at, (amount, day, account) in enumerate(told)
    ]  # fmt: skip
