"""WooCommerce on the make-believe street: every order arrives with the total the street knows, whatever goes wrong on the way."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.registry import connect
from connectors.woocommerce.mapping import read_order
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


def test_the_street_says_who_it_is(tmp_path: Path) -> None:
    street = Street(tmp_path, orders=1, seed=5, clock=lambda: OPENING, channels=("woo-shop",))

    identity = connect("woocommerce", SETTINGS, Wiring(street.transport())).identify()

    assert identity.now == OPENING
    assert identity.fingerprint
    street.close()
