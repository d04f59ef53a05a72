"""The Vendure connector against a real Vendure 3.7.3 on SQLite: nothing is missed, also where the order's own clock stands still."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from connectors.capabilities import Window
from connectors.vendure.connector import Vendure
from model.errors import AuthError
from model.records.order import Order
from tests.systems.vendure_shop import FAILED, Door, Eavesdropper, Shop


def now(connector: Vendure) -> datetime:
    return connector.identify().now


def pulled(connector: Vendure, start: datetime) -> dict[str, Order]:
    """Every order the connector reads as changed since `start`, in its last reading."""
    window = Window(start, now(connector) + timedelta(seconds=1))
    slices = [raw for page in connector.fetch_orders(window, None) for raw in page.slices]
    orders = [connector.kinds["order"].read(raw, {}) for raw in slices]
    return {order.external_id: order for order in orders if isinstance(order, Order)}


def after_a_pause(connector: Vendure) -> datetime:
    """A time of the shop's clock that no earlier change reaches, whole seconds and slack included."""
    time.sleep(3)
    return now(connector)


def test_every_order_is_read_over_several_pages(shop: Shop) -> None:
    connector = shop.connector()
    start = now(connector)
    placed = {shop.order({"KETTLE-RED": 1, "TOWEL": count % 3 + 1}) for count in range(105)}

    orders = pulled(connector, start)

    assert placed <= set(orders)
    assert connector.count_orders(Window(start, now(connector) + timedelta(seconds=1))) >= len(placed)


def test_changes_that_do_not_move_the_orders_clock_are_all_noticed(shop: Shop) -> None:
    connector = shop.connector()
    start = now(connector)
    name = shop.order({"KETTLE-RED": 2, "TOWEL": 3}, pay="paid-on-shipping")
    order = pulled(connector, start)[name]
    assert (order.payment_state, order.fulfilment_state) == ("authorized", "unfulfilled")
    versions = [order.source_version]

    def noticed(change: Callable[[], object]) -> Order:
        begin = after_a_pause(connector)
        change()
        found = pulled(connector, begin)[name]
        assert connector.count_orders(Window(begin, now(connector) + timedelta(seconds=1))) == 0
        versions.append(found.source_version)
        return found

    parcel: list[str] = []
    refund: list[str] = []
    assert noticed(lambda: shop.settle_payment(order)).payment_state == "paid"
    assert noticed(lambda: parcel.append(shop.pack(order, 1))).fulfilment_state == "in_progress"
    shipped = noticed(lambda: shop.move(parcel[0], "Shipped"))
    assert (shipped.fulfilment_state, shipped.fulfilments[0].status) == ("part_fulfilled", "shipped")
    assert shipped.fulfilments[0].tracking_numbers == ("PN-1",)
    assert noticed(lambda: shop.move(parcel[0], "Delivered")).fulfilments[0].status == "delivered"
    pending = noticed(lambda: refund.append(shop.refund(order, 5000)))
    assert [(r.amount_minor, r.status) for r in pending.refunds] == [(5000, "pending")]
    assert noticed(lambda: shop.settle_refund(refund[0])).payment_state == "part_refunded"
    assert versions == sorted(set(versions))


def test_a_partial_cancellation_lowers_quantity_and_total_together(shop: Shop) -> None:
    connector = shop.connector()
    start = now(connector)
    name = shop.order({"KETTLE-BLUE": 3})
    before = pulled(connector, start)[name]
    begin = after_a_pause(connector)

    shop.cancel(before, 1)
    after = pulled(connector, begin)[name]

    assert (before.lines[0].quantity, after.lines[0].quantity) == (3000, 2000)
    assert (before.total_minor, after.total_minor) == (138881, 93888)
    assert after.payment_state == "paid"


def test_a_coupon_and_its_rounding_keep_every_cent(shop: Shop) -> None:
    promotion = {
        "enabled": True,
        "couponCode": "SEVENTH",
        "conditions": [],
        "actions": [{"code": "order_percentage_discount", "arguments": [{"name": "discount", "value": "14.29"}]}],
        "translations": [{"languageCode": "en", "name": "A seventh off"}],
    }
    shop.keeper.ask(f"mutation($i: CreatePromotionInput!) {{ createPromotion(input: $i) {{ __typename {FAILED} }} }}", i=promotion)
    connector = shop.connector()
    start = now(connector)

    name = shop.order({"TOWEL": 7, "KETTLE-RED": 3}, coupon="SEVENTH")
    order = pulled(connector, start)[name]

    [discount] = [adjustment for adjustment in order.adjustments if adjustment.kind == "discount"]
    assert (discount.title, discount.code) == ("A seventh off", "SEVENTH")
    assert order.payments[0].amount_minor == order.total_minor


def test_reading_goes_on_from_every_saved_token(shop: Shop) -> None:
    connector = shop.connector()
    start = now(connector) - timedelta(days=1)
    window = Window(start, now(connector) + timedelta(seconds=1))
    pages = list(connector.fetch_orders(window, None))

    rests = [sum(len(page.slices) for page in connector.fetch_orders(window, page.resume)) for page in pages[:-1] if page.resume]

    assert len(pages) >= 3
    assert rests == sorted(rests, reverse=True)
    assert all(rests)


def test_an_api_key_that_may_only_read_orders_suffices(shop: Shop) -> None:
    role = {"code": "hub", "description": "reads orders", "permissions": ["ReadOrder"]}
    role_id = shop.keeper.ask("mutation($i: CreateRoleInput!) { createRole(input: $i) { id } }", i=role)["createRole"]["id"]
    wish = {"roleIds": [role_id], "translations": [{"languageCode": "en", "name": "hub"}]}
    key = shop.keeper.ask("mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }", i=wish)["createApiKey"]["apiKey"]
    name = shop.order({"TOWEL": 1})
    connector = shop.connector(api_key=key)

    lookup = connector.fetch_orders_by_id([name, "424242"])

    assert connector.kinds["order"].read(lookup.slices[0], {}).external_id == name
    assert lookup.gone == ("424242",)


def test_a_session_the_shop_has_ended_is_opened_anew(shop: Shop) -> None:
    ears = Eavesdropper()
    connector = shop.connector(ears)
    name = shop.order({"TOWEL": 1})
    connector.fetch_orders_by_id([name])
    Door(f"{shop.url}/admin-api", ears.token).ask("mutation { logout { success } }")

    assert len(connector.fetch_orders_by_id([name]).slices) == 1


@pytest.mark.parametrize("settings", [{"username": "keeper", "password": "wrong"}, {"api_key": "wrong"}])
def test_wrong_credentials_are_an_auth_error(shop: Shop, settings: dict[str, str]) -> None:
    connector = shop.connector(None, **settings)

    with pytest.raises(AuthError):
        connector.fetch_orders_by_id(["1"])
