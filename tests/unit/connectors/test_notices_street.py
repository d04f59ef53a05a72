"""Shipment notices on the make-believe street: the order shows what left, once, whatever goes wrong on the way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.registry import connect
from model.errors import RejectedError
from model.records.order import Order
from sandbox.faults import AFTER, AT_NOTICES
from sandbox.street import Street
from sandbox.truth import TrueFulfilment
from tests.noticing import command, dispatched, notice

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=40), NOW + timedelta(seconds=1))
SKU = "MUG-STONE-BLU"
SETTINGS: dict[str, tuple[str, dict[str, str]]] = {
    "shopify-main": ("shopify", {"url": "http://127.0.0.1:1/shopify", "access_token": "street-shopify-token"}),
    "woo-shop": ("woocommerce", {"url": "http://127.0.0.1:1/woo", "consumer_key": "ck_street", "consumer_secret": "cs_street"}),
    "square-till": ("square", {"url": "http://127.0.0.1:1/square", "access_token": "street-square-token"}),
}
CHANNELS = tuple(SETTINGS)
LOSSES = (*AFTER, *AT_NOTICES, "cut_body", "status_503", "status_500", "connection_refused", "rate_limited_seconds")
SHOPS = CHANNELS[:2]


@dataclass
class Stall:
    """One channel of a street and our connector to it."""

    street: Street
    channel: str
    connector: Any

    def sold(self, units: int = 2) -> Order:
        """An order that waits to be sent; a till sells at once, so there it is a tab that is still open."""
        if self.channel != "square-till":
            return self.order(str(self.street.sell(self.channel, SKU, units)))
        records = [self.connector.kinds["order"].read(raw, {}) for page in self.connector.fetch_orders(WINDOW, None) for raw in page.slices]
        open_tabs = [each for each in records if isinstance(each, Order) and each.source_status == (("order", "OPEN"),)]
        return next(each for each in open_tabs if len(each.lines) > 1)

    def order(self, external_id: str) -> Order:
        raw = self.connector.fetch_orders_by_id([external_id]).slices[0]
        return self.connector.kinds["order"].read(raw, {})

    def told(self, order: Order, lines: dict[str, int] | None = None, **more: object) -> Order:
        """The order after a notice of these thousandths by line, of all of it unless said otherwise."""
        left = notice(order.external_id, lines or whole(order), **more)  # pyright: ignore[reportArgumentType]
        dispatched(self.connector, command(self.connector, left))
        return self.order(order.external_id)

    def books(self, order: Order) -> list[TrueFulfilment]:
        return next(each["fulfilments"] for each in self.street.truth()["orders"] if each["external_id"] == order.external_id)


def whole(order: Order) -> dict[str, int]:
    return {line.external_id: line.quantity for line in order.lines}


def halves(order: Order) -> tuple[dict[str, int], dict[str, int]]:
    """One unit of the first line, and all the rest."""
    first = order.lines[0].external_id
    rest = whole(order) | {first: order.lines[0].quantity - 1000}
    return {first: 1000}, {line: quantity for line, quantity in rest.items() if quantity}


Open = Callable[..., Stall]


@pytest.fixture
def stall(tmp_path: Path) -> Iterator[Open]:
    opened: list[Street] = []

    def open_stall(channel: str, faults: str = "none", **options: object) -> Stall:
        street = Street(tmp_path, orders=60, seed=3, faults=faults, clock=lambda: NOW, channels=(channel,), **options)  # pyright: ignore[reportArgumentType]
        opened.append(street)
        name, settings = SETTINGS[channel]
        return Stall(street, channel, connect(name, settings, Wiring(street.transport(), Pause(sleep=lambda _: None, chance=lambda: 0))))

    yield open_stall
    for street in opened:
        street.close()


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_order_that_left_shows_what_and_how_to_follow_it(stall: Open, channel: str) -> None:
    shop = stall(channel)
    order = shop.sold()

    after = shop.told(order, carrier="DHL Express", tracking_numbers=("JD01", "JD02"), tracking_urls=("https://t.example/1",))

    [parcel] = after.fulfilments
    assert (after.fulfilment_state, parcel.status, parcel.carrier) == ("fulfilled", "shipped", "DHL Express")
    assert (parcel.tracking_numbers, parcel.tracking_urls) == (("JD01", "JD02"), ("https://t.example/1",))
    assert {line.line_external_id: line.quantity for line in parcel.lines} == whole(order)
    assert after.updated_at >= order.updated_at


@pytest.mark.parametrize("channel", CHANNELS)
def test_parcels_without_a_number_are_shipped_all_the_same(stall: Open, channel: str) -> None:
    shop = stall(channel)

    after = shop.told(shop.sold())

    assert after.fulfilment_state == "fulfilled"
    assert [parcel.tracking_numbers for parcel in after.fulfilments] == [()]


@pytest.mark.parametrize("numbers", [("JD01",), ()], ids=["tracked", "untracked"])
@pytest.mark.parametrize("channel", SHOPS)
def test_two_parts_are_two_fulfilments_and_only_the_second_ends_the_order(stall: Open, channel: str, numbers: Sequence[str]) -> None:
    shop = stall(channel)
    order = shop.sold()
    first, rest = halves(order)

    part = shop.told(order, first, reference="S-1", is_last=False, tracking_numbers=numbers)
    ended = shop.told(order, rest, reference="S-2", tracking_numbers=tuple(f"{number}B" for number in numbers))

    assert (part.fulfilment_state, ended.fulfilment_state) == ("part_fulfilled", "fulfilled")
    assert [parcel.lines[0].quantity for parcel in ended.fulfilments] == [1000, 1000]
    assert len(shop.books(order)) == 2


def test_a_till_shows_the_parts_of_an_order_on_its_one_fulfilment(stall: Open) -> None:
    shop = stall("square-till")
    order = shop.sold()
    first, rest = halves(order)

    part = shop.told(order, first, reference="S-1", is_last=False, tracking_numbers=("JD01",))
    ended = shop.told(order, rest, reference="S-2", tracking_numbers=("JD02",))

    assert (part.fulfilment_state, ended.fulfilment_state) == ("in_progress", "fulfilled")
    assert [(parcel.status, parcel.tracking_numbers) for parcel in (*part.fulfilments, *ended.fulfilments)] == [
        ("pending", ("JD01",)),
        ("shipped", ("JD01", "JD02")),
    ]
    assert len(shop.books(order)) == 1


@pytest.mark.parametrize(
    "fault", [*AFTER, *AT_NOTICES, "cut_body", "status_503", "status_500", "connection_refused", "rate_limited_seconds"]
)
@pytest.mark.parametrize("channel", SHOPS)
def test_no_fault_doubles_or_loses_a_notice(stall: Open, channel: str, fault: str) -> None:
    shop = stall(channel, fault)
    orders = [str(shop.street.sell(channel, SKU, 2)) for _ in range(6)]
    lines = {name: whole(shop.order(name)) for name in orders}

    for name in orders:
        dispatched(shop.connector, command(shop.connector, notice(name, lines[name], f"S-{name}", tracking_numbers=(f"JD{name}",))))

    told = {each["external_id"]: each["fulfilments"] for each in shop.street.truth()["orders"] if each["external_id"] in orders}
    assert {name: [parcel["numbers"] for parcel in parcels] for name, parcels in told.items()} == {name: [[f"JD{name}"]] for name in orders}
    assert shop.street.hits.total()


@pytest.mark.parametrize("fault", [*AFTER, *AT_NOTICES, "cut_body", "status_503"])
def test_no_fault_doubles_or_loses_a_notice_at_the_till(stall: Open, fault: str) -> None:
    shop = stall("square-till", fault)
    order = shop.sold()
    first, rest = halves(order)

    shop.told(order, first, reference="S-1", is_last=False, tracking_numbers=("JD01",))
    ended = shop.told(order, rest, reference="S-2", tracking_numbers=("JD02",))

    assert ended.fulfilments[0].tracking_numbers == ("JD01", "JD02")
    assert [parcel["numbers"] for parcel in shop.books(order)] == [["JD01", "JD02"]]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_notice_told_again_is_a_repeat(stall: Open, channel: str) -> None:
    shop = stall(channel)
    order = shop.sold()
    left = command(shop.connector, notice(order.external_id, whole(order)))
    assert shop.connector.find_notice(left) is None

    first, second = shop.connector.submit_shipment_notice(left), shop.connector.submit_shipment_notice(left)

    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert first.external_id == second.external_id == shop.connector.find_notice(left).external_id
    assert len(shop.books(order)) == 1


@pytest.mark.parametrize("channel", SHOPS)
def test_a_cancelled_order_takes_no_notice(stall: Open, channel: str) -> None:
    shop = stall(channel)
    order = shop.sold()
    assert shop.street.cancel(order.external_id)

    with pytest.raises(RejectedError, match="cancelled"):
        shop.told(order)

    assert shop.books(order) == []


def test_a_sale_that_the_till_has_closed_takes_no_notice(stall: Open) -> None:
    shop = stall("square-till")
    order = shop.order(str(shop.street.sell("square-till", SKU, 1)))

    with pytest.raises(RejectedError, match="COMPLETED"):
        shop.told(order)

    assert shop.books(order) == []


@pytest.mark.parametrize(("channel", "unknown"), [*zip(CHANNELS, ("5600000000001", "77", "NOBODY"), strict=True)])
def test_an_order_the_shop_does_not_know_takes_no_notice(stall: Open, channel: str, unknown: str) -> None:
    shop = stall(channel)

    with pytest.raises(RejectedError):
        dispatched(shop.connector, command(shop.connector, notice(unknown, {"1": 1000})))


def test_what_the_shop_itself_sent_off_is_not_told_as_ours(stall: Open) -> None:
    shop = stall("shopify-main")
    order = shop.sold(3)
    shop.told(order, {order.lines[0].external_id: 2000}, reference="S-other", tracking_numbers=("XX",))

    with pytest.raises(RejectedError, match="by somebody else"):
        shop.told(order, {order.lines[0].external_id: 2000}, tracking_numbers=("JD01",))

    assert [parcel["numbers"] for parcel in shop.books(order)] == [["XX"]]


def test_units_that_left_are_no_longer_committed(stall: Open) -> None:
    shop = stall("shopify-main")
    shop.street.stock("shopify-main", {SKU: 9})
    order = shop.sold(3)
    [before] = shop.street.levels()

    shop.told(order, {order.lines[0].external_id: 2000}, is_last=False)

    [after] = shop.street.levels()
    assert before["committed"] - after["committed"] == 2
    assert (after["shown"], after["sold"]) == (before["shown"], before["sold"]) == (6, 3)
