"""What people do about the outbox: see what waits and what is dead, shut and open it, and say what no machine can know."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select

from model.errors import ConfigError
from model.store import outbox, outbox_gate, runs
from model.store.audit_trail import append
from model.store.outbox import OUTBOX, AnyRow, Claimed, Fate
from operations.dispatch import OPERATIONS
from operations.outbox_mark import forget_marks
from operations.runtime.hub import Hub
from operations.said import reasoned

Shown = dict[str, Any]

PROBE_FOR = timedelta(hours=72)
"""How long after a restore what is decided is looked for before it is sent: what was lost is decided anew by then."""
_COLUMNS = ("id", "account_id", "operation", "reference", "state", "attempts", "due_at", "made_at", "sent_at", "problem", "external_id")


def listed_commands(hub: Hub, states: tuple[str, ...]) -> list[Shown]:
    """Commands in these states, the oldest first."""
    c = OUTBOX.c
    query = select(*(c[name] for name in _COLUMNS)).where(c.state.in_(states)).order_by(c.made_at, c.id)
    with hub.database.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def outbox_counts(hub: Hub) -> dict[str, int]:
    """How many commands are in which state."""
    c = OUTBOX.c
    with hub.database.read() as connection:
        return dict(connection.execute(select(c.state, func.count()).group_by(c.state)).tuples().all())


def pause_outbox(hub: Hub, reason: str) -> None:
    """Let nothing leave from now on."""
    reasoned(reason)
    _with_note(hub, "outbox pause", "outbox", {"reason": reason}, partial(outbox_gate.shut, reason=reason, at=hub.clock.now()))


def resume_outbox(hub: Hub, *, is_restored: bool = False) -> None:
    """Let commands leave again; from a restored store, what may have been sent is looked for first."""
    at = hub.clock.now()

    def work(connection: Connection) -> None:
        if is_restored:
            outbox_gate.open_restored(connection, probe_until=at + PROBE_FOR, at=at)
        else:
            outbox_gate.open_gate(connection, at=at)

    _with_note(hub, "outbox resume", "outbox", {"restored": is_restored}, work)
    if is_restored:
        forget_marks(hub)


def settle_by_hand(hub: Hub, key: str, external_id: str | None, reason: str) -> None:
    """Say of a parked command that it took effect there, under this id; or (None) that it did not, so that it is sent again."""
    reasoned(reason)
    at = hub.clock.now()

    def work(connection: Connection) -> None:
        row = _parked(connection, key)
        outbox.decide(connection, row.id, external_id, at=at)
        OPERATIONS[row.operation].follow(connection, _claimed(row), Fate(state="done" if external_id else "pending", due_at=at), at)

    _with_note(hub, "outbox settle", f"outbox {key}", {"done": external_id or "no", "reason": reason}, work)


def _with_note(hub: Hub, action: str, subject: str, details: Shown, work: Callable[[Connection], None]) -> None:
    at = hub.clock.now()

    def noted(connection: Connection) -> None:
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        work(connection)
        append(connection, hub.actor, action, subject, details, at=at)

    hub.database.run(noted)


def _parked(connection: Connection, key: str) -> AnyRow:
    found = outbox.find(connection, key) if re.fullmatch("[0-9a-f]{32}", key) else None
    if found is None:
        raise ConfigError(f"command {key!r}: is not known; `entrepot outbox list --dead` shows the ids of dead letters")
    if found.state != "parked":
        raise ConfigError(f"command {key!r}: is {found.state}, so there is nothing to say about it")
    return found


def _claimed(row: AnyRow) -> Claimed:
    return Claimed(
        key=row.id, token=row.token, account_id=row.account_id, operation=row.operation, subject_id=row.subject_id,
        reference=row.reference, body=b"", attempts=row.attempts, misses=0, is_probe=False, made_at=row.made_at,
        sent_at=row.sent_at or row.made_at, may_have_left=False,
    )  # fmt: skip
