"""What there is to say of an account's money over a period, as sums: read by the store, rendered by `reconciliation.reports`.

Amounts are signed minor units of the currency beside them; a day is the account's business day.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from model.records.breaks import BreakKind

LineState = Literal["matched", "undone", "set_apart", "accepted", "broken", "unmatched"]
"""`undone`: by another line of the same processor. `set_apart`: by a rule. `accepted`: its break was resolved with a written reason.
`broken`: an open break names it. `unmatched`: nothing says anything of it yet."""
Reach = Literal["open", "nobody", "settled", "banked"]
"""How far money of an order has come: known to the channel only (`nobody`: and no processor will settle it, as cash), found with the
processor, found at the bank."""
Role = Literal["processor", "bank", "channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFigure:
    """Settlement lines of one kind on one day."""

    day: date
    currency: str
    kind: str
    count: int
    gross_minor: int
    fees_minor: int
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeFigure:
    """Fees of one kind on one day; positive is kept from us."""

    day: date
    currency: str
    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFigure:
    """One payout, and the pass that found it at the bank."""

    id: str
    external_id: str
    day: date
    currency: str
    status: str
    amount_minor: int
    fee_minor: int
    arrival_on: date | None
    reference: str | None
    banked_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFigure:
    """Lines of one day that stand equally: matched by one pass, set apart by one rule, broken, or not matched."""

    level: str
    day: date
    currency: str
    state: LineState
    by: str | None
    """The pass or the rule."""
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakFigure:
    """One break: open ones up to the period's end, however old, and those of the period that were resolved."""

    id: str
    kind: BreakKind
    subject_id: str
    subject_name: str
    day: date
    currency: str
    amount_minor: int
    evidence: str
    state: str
    owner: str | None
    first_seen_at: datetime
    resolution: str | None
    maker: str | None
    checker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffFigure:
    """A day somebody signed for; `withdrawn` is the reason why it no longer stands."""

    day: date
    maker: str
    made_at: datetime
    checker: str | None
    checked_at: datetime | None
    withdrawn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFigure:
    """A dispute that was opened in the period, or is open still."""

    external_id: str
    payment_reference: str
    status: str
    currency: str
    amount_minor: int
    opened_at: datetime
    due_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceFigure:
    """One account of a period, by a processor's file or a bank's statement: opening + moved = closing, where balances are told."""

    external_id: str
    currency: str
    since: date
    until: date
    opening_minor: int | None
    moved_minor: int
    closing_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFigure:
    """What one day moved on our bank account."""

    day: date
    currency: str
    count: int
    in_minor: int
    out_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFigure:
    """The orders of one day, without test orders and cancelled ones."""

    day: date
    currency: str
    count: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFigure:
    """Payments or refunds of one day's orders by gateway and by how far they have come; refunds are negative."""

    day: date
    currency: str
    gateway: str | None
    is_refund: bool
    reach: Reach
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigure:
    """The last reconciliation of a level."""

    level: str
    since: date
    until: date
    ended_at: datetime | None
    outcome: str
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFigures:
    """All figures of one account from `since` to `until`, both included, as they stood on the day `made_on`."""

    account_id: str
    name: str
    role: Role
    since: date
    until: date
    made_on: date
    lines: tuple[LineFigure, ...] = ()
    fees: tuple[FeeFigure, ...] = ()
    payouts: tuple[PayoutFigure, ...] = ()
    matches: tuple[MatchFigure, ...] = ()
    breaks: tuple[BreakFigure, ...] = ()
    sign_offs: tuple[SignOffFigure, ...] = ()
    disputes: tuple[DisputeFigure, ...] = ()
    balances: tuple[BalanceFigure, ...] = ()
    bank_days: tuple[BankFigure, ...] = ()
    orders: tuple[OrderFigure, ...] = ()
    taken: tuple[TakenFigure, ...] = ()
    runs: tuple[RunFigure, ...] = ()
