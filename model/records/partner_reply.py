"""What a trading partner is answered about its order: whether we take it, what left, and what it owes.

Amounts are minor units of the reply's currency, quantities thousandths of the line's unit. `order_number` and `ordered_on` are the buyer's.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from model.records.order import Party
from model.values.quantity import PIECE

Verdict = Literal["accepted", "changed", "rejected"]
"""Of an order or a line: taken as it is, taken with another quantity, or not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredLine:
    """One line of the order, and what becomes of it."""

    line_external_id: str
    verdict: Verdict
    ordered: int
    accepted: int
    """What will be sent; 0 of a rejected line."""
    unit_price: str | None
    """Decimal text, as the buyer told it."""
    sku: str | None = None
    unit: str = PIECE


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswer:
    """The review's word on an order; X12 855."""

    reference: str
    """Ours, of this very answer."""
    order_external_id: str
    order_number: str
    ordered_on: date
    decided_at: datetime
    verdict: Verdict
    currency: str
    lines: tuple[AnsweredLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftLine:
    """So much of one line."""

    line_external_id: str
    quantity: int
    ordered: int
    sku: str | None = None
    unit: str = PIECE


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Goods of an order that left together; X12 856. Which parcel holds what is not known, so that parcels are told beside the lines."""

    reference: str
    order_external_id: str
    order_number: str
    ordered_on: date
    shipped_at: datetime
    ship_to: Party | None
    lines: tuple[LeftLine, ...]
    carrier: str | None = None
    service: str | None = None
    tracking_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledPart:
    """One line of the bill, or something else that is charged (then without a line of the order)."""

    title: str
    amount_minor: int
    """Before tax and before the order's own discount."""
    line_external_id: str | None = None
    quantity: int = 1000
    unit: str = PIECE
    sku: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice of ours, as its buyer is told it; X12 810. The parts less the discount and with the tax are the total."""

    reference: str
    """The invoice's number."""
    order_external_id: str
    order_number: str
    ordered_on: date
    issued_on: date
    issued_at: datetime
    due_on: date | None
    currency: str
    parts: tuple[BilledPart, ...]
    discount_minor: int
    taxes: tuple[tuple[str, str | None, int], ...]
    """Name, rate as decimal text, amount."""
    total_minor: int


PartnerReply = OrderAnswer | Departure | Bill
