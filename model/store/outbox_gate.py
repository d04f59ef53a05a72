"""The outbox's gate: shut, nothing leaves. A store restored from a copy starts shut, as what it lost may have been sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, func, select, update

from model.store.database import insert_ignoring
from model.tables.outbox import OutboxGateRow, OutboxRow

GATE = cast("Table", OutboxGateRow.__table__)
OUTBOX = cast("Table", OutboxRow.__table__)


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether commands leave, why not, and until when new ones are looked for before they are sent."""

    is_shut: bool = False
    reason: str | None = None
    probe_until: datetime | None = None


def read_gate(connection: Connection) -> Gate:
    """The gate as it stands."""
    row = connection.execute(select(GATE)).first()
    return Gate(row.is_shut, row.reason, row.probe_until) if row else Gate()


def shut(connection: Connection, reason: str, *, at: datetime) -> None:
    """Let nothing leave from now on; what is under way still ends."""
    _set(connection, at, is_shut=True, reason=reason)


def open_gate(connection: Connection, *, at: datetime) -> None:
    """Let commands leave again."""
    _set(connection, at, is_shut=False, reason=None)


def open_restored(connection: Connection, *, probe_until: datetime, at: datetime) -> None:
    """Let commands leave again from a store that lost its newest part: whatever may have been sent since the copy is looked for first.

    That is what waits now, and what is decided until `probe_until`: the lost part may have decided the same, under the same keys.
    """
    c = OUTBOX.c
    connection.execute(update(OUTBOX).where(c.state == "pending", c.attempts == 0).values(is_probed_first=True))
    claimed = update(OUTBOX).where(c.state.in_(("sending", "probing")) | ((c.state == "pending") & (c.attempts > 0)))
    connection.execute(claimed.values(state="unknown", holder=None, expires_at_ms=0, due_at=at))
    _set(connection, at, is_shut=False, reason=None, probe_until=probe_until)


def last_sent(connection: Connection, account_id: str) -> datetime | None:
    """When a command of an account last left for the first time, as far as this store knows."""
    c = OUTBOX.c
    return connection.execute(select(func.max(c.sent_at)).where(c.account_id == account_id)).scalar_one()


def _set(connection: Connection, at: datetime, **values: object) -> None:
    connection.execute(insert_ignoring(connection, OutboxGateRow).values(id=1, is_shut=False, changed_at=at))
    connection.execute(update(GATE).values(changed_at=at, **values))
