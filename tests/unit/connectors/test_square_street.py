"""The Square connector on the make-believe street: what was read is what the street knows to be true, whatever goes wrong on the way."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import RawPage, StockTarget, Window
from connectors.registry import connect
from connectors.square.connector import Square
from model.errors import TransientError
from model.records.listing import Listing
from model.records.order import Order
from model.records.payment import Refund
from model.records.shipment import Return
from sandbox.street import Street

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=40), NOW - timedelta(minutes=3))
SKU = "MUG-STONE-BLU"
ANY_LEVEL: Mapping[str, int | None] = defaultdict(lambda: None)


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


def sum_of(refund: Refund) -> tuple[str, str, int, str]:
    return refund.external_id, refund.order_external_id, refund.amount_minor, refund.currency


def test_every_refund_of_the_till_is_the_one_its_return_tells_and_of_its_true_sum(tmp_path: Path) -> None:
    street, connector = till(tmp_path, "none", 700)

    orders = [connector.kinds["order"].read(raw, {}) for page in connector.fetch_orders(WINDOW, None) for raw in page.slices]
    own = [connector.kinds["order-refund"].read(raw, {}) for page in connector.fetch_refunds(WINDOW, None) for raw in page.slices]
    truth = street.truth()["orders"]
    street.close()

    embedded = {sum_of(refund) for record in orders if isinstance(record, Order | Return) for refund in record.refunds}
    returned = {
        (record.refunds[0].external_id, line.line_external_id, line.quantity)
        for record in orders
        if isinstance(record, Return)
        for line in record.lines
        if line.quantity
    }
    true = {(each["external_id"], sale["external_id"], *each["total"].values()) for sale in truth for each in sale["refunds"]}
    assert embedded
    assert {sum_of(refund) for refund in own if isinstance(refund, Refund)} == embedded == true
    assert returned == {(each["external_id"], *line) for sale in truth for each in sale["refunds"] for line in each["lines"].items()}


@pytest.mark.parametrize("stream", ["orders", "payments", "refunds"])
def test_no_fault_of_the_street_loses_a_row_or_stops_a_reading(tmp_path: Path, stream: str) -> None:
    street, connector = till(tmp_path, "all", 300)
    fetch = {"orders": connector.fetch_orders, "payments": connector.fetch_payments, "refunds": connector.fetch_refunds}[stream]

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


def listings(connector: Square) -> dict[str, Listing]:
    """The catalogue, begun anew after each failure."""
    for _ in range(20):
        try:
            slices = [raw for page in connector.fetch_listings(None) for raw in page.slices]
        except TransientError:
            continue
        return {listing.external_id: listing for listing in map(connector.read_listing, slices)}
    raise AssertionError("the catalogue is never read to its end")


def shown(connector: Square, counted: Sequence[Listing]) -> dict[str, int | None]:
    return {seen.external_id: seen.sellable for batch in connector.fetch_stock(counted) for seen in batch}


def targets(counted: Sequence[Listing], levels: Mapping[str, int | None], more: int) -> list[StockTarget]:
    return [
        StockTarget(
            external_id=listing.external_id,
            product_external_id=listing.product_external_id,
            stock_external_id=listing.stock_external_id,
            quantity=(levels[listing.external_id] or 0) + more,
            expected=levels[listing.external_id],
        )
        for listing in counted
    ]


def test_counts_end_as_asked_and_are_compared_before(tmp_path: Path) -> None:
    street, connector = till(tmp_path, "none", 50)
    street.stock("square-till", {"*": 9})
    counted = [listing for listing in listings(connector).values() if listing.is_tracked]
    before = shown(connector, counted)
    wanted = targets(counted, before, 3)

    first = [answer.fate for batch in connector.publish_stock(wanted) for answer in batch]
    after = shown(connector, counted)
    again = [answer.fate for batch in connector.publish_stock(wanted) for answer in batch]
    street.close()

    assert len(before) == len(counted) > 0
    assert set(first) == {"told"}
    assert after == {target.external_id: target.quantity for target in wanted}
    assert set(again) == {"stale"}


def test_a_sale_between_reading_and_setting_is_not_given_back(tmp_path: Path) -> None:
    seconds = count()
    street = Street(tmp_path, orders=20, seed=11, clock=lambda: NOW + timedelta(seconds=next(seconds)), channels=("square-till",))
    street.stock("square-till", {"*": 9})
    counts = street.transport()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("batch-create"):
            street.sell("square-till", SKU, 2)
        return counts.handle_request(request)

    settings = {"url": "http://street.example.com/square", "access_token": "street-square-token"}
    connector = connect("square", settings, Wiring(httpx.MockTransport(answer), Pause(sleep=lambda _: None, chance=lambda: 0)))
    assert isinstance(connector, Square)
    [sold] = [listing for listing in listings(connector).values() if listing.sku == SKU]

    answers = [each.fate for batch in connector.publish_stock(targets([sold], {sold.external_id: 9}, -4)) for each in batch]
    left = shown(connector, [sold])[sold.external_id]
    street.close()

    assert (answers, left) == (["told"], 9 - 4 - 2)


def test_what_the_till_refuses_costs_no_other(tmp_path: Path) -> None:
    street, connector = till(tmp_path, "none", 20)
    street.stock("square-till", {"*": 9})
    counted = [listing for listing in listings(connector).values() if listing.is_tracked]
    street.refuse("square-till", SKU)

    answers = {each.external_id: each.fate for batch in connector.publish_stock(targets(counted, ANY_LEVEL, 4)) for each in batch}
    levels = shown(connector, counted)
    street.close()

    assert {listing.sku for listing in counted if answers[listing.external_id] == "refused"} == {SKU}
    assert {levels[name] for name, fate in answers.items() if fate == "told"} == {4}


def test_every_order_line_of_the_till_names_a_listing(tmp_path: Path) -> None:
    street, connector = till(tmp_path, "none", 200)

    orders = [connector.kinds["order"].read(raw, {}) for page in connector.fetch_orders(WINDOW, None) for raw in page.slices]
    named = {line.variant_external_id for order in orders if isinstance(order, Order) for line in order.lines} - {None}
    known = set(listings(connector))
    street.close()

    assert named
    assert named <= known


def test_no_fault_of_the_street_sets_a_count_that_was_not_asked_for(tmp_path: Path) -> None:
    street, connector = till(tmp_path, "all", 50)
    street.stock("square-till", {"*": 9})
    counted = [listing for listing in listings(connector).values() if listing.is_tracked]
    told: dict[str, str] = {}
    for _ in range(20):
        with suppress(TransientError):
            told |= {
                answer.external_id: answer.fate for batch in connector.publish_stock(targets(counted, ANY_LEVEL, 4)) for answer in batch
            }
    met = street.hits.total()
    street.calm()
    levels = shown(connector, counted)
    street.close()

    assert met
    assert {levels[name] for name, fate in told.items() if fate == "told"} == {4}
