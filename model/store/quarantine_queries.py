"""Questions about the quarantine, for people: what waits, why, since when, and the payload itself."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from model.store.landing import QUARANTINE, RAW
from model.store.sealing import Sealer

Shown = dict[str, Any]


def count_entries(connection: Connection, channel: str | None, state: str) -> int:
    """How many entries are in a state, of one channel or of all."""
    query = select(func.count()).select_from(QUARANTINE).where(QUARANTINE.c.state == state)
    return connection.execute(query.where(QUARANTINE.c.account_id == channel) if channel else query).scalar_one()


def list_entries(connection: Connection, channel: str | None, state: str, limit: int | None) -> Iterator[Shown]:
    """Entries in a state, oldest first."""
    query = select(QUARANTINE).where(QUARANTINE.c.state == state)
    query = (query.where(QUARANTINE.c.account_id == channel) if channel else query).order_by(QUARANTINE.c.first_seen_at).limit(limit)
    for row in connection.execute(query).mappings():
        yield {
            "id": row["raw_id"],
            "channel": row["account_id"],
            "stream": row["stream"],
            "kind": row["kind"],
            "external_id": row["external_id"],
            "reason": row["reason"],
            "first_seen_at": row["first_seen_at"],
            "last_seen_at": row["last_seen_at"],
            "attempts": row["attempts"],
            "state": row["state"],
            "resolution": row["resolution"],
        }


def matching_ids(connection: Connection, prefix: str) -> list[str]:
    """Ids of entries that begin with what somebody typed."""
    return [raw_id for raw_id in connection.execute(select(QUARANTINE.c.raw_id)).scalars() if raw_id.startswith(prefix)]


def payload_of(connection: Connection, raw_id: str, sealer: Sealer) -> bytes:
    """The landed payload of an entry, opened."""
    row = connection.execute(select(RAW).where(RAW.c.id == raw_id)).mappings().one()
    sealer.make_ready(connection, row["key_id"])
    return sealer.open_payload(row["body"], key_id=row["key_id"], raw_id=raw_id, size=row["size"])
