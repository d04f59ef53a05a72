"""Books that plain SQL is tried on: two posted vouchers, one that waits, and the statements that write and post."""

# ruff: noqa: S608  our own words

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from model.records.voucher import VoucherLine
from model.store.database import Database
from model.store.runs import meet_actor
from model.store.vouchers import Entry, Signed, post
from tests.saving import NOW

POSTED = "a posted voucher never changes"
UNBALANCED = "debit and credit differ, or it has no lines"
NO_NUMBER = "its period is not open, or did not give its number"
BOTH_WAYS = (("1010", "EUR", 100, 100), ("2100", "EUR", -100, -100))
Lines = Sequence[tuple[str, str, int, int]]


def voucher(database: Database, name: str, day: date = date(2026, 3, 1)) -> str:
    """A posted voucher of 1.00."""
    lines = tuple(VoucherLine(account=code, currency=cur, amount_minor=minor, base_minor=base) for code, cur, minor, base in BOTH_WAYS)
    entry = Entry(
        entity_id="main", event="capture", source="payment", source_id=name, version=1, rule_set="r", account_id="shop", happened_on=day,
        base_currency="EUR", memo=name, lines=lines,
    )  # fmt: skip
    return database.run(lambda c: post(c, [entry], Signed(maker_id="mia", checker_id="ben", at=NOW)))[0]


def lay_books(database: Database) -> None:
    """Two posted vouchers in March, an approved one `d` of the same sum that has number 3, and people."""

    def lay(connection: Connection) -> None:
        for person in ("mia", "ben"):
            meet_actor(connection, person, person.title(), at=NOW)

    database.run(lay)
    voucher(database, "one")
    voucher(database, "two")
    number(database, 3)
    draft(database, "d", 3, BOTH_WAYS)


def number(database: Database, last: int) -> None:
    """Let March give numbers up to this one."""
    run(database, f"UPDATE accounting_period SET last_number = {last} WHERE period = '2026-03'")


def uuid(name: str) -> str:
    """A row id."""
    return f"{name * 8}-{name * 4}-{name * 4}-{name * 4}-{name * 12}"


def draft(database: Database, name: str, given: int, lines: Lines, *, state: str = "approved", period: str = "2026-03") -> None:
    """A voucher that is not posted yet, written by plain SQL."""
    posted = "'2026-03-02 00:00:00+00:00'" if state == "posted" else "NULL"
    run(
        database,
        f"""INSERT INTO voucher (id, entity_id, period, number, state, event, source, source_id, version, rule_set, account_id, posted_on,
        happened_on, base_currency, memo, reverses_id, maker_id, checker_id, made_at, posted_at) VALUES ('{uuid(name)}', 'main', '{period}',
        {given}, '{state}', 'manual', 'person', '{name}', 1, 'r', NULL, '{period}-02', '{period}-02', 'EUR', 'by hand', NULL, 'mia', 'ben',
        '2026-03-02 00:00:00+00:00', {posted})""",
        *(line_sql(uuid(name), at, line) for at, line in enumerate(lines, 1)),
    )


def line_sql(voucher_id: str, at: int, line: tuple[str, str, int, int]) -> str:
    """The statement that adds a line."""
    code, currency, minor, base = line
    return f"INSERT INTO voucher_line VALUES ('{voucher_id}', {at}, '{code}', '{currency}', {minor}, {base}, NULL, '{{}}', '')"


def run(database: Database, *statements: str) -> None:
    """Plain SQL in one transaction."""
    with database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def refusal(database: Database, *statements: str) -> str:
    """Why plain SQL was refused; empty where it was done."""
    try:
        run(database, *statements)
    except DBAPIError as error:
        return str(error.orig)
    return ""


def post_sql(name: str = "d", more: str = "") -> str:
    """The statement that posts a voucher."""
    return f"UPDATE voucher SET state = 'posted', posted_at = '2026-03-02 00:00:00+00:00'{more} WHERE id = '{uuid(name)}'"
