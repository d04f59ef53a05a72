"""The ways of posted vouchers into ledgers: which have no command yet, and what became of those that have."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, or_, select, update

from model.records.voucher import Voucher
from model.store.bulk import among
from model.store.outbox import OUTBOX
from model.store.vouchers import LINES, VOUCHERS, told
from model.tables.outbox import OutboxState

OPERATION = "submit_voucher"


@dataclass(frozen=True, slots=True)
class Page:
    """Which vouchers are asked for: of an entity, of these days, behind a day and id, and how many."""

    entity_id: str
    since: date
    until: date | None = None
    after: tuple[date, str] | None = None
    limit: int = 1_000


def _posted(page: Page) -> list[ColumnElement[bool]]:
    v = VOUCHERS.c
    found = [v.entity_id == page.entity_id, v.state == "posted", v.posted_on >= page.since]
    if page.until is not None:
        found.append(v.posted_on <= page.until)
    if page.after is not None:
        found.append(or_(v.posted_on > page.after[0], and_(v.posted_on == page.after[0], v.id > page.after[1])))
    return found


def _has_command(ledger_id: str) -> ColumnElement[bool]:
    """Whether a voucher has a command to a ledger that was not called off."""
    o = OUTBOX.c
    return exists().where(
        o.subject_id == VOUCHERS.c.id, o.account_id == ledger_id, o.operation == OPERATION, o.state != "withdrawn"
    )  # fmt: skip


def unsent(connection: Connection, ledger_id: str, page: Page) -> Sequence[Row[Any]]:
    """Posted vouchers without a command to a ledger, by their days."""
    v = VOUCHERS.c
    query = select(VOUCHERS).where(*_posted(page), ~_has_command(ledger_id))
    return connection.execute(query.order_by(v.posted_on, v.id).limit(page.limit)).all()


def posted_on(connection: Connection, page: Page) -> list[Voucher]:
    """Posted vouchers by their days."""
    v = VOUCHERS.c
    return told(connection, connection.execute(select(VOUCHERS).where(*_posted(page)).order_by(v.posted_on, v.id).limit(page.limit)).all())


def revisions(connection: Connection, ledger_id: str, voucher_ids: Sequence[str]) -> dict[str, int]:
    """How many commands to a ledger vouchers had so far, by voucher; those that were called off count."""
    o = OUTBOX.c
    mine = (o.account_id == ledger_id, o.operation == OPERATION, among(connection, o.subject_id, list(voucher_ids)))
    return dict(connection.execute(select(o.subject_id, func.count()).where(*mine).group_by(o.subject_id)).tuples().all())


def states(connection: Connection, ledger_id: str, voucher_ids: Sequence[str]) -> dict[str, OutboxState]:
    """What became of the commands of vouchers to a ledger, by voucher; one that was called off is none."""
    o = OUTBOX.c
    mine = (o.account_id == ledger_id, o.operation == OPERATION, among(connection, o.subject_id, list(voucher_ids)))
    query = select(o.subject_id, o.state).where(*mine, o.state != "withdrawn")
    return dict(connection.execute(query).tuples().all())


def sent(connection: Connection, ledger_id: str, voucher_ids: Sequence[str]) -> set[str]:
    """Those of these vouchers that have a command to a ledger."""
    return set(states(connection, ledger_id, voucher_ids))


def roots(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """For each voucher the first of the chain that it takes back: itself, or what it reverses, or what that one reverses."""
    found = {row.id: row.reverses_id or row.id for row in rows}
    v = VOUCHERS.c
    while True:
        query = select(v.id, v.reverses_id).where(among(connection, v.id, sorted(set(found.values()))), v.reverses_id.is_not(None))
        deeper = dict(connection.execute(query).tuples().all())
        if not deeper:
            return found
        found = {voucher: deeper.get(root, root) for voucher, root in found.items()}


def counts(connection: Connection, ledger_id: str, entity_id: str, since: date) -> dict[str, int]:
    """How many vouchers an entity has for a ledger: by the state of their commands, and `unsent` without one."""
    o = OUTBOX.c
    mine = (o.account_id == ledger_id, o.operation == OPERATION)
    found = dict(connection.execute(select(o.state, func.count()).where(*mine).group_by(o.state)).tuples().all())
    query = select(func.count()).where(*_posted(Page(entity_id, since)), ~_has_command(ledger_id))
    return {**found, "unsent": connection.execute(query.select_from(VOUCHERS)).scalar_one()}


def accounts_used(connection: Connection, entity_id: str, period: str | None = None) -> list[str]:
    """The accounts that posted vouchers of an entity book on, in a period or ever, in order."""
    v, line = VOUCHERS.c, LINES.c
    mine = [v.entity_id == entity_id, v.state == "posted", *([] if period is None else [v.period == period])]
    query = select(line.account).select_from(LINES.join(VOUCHERS, v.id == line.voucher_id)).where(*mine)
    return sorted(connection.execute(query.distinct()).scalars())


def named(connection: Connection, reference: str, entity_id: str) -> Row[Any] | None:
    """The posted voucher of an entity by its reference."""
    period, _, number = reference.removeprefix(f"{entity_id}/").partition("/")
    if not reference.startswith(f"{entity_id}/") or not re.fullmatch(r"\d{1,15}", number, re.ASCII):
        return None
    v = VOUCHERS.c
    mine = (v.entity_id == entity_id, v.period == period, v.number == int(number), v.state == "posted")
    return connection.execute(select(VOUCHERS).where(*mine)).first()


def command_of(connection: Connection, ledger_id: str, voucher_id: str) -> Row[Any] | None:
    """The command that brings a voucher to a ledger; one that was called off is none."""
    o = OUTBOX.c
    mine = (o.account_id == ledger_id, o.operation == OPERATION, o.subject_id == voucher_id, o.state != "withdrawn")
    return connection.execute(select(OUTBOX).where(*mine)).first()


def call_off(connection: Connection, command: Row[Any], *, at: datetime) -> bool:
    """Call off a refused command with all that wait behind it, to be written anew; False, and nothing is, where one may have left."""
    o = OUTBOX.c
    behind = (o.aggregate == command.aggregate, o.seq >= command.seq, o.state != "withdrawn")
    did_nothing = or_(and_(o.state == "parked", ~o.is_unsure), and_(o.state == "pending", ~o.is_probed_first))
    if connection.execute(select(func.count()).where(*behind, ~did_nothing).select_from(OUTBOX)).scalar_one():
        return False
    connection.execute(update(OUTBOX).where(*behind).values(state="withdrawn", settled_at=at))
    return True
