"""The tables of a report, from the figures of an account, in the order they are read."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from model.records.money_figures import AccountFigures, BreakFigure, SignOffFigure
from reconciliation.reports import provider, sums
from reconciliation.reports.tables import Cell, Column, Link, Money, Row, Share, Table, table, totals
from reconciliation.reports.words import Words

RerunUrl = Callable[[BreakFigure], str | None]
"""Where a break's matching is run again; None where there is no such place."""
LONGEST_PERIOD = 400
"""Days of a period whose sign-off is told day by day."""


def tables_of(figures: AccountFigures, words: Words, rerun_url: RerunUrl) -> list[Table]:
    """Every table that the account's role asks for, empty or not; others only where they hold something."""
    found = [*_steps(figures, words), _unexplained(figures), _ageing(figures, words), _breaks(figures, words, rerun_url)]
    found += [*_filled(_resolved(figures, words)), _rates(figures, words), _passes(figures, words), *_of_orders(figures, words)]
    found += [*_of_provider(figures, words), *_of_bank(figures, words), *_filled(_balances(figures))]
    return [*found, _sign_offs(figures, words), _runs(figures, words)]


def _filled(one: Table) -> list[Table]:
    return [one] if one.rows else []


def _steps(figures: AccountFigures, words: Words) -> Iterator[Table]:
    for key, by_currency in sums.waterfalls(figures).items():
        rows: list[Row] = [
            (currency, words.of(f"step.{bar.key}"), Money(bar.minor, currency)) for currency, bars in by_currency.items() for bar in bars
        ]
        yield table(key, "currency step amount", rows)


def _unexplained(figures: AccountFigures) -> Table:
    rows: list[Row] = [
        (
            currency, left.breaks, Money(left.balance_minor, currency), Money(left.at_risk_minor, currency), left.lines,
            Money(left.lines_minor, currency), Money(left.total_minor, currency),
        )
        for currency, left in sums.unexplained(figures).items()
    ]  # fmt: skip
    return table("unexplained", "currency breaks balance at_risk open_lines open_amount unexplained", rows)


def _ageing(figures: AccountFigures, words: Words) -> Table:
    rows: list[Row] = [
        (words.of(f"age.{number}"), currency, count, Money(at_risk, currency))
        for number, cells in sums.ageing(figures).items()
        for currency, (count, at_risk) in cells.items()
    ]
    return table("ageing", "age currency breaks at_risk", rows)


def _breaks(figures: AccountFigures, words: Words, rerun_url: RerunUrl) -> Table:
    columns = (
        Column("age_days"), Column("day"), Column("break"), Column("mend", under="break"), Column("subject"), Column("currency"),
        Column("amount"), Column("owner"), Column("state"), Column("first_seen", is_only_in_files=True),
        Column("evidence", is_only_in_files=True), Column("rerun"),
    )  # fmt: skip
    rows: list[Row] = [
        (
            sums.age_days(figures, one), one.day, words.name("break", one.kind), words.name("mend", one.kind), one.subject_name,
            one.currency, Money(one.amount_minor, one.currency), one.owner or words.of("owner.none"), words.name("state", one.state),
            one.first_seen_at, one.evidence, _link(words, rerun_url(one)),
        )
        for one in sums.open_breaks(figures)
    ]  # fmt: skip
    return Table("breaks", columns, tuple(rows))


def _link(words: Words, url: str | None) -> Cell:
    """A link to a web page; whatever else an address might start is none."""
    return Link(words.of("column.rerun"), url) if url and url.startswith(("http://", "https://")) else None


def _resolved(figures: AccountFigures, words: Words) -> Table:
    columns = (
        Column("day"), Column("break"), Column("subject", under="break"), Column("currency"), Column("amount"), Column("reason"),
        Column("maker"), Column("checker"),
    )  # fmt: skip
    rows: list[Row] = [
        (
            one.day, words.name("break", one.kind), one.subject_name, one.currency, Money(one.amount_minor, one.currency), one.resolution,
            one.maker, one.checker,
        )
        for one in figures.breaks
        if one.state == "resolved"
    ]  # fmt: skip
    return Table("resolved", columns, tuple(rows))


def _rates(figures: AccountFigures, words: Words) -> Table:
    rows: list[Row] = [
        (words.name("level", level), day, share.whole, share.part, share)
        for level, days in sums.rates(figures.matches).items()
        for day, share in days.items()
    ]
    return table("rates", "level day count explained share", rows)


def _passes(figures: AccountFigures, words: Words) -> Table:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    amounts: Counter[tuple[str, str, str, str]] = Counter()
    wholes: Counter[tuple[str, str]] = Counter()
    for one in figures.matches:
        key = (one.level, one.state, one.by or "", one.currency)
        counts[key] += one.count
        amounts[key] += one.amount_minor
        wholes[one.level, one.currency] += one.count
    rows: list[Row] = [
        (
            words.name("level", level), words.name("state", state), words.name("pass" if state == "matched" else "rule", by), currency,
            count, Money(amounts[level, state, by, currency], currency), Share(count, wholes[level, currency]),
        )
        for (level, state, by, currency), count in sorted(counts.items(), key=lambda pair: (pair[0][0] != "payment", -pair[1], pair[0]))
    ]  # fmt: skip
    return table("passes", "level state by currency count amount share", rows)


def _of_orders(figures: AccountFigures, words: Words) -> Iterator[Table]:
    if figures.role == "channel":
        yield _orders(figures, words)
        yield _gateways(figures, words)


def _orders(figures: AccountFigures, words: Words) -> Table:
    moved: Counter[tuple[date, str, str]] = Counter()
    for one in figures.taken:
        moved[one.day, one.currency, "refunded" if one.is_refund else "paid"] += one.amount_minor
        moved[one.day, one.currency, one.reach] += one.amount_minor
    worth = {(one.day, one.currency): one for one in figures.orders}
    keys = sorted({*worth, *((day, currency) for day, currency, _ in moved)})
    columns = ("paid", "refunded", "nobody", "open", "settled", "banked")
    rows: list[Row] = []
    for day, currency in keys:
        of_day = worth.get((day, currency))
        amounts = [of_day.total_minor if of_day else 0, *(moved[day, currency, column] for column in columns)]
        rows.append((day, currency, of_day.count if of_day else 0, *(Money(amount, currency) for amount in amounts)))
    return table("orders", f"day currency orders worth {' '.join(columns)}", rows, totals(rows, words, currency_at=1))


def _gateways(figures: AccountFigures, words: Words) -> Table:
    sums_: Counter[tuple[str | None, str, str]] = Counter()
    for one in figures.taken:
        sums_[one.gateway, one.currency, one.reach] += one.amount_minor
        sums_[one.gateway, one.currency, "refunded" if one.is_refund else "paid"] += one.amount_minor
    columns = ("paid", "refunded", "nobody", "open", "settled", "banked")
    keys = sorted({(gateway, currency) for gateway, currency, _ in sums_}, key=lambda key: (key[0] or "", key[1]))
    rows: list[Row] = [
        (gateway or words.of("gateway.none"), currency, *(Money(sums_[gateway, currency, column], currency) for column in columns))
        for gateway, currency in keys
    ]
    return table("gateways", f"gateway currency {' '.join(columns)}", rows)


def _of_provider(figures: AccountFigures, words: Words) -> list[Table]:
    if figures.role != "processor" and not figures.lines and not figures.payouts:
        return []
    return provider.tables_of(figures, words)


def _of_bank(figures: AccountFigures, words: Words) -> list[Table]:
    if figures.role != "bank":
        return []
    rows: list[Row] = [
        (
            one.day, one.currency, one.count, Money(one.in_minor, one.currency), Money(one.out_minor, one.currency),
            Money(one.in_minor + one.out_minor, one.currency), Money(one.fee_minor, one.currency),
        )
        for one in figures.bank_days
    ]  # fmt: skip
    return [table("bank_days", "day currency count in out moved fee", rows, totals(rows, words, currency_at=1))]


def _balances(figures: AccountFigures) -> Table:
    rows: list[Row] = [
        (
            one.external_id, one.since, one.until, one.currency,
            *(None if minor is None else Money(minor, one.currency) for minor in (one.opening_minor, one.moved_minor, one.closing_minor)),
        )
        for one in figures.balances
    ]  # fmt: skip
    return table("balances", "name since until currency opening moved closing", rows)


def _sign_offs(figures: AccountFigures, words: Words) -> Table:
    """Each day of the period, signed or not."""
    rows: list[Row] = []
    for number in range(min((figures.until - figures.since).days + 1, LONGEST_PERIOD)):
        day = figures.since + timedelta(days=number)
        signed = [one for one in figures.sign_offs if one.day == day]
        rows += [
            (day, words.of(f"signed.{signature_state(one)}"), one.maker, one.made_at, one.checker, one.checked_at, one.withdrawn)
            for one in signed
        ]
        if all(one.withdrawn is not None for one in signed):
            rows.append((day, words.of("signed.open"), None, None, None, None, None))
    return table("sign_offs", "day state maker made_at checker checked_at withdrawn", rows)


def signature_state(one: SignOffFigure) -> str:
    """`withdrawn`, `checked`, or `made` while it waits for the second person."""
    if one.withdrawn is not None:
        return "withdrawn"
    return "checked" if one.checked_at else "made"


def _runs(figures: AccountFigures, words: Words) -> Table:
    rows: list[Row] = [
        (words.name("level", one.level), one.since, one.until, one.ended_at, words.name("outcome", one.outcome), one.message)
        for one in figures.runs
    ]
    return table("runs", "level since until ended outcome message", rows)
