"""The world behind the shops: settled by its seed, kept on disk, moved by the clock."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open

DIES_AFTER_A_TOUCH = """
import hashlib, json, os, signal, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from sandbox.street import Street

moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
street = Street(Path(sys.argv[1]), orders=90, seed=5, clock=lambda: moment)
moment += timedelta(minutes=3)
street.advance()
street.touch(0.2)
print(hashlib.sha256(json.dumps(street.truth()).encode()).hexdigest(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_same_seed_and_clock_make_the_same_world(visit: Open) -> None:
    one, other = visit("one", orders=60, seed=4), visit("other", orders=60, seed=4)

    one.clock.pass_by(minutes=7)
    one.street.advance()
    other.street.advance()

    assert one.street.truth() == other.street.truth()
    assert one.woo("orders", per_page=100).content == other.woo("orders", per_page=100).content


def test_another_seed_makes_another_world(visit: Open) -> None:
    one, other = visit("one", orders=60, seed=4), visit("other", orders=60, seed=5)

    assert one.street.truth() != other.street.truth()


def test_a_world_reopened_without_a_clean_close_is_the_same(visit: Open) -> None:
    before = visit(orders=90, seed=2)
    before.clock.pass_by(minutes=5)
    before.street.advance()
    before.street.touch(0.1)

    after = visit(orders=10, seed=99)

    assert after.street.truth() == before.street.truth()


def test_a_world_survives_kill_nine_with_what_was_done_to_it(visit: Open, tmp_path: Path) -> None:
    dying = subprocess.run(
        [sys.executable, "-c", DIES_AFTER_A_TOUCH, str(tmp_path / "street")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )

    reopened = visit()

    assert dying.returncode == -signal.SIGKILL
    assert hashlib.sha256(json.dumps(reopened.street.truth()).encode()).hexdigest() == dying.stdout.strip()


def test_orders_are_shared_out_to_the_channels_evenly(visit: Open) -> None:
    orders = visit(orders=200).street.truth()["orders"]

    counts = [sum(order["channel"] == name for order in orders) for name in ("shopify-main", "woo-shop", "square-till")]

    assert counts == [67, 67, 66]


def test_all_orders_can_live_in_one_channel(visit: Open) -> None:
    orders = visit(orders=50, channels=("woo-shop",)).street.truth()["orders"]

    assert {order["channel"] for order in orders} == {"woo-shop"}
    assert len(orders) == 50


def test_each_channel_places_an_order_every_five_to_ten_seconds(visit: Open) -> None:
    shop = visit(orders=30)

    shop.clock.pass_by(minutes=10)
    shop.street.advance()

    assert 3 * 600 / 10 <= len(shop.street.truth()["orders"]) - 30 <= 3 * 600 / 5


def test_time_that_stands_still_changes_nothing(visit: Open) -> None:
    shop = visit(orders=30)
    shop.clock.pass_by(minutes=1)
    shop.street.advance()
    before = shop.woo("orders", per_page=100).content

    shop.street.advance()

    assert shop.woo("orders", per_page=100).content == before


def test_a_street_asleep_for_a_week_makes_up_one_hour_at_most(visit: Open) -> None:
    shop = visit(orders=30)

    shop.clock.pass_by(days=7)
    shop.street.advance()

    assert len(shop.street.truth()["orders"]) - 30 <= 3 * 3610 / 5


def test_life_changes_older_orders_too(visit: Open) -> None:
    shop = visit(orders=120)
    before = {order["id"]: order for order in shop.woo("orders", per_page=100).json()}

    shop.clock.pass_by(minutes=20)
    shop.street.advance()

    after = {name: shop.woo(f"orders/{name}").json() for name in before}
    assert sum(after[name] != before[name] for name in before) >= 10
    assert {name: order["date_created"] for name, order in after.items()} == {name: order["date_created"] for name, order in before.items()}


def test_no_change_is_stamped_before_the_last_answer(visit: Open) -> None:
    shop = visit(orders=60)
    shop.clock.pass_by(minutes=5)
    answered = shop.woo("orders").headers["Date"]

    shop.street.advance()

    changed = shop.woo("orders", modified_after="2026-11-01T12:00:01", dates_are_gmt="true", per_page=100).json()
    assert answered == "Sun, 01 Nov 2026 12:05:00 GMT"
    assert {order["date_modified_gmt"] for order in changed} == {"2026-11-01T12:05:00"}


def test_a_touch_changes_the_fraction_asked_for(visit: Open) -> None:
    shop = visit(orders=300, channels=("woo-shop",))
    shop.clock.pass_by(hours=1)

    touched = shop.street.touch(0.1)

    changed = shop.woo("orders", modified_after="2026-11-01T12:59:00", dates_are_gmt="true", per_page=100)
    assert touched == 30
    assert changed.headers["X-WP-Total"] == "30"


def test_a_bulk_edit_lies_in_the_past_of_every_world(visit: Open) -> None:
    orders = visit(orders=300, channels=("woo-shop",)).woo("orders", per_page=100, orderby="id", order="asc").json()

    tied = [order for order in orders if order["date_modified_gmt"] == "2026-10-30T12:00:00"]

    assert len(tied) >= 30


@pytest.mark.parametrize("unit", ["gid", "shop_total", "current_total"])
def test_the_truth_of_shopify_says_more_than_the_total(visit: Open, unit: str) -> None:
    orders = visit(orders=30, channels=("shopify-main",)).street.truth()["orders"]

    assert all(unit in order for order in orders)
