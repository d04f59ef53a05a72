"""Safety stock: what channels hold back by sales and lags, what people say, and what a second run leaves alone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert

from model.errors import ConfigError
from model.rules.safety import most_demand
from model.store import safety_stock
from model.store.catalogue import listing_id
from model.store.database import Database
from model.store.exposure import SHOWN
from model.store.stock_levels import Move, move
from model.tables.catalogue import SkuRow
from model.tables.streams import PullRunRow
from model.values.ids import derive_id
from operations.safety_stock import CERTAINTY, TELLING_S, lags, say_safety, show_safety
from tests.conftest import StillClock
from tests.saving import NOW
from tests.trade import CODES, Trade, channel


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    return Trade(database, tmp_path, clock)


def test_a_channel_holds_back_what_others_may_sell_before_it_is_told(trade: Trade) -> None:
    for _ in range(40):
        trade.sell("web", "pot", 2)

    assert trade.refresh() == [(0, 0), (1, 1)]

    a_day = -(-40 * 1_000_000 // 28)
    assert trade.safety() == {("till", "pot"): (most_demand({2000: a_day}, 300 + TELLING_S, CERTAINTY), False)}
    assert trade.safety()[("till", "pot")][0] == 2000
    assert trade.touched() == {"pot"}


def test_a_night_that_changed_nothing_touches_nothing(trade: Trade) -> None:
    for _ in range(40):
        trade.sell("web", "pot")
        trade.sell("till", "tea")
    trade.refresh()
    trade.untouch()
    before = trade.safety()

    assert [changed for _, changed in trade.refresh()] == [0, 0]
    assert (trade.safety(), trade.touched()) == (before, set())


def test_what_no_longer_sells_is_no_longer_held_back(trade: Trade) -> None:
    for _ in range(40):
        trade.sell("web", "pot")
    trade.refresh()
    trade.untouch()
    trade.clock.move(days=30)

    assert trade.refresh() == [(0, 0), (0, 1)]
    assert (trade.safety(), trade.touched()) == ({}, {"pot"})


def test_a_kit_holds_back_for_its_most_contended_part_and_for_that_part_sold_on_the_same_channel(trade: Trade) -> None:
    for _ in range(40):
        trade.sell("web", "cup", 4)
    trade.refresh()

    held = {key: quantity for key, (quantity, _) in trade.safety().items()}
    most = most_demand({4000: -(-40 * 1_000_000 // 28)}, 300 + TELLING_S, CERTAINTY)
    assert held == {("till", "cup"): most, ("till", "set"): most // 4, ("web", "set"): most // 4}


@pytest.mark.parametrize("how", [{"mode": "ring_fenced"}, {"is_published": False}, {"locations": ("far",)}])
def test_ring_fenced_silent_and_separate_channels_hold_nothing_back(trade: Trade, how: dict[str, Any]) -> None:
    for _ in range(40):
        trade.sell("web", "pot")
    trade.refresh()
    assert set(trade.safety()) == {("till", "pot")}
    trade.with_channels(channel("web"), channel("till", **how))

    trade.refresh()

    assert trade.safety() == {}


def test_a_persons_word_wins_until_it_is_given_back(trade: Trade) -> None:
    for _ in range(40):
        trade.sell("web", "pot")
    trade.refresh()
    computed = trade.safety()
    till = trade.file.channel("till")

    assert say_safety(trade.hub, "pot", till, "7.5", "a fair")
    assert say_safety(trade.hub, "tea", till, "1", "though it does not sell")
    trade.refresh()
    assert trade.safety() == {("till", "pot"): (7500, True), ("till", "tea"): (1000, True)}
    assert [(each["channel"], each["safety"], each["by"]) for each in show_safety(trade.hub, "pot")] == [
        ("web", 0, "nobody"),
        ("till", 7500, "person"),
    ]
    trade.untouch()
    assert say_safety(trade.hub, "tea", till, "auto", "the fair is over")
    assert say_safety(trade.hub, "pot", till, "auto", "the fair is over")
    assert (trade.safety(), trade.touched()) == (computed, {"pot", "tea"})
    assert not say_safety(trade.hub, "pot", till, "auto", "again")


@pytest.mark.parametrize(
    ("sku", "quantity", "reason", "told"),
    [("cup", "-1", "x", "is negative"), ("cup", "many", "x", "write a number"), ("cup", "1", " ", "say why"), ("mug", "1", "x", "known")],
)
def test_a_wrong_word_is_refused_with_its_mend(trade: Trade, sku: str, quantity: str, reason: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        say_safety(trade.hub, sku, trade.file.channel("till"), quantity, reason)


def test_writing_safety_stock_is_the_same_in_one_go_as_bit_by_bit(trade: Trade) -> None:
    chance = Random(7)  # noqa: S311  no secret
    for _round in range(12):
        wanted = {sku: chance.randint(1, 3) * 1000 for sku in chance.sample(CODES, chance.randint(0, 4))}
        before = {sku: quantity for (_, sku), (quantity, _) in trade.safety().items()}

        changed = trade.database.run(lambda c, some=wanted: safety_stock.bring_up_to_date(c, "web", some, at=NOW))

        assert {sku: quantity for (_, sku), (quantity, _) in trade.safety().items()} == wanted
        assert changed == {sku for sku in CODES if before.get(sku) != wanted.get(sku)}


def run_rows(gaps: list[int]) -> list[dict[str, object]]:
    """Whole readings so many seconds apart, each of ten seconds."""
    at, rows = NOW - timedelta(days=1), list[dict[str, object]]()
    for number, gap in enumerate(gaps):
        at += timedelta(seconds=gap)
        rows.append(
            {
                "id": f"r{number}", "account_id": "web", "stream": "orders", "scope": "", "actor_id": "me", "started_at": at,
                "ended_at": at + timedelta(seconds=10), "outcome": "done", "new": 0, "changed": 0, "unchanged": 0, "superseded": 0,
                "quarantined": 0, "pages": 0,
            }
        )  # fmt: skip
    return rows


def test_the_lag_of_reading_is_measured_on_runs_and_else_taken_from_the_schedule(trade: Trade) -> None:
    few, enough = run_rows([60] * 20), run_rows([60] * 20 + [600] * 2)
    with trade.database.write() as c:
        c.execute(insert(PullRunRow), few)
        before = lags(trade.hub, c, NOW)
        c.execute(insert(PullRunRow), enough[20:])
        after = lags(trade.hub, c, NOW)

    assert (before.reading, ("reading", "web") in before.measured) == ({"web": 300, "till": 300}, False)
    assert (after.reading, ("reading", "web") in after.measured) == ({"web": 610, "till": 300}, True)


def test_the_lag_of_telling_is_from_an_orders_arrival_to_the_channels_answer(trade: Trade) -> None:
    shown = {
        "account_id": "till", "desired": 1, "on_hand": 0, "held_back": 0, "reserved": 0, "unrouted": 0, "inbound": 0, "base": 1,
        "per_unit": 1000, "share": 1000, "safety": 0, "end_when": 0, "version": 1, "computed_at": NOW, "state": "settled", "attempts": 0,
        "exposure": 0, "put_back": 0, "is_bounded": False, "is_counting": True,
    }  # fmt: skip
    with trade.database.write() as c:
        c.execute(
            insert(SkuRow),
            [{"code": f"s{n}", "title": "x", "unit": "piece", "is_tracked": True, "is_active": True, "changed_at": NOW} for n in range(30)],
        )
    for number in range(30):
        sku, at = f"s{number}", NOW - timedelta(hours=number + 1)
        trade.list_("till", sku, sku)
        trade.lay(sku, 5)
        order_id = trade.sell("web", "cup", seen_at=at)
        held = Move(id=derive_id(sku), sku=sku, location="main", kind="reserve", reserved=1000, reference=order_id)
        trade.database.run(lambda c, one=held, at=at: move(c, [one], at=at + timedelta(seconds=2), actor_id="me"))
        told_at = at + timedelta(seconds=30 if number < 22 else 90)
        if number >= 25:  # cancelled long after: what is told then is no sale
            freed, told_at = replace(held, id=derive_id(sku, "freed"), kind="release", reserved=-1000), at + timedelta(minutes=50)
            trade.database.run(lambda c, one=freed, at=at: move(c, [one], at=at + timedelta(minutes=49), actor_id="me"))
        row = shown | {"listing_id": listing_id("till", sku), "sku": sku, "told_at": told_at}
        trade.database.run(lambda c, one=row: c.execute(insert(SHOWN), [one]))

    with trade.database.read() as c:
        found = lags(trade.hub, c, NOW)

    assert found.telling == {"web": TELLING_S, "till": 90}
    assert found.between("web", "till") == 390
