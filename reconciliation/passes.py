"""The declared passes, strict to loose: what must agree, by how much amounts may differ, and how far apart days may lie."""

from dataclasses import dataclass, field
from functools import partial
from typing import Literal

Shape = Literal["one_to_one", "many_to_one", "one_to_many"]
IDS = ("provider_id", "provider_id_2", "reference")
"""Columns that name a line on both sides."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two amounts may differ: `minor` units, plus `per_mille` of the left amount where a rule asks for it (by default none)."""

    minor: int = 0
    per_mille: int = 0

    @property
    def exact(self) -> bool:
        """Whether nothing may differ."""
        return self.minor == 0 and self.per_mille == 0


@dataclass(frozen=True, slots=True)
class Pass:
    """One rule by which lines match.

    `keys` must be equal and filled on both sides, as `account` and `currency` always must. The right day lies in [left - `before_days`,
    left + `after_days`]; with `business`, the days after are Monday to Friday. Where `single_candidate` is set each side must be the
    only one that fits the other; without it, equal lines that nothing tells apart are paired one by one if they are equally many.
    `within` names the column inside which up to `most` lines may add up to one. `agree` names columns that may be empty but must not
    contradict each other. `in_text` asks that the left reference be found in the right one's reference or text.
    """

    name: str
    shape: Shape = "one_to_one"
    keys: tuple[str, ...] = ()
    amount: Tolerance = field(default_factory=Tolerance)
    before_days: int = 0
    after_days: int = 0
    single_candidate: bool = False
    within: str | None = None
    most: int = 3
    business: bool = False
    agree: tuple[str, ...] = ()
    in_text: bool = False

    @property
    def by_id(self) -> bool:
        """Whether something that names the line must agree, not only what many lines share."""
        return self.in_text or any(key in IDS for key in self.keys)


_settled = partial(Pass, before_days=7, after_days=60)
"""A capture may be settled weeks later, and its line may bear the day of the order."""

PAYMENTS = (
    _settled("provider_id", keys=("provider_id", "kind")),
    _settled("provider_id_split", "one_to_many", keys=("provider_id", "kind")),
    _settled("provider_id_joined", "many_to_one", keys=("provider_id", "kind")),
    _settled("provider_id_2", keys=("provider_id_2", "kind"), agree=("provider_id",)),
    _settled("reference", keys=("reference", "kind"), agree=("provider_id", "provider_id_2")),
    _settled("reference_split", "one_to_many", keys=("reference", "kind"), agree=("provider_id", "provider_id_2")),
    _settled("reference_joined", "many_to_one", keys=("reference", "kind"), agree=("provider_id", "provider_id_2")),
    Pass("amount", keys=("kind",), before_days=1, after_days=5, single_candidate=True, agree=IDS),
)
"""Payments and refunds against settlement lines."""

_valued = partial(Pass, before_days=1, after_days=5, business=True)
"""Value date in [arrival - 1, arrival + 5 business days]."""

BANK = (
    _valued("reference", in_text=True, single_candidate=True),
    _valued("amount", single_candidate=True),
    _valued("combined_deposit", "many_to_one", within="account"),
    _valued("divided_deposit", "one_to_many", within="account"),
)
"""Payouts against bank lines. A negative payout is a debit, so nothing but its sign sets it apart."""
