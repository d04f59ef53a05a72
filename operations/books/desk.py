"""What people do at the books while nobody posts, and all facts of an entity as they are due, page by page."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from model.errors import RejectedError
from model.store import leases
from model.store.book_facts import Window
from model.store.leases import LeaseHeldError, hold
from operations.books.events import SOURCES, Booked, Source
from operations.books.judging import Desk
from operations.runtime.hub import Hub

T = TypeVar("T")
SLACK = timedelta(days=3)
"""Facts come in the order of instants; zones and cut-offs make days of those that may go back by less than this."""


def at_the_desk(hub: Hub, entity_id: str, work: Callable[[Connection], T]) -> T:
    """Do a person's work while nobody posts for the entity; RejectedError while somebody does."""
    try:
        lease = leases.take(hub.database, f"post:{entity_id}", hub.holder())
    except LeaseHeldError:
        raise RejectedError(f"{entity_id}: is being posted at this moment; try again in a minute") from None

    def held(connection: Connection) -> T:
        hold(connection, lease)
        return work(connection)

    try:
        with leases.kept(hub.database, lease):
            return hub.database.run(held)
    finally:
        leases.give_back(hub.database, lease)


def pages_of(connection: Connection, desk: Desk) -> Iterator[list[Booked]]:
    """All facts that are due, page by page, as this transaction sees them; nothing is written."""
    since = min(each.rules.books_from for each in desk.rule_sets)
    for source in SOURCES:
        yield from _pages(connection, desk, source, Window(sorted(desk.ledger.accounts), source.since(since, desk.ledger)))


def all_between(connection: Connection, desk: Desk, since: date, until: date) -> Iterator[Booked]:
    """All facts of some days, both ends included, booked already or not."""
    for source in SOURCES:
        window = Window(sorted(desk.ledger.accounts), source.since(since, desk.ledger), is_whole=True)
        for facts in _pages(connection, desk, source, window):
            yield from (each for each in facts if since <= each[0].day <= until)
            if source.is_in_order and facts and facts[-1][0].day > until + SLACK:
                break


def _pages(connection: Connection, desk: Desk, source: Source, first: Window) -> Iterator[list[Booked]]:
    window: Window | None = first
    while window is not None:
        facts = list(source.events(connection, desk.ledger, window))
        yield facts
        last = facts[-1][1] if len(facts) >= window.limit else None
        window = None if last is None else replace(window, after=(source.place(last), last.id))
