"""WooCommerce is read whole: over shifting pages, stale pages and cut answers."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import RawPage, Window
from connectors.registry import connect
from connectors.woocommerce.connector import WooCommerce
from model.errors import ContractError, RejectedError, TransientError

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1))
SETTINGS: dict[str, object] = {"url": "https://shop.example.com", "consumer_key": "ck", "consumer_secret": "cs", "page_size": 10}

Answering = Callable[[httpx.Request], httpx.Response]


class Shop:
    """Orders by id with their modification times, listed as WooCommerce lists them; `after` runs behind every list answer."""

    def __init__(self, ids: range) -> None:
        self.modified = {number: START + timedelta(hours=1) for number in ids}
        self.trash: set[int] = set()
        self.asked: list[httpx.QueryParams] = []
        self.after: Callable[[int], None] = lambda _: None
        self.spoil: Callable[[int, httpx.Response], httpx.Response] = lambda _, response: response

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/orders"):
            return self.list_orders(request.url.params)
        number = int(request.url.path.rpartition("/")[2])
        known = number in self.modified
        return httpx.Response(200, json=order(number)) if known else httpx.Response(404, json=GONE)

    def list_orders(self, params: httpx.QueryParams) -> httpx.Response:
        if params.get("status") == "trash":
            return self.list_trash(params)
        self.asked.append(params)
        rows = sorted(number for number in set(self.modified) - self.trash if self.is_in(params, number))
        offset, size = int(params.get("offset", 0)), int(params["per_page"])
        page = httpx.Response(200, json=[order(number) for number in rows[offset : offset + size]], headers={"X-WP-Total": str(len(rows))})
        page = self.spoil(len(self.asked), page)
        self.after(len(self.asked))
        return page

    def list_trash(self, params: httpx.QueryParams) -> httpx.Response:
        rows = sorted(number for number in self.trash if self.is_in(params, number))
        offset, size = int(params.get("offset", 0)), int(params["per_page"])
        page = [order(number) | {"status": "trash"} for number in rows[offset : offset + size]]
        return httpx.Response(200, json=page, headers={"X-WP-Total": str(len(rows))})

    def is_in(self, params: httpx.QueryParams, number: int) -> bool:
        if "include" in params:
            return str(number) in params["include"].split(",") and number < 900
        after, before = (datetime.fromisoformat(params[key]).replace(tzinfo=UTC) for key in ("modified_after", "modified_before"))
        return after < self.modified[number] < before


GONE = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}


def order(number: int) -> dict[str, object]:
    return {"id": number, "status": "processing", "total": "1.00"}


def shop_connector(answering: Answering, **settings: object) -> WooCommerce:
    pause = Pause(sleep=lambda _: None, chance=lambda: 0)
    found = connect("woocommerce", {**SETTINGS, **settings}, Wiring(httpx.MockTransport(answering), pause))
    assert isinstance(found, WooCommerce)
    return found


def ids_of(pages: Iterator[RawPage]) -> list[int]:
    return [int(WooCommerce.external_id_in(raw) or 0) for page in pages for raw in page.slices]


def test_every_order_of_the_window_is_read_and_only_the_last_page_ends_it() -> None:
    shop = Shop(range(1, 35))

    pages = list(shop_connector(shop).fetch_orders(WINDOW, None))

    assert sorted(set(ids_of(iter(pages)))) == list(range(1, 35))
    assert [page.resume is None for page in pages] == [False] * (len(pages) - 1) + [True]


def test_a_quiet_window_is_read_once_with_a_small_overlap() -> None:
    shop = Shop(range(1, 35))

    list(shop_connector(shop).fetch_orders(WINDOW, None))

    assert [asked["offset"] for asked in shop.asked] == ["0", "7", "14", "21", "28"]


def test_slices_are_the_shops_own_bytes() -> None:
    body = b'[ {"id":  7, "total" : "1.0"} ,{"id":8,"name":"\\u00fc"}]'
    connector = shop_connector(lambda _: httpx.Response(200, content=body, headers={"X-WP-Total": "2"}))

    page = next(connector.fetch_orders(WINDOW, None))

    assert page.slices == (b'{"id":  7, "total" : "1.0"}', b'{"id":8,"name":"\\u00fc"}')


def test_the_window_is_asked_one_second_wider_in_utc_and_by_ascending_id() -> None:
    shop = Shop(range(1, 3))

    list(shop_connector(shop).fetch_orders(WINDOW, None))

    asked = dict(shop.asked[0])
    assert (asked["modified_after"], asked["modified_before"]) == ("2026-02-28T23:59:59", "2026-03-02T00:00:01")
    assert (asked["dates_are_gmt"], asked["status"], asked["orderby"], asked["order"]) == ("true", "any", "id", "asc")


def test_an_order_at_the_very_first_second_of_the_window_is_read() -> None:
    shop = Shop(range(1, 2))
    shop.modified[1] = START

    assert ids_of(shop_connector(shop).fetch_orders(WINDOW, None)) == [1]


@pytest.mark.parametrize("leaving", [1, 4, 8, 25])
def test_no_row_is_lost_when_read_rows_leave_the_window(leaving: int) -> None:
    shop = Shop(range(1, 60))
    later = iter(range(1, 60))

    def leave(_: int) -> None:
        for _row in range(leaving):
            shop.modified[next(later, 1)] = WINDOW.end + timedelta(hours=1)

    shop.after = leave
    everything = set(range(1, 60))

    read = set(ids_of(shop_connector(shop).fetch_orders(WINDOW, None)))

    still_there = {number for number in everything if shop.modified[number] < WINDOW.end}
    assert still_there <= read


def test_a_row_that_enters_behind_us_is_found_by_reading_again() -> None:
    shop = Shop(range(10, 45))
    shop.after = lambda call: shop.modified.update({3: START} if call == 2 else {})

    assert 3 in ids_of(shop_connector(shop).fetch_orders(WINDOW, None))


def test_reading_goes_on_after_the_last_saved_page() -> None:
    shop = Shop(range(1, 35))
    connector = shop_connector(shop)
    first = next(connector.fetch_orders(WINDOW, None))

    rest = ids_of(connector.fetch_orders(WINDOW, first.resume))

    assert set(rest) | set(ids_of(iter([first]))) == set(range(1, 35))
    assert 1 not in rest


def test_rows_that_left_during_a_crash_shift_nothing_past_us() -> None:
    shop = Shop(range(1, 35))
    connector = shop_connector(shop)
    first = next(connector.fetch_orders(WINDOW, None))
    shop.modified.update(dict.fromkeys(range(1, 10), WINDOW.end + timedelta(days=1)))

    assert set(range(11, 35)) <= set(ids_of(connector.fetch_orders(WINDOW, first.resume)))


def test_a_page_served_twice_costs_no_row() -> None:
    shop = Shop(range(1, 35))
    served: list[httpx.Response] = []

    def stale(call: int, page: httpx.Response) -> httpx.Response:
        served.append(page)
        return served[0] if call in {2, 3} else page

    shop.spoil = stale

    assert set(ids_of(shop_connector(shop).fetch_orders(WINDOW, None))) == set(range(1, 35))
    assert [asked["offset"] for asked in shop.asked] == ["0", "7", "7", "7", "14", "21", "28"]


def test_a_shop_that_ignores_the_offset_is_stopped_and_not_believed() -> None:
    shop = Shop(range(1, 35))
    first_page = [order(number) for number in range(1, 11)]
    shop.spoil = lambda _, __: httpx.Response(200, json=first_page, headers={"X-WP-Total": "34"})

    with pytest.raises(ContractError, match=r"^orders: the shop promises 34"):
        list(shop_connector(shop).fetch_orders(WINDOW, None))


def test_a_shop_that_hides_a_row_is_read_to_the_end() -> None:
    shop = Shop(range(1, 25))
    shop.spoil = lambda _, page: httpx.Response(200, json=[row for row in page.json() if row["id"] != 15], headers={"X-WP-Total": "24"})

    assert set(ids_of(shop_connector(shop).fetch_orders(WINDOW, None))) == set(range(1, 25)) - {15}


def test_an_unreadable_row_keeps_its_place_and_its_neighbours() -> None:
    shop = Shop(range(1, 25))
    total = {"X-WP-Total": "24"}
    shop.spoil = lambda _, page: httpx.Response(200, content=page.content.replace(b'{"id":12,', b'{"nr":NaN,'), headers=total)

    slices = [raw for page in shop_connector(shop).fetch_orders(WINDOW, None) for raw in page.slices]

    assert any(raw.startswith(b'{"nr":NaN') for raw in slices)
    assert {WooCommerce.external_id_in(raw) for raw in slices} == {*map(str, range(1, 12)), *map(str, range(13, 25)), None}


def test_a_list_out_of_order_is_a_broken_promise() -> None:
    body = json.dumps([order(2), order(1)]).encode()
    connector = shop_connector(lambda _: httpx.Response(200, content=body, headers={"X-WP-Total": "2"}))

    with pytest.raises(ContractError, match="ascending order of id"):
        list(connector.fetch_orders(WINDOW, None))


@pytest.mark.parametrize(
    "bad",
    [
        httpx.Response(200, json=[], headers={"X-WP-Total": "24"}),
        httpx.Response(200, content=b'[{"id":1,"na', headers={"X-WP-Total": "24"}),
        httpx.Response(200, html="<h1>Briefly unavailable for scheduled maintenance</h1>", headers={"X-WP-Total": "24"}),
        httpx.Response(503, headers={"Retry-After": "1"}),
    ],
    ids=["empty", "cut", "html", "busy"],
)
def test_a_page_that_fails_once_is_asked_for_again(bad: httpx.Response) -> None:
    shop = Shop(range(1, 25))
    shop.spoil = lambda call, page: bad if call == 2 else page

    assert set(ids_of(shop_connector(shop).fetch_orders(WINDOW, None))) == set(range(1, 25))


def test_a_page_that_stays_empty_is_left_to_a_later_run() -> None:
    connector = shop_connector(lambda _: httpx.Response(200, json=[], headers={"X-WP-Total": "3"}))

    with pytest.raises(TransientError, match="an empty page at 0, although there are 3"):
        list(connector.fetch_orders(WINDOW, None))


@pytest.mark.parametrize("headers", [{}, {"X-WP-Total": "many"}])
def test_a_list_without_its_total_is_not_believed(headers: dict[str, str]) -> None:
    connector = shop_connector(lambda _: httpx.Response(200, json=[order(1)], headers=headers))

    with pytest.raises(ContractError, match="X-WP-Total is missing"):
        list(connector.fetch_orders(WINDOW, None))


@pytest.mark.parametrize("token", ["", "page=2", '{"offset":"x"}'])
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(ContractError, match=r"^resume: is no token"):
        list(shop_connector(Shop(range(1, 3))).fetch_orders(WINDOW, token))


def test_orders_in_the_trash_are_read_behind_the_others() -> None:
    shop = Shop(range(1, 35))
    shop.trash = set(range(3, 20))

    pages = list(shop_connector(shop).fetch_orders(WINDOW, None))

    trashed = {json.loads(raw)["id"] for page in pages for raw in page.slices if json.loads(raw)["status"] == "trash"}
    assert trashed == shop.trash
    assert set(ids_of(iter(pages))) == set(range(1, 35))


def test_reading_the_trash_goes_on_from_every_saved_token() -> None:
    shop = Shop(range(1, 35))
    shop.trash = set(range(3, 20))
    connector = shop_connector(shop)
    pages = list(connector.fetch_orders(WINDOW, None))

    for place, page in enumerate(pages[:-1], 1):
        rest = ids_of(connector.fetch_orders(WINDOW, page.resume))
        assert {*ids_of(iter(pages[:place])), *rest} == set(range(1, 35))


def test_ids_are_read_wherever_they_stand_in_a_record() -> None:
    shop = Shop(range(1, 35))

    def turned(_: int, page: httpx.Response) -> httpx.Response:
        rows = [{"meta": {"id": 999}, **dict(reversed(row.items()))} for row in page.json()]
        return httpx.Response(200, json=rows, headers={"X-WP-Total": page.headers["X-WP-Total"]})

    shop.spoil = turned

    assert set(ids_of(shop_connector(shop).fetch_orders(WINDOW, None))) == set(range(1, 35))
    assert [asked["offset"] for asked in shop.asked] == ["0", "7", "14", "21", "28"]


def test_a_shop_of_which_no_id_can_be_read_is_not_read_for_ever() -> None:
    shop = Shop(range(1, 35))
    shop.spoil = lambda _, page: httpx.Response(
        200, content=page.content.replace(b'"id":', b'"nr":'), headers={"X-WP-Total": page.headers["X-WP-Total"]}
    )

    with pytest.raises(ContractError, match="no order ids can be read"):
        list(shop_connector(shop).fetch_orders(WINDOW, None))


def test_an_empty_window_is_an_empty_page_of_each_list() -> None:
    pages = list(shop_connector(Shop(range(0))).fetch_orders(WINDOW, None))

    assert [page.slices for page in pages] == [(), ()]
    assert [page.resume is None for page in pages] == [False, True]


def test_orders_are_counted_without_being_read() -> None:
    shop = Shop(range(1, 35))
    shop.trash = {3, 4}

    assert shop_connector(shop).count_orders(WINDOW) == 34


def test_ids_are_found_in_the_list_or_alone_and_only_the_shop_calls_one_gone() -> None:
    shop = Shop(range(1, 25))
    shop.modified[950] = START  # in the trash: no list shows it

    found = shop_connector(shop).fetch_orders_by_id(["3", "950", "77", "24"])

    assert {WooCommerce.external_id_in(raw) for raw in found.slices} == {"3", "24", "950"}
    assert found.gone == ("77",)


def test_more_ids_than_a_page_holds_are_asked_for_in_turns() -> None:
    shop = Shop(range(1, 35))

    found = shop_connector(shop).fetch_orders_by_id([str(number) for number in range(1, 26)])

    assert len(found.slices) == 25
    assert [len(asked["include"].split(",")) for asked in shop.asked] == [10, 10, 5]


def test_a_wrong_address_is_not_taken_for_a_gone_order() -> None:
    lost = httpx.Response(404, json={"code": "rest_no_route"})
    empty = httpx.Response(200, json=[], headers={"X-WP-Total": "0"})
    connector = shop_connector(lambda request: empty if request.url.path.endswith("/orders") else lost)

    with pytest.raises(RejectedError, match="rest_no_route"):
        connector.fetch_orders_by_id(["3"])


def test_an_id_that_is_no_number_is_refused_before_it_is_sent() -> None:
    with pytest.raises(RejectedError, match="is no id of WooCommerce"):
        shop_connector(Shop(range(1))).fetch_orders_by_id(["../system_status"])
