"""A warehouse by X12: told by 940 and 997, and telling by 945, 944, 947, 846 and 997, all of them files in folders."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import ClassVar

from connectors._kit import Manifest
from connectors._kit.x12.acknowledgements import read_acknowledgement
from connectors._kit.x12.exchanging import BY_FILE, EdiConnector, read_other
from connectors._kit.x12.paging import OTHER, pages_of
from connectors.capabilities import (
    Command,
    PayloadKind,
    RawPage,
    Receipt,
    ShipmentCarrier,
    StreamFacts,
    WarehouseAdvice,
    Window,
)
from connectors.edi_warehouse.goods import read_adjustment, read_receipt, read_snapshot
from connectors.edi_warehouse.orders import FUNCTION, write_cancellation, write_order
from connectors.edi_warehouse.settings import Settings
from connectors.edi_warehouse.shipments import read_shipment
from model.records.fulfilment import FulfilmentOrder


class EdiWarehouse(EdiConnector[Settings], ShipmentCarrier, WarehouseAdvice):
    """One warehouse that is told by file."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        "945": PayloadKind(read_shipment, stream="advices"),
        "944": PayloadKind(read_receipt, stream="advices"),
        "947": PayloadKind(read_adjustment, stream="advices"),
        "846": PayloadKind(read_snapshot, stream="advices"),
        "997": PayloadKind(partial(read_acknowledgement, functions=frozenset({FUNCTION})), stream="advices"),
        OTHER: PayloadKind(read_other, stream="advices"),
    }
    sets: ClassVar[Mapping[str, str]] = {kind: kind for kind in kinds if kind != OTHER}
    mapping_version = 1
    advice_stream = StreamFacts(lag=timedelta(0), overlap=timedelta(days=3), longest=timedelta(days=3650))
    shipment_command = BY_FILE
    cancel_command = BY_FILE

    def fetch_advices(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        settings = self.settings
        return pages_of(self.folders, settings.outbox, window, resume, files=settings.page_files, kinds=self.sets)

    def write_shipment(self, order: FulfilmentOrder, key: str) -> bytes:
        return write_order(self.settings, order, key)

    def submit_shipment(self, command: Command) -> Receipt:
        return self.put_down(command, "940")

    def find_shipment(self, command: Command) -> Receipt | None:
        return self.look_for(command, "940")

    def write_cancel(self, reference: str, external_id: str | None, key: str) -> bytes:  # noqa: ARG002  the partner knows the order by our reference
        return write_cancellation(self.settings, reference, key)

    def submit_cancel(self, command: Command) -> Receipt:
        """By file nobody says that it is too late: then the partner's 945 comes all the same."""
        return self.put_down(command, "940")

    def find_cancel(self, command: Command) -> Receipt | None:
        return self.look_for(command, "940")
