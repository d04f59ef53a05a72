"""The auditor of the books: each violation, planted behind the guards' backs, is found by name."""

# ruff: noqa: S608  our own words

from pathlib import Path

import pytest

from model.store.database import Database
from model.store.money_rows import line_id
from operations.auditor import audit
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.money_desk import Desk, charge
from tests.unit.operations.posting_desk import LINES, change, open_books, posted

BALANCED = "every posted voucher has lines and balances, in each currency and in the functional one"
NUMBERED = "the numbers of posted vouchers go from 1 to the last one given, per entity and period"
DATED = "every posted voucher bears a day of its period"
ONCE = "each fact is told by one standing voucher at most"
STANDS = "what tells of a fact is posted and stands, and what stands tells of a fact"
TAKEN_BACK = "what takes a voucher back takes a posted one of its entity back, and all of it"
GUARDED = ("voucher", "voucher_line", "accounting_period")


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """Books with a charge that changed: posted, taken back, and posted anew."""
    opened = open_books(hub, tmp_path, clock)
    opened.lines(charge("ch_1", 1000, 30))
    posted(opened)
    change(opened, LINES, line_id("stripe", "ch_1"), gross_minor=700, net_minor=670)
    posted(opened)
    return opened


def plant(database: Database, *statements: str) -> list[str]:
    """Break the books with their guards taken away; gives which promises the auditor finds broken."""
    with database.write() as connection:
        if database.is_postgres:
            guards = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in GUARDED]
        else:
            names = connection.exec_driver_sql(f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN {GUARDED}")
            guards = [f"DROP TRIGGER {row.name}" for row in names.all()]
        for statement in (*guards, *statements):
            connection.exec_driver_sql(statement)
    return sorted({found.promise for found in audit(database.url) if found.id in {"I5", "I7", "I13"}})


FIRST = "(SELECT id FROM voucher WHERE number = 1)"
TAKEN = "(SELECT reverses_id FROM voucher WHERE reverses_id IS NOT NULL)"
REVERSAL = "(SELECT id FROM voucher WHERE reverses_id IS NOT NULL)"
PLANTS = {
    "an amount": (f"UPDATE voucher_line SET amount_minor = amount_minor + 1 WHERE line_no = 1 AND voucher_id = {FIRST}", [BALANCED]),
    "a base amount": (f"UPDATE voucher_line SET base_minor = base_minor + 1 WHERE line_no = 1 AND voucher_id = {FIRST}", [BALANCED]),
    "no lines": (f"DELETE FROM voucher_line WHERE voucher_id = {FIRST}", [BALANCED]),
    "another currency": (
        f"UPDATE voucher_line SET currency = 'USD' WHERE line_no = 1 AND voucher_id = {FIRST}",
        [BALANCED],
    ),
    "a number too many": ("UPDATE accounting_period SET last_number = last_number + 1", [NUMBERED]),
    "a gap": ("UPDATE voucher SET number = 99 WHERE number = 2", [NUMBERED]),
    "a first number of nought": ("UPDATE voucher SET number = 0 WHERE number = 1", [NUMBERED]),
    "a period that is gone": ("DELETE FROM accounting_period", [NUMBERED]),
    "a day of another month": (f"UPDATE voucher SET posted_on = '2026-02-28' WHERE id = {FIRST}", [DATED]),
    "told twice": (
        (
            "UPDATE voucher SET source_id = (SELECT source_id FROM voucher WHERE number = 1), source = (SELECT source FROM voucher"
            " WHERE number = 1), version = 9 WHERE number = 2"
        ),
        [ONCE],
    ),
    "a fact that nobody remembers": (f"DELETE FROM booked_fact WHERE voucher_id = {FIRST}", [STANDS]),
    "a fact told by what was taken back": (f"UPDATE booked_fact SET voucher_id = {TAKEN} WHERE source = 'settlement_line'", [STANDS]),
    "a reversal of nothing posted": (
        f"UPDATE voucher SET state = 'approved', posted_at = NULL, number = NULL WHERE id = {TAKEN}",
        [NUMBERED, TAKEN_BACK],
    ),
    "half a reversal": (f"UPDATE voucher_line SET amount_minor = 0, base_minor = 0 WHERE voucher_id = {REVERSAL}", [TAKEN_BACK]),
    "a reversal on another account": (
        f"UPDATE voucher_line SET account = '9999' WHERE line_no = 1 AND voucher_id = {REVERSAL}",
        [TAKEN_BACK],
    ),
    "a reversal of another entity": (
        (
            f"INSERT INTO accounting_period SELECT 'other', period, state, 1, wish, maker_id, checker_id, reason, changed_at"
            f" FROM accounting_period; UPDATE voucher SET entity_id = 'other', number = 1 WHERE id = {REVERSAL}"
        ),
        [NUMBERED, TAKEN_BACK],
    ),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_violation_is_found(desk: Desk, name: str) -> None:
    statement, broken = PLANTS[name]

    assert plant(desk.hub.database, *statement.split("; ")) == sorted(broken)


def test_books_that_hold_are_found_to_hold(desk: Desk) -> None:
    assert plant(desk.hub.database) == []
