"""The WooCommerce shop: lists, filters, sums and refusals as REST v3 gives them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open, Visit

WOO = ("woo-shop",)


def every(shop: Visit, **parameters: str | int) -> list[dict[str, Any]]:
    first = shop.woo("orders", per_page=100, orderby="id", order="asc", **parameters)
    pages = range(2, int(first.headers["X-WP-TotalPages"]) + 1)
    rest = (shop.woo("orders", per_page=100, orderby="id", order="asc", page=page, **parameters) for page in pages)
    return [order for answer in (first, *rest) for order in answer.json()]


def test_pages_hold_every_order_once_and_say_how_many_there_are(visit: Open) -> None:
    shop = visit(orders=250, channels=WOO)

    orders = every(shop)

    assert len({order["id"] for order in orders}) == len(orders) == 250
    assert shop.woo("orders", per_page=100).headers["X-WP-TotalPages"] == "3"


def test_links_lead_to_the_neighbouring_pages(visit: Open) -> None:
    shop = visit(orders=50, channels=WOO)

    links = shop.woo("orders", per_page=20, page=2).headers["Link"]

    assert 'page=1>; rel="prev"' in links
    assert 'page=3>; rel="next"' in links


def test_a_page_past_the_end_is_empty(visit: Open) -> None:
    answer = visit(orders=5, channels=WOO).woo("orders", page=9)

    assert (answer.status_code, answer.json()) == (200, [])


def test_an_offset_replaces_the_page(visit: Open) -> None:
    shop = visit(orders=30, channels=WOO)

    ids = [order["id"] for order in shop.woo("orders", orderby="id", order="asc", offset=7, per_page=3).json()]

    assert ids == [order["id"] for order in every(shop)][7:10]


def test_both_ends_of_a_span_of_changes_are_exclusive(visit: Open) -> None:
    shop = visit(orders=120, channels=WOO)
    moments = sorted({order["date_modified_gmt"] for order in every(shop)})
    first, last = moments[10], moments[-10]

    found = every(shop, modified_after=first, modified_before=last, dates_are_gmt="true")

    assert {order["date_modified_gmt"] for order in found} == set(moments[11:-10])


def test_dates_are_site_time_unless_said_to_be_gmt(visit: Open) -> None:
    shop = visit(orders=120, channels=WOO)
    order = every(shop)[60]
    local, gmt = order["date_created"], order["date_created_gmt"]

    by_local = every(shop, after=local)
    by_gmt = every(shop, after=gmt, dates_are_gmt="true")

    assert local != gmt
    assert [one["id"] for one in by_local] == [one["id"] for one in by_gmt]


@pytest.mark.parametrize("status", ["processing", "completed", "cancelled", "refunded", "on-hold", "failed", "pending"])
def test_every_status_occurs_and_filters(visit: Open, status: str) -> None:
    shop = visit(orders=300, channels=WOO)

    found = every(shop, status=status)

    assert {order["status"] for order in found} == {status}


def test_include_and_exclude_pick_by_id(visit: Open) -> None:
    shop = visit(orders=10, channels=WOO)
    ids = [order["id"] for order in every(shop)]

    included = every(shop, include=f"{ids[2]},{ids[5]}")
    excluded = every(shop, exclude=str(ids[0]))

    assert [order["id"] for order in included] == [ids[2], ids[5]]
    assert [order["id"] for order in excluded] == ids[1:]


def test_fields_cut_the_answer_down(visit: Open) -> None:
    orders = visit(orders=5, channels=WOO).woo("orders", _fields="id,status").json()

    assert {tuple(order) for order in orders} == {("id", "status")}


@pytest.mark.parametrize("parameter", ["per_page=101", "per_page=0", "orderby=price", "order=up", "status=odd", "after=soon"])
def test_a_parameter_that_makes_no_sense_is_refused(visit: Open, parameter: str) -> None:
    name, _, value = parameter.partition("=")

    answer = visit(orders=5, channels=WOO).woo("orders", **{name: value})

    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")


def test_parts_sum_to_the_total_without_tax_and_with_it(visit: Open) -> None:
    for order in every(visit(orders=300, channels=WOO)):
        lines, fees, shipping = order["line_items"], order["fee_lines"], order["shipping_lines"]
        net = sum(Decimal(part["total"]) for part in (*lines, *fees, *shipping))
        tax = sum(Decimal(part["total_tax"]) for part in (*lines, *fees, *shipping))
        by_rate = sum(Decimal(rate["tax_total"]) + Decimal(rate["shipping_tax_total"]) for rate in order["tax_lines"])

        assert (net + tax, tax, by_rate) == (Decimal(order["total"]), Decimal(order["total_tax"]), tax)
        assert Decimal(order["cart_tax"]) + Decimal(order["shipping_tax"]) == tax
        assert sum(Decimal(line["subtotal"]) - Decimal(line["total"]) for line in lines) == Decimal(order["discount_total"])


def test_refunds_of_a_refunded_order_sum_to_its_total(visit: Open) -> None:
    shop = visit(orders=300, channels=WOO)

    for order in every(shop, status="refunded"):
        refunds = shop.woo(f"orders/{order['id']}/refunds").json()
        assert sum(Decimal(refund["amount"]) for refund in refunds) == Decimal(order["total"])
        assert [refund["id"] for refund in refunds] == [stub["id"] for stub in order["refunds"]]
        assert sum(Decimal(stub["total"]) for stub in order["refunds"]) == -Decimal(order["total"])


def test_refunds_of_an_order_are_listed_in_pages_either_way(visit: Open) -> None:
    shop = visit(orders=300, channels=WOO)
    order = next(order for order in every(shop) if len(order["refunds"]) > 1)
    place, newest_first = f"orders/{order['id']}/refunds", [stub["id"] for stub in order["refunds"]]

    first = shop.woo(place, orderby="id", order="asc", per_page="1")
    second = shop.woo(place, orderby="id", order="asc", per_page="1", offset="1")

    assert [refund["id"] for refund in (*first.json(), *second.json())] == newest_first[:-3:-1]
    assert first.headers["x-wp-total"] == str(len(newest_first))
    assert shop.woo(place, orderby="title").status_code == shop.woo("orders/1/refunds").status_code - 4 == 400


def test_a_refund_is_the_sum_of_its_lines(visit: Open) -> None:
    shop = visit(orders=300, channels=WOO)
    refunded = [order["id"] for order in every(shop) if order["refunds"]]

    for refund in (refund for one in refunded for refund in shop.woo(f"orders/{one}/refunds").json()):
        parts = (*refund["line_items"], *refund["shipping_lines"], *refund["fee_lines"])
        stated = sum(Decimal(part["total"]) + Decimal(part["total_tax"]) for part in parts)
        assert -stated == Decimal(refund["amount"])


def test_the_mix_is_rich(visit: Open) -> None:
    orders = every(visit(orders=400, channels=WOO))
    skus = [[line["sku"] for line in order["line_items"]] for order in orders]

    assert {order["prices_include_tax"] for order in orders} == {True, False}
    assert {order["currency"] for order in orders} == {"EUR", "USD", "JPY", "KWD"}
    assert any(order["customer_id"] == 0 for order in orders)
    assert any(order["coupon_lines"] for order in orders)
    assert any(order["fee_lines"] for order in orders)
    assert any("" in one for one in skus)
    assert any(len(set(one)) < len(one) for one in skus)
    assert any(not order["billing"]["last_name"].isascii() for order in orders)
    assert all(order["billing"]["email"].rpartition("@")[2].startswith(("example.", "mail.example")) for order in orders)
    assert len(orders[0]) == 47


def test_an_unknown_order_is_not_found(visit: Open) -> None:
    answer = visit(orders=5, channels=WOO).woo("orders/7")

    assert (answer.status_code, answer.json()["code"]) == (404, "woocommerce_rest_shop_order_invalid_id")


def test_the_site_says_who_it_is(visit: Open) -> None:
    shop = visit(orders=5, channels=WOO)

    status, index = shop.woo("system_status").json(), shop.woo("").json()

    assert status["settings"]["currency"] == "EUR"
    assert status["environment"]["site_url"] == "https://woo.street.example"
    assert index["code"] == "rest_no_route"


def test_wrong_keys_are_refused_in_woocommerces_words(visit: Open) -> None:
    shop = visit(orders=5, channels=WOO)

    with httpx.Client(transport=shop.street.transport(), base_url="http://street/woo/wp-json/") as client:
        answers = [client.get("wc/v3/orders"), client.get("wc/v3/orders", auth=("ck_street", "wrong"))]
        index = client.get("")

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["code"] == "woocommerce_rest_cannot_view"
    assert answers[1].json()["code"] == "woocommerce_rest_authentication_error"
    assert "wc/v3" in index.json()["namespaces"]


def test_keys_may_come_in_the_query(visit: Open) -> None:
    shop = visit(orders=5, channels=WOO)

    with httpx.Client(transport=shop.street.transport()) as client:
        keys = {"consumer_key": "ck_street", "consumer_secret": "cs_street"}
        answer = client.get("http://street/woo/wp-json/wc/v3/orders", params=keys)

    assert answer.status_code == 200
