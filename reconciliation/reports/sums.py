"""Sums over the figures of an account: the steps from gross to bank, what stays unexplained, ages and rates."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from model.records.breaks import BreakKind
from model.records.money_figures import AccountFigures, BreakFigure, LineFigure, MatchFigure
from reconciliation.reports.tables import Share

PAYS_OUT = frozenset({"payout", "payout_failed"})
"""Kinds of lines that carry the balance away; only their fees lower what was earned."""
COLUMN_OF_KIND: Mapping[str, str] = {
    "charge": "sales", "refund": "refunds", "refund_failed": "refunds", "dispute": "disputes", "dispute_won": "disputes", "fee": "fees",
    "tax_withheld": "tax_withheld", "reserve_held": "reserves", "reserve_released": "reserves",
}  # fmt: skip
"""Where the gross of a line is counted; what is not named here is another remainder."""
EARNED = ("sales", "refunds", "disputes", "fees", "tax_withheld", "reserves", "other")
EXPLAINED = frozenset({"matched", "undone", "set_apart", "accepted"})
MOVES_MONEY = frozenset({"in_transit", "paid"})
NAMED: frozenset[BreakKind] = frozenset(
    {"dispute_open", "refunded_and_disputed", "reserve_outstanding", "payout_failed", "order_underpaid", "order_overpaid"}
)
"""Breaks whose money has an explanation, and which wait for somebody to act; the others stay unexplained."""
AGES = (3, 8, 31)
"""First day of the second and each further class of age."""


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall: a sum that changes the level, or the level reached."""

    key: str
    minor: int
    is_level: bool = False


def earned(lines: Iterable[LineFigure], tax_kept_minor: int) -> Counter[str]:
    """What each column of `EARNED` comes to; their sum is the net of the lines before payouts.

    `tax_kept_minor` is the part of the fees that is tax withheld.
    """
    sums: Counter[str] = Counter(dict.fromkeys(EARNED, 0))
    for line in lines:
        sums["fees"] -= line.fees_minor
        if line.kind not in PAYS_OUT:
            sums[COLUMN_OF_KIND.get(line.kind, "other")] += line.gross_minor
    sums["fees"] += tax_kept_minor
    sums["tax_withheld"] -= tax_kept_minor
    return sums


def tax_kept(figures: AccountFigures) -> Counter[tuple[date, str]]:
    """Tax withheld among the fees, by day and currency."""
    kept: Counter[tuple[date, str]] = Counter()
    for fee in figures.fees:
        if fee.kind == "tax_withheld":
            kept[fee.day, fee.currency] += fee.amount_minor
    return kept


def waterfalls(figures: AccountFigures) -> dict[str, dict[str, tuple[Step, ...]]]:
    """The steps from gross to bank, by table and currency, the largest sums first. A channel that keeps our money itself has two."""
    made: dict[str, dict[str, tuple[Step, ...]]] = {}
    for key, (role, make) in _WATERFALLS.items():
        if figures.role == role or (key == "steps" and (figures.lines or figures.payouts)):
            each = {currency: tuple(make(figures, currency)) for currency in currencies(figures)}
            moved = {currency: bars for currency, bars in each.items() if any(bar.minor for bar in bars)}
            made[key] = dict(sorted(moved.items(), key=lambda pair: (-max(abs(bar.minor) for bar in pair[1]), pair[0])))
    return made


def currencies(figures: AccountFigures) -> list[str]:
    """Every currency that something of the figures is in."""
    groups = (figures.lines, figures.payouts, figures.matches, figures.breaks, figures.bank_days, figures.orders, figures.taken)
    return sorted({one.currency for group in groups for one in group})


def _from_sales(figures: AccountFigures, currency: str) -> list[Step]:
    taxes = sum(amount for (_, kept_in), amount in tax_kept(figures).items() if kept_in == currency)
    sums = earned((line for line in figures.lines if line.currency == currency), taxes)
    net = sums.total()
    sent = [one for one in figures.payouts if one.currency == currency and (one.status in MOVES_MONEY or one.banked_by)]
    paid_out = sum(one.amount_minor for one in sent)
    banked = sum(one.amount_minor for one in sent if one.banked_by)
    bars = [Step(key, sums[key], is_level=False) for key in EARNED if sums[key] or key in {"sales", "refunds", "fees"}]
    return [
        *bars, Step("net", net, is_level=True), Step("stays", paid_out - net), Step("paid_out", paid_out, is_level=True),
        Step("on_the_way", banked - paid_out), Step("banked", banked, is_level=True),
    ]  # fmt: skip


def _at_bank(figures: AccountFigures, currency: str) -> list[Step]:
    sums: Counter[str] = Counter()
    for one in figures.matches:
        if one.currency == currency and one.level == "bank":
            sums[one.state if one.state in EXPLAINED else "unexplained"] += one.amount_minor
    moved = sum(day.in_minor + day.out_minor for day in figures.bank_days if day.currency == currency)
    return [*[Step(key, sums[key]) for key in ("matched", "set_apart", "accepted", "unexplained")], Step("moved", moved, is_level=True)]


def _from_orders(figures: AccountFigures, currency: str) -> list[Step]:
    worth = sum(day.total_minor for day in figures.orders if day.currency == currency)
    paid = sum(one.amount_minor for one in figures.taken if one.currency == currency and not one.is_refund)
    given = sum(one.amount_minor for one in figures.taken if one.currency == currency and one.is_refund)
    reach: Counter[str] = Counter()
    for one in figures.taken:
        if one.currency == currency:
            reach[one.reach] += one.amount_minor
    settled = reach["settled"] + reach["banked"]
    return [
        Step("worth", worth, is_level=True), Step("unpaid", paid - worth), Step("paid", paid, is_level=True), Step("refunded", given),
        Step("nobody", -reach["nobody"]), Step("open", -reach["open"]), Step("settled", settled, is_level=True),
        Step("on_the_way", -reach["settled"]), Step("banked", reach["banked"], is_level=True),
    ]  # fmt: skip


_WATERFALLS: Mapping[str, tuple[str, Callable[[AccountFigures, str], list[Step]]]] = {
    "steps_orders": ("channel", _from_orders),
    "steps": ("processor", _from_sales),
    "steps_bank": ("bank", _at_bank),
}
"""Tables of steps, each with the role whose account always has it."""


@dataclass(frozen=True, slots=True)
class Unexplained:
    """What stays unexplained in one currency: open breaks, and lines that neither a match nor a break names."""

    breaks: int
    balance_minor: int
    """Of those whose money has no explanation."""
    at_risk_minor: int
    """Of all, whatever the signs."""
    lines: int
    lines_minor: int

    @property
    def total_minor(self) -> int:
        """The unexplained remainder."""
        return self.balance_minor + self.lines_minor

    @property
    def is_nothing(self) -> bool:
        """Whether everything is explained: sums that cancel out are not."""
        return self.breaks == self.lines == 0


def unexplained(figures: AccountFigures) -> dict[str, Unexplained]:
    """What stays unexplained, by currency; every currency of the account is named."""
    found: dict[str, Unexplained] = {}
    for currency in currencies(figures):
        broken = [one for one in open_breaks(figures) if one.currency == currency]
        amounts = [one.amount_minor for one in broken if one.kind not in NAMED]
        loose = [one for one in figures.matches if one.currency == currency and one.state == "unmatched"]
        found[currency] = Unexplained(
            breaks=len(broken), balance_minor=sum(amounts), at_risk_minor=sum(abs(one.amount_minor) for one in broken),
            lines=sum(one.count for one in loose), lines_minor=sum(one.amount_minor for one in loose),
        )  # fmt: skip
    return found


def open_breaks(figures: AccountFigures) -> list[BreakFigure]:
    """Breaks that are not resolved; one that waits for a second person is still open."""
    return [one for one in figures.breaks if one.state != "resolved"]


def age_days(figures: AccountFigures, one: BreakFigure) -> int:
    """Days from a break's business day to the day of the report."""
    return max(0, (figures.made_on - one.day).days)


def age_class(days: int) -> int:
    """0 to 3: up to two days, a week, thirty days, more."""
    return sum(days >= first for first in AGES)


def ageing(figures: AccountFigures) -> dict[int, dict[str, tuple[int, int]]]:
    """Open breaks by class of age and currency: how many, and what is at risk."""
    classes: dict[int, dict[str, tuple[int, int]]] = {number: {} for number in range(len(AGES) + 1)}
    for one in sorted(open_breaks(figures), key=lambda each: each.currency):
        cell = classes[age_class(age_days(figures, one))]
        count, at_risk = cell.get(one.currency, (0, 0))
        cell[one.currency] = (count + 1, at_risk + abs(one.amount_minor))
    return classes


def rates(matches: Iterable[MatchFigure]) -> dict[str, dict[date, Share]]:
    """Explained lines out of all, by level and day."""
    counted: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0])
    for one in matches:
        cell = counted[one.level, one.day]
        cell[0] += one.count if one.state in EXPLAINED else 0
        cell[1] += one.count
    levels: dict[str, dict[date, Share]] = {}
    for (level, day), (part, whole) in sorted(counted.items(), key=lambda pair: (pair[0][0] != "payment", pair[0])):
        levels.setdefault(level, {})[day] = Share(part, whole)
    return levels


def rate(matches: Iterable[MatchFigure]) -> Share:
    """Explained lines out of all."""
    kept = list(matches)
    return Share(sum(one.count for one in kept if one.state in EXPLAINED), sum(one.count for one in kept))
