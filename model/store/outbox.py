"""The outbox: commands written with their decision, claimed and committed before they are sent, settled under the claim they belong to.

Whoever claims a command has it until its claim ends; a claim whose holder is gone is over at once. What had been sent by then may have
taken effect, so it becomes `unknown`, never `pending`. An answer is written only if its claim still stands.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, Table, TextClause, TextualSelect, bindparam, false, func, or_, select, text, update

from model.store.bulk import PrimitiveRow, among, column_names, insert_rows
from model.store.leases import NOW_MS, is_alive, now_ms
from model.store.outbox_gate import read_gate
from model.store.sealing import Sealer
from model.tables.base import Long, UtcInstant
from model.tables.outbox import OutboxOperation, OutboxRow
from model.values.instant import iso

OUTBOX = cast("Table", OutboxRow.__table__)

AnyRow = Row[tuple[Any, ...]]

_IS_OPEN = text("state NOT IN ('done', 'parked', 'withdrawn')")
"""The condition of the index of open commands, word for word: only so do both databases see, of every statement, that it will do."""
CLAIM_MS = 120_000
"""How long an answer is waited for; longer than any request takes."""


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
    words = _words(connection.dialect.name)
    rows = connection.execute(words.due, {"account_id": account_id, "now": now, "most": limit}).all()
    probes = [row.id for row in rows if row.operation not in resent and _may_have_left(row)]
    sends = [row.id for row in rows if row.id not in set(probes)]
    taken = {"holder": holder, "expires": rows[0].now_ms + CLAIM_MS if rows else 0, "now": now}
    if probes:
        connection.execute(words.probing, {**taken, "ids": words.listed(probes)})
    if sends:
        connection.execute(words.sending, {**taken, "ids": words.listed(sends)})
    return [_claimed(connection, row, now, sealer, is_probe=row.id in set(probes)) for row in rows]


@dataclass(frozen=True, slots=True)
class _Words:
    """The statements of claiming in one database's words, prepared once: putting them together took longer than the database did."""

    due: TextualSelect
    probing: TextClause
    sending: TextClause
    listed: Callable[[list[str]], object]
    """Ids as one parameter."""


_DUE = """
SELECT {columns}, {now} AS now_ms FROM outbox o
WHERE o.state NOT IN ('done', 'parked', 'withdrawn') AND o.due_at <= :now
    AND CASE WHEN o.account_id = :account_id THEN o.state IN ('pending', 'unknown') ELSE FALSE END
    AND NOT EXISTS (SELECT 1 FROM outbox_gate g WHERE g.is_shut)
    AND (o.seq = 1 OR NOT EXISTS (SELECT 1 FROM outbox e WHERE e.aggregate = o.aggregate AND e.seq < o.seq
        AND e.state NOT IN ('done', 'withdrawn')))
ORDER BY o.due_at, o.id LIMIT :most {lock}"""
"""Walks along the index of open commands, whose condition stands here word for word, until it has found enough.

The CASE keeps PostgreSQL from other ways: where it had no statistics yet, it read and sorted all that was open at each claim. Most commands
are the first of their aggregate; said so, it looks at the others one by one in place of joining all with all.
"""
_TAKE = """
UPDATE outbox SET state = {state}, token = token + 1, holder = :holder, expires_at_ms = :expires{more} WHERE id {among}"""
_SENT = ", attempts = attempts + 1, sent_at = COALESCE(sent_at, :now)"


@cache
def _words(dialect: str) -> _Words:
    is_postgres = dialect == "postgresql"
    lock = "FOR UPDATE OF o SKIP LOCKED" if is_postgres else ""
    among_ids = "= ANY(CAST(:ids AS UUID[]))" if is_postgres else "IN (SELECT value FROM json_each(:ids))"
    columns = ", ".join(f"o.{name}" for name in column_names(OUTBOX))
    instant = bindparam("now", type_=UtcInstant())
    due = text(_DUE.format(columns=columns, now=NOW_MS[dialect], lock=lock)).bindparams(instant)
    probing = text(_TAKE.format(state="'probing'", more="", among=among_ids))
    sending = text(_TAKE.format(state="'sending'", more=_SENT, among=among_ids)).bindparams(instant)
    return _Words(due.columns(*OUTBOX.c, now_ms=Long), probing, sending, list if is_postgres else json.dumps)


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
    values = {
        "id": claimed.key, "token": claimed.token, "state": fate.state, "due_at": fate.due_at, "problem": fate.problem,
        "misses": fate.misses, "external_id": fate.external_id, "settled_at": at if fate.state in ("done", "parked") else None,
        "is_probed_first": False, "is_unsure": fate.is_unsure,
    }  # fmt: skip
    return connection.execute(_SETTLE, values).rowcount == 1


_SETTLE = text("""
UPDATE outbox SET state = :state, due_at = :due_at, problem = :problem, misses = :misses, holder = NULL, expires_at_ms = 0,
    external_id = COALESCE(:external_id, external_id), settled_at = :settled_at, is_probed_first = :is_probed_first, is_unsure = :is_unsure
WHERE id = :id AND token = :token AND state IN ('sending', 'probing')""").bindparams(
    *(bindparam(name, type_=OUTBOX.c[name].type) for name in ("id", "due_at", "settled_at", "external_id", "is_probed_first", "is_unsure"))
)


def waiting_accounts(connection: Connection) -> set[str]:
    """Accounts with commands that are not settled."""
    return set(connection.execute(select(OUTBOX.c.account_id).where(_IS_OPEN).distinct()).scalars())


def recover(connection: Connection, account_id: str, *, now: datetime) -> int:
    """End the claims whose holders are gone or silent for too long: what was sent may have taken effect. Gives how many."""
    c = OUTBOX.c
    claimed = (_IS_OPEN, c.account_id == account_id, c.state.in_(("sending", "probing")))
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
