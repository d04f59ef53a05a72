"""Every flow may be run again at any time, over any window, and nothing doubles; what Prefect shows is what happened."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State

from flows.audit_store import audit_store
from flows.check_channels import check_channels
from flows.compare_stock import compare_stock
from flows.drain_outbox import drain_outbox
from flows.exchange_edi import exchange_edi
from flows.expire_reservations import expire_reservations
from flows.propose_replenishment import propose_replenishment
from flows.publish_stock import publish_stock
from flows.pull_listings import pull_listings
from flows.pull_orders import pull_channel, pull_orders
from flows.pull_refunds import pull_refunds
from flows.refresh_safety import refresh_safety
from flows.release_fulfilments import release_fulfilments
from flows.replay_quarantine import replay_quarantine
from flows.review_orders import review_orders
from flows.track_shipments import track_shipments
from model.store import leases
from model.store.database import Database
from tests.hubs import Home

pytestmark = pytest.mark.filterwarnings("default")  # Prefect's own

Shown = dict[str, Any]
OLD = {"since": datetime.now(UTC) - timedelta(days=60), "until": datetime.now(UTC) - timedelta(days=1)}  # noqa: TID251  the street lives now
"""A window that nothing moves in any more: what changes on the street leaves it."""


def run(flow: Any, **parameters: object) -> State[Any]:  # noqa: ANN401
    return asyncio.run(flow(**parameters, return_state=True))


def totals(home: Home) -> dict[tuple[str, str], int]:
    return {(each["channel"], each["external_id"]): each["total"]["minor"] for each in home.said("orders", "list")["orders"]}


async def artifact(key: str) -> str:
    async with get_client() as client:
        found = await client.read_artifacts()
        return next(str(each.data) for each in found if each.key == key)


def test_a_run_without_channel_reads_all_of_them_and_leaves_a_table(home: Home) -> None:
    state = run(pull_orders)

    assert state.is_completed(), state.message
    assert {channel for channel, _ in totals(home)} == {"shopify-main", "woo-shop", "square-till"}
    table = asyncio.run(artifact("pull-orders-all"))
    assert all(word in table for word in ("new", "changed", "unchanged", "quarantined", "elapsed_ms", "woo-shop"))


def test_an_old_window_run_again_changes_nothing_and_says_so(home: Home) -> None:
    run(pull_orders, channel="square-till", **OLD)
    before = totals(home)

    state = run(pull_orders, channel="square-till", **OLD)

    after = totals(home)
    assert "nothing changed" in str(state.message)
    assert after == before
    assert home.said("audit") == {"findings": []}


def test_one_channel_failing_never_stops_another(home: Home) -> None:
    (home.path / "keys" / "woo-shop.consumer_secret").write_text("wrong\n")

    state = run(pull_orders)

    assert state.is_failed()
    assert "woo-shop" in str(state.message)
    assert {channel for channel, _ in totals(home)} == {"shopify-main", "square-till"}


def test_two_runs_of_one_channel_at_once_end_as_done_and_skipped(home: Home) -> None:
    database = Database(f"sqlite:///{home.path / 'entrepot.db'}")
    home.said("orders", "list")
    lease = leases.take(database, "pull:woo-shop", "another-host:1:1")

    skipped = run(pull_orders, channel="woo-shop")
    leases.give_back(database, lease)
    done = run(pull_orders, channel="woo-shop")

    database.close()
    assert (skipped.name, done.name) == ("Skipped", "Completed")
    assert "another-host" in str(skipped.message)


def test_what_time_can_heal_is_asked_once_more_and_nothing_else(home: Home) -> None:
    assert (pull_channel.retries, pull_channel.retry_delay_seconds) == (1, 120)
    assert [flow.retries for flow in (pull_orders, replay_quarantine, check_channels, audit_store)] == [0, 0, 0, 0]
    (home.path / "keys" / "woo-shop.consumer_secret").write_text("wrong\n")

    state = run(pull_orders, channel="woo-shop")  # a retry would keep this test waiting for two minutes

    assert state.is_failed()


@pytest.mark.parametrize("flow", [replay_quarantine, check_channels, audit_store])
def test_the_other_flows_may_be_run_twice(home: Home, flow: Any) -> None:  # noqa: ANN401
    run(pull_orders, channel="woo-shop", **OLD)
    before = totals(home)

    states = [run(flow), run(flow)]

    assert [state.is_completed() for state in states] == [True, True], [state.message for state in states]
    assert totals(home) == before


def test_what_moves_stock_may_be_run_twice_and_the_second_round_moves_nothing(home: Home, street_url: str) -> None:
    flows: list[Any] = [
        pull_listings, review_orders, publish_stock, compare_stock, expire_reservations, refresh_safety, propose_replenishment,
        release_fulfilments, drain_outbox, exchange_edi, track_shipments, pull_refunds,
    ]  # fmt: skip
    hub_toml = home.path / "hub.toml"
    hub_toml.write_text(re.sub("live_from = .*", "live_from = 2020-01-01T00:00:00Z", hub_toml.read_text()))  # so that no order is history
    httpx.post(f"{street_url}/stock", json={"woo-shop": {"*": 500}}).raise_for_status()
    run(pull_orders, channel="woo-shop")
    run(pull_listings, channel="woo-shop")
    home.entrepot("listings", "adopt", "--create", code=None)
    skus = {each["sku"] for each in home.said("listings", "list")["listings"] if each["kind"] == "goods" and each["sku"]}
    (home.path / "stock.csv").write_text("sku,location,on_hand\n" + "".join(f"{sku},main,2\n" for sku in sorted(skus)))
    home.entrepot("stock", "import", str(home.path / "stock.csv"), "--reference", "first", code=None)
    first = [run(flow) for flow in flows]
    before = rows_of(home)

    second = [run(flow) for flow in flows]

    assert [state.message for state in first + second if not state.is_completed()] == []
    assert [
        name for name in ("shown_stock", "order_review", "reservation", "replenishment_proposal", "fulfilment_order") if not before[name]
    ] == []
    assert rows_of(home) == before
    assert [flow.retries for flow in flows] == [0] * len(flows)
    assert home.said("audit") == {"findings": []}


def rows_of(home: Home) -> dict[str, list[Any]]:
    """What a run could double, without when it was looked at."""
    database = Database(f"sqlite:///{home.path / 'entrepot.db'}")
    tables = {
        "fulfilment_order": "*", "outbox": "*", "stock_movement": "*",
        "reservation": "*", "backorder": "*", "order_review": "*", "order_line_state": "*", "safety_stock": "*",
        "shown_stock": "listing_id, desired, sent, version, state, exposure", "listing": "id, title, gone_at",
        "replenishment_proposal": "sku, quantity",
    }  # fmt: skip
    with database.read() as connection:
        found = {name: sorted(map(str, connection.exec_driver_sql(f"SELECT {columns} FROM {name}"))) for name, columns in tables.items()}  # noqa: S608
    database.close()
    return found


def test_a_person_who_asks_is_kept_in_the_audit_trail(home: Home) -> None:
    run(pull_orders, channel="woo-shop", actor="ada")

    database = Database(f"sqlite:///{home.path / 'entrepot.db'}")
    with database.read() as connection:
        events = connection.exec_driver_sql("SELECT actor_id, subject FROM audit_event WHERE action = 'run'").fetchall()
    database.close()
    assert ("ada", "pull_orders") in [tuple(event) for event in events]


def test_nobody_acts_under_a_name_that_hub_toml_does_not_know(home: Home) -> None:
    state = run(pull_orders, channel="woo-shop", actor="mallory")

    assert state.is_failed()
    assert totals(home) == {}
