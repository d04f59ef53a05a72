"""WooCommerce on the make-believe street: every order arrives with the total the street knows, whatever goes wrong on the way."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.registry import connect
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.mapping import read_order
from connectors.woocommerce.mapping_refund import read_order_refund
from model.errors import TransientError
from model.records.payment import Refund
from sandbox.street import Street

OPENING = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(OPENING - timedelta(days=40), OPENING + timedelta(days=1))
SETTINGS = {"url": "http://127.0.0.1:1/woo", "consumer_key": "ck_street", "consumer_secret": "cs_street", "page_size": 20}
FAULTS = "none row_left row_inserted many_ties page_repeated empty_page duplicate_order cut_body html_page status_503"


def totals(street: Street) -> dict[str, object]:
    """The total of every order the street knows; some are only placed while it is read."""
    truth: Any = street.truth()["orders"]
    return {entry["external_id"]: entry["total"] for entry in truth}


@pytest.mark.parametrize("faults", FAULTS.split())
def test_every_order_of_the_street_arrives_with_its_total(tmp_path: Path, faults: str) -> None:
    street = Street(tmp_path, orders=240, seed=5, faults=faults, clock=lambda: OPENING, channels=("woo-shop",))
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    connector: Any = connect("woocommerce", SETTINGS, Wiring(street.transport(), pause))

    before = totals(street)
    orders = [read_order(raw, {}) for page in connector.fetch_orders(WINDOW, None) for raw in page.slices]

    told = {order.external_id: {"minor": order.total_minor, "currency": order.currency} for order in orders}
    after = totals(street)
    assert {number: told.get(number) for number in before} == before
    assert {number: after.get(number) for number in told} == told
    street.close()


def shop_of(street: Street, size: int) -> WooCommerce:
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    connector = connect("woocommerce", {**SETTINGS, "page_size": size}, Wiring(street.transport(), pause))
    assert isinstance(connector, WooCommerce)
    return connector


def patiently(connector: WooCommerce) -> list[bytes]:
    """The refunds of a window, read on from the last page's token after each failure, as the flow would."""
    found: list[bytes] = []
    resume: str | None = None
    for _ in range(40):
        with suppress(TransientError):
            for page in connector.fetch_refunds(WINDOW, resume):
                found += page.slices
                resume = page.resume
            return found
    raise AssertionError("the window is never read to its end")


def told(refund: Refund) -> dict[str, object]:
    """A refund as the street tells it."""
    lines = {line.line_external_id: line.quantity for line in refund.lines}
    return {"external_id": refund.external_id, "total": {"minor": refund.amount_minor, "currency": refund.currency}, "lines": lines}


def true_refunds(street: Street) -> dict[tuple[str, str], object]:
    """Every refund the street knows, by order and id."""
    return {(order["external_id"], each["external_id"]): each for order in street.truth()["orders"] for each in order["refunds"]}


@pytest.mark.parametrize(("faults", "size"), [("none", 50), *((faults, 7) for faults in FAULTS.split())])
def test_every_refund_of_the_street_arrives_with_its_order_its_sum_and_its_lines(tmp_path: Path, faults: str, size: int) -> None:
    street = Street(tmp_path, orders=120, seed=5, faults=faults, clock=lambda: OPENING, channels=("woo-shop",))

    before = true_refunds(street)
    refunds = [read_order_refund(raw, {}) for raw in patiently(shop_of(street, size))]
    read = {(each.order_external_id, each.external_id): told(each) for each in refunds}

    after = true_refunds(street)
    assert before
    assert {key: read.get(key) for key in before} == before
    assert {key: after.get(key) for key in read} == read
    street.close()


def test_all_faults_of_the_street_together_lose_no_refund(tmp_path: Path) -> None:
    street = Street(tmp_path, orders=120, seed=5, faults="all", clock=lambda: OPENING, channels=("woo-shop",))
    connector = shop_of(street, 9)

    stormy = {connector.external_id_in(raw) for raw in patiently(connector)}
    met = street.hits.total()
    street.calm()
    calm = {connector.external_id_in(raw) for raw in patiently(connector)}
    street.close()

    assert met
    assert calm <= stormy


def test_a_refund_of_the_street_is_the_outline_that_its_order_tells(tmp_path: Path) -> None:
    street = Street(tmp_path, orders=300, seed=6, clock=lambda: OPENING, channels=("woo-shop",))
    connector = shop_of(street, 100)

    orders = [read_order(raw, {}) for page in connector.fetch_orders(WINDOW, None) for raw in page.slices]
    own = {each.external_id: each for each in map(partial(read_order_refund, statuses={}), patiently(connector))}
    street.close()

    outlines = {each.external_id: each for order in orders for each in order.refunds}
    assert {sum_of(each) for each in own.values()} == {sum_of(each) for each in outlines.values()}
    assert {each.is_outline for each in outlines.values()} == {True}
    assert {each.is_outline for each in own.values()} == {False}
    totals = {order.external_id: order.total_minor for order in orders}
    back = {number: sum(each.amount_minor for each in own.values() if each.order_external_id == number) for number in totals}
    assert all(back[number] <= total for number, total in totals.items())


def sum_of(refund: Refund) -> tuple[str, str, int, str]:
    return refund.external_id, refund.order_external_id, refund.amount_minor, refund.currency


def test_the_street_says_who_it_is(tmp_path: Path) -> None:
    street = Street(tmp_path, orders=1, seed=5, clock=lambda: OPENING, channels=("woo-shop",))

    identity = connect("woocommerce", SETTINGS, Wiring(street.transport())).identify()

    assert identity.now == OPENING
    assert identity.fingerprint
    street.close()
