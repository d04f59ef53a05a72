"""Two transactions of PostgreSQL at the books at once: whoever comes second sees what the first has done, and is refused."""

import threading

import pytest
from sqlalchemy.exc import DBAPIError

from model.store.database import Database
from tests.unit.model.book_sql import NO_NUMBER, POSTED, lay_books, line_sql, post_sql, refusal, uuid


@pytest.fixture
def books(database: Database) -> Database:
    """Two posted vouchers in March, and one that waits with number 3."""
    if not database.is_postgres:
        pytest.skip("SQLite has one writer at a time")
    lay_books(database)
    return database


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("change", ["add", "remove"])
def test_a_line_that_comes_or_goes_while_its_voucher_is_posted_is_seen(books: Database, isolation: str, change: str) -> None:
    line = (
        line_sql(uuid("d"), 9, ("1010", "EUR", 1, 1))
        if change == "add"
        else "DELETE FROM voucher_line WHERE line_no = 1 AND account = '1010'"
    )
    changed, said = threading.Event(), list[str]()
    engine = books.engine.execution_options(isolation_level=isolation)

    def poster() -> None:
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM voucher_line").scalar_one()  # a snapshot from before the line
                changed.wait(10)
                connection.exec_driver_sql(post_sql())
        except DBAPIError as error:
            said.append(str(error.orig))

    thread = threading.Thread(target=poster)
    with books.write() as connection:
        connection.exec_driver_sql(line.replace("line_no = 1 AND", f"voucher_id = '{uuid('d')}' AND"))
        thread.start()
        changed.set()
        thread.join(0.5)
    thread.join(20)

    assert len(said) == 1


def test_a_line_that_is_added_after_another_posted_is_refused_once_that_is_committed(books: Database) -> None:
    said = list[str]()
    thread = threading.Thread(target=lambda: said.append(refusal(books, line_sql(uuid("d"), 9, ("1010", "EUR", 1, 1)))))
    with books.write() as connection:
        connection.exec_driver_sql(post_sql())
        thread.start()
        thread.join(0.5)
        assert said == []
    thread.join(20)

    assert POSTED in said[0]


def test_a_period_that_is_being_closed_is_waited_for(books: Database) -> None:
    said = list[str]()
    thread = threading.Thread(target=lambda: said.append(refusal(books, post_sql())))
    with books.write() as connection:
        connection.exec_driver_sql("UPDATE accounting_period SET state = 'closed'")
        thread.start()
        thread.join(0.5)
        assert said == []
    thread.join(20)

    assert NO_NUMBER in said[0]
