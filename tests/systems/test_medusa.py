"""The Medusa connector against a real Medusa 2.21.2: nothing is missed, also where the order's own clock stands still."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from connectors.capabilities import Window
from connectors.medusa.connector import Medusa
from model.errors import AuthError
from model.records.days import ListedOrder
from model.records.order import Order
from tests.systems.medusa_shop import MedusaShop, line_of


def now(connector: Medusa) -> datetime:
    return connector.identify().now


def pulled(connector: Medusa, start: datetime) -> dict[str, Order]:
    """Every order the connector reads as changed since `start`, in its last reading."""
    window = Window(start, now(connector) + timedelta(seconds=1))
    slices = [raw for page in connector.fetch_orders(window, None) for raw in page.slices]
    orders = [connector.kinds["order"].read(raw, {}) for raw in slices]
    return {order.external_id: order for order in orders if isinstance(order, Order)}


def read(connector: Medusa, name: str) -> Order:
    order = connector.kinds["order"].read(connector.fetch_orders_by_id([name]).slices[0], {})
    assert isinstance(order, Order)
    return order


def after_a_pause(connector: Medusa) -> datetime:
    """A time of the shop's clock that no earlier change reaches."""
    time.sleep(3)
    return now(connector)


def test_every_order_is_read_over_several_pages(medusa: MedusaShop) -> None:
    connector = medusa.connector(page_size=5)
    start = now(connector)
    placed = {medusa.order({"KETTLE-RED": 1, "TOWEL": count % 3 + 1}) for count in range(12)}

    orders = pulled(connector, start)

    assert set(orders) == placed
    assert connector.count_orders(Window(start, now(connector) + timedelta(seconds=1))) == len(placed)


def test_changes_that_do_not_move_the_orders_clock_are_all_noticed(medusa: MedusaShop) -> None:
    connector = medusa.connector()
    start = now(connector)
    name = medusa.order({"KETTLE-RED": 2, "TOWEL": 3})
    order = pulled(connector, start)[name]
    assert (order.payment_state, order.total_minor) == ("authorized", 99867)
    versions = [order.source_version]

    def noticed(change: Callable[[], object], *, moves: bool = False) -> Order:
        begin = after_a_pause(connector)
        change()
        found = pulled(connector, begin)[name]
        assert connector.count_orders(Window(begin, now(connector) + timedelta(seconds=1))) == int(moves)
        versions.append(found.source_version)
        return found

    assert noticed(lambda: medusa.capture(order, "100")).payment_state == "part_paid"
    assert noticed(lambda: medusa.capture(order, "898.67")).payment_state == "paid"
    parcels: list[str] = []
    packed = noticed(lambda: parcels.append(medusa.pack(order, "KETTLE-RED", 2)), moves=True)
    assert packed.fulfilment_state == "in_progress"
    direct = f"fulfillments/{parcels[0]}/shipment"
    shipped = noticed(lambda: medusa.ask("POST", direct, {"labels": []}))
    assert (shipped.fulfilment_state, shipped.fulfilments[0].status) == ("part_fulfilled", "shipped")
    delivered = noticed(lambda: medusa.ask("POST", f"orders/{name}/fulfillments/{parcels[0]}/mark-as-delivered", {}), moves=True)
    assert delivered.fulfilments[0].status == "delivered"
    returned = noticed(lambda: medusa.take_back(order, "KETTLE-RED", 1), moves=True)
    assert (returned.return_state, returned.returns[0].status) == ("part_returned", "received")
    refunded = noticed(lambda: medusa.refund(order, "359.91"))
    assert [(refund.amount_minor, refund.status) for refund in refunded.refunds] == [(35991, "succeeded")]
    assert versions == sorted(set(versions))
    assert refunded.total_minor == order.total_minor


def test_the_total_stays_what_was_sold_when_a_refund_takes_it_off(medusa: MedusaShop) -> None:
    connector = medusa.connector()
    order = read(connector, medusa.order({"TOWEL": 2}))
    medusa.capture(order)

    medusa.refund(order, "20.10")
    after = read(connector, order.external_id)

    assert medusa.ask("GET", f"orders/{order.external_id}")["order"]["total"] == pytest.approx(178.8)
    assert (after.total_minor, after.payment_state) == (19890, "part_refunded")
    assert [refund.amount_minor for refund in after.refunds] == [2010]


@pytest.mark.parametrize("is_captured", [False, True])
def test_a_cancelled_order_keeps_its_total_and_tells_what_became_of_its_money(medusa: MedusaShop, is_captured: bool) -> None:  # noqa: FBT001  a parameter
    connector = medusa.connector()
    order = read(connector, medusa.order({"TOWEL": 2}))
    if is_captured:
        medusa.capture(order)

    medusa.ask("POST", f"orders/{order.external_id}/cancel", {})
    after = read(connector, order.external_id)

    assert after.cancelled_at is not None
    assert (after.total_minor, after.payment_state) == (19890, "refunded" if is_captured else "voided")
    assert [refund.amount_minor for refund in after.refunds] == ([19890] if is_captured else [])


def test_a_coupon_and_its_unrounded_parts_keep_every_unit(medusa: MedusaShop) -> None:
    rule = {"type": "percentage", "target_type": "items", "value": 14.29, "allocation": "each", "max_quantity": 100, "currency_code": "dkk"}
    medusa.ask("POST", "promotions", {"code": "SEVENTH", "type": "standard", "status": "active", "application_method": rule})
    connector = medusa.connector()

    order = read(connector, medusa.order({"TOWEL": 7, "KETTLE-RED": 1}, ("SEVENTH",)))

    assert medusa.ask("GET", f"orders/{order.external_id}")["order"]["total"] == pytest.approx(827.154876)
    [discount] = [adjustment for adjustment in order.adjustments if adjustment.kind == "discount"]
    assert (order.total_minor, discount.code, discount.amount_minor) == (82715, "SEVENTH", 10512)
    assert order.payments[0].amount_minor == order.total_minor


def test_an_edited_order_is_told_as_it_is_now(medusa: MedusaShop) -> None:
    connector = medusa.connector()
    order = read(connector, medusa.order({"TOWEL": 2, "KETTLE-RED": 2}))
    towel, kettle = line_of(order, "TOWEL"), line_of(order, "KETTLE-RED")
    name = order.external_id

    medusa.ask("POST", "order-edits", {"order_id": name})
    medusa.ask("POST", f"order-edits/{name}/items/item/{towel}", {"quantity": 1})
    medusa.ask("POST", f"order-edits/{name}/items/item/{kettle}", {"quantity": 0})
    medusa.ask("POST", f"order-edits/{name}/request", {})
    medusa.ask("POST", f"order-edits/{name}/confirm", {})
    after = read(connector, name)

    assert [(line.external_id, line.quantity) for line in after.lines] == [(towel, 1000)]
    assert (after.total_minor, after.payment_state) == (11895, "unpaid")


def test_a_draft_is_neither_an_order_nor_gone(medusa: MedusaShop) -> None:
    connector = medusa.connector()
    said = {"region_id": medusa.ids["region"], "sales_channel_id": medusa.ids["channel"], "email": "per@example.com"}
    goods = [{"variant_id": medusa.ids["TOWEL"], "quantity": 1}, {"title": "Rebate", "quantity": 1, "unit_price": -10}]
    name = medusa.ask("POST", "draft-orders", said | {"items": goods})["draft_order"]["id"]

    before = connector.fetch_orders_by_id([name, "order_unheard_of"])
    medusa.ask("POST", f"draft-orders/{name}/convert-to-order", {})
    order = read(connector, name)

    assert (before.slices, before.gone) == ((), ("order_unheard_of",))
    assert [line.sku for line in order.lines] == ["TOWEL"]
    assert [(part.title, part.amount_minor) for part in order.adjustments if part.kind == "discount"] == [("Rebate", 1000)]


def test_orders_of_another_sales_channel_are_left_alone(medusa: MedusaShop) -> None:
    other = medusa.ask("POST", "sales-channels", {"name": "Market"})["sales_channel"]["id"]
    start = now(medusa.connector())
    name = medusa.order({"TOWEL": 1})

    assert name in pulled(medusa.connector(sales_channel=medusa.ids["channel"]), start)
    assert pulled(medusa.connector(sales_channel=other), start) == {}


def test_a_wrong_key_is_an_auth_error(medusa: MedusaShop) -> None:
    with pytest.raises(AuthError):
        medusa.connector(secret_key="sk_wrong").identify()


def test_a_listed_day_tells_what_the_orders_tell_whatever_came_back(medusa: MedusaShop) -> None:
    connector = medusa.connector()
    start = after_a_pause(connector)
    sold = [read(connector, medusa.order({"TOWEL": count, "KETTLE-RED": 2})) for count in range(1, 6)]
    plain, refunded, returned, cancelled, partly = sold
    for order in (refunded, returned, cancelled, partly):
        medusa.capture(order)
    medusa.refund(refunded, "20.10")
    medusa.pack(returned, "KETTLE-RED", 2)
    medusa.take_back(returned, "KETTLE-RED", 1)
    medusa.ask("POST", f"orders/{cancelled.external_id}/cancel", {})
    medusa.pack(partly, "TOWEL", 5)
    medusa.take_back(partly, "TOWEL", 2)
    medusa.refund(partly, "159.90")

    day = Window(start, now(connector) + timedelta(seconds=1))
    listed = {each.external_id: each for page in connector.list_day(day) for each in page}

    told = [read(connector, order.external_id) for order in sold]
    assert listed == {order.external_id: listed_as(order) for order in told}
    assert [order.total_minor for order in told] == [order.total_minor for order in sold]
    assert listed[plain.external_id].refunds == 0
    assert list(connector.list_day(Window(start - timedelta(days=3), start - timedelta(days=2)))) == [()]


def listed_as(order: Order) -> ListedOrder:
    """The order as a list of its day should tell it."""
    back = sum(refund.amount_minor for refund in order.refunds)
    return ListedOrder(order.external_id, order.placed_at, order.currency, order.total_minor, back, len(order.refunds))
