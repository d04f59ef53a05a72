"""Acknowledge what a partner told: each group of documents once, when all of it was landed or set aside, through the outbox.

The groups are read from the partner's files once more, behind the pull: which documents came together is said by no payload alone. Up to
when that was done is a cursor of its own, so that nothing is left out after a long pause.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sqlalchemy import Connection

from connectors import registry
from connectors.capabilities import DocumentAcknowledger, DocumentGroup, OrderSource, WarehouseAdvice, Window, capabilities_of
from model.errors import ContractError, RejectedError
from model.store import cursors, landing, leases, outbox
from model.store.cursors import OWN, StreamCursor
from model.store.leases import Lease
from model.store.outbox import Intent
from model.store.sealing import Sealer
from model.values.ids import derive_id
from operations.fulfilment_request import command_key
from operations.reports import Report, at_channel
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account

STREAM = "acknowledgements"
BATCH = 50
"""Groups decided in one transaction."""


def is_acknowledged(account: Account) -> bool:
    """Whether an account's connector can acknowledge what it reads."""
    return DocumentAcknowledger in capabilities_of(registry.find(account.connector))


def acknowledge_documents(hub: Hub, account: Account) -> Report:
    """Write the acknowledgements of every group that is landed whole; under the pull's lease, as a pull lands what is looked for here."""
    counted = ("acknowledged", "waiting")
    return at_channel(hub, account, "pull", counted, lambda lease, report: _acknowledge(hub, account, lease, report))


def _acknowledge(hub: Hub, account: Account, lease: Lease, report: Report) -> None:
    until = hub.clock.now()
    with hub.connected(account) as connector:
        if not isinstance(connector, DocumentAcknowledger) or not isinstance(connector, WarehouseAdvice | OrderSource):
            raise ContractError(f"{account.id}: its connector reads nothing that could be acknowledged")
        with hub.database.read() as connection:
            cursor = cursors.load(connection, account.id, STREAM, OWN) or StreamCursor(account.id, STREAM, OWN, account.read_from)
        window = Window(max(cursor.read_until - _overlap(connector), account.read_from), until)
        sealer = hub.sealer()
        desk = _Desk(hub, account, connector, sealer, sealer.key_for(hub.database, account.id, until))
        for groups in _batches(connector.fetch_groups(window)):
            desk.decide(lease, groups, report)
    if not report.counts["waiting"]:  # what waits is looked for again from where we began, however long it takes
        done = cursor.opened(window.start, until).after_page(None)
        hub.database.run(lambda connection: cursors.save(connection, done, lease, at=until))


def _overlap(connector: WarehouseAdvice | OrderSource) -> timedelta:
    """How late a document may be; of those that are read by two streams, the later."""
    advised = connector.advice_stream.overlap if isinstance(connector, WarehouseAdvice) else timedelta(0)
    ordered = connector.order_stream.overlap if isinstance(connector, OrderSource) else timedelta(0)
    return max(advised, ordered)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Decides what is said of groups."""

    hub: Hub
    account: Account
    connector: DocumentAcknowledger
    sealer: Sealer
    key_id: str

    def decide(self, lease: Lease, groups: Sequence[DocumentGroup], report: Report) -> None:
        """Write the acknowledgements that are new."""
        keyed = {command_key(self.account, "submit_acknowledgement", group.external_id): group for group in groups}
        with self.hub.database.read() as connection:
            decided = outbox.known(connection, list(keyed))
            found = {key: (group, self._taken(connection, group)) for key, group in keyed.items() if key not in decided}
        intents: list[Intent] = []
        for key, (group, taken) in found.items():
            if None in taken:
                report.counts["waiting"] += 1
                continue
            try:
                intents.append(self._intent(key, group, [bool(each) for each in taken]))
            except RejectedError as error:
                report.add(f"group {group.external_id}: {error}")
        if intents:
            report.counts["acknowledged"] += self.hub.database.run(lambda connection: self._write(connection, lease, intents))

    def _taken(self, connection: Connection, group: DocumentGroup) -> list[bool | None]:
        """Whether each document was taken in, and not set aside; None if it has not landed yet."""
        raw_ids = [self.sealer.payload_name(self.account.id, kind, raw) for kind, raw in group.documents]
        landed = landing.known(connection, raw_ids)
        return [landed[raw_id][0] != "quarantined" if raw_id in landed else None for raw_id in raw_ids]

    def _intent(self, key: str, group: DocumentGroup, taken: Sequence[bool]) -> Intent:
        name = derive_id(self.account.id, STREAM, group.external_id)
        return Intent(
            key=key, account_id=self.account.id, operation="submit_acknowledgement", aggregate=f"acknowledgement:{name}", subject_id=name,
            reference=group.reference, body=self.connector.write_acknowledgement(group, taken, self.hub.clock.now(), key),
            key_id=self.key_id,
        )  # fmt: skip

    def _write(self, connection: Connection, lease: Lease, intents: Sequence[Intent]) -> int:
        leases.hold(connection, lease)
        return outbox.write(connection, intents, self.sealer, at=self.hub.clock.now())


def _batches(groups: Iterator[DocumentGroup]) -> Iterator[list[DocumentGroup]]:
    while batch := list(islice(groups, BATCH)):
        yield batch
