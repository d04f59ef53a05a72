"""What a processor keeps for us: the lines of its balance, the payouts it sends to our bank, and disputes.

Amounts are signed from our side: what raises our balance is positive. Nothing is derived by subtraction: gross, fees and net are
what the provider states, and `model.rules.settlements` checks that they agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

LineKind = Literal[
    "charge", "refund", "refund_failed", "dispute", "dispute_won", "fee", "reserve_held", "reserve_released", "payout", "payout_failed",
    "transfer", "conversion", "tax_withheld", "loan", "carried", "top_up", "adjustment", "unknown",
]  # fmt: skip
"""`fee`: one that stands on its own line, as an invoice of the provider. `carried`: a balance brought from, or left to, another payout.
`unknown`: a word we do not know; the line still counts, and is shown as a break until somebody says what it is."""

FeeKind = Literal[
    "processing", "fixed", "cross_border", "conversion", "dispute", "refund", "commission", "fulfilment", "storage", "advertising",
    "subscription", "payout", "tax", "tax_withheld", "other",
]  # fmt: skip

PayoutStatus = Literal["scheduled", "in_transit", "paid", "failed", "cancelled"]
DisputeStatus = Literal["warning", "open", "under_review", "won", "lost", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What the provider keeps of one line; positive lowers our balance, negative is a fee given back."""

    kind: FeeKind
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """One movement of our balance with a provider (a balance transaction): net = gross − fees."""

    external_id: str
    """The provider's id; where it gives none, derived from the settlement and the line's content, and the same when read again."""
    kind: LineKind
    raw_kind: str
    """The provider's own word."""
    gross_minor: int
    net_minor: int
    currency: str
    occurred_at: datetime
    fees: tuple[Fee, ...] = ()
    available_at: datetime | None = None
    payout_external_id: str | None = None
    """The payout that carries it; none while it is in none, or where the provider does not say (a balance account)."""
    payment_reference: str | None = None
    """The provider's id of the payment or charge: what `Payment.reference` names."""
    other_reference: str | None = None
    """A second id of the same payment, as an intent beside its charge."""
    source_reference: str | None = None
    """The provider's id of the refund, dispute or fee itself."""
    order_reference: str | None = None
    """What the provider knows our order by."""
    presented_minor: int | None = None
    presented_currency: str | None = None
    """What the buyer paid, where it was converted."""
    note: str | None = None
    """The provider's own description; never a person's name or address."""
    source_version: int = 0
    """Grows with every change: a line may be given its payout only later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """One transfer between a provider and our bank; negative where the provider takes money back."""

    external_id: str
    status: PayoutStatus
    amount_minor: int
    currency: str
    created_at: datetime
    arrival_on: date | None
    """When it should be, or was, at the bank."""
    is_itemised: bool
    """Whether the provider says which lines it is made of. If not, its account is reconciled by balance."""
    reference: str | None = None
    """What the bank's line will name."""
    fee_minor: int = 0
    """What the provider keeps for the transfer itself, beside its lines."""
    source_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A provider's account of a period, as a file tells it; every sum it states is checked against its lines."""

    external_id: str
    currency: str
    opened_at: datetime
    closed_at: datetime
    lines: tuple[SettlementLine, ...]
    payouts: tuple[Payout, ...] = ()
    total_minor: int | None = None
    """What the file says its lines' nets sum to."""
    opening_minor: int | None = None
    closing_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A buyer's bank asks for the money back."""

    external_id: str
    payment_reference: str
    status: DisputeStatus
    amount_minor: int
    currency: str
    opened_at: datetime
    updated_at: datetime
    reason: str | None = None
    due_at: datetime | None = None
    """Until when evidence is taken."""
    source_version: int = 0


def fees_of(parts: Mapping[FeeKind, int]) -> tuple[Fee, ...]:
    """Fees by kind, without those that are nothing, in a fixed order."""
    return tuple(Fee(kind=kind, amount_minor=amount) for kind, amount in sorted(parts.items()) if amount)
