"""What is not in the books and why: judged anew by the poster's own judge, at any time; nothing about it is stored or written."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from operations.books.desk import pages_of
from operations.books.judging import Desk, Page
from operations.books.post import open_desk
from operations.runtime.hub import Hub


@dataclass(frozen=True, slots=True)
class Unbooked:
    """A fact that waits."""

    entity: str
    about: str
    source: str
    source_id: str
    event: str
    account: str
    day: date
    age_days: int
    reason: str
    """Empty: the next posting books it."""


def unbooked(hub: Hub, entity_id: str) -> list[Unbooked]:
    """Facts of an entity that are held, or wait for the next posting, the oldest first."""
    desk = open_desk(hub, hub.file.entity(entity_id))
    with hub.database.read() as connection:
        return waiting_facts(connection, desk, hub.clock.now().date())


def waiting_facts(connection: Connection, desk: Desk, today: date) -> list[Unbooked]:
    """The same as this transaction sees it."""
    found: list[Unbooked] = []
    for facts in pages_of(connection, desk):
        page = Page(desk)
        page.judge(connection, facts)
        held = {(each.event.source, each.event.source_id): each.reason for each in page.held}
        due = {(each.source, each.source_id) for _, each in page.entries} | {
            (event.source, event.source_id) for told in page.grouped.values() for _, event, _, _ in told
        }
        for event, _ in facts:
            key = event.source, event.source_id
            if key in held or key in due:
                age = (today - event.day).days
                place = (event.event, event.account_id, event.day, age)
                found.append(Unbooked(desk.entity.id, event.name, *key, *place, held.get(key, "")))
    return sorted(found, key=lambda each: (each.day, each.source, each.source_id))
