"""Orders in files that are attached to a mail: tables, X12 and EDIFACT, each cut by the workshop's own functions into slices of ours."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from connectors._kit.edifact import cut_edifact_orders, is_edifact
from connectors._kit.edifact import number_in as edifact_number
from connectors._kit.order_sheets import cut_sheet, number_in
from connectors._kit.x12.purchase_slices import cut_850, cut_860, identity_850
from connectors.mailbox.parts import Leaf
from connectors.mailbox.settings import Sender
from connectors.mailbox.slices import Mail, Slice, order_id, refused, slice_in

_BOM: Final = b"\xef\xbb\xbf"
_CHANGE: Final = "changes an order (860), which is not read from mails; change the order by hand, or have it sent to an EDI account"
TABLES: Final = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xltm", ".ods", ".zip")
"""Names that may be tables, or say that they are; what a file really is its bytes decide, and refuse."""


def by_sheet(leaves: Sequence[Leaf], mail: Mail, sender: Sender) -> Iterator[Slice]:
    """The orders of each attached table, by the layout that was declared."""
    layout = sender.sheet
    if layout is None:  # settings see to it that there is one
        return
    for leaf in leaves:
        if leaf.is_attached and leaf.part.name.lower().endswith(TABLES):
            for raw in cut_sheet(leaf.part.name, leaf.raw, layout):
                yield slice_in("sheet", mail, leaf.part, _named(mail, number_in(raw), raw), msgspec.Raw(raw), sender)


def by_x12(leaves: Sequence[Leaf], mail: Mail, sender: Sender) -> Iterator[Slice]:
    """The purchase orders (850) of each attached interchange. A change (860) has its order in no other slice, so a person looks at it."""
    for leaf in leaves:
        body = leaf.raw.removeprefix(_BOM).strip()
        if body.startswith(b"ISA"):
            for raw in cut_860(leaf.part.name, body):
                named = _named(mail, f"change-{hashlib.sha256(raw).hexdigest()[:16]}", raw)
                yield msgspec.structs.replace(refused(mail, f"part {leaf.part.number}: {_CHANGE}", leaf.part), id=named)
            for raw in cut_850(leaf.part.name, body):
                told = slice_in("x12", mail, leaf.part, _named(mail, identity_850(raw), raw), msgspec.Raw(raw), sender)
                yield msgspec.structs.replace(told, terms=msgspec.Raw(msgspec.json.encode(sender.x12.words() if sender.x12 else {})))


def by_edifact(leaves: Sequence[Leaf], mail: Mail, sender: Sender) -> Iterator[Slice]:
    """The ORDERS of each attached interchange."""
    for leaf in leaves:
        if is_edifact(leaf.raw):
            for raw in cut_edifact_orders(leaf.part.name, leaf.raw):
                body = msgspec.Raw(msgspec.json.encode(raw.decode("latin-1")))
                told = slice_in("edifact", mail, leaf.part, _named(mail, edifact_number(raw), raw), body, sender)
                terms = sender.edifact.model_dump_json(exclude_defaults=True) if sender.edifact else "{}"
                yield msgspec.structs.replace(told, terms=msgspec.Raw(terms.encode()))


def _named(mail: Mail, number: str | None, raw: bytes) -> str:
    """The order's id; of one without a number, a name made of its bytes, under which it waits in the quarantine."""
    return order_id(mail.sender, number or f"unnamed-{hashlib.sha256(raw).hexdigest()[:16]}")
