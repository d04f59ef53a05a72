"""Vouchers made by people: one drafts, another approves, and it is posted; a posted one is taken back by a reversal, likewise by two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection, Row

from model.errors import RejectedError
from model.records.voucher import voucher_reference
from model.store import runs, voucher_drafts, voucher_queries, vouchers
from model.store.audit_trail import append
from model.store.clearing import OPENING
from model.store.vouchers import Entry
from model.values.ids import derive_id
from operations.books.desk import at_the_desk
from operations.books.manual_lines import Told, checked_lines
from operations.books.post import open_desk
from operations.books.rule_sets import SHORTEST, of_day
from operations.money.two_people import check_person
from operations.runtime.hub import Hub
from reconciliation.vouchers.posting import reversed_lines

T = TypeVar("T")
LONGEST = 500
"""Characters of a text."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a voucher."""

    id: str
    state: str
    says: str
    reference: str | None = None


def draft(hub: Hub, entity_id: str, day: date, memo: str, told: Sequence[Told], *, is_opening: bool = False) -> Kept:
    """Draft a voucher; another person approves it. RejectedError where its lines do not balance or name an unknown account."""
    entity = hub.file.entity(entity_id)
    check_person(hub)
    if not 0 < len(memo.strip()) <= LONGEST:
        raise RejectedError(f"memo: has {len(memo.strip())} characters; say in up to {LONGEST} what the voucher is for")
    desk = open_desk(hub, entity)
    rule_set = of_day(desk.rule_sets, day)
    lines = checked_lines(told, rule_set.rules, entity.currency, day, desk.rates)
    named = [f"{line.account} {line.currency} {line.amount_minor} {line.base_minor} {line.memo}" for line in lines]
    entry = Entry(
        entity_id=entity.id, event=OPENING if is_opening else "manual", source="person",
        source_id=derive_id("manual", day.isoformat(), memo.strip(), *named), version=1, rule_set=rule_set.id, account_id=None,
        happened_on=day, base_currency=entity.currency, memo=memo.strip(), lines=lines,
    )  # fmt: skip

    def work(connection: Connection) -> Kept:
        vouchers.check_open(connection, entity.id, vouchers.period_of(day))
        voucher_id = voucher_drafts.draft(connection, entry, hub.actor.id, hub.clock.now())
        _note(connection, hub, "draft voucher", voucher_id, day=day.isoformat(), memo=memo.strip(), lines=named)
        return Kept(voucher_id, "draft", f"drafted; another person approves it with `entrepot books approve-voucher {voucher_id[:12]}`")

    return _run(hub, work)


def draft_reversal(hub: Hub, named: str, reason: str) -> Kept:
    """Draft the voucher that takes a posted one back, on the day it told of; another person approves it."""
    check_person(hub)
    if not SHORTEST <= len(reason.strip()) <= LONGEST:
        raise RejectedError(f"reason: {reason[:40]!r} has {len(reason.strip())} characters; write why, in {SHORTEST} to {LONGEST}")

    def work(connection: Connection) -> Kept:
        row = voucher_queries.named(connection, named)
        if row.state != "posted":
            raise RejectedError(f"voucher {row.id[:12]}: is {row.state}; only a posted one is taken back, others are given up")
        if voucher_drafts.reversal_of(connection, row.id) is not None:
            raise RejectedError(f"voucher {reference(row)}: is taken back already")
        entry = Entry(
            entity_id=row.entity_id, event="reversal", source="voucher", source_id=row.id, version=1, rule_set=voucher_drafts.BY_HAND,
            account_id=row.account_id, happened_on=row.happened_on, base_currency=row.base_currency,
            memo=f"takes back {reference(row)}: {reason.strip()}", lines=reversed_lines(vouchers.lines_of(connection, [row.id])[row.id]),
        )  # fmt: skip
        voucher_id = voucher_drafts.draft(connection, entry, hub.actor.id, hub.clock.now())
        _note(connection, hub, "draft reversal", voucher_id, of=reference(row), reason=reason.strip())
        return Kept(voucher_id, "draft", f"drafted; another person approves it with `entrepot books approve-voucher {voucher_id[:12]}`")

    return _run(hub, work)


def approve_voucher(hub: Hub, named: str) -> Kept:
    """Agree to a draft that another person made."""
    check_person(hub)

    def work(connection: Connection) -> Kept:
        row = voucher_queries.named(connection, named)
        if row.state == "draft" and row.maker_id == hub.actor.id:
            raise RejectedError(f"voucher {row.id[:12]}: was drafted by {hub.actor.name}; another person approves it")
        if not voucher_drafts.approve(connection, row.id, hub.actor.id):
            raise RejectedError(f"voucher {row.id[:12]}: is {row.state}; only a draft is approved")
        _note(connection, hub, "approve voucher", row.id, maker=row.maker_id)
        return Kept(row.id, "approved", f"approved; post it with `entrepot books post-voucher {row.id[:12]}`")

    return _run(hub, work)


def reject_voucher(hub: Hub, named: str, reason: str) -> Kept:
    """Give up a voucher that is not posted, one's own or another's; what it was is kept in the audit trail."""
    check_person(hub)
    if not reason.strip():
        raise RejectedError("reason: is empty; say why")

    def work(connection: Connection) -> Kept:
        row = voucher_queries.named(connection, named)
        lines = vouchers.lines_of(connection, [row.id]).get(row.id, ())
        if not voucher_drafts.give_up(connection, row.id):
            raise RejectedError(f"voucher {row.id[:12]}: is {row.state}; a posted one is taken back with `entrepot books reverse`")
        told = [f"{line.account} {line.currency} {line.amount_minor}" for line in lines]
        _note(connection, hub, "reject voucher", row.id, reason=reason.strip(), maker=row.maker_id, memo=row.memo, lines=told)
        return Kept(row.id, "rejected", "given up; nothing of it is in the books")

    return _run(hub, work)


def post_voucher(hub: Hub, named: str) -> Kept:
    """Post an approved voucher: it gets its number, in its month or the next that is open."""
    check_person(hub)
    with hub.database.read() as connection:
        row = voucher_queries.named(connection, named)

    def work(connection: Connection) -> Kept:
        done = voucher_drafts.post_approved(connection, row, hub.clock.now())
        name = voucher_reference(done.entity_id, done.period, done.number)
        _note(connection, hub, "post voucher", row.id, reference=name)
        return Kept(row.id, "posted", f"posted as {name}", name)

    if row.state != "approved":
        raise RejectedError(f"voucher {row.id[:12]}: is {row.state}; only an approved one is posted")
    _meet(hub)
    return at_the_desk(hub, row.entity_id, work)


def reference(row: Row[Any]) -> str:
    """What a voucher is known by: its reference once it is posted, before that the beginning of its id."""
    return row.id[:12] if row.number is None else voucher_reference(row.entity_id, row.period, row.number)


def _note(connection: Connection, hub: Hub, action: str, voucher_id: str, **details: object) -> None:
    append(connection, hub.actor, action, f"voucher {voucher_id[:12]}", details, at=hub.clock.now())


def _run(hub: Hub, work: Callable[[Connection], T]) -> T:
    _meet(hub)
    return hub.database.run(work)


def _meet(hub: Hub) -> None:
    hub.database.run(lambda connection: runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=hub.clock.now()))
