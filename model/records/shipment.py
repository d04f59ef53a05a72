"""Goods moving for an order, as the channel tells it: fulfilments out, returns back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from model.records.payment import Refund

FulfilmentStatus = Literal["pending", "shipped", "delivered", "cancelled", "failed"]
ReturnStatus = Literal["requested", "open", "received", "closed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentLine:
    """How much of one order line a fulfilment carries, in thousandths."""

    line_external_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """Lines that left, or are to leave, together."""

    external_id: str
    status: FulfilmentStatus
    created_at: datetime
    carrier: str | None = None
    tracking_numbers: tuple[str, ...] = ()
    tracking_urls: tuple[str, ...] = ()
    location_external_id: str | None = None
    lines: tuple[FulfilmentLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """Goods coming back: how much of which line, in thousandths, and the price given back before tax."""

    line_external_id: str | None
    quantity: int
    amount_minor: int
    tax_minor: int
    sku: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Goods coming back for an order of the same channel; its refunds are the money side, if any is known."""

    external_id: str
    order_external_id: str
    status: ReturnStatus
    created_at: datetime
    updated_at: datetime
    source_version: int
    currency: str
    lines: tuple[ReturnLine, ...] = ()
    refunds: tuple[Refund, ...] = ()
    reason: str | None = None
