"""An event becomes the lines of a voucher: by rule, balanced in every currency, and in the functional currency to the minor unit.

Where an event moves money between currencies, each is balanced by itself against the exchange account; what that account is worth in the
functional currency is the gain or loss. No amount is worked out by subtraction from another: what does not balance is refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal

from model.errors import RejectedError
from model.records.voucher import VoucherLine
from model.values.money import EXPONENTS
from reconciliation.vouchers.rules import Entry, PostingRules

Rates = Callable[[str, date], Decimal]
"""What one unit of a currency is worth in the functional currency on a day; RejectedError where nobody told."""
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


def lines_of(event: BookEvent, rules: PostingRules, base: str, rates: Rates) -> tuple[VoucherLine, ...]:
    """The balanced lines of an event, none if it comes to nothing; RejectedError where no rule knows it, or they do not balance."""
    entries = rules.entries(event.event)
    if entries is None:
        raise RejectedError(f"{event.name}: no posting rule for {event.event!r}; add one to the rules")
    dimensions = tuple(sorted(event.places.items()))
    sides: dict[tuple[str, str], int] = {}
    for entry in entries:
        for role, (currency, minor) in _amounts(entry, event):
            account = rules.code(role, {**event.places, "currency": currency})
            signed = minor if entry.side == "debit" else -minor
            sides[account, currency] = sides.get((account, currency), 0) + signed
    if entries and event.amounts and not sides:
        raise RejectedError(f"{event.name}: no entry of {event.event!r} names any of its amounts ({', '.join(sorted(event.amounts))})")
    _balance(sides, event, rules)
    lines = [
        VoucherLine(account=account, currency=currency, amount_minor=minor, base_minor=0, dimensions=dimensions)
        for (account, currency), minor in sides.items()
        if minor
    ]
    found = valued(lines, base, event.day, rates)
    if any(max(abs(line.amount_minor), abs(line.base_minor)) > LARGEST for line in found):
        raise RejectedError(f"{event.name}: {event.event} comes to more than the books can hold")
    return found


def _amounts(entry: Entry, event: BookEvent) -> Iterator[tuple[str, Amount]]:
    """Roles and amounts of an entry; one for each kind of fee where it says so."""
    if not entry.amount.endswith(".*"):
        if entry.amount in event.amounts:
            yield entry.role, event.amounts[entry.amount]
        return
    prefix = entry.amount[:-1]
    for name, amount in sorted(event.amounts.items()):
        if name.startswith(prefix):
            yield (f"{entry.role[:-2]}.{name.removeprefix(prefix)}" if entry.role.endswith(".*") else entry.role), amount


def _balance(sides: dict[tuple[str, str], int], event: BookEvent, rules: PostingRules) -> None:
    """Bring an exchange's two currencies each to nothing by the exchange account; a cent within the limit is rounding."""
    lacking: dict[str, int] = {}
    for (_, currency), minor in sides.items():
        lacking[currency] = lacking.get(currency, 0) + minor
    lacking = {currency: total for currency, total in lacking.items() if total}
    if not lacking:
        return
    is_exchange = len(lacking) == 2 and len({total > 0 for total in lacking.values()}) == 2  # noqa: PLR2004  one is given, one is got
    is_small = len(lacking) == 1 and abs(next(iter(lacking.values()))) <= rules.rounding_limit_minor
    if not (is_exchange or is_small):
        told = ", ".join(f"{total} {currency}" for currency, total in sorted(lacking.items()))
        raise RejectedError(f"{event.name}: {event.event} does not balance by its rule ({told} minor units too much on the debit side)")
    for currency, total in lacking.items():
        place = (rules.code("exchange" if is_exchange else "rounding", {**event.places, "currency": currency}), currency)
        sides[place] = sides.get(place, 0) - total


def valued(lines: Sequence[VoucherLine], base: str, day: date, rates: Rates) -> tuple[VoucherLine, ...]:
    """The lines with their functional amounts: what rounding leaves in a currency goes to its largest line, so the sum is nothing."""
    known = {line.currency: rates(line.currency, day) for line in lines if line.currency != base}
    minors = [line.amount_minor if line.currency == base else _worth(line, known[line.currency], base) for line in lines]
    for currency in known:
        places = [at for at, line in enumerate(lines) if line.currency == currency]
        left = sum(minors[at] for at in places)
        minors[max(places, key=lambda at: (abs(lines[at].amount_minor), -at))] -= left
    return tuple(_based(line, minor) for line, minor in zip(lines, minors, strict=True))


def _worth(line: VoucherLine, rate: Decimal, base: str) -> int:
    scale = Decimal(10) ** (EXPONENTS[base] - EXPONENTS[line.currency])
    return int(_EXACT.multiply(_EXACT.multiply(Decimal(line.amount_minor), rate), scale).quantize(Decimal(1), ROUND_HALF_EVEN, _EXACT))


def _based(line: VoucherLine, minor: int) -> VoucherLine:
    return VoucherLine(
        account=line.account, currency=line.currency, amount_minor=line.amount_minor, base_minor=minor, tax_code=line.tax_code,
        dimensions=line.dimensions, memo=line.memo,
    )  # fmt: skip


def reversed_lines(lines: Sequence[VoucherLine]) -> tuple[VoucherLine, ...]:
    """The lines that take these back."""
    return tuple(
        VoucherLine(
            account=line.account, currency=line.currency, amount_minor=-line.amount_minor, base_minor=-line.base_minor,
            tax_code=line.tax_code, dimensions=line.dimensions, memo=line.memo,
        )
        for line in lines
    )  # fmt: skip
