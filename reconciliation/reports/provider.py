"""The tables of an account that keeps our buyers' money until it pays it out."""

from collections import Counter, defaultdict
from datetime import date

from model.records.money_figures import AccountFigures, LineFigure
from reconciliation.reports import sums
from reconciliation.reports.tables import Column, Money, Row, Table, table, totals
from reconciliation.reports.words import Words

REMAINDERS = (
    "reserve_held", "reserve_released", "dispute", "dispute_won", "conversion", "carried", "tax_withheld", "loan", "transfer", "top_up",
    "adjustment", "unknown",
)  # fmt: skip
"""What is neither sale, refund, fee nor payout, in the order it is told."""
RARE = frozenset({"disputes", "tax_withheld", "reserves", "other"})
"""Columns that many accounts never fill."""


def tables_of(figures: AccountFigures, words: Words) -> list[Table]:
    """Movements, fees, named remainders, payouts and disputes."""
    return [
        _days(figures, words), _kinds(figures, words), _fees(figures, words), _remainders(figures, words), _payout_states(figures, words),
        _payouts(figures, words), _disputes(figures, words), _day_kinds(figures, words), _day_fees(figures, words),
    ]  # fmt: skip


def _days(figures: AccountFigures, words: Words) -> Table:
    by_day: dict[tuple[date, str], list[LineFigure]] = defaultdict(list)
    for line in figures.lines:
        by_day[line.day, line.currency].append(line)
    taxes = sums.tax_kept(figures)
    rows: list[Row] = []
    for (day, currency), lines in sorted(by_day.items()):
        columns = sums.earned(lines, taxes[day, currency])
        amounts = [*(columns[key] for key in sums.EARNED), columns.total()]
        rows.append((day, currency, sum(line.count for line in lines), *(Money(amount, currency) for amount in amounts)))
    names = ("day", "currency", "count", *sums.EARNED, "net")
    return Table(
        "days", tuple(Column(key, hides_zero=key in RARE) for key in names), tuple(rows), tuple(totals(rows, words, currency_at=1))
    )


def _kinds(figures: AccountFigures, words: Words) -> Table:
    found: dict[tuple[str, str], list[LineFigure]] = defaultdict(list)
    for line in figures.lines:
        found[line.currency, line.kind].append(line)
    rows: list[Row] = [
        (
            currency, words.name("line", kind), sum(line.count for line in lines), Money(sum(line.gross_minor for line in lines), currency),
            Money(sum(line.fees_minor for line in lines), currency), Money(sum(line.net_minor for line in lines), currency),
        )
        for (currency, kind), lines in sorted(found.items())
    ]  # fmt: skip
    return table("kinds", "currency kind count gross fees net", rows)


def _fees(figures: AccountFigures, words: Words) -> Table:
    found: Counter[tuple[str, str]] = Counter()
    for fee in figures.fees:
        found[fee.currency, fee.kind] += fee.amount_minor
    rows: list[Row] = [(currency, words.name("fee", kind), Money(amount, currency)) for (currency, kind), amount in sorted(found.items())]
    return table("fees", "currency kind amount", rows)


def _remainders(figures: AccountFigures, words: Words) -> Table:
    """Gross of the lines of each kind; tax that is withheld as a fee counts with the tax."""
    found: Counter[tuple[str, str]] = Counter()
    for line in figures.lines:
        found[line.currency, line.kind] += line.gross_minor
    for (_, currency), amount in sums.tax_kept(figures).items():
        found[currency, "tax_withheld"] -= amount
    rows: list[Row] = [
        (currency, words.of(f"line.{kind}"), Money(found[currency, kind], currency))
        for currency in sorted({currency for currency, _ in found})
        for kind in REMAINDERS
        if (currency, kind) in found
    ]
    return table("remainders", "currency remainder amount", rows)


def _payout_states(figures: AccountFigures, words: Words) -> Table:
    counts: Counter[tuple[str, str, bool]] = Counter()
    amounts: Counter[tuple[str, str, bool]] = Counter()
    for one in figures.payouts:
        key = (one.currency, one.status, one.banked_by is not None)
        counts[key] += 1
        amounts[key] += one.amount_minor
    rows: list[Row] = [
        (
            currency, words.name("payout", status), words.of("yes" if is_banked else "no"), count,
            Money(amounts[currency, status, is_banked], currency),
        )
        for (currency, status, is_banked), count in sorted(counts.items())
    ]  # fmt: skip
    return table("payout_states", "currency state at_bank payouts amount", rows)


def _payouts(figures: AccountFigures, words: Words) -> Table:
    rows: list[Row] = [
        (
            one.day, one.external_id, words.name("payout", one.status), one.currency, Money(one.amount_minor, one.currency),
            Money(one.fee_minor, one.currency), one.arrival_on, one.reference,
            words.name("pass", one.banked_by) if one.banked_by else words.of("banked.no"),
        )
        for one in figures.payouts
    ]  # fmt: skip
    return table("payouts", "day payout state currency amount fee arrival reference at_bank", rows)


def _disputes(figures: AccountFigures, words: Words) -> Table:
    rows: list[Row] = [
        (
            one.external_id, one.payment_reference, words.name("dispute", one.status), one.currency,
            Money(one.amount_minor, one.currency), one.opened_at, one.due_at, one.reason,
        )
        for one in figures.disputes
    ]  # fmt: skip
    return table("disputes", "dispute payment state currency amount opened due reason", rows)


def _day_kinds(figures: AccountFigures, words: Words) -> Table:
    rows: list[Row] = [
        (
            line.day, line.currency, words.name("line", line.kind), line.count, Money(line.gross_minor, line.currency),
            Money(line.fees_minor, line.currency), Money(line.net_minor, line.currency),
        )
        for line in figures.lines
    ]  # fmt: skip
    return table("day_kinds", "day currency kind count gross fees net", rows, only_in_files=True)


def _day_fees(figures: AccountFigures, words: Words) -> Table:
    rows: list[Row] = [(fee.day, fee.currency, words.name("fee", fee.kind), Money(fee.amount_minor, fee.currency)) for fee in figures.fees]
    return table("day_fees", "day currency kind amount", rows, only_in_files=True)
