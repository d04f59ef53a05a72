"""What a connector can do. Inherit one class per ability; the contract suite does the rest.

Reading is split in two so that unchanged records cost nothing: `fetch_` yields pages of raw slices (the vendor's own bytes, one
per record), and the connector's `kinds` translate one slice into one record, purely. A connector holds no state between calls.
"""

from connectors.capabilities.acknowledging import DocumentAcknowledger, DocumentGroup
from connectors.capabilities.books import LedgerSource, VoucherFile, VoucherSink
from connectors.capabilities.money import DisputeSource, PayoutSource, SettlementFile, StatementFile
from connectors.capabilities.pages import Lookup, Merging, PayloadKind, RawPage, Record, RemoteIdentity, StreamFacts, Window
from connectors.capabilities.partner import PartnerReplySink
from connectors.capabilities.reading import ListingSource, OrderDaySource, OrderSource, PaymentSource, RefundSource
from connectors.capabilities.shipping import (
    Command,
    CommandFacts,
    FulfilmentSink,
    LabelSource,
    ProviderClass,
    Receipt,
    ShipmentCarrier,
    TrackingSource,
    WarehouseAdvice,
)
from connectors.capabilities.stock import InventorySink, LevelMeans, Rate, SinkFacts, StockAnswer, StockFate, StockSeen, StockTarget

__all__ = [
    "CAPABILITIES", "Command", "CommandFacts", "DisputeSource", "DocumentAcknowledger", "DocumentGroup", "FulfilmentSink",
    "InventorySink", "LabelSource", "LedgerSource", "LevelMeans", "ListingSource", "Lookup", "Merging", "OrderDaySource", "OrderSource",
    "PartnerReplySink", "PayloadKind",
    "PaymentSource", "PayoutSource", "ProviderClass", "Rate", "RawPage", "Receipt", "Record", "RefundSource", "RemoteIdentity",
    "SettlementFile", "ShipmentCarrier", "SinkFacts", "StatementFile", "StockAnswer", "StockFate", "StockSeen", "StockTarget",
    "StreamFacts", "TrackingSource", "VoucherFile", "VoucherSink", "WarehouseAdvice", "Window", "capabilities_of",
]  # fmt: skip

CAPABILITIES: tuple[type, ...] = (
    OrderSource, OrderDaySource, PaymentSource, RefundSource, ListingSource, InventorySink, FulfilmentSink, ShipmentCarrier,
    WarehouseAdvice, DocumentAcknowledger, PartnerReplySink, LabelSource, TrackingSource, PayoutSource, DisputeSource, SettlementFile,
    StatementFile,
    VoucherSink, LedgerSource, VoucherFile,
)  # fmt: skip


def capabilities_of(connector: type) -> tuple[type, ...]:
    """The abilities a connector class inherits, in the order listed above."""
    return tuple(ability for ability in CAPABILITIES if ability in connector.__mro__)
