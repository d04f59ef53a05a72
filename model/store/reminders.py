"""Who was told of what, and when; one row per subject, person and day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from sqlalchemy import Connection, Table, func, insert, select

from model.tables.reconciliations import MoneyReminderRow

REMINDERS = cast("Table", MoneyReminderRow.__table__)
_C = REMINDERS.c


def told_on(connection: Connection, day: date) -> set[tuple[str, str]]:
    """Subject and person of what was told on a day."""
    return {(row.subject, row.person_id) for row in connection.execute(select(_C.subject, _C.person_id).where(_C.told_on == day))}


def last_told(connection: Connection) -> dict[tuple[str, str], datetime]:
    """When each person was last told of each subject."""
    last = select(_C.subject, _C.person_id, func.max(_C.told_at).label("at")).group_by(_C.subject, _C.person_id)
    return {(row.subject, row.person_id): row.at for row in connection.execute(last)}


def keep(connection: Connection, subjects: Sequence[str], person_id: str, at: datetime) -> None:
    """Write down that a person was told of subjects."""
    day = at.date()
    rows = [{"subject": subject, "person_id": person_id, "told_on": day, "told_at": at} for subject in subjects]
    connection.execute(insert(REMINDERS), rows)
