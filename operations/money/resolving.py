"""Resolve breaks with a written reason, by two people above the limit."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from model.errors import RejectedError
from model.records.breaks import MENDS
from model.store import money_breaks, runs
from model.store.audit_trail import append
from operations.money.two_people import check_person
from operations.runtime.hub import Hub
from operations.runtime.reconciliation_file import read_reconciliation_file

SHORTEST = 10
"""Characters of a reason: `ok` explains nothing."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a break."""

    break_id: str
    kind: str
    state: str
    says: str


def resolve(hub: Hub, named: str, reason: str) -> Resolved:
    """Resolve a break with a reason; above the limit that is proposed, and another person approves it."""
    if len(reason.strip()) < SHORTEST:
        raise RejectedError(f"reason: {reason!r} is too short; write what happened, in {SHORTEST} characters or more")
    rules = read_reconciliation_file(hub.file).rules

    def work(connection: Connection) -> Resolved:
        row = money_breaks.one(connection, named)
        needs_two = rules.needs_two(row.amount_minor, row.currency)
        if needs_two:
            check_person(hub)
        if not money_breaks.propose(connection, row.id, reason.strip(), hub.actor.id, needs_checker=needs_two, at=hub.clock.now()):
            raise RejectedError(f"break {row.id[:12]}: is {row.state}; only an open one is resolved")
        state = "proposed" if needs_two else "resolved"
        says = "another person approves it" if needs_two else "resolved"
        return _noted(connection, hub, row, state, says, {"reason": reason.strip()})

    return _run(hub, work)


def approve(hub: Hub, named: str) -> Resolved:
    """Agree to what somebody else proposed."""
    check_person(hub)

    def work(connection: Connection) -> Resolved:
        row = money_breaks.one(connection, named)
        if row.state == "proposed" and row.maker_id == hub.actor.id:
            raise RejectedError(f"break {row.id[:12]}: was proposed by {hub.actor.name}; another person approves it")
        if not money_breaks.approve(connection, row.id, hub.actor.id, at=hub.clock.now()):
            raise RejectedError(f"break {row.id[:12]}: is {row.state}; only a proposed one is approved")
        return _noted(connection, hub, row, "resolved", "approved", {"maker": row.maker_id})

    return _run(hub, work)


def reject(hub: Hub, named: str, reason: str) -> Resolved:
    """Do not agree: the break is open again."""

    def work(connection: Connection) -> Resolved:
        row = money_breaks.one(connection, named)
        if not money_breaks.reject(connection, row.id):
            raise RejectedError(f"break {row.id[:12]}: is {row.state}; only a proposed one is rejected")
        return _noted(connection, hub, row, "open", "open again", {"reason": reason, "maker": row.maker_id})

    return _run(hub, work)


def assign(hub: Hub, named: str, person: str) -> Resolved:
    """Give a break to a person of hub.toml."""
    if person not in {each.id for each in hub.file.people}:
        known = ", ".join(each.id for each in hub.file.people) or "none yet"
        raise RejectedError(f"{person!r}: is not under [[people]]; known are {known}")

    def work(connection: Connection) -> Resolved:
        row = money_breaks.one(connection, named)
        money_breaks.assign(connection, row.id, person)
        return _noted(connection, hub, row, row.state, f"belongs to {person}", {"owner": person})

    return _run(hub, work)


def mend_of(kind: str) -> str:
    """The suggested mend for a kind of break."""
    return MENDS[kind]  # pyright: ignore[reportArgumentType]  kinds are checked by the database


def _noted(connection: Connection, hub: Hub, row: Row[Any], state: str, says: str, details: dict[str, object]) -> Resolved:
    append(connection, hub.actor, f"break {state}", f"break {row.id[:12]}", {"kind": row.kind, **details}, at=hub.clock.now())
    return Resolved(row.id, row.kind, state, says)


def _run(hub: Hub, work: Any) -> Any:  # noqa: ANN401  what the work gives
    meet_actor(hub)
    return hub.database.run(work)


def meet_actor(hub: Hub) -> None:
    """Make the actor known to the store before rows name them."""
    hub.database.run(lambda connection: runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=hub.clock.now()))
