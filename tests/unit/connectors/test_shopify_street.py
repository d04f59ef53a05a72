"""Shopify's connector against the make-believe street: every order is read, whatever the street does in between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.shopify import CONNECTOR
from connectors.shopify.connector import Settings
from model.errors import MalformedError, TransientError
from model.records.order import Order
from sandbox.street import Street

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVERYTHING = Window(NOW - timedelta(days=60), NOW + timedelta(seconds=1))
SHORT_OF_LUCK = 400
"""More pages and failures than any run of this street has; the loop ends by itself well before."""


class TrueTotal(msgspec.Struct):
    minor: int
    currency: str


class TrueOrder(msgspec.Struct):
    channel: str
    external_id: str
    total: TrueTotal


class Truth(msgspec.Struct):
    orders: list[TrueOrder]


class Reading:
    """Reads the street as a flow would: goes on behind the last page after a failure, and reads quarantined orders again by id."""

    def __init__(self, street: Street, page_size: int) -> None:
        settings = Settings(url="http://127.0.0.1:1/shopify", access_token=SecretStr("street-shopify-token"), page_size=page_size)
        self.connector = CONNECTOR(settings, Wiring(street.transport(), Pause(sleep=lambda _: None, chance=lambda: 0)))
        self.orders: dict[str, Order] = {}
        self.refused: list[str | None] = []

    def window(self) -> None:
        token: str | None = None
        for _ in range(SHORT_OF_LUCK):
            try:
                for page in self.connector.fetch_orders(EVERYTHING, token):
                    self.keep(page.slices)
                    token = page.resume
            except TransientError:
                continue
            return

    def again(self) -> None:
        self.keep(self.connector.fetch_orders_by_id([external_id for external_id in self.refused if external_id]).slices)

    def keep(self, slices: tuple[bytes, ...]) -> None:
        for raw in slices:
            try:
                order = CONNECTOR.kinds["order"].read(raw, {})
            except MalformedError:
                self.refused.append(CONNECTOR.external_id_in(raw))
                continue
            assert isinstance(order, Order)
            self.orders[order.external_id] = order


def truth(street: Street) -> dict[str, tuple[int, str]]:
    told = msgspec.convert(street.truth(), Truth).orders
    return {order.external_id: (order.total.minor, order.total.currency) for order in told if order.channel == "shopify-main"}


@pytest.fixture
def street(tmp_path: Path, request: pytest.FixtureRequest) -> Street:
    return Street(tmp_path, orders=600, seed=7, faults=request.param, clock=lambda: NOW)


@pytest.mark.parametrize("street", ["none"], indirect=True)
def test_every_order_of_the_street_is_read_and_sums(street: Street) -> None:
    reading = Reading(street, page_size=100)

    reading.window()

    assert reading.refused == []
    assert {order.external_id: (order.total_minor, order.currency) for order in reading.orders.values()} == truth(street)
    assert reading.connector.count_orders(EVERYTHING) == len(reading.orders)


@pytest.mark.parametrize("street", ["mild", "all"], indirect=True)
def test_no_order_is_missed_under_faults(street: Street) -> None:
    reading = Reading(street, page_size=5)

    reading.window()
    street.calm()
    reading.again()

    assert set(truth(street)) - set(reading.orders) == set()
    assert None not in reading.refused


@pytest.mark.parametrize("street", ["none"], indirect=True)
def test_the_street_gives_the_same_orders_by_id_and_in_pages(street: Street) -> None:
    reading = Reading(street, page_size=100)
    reading.window()
    some = sorted(reading.orders)[:9]

    found = reading.connector.fetch_orders_by_id([*some, "1"])

    assert [CONNECTOR.kinds["order"].read(raw, {}) for raw in found.slices] == [reading.orders[external_id] for external_id in some]
    assert found.gone == ("1",)
