"""Money moving for an order: payments in, refunds out, each in its own currency."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PaymentKind = Literal["authorization", "capture", "sale", "void"]
MoneyStatus = Literal["requested", "pending", "succeeded", "failed", "cancelled"]
Restock = Literal["none", "cancel", "return", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money a buyer gave, promised or was released from, for one order."""

    external_id: str
    order_external_id: str
    kind: PaymentKind
    status: MoneyStatus
    amount_minor: int
    currency: str
    created_at: datetime
    updated_at: datetime
    source_version: int
    gateway: str | None = None
    method: str | None = None
    """card, cash, bank_transfer, wallet, gift_card, other … as the channel calls it."""
    reference: str | None = None
    """The processor's own id, which payouts and bank lines will name."""
    parent_external_id: str | None = None
    tip_minor: int = 0
    shop_minor: int | None = None
    """The same money in the shop's currency, where the channel says it and the two differ."""
    shop_currency: str | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    """What a refund says about one order line: how many units, for how much, and what becomes of the goods."""

    line_external_id: str
    quantity: int
    amount_minor: int
    tax_minor: int
    restock: Restock = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money going back to a buyer; `amount_minor` is positive and is what the buyer gets, tax included."""

    external_id: str
    order_external_id: str
    status: MoneyStatus
    amount_minor: int
    currency: str
    created_at: datetime
    reason: str | None = None
    payment_external_id: str | None = None
    shipping_minor: int = 0
    shop_minor: int | None = None
    """The same money in the shop's currency, where the channel says it and the two differ."""
    shop_currency: str | None = None
    lines: tuple[RefundLine, ...] = ()
    is_outline: bool = False
    """The order tells only its sum: its lines, and when it was, are told by the refund itself. Never replaces what the refund told."""
    source_version: int = 0
    """Grows with every change of a refund that is read on its own (microseconds of its update time, or of its creation where it never
    changes); 0 where its order tells it."""
