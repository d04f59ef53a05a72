"""A warehouse by X12: told by 940 and 997, and telling by 945, 944, 947, 846 and 997, all of them files in folders."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import ClassVar

from connectors._kit import Manifest, Wiring
from connectors._kit.exchanging import FileConnector
from connectors._kit.x12 import Flaw, FlawedError, identity_in, malformed, read_document
from connectors._kit.x12.acknowledgements import read_acknowledgement
from connectors._kit.x12.numbering import file_name, group_number
from connectors._kit.x12.paging import OTHER, bodies_of, pages_of
from connectors._kit.x12.replies import groups_in, write_reply
from connectors._kit.x12.segments import BAD_CODE, NOT_SUPPORTED
from connectors.capabilities import (
    Command,
    CommandFacts,
    DocumentAcknowledger,
    DocumentGroup,
    PayloadKind,
    Rate,
    RawPage,
    Receipt,
    Record,
    RemoteIdentity,
    ShipmentCarrier,
    StreamFacts,
    WarehouseAdvice,
    Window,
)
from connectors.edi_warehouse.goods import read_adjustment, read_receipt, read_snapshot
from connectors.edi_warehouse.orders import FUNCTION, write_cancellation, write_order
from connectors.edi_warehouse.settings import Settings
from connectors.edi_warehouse.shipments import read_shipment
from model.errors import MalformedError, RejectedError
from model.records.fulfilment import FulfilmentOrder


def _read_other(raw: bytes, statuses: Mapping[str, str]) -> Record:  # noqa: ARG001  as every reader
    """Never a record: what is broken says where, and what is whole is a set that warehouses do not tell us anything by."""
    document = read_document(raw)
    raise malformed(document.segments[0], 1, f"is {document.kind[:3]}, which is not read here", BAD_CODE, in_set=NOT_SUPPORTED)


class EdiWarehouse(FileConnector[Settings], ShipmentCarrier, WarehouseAdvice, DocumentAcknowledger):
    """One warehouse that is told by file."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        "945": PayloadKind(read_shipment, stream="advices"),
        "944": PayloadKind(read_receipt, stream="advices"),
        "947": PayloadKind(read_adjustment, stream="advices"),
        "846": PayloadKind(read_snapshot, stream="advices"),
        "997": PayloadKind(partial(read_acknowledgement, functions=frozenset({FUNCTION})), stream="advices"),
        OTHER: PayloadKind(_read_other, stream="advices"),
    }
    mapping_version = 1
    advice_stream = StreamFacts(lag=timedelta(0), overlap=timedelta(days=3), longest=timedelta(days=3650))
    shipment_command = CommandFacts("A", Rate(Fraction(10), 10))
    """The file's name is taken from the key: the same name holds the same bytes, and a partner knows them by their control numbers."""
    cancel_command = CommandFacts("A", Rate(Fraction(10), 10))
    acknowledgement_command = CommandFacts("A", Rate(Fraction(10), 10))

    def __init__(self, settings: Settings, wiring: Wiring) -> None:
        told = {**settings.statuses, **settings.words()}
        super().__init__(
            settings.model_copy(update={"statuses": told}), wiring
        )  # whatever changes how documents are read makes them be read anew

    def identify(self) -> RemoteIdentity:
        """Both folders are looked into, which proves the credentials. File servers tell no time, so it is the hub's."""
        settings = self.settings
        for folder in (settings.inbox, settings.outbox):
            self.folders.files_in(folder)
        place = f"{settings.address.rstrip('/')}/{settings.outbox}".lower()
        sides = f"{settings.their_qualifier}:{settings.their_id}>{settings.our_qualifier}:{settings.our_id}"
        return RemoteIdentity(fingerprint=f"{settings.user or ''}@{place} {sides}", title=settings.their_id, now=self.wiring.now())

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        return identity_in(raw)

    def fetch_advices(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        settings = self.settings
        return pages_of(self.folders, settings.outbox, window, resume, files=settings.page_files, kinds=frozenset(self.kinds))

    def write_shipment(self, order: FulfilmentOrder, key: str) -> bytes:
        return write_order(self.settings, order, key)

    def submit_shipment(self, command: Command) -> Receipt:
        return self._submit(command)

    def find_shipment(self, command: Command) -> Receipt | None:
        return self._find(command)

    def write_cancel(self, reference: str, external_id: str | None, key: str) -> bytes:  # noqa: ARG002  the partner knows the order by our reference
        return write_cancellation(self.settings, reference, key)

    def submit_cancel(self, command: Command) -> Receipt:
        """By file nobody says that it is too late: then the partner's 945 comes all the same."""
        return self._submit(command)

    def find_cancel(self, command: Command) -> Receipt | None:
        return self._find(command)

    def fetch_groups(self, window: Window) -> Iterator[DocumentGroup]:
        """None where the partner wants no 997."""
        settings = self.settings
        for body in bodies_of(self.folders, settings.outbox, window.start) if settings.acknowledges else ():
            yield from groups_in(body, settings, frozenset(self.kinds))

    def write_acknowledgement(self, group: DocumentGroup, taken: Sequence[bool], at: datetime, key: str) -> bytes:
        documents = zip(group.documents, taken, strict=True)
        flaws = [None if is_taken else self._flaw(kind, raw) for (kind, raw), is_taken in documents]
        return write_reply(self.settings, group, flaws, at, key)

    def submit_acknowledgement(self, command: Command) -> Receipt:
        return self._submit(command, "997")

    def find_acknowledgement(self, command: Command) -> Receipt | None:
        return self._find(command, "997")

    def _flaw(self, kind: str, raw: bytes) -> Flaw:
        """Where a document that was set aside is broken; it may be broken in a way that has no place."""
        try:
            self.kinds[kind].read(raw, self.settings.statuses)
        except FlawedError as error:
            return error.flaw
        except (MalformedError, RejectedError):
            pass
        return Flaw()

    def _submit(self, command: Command, kind: str = "940") -> Receipt:
        if found := self._find(command, kind):
            return found
        self.folders.publish(self.settings.inbox, file_name(command.key, kind), command.body)
        return Receipt(str(group_number(command.key)))

    def _find(self, command: Command, kind: str = "940") -> Receipt | None:
        """The command's file where we put it, or where the partner keeps what it took."""
        name = file_name(command.key, kind)
        places = (self.settings.inbox, self.settings.archive)
        is_there = any(self.folders.has(place, name) for place in places if place is not None)
        return Receipt(str(group_number(command.key)), is_repeat=True) if is_there else None
