"""Stretches of time that fit a page: how ShipBob is asked for a window, and what happens where its answers do not hold still."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors._kit.stretches import RESTARTS
from connectors.capabilities import Window
from connectors.shipbob import CONNECTOR
from connectors.shipbob.connector import Settings
from model.errors import ContractError, TransientError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
SIZE = 10

Rows = dict[int, datetime]
Told = Callable[[list[Any], int], httpx.Response]


def with_total(page: list[Any], total: int) -> httpx.Response:
    return httpx.Response(200, json=page, headers={"total-count": str(total)})


def without_headers(page: list[Any], _total: int) -> httpx.Response:
    return httpx.Response(200, json=page)


class Orders:
    """ShipBob with orders that changed at these times; nothing else is there."""

    def __init__(self, rows: Rows, told: Told = with_total) -> None:
        self.rows, self.told = rows, told
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        params = request.url.params
        if "LastUpdateStartDate" not in params:
            empty: Any = {"items": []} if request.url.path.endswith("return") else []
            return httpx.Response(200, json=empty)
        low, high = (datetime.fromisoformat(params[name]) for name in ("LastUpdateStartDate", "LastUpdateEndDate"))
        fits = [{"id": number} for number, changed in sorted(self.rows.items()) if low <= changed <= high]
        start = (int(params["Page"]) - 1) * int(params["Limit"])
        return self.told(fits[start : start + int(params["Limit"])], len(fits))

    def read(self, resume: str | None = None) -> set[int]:
        """The ids read of the window."""
        settings = Settings.model_validate({"token": "pat_test", "channel_id": 441200, "page_size": SIZE})
        connector = CONNECTOR(settings, Wiring(httpx.MockTransport(self), Pause(sleep=lambda _: None)))
        return {json.loads(raw)["id"] for page in connector.fetch_advices(WINDOW, resume) for raw in page.slices}


def spread(count: int) -> Rows:
    return {number: WINDOW.start + timedelta(minutes=20 * number) for number in range(count)}


@pytest.mark.parametrize("told", [with_total, without_headers])
def test_a_full_day_is_read_in_stretches_that_fit_a_page(told: Told) -> None:
    orders = Orders(spread(60), told)

    read = orders.read()

    assert read == set(range(60))
    assert {request.url.params.get("Page", "1") for request in orders.asked} == {"1"}


@pytest.mark.parametrize("told", [with_total, without_headers])
def test_more_than_a_page_of_one_second_is_read_page_by_page(told: Told) -> None:
    orders = Orders(dict.fromkeys(range(35), NOON) | {100: NOON + timedelta(hours=3)}, told)

    assert orders.read() == {*range(35), 100}


def test_rows_that_leave_a_full_second_begin_it_anew() -> None:
    orders = Orders(dict.fromkeys(range(35), NOON))
    seen: list[str] = []

    def leave(page: list[Any], total: int) -> httpx.Response:
        seen.append(orders.asked[-1].url.params["Page"])
        if seen.count("2") == 1 and seen[-1] == "2":
            orders.rows = {number: changed for number, changed in orders.rows.items() if number >= 5}
        return with_total(page, total)

    orders.told = leave

    assert orders.read() >= set(range(5, 35))
    assert seen.count("1") > 2


def test_a_second_whose_rows_never_hold_still_is_an_outage() -> None:
    totals = iter(range(100, 1000))

    def restless(page: list[Any], total: int) -> httpx.Response:
        return with_total(page, next(totals) if len(page) == SIZE else total)

    orders = Orders(dict.fromkeys(range(35), NOON), restless)

    with pytest.raises(TransientError, match="do not stand still"):
        orders.read()
    assert sum(request.url.params["Page"] == "2" for request in orders.asked) == RESTARTS + 1


def test_a_page_smaller_than_asked_for_is_no_loss_where_shipbob_says_so() -> None:
    def three_at_most(page: list[Any], total: int) -> httpx.Response:
        return httpx.Response(200, json=page[:3], headers={"total-count": str(total), "page-size": "3"})

    orders = Orders(spread(20), three_at_most)

    assert orders.read() == set(range(20))


def test_only_orders_are_asked_for_by_our_channel() -> None:
    orders = Orders({})

    orders.read()

    asked = {request.url.path.rpartition("/")[2]: request.headers.get("shipbob_channel_id") for request in orders.asked}
    assert asked == {"order": "441200", "return": None, "receiving": None}


@pytest.mark.parametrize("token", ["x", '{"listed":9,"since":0,"span":1}', '{"listed":0,"since":0,"span":0}'])
def test_a_token_of_somebody_else_is_refused(token: str) -> None:
    with pytest.raises(ContractError, match="resume"):
        Orders({}).read(token)
