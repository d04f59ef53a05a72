"""An event becomes the lines of a voucher: by rule, balanced in every currency, and in the functional currency to the minor unit.

Where an event moves money between currencies, each is balanced by itself against the exchange account; what that account is worth in the
functional currency is the gain or loss. No amount is worked out by subtraction from another: what does not balance is refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

from model.errors import RejectedError
from model.records.voucher import VoucherLine
from model.values.money import EXPONENTS
from reconciliation.vouchers.rules import Entry, PostingRules

Rates = Callable[[str, date], Decimal]
"""What one unit of a currency is worth in the functional currency on a day; RejectedError where nobody told."""
BY_ORDER = ("deposits", "receivables")
"""Roles whose lines bear their order, so that each can tell what it is made of."""
TAXES = ("tax.", "withheld.")
"""Amounts that are named by their tax code."""
Amount = tuple[str, int]
"""Currency and signed minor units."""


LARGEST = 2**63 - 1
"""What a column of the store can hold."""
_EXACT = Context(prec=80)
"""Digits enough for any amount times any rate: only the last step rounds."""


@dataclass(frozen=True, slots=True)
class BookEvent:
    """Something that happened, as the books see it. Without amounts it comes to nothing, or no longer happened."""

    event: str
    source: str
    source_id: str
    read: int
    """The reading of the fact."""
    day: date
    amounts: Mapping[str, Amount]
    """`gross`, `net`, `presented`, `fee.processing`, …: signed from our side."""
    account_id: str
    """The account of hub.toml that tells it."""
    places: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the accounts of roles may depend on: the settling `account`, the `channel`."""
    name: str = ""
    """What people know it by."""
    order: str = ""
    """The order it belongs to, as its channel knows it; lines of `BY_ORDER` bear it."""
    group: str = ""
    """What is judged as one: while one of a group is held, the group is looked at again."""
    problem: str = ""
    """Why nobody can tell what it comes to."""
    revalues: str = ""
    """The currency whose accounts the amounts, which are functional ones, are booked on: only what those are worth moves."""


def lines_of(event: BookEvent, rules: PostingRules, base: str, rates: Rates) -> tuple[VoucherLine, ...]:
    """The balanced lines of an event, none if it comes to nothing; RejectedError where no rule knows it, or they do not balance."""
    entries = rules.entries(event.event)
    if entries is None:
        raise RejectedError(f"{event.name}: no posting rule for {event.event!r}; add one to the rules")
    sides: dict[_Side, int] = {}
    for entry in entries:
        for role, tax_code, (currency, minor) in _amounts(entry, event):
            account = rules.code(role, {**event.places, "currency": event.revalues or currency})
            side = _Side(account, currency, tax_code, event.order if role in BY_ORDER else "")
            sides[side] = sides.get(side, 0) + (minor if entry.side == "debit" else -minor)
    if entries and event.amounts and not sides:
        raise RejectedError(f"{event.name}: no entry of {event.event!r} names any of its amounts ({', '.join(sorted(event.amounts))})")
    _balance(sides, event, rules)
    lines = [
        VoucherLine(
            account=side.account, currency=side.currency, amount_minor=minor, base_minor=0, tax_code=side.tax_code,
            dimensions=_dimensions(event, side),
        )
        for side, minor in sides.items()
        if minor
    ]  # fmt: skip
    found = valued(lines, base, event.day, rates)
    if any(max(abs(line.amount_minor), abs(line.base_minor)) > LARGEST for line in found):
        raise RejectedError(f"{event.name}: {event.event} comes to more than the books can hold")
    return found


def _dimensions(event: BookEvent, side: "_Side") -> tuple[tuple[str, str], ...]:
    """Where it happened; of a line that bears its order only the channel beside it, so that all lines of an order bear the same."""
    places = {"channel": event.places.get("channel", ""), "order": side.order} if side.order else event.places
    return tuple(sorted(places.items()))


class _Side(NamedTuple):
    """What is summed into one line."""

    account: str
    currency: str
    tax_code: str | None = None
    order: str = ""


def _amounts(entry: Entry, event: BookEvent) -> Iterator[tuple[str, str | None, Amount]]:
    """Roles, tax codes and amounts of an entry; one for each kind of fee, tax or currency where it says so."""
    if not entry.amount.endswith(".*"):
        if entry.amount in event.amounts:
            yield entry.role, None, event.amounts[entry.amount]
        return
    prefix = entry.amount[:-1]
    for name, amount in sorted(event.amounts.items()):
        if name.startswith(prefix):
            kind = name.removeprefix(prefix)
            yield (f"{entry.role[:-2]}.{kind}" if entry.role.endswith(".*") else entry.role), kind if prefix in TAXES else None, amount


def _balance(sides: dict[_Side, int], event: BookEvent, rules: PostingRules) -> None:
    """Bring an exchange's two currencies each to nothing by the exchange account; a cent within the limit is rounding."""
    lacking: dict[str, int] = {}
    for side, minor in sides.items():
        lacking[side.currency] = lacking.get(side.currency, 0) + minor
    lacking = {currency: total for currency, total in lacking.items() if total}
    if not lacking:
        return
    is_exchange = len(lacking) == 2 and len({total > 0 for total in lacking.values()}) == 2  # noqa: PLR2004  one is given, one is got
    is_small = len(lacking) == 1 and abs(next(iter(lacking.values()))) <= rules.rounding_limit_minor
    if not (is_exchange or is_small):
        told = ", ".join(f"{total} {currency}" for currency, total in sorted(lacking.items()))
        raise RejectedError(f"{event.name}: {event.event} does not balance by its rule ({told} minor units too much on the debit side)")
    for currency, total in lacking.items():
        place = _Side(rules.code("exchange" if is_exchange else "rounding", {**event.places, "currency": currency}), currency)
        sides[place] = sides.get(place, 0) - total


def valued(lines: Sequence[VoucherLine], base: str, day: date, rates: Rates) -> tuple[VoucherLine, ...]:
    """The lines with their functional amounts: what rounding leaves in a currency goes to its largest line, so the sum is nothing."""
    known = {line.currency: rates(line.currency, day) for line in lines if line.currency != base}
    minors = [
        line.amount_minor if line.currency == base else worth(line.amount_minor, line.currency, known[line.currency], base)
        for line in lines
    ]
    for currency in known:
        places = [at for at, line in enumerate(lines) if line.currency == currency]
        left = sum(minors[at] for at in places)
        minors[max(places, key=lambda at: (abs(lines[at].amount_minor), -at))] -= left
    return tuple(replace(line, base_minor=minor) for line, minor in zip(lines, minors, strict=True))


def worth(minor: int, currency: str, rate: Decimal, base: str) -> int:
    """What an amount is worth in the functional currency, in minor units of it."""
    scale = Decimal(10) ** (EXPONENTS[base] - EXPONENTS[currency])
    return int(_EXACT.multiply(_EXACT.multiply(Decimal(minor), rate), scale).quantize(Decimal(1), ROUND_HALF_EVEN, _EXACT))


def reversed_lines(lines: Sequence[VoucherLine]) -> tuple[VoucherLine, ...]:
    """The lines that take these back."""
    return tuple(
        VoucherLine(
            account=line.account, currency=line.currency, amount_minor=-line.amount_minor, base_minor=-line.base_minor,
            tax_code=line.tax_code, dimensions=line.dimensions, memo=line.memo,
        )
        for line in lines
    )  # fmt: skip
