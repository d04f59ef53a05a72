"""What the hub asks others to do about goods: ship certain lines from one place, and tell a channel what has left."""

from dataclasses import dataclass
from datetime import date, datetime

from model.records.order import Party
from model.values.quantity import PIECE


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentOrderLine:
    """So much of one of our SKUs, in thousandths of its unit."""

    reference: str
    """Names the line within the fulfilment order: `1`, `2` …"""
    sku: str
    title: str
    quantity: int
    unit: str = PIECE


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentOrder:
    """A request to one location to ship certain lines of one order to one address."""

    reference: str
    """Ours, unique for ever, at most 20 characters: what the partner keeps of it and sends back."""
    order_number: str
    placed_at: datetime
    released_at: datetime
    ship_by: date | None = None
    is_urgent: bool = False
    location_code: str | None = None
    """The partner's own code of the place, where it has several."""
    service: str | None = None
    """The shipping service wanted, in the partner's words; None leaves it to the partner."""
    ship_to: Party
    lines: tuple[FulfilmentOrderLine, ...]
    currency: str
    value_minor: int
    """What the goods were sold for, for insurance and customs."""
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """How much of an order line left, in thousandths of the channel's own unit."""

    line_external_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentNotice:
    """Tells a channel that lines of one of its orders left, and how they can be followed."""

    reference: str
    """Ours, unique for ever, for one shipment."""
    order_external_id: str
    shipped_at: datetime
    lines: tuple[NoticeLine, ...]
    carrier: str | None = None
    service: str | None = None
    tracking_numbers: tuple[str, ...] = ()
    tracking_urls: tuple[str, ...] = ()
    is_last: bool = True
    """Whether nothing of the order is left to be sent."""
    tells_buyer: bool = True
    """Whether the channel shall write to the buyer."""
