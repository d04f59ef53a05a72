"""The sweep may be run again over any days: nothing doubles, each day is signed once more, and an odd day is shown as a warning."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prefect.client.schemas.objects import State

from flows.at_work import ended
from flows.pull_orders import pull_orders
from flows.sweep_orders import sweep_orders
from tests.hubs import Home

pytestmark = pytest.mark.filterwarnings("default")  # Prefect's own

TODAY = datetime.now(UTC).date()  # noqa: TID251  the street lives now
DAYS = {"since": TODAY - timedelta(days=20), "until": TODAY - timedelta(days=2)}


def run(flow: Any, **parameters: object) -> State[Any]:  # noqa: ANN401
    return asyncio.run(flow(**parameters, return_state=True))


def signed(home: Home) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = home.said("certificates", "list")["certificates"]
    return told


def test_days_swept_again_double_nothing_and_are_signed_once_more(home: Home) -> None:
    run(pull_orders)
    first = run(sweep_orders, **DAYS)
    before = home.said("orders", "list")["total"], signed(home)

    again = run(sweep_orders, **DAYS)

    after = home.said("orders", "list")["total"], signed(home)
    assert first.is_completed(), first.message
    assert again.is_completed(), again.message
    assert after[0] == before[0]
    assert [(row["day"], row["account_id"], row["store_ids"]) for row in after[1]] == [
        (row["day"], row["account_id"], row["store_ids"]) for row in before[1]
    ]
    assert ({row["number"] for row in before[1]}, {row["number"] for row in after[1]}) == ({1}, {2})
    assert {row["recovered"] for row in after[1]} == {0}


def test_what_was_never_pulled_is_recovered_and_the_commands_tell(home: Home) -> None:
    state = run(sweep_orders, channel="woo-shop", **DAYS)

    rows = signed(home)
    assert state.is_completed(), state.message
    assert sum(row["recovered"] for row in rows) == sum(row["store_count"] for row in rows) > 0
    busy = max(rows, key=lambda row: row["store_count"])
    told = home.entrepot("certificates", "show", "woo-shop", busy["day"]).stdout
    assert f"{busy['recovered']} recovered" in told
    assert "gross" in told
    assert home.entrepot("certificates", "sweep", "--channel", "woo-shop", "--since", busy["day"], "--until", busy["day"]).returncode == 0
    assert "recovered" in home.entrepot("certificates", "list", "--channel", "woo-shop").stdout
    assert "in_force_s" in home.entrepot("channels", "lateness").stdout
    assert "is not there" in home.refused("certificates", "show", "woo-shop", "2020-01-01")


def test_an_odd_run_is_named_a_warning() -> None:
    state = ended([], ["done", "warning"], "woo-shop: 1 warning")

    assert (state.name, state.is_completed()) == ("Warning", True)
