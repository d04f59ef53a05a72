"""Every revision goes up and down on both databases, the upgraded schema is what the tables say, and its guards are there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from model.store import migrating, schema
from model.store.audit_trail import Actor, append, verify
from model.store.database import Database
from model.store.exposure import SHOWN
from model.store.order_rows import PAYMENTS, REFUNDS
from model.tables.audit import ActorRow, AuditEventRow
from operations.refresh_availability import refresh_availability
from tests.conftest import StillClock
from tests.orders import order, refunded
from tests.saving import Store
from tests.trade import Trade

ME = Actor("me", "Me")


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    return Trade(database, tmp_path, clock)


def test_the_upgraded_schema_is_what_the_tables_say(database: Database) -> None:
    assert migrating.problems(database) == []


def test_every_revision_goes_down_and_up_again(database: Database) -> None:
    migrating.downgrade(database)
    with database.read() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    migrating.upgrade(database)

    assert migrating.problems(database) == []


def test_what_a_channel_was_told_outlives_the_upgrade(trade: Trade) -> None:
    """A home at revision 0002 with listings that are being told."""
    trade.lay("pot", 10)
    refresh_availability(trade.hub)
    with trade.database.write() as c:
        c.execute(update(SHOWN).values(state="sending", exposure=7))
    told = shown(trade)
    migrating.downgrade(trade.database, "0002")

    migrating.upgrade(trade.database)

    assert told
    assert shown(trade) == told
    assert migrating.problems(trade.database) == []
    assert refresh_availability(trade.hub) == 0


def test_money_of_before_the_shops_currency_outlives_the_upgrade_and_says_nothing_of_it(database: Database, tmp_path: Path) -> None:
    """A home at revision 0005 with a payment and a refund."""
    Store(database, tmp_path).save(refunded(order(), 1))
    before = money(database)
    migrating.downgrade(database, "0005")

    migrating.upgrade(database)

    assert money(database) == before
    assert [(len(rows), rows[0].shop_minor, rows[0].shop_currency) for rows in before] == [(1, None, None)] * 2
    assert migrating.problems(database) == []


def money(database: Database) -> list[Sequence[Row[Any]]]:
    with database.read() as c:
        return [c.execute(select(table)).all() for table in (PAYMENTS, REFUNDS)]


def shown(trade: Trade) -> list[tuple[object, ...]]:
    with trade.database.read() as c:
        return sorted(tuple(row) for row in c.execute(select(SHOWN)))


def test_the_newest_revision_is_alembics_head() -> None:
    assert migrating.head() == schema.newest()


def test_a_missing_guard_is_noticed(database: Database) -> None:
    drop = "DROP TRIGGER audit_event_no_update" + (" ON audit_event" if database.is_postgres else "")
    with database.write() as connection:
        connection.execute(text(drop))

    assert migrating.problems(database) == ["schema: trigger audit_event_no_update is missing; restore it before anything is written"]


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor_id = 'you'", "DELETE FROM audit_event"])
def test_the_audit_trail_refuses_changes(database: Database, clock: StillClock, statement: str) -> None:
    database.run(lambda connection: append(connection, ME, "run", "pull_orders", {}, at=clock.now()))

    with pytest.raises(DBAPIError, match="append-only"):
        database.run(lambda connection: connection.execute(text(statement)))


def test_the_audit_trail_is_one_chain(database: Database, clock: StillClock) -> None:
    for number in range(5):
        database.run(lambda connection, n=number: append(connection, ME, "run", f"flow {n}", {"n": n}, at=clock.now()))

    with database.read() as connection:
        assert verify(connection) == []


def test_a_forged_end_of_the_chain_is_found(database: Database, clock: StillClock) -> None:
    database.run(lambda connection: append(connection, ME, "run", "flow", {}, at=clock.now()))
    forged = {"scope": "hub", "seq": 2, "at": "x", "actor_id": "me", "action": "y", "subject": "z", "details": "{}"}
    database.run(lambda c: c.execute(insert(AuditEventRow).values(forged | {"prev_hash": "1", "hash": "2"})))

    with database.read() as connection:
        assert verify(connection) == [
            "audit event 2: does not follow from the one before it",
            "audit trail: ends at event 2, its head says 1",
        ]


def test_a_naive_instant_is_refused(database: Database, clock: StillClock) -> None:
    naive = clock.now().replace(tzinfo=None)

    with pytest.raises(StatementError, match="aware"):
        database.run(lambda c: c.execute(insert(ActorRow).values(id="x", name="x", first_seen_at=naive)))


def test_sqlite_refuses_a_value_of_another_type(database: Database) -> None:
    with pytest.raises(DBAPIError):
        database.run(lambda c: c.execute(text("INSERT INTO chain_head (scope, seq, hash) VALUES ('x', 'not a number', 'y')")))
