"""Vouchers: balanced double entries of one legal entity, and the entries a ledger reads back to us.

Amounts are signed minor units: a debit is positive, a credit negative. A voucher's lines sum to nothing in each original currency, and
their base amounts sum to nothing in the entity's functional currency.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

AccountKind = Literal["asset", "liability", "equity", "income", "expense"]
VoucherState = Literal["draft", "approved", "posted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAccount:
    """An account of an entity's chart. `code` is its key in the books; ledgers may know it by another word (`[ledgers.accounts]`)."""

    code: str
    name: str
    kind: AccountKind
    name_zh: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherLine:
    """One line: `amount_minor` in its original `currency`, `base_minor` the same in the functional currency; neither sign differs."""

    account: str
    currency: str
    amount_minor: int
    base_minor: int
    tax_code: str | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    """Names and values by which finance cuts its figures, in the order of names: channel, gateway, store."""
    memo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """A posted voucher as it leaves for a ledger; it never changes afterwards."""

    voucher_id: str
    entity: str
    period: str
    """The month it is booked in: `2026-01`."""
    number: int
    """Consecutive within entity and period, from 1, without gaps."""
    posted_on: date
    """The day it bears in the books; inside its period."""
    happened_on: date
    """The day of what it tells of; earlier than its period when that was closed already."""
    base_currency: str
    event: str
    """What happened: `capture`, `shipment`, `payout_sent`, … or `manual`."""
    memo: str
    lines: tuple[VoucherLine, ...]
    reverses: str | None = None
    """The reference of the voucher that this one takes back."""

    @property
    def reference(self) -> str:
        """What finance and every ledger know it by: entity, period and number."""
        return voucher_reference(self.entity, self.period, self.number)


def voucher_reference(entity: str, period: str, number: int) -> str:
    """`eu/2026-01/000042`: what a voucher is known by wherever it goes."""
    return f"{entity}/{period}/{number:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A voucher as a ledger has it: what the three-way check compares with ours."""

    external_id: str
    reference: str | None
    """Our reference as the ledger kept it; none for an entry that is not ours."""
    posted_on: date
    lines: tuple[VoucherLine, ...]
    is_posted: bool = True
    """Whether it counts in the ledger's balances; a draft does not."""


def imbalances(lines: Iterable[VoucherLine], base_currency: str) -> Mapping[str, int]:
    """What the lines lack to balance, by currency; under `base_currency` in brackets the base amounts. Empty when they balance."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
        base = f"({base_currency})"
        sums[base] = sums.get(base, 0) + line.base_minor
    return {currency: total for currency, total in sums.items() if total}
