"""A mark beside the store, of what left last: a store that knows less than its mark is a copy, and starts with the outbox shut.

The mark is written behind the commit of a claim and before anything leaves. So it is never ahead of the store that wrote it, and a store
brought back from a backup is found out by the first dispatcher, however it was brought back.
"""

import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from model.store import outbox_gate
from model.values.instant import instant, iso
from operations.runtime.hub import Hub

FOLDER = "outbox"
RESTORED = "is older than what left from here; see what happened, then `entrepot outbox resume --restored`"


def check_not_restored(hub: Hub, account_id: str) -> str | None:
    """Why nothing may leave; None if the gate is open. Shuts it where the store is older than the account's mark."""
    marked, at = _read(_path(hub, account_id)), hub.clock.now()

    def work(connection: Connection) -> str | None:
        gate = outbox_gate.read_gate(connection)
        if gate.is_shut:
            return f"the outbox is shut: {gate.reason}"
        known = outbox_gate.last_sent(connection, account_id)
        if marked is None or (known is not None and known >= marked):
            return None
        reason = f"this store {RESTORED}"
        outbox_gate.shut(connection, reason, at=at)
        return f"the outbox is shut: {reason}"

    return hub.database.run(work)


def mark_sent(hub: Hub, account_id: str, sent_at: datetime) -> None:
    """Note what is about to leave, durably; a mark never goes back."""
    path = _path(hub, account_id)
    marked = _read(path)
    if marked is not None and marked >= sent_at:
        return
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="ascii") as file:
        file.write(iso(sent_at))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def forget_marks(hub: Hub) -> None:
    """Take the store as it is, as somebody has said that it was restored."""
    for path in (hub.file.path.parent / FOLDER).glob("*.mark"):
        path.unlink()


def _path(hub: Hub, account_id: str) -> Path:
    return hub.file.path.parent / FOLDER / f"{account_id}.mark"


def _read(path: Path) -> datetime | None:
    return instant(path.read_text("ascii")) if path.exists() else None
