"""The books guard themselves: plain SQL that would bend them is refused by either database, whoever sends it."""

# ruff: noqa: S608  our own words

from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError

from model.store import posting_rules
from model.store.database import Database
from tests.saving import NOW
from tests.unit.model.book_sql import (
    NO_NUMBER,
    POSTED,
    UNBALANCED,
    Lines,
    draft,
    lay_books,
    number,
    post_sql,
    refusal,
    run,
    uuid,
)

RULES_STAY = "posting rules are changed by a new version"


@pytest.fixture
def books(database: Database) -> Database:
    """Two posted vouchers in March, and one that waits with number 3."""
    lay_books(database)
    return database


def everything(database: Database) -> list[object]:
    """All posted vouchers, lines, periods and rules."""
    found: list[object] = []
    with database.read() as connection:
        for query in (
            "SELECT * FROM voucher WHERE state = 'posted' ORDER BY id",
            "SELECT l.* FROM voucher_line l JOIN voucher v ON v.id = l.voucher_id WHERE v.state = 'posted' ORDER BY voucher_id, line_no",
            "SELECT * FROM accounting_period ORDER BY entity_id, period",
            "SELECT * FROM posting_rule_set ORDER BY id",
        ):
            found += [tuple(row) for row in connection.exec_driver_sql(query)]
    return found


CHANGES = {
    "another memo": "UPDATE voucher SET memo = 'x' WHERE state = 'posted'",
    "another day": "UPDATE voucher SET posted_on = '2026-03-09' WHERE state = 'posted'",
    "another number": "UPDATE voucher SET number = 3 WHERE number = 1",
    "un-posted": "UPDATE voucher SET state = 'draft', posted_at = NULL WHERE number = 1",
    "deleted": "DELETE FROM voucher WHERE state = 'posted'",
    "a line changed": "UPDATE voucher_line SET amount_minor = 2 * amount_minor, base_minor = 2 * base_minor WHERE line_no < 3",
    "a line's account changed": "UPDATE voucher_line SET account = '9999' WHERE voucher_id = (SELECT id FROM voucher WHERE number = 1)",
    "a line removed": "DELETE FROM voucher_line WHERE voucher_id = (SELECT id FROM voucher WHERE number = 1)",
    "a line moved away": (
        f"UPDATE voucher_line SET voucher_id = '{uuid('d')}', line_no = 9 WHERE line_no = 1"
        " AND voucher_id = (SELECT id FROM voucher WHERE number = 1)"
    ),
    "a line moved in": (
        "UPDATE voucher_line SET voucher_id = (SELECT id FROM voucher WHERE number = 1), line_no = line_no + 5"
        f" WHERE voucher_id = '{uuid('d')}'"
    ),
    "a line added": "INSERT INTO voucher_line SELECT id, 9, '1010', 'EUR', 0, 0, NULL, '{}', '' FROM voucher WHERE number = 1",
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_posted_voucher_stays_as_it_is(books: Database, name: str) -> None:
    before = everything(books)

    assert POSTED in refusal(books, CHANGES[name])
    assert everything(books) == before


@pytest.mark.parametrize("table", ["voucher", "voucher_line", "accounting_period", "posting_rule_set", "exchange_rate"])
def test_no_table_of_the_books_is_emptied(books: Database, table: str) -> None:
    if not books.is_postgres:
        pytest.skip("SQLite has no TRUNCATE")
    before = everything(books)

    assert refusal(books, f"TRUNCATE {table} CASCADE") != ""
    assert everything(books) == before


REPLACEMENTS = {
    "a voucher by its id": (
        "INSERT OR REPLACE INTO voucher SELECT id, entity_id, period, NULL, 'draft', event, source, source_id, version, rule_set,"
        " account_id, posted_on, happened_on, base_currency, memo, NULL, maker_id, NULL, made_at, NULL FROM voucher WHERE number = 1"
    ),
    "a voucher by its number": f"UPDATE OR REPLACE voucher SET number = 1 WHERE id = '{uuid('d')}'",
    "a voucher by another's id": (f"UPDATE OR REPLACE voucher SET id = (SELECT id FROM voucher WHERE number = 1) WHERE id = '{uuid('d')}'"),
    "a period": "INSERT OR REPLACE INTO accounting_period VALUES ('main', '2026-03', 'open', 0, NULL, NULL, NULL, NULL, '2026-03-02')",
    "rules": (
        "INSERT OR REPLACE INTO posting_rule_set SELECT id, entity_id, effective_from, 'x', 'proposed', reason, maker_id, made_at, NULL,"
        " NULL FROM posting_rule_set"
    ),
}


@pytest.mark.parametrize("name", REPLACEMENTS)
def test_nothing_posted_is_replaced(books: Database, name: str) -> None:
    if books.is_postgres:
        pytest.skip("PostgreSQL has no REPLACE")
    with_rules(books, "approved")
    before = everything(books)

    refusal(books, "PRAGMA defer_foreign_keys = ON", REPLACEMENTS[name])

    assert everything(books) == before


def test_what_balances_is_posted_under_a_number_its_period_gave(books: Database) -> None:
    assert refusal(books, post_sql()) == ""


UNFIT: dict[str, Lines] = {
    "no lines": (),
    "one currency": (("1010", "EUR", 100, 100), ("2100", "EUR", -99, -99)),
    "two currencies that cancel in base": (("1010", "EUR", 100, 100), ("1010", "USD", -100, -100)),
    "base only": (("1010", "USD", 100, 90), ("2100", "USD", -100, -91)),
    "one line of nothing too much": (("1010", "EUR", 100, 100), ("2100", "EUR", -100, -100), ("2100", "EUR", 1, 0)),
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_does_not_balance_is_not_posted(books: Database, name: str) -> None:
    number(books, 4)
    draft(books, "e", 4, UNFIT[name])

    assert UNBALANCED in refusal(books, post_sql("e"))


def test_of_many_posted_at_once_one_that_does_not_balance_is_enough(books: Database) -> None:
    number(books, 4)
    draft(books, "e", 4, UNFIT["one currency"])

    said = refusal(books, "UPDATE voucher SET state = 'posted', posted_at = '2026-03-02 00:00:00+00:00' WHERE state = 'approved'")

    assert UNBALANCED in said


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (", number = 4", NO_NUMBER),
        (", number = 0", NO_NUMBER),
        (", number = -1", NO_NUMBER),
        (", period = '2026-04'", NO_NUMBER),
        (", posted_on = '2026-04-02'", NO_NUMBER),
        (", entity_id = 'other'", NO_NUMBER),
        (", number = NULL", ""),
        (", number = 1", ""),
        (", checker_id = maker_id", ""),
        (", checker_id = NULL", ""),
        (", posted_at = NULL", ""),
    ],
)
def test_a_voucher_is_posted_by_two_people_into_an_open_period_under_its_own_number(books: Database, more: str, why: str) -> None:
    statement = post_sql(more=more).replace("posted_at = '2026-03-02 00:00:00+00:00', posted_at", "posted_at")

    said = refusal(books, statement)

    assert said != ""
    assert why in said


def test_nothing_is_posted_into_a_closed_period(books: Database) -> None:
    run(books, "UPDATE accounting_period SET state = 'closed'")

    assert NO_NUMBER in refusal(books, post_sql())


def test_a_voucher_is_never_born_posted(books: Database) -> None:
    number(books, 4)

    with pytest.raises(DBAPIError, match="posted after its lines are written"):
        draft(books, "e", 4, (), state="posted")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounting_period SET last_number = last_number - 1",
        "UPDATE accounting_period SET period = '2026-01'",
        "UPDATE accounting_period SET entity_id = 'other'",
        "DELETE FROM accounting_period",
    ],
)
def test_a_period_keeps_its_name_and_its_count(books: Database, statement: str) -> None:
    assert refusal(books, statement) != ""


def with_rules(database: Database, state: str = "") -> str:
    """Rules that Mia proposed, and Ben decided."""
    proposed = database.run(lambda c: posting_rules.propose(c, "main", "body", date(2026, 1, 1), "begin", maker_id="mia", at=NOW))
    if state:
        database.run(lambda c: posting_rules.conclude(c, proposed, state, checker_id="ben", at=NOW))
    return proposed


@pytest.mark.parametrize("state", ["approved", "rejected"])
@pytest.mark.parametrize(
    "change", ["body = 'x'", "state = 'proposed', checker_id = NULL, checked_at = NULL", "effective_from = '2025-01-01'"]
)
def test_rules_that_were_decided_stay(books: Database, state: str, change: str) -> None:
    with_rules(books, state)

    assert RULES_STAY in refusal(books, f"UPDATE posting_rule_set SET {change}")
    assert RULES_STAY in refusal(books, "DELETE FROM posting_rule_set")


@pytest.mark.parametrize("change", ["body = 'x'", "maker_id = 'ben'", "entity_id = 'other'", "reason = 'x'"])
def test_rules_that_wait_are_decided_as_they_were_proposed(books: Database, change: str) -> None:
    with_rules(books)

    assert RULES_STAY in refusal(books, f"UPDATE posting_rule_set SET {change}")


def test_rules_are_approved_by_another_person_and_never_born_approved(books: Database) -> None:
    with_rules(books)
    born = (
        "INSERT INTO posting_rule_set SELECT '0', entity_id, effective_from, 'x', 'approved', reason, maker_id, made_at, 'ben',"
        " made_at FROM posting_rule_set"
    )

    assert refusal(books, "UPDATE posting_rule_set SET state = 'approved', checker_id = maker_id, checked_at = made_at") != ""
    assert refusal(books, "UPDATE posting_rule_set SET state = 'approved'") != ""
    assert "proposed before they are approved" in refusal(books, born)
