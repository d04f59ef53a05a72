"""A trading partner by X12: orders by 850 and 860, answered by 997, 855, 856 and 810, acknowledging those by 997; files in folders."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import ClassVar

from connectors._kit import Manifest
from connectors._kit.x12.acknowledgements import read_acknowledgement
from connectors._kit.x12.cutting import begun_by, identity_in
from connectors._kit.x12.envelope import read_document
from connectors._kit.x12.exchanging import BY_FILE, EdiConnector, read_other
from connectors._kit.x12.paging import OTHER, pages_of
from connectors._kit.x12.purchase_changes import read_860
from connectors._kit.x12.purchase_orders import read_850
from connectors._kit.x12.purchase_slices import identity_850, merge_850, merge_860
from connectors.capabilities import (
    Command,
    Lookup,
    Merging,
    OrderSource,
    PartnerReplySink,
    PayloadKind,
    RawPage,
    Receipt,
    Record,
    StreamFacts,
    Window,
)
from connectors.edi_partner.orders import found, orders_in
from connectors.edi_partner.replies import FUNCTIONS, KINDS, write_reply
from connectors.edi_partner.settings import Settings
from model.errors import RejectedError
from model.records.partner_reply import PartnerReply
from model.values.instant import EPOCH

ORDERED, CHANGED, ACKNOWLEDGED = "order", "change", "997"


def _read_change(raw: bytes, statuses: Mapping[str, str]) -> Record:
    """Never a record of its own: a change that can be read is merged into its order before."""
    read_860(raw, statuses)
    raise RejectedError("BCH: is a change, and tells no order of its own; the hub reads it into its order")


class EdiPartner(EdiConnector[Settings], OrderSource, PartnerReplySink):
    """One partner that orders by file."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {
        ORDERED: PayloadKind(read_850, stream="orders", merging=Merging(ORDERED, identity_850, merge_850)),
        CHANGED: PayloadKind(_read_change, stream="orders", merging=Merging(ORDERED, identity_850, merge_860)),
        ACKNOWLEDGED: PayloadKind(partial(read_acknowledgement, functions=FUNCTIONS), stream="orders"),
        OTHER: PayloadKind(read_other, stream="orders"),
    }
    sets: ClassVar[Mapping[str, str]] = {"850": ORDERED, "860": CHANGED, "997": ACKNOWLEDGED}
    mapping_version = 1
    order_stream = StreamFacts(lag=timedelta(0), overlap=timedelta(days=3), longest=timedelta(days=3650))
    reply_command = BY_FILE

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:
        """An order's own name; of everything else, changes too, what names the document."""
        begun = begun_by(raw)
        return identity_850(raw) if begun is not None and begun[1][0] == "BEG" else identity_in(raw)

    def fetch_orders(self, window: Window, resume: str | None) -> Iterator[RawPage]:
        """Whatever the partner tells: orders, changes, and what it says of our answers."""
        settings = self.settings
        return pages_of(self.folders, settings.outbox, window, resume, files=settings.page_files, kinds=self.sets)

    def fetch_orders_by_id(self, ids: Sequence[str]) -> Lookup:
        """What the folder still holds; a file that was cleared away says nothing of its order."""
        return Lookup(ORDERED, found(self.folders, self.settings.outbox, ids, EPOCH), ())

    def count_orders(self, window: Window) -> int:
        """Orders in files of the window, each once."""
        return len({name for name, _ in orders_in(self.folders, self.settings.outbox, window.start, window.end)})

    @property
    def wanted_replies(self) -> frozenset[type[PartnerReply]]:
        return frozenset(KINDS[each] for each in self.settings.answers)

    def write_reply(self, reply: PartnerReply, key: str) -> bytes:
        return write_reply(self.settings, reply, key)

    def submit_reply(self, command: Command) -> Receipt:
        return self.put_down(command, read_document(command.body).kind)

    def find_reply(self, command: Command) -> Receipt | None:
        return self.look_for(command, read_document(command.body).kind)
