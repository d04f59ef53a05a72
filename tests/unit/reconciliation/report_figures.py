"""Figures of a provider, a bank and a channel as a good and a bad month leave them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from model.records.breaks import BreakKind
from model.records.money_figures import (
    AccountFigures,
    BalanceFigure,
    BankFigure,
    BreakFigure,
    DisputeFigure,
    FeeFigure,
    LineFigure,
    MatchFigure,
    OrderFigure,
    PayoutFigure,
    RunFigure,
    SignOffFigure,
    TakenFigure,
)

SINCE, UNTIL, TODAY = date(2026, 3, 1), date(2026, 3, 14), date(2026, 3, 16)
DAYS = tuple(SINCE + timedelta(days=number) for number in range(14))
AT = datetime(2026, 3, 16, 5, 30, tzinfo=UTC)


def line(day: date, kind: str, gross: int, fees: int = 0, count: int = 1, currency: str = "EUR") -> LineFigure:
    return LineFigure(day=day, currency=currency, kind=kind, count=count, gross_minor=gross, fees_minor=fees, net_minor=gross - fees)


def broken(
    kind: BreakKind, amount: int, days: int, subject: str = "ch_1", *, state: str = "open", currency: str = "EUR", owner: str | None = "Mia"
) -> BreakFigure:
    """A break of so many days before the report."""
    is_resolved = state == "resolved"
    return BreakFigure(
        id=f"{kind}-{subject}", kind=kind, subject_id="0" * 32, subject_name=subject, day=TODAY - timedelta(days=days), currency=currency,
        amount_minor=amount, evidence='{"looked_at": 3}', state=state, owner=owner, first_seen_at=AT,
        resolution="the bank kept a fee" if is_resolved else None, maker="Mia" if is_resolved else None,
        checker="Ben" if is_resolved else None,
    )  # fmt: skip


def matched(level: str, day: date, state: str, by: str | None, count: int, amount: int, currency: str = "EUR") -> MatchFigure:
    return MatchFigure(level=level, day=day, currency=currency, state=state, by=by, count=count, amount_minor=amount)  # pyright: ignore


BREAKS = (
    broken("line_without_payment", 129_900, 2, "ch_3Nq8"), broken("payout_not_banked", 84_250, 9, "po_1Nx"),
    broken("amount_differs", -1_250, 5, "ch_3Np1", owner=None), broken("unknown_line", 300, 1, "txn_99", state="proposed"),
    broken("dispute_open", -7_900, 41, "dp_17"), broken("ambiguous", 1_999, 4, "ch_3Nr5"),
    broken("settled_twice", 4_500, 6, "ch_3Ns2", state="resolved"),
)  # fmt: skip

PROVIDER = AccountFigures(
    account_id="stripe", name="Stripe, Main GmbH", role="processor", since=SINCE, until=UNTIL, made_on=TODAY,
    lines=tuple(
        made
        for number, day in enumerate(DAYS)
        for made in (
            line(day, "charge", 412_345 + number * 9_871, 12_370 + number * 97, 61 + number),
            line(day, "refund", -21_300 - number * 500, 0, 3),
            *([line(day, "dispute", -7_900, 1_500)] if number == 4 else []),
            *([line(day, "reserve_held", -50_000), line(day, "charge", 12_000, 420, 2, "JPY")] if number == 6 else []),
            *([line(day, "fee", 0, 2_900), line(day, "adjustment", 120), line(day, "unknown", 300)] if number == 9 else []),
            *([line(day, "payout", -400_000)] if number % 2 else []),
        )
    ),
    fees=(
        *(FeeFigure(day=day, currency="EUR", kind="processing", amount_minor=12_370 + number * 97) for number, day in enumerate(DAYS)),
        FeeFigure(day=DAYS[4], currency="EUR", kind="dispute", amount_minor=1_500),
        FeeFigure(day=DAYS[6], currency="JPY", kind="processing", amount_minor=420),
        FeeFigure(day=DAYS[9], currency="EUR", kind="subscription", amount_minor=2_900),
    ),
    payouts=tuple(
        PayoutFigure(
            id=f"{number:032x}", external_id=f"po_1Nx{number}", day=day, currency="EUR", status="paid" if number < 11 else "in_transit",
            amount_minor=400_000, fee_minor=0, arrival_on=day + timedelta(days=2), reference=f"STRIPE P{number:04}",
            banked_by="reference" if number < 9 else None,
        )
        for number, day in enumerate(DAYS)
        if number % 2
    ),
    matches=tuple(
        made
        for number, day in enumerate(DAYS)
        for made in (
            matched("payment", day, "matched", "provider_id", 58 + number, 371_000), matched("payment", day, "matched", "amount", 3, 9_000),
            *([matched("payment", day, "broken", None, 2, 131_899)] if number in {11, 12} else []),
            *([matched("payment", day, "unmatched", None, 5, 20_300)] if number == 13 else []),
            *([matched("bank", day, "matched", "reference", 1, 400_000)] if number % 2 and number < 9 else []),
            *([matched("bank", day, "broken", None, 1, 400_000)] if number == 9 else []),
            *([matched("bank", day, "unmatched", None, 1, 400_000)] if number in {11, 13} else []),
        )
    ),
    breaks=BREAKS,
    sign_offs=(
        SignOffFigure(day=DAYS[0], maker="Mia", made_at=AT, checker="Ben", checked_at=AT, withdrawn=None),
        SignOffFigure(day=DAYS[1], maker="Mia", made_at=AT, checker=None, checked_at=None, withdrawn=None),
        SignOffFigure(day=DAYS[2], maker="Mia", made_at=AT, checker="Ben", checked_at=AT, withdrawn="a late refund came"),
    ),
    disputes=(
        DisputeFigure(
            external_id="dp_17", payment_reference="ch_3Nk", status="open", currency="EUR", amount_minor=7_900, opened_at=AT,
            due_at=AT + timedelta(days=7), reason="fraudulent",
        ),
    ),
    balances=(
        BalanceFigure(
            external_id="acct-2026-03", currency="EUR", since=SINCE, until=UNTIL, opening_minor=1_000, moved_minor=500, closing_minor=1_500
        ),
    ),
    runs=(RunFigure(level="payment", since=SINCE, until=UNTIL, ended_at=AT, outcome="done", message=None),),
)  # fmt: skip

BANK = AccountFigures(
    account_id="bank", name="Hausbank", role="bank", since=SINCE, until=UNTIL, made_on=TODAY,
    bank_days=tuple(
        BankFigure(day=day, currency="EUR", count=4, in_minor=400_000 if number % 2 else 0, out_minor=-35_000, fee_minor=150)
        for number, day in enumerate(DAYS)
    ),
    matches=tuple(
        made
        for number, day in enumerate(DAYS)
        for made in (
            *([matched("bank", day, "matched", "reference", 1, 400_000)] if number % 2 and number < 11 else []),
            *([matched("bank", day, "unmatched", None, 1, 400_000)] if number >= 11 and number % 2 else []),
            matched("bank", day, "set_apart", "rent", 1, -30_000), matched("bank", day, "accepted", None, 2, -5_000),
        )
    ),
    balances=(
        BalanceFigure(
            external_id="2026/3", currency="EUR", since=SINCE, until=UNTIL, opening_minor=100_000, moved_minor=2_310_000,
            closing_minor=2_410_000,
        ),
    ),
)  # fmt: skip

CHANNEL = AccountFigures(
    account_id="shop", name="Shop", role="channel", since=SINCE, until=UNTIL, made_on=TODAY,
    orders=tuple(OrderFigure(day=day, currency="EUR", count=20, total_minor=100_000) for day in DAYS),
    taken=tuple(
        TakenFigure(
            day=day, currency="EUR", gateway=gateway, is_refund=amount < 0, reach=reach, count=count, amount_minor=amount,  # pyright: ignore
        )
        for day in DAYS
        for gateway, reach, count, amount in (
            ("stripe", "banked", 12, 60_000), ("stripe", "settled", 3, 15_000), ("stripe", "open", 2, 10_000), ("cash", "nobody", 2, 9_000),
            ("stripe", "settled", 1, -4_000), (None, "open", 1, 2_000),
        )
    ),
    matches=tuple(
        made for day in DAYS for made in (
            matched("payment", day, "matched", "reference", 16, 71_000), matched("payment", day, "unmatched", None, 3, 12_000)
        )
    ),
)  # fmt: skip

QUIET = replace(
    PROVIDER, lines=(), fees=(), payouts=(), matches=(), breaks=(), sign_offs=(), disputes=(), balances=(), runs=()
)  # fmt: skip
"""A provider with whom nothing happened."""

ALL = (PROVIDER, BANK, CHANNEL, QUIET)
