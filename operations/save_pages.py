"""Save a page; a record that the database itself refuses is set aside, and costs its neighbours nothing."""

from dataclasses import replace

from sqlalchemy.exc import DataError, IntegrityError

from model.store.database import Database
from model.store.landing import SetAside
from model.store.order_rows import Reading
from model.store.pages import Behind, PageToSave, ReadPayload, save_page
from model.store.runs import Counts


def save_sparing(database: Database, page: PageToSave, reading: Reading, behind: Behind, stream: str) -> Counts:
    """The counts of a page saved in one transaction. Only if the database refuses it are its records tried one by one.

    Those that pass are committed before the cursor moves, which at-least-once reading allows; the refused go into quarantine
    together with the rest of the page and the cursor.
    """
    try:
        return database.run(lambda connection: save_page(connection, page, reading, behind))
    except (IntegrityError, DataError):
        counts = Counts()
        for each in page.read:
            alone = Behind(behind.lease, None, behind.window)
            counts.add(_save_alone(database, page, each, reading, alone, stream))
        rest = replace(page, read=[])
        counts.add(database.run(lambda connection: save_page(connection, rest, reading, behind)))
        return counts


def _save_alone(database: Database, page: PageToSave, each: ReadPayload, reading: Reading, behind: Behind, stream: str) -> Counts:
    try:
        return database.run(lambda connection: save_page(connection, PageToSave(read=[each]), reading, behind))
    except (IntegrityError, DataError) as error:
        landed = each.landed
        reason = f"the store refused it: {constraint_of(error)}"
        page.set_aside.append((landed, SetAside(landed.raw_id, stream, landed.kind, landed.external_id, reason)))
        return Counts()


def constraint_of(error: IntegrityError | DataError) -> str:
    """The constraint's name; never the row, which may hold personal data."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name or diagnosis.message_primary)
    return str(error.orig)[:200]
