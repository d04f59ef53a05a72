"""The outbox: commands written with their decision, claimed and committed before they are sent, settled under the claim they belong to.

Whoever claims a command has it until its claim ends; a claim whose holder is gone is over at once. What had been sent by then may have
taken effect, so it becomes `unknown`, never `pending`. An answer is written only if its claim still stands.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, Table, Text, false, func, literal, or_, select, update

from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.leases import is_alive, now_ms
from model.store.outbox_gate import read_gate
from model.store.sealing import Sealer
from model.tables.base import UtcInstant
from model.tables.outbox import OutboxOperation, OutboxRow
from model.values.instant import iso

OUTBOX = cast("Table", OutboxRow.__table__)

AnyRow = Row[tuple[Any, ...]]

CLAIM_MS = 120_000
"""How long an answer is waited for; longer than any request takes."""
_BEHIND_US = ("done", "withdrawn")
"""States of earlier commands that let later ones of the same aggregate go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A command as it is decided: its key, where it goes, what it must come behind, and its body."""

    key: str
    account_id: str
    operation: OutboxOperation
    aggregate: str
    subject_id: str
    reference: str
    body: bytes
    key_id: str
    """The data key that seals the body; its account's, of this month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A command in our hands: to be sent, or to be looked for."""

    key: str
    token: int
    account_id: str
    operation: OutboxOperation
    subject_id: str
    reference: str
    body: bytes
    attempts: int
    misses: int
    is_probe: bool
    made_at: datetime
    sent_at: datetime
    """When it was sent first, as far as this store knows."""
    may_have_left: bool
    """Whether it is unknown if an earlier sending took effect."""


def write(connection: Connection, intents: Sequence[Intent], sealer: Sealer, *, at: datetime) -> int:
    """Keep commands with the decision that caused them, to be sent in this order; gives how many were new. One key is one command."""
    unique = {intent.key: intent for intent in intents}
    decided = known(connection, list(unique))
    new = [intent for key, intent in unique.items() if key not in decided]
    if not new:
        return 0
    last = _last_numbers(connection, {intent.aggregate for intent in new})
    until = read_gate(connection).probe_until
    is_probed_first = until is not None and at < until
    rows: list[PrimitiveRow] = []
    for intent in new:
        sealer.make_ready(connection, intent.key_id)
        last[intent.aggregate] = seq = last.get(intent.aggregate, 0) + 1
        sealed = sealer.seal(intent.body, key_id=intent.key_id, place=f"outbox|{intent.key}")
        due_at = iso(at - timedelta(microseconds=len(new) - len(rows)))  # in this order, and due at once
        rows.append(
            (intent.key, intent.account_id, intent.operation, intent.aggregate, seq, intent.subject_id, intent.reference, sealed,
             intent.key_id, "pending", is_probed_first, False, due_at, 0, 0, 0, None, 0, None, None, iso(at), None, None)
        )  # fmt: skip
    insert_rows(connection, OUTBOX, rows)
    return len(new)


def known(connection: Connection, keys: Sequence[str]) -> set[str]:
    """The keys of these whose commands were decided before, whatever became of them."""
    return set(connection.execute(select(OUTBOX.c.id).where(among(connection, OUTBOX.c.id, keys))).scalars())


def _last_numbers(connection: Connection, aggregates: Collection[str]) -> dict[str, int]:
    c = OUTBOX.c
    query = select(c.aggregate, func.max(c.seq)).where(among(connection, c.aggregate, sorted(aggregates))).group_by(c.aggregate)
    return dict(connection.execute(query).tuples().all())


def claim(
    connection: Connection, account_id: str, *, resent: Collection[str], holder: str, limit: int, now: datetime, sealer: Sealer
) -> list[Claimed]:
    """Take commands that are due, each the first of its aggregate that is not done; none while the gate is shut.

    `resent` are the operations that may be sent again while it is unknown whether they took effect; the others are looked for.
    """
    if read_gate(connection).is_shut:
        return []
    c, earlier = OUTBOX.c, OUTBOX.alias("earlier")
    waits = select(earlier.c.id).where(
        earlier.c.aggregate == c.aggregate, earlier.c.seq < c.seq, earlier.c.state.not_in(_BEHIND_US)
    ).exists()  # fmt: skip
    # most are the first of their aggregate; said so, PostgreSQL looks at the others one by one in place of joining all with all
    due = (
        select(OUTBOX)
        .where(c.account_id == account_id, c.state.in_(("pending", "unknown")), c.due_at <= now, or_(c.seq == 1, ~waits))
        .order_by(c.due_at, c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    probes = [row.id for row in rows if row.operation not in resent and _may_have_left(row)]
    sends = [row.id for row in rows if row.id not in set(probes)]
    expires = now_ms(connection) + CLAIM_MS if rows else 0
    taken: dict[str, object] = {"token": c.token + 1, "holder": holder, "expires_at_ms": expires}
    if probes:
        connection.execute(update(OUTBOX).where(among(connection, c.id, probes)).values(state="probing", **taken))
    if sends:
        first = func.coalesce(c.sent_at, literal(now, UtcInstant))
        sending = update(OUTBOX).where(among(connection, c.id, sends))
        connection.execute(sending.values(state="sending", attempts=c.attempts + 1, sent_at=first, **taken))
    return [_claimed(connection, row, now, sealer, is_probe=row.id in set(probes)) for row in rows]


def _may_have_left(row: AnyRow) -> bool:
    return row.state == "unknown" or (row.is_probed_first and row.attempts == 0)


def _claimed(connection: Connection, row: AnyRow, now: datetime, sealer: Sealer, *, is_probe: bool) -> Claimed:
    sealer.make_ready(connection, row.key_id)
    return Claimed(
        key=row.id, token=row.token + 1, account_id=row.account_id, operation=row.operation, subject_id=row.subject_id,
        reference=row.reference, body=sealer.unseal(row.body, key_id=row.key_id, place=f"outbox|{row.id}"),
        attempts=row.attempts + (not is_probe), misses=row.misses, is_probe=is_probe, made_at=row.made_at, sent_at=row.sent_at or now,
        may_have_left=_may_have_left(row),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a claimed command."""

    state: Literal["pending", "unknown", "done", "parked"]
    """`pending`: it certainly did nothing, or was looked for in vain often enough. `unknown`: it may have taken effect."""
    due_at: datetime
    problem: str | None = None
    external_id: str | None = None
    misses: int = 0
    is_unsure: bool = False
    """Of a parked one: nobody knows whether it took effect."""


def settle(connection: Connection, claimed: Claimed, fate: Fate, *, at: datetime) -> bool:
    """Write down what became of a command; False if the claim was over by then, as others may have looked for it since."""
    c = OUTBOX.c
    settled = update(OUTBOX).where(c.id == claimed.key, c.token == claimed.token, c.state.in_(("sending", "probing")))
    values = {
        "state": fate.state, "due_at": fate.due_at, "problem": fate.problem, "misses": fate.misses, "holder": None, "expires_at_ms": 0,
        "external_id": func.coalesce(literal(fate.external_id, Text), c.external_id),
        "settled_at": at if fate.state in ("done", "parked") else None, "is_probed_first": False, "is_unsure": fate.is_unsure,
    }  # fmt: skip
    return connection.execute(settled.values(values)).rowcount == 1


def waiting_accounts(connection: Connection) -> set[str]:
    """Accounts with commands that are not settled."""
    c = OUTBOX.c
    return set(connection.execute(select(c.account_id).where(c.state.not_in(("done", "parked", "withdrawn"))).distinct()).scalars())


def recover(connection: Connection, account_id: str, *, now: datetime) -> int:
    """End the claims whose holders are gone or silent for too long: what was sent may have taken effect. Gives how many."""
    c = OUTBOX.c
    claimed = (c.account_id == account_id, c.state.in_(("sending", "probing")))
    holders = connection.execute(select(c.holder).where(*claimed).distinct()).scalars().all()
    gone = [holder for holder in holders if holder is not None and not is_alive(holder)]
    is_over = or_(c.expires_at_ms <= now_ms(connection), among(connection, c.holder, gone)) if holders else false()
    lost = update(OUTBOX).where(*claimed, is_over)
    values = {"state": "unknown", "holder": None, "expires_at_ms": 0, "due_at": now, "problem": "whoever sent it is gone"}
    return connection.execute(lost.values(values)).rowcount


def withdraw(connection: Connection, subject_id: str, operation: OutboxOperation, *, also_parked: bool = False, at: datetime) -> bool:
    """Call off a command that certainly never left (or, `also_parked`, that certainly did nothing); whether there was one."""
    c = OUTBOX.c
    never_left = (c.state == "pending") & ~c.is_probed_first  # what may have left is `unknown`, however often it was tried
    is_ours = or_(never_left, (c.state == "parked") & ~c.is_unsure) if also_parked else never_left
    these = update(OUTBOX).where(c.subject_id == subject_id, c.operation == operation, is_ours)
    return connection.execute(these.values(state="withdrawn", settled_at=at)).rowcount > 0


def latest(connection: Connection, subject_id: str, operation: OutboxOperation) -> AnyRow | None:
    """The newest command of a kind about one thing."""
    c = OUTBOX.c
    query = select(OUTBOX).where(c.subject_id == subject_id, c.operation == operation).order_by(c.seq.desc()).limit(1)
    return connection.execute(query).first()


def find(connection: Connection, key: str) -> AnyRow | None:
    """A command by its key, whatever its state; None if there is none."""
    return connection.execute(select(OUTBOX).where(OUTBOX.c.id == key)).first()


def decide(connection: Connection, key: str, external_id: str | None, *, at: datetime) -> None:
    """What a person says of a parked command: it is done under this id, or (None) it was not done and is sent again."""
    again = {"state": "pending", "due_at": at, "attempts": 0, "misses": 0, "settled_at": None}
    done = {"state": "done", "external_id": external_id, "settled_at": at}
    one = update(OUTBOX).where(OUTBOX.c.id == key, OUTBOX.c.state == "parked")
    connection.execute(one.values(is_unsure=False, **(done if external_id else again)))
