"""Payloads that tell one order between them: each is merged into what is kept of the order, purely, before it is read.

What was read in this run and may not be saved yet, as pages are read ahead, is remembered here.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from connectors.capabilities import Merging
from model.store.database import Database
from model.store.sealing import Sealer
from model.store.told_orders import ToldOrder, told_order

_REMEMBERED: Final = 5000
"""Orders; more than a reader is ever ahead of what is saved."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What is to be read of an order. `is_own`: the payload itself is what is kept; else it is beside that."""

    raw_id: str
    kind: str
    body: bytes
    is_own: bool


@dataclass(slots=True)
class Merger:
    """Merges the payloads of one run of one account."""

    database: Database
    sealer: Sealer
    account_id: str
    mapping_version: str
    read: OrderedDict[str, ToldOrder] = field(default_factory=OrderedDict[str, ToldOrder])

    def merged(self, merging: Merging, own: Merged, *, is_taken: bool = False) -> Merged | None:
        """What is to be read for a payload; None where it says nothing that is not known. RejectedError where it contradicts."""
        name = merging.name(own.body)
        if name is None:
            return own  # cannot be read either, and reading says why
        stored = self.read.get(name) or self._stored(name)
        if stored is not None and stored.raw_id == own.raw_id:
            return own
        body = None if is_taken else merging.merge(stored.body if stored else None, own.body)
        if body is not None:
            is_own = body == own.body and own.kind == merging.kind
            return (
                own if is_own else Merged(self.sealer.payload_name(self.account_id, merging.kind, body), merging.kind, body, is_own=False)
            )
        if stored is None or stored.mapping_version == self.mapping_version:
            return None
        return Merged(stored.raw_id, stored.kind, stored.body, is_own=False)  # the mapping changed since: it is read anew with this one

    def remember(self, name: str, merged: Merged) -> None:
        """Keep in mind what was read of an order."""
        self.read[name] = ToldOrder(merged.raw_id, merged.kind, self.mapping_version, merged.body)
        self.read.move_to_end(name)
        if len(self.read) > _REMEMBERED:
            self.read.popitem(last=False)

    def _stored(self, name: str) -> ToldOrder | None:
        with self.database.read() as connection:
            return told_order(connection, self.sealer, self.account_id, name)
