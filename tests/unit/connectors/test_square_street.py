"""The Square connector on the make-believe street: what was read is what the street knows to be true, whatever goes wrong on the way."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import RawPage, Window
from connectors.registry import connect
from connectors.square.connector import Square
from model.errors import TransientError
from model.records.order import Order
from sandbox.street import Street

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=40), NOW - timedelta(minutes=3))


def till(home: Path, faults: str, orders: int) -> tuple[Street, Square]:
    street = Street(home, orders=orders, seed=11, faults=faults, clock=lambda: NOW, channels=("square-till",))
    settings = {"url": "http://street.example.com/square", "access_token": "street-square-token"}
    connector = connect("square", settings, Wiring(street.transport(), Pause(sleep=lambda _: None, chance=lambda: 0)))
    assert isinstance(connector, Square)
    return street, connector


def patiently(fetch: Callable[[Window, str | None], Iterator[RawPage]], window: Window) -> list[bytes]:
    """A window's slices, read on from the last page's token after each failure, as the flow would."""
    found: list[bytes] = []
    resume: str | None = None
    for _ in range(20):
        try:
            for page in fetch(window, resume):
                found += page.slices
                resume = page.resume
        except TransientError:
            continue
        return found
    raise AssertionError("the window is never read to its end")


def test_every_sale_and_return_of_the_till_is_read_with_its_true_total(tmp_path: Path) -> None:
    street, connector = till(tmp_path, "none", 700)

    slices = [raw for page in connector.fetch_orders(WINDOW, None) for raw in page.slices]
    records = {record.external_id: record for record in (connector.kinds["order"].read(raw, {}) for raw in slices)}
    truth = street.truth()
    street.close()

    totals = {name: (record.total_minor, record.currency) for name, record in records.items() if isinstance(record, Order)}
    assert totals == {order["external_id"]: (order["total"]["minor"], order["total"]["currency"]) for order in truth["orders"]}
    assert set(records) - set(totals) == {back["external_id"] for back in truth["returns"]}


@pytest.mark.parametrize("stream", ["orders", "payments"])
def test_no_fault_of_the_street_loses_a_row_or_stops_a_reading(tmp_path: Path, stream: str) -> None:
    street, connector = till(tmp_path, "all", 300)
    fetch = {"orders": connector.fetch_orders, "payments": connector.fetch_payments}[stream]

    def read_day_by_day() -> set[str | None]:
        days = [Window(WINDOW.end - timedelta(days=day + 1), WINDOW.end - timedelta(days=day)) for day in range(40)]
        return {connector.external_id_in(raw) for day in days for raw in patiently(fetch, day)}

    stormy = read_day_by_day()
    met = street.hits.total()
    street.calm()
    calm = read_day_by_day()
    street.close()

    assert met
    assert calm <= stormy
