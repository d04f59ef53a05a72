"""Close a month when its checklist is met; open it again by two people. A fact that comes late goes into the next open month."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from model.errors import RejectedError
from model.records.voucher import voucher_reference
from model.store import periods, runs, vouchers
from model.store.audit_trail import append
from model.store.vouchers import Signed
from operations.books.checklist import Check, checklist
from operations.books.desk import at_the_desk
from operations.books.judging import Desk
from operations.books.months import first_day, last_day
from operations.books.post import open_desk
from operations.books.revaluation import revaluation
from operations.books.rule_sets import SHORTEST, of_day
from operations.money.two_people import check_person
from operations.runtime.hub import Hub

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Closing:
    """A month with its checklist, and what closing it did."""

    entity: str
    period: str
    state: str
    checks: tuple[Check, ...]
    revaluation: str | None = None
    """The reference of the voucher that valued foreign accounts."""

    @property
    def is_ready(self) -> bool:
        """Whether every line is met."""
        return all(check.is_met for check in self.checks)


def look_at_month(hub: Hub, entity_id: str, period: str) -> Closing:
    """The checklist of a month as it stands now; nothing is written."""
    desk = open_desk(hub, hub.file.entity(entity_id))
    with hub.database.read() as connection:
        row = periods.one(connection, entity_id, period)
        checks = checklist(connection, hub, desk, period)
    return Closing(entity_id, period, "open" if row is None else row.state, tuple(checks))


def close_month(hub: Hub, entity_id: str, period: str) -> Closing:
    """Value foreign accounts at the month's last day and close it, in one transaction; RejectedError while a line is not met."""
    first_day(period)
    desk = open_desk(hub, hub.file.entity(entity_id))
    check_person(hub)
    _meet(hub)

    def work(connection: Connection) -> Closing:
        row = periods.one(connection, entity_id, period)
        if row is not None and row.state == "closed":
            raise RejectedError(f"{entity_id} {period}: is closed already, by {row.maker_id}")
        checks = checklist(connection, hub, desk, period)
        wrong = [f"{check.name}: {check.figure}" for check in checks if not check.is_met]
        if wrong:
            again = f"`entrepot books close {entity_id} {period} --dry-run` shows the way out of each"
            raise RejectedError(f"{entity_id} {period}: stays open, {len(wrong)} lines are not met: {'; '.join(wrong)}; {again}")
        valued = _value(connection, hub, desk, period)
        periods.close(connection, entity_id, period, hub.actor.id, at=hub.clock.now())
        figures = {check.name: check.figure for check in checks}
        _note(connection, hub, "close month", entity_id, period, revaluation=valued, checks=figures)
        return Closing(entity_id, period, "closed", tuple(checks), valued)

    return at_the_desk(hub, entity_id, work)


def _value(connection: Connection, hub: Hub, desk: Desk, period: str) -> str | None:
    """Post the revaluation, signed by those who made and approved the rules that say how."""
    entry = revaluation(connection, desk, last_day(period))
    if entry is None:
        return None
    rule_set = of_day(desk.rule_sets, entry.happened_on)
    vouchers.post(connection, [entry], Signed(maker_id=rule_set.maker_id, checker_id=rule_set.checker_id, at=hub.clock.now()))
    row = vouchers.headers(connection, [entry.id])[entry.id]
    return voucher_reference(row.entity_id, row.period, row.number)


def ask_to_reopen(hub: Hub, entity_id: str, period: str, reason: str) -> None:
    """Ask for a closed month to be opened; another person approves it."""
    hub.file.entity(entity_id)
    first_day(period)
    check_person(hub)
    if len(reason.strip()) < SHORTEST:
        raise RejectedError(f"reason: {reason!r} is too short; write why, in {SHORTEST} characters or more")

    def work(connection: Connection) -> None:
        if not periods.ask_to_reopen(connection, entity_id, period, hub.actor.id, reason.strip(), at=hub.clock.now()):
            row = periods.one(connection, entity_id, period)
            asked = row is not None and row.wish is not None
            raise RejectedError(f"{entity_id} {period}: {'is asked to be reopened already' if asked else 'is not closed'}")
        _note(connection, hub, "ask to reopen month", entity_id, period, reason=reason.strip())

    _run(hub, work)


def approve_reopening(hub: Hub, entity_id: str, period: str) -> None:
    """Agree, as another person: the month is open, and what happened in it is booked in it again."""
    check_person(hub)

    def work(connection: Connection) -> None:
        row = periods.one(connection, entity_id, period)
        if row is None or row.wish != "reopen":
            raise RejectedError(f"{entity_id} {period}: nobody asked to reopen it")
        if row.maker_id == hub.actor.id:
            raise RejectedError(f"{entity_id} {period}: {hub.actor.name} asked to reopen it; another person approves that")
        if not periods.reopen(connection, entity_id, period, hub.actor.id, at=hub.clock.now()):
            raise RejectedError(f"{entity_id} {period}: was decided meanwhile")
        _note(connection, hub, "reopen month", entity_id, period, maker=row.maker_id, reason=row.reason)

    _run(hub, work)


def reject_reopening(hub: Hub, entity_id: str, period: str) -> None:
    """Do not agree, or think better of it: the month stays closed."""
    check_person(hub)

    def work(connection: Connection) -> None:
        if not periods.keep_closed(connection, entity_id, period, at=hub.clock.now()):
            raise RejectedError(f"{entity_id} {period}: nobody asked to reopen it")
        _note(connection, hub, "keep month closed", entity_id, period)

    _run(hub, work)


def _note(connection: Connection, hub: Hub, action: str, entity_id: str, period: str, **details: object) -> None:
    append(connection, hub.actor, action, f"{entity_id} {period}", details, at=hub.clock.now())


def _meet(hub: Hub) -> None:
    hub.database.run(lambda connection: runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=hub.clock.now()))


def _run(hub: Hub, work: Callable[[Connection], T]) -> T:
    _meet(hub)
    return hub.database.run(work)
