"""The audit trail: append-only rows in a hash chain. Edits, deletions in the middle, reordering and forks are found by `verify`.

The head row is locked first, so appends queue up and the chain cannot fork; triggers refuse UPDATE and DELETE of events.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select, update

from model.store.database import insert_ignoring
from model.tables.audit import ActorRow, AuditEventRow, ChainHeadRow
from model.values.instant import iso

SCOPE = "hub"
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the key of `[[people]]` in hub.toml, or `os:<user>`."""

    id: str
    name: str


def append(
    connection: Connection, actor: Actor, action: str, subject: str, details: Mapping[str, object], *, at: datetime, scope: str = SCOPE
) -> int:
    """Write one event at the end of the chain and give its number. Call it last in a transaction: the head stays locked until commit."""
    row = {"id": actor.id, "name": actor.name, "first_seen_at": at}
    connection.execute(insert_ignoring(connection, ActorRow).values(row))
    connection.execute(insert_ignoring(connection, ChainHeadRow).values({"scope": scope, "seq": 0, "hash": GENESIS}))
    head = connection.execute(select(ChainHeadRow).where(ChainHeadRow.scope == scope).with_for_update()).one()
    seq, moment = head.seq + 1, iso(at)
    body = msgspec.json.encode(details, order="sorted").decode()
    digest = event_hash(head.hash, scope, seq, moment, actor.id, action, subject, body)
    event = AuditEventRow.__table__
    connection.execute(
        insert(event).values(  # pyright: ignore[reportArgumentType]
            scope=scope, seq=seq, at=moment, actor_id=actor.id, action=action, subject=subject, details=body,
            prev_hash=head.hash, hash=digest,
        )
    )  # fmt: skip
    connection.execute(update(ChainHeadRow).where(ChainHeadRow.scope == scope).values(seq=seq, hash=digest))
    return seq


def event_hash(prev_hash: str, scope: str, seq: int, *fields: str) -> str:
    """SHA-256 over the fields, each length-prefixed, so that no two events share an input."""
    parts = (prev_hash, scope, str(seq), *fields)
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()


def verify(connection: Connection, scope: str = SCOPE) -> list[str]:
    """What is wrong with the chain, one line each; empty when it is whole."""
    problems: list[str] = []
    prev, expected = GENESIS, 1
    for row in connection.execute(select(AuditEventRow.__table__).where(AuditEventRow.scope == scope).order_by(AuditEventRow.seq)):
        digest = event_hash(prev, scope, row.seq, row.at, row.actor_id, row.action, row.subject, row.details)
        if row.seq != expected or row.prev_hash != prev or row.hash != digest:
            problems.append(f"audit event {row.seq}: does not follow from the one before it")
        prev, expected = row.hash, row.seq + 1
    head = connection.execute(select(ChainHeadRow).where(ChainHeadRow.scope == scope)).one_or_none()
    if head is not None and (head.seq, head.hash) != (expected - 1, prev):
        problems.append(f"audit trail: ends at event {expected - 1}, its head says {head.seq}")
    return problems
