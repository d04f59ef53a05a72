"""Approved orders are shipped once by the street's ShipStation: asked for, labelled, heard of and booked."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from model.store.database import Database
from operations.book_advices import book_advices
from operations.dispatch import drain_account
from operations.pull import pull_channel
from operations.reports import Report
from operations.review_orders import review_orders
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Partner
from sandbox.street import Street
from tests.conftest import StillClock
from tests.saving import NOW
from tests.unit.operations.shipping_desk import Desk, shipping_file

STATION = Partner.model_validate({
    "id": "threepl", "name": "ShipStation", "entity": "main", "connector": "shipstation", "zone": "America/Los_Angeles",
    "advices_from": NOW - timedelta(days=1), "allow_hosts": ("street",),
    "settings": {"address": "http://street/shipstation/", "api_key": "file:key", "api_secret": "file:secret", "store_id": 61700},
})  # fmt: skip


class Station(Desk):
    """A hub whose goods in `east` are shipped by the street's ShipStation."""

    def __init__(self, database: Database, home: Path, clock: StillClock) -> None:
        super().__init__(database, home, clock)
        (home / "key").write_text("street-shipstation-key")
        (home / "secret").write_text("street-shipstation-secret")
        self.trade.file = replace(shipping_file(home), partners=(STATION,))
        self.street = Street(home / "street", orders=3, seed=3, clock=clock.now)
        self.wire = self.street.transport()

    @property
    def hub(self) -> Hub:
        def transport(_account: Account) -> httpx.BaseTransport:
            return self.wire

        return replace(self.trade.hub, transport=transport)

    def drain(self) -> Report:
        return drain_account(self.hub, STATION)

    def hear(self) -> Report:
        """An hour later, read what ShipStation tells, and book it."""
        self.clock.move(hours=1)
        for outcome in pull_channel(self.hub, STATION):
            assert outcome.error is None, outcome.message
        report = book_advices(self.hub, STATION)
        review_orders(self.hub)
        return report


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Generator[Station]:
    desk = Station(database, tmp_path, clock)
    desk.lay("pot", 100)
    yield desk
    desk.street.close()


def test_orders_are_labelled_and_what_left_leaves_stock(desk: Station) -> None:
    orders = [desk.sold(2, external_id=str(9000 + number)) for number in range(20)]
    desk.release()

    sent = desk.drain()
    heard = desk.hear()
    desk.hear()
    left = sum(line["quantity"] for parcel in desk.street.truth()["parcels"] for line in parcel["lines"])

    assert (sent.outcome, sent.counts["done"], heard.outcome, heard.counts["held"]) == ("done", 20, "done", 0)
    assert desk.level()[0] == (100 - left) * 1000
    assert {desk.asked(order)[0].state for order in orders} <= {"shipped", "part_shipped"}
    problems = [asked.problem for order in orders for asked in desk.asked(order) if asked.state == "part_shipped"]
    assert [problem[:16] for problem in problems] == ["is shipped there"] * (40 - left)
    assert desk.audited() == []


def test_an_order_that_is_cancelled_in_time_is_called_back_and_gives_its_goods_back(desk: Station) -> None:
    order = desk.sold(3)
    desk.release()
    desk.drain()

    desk.sold(3, cancelled_at=desk.clock.at)
    desk.release()
    desk.drain()
    desk.hear()

    assert desk.asked(order)[0].state == "cancelled"
    assert desk.street.truth()["parcels"] == []
    assert desk.level() == (100_000, 0, 0)
    assert desk.audited() == []


def test_an_answer_that_is_lost_makes_no_second_order(desk: Station) -> None:
    desk.sold(2)
    desk.release()
    desk.wire = _Losing(desk.street.transport())

    first = desk.drain()
    desk.wire = desk.street.transport()
    desk.clock.move(hours=1)
    second = desk.drain()

    assert (first.counts["unknown"], second.counts["done"]) == (1, 1)
    assert len({parcel["reference"] for parcel in desk.street.truth()["parcels"]}) == 1


class _Losing(httpx.BaseTransport):
    """Everything is done, and no answer to a command ever comes."""

    def __init__(self, street: httpx.BaseTransport) -> None:
        self._street = street

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._street.handle_request(request)
        if request.method == "POST":
            raise httpx.ReadTimeout("slow")
        return answer
