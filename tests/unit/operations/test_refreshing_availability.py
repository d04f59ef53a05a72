"""Availability is computed anew when stock was touched, and when a channel sells from it in another way."""

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from model.store import availability, touches
from model.store.database import Database
from model.store.exposure import SHOWN
from model.tables.stock import InboundRow
from operations.refresh_availability import refresh_availability
from tests.conftest import StillClock
from tests.trade import Trade, channel
from tests.unit.model.test_saving_pages import NOW


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    """Ten pots, all of which the web shop may show, and none touched."""
    opened = Trade(database, tmp_path, clock)
    opened.lay("pot", 10)
    refresh_availability(opened.hub)
    return opened


def may_show(trade: Trade, account: str = "web") -> int:
    c = SHOWN.c
    with trade.database.read() as connection:
        return connection.execute(select(c.desired).where(c.account_id == account, c.sku == "pot")).scalar_one()


@pytest.mark.parametrize(
    ("stock", "quantity"), [({"share": "0.5"}, 5), ({"safety": "3"}, 7), ({"max_listed": 4}, 4), ({"locations": ("far", "main")}, 10)]
)
def test_another_way_to_sell_is_followed_without_any_stock_being_touched(trade: Trade, stock: dict[str, Any], quantity: int) -> None:
    before = may_show(trade)
    trade.with_channels(channel("web", **stock), channel("till"))

    touched = refresh_availability(trade.hub)

    assert (before, touched, may_show(trade), may_show(trade, "till")) == (10, 0, quantity, 10)


def test_promised_deliveries_come_into_sight_as_days_go_by(trade: Trade) -> None:
    trade.with_channels(channel("web", inbound_days=2), channel("till"))
    delivery = {"id": "d", "sku": "pot", "location_id": "main", "quantity": 5000, "received": 0, "state": "open", "changed_at": NOW}
    with trade.database.write() as c:
        c.execute(insert(InboundRow).values(**delivery, expected_on=(NOW + timedelta(days=3)).date()))
    refresh_availability(trade.hub)
    today = may_show(trade)

    trade.clock.move(days=1)
    refresh_availability(trade.hub)

    assert (today, may_show(trade), may_show(trade, "till")) == (10, 15, 10)


def test_the_same_way_computes_nothing_again(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[datetime] = []

    def refresh(*_told: object, at: datetime) -> None:
        computed.append(at)

    monkeypatch.setattr(availability, "refresh", refresh)

    trade.clock.move(days=1)
    refresh_availability(trade.hub)

    assert computed == []


def test_two_computations_come_one_behind_the_other(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the one that began first could write what it saw over what the other computed from newer stock."""
    trade.lay("pot", 3)
    with trade.database.write() as c:
        touches.touch(c, ["pot"])
    real, order, others = availability.refresh, list[str](), list[threading.Thread]()

    def slowly(*told: Any, at: Any) -> None:  # noqa: ANN401
        name = "second" if threading.current_thread() in others else "first"
        order.append(f"{name} begins")
        if not others:
            others.append(threading.Thread(target=touch_and_refresh, args=(trade,)))
            others[0].start()
            others[0].join(1)
        real(*told, at=at)
        order.append(f"{name} ends")

    monkeypatch.setattr(availability, "refresh", slowly)
    refresh_availability(trade.hub)
    others[0].join()

    assert order[:4] == ["first begins", "first ends"] * 2  # both channels
    assert may_show(trade) == 13


def touch_and_refresh(trade: Trade) -> None:
    with trade.database.write() as c:
        touches.touch(c, ["tea"])
    refresh_availability(trade.hub)
