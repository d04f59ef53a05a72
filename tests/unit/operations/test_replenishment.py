"""From sales to velocity, warnings and proposals: what counts, what is written, and what a second run replaces."""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from model.rules.safety import most_demand
from model.store.bulk import insert_rows
from model.store.catalogue import INBOUND, LINE_STATES, listing_id
from model.store.database import Database
from model.store.order_rows import ORDERS, STATES
from model.store.proposals import PROPOSALS
from model.tables.stock import BackorderRow
from model.values.ids import derive_id
from model.values.instant import iso
from operations.replenishment import export_proposals, propose_replenishment, stock_warnings
from tests.conftest import StillClock
from tests.saving import NOW
from tests.trade import Trade, channel


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    return Trade(database, tmp_path, clock)


def test_sales_count_per_channel_in_our_own_skus_and_kits_in_their_parts(trade: Trade) -> None:
    trade.list_("web", "box", "cup", 6000)
    trade.sell("web", "cup", 2)
    trade.sell("web", "box", days_ago=27)
    trade.sell("till", "set", 3)

    found = trade.velocities()

    assert {key: (each.sold, each.sales) for key, each in found.items()} == {
        ("web", "cup"): (8000, 2),
        ("till", "cup"): (12_000, 1),
        ("till", "tea"): (1500, 1),
    }
    assert found[("web", "cup")].velocity == pytest.approx(8_000_000 / 28, abs=3)


def test_what_was_cancelled_rejected_not_paid_for_tried_out_or_long_ago_is_no_sale(trade: Trade) -> None:
    trade.change(ORDERS, trade.sell("web", "cup"), cancelled_at=NOW)
    trade.change(ORDERS, trade.sell("web", "cup"), payment_state="voided")
    trade.change(ORDERS, trade.sell("web", "cup"), is_test=True)
    trade.change(STATES, trade.sell("web", "cup"), lifecycle="cancelled")
    trade.sell("web", "cup", days_ago=29)
    trade.sell("web", "unmapped")

    assert trade.velocities() == {}


def test_history_counts_and_so_does_what_was_approved_as_it_was_approved(trade: Trade) -> None:
    trade.change(STATES, trade.sell("web", "cup"), is_history=True, is_open=False)
    approved = trade.sell("web", "pot", 5)
    row = (approved, "a", "tea", listing_id("web", "pot"), 5000, 2000, 0, 0, 0, iso(NOW))
    trade.database.run(lambda c: insert_rows(c, LINE_STATES, [row]))

    assert {key: each.sold for key, each in trade.velocities().items()} == {("web", "cup"): 1000, ("web", "tea"): 2000}
    trade.change(STATES, approved, lifecycle="held")
    assert {key: each.sold for key, each in trade.velocities().items()} == {("web", "cup"): 1000, ("web", "pot"): 5000}


def test_a_channel_that_was_only_just_added_is_not_taken_for_a_slow_one(trade: Trade) -> None:
    trade.with_channels(channel("web", timedelta(days=7)), channel("till"))
    trade.sell("web", "cup", 7)
    trade.sell("till", "cup", 7)

    found = trade.velocities()

    assert (found[("web", "cup")].velocity, found[("till", "cup")].velocity) == (1_000_000, 250_000)


@pytest.mark.parametrize("seed", range(3))
def test_velocity_is_what_a_plain_sum_over_all_sales_gives(trade: Trade, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  no secret
    sales = [
        (chance.choice(("web", "till")), chance.choice(("cup", "tea")), chance.randint(1, 9), chance.randint(0, 40)) for _ in range(25)
    ]
    for account, sku, units, days_ago in sales:
        trade.sell(account, sku, units, days_ago=days_ago)

    sums: dict[tuple[str, str], int] = {}
    for account, sku, units, days_ago in sales:
        if 0 < days_ago <= 28:
            sums[(account, sku)] = sums.get((account, sku), 0) + units * 1000
    assert {key: each.sold for key, each in trade.velocities().items()} == sums


def warned(trade: Trade) -> list[tuple[str, str, int | None]]:
    return [(row["sku"], row["warning"], row["cover_days"]) for row in stock_warnings(trade.hub)]


def test_warnings_name_what_is_short_and_what_is_too_much_the_worst_first(trade: Trade) -> None:
    for sku, units in (("cup", 30), ("tea", 100), ("pot", 3)):
        trade.lay(sku, units)
    trade.sell("web", "cup", 28 * 3)
    trade.know("tea", surplus_at=99_000)
    trade.know("pot", low_at=3000)

    assert warned(trade) == [("cup", "runs_out", 10), ("pot", "low", None), ("tea", "surplus", None)]
    trade.know("cup", lead_time_days=9)
    trade.know("pot", low_at=2999)
    trade.know("tea", surplus_at=100_000)
    assert warned(trade) == []


def test_what_comes_in_time_keeps_a_sku_from_running_out_and_what_comes_late_does_not(trade: Trade) -> None:
    trade.lay("cup", 30)
    trade.sell("web", "cup", 28 * 3)
    trade.know("cup", lead_time_days=14)
    row = {"id": "PO", "sku": "cup", "location_id": "main", "quantity": 12_000, "received": 0, "state": "open", "changed_at": NOW}
    with trade.database.write() as c:
        c.execute(insert(INBOUND), [row | {"expected_on": date(2026, 3, 17)}])
    late = stock_warnings(trade.hub)
    with trade.database.write() as c:
        c.execute(update(INBOUND).values(expected_on=date(2026, 3, 16)))

    assert [(each["warning"], each["inbound"], str(each["expected_on"])) for each in late] == [("runs_out", 12_000, "2026-03-17")]
    assert stock_warnings(trade.hub) == []


def proposals(trade: Trade) -> list[dict[str, Any]]:
    with trade.database.read() as c:
        return [dict(row) for row in c.execute(select(PROPOSALS).order_by(PROPOSALS.c.day, PROPOSALS.c.sku)).mappings()]


def test_a_proposal_is_kept_with_every_number_it_comes_from(trade: Trade) -> None:
    trade.lay("cup", 20)
    order_id = trade.sell("web", "cup", 28)
    trade.know("cup", lead_time_days=10, order_multiple=12_000)
    waits = {"id": derive_id("b"), "order_id": order_id, "line_external_id": "a", "sku": "cup", "location_id": "main"}
    with trade.database.write() as c:
        c.execute(insert(BackorderRow), [waits | {"quantity": 2000, "state": "open", "made_at": NOW}])

    assert propose_replenishment(trade.hub) == 1

    [row] = proposals(trade)
    per_day = -(-1_000_000 // 28)
    asked = most_demand({28_000: per_day}, 17 * 86_400, 980_000)
    assert (row["sku"], row["velocity"], row["lead_days"], row["review_days"], row["window_days"]) == ("cup", 1_000_000, 10, 7, 28)
    assert (row["demand"], row["safety"], row["target"]) == (17_000, asked - 17_000, asked)
    assert (row["on_hand"], row["backordered"], row["inbound"], row["order_multiple"]) == (20_000, 2000, 0, 12_000)
    assert row["quantity"] == -(-(row["target"] - 18_000) // 12_000) * 12_000
    assert (row["day"], row["runs_out_on"]) == (date(2026, 3, 2), date(2026, 3, 20))


def test_the_same_day_again_replaces_and_another_day_is_kept_beside_it(trade: Trade) -> None:
    trade.sell("web", "cup", 5)
    propose_replenishment(trade.hub)
    propose_replenishment(trade.hub)
    first = proposals(trade)
    trade.lay("cup", 500)

    assert propose_replenishment(trade.hub) == 0
    assert (len(first), proposals(trade)) == (1, [])
    trade.sell("web", "tea", 5)
    propose_replenishment(trade.hub)
    trade.clock.move(days=1)
    propose_replenishment(trade.hub)
    assert [(row["day"].day, row["sku"]) for row in proposals(trade)] == [(2, "tea"), (3, "tea")]


def test_a_kit_is_never_ordered_and_what_does_not_sell_only_up_to_its_limit(trade: Trade) -> None:
    trade.sell("web", "set")
    trade.know("pot", low_at=4000)

    propose_replenishment(trade.hub)

    assert [(row["sku"], row["quantity"]) for row in proposals(trade) if row["velocity"] == 0] == [("pot", 4000)]
    assert {row["sku"] for row in proposals(trade)} == {"cup", "tea", "pot"}


def test_proposals_go_out_as_a_file_in_units(trade: Trade, tmp_path: Path) -> None:
    trade.sell("web", "cup", 28)
    trade.know("cup", supplier="=Pottery")
    propose_replenishment(trade.hub)

    assert export_proposals(trade.hub, tmp_path / "order.csv") == 1

    header, row = (line.split(",") for line in (tmp_path / "order.csv").read_text().splitlines())
    told = dict(zip(header, row, strict=True))
    assert (told["day"], told["supplier"], told["sku"], told["velocity"], told["runs_out_on"]) == (
        "2026-03-02",
        "'=Pottery",
        "cup",
        "1",
        "2026-03-02",
    )
    assert told["quantity"] == str(proposals(trade)[0]["quantity"] // 1000)
