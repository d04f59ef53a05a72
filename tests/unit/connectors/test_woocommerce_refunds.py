"""Refunds of WooCommerce are read under their orders: none is missed, none is asked for twice, and each names order and currency."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.registry import connect
from connectors.woocommerce.connector import WooCommerce
from connectors.woocommerce.mapping_refund import read_order_refund
from model.errors import MalformedError, RejectedError
from model.records.payment import Refund
from model.values.instant import micros

WINDOW = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
MADE = "2026-03-01T08:00:00"

Document = dict[str, Any]


class Shop:
    """Orders with the ids of their refunds; what tests put into `odd` is answered in place of an order, a refund or a list."""

    def __init__(self, refunds: dict[int, list[int]]) -> None:
        self.refunds = refunds
        self.odd: dict[str, httpx.Response | str] = {}
        self.asked: list[str] = []
        self.before: Callable[[], None] = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        place, params = request.url.path.partition("/wc/v3/")[2], request.url.params
        self.asked.append(place)
        odd = self.odd.get(place)
        if isinstance(odd, httpx.Response):
            return odd
        if place == "orders":
            rows = [] if params["status"] == "trash" else [self.order(number) for number in sorted(self.refunds)]
        else:
            self.before()
            rows = [self.refund(number) for number in sorted(self.refunds[int(place.split("/")[1])])]
        offset, size = int(params["offset"]), int(params["per_page"])
        page = f"[{','.join(rows[offset : offset + size])}]"
        return httpx.Response(200, content=page, headers={"X-WP-Total": str(len(rows))})

    def order(self, number: int) -> str:
        stubs = [{"id": refund, "reason": "", "total": "-1.00"} for refund in self.refunds[number]]
        return str(self.odd.get(f"order {number}", json.dumps({"id": number, "currency": "EUR", "refunds": stubs})))

    def refund(self, number: int) -> str:
        return str(self.odd.get(f"refund {number}", json.dumps({"id": number, "date_created_gmt": MADE, "amount": "1.00"})))

    def lists_of_refunds(self) -> list[str]:
        return [place for place in self.asked if place.endswith("/refunds")]


def slices(shop: Shop, size: int = 10) -> list[bytes]:
    settings = {"url": "https://shop.example.com", "consumer_key": "ck", "consumer_secret": "cs", "page_size": size}
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    connector = connect("woocommerce", settings, Wiring(httpx.MockTransport(shop), pause))
    assert isinstance(connector, WooCommerce)
    return [raw for page in connector.fetch_refunds(WINDOW, None) for raw in page.slices]


def refunds(shop: Shop, size: int = 10) -> list[Refund]:
    return [read_order_refund(raw, {}) for raw in slices(shop, size)]


def ids(shop: Shop) -> list[str | None]:
    return [WooCommerce.external_id_in(raw) for raw in slices(shop)]


@pytest.mark.parametrize("size", [5, 7, 10, 100])
def test_every_refund_of_every_order_is_read_in_pages_of_any_size(size: int) -> None:
    shop = Shop({order: list(range(1000 * order, 1000 * order + order)) for order in range(1, 24)})

    read = refunds(shop, size)

    assert [(int(each.order_external_id), int(each.external_id)) for each in read] == [
        (order, refund) for order, listed in shop.refunds.items() for refund in listed
    ]


def test_an_order_without_refunds_is_not_asked_for_any() -> None:
    shop = Shop({1: [], 2: [21], 3: [0]})

    refunds(shop)

    assert shop.lists_of_refunds() == ["orders/2/refunds"]


def test_an_order_that_two_pages_share_is_asked_once() -> None:
    shop = Shop({order: [100 + order] for order in range(1, 31)})

    refunds(shop, 10)

    assert len(shop.lists_of_refunds()) == len(set(shop.lists_of_refunds())) == 30


def test_a_refund_has_the_order_it_was_read_under_its_currency_and_a_version() -> None:
    [read] = refunds(Shop({7: [71]}))

    assert (read.order_external_id, read.currency, read.amount_minor, read.is_outline) == ("7", "EUR", 100, False)
    assert read.source_version == micros(datetime(2026, 3, 1, 8, tzinfo=UTC))


def test_a_refund_that_is_deleted_while_its_neighbours_are_read_costs_none_of_them() -> None:
    shop = Shop({7: list(range(100, 140))})

    def delete() -> None:
        shop.refunds[7] = shop.refunds[7] if len(shop.lists_of_refunds()) != 3 else shop.refunds[7][6:]

    shop.before = delete
    read = {int(each.external_id) for each in refunds(shop)}

    assert set(range(106, 140)) <= read


@pytest.mark.parametrize("code", ["woocommerce_rest_invalid_order_id", "woocommerce_rest_shop_order_invalid_id"])
def test_an_order_that_is_gone_meanwhile_has_no_refunds(code: str) -> None:
    shop = Shop({1: [11], 2: [21]})
    shop.odd["orders/1/refunds"] = httpx.Response(404, json={"code": code, "message": "Invalid ID.", "data": {"status": 404}})

    assert ids(shop) == ["21"]


def test_any_other_refusal_stops_the_reading() -> None:
    shop = Shop({1: [11], 2: [21]})
    shop.odd["orders/1/refunds"] = httpx.Response(404, json={"code": "rest_no_route", "message": "No route.", "data": {"status": 404}})

    with pytest.raises(RejectedError, match="rest_no_route"):
        slices(shop)


def test_an_order_of_which_nothing_can_be_read_but_its_id_is_asked_for_refunds_all_the_same() -> None:
    shop = Shop({1: [11], 2: [21]})
    shop.odd["order 1"] = '{"id": 1, "currency": 5, "refunds": {}}'

    read = slices(shop)

    assert [WooCommerce.external_id_in(raw) for raw in read] == ["11", "21"]
    with pytest.raises(MalformedError, match="currency"):
        read_order_refund(read[0], {})


def test_an_order_without_an_id_is_given_out_to_be_set_aside() -> None:
    shop = Shop({1: [11], 2: [21]})
    shop.odd["order 1"] = '{"currency": "EUR", "refunds": [{"id": 11}]}'

    given = slices(shop)

    assert [WooCommerce.external_id_in(raw) for raw in given] == [None, "21"]
    with pytest.raises(MalformedError):
        read_order_refund(given[0], {})


def test_a_refund_that_cannot_be_read_is_given_out_under_its_id() -> None:
    shop = Shop({1: [11, 12]})
    shop.odd["refund 11"] = '{"id": 11, "amount": NaN}'

    given = slices(shop)

    assert [WooCommerce.external_id_in(raw) for raw in given] == ["11", "12"]
    with pytest.raises(MalformedError):
        read_order_refund(given[0], {})


def enveloped(refund: Document, **told: object) -> bytes:
    document: Document = {"id": 71, "date_created_gmt": MADE, "amount": "1.00", **refund}
    return json.dumps({"id": 71, "order_id": 7, "currency": "EUR", "refund": document} | told).encode()


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (enveloped({"id": 72}), r"refund\.id: is not the id it was read by"),
        (enveloped({"parent_id": 8}), r"refund\.parent_id: is not the order"),
        (
            enveloped({"_links": {"up": [{"href": "https://shop.example.com/wp-json/wc/v3/orders/8"}]}}),
            r"refund\.parent_id: is not the order",
        ),
        (enveloped({"currency": "USD"}), r"refund\.currency: is not that of its order"),
        (enveloped({"amount": ""}), "amount: is empty"),
        (enveloped({}, currency=None), "currency: "),
        (enveloped({}, currency="ZZZ"), "currency: 'ZZZ' is not a current"),
        (enveloped({}, order_id=None), "order_id: "),
    ],
)
def test_a_refund_that_belongs_to_something_else_is_refused_by_name(raw: bytes, place: str) -> None:
    with pytest.raises(MalformedError, match=f"^{place}"):
        read_order_refund(raw, {})


def test_what_a_refund_says_of_itself_may_agree() -> None:
    up = {"up": [{"href": "https://shop.example.com/wp-json/wc/v3/orders/7"}]}

    record = read_order_refund(enveloped({"parent_id": 7, "currency": "EUR", "_links": up}), {})

    assert (record.order_external_id, record.currency) == ("7", "EUR")
