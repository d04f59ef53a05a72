"""What a warehouse tells of the goods it handles for us. SKUs are our own codes, quantities thousandths of the SKU's unit.

`reference` is what we named our request, delivery or return by. A record never holds an address: what it says is kept in the open.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

RequestState = Literal["accepted", "working", "on_hold", "part_shipped", "shipped", "cancelled", "refused"]
"""Where a warehouse stands with a fulfilment order, in our words."""
Condition = Literal["sellable", "damaged", "held"]
"""How goods lie there: fit for sale, not, or waiting for quality control."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freight:
    """What carrying cost, or is said to cost."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedLine:
    """So much of one SKU. `line_reference` is our own name of the line where the warehouse keeps it."""

    sku: str
    quantity: int
    line_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedShipment:
    """Parcels that left together."""

    external_id: str
    shipped_at: datetime
    lines: tuple[AdvisedLine, ...]
    carrier: str | None = None
    service: str | None = None
    tracking_numbers: tuple[str, ...] = ()
    tracking_urls: tuple[str, ...] = ()
    freight: Freight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentAdvice:
    """Where a warehouse stands with one fulfilment order: what has left so far, and whether more will.

    A warehouse with an interface tells the whole each time; one that sends files tells one shipment a file. The union counts.
    """

    external_id: str
    """The document's own id, or the warehouse's id of our request."""
    reference: str
    told_at: datetime
    source_version: int
    state: RequestState
    shipments: tuple[AdvisedShipment, ...] = ()
    voided: tuple[str, ...] = ()
    """External ids of shipments that, against what may have been told before, did not leave."""
    is_final: bool = False
    """Nothing more will leave: what did not is short."""
    reason: str | None = None
    """Why it was refused, is held or is short, in the warehouse's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedLine:
    """Goods that arrived, and in which condition."""

    sku: str
    quantity: int
    condition: Condition = "sellable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAdvice:
    """Goods of a delivery, or of a return, arrived at the warehouse."""

    external_id: str
    reference: str
    """The delivery's or the return's."""
    told_at: datetime
    source_version: int
    received_at: datetime
    is_return: bool
    lines: tuple[ReceivedLine, ...]
    location_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedLine:
    """A change of what lies there: found or lost, or goods that went from one condition to another (then `into` is set)."""

    sku: str
    quantity: int
    """Signed where goods were found or lost; positive where they only changed condition."""
    condition: Condition
    into: Condition | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentAdvice:
    """The warehouse changed its own book."""

    external_id: str
    told_at: datetime
    source_version: int
    adjusted_at: datetime
    lines: tuple[AdjustedLine, ...]
    location_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLine:
    """What lies there of one SKU."""

    sku: str
    on_hand: int
    """All of it, damaged and held included."""
    damaged: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StockSnapshot:
    """What lay at the warehouse at a time: compared with our book, never written over it."""

    external_id: str
    told_at: datetime
    source_version: int
    taken_at: datetime
    lines: tuple[SnapshotLine, ...]
    location_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The partner took in, or refused, a document of ours; X12 997."""

    external_id: str
    told_at: datetime
    source_version: int
    reference: str
    """The document it is about, as we numbered it."""
    is_accepted: bool
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """What is billed for one shipment, or for something else (then no reference)."""

    reference: str | None
    """Tracking number, the warehouse's shipment, or our fulfilment order."""
    title: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightBill:
    """A partner's bill for carrying and handling."""

    external_id: str
    told_at: datetime
    source_version: int
    issued_on: date
    currency: str
    total_minor: int
    lines: tuple[BilledLine, ...]


WarehouseRecord = ShipmentAdvice | ReceiptAdvice | AdjustmentAdvice | StockSnapshot | Acknowledgement | FreightBill
