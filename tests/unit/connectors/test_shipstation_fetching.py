"""How ShipStation is asked for a window: by which lists and times, in which pages, and when to rest."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.shipstation import CONNECTOR
from connectors.shipstation.clock import ZONE
from connectors.shipstation.connector import Settings
from model.errors import ContractError

NOON = datetime(2026, 11, 1, 9, tzinfo=UTC)
"""When the Pacific clocks of that night are put back from two to one."""
WINDOW = Window(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
SIZE = 10


class Labels:
    """ShipStation with labels made at these times, and nothing else; `left` tells what is left of each minute, one by one."""

    def __init__(self, rows: dict[int, datetime], left: list[int] | None = None) -> None:
        self.rows, self.left = rows, left or []
        self.asked: list[httpx.Request] = []
        self.rests: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        params = request.url.params
        name = request.url.path.removeprefix("/")
        told = {"X-Rate-Limit-Remaining": str(self.left.pop(0)), "X-Rate-Limit-Reset": "23"} if self.left else {}
        if "createDateStart" not in params:
            return httpx.Response(200, json={name: [], "total": 0, "page": 1, "pages": 0}, headers=told)
        low, high = (datetime.fromisoformat(params[each]) for each in ("createDateStart", "createDateEnd"))
        fits = [{"shipmentId": number} for number, at in sorted(self.rows.items()) if low < wall(at) < high]
        start = (int(params["page"]) - 1) * int(params["pageSize"])
        page: list[Any] = fits[start : start + int(params["pageSize"])]
        return httpx.Response(200, json={name: page, "total": len(fits), "page": int(params["page"]), "pages": 0}, headers=told)

    def read(self, resume: str | None = None) -> set[int]:
        """The ids read of the window."""
        settings = Settings.model_validate({"api_key": "k", "api_secret": "s", "store_id": 61700, "page_size": SIZE})
        connector = CONNECTOR(settings, Wiring(httpx.MockTransport(self), Pause(sleep=self.rests.append)))
        return {json.loads(raw)["shipmentId"] for page in connector.fetch_advices(WINDOW, resume) for raw in page.slices}


def wall(at: datetime) -> datetime:
    """An instant on the Pacific clock."""
    return at.astimezone(ZONE).replace(tzinfo=None)


def test_each_list_is_asked_for_in_our_store_by_its_own_times_with_the_hour_that_comes_twice() -> None:
    labels = Labels({})

    labels.read()

    common = {"page": "1", "pageSize": "10", "storeId": "61700"}
    assert [(request.url.path, dict(request.url.params)) for request in labels.asked] == [
        (path, {f"{name}Start": "2026-10-31T12:59:59", f"{name}End": "2026-11-01T14:00:02", **common, **more})
        for path, name, more in (
            ("/shipments", "createDate", {"includeShipmentItems": "true"}),
            ("/shipments", "voidDate", {"includeShipmentItems": "true"}),
            ("/orders", "modifyDate", {"sortBy": "ModifyDate", "sortDir": "ASC"}),
        )
    ]


def test_a_night_on_which_the_clock_is_put_back_is_read_whole() -> None:
    rows = {number: WINDOW.start + timedelta(minutes=20 * number) for number in range(72)}
    labels = Labels(rows)

    assert labels.read() == set(rows)


def test_more_than_a_page_of_one_second_is_read_page_by_page() -> None:
    labels = Labels(dict.fromkeys(range(35), NOON + timedelta(hours=6)))

    assert labels.read() == set(range(35))


@pytest.mark.parametrize(("left", "rests"), [([39, 20, 5], []), ([39, 4, 39], [23]), ([0, 0, 0], [23, 23, 23])])
def test_a_minute_that_is_nearly_used_up_is_waited_for(left: list[int], rests: list[float]) -> None:
    labels = Labels({}, left)

    labels.read()

    assert labels.rests == rests


def test_a_token_of_a_list_that_is_not_there_is_refused() -> None:
    with pytest.raises(ContractError, match="resume"):
        Labels({}).read('{"listed":3,"since":0,"span":1}')
