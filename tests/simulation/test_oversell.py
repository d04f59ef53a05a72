"""Sixteen processes after the same last units sell each of them once, on both databases; a naive hub is caught."""

from pathlib import Path

import pytest
from sqlalchemy import select

from model.store.database import Database
from model.store.stock_levels import LEVELS
from operations.auditor import audit
from tests.orders import order
from tests.saving import Store
from tests.simulation.oversell import Plan, fight, lay_in, left_unsold, serve_the_waiting, settle_naively, settle_properly

SAMPLE = {"apple": 45, "berry": 60, "cherry": 30}
WHOLE = {"apple": 1500, "berry": 2000, "cherry": 1000}


def orders_in(database: Database, home: Path, count: int) -> list[str]:
    store = Store(database, home)
    for start in range(0, count, 1000):
        store.save(*(order(f"{number}") for number in range(start, min(start + 1000, count))))
    return [store.reading.order_id(f"{number}") for number in range(count)]


def fought(database: Database, home: Path, plan: Plan) -> None:
    orders = orders_in(database, home, plan.attempts)
    lay_in(database, plan.stock)
    done = fight(database.url, orders, plan)
    assert min(done[deed] for deed in ("order", "cancel", "hand over", "expire")) > plan.attempts // 50


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(Plan(400, 4, SAMPLE, settle_properly), id="sample"),
        pytest.param(Plan(20_000, 16, WHOLE, settle_properly), id="whole", marks=pytest.mark.prove),
    ],
)
def test_nothing_is_sold_twice_and_nothing_is_left_that_somebody_waits_for(database: Database, tmp_path: Path, plan: Plan) -> None:
    fought(database, tmp_path, plan)
    assert audit(database.url) == []

    serve_the_waiting(database)

    assert audit(database.url) == []
    assert left_unsold(database) == []
    with database.read() as connection:
        assert all(row.reserved > 0.8 * row.on_hand for row in connection.execute(select(LEVELS)))


def test_a_hub_that_looks_first_and_writes_later_is_caught(database: Database, tmp_path: Path) -> None:
    fought(database, tmp_path, Plan(400, 4, SAMPLE, settle_naively))

    assert {finding.id for finding in audit(database.url)} & {"I3", "I4"}
