"""Reading orders from Shopify: paging, completion of nested lists, throttling, and failures inside answers of status 200."""

import copy
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors._kit import Wiring
from connectors._kit.http import ATTEMPTS, Pause
from connectors.capabilities import RawPage, Window
from connectors.shopify import CONNECTOR, queries
from connectors.shopify.connector import Settings
from connectors.shopify.paging import REBASE_AFTER, Place, changed_between, next_size
from model.errors import AuthError, ContractError, HubError, MalformedError, TransientError
from model.records.order import Order

RECORDINGS = Path(__file__).parents[3] / "connectors" / "shopify" / "recordings"
ORDERS: list[dict[str, Any]] = json.loads((RECORDINGS / "orders.json").read_text("utf-8"))
MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
DATE = "Sun, 22 Nov 2026 12:00:00 GMT"

Node = dict[str, Any]
Reply = Callable[[Node], Node | bytes | httpx.Response]


class Remote:
    """A remote that answers the queries given to it, one after the other; the last answer repeats."""

    def __init__(self, *replies: Reply | Node | bytes, **settings: object) -> None:
        self.replies = list(replies)
        self.asked: list[Node] = []
        self.headers: list[httpx.Headers] = []
        self.naps: list[float] = []
        values = {"url": "http://127.0.0.1:1/shopify", "access_token": SecretStr("token-of-own-making"), "returns": False, **settings}
        wiring = Wiring(httpx.MockTransport(self.answer), Pause(sleep=self.naps.append, chance=lambda: 0))
        self.connector = CONNECTOR(Settings.model_validate(values), wiring)

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append({"url": str(request.url), **body})
        self.headers.append(request.headers)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        told = reply(body["variables"]) if callable(reply) else reply
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        return httpx.Response(200, headers={"date": DATE}, content=content)

    def variables(self, name: str) -> list[object]:
        return [body["variables"].get(name) for body in self.asked]

    def pages(self, resume: str | None = None) -> list[RawPage]:
        return list(self.connector.fetch_orders(MARCH, resume))


def page(orders: Sequence[Node], cursor: str | None = None, points: int | None = None) -> Node:
    orders_page = {"pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}, "nodes": list(orders)}
    return {"data": {"orders": orders_page}, "extensions": {"cost": {"requestedQueryCost": points}}}


def failure(code: str | None, **extensions: object) -> Node:
    error = {"message": "Private prose about Lena Vogt", "extensions": {"code": code} if code else {}}
    return {"data": None, "errors": [error], "extensions": extensions}


def ids(pages: Sequence[RawPage]) -> list[str | None]:
    return [CONNECTOR.external_id_in(raw) for one in pages for raw in one.slices]


def test_every_page_is_given_and_only_the_last_ends_the_window() -> None:
    remote = Remote(page(ORDERS[:2], "c1"), page(ORDERS[2:4], "c2"), page(ORDERS[4:5]))

    pages = remote.pages()

    assert ids(pages) == ["8801001", "8801002", "8801003", "8801004", "8801005"]
    assert [one.resume is None for one in pages] == [False, False, True]
    assert remote.variables("after") == [None, "c1", "c2"]


def test_slices_are_the_vendors_own_bytes() -> None:
    remote = Remote(page(ORDERS[:1]))

    assert remote.pages()[0].slices == (json.dumps(ORDERS[0]).encode(),)


def test_the_window_is_asked_by_change_time_in_any_state_with_the_token_in_the_header() -> None:
    remote = Remote(page([]))

    remote.pages()

    assert remote.variables("query") == ["updated_at:>='2026-03-01T00:00:00Z' AND updated_at:<'2026-04-01T00:00:00Z' AND status:any"]
    assert remote.asked[0]["url"] == "http://127.0.0.1:1/shopify/admin/api/2026-07/graphql.json"
    assert remote.headers[0]["x-shopify-access-token"] == "token-of-own-making"


def test_a_window_between_two_seconds_is_widened_to_whole_ones() -> None:
    end = datetime(2026, 3, 1, 10, 0, 0, 1, tzinfo=UTC)

    assert changed_between("2026-03-01T09:00:00Z", end).endswith("updated_at:<'2026-03-01T10:00:01Z' AND status:any")
    assert Place.opening(Window(end, end), None).since == "2026-03-01T10:00:00Z"


def test_reading_goes_on_where_a_saved_token_stands() -> None:
    first = Remote(page(ORDERS[:2], "c1"), page(ORDERS[2:3]))
    token = next(first.connector.fetch_orders(MARCH, None)).resume
    second = Remote(page(ORDERS[2:3]))

    assert ids(second.pages(token)) == ["8801003"]
    assert second.variables("after") == ["c1"]


def test_a_token_of_another_hand_is_refused() -> None:
    with pytest.raises(ContractError, match=r"^resume: is no token"):
        Remote(page([])).pages("page 7")


def test_a_page_token_that_repeats_stops_the_connector() -> None:
    with pytest.raises(ContractError, match="page token repeats"):
        Remote(page(ORDERS[:1], "c1")).pages()


def test_a_page_that_is_answered_twice_does_no_harm() -> None:
    remote = Remote(page(ORDERS[:1], "c1"), page(ORDERS[:1], "c1"), page(ORDERS[1:2]))

    assert ids(remote.pages()) == ["8801001", "8801001", "8801002"]
    assert remote.variables("after") == [None, "c1", "c1"]


def test_a_nested_page_that_is_answered_twice_is_merged_once() -> None:
    shortened, behind = cut(ORDERS[5], "lineItems", keep=1)
    remote = Remote(page([shortened]), rest(behind[:1], "c1"), rest(behind[:1], "c1"), rest(behind[1:]))

    record = CONNECTOR.kinds["order"].read(remote.pages()[0].slices[0], {})

    assert record == CONNECTOR.kinds["order"].read(json.dumps(ORDERS[5]).encode(), {})


def test_an_empty_page_that_promises_more_is_asked_again() -> None:
    remote = Remote(page([], "c1"), page(ORDERS[:1]))

    assert ids(remote.pages()) == ["8801001"]
    assert remote.variables("after") == [None, None]


def test_the_stated_cost_sizes_the_next_page_up_to_the_settings() -> None:
    wide = Remote(page(ORDERS[:1], "c1", points=40), page([]))
    narrow = Remote(page(ORDERS[:1], "c1", points=40), page([]), page_size=50)
    silent = Remote(page(ORDERS[:1], "c1"), page([]))

    for remote in (wide, narrow, silent):
        remote.pages()

    assert [remote.variables("first") for remote in (wide, narrow, silent)] == [[4, 90], [4, 50], [4, 4]]


@pytest.mark.parametrize(
    ("asked", "points", "most", "size"), [(4, 838, 100, 4), (4, 5000, 100, 1), (4, 2.5, 250, 250), (4, 0, 100, 4), (4, None, 2, 2)]
)
def test_a_page_never_asks_for_more_than_the_points_allow(asked: int, points: float | None, most: int, size: int) -> None:
    assert next_size(asked, points, most) == size


def on(day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_a_long_search_is_begun_anew_at_its_last_row_before_the_vendor_ends_it() -> None:
    place = Place(since="2026-03-01T08:00:00Z", after="c9", rows=REBASE_AFTER - 1)

    assert place.following("c10", [on(9)], MARCH.end) == Place(since="2026-03-09T08:00:00Z")
    assert place.following("c10", [on(1)], MARCH.end) == Place(since="2026-03-01T08:00:00Z", after="c10", rows=REBASE_AFTER)
    assert place.following("c10", [None], MARCH.end).after == "c10"


@pytest.mark.parametrize(
    ("changed", "since"),
    [
        ([on(9), on(10), MARCH.end + timedelta(days=3)], "2026-03-10T08:00:00Z"),
        ([on(9), on(10), on(31, 23, 58)], "2026-03-10T08:00:00Z"),
        ([on(9), on(20), on(10)], None),
        ([MARCH.end + timedelta(days=3)], None),
    ],
    ids=["changed after the window", "changed just before its end", "out of order", "nothing else"],
)
def test_a_row_that_changed_after_it_was_indexed_carries_a_new_search_past_no_other(changed: list[datetime], since: str | None) -> None:
    place = Place(since="2026-03-01T08:00:00Z", after="c9", rows=REBASE_AFTER)

    following = place.following("c10", changed, MARCH.end)

    expected = Place(since=since) if since else Place(since=place.since, after="c10", rows=REBASE_AFTER + len(changed))
    assert following == expected


def test_throttling_waits_until_the_bucket_holds_the_points() -> None:
    cost = {"requestedQueryCost": 838, "throttleStatus": {"maximumAvailable": 1000.0, "currentlyAvailable": 238, "restoreRate": 100.0}}
    remote = Remote(failure("THROTTLED", cost=cost), page(ORDERS[:1]))

    assert ids(remote.pages()) == ["8801001"]
    assert remote.naps == [6]


def test_throttling_without_figures_waits_a_second() -> None:
    remote = Remote(failure("THROTTLED"), page([]))

    remote.pages()

    assert remote.naps == [1]


@pytest.mark.parametrize(
    ("reply", "error", "reason"),
    [
        (failure("ACCESS_DENIED"), AuthError, "ACCESS_DENIED; grant the app the scopes"),
        (failure("SHOP_INACTIVE"), AuthError, "SHOP_INACTIVE"),
        (failure("undefinedField"), ContractError, "undefinedField"),
        (failure("MAX_COST_EXCEEDED"), ContractError, "MAX_COST_EXCEEDED"),
        (failure("INTERNAL_SERVER_ERROR"), TransientError, "INTERNAL_SERVER_ERROR"),
        (failure(None), TransientError, "an error without code"),
        ({"errors": "Service unavailable"}, TransientError, "an error without code"),
        ({"data": None}, TransientError, "neither data nor errors"),
        ({"data": {}}, TransientError, "the orders are missing"),
        ({"data": {"orders": []}}, TransientError, "another shape"),
        (b"<html>Oops</html>", TransientError, "not readable JSON"),
        (json.dumps(page(ORDERS[:2])).encode()[:-400], TransientError, "ends in the middle"),
    ],
)
def test_a_failure_inside_an_answer_becomes_what_happens_next(reply: Node | bytes, error: type[HubError], reason: str) -> None:
    remote = Remote(reply)

    with pytest.raises(error, match=reason) as raised:
        remote.pages()

    assert "Lena" not in str(raised.value)
    assert len(remote.asked) == (ATTEMPTS if error is TransientError else 1)


def test_data_beside_errors_is_never_used() -> None:
    partial = {**page(ORDERS[:1]), "errors": failure("INTERNAL_SERVER_ERROR")["errors"]}
    remote = Remote(partial, page(ORDERS[:2]))

    assert ids(remote.pages()) == ["8801001", "8801002"]


def test_one_unreadable_order_costs_only_itself() -> None:
    broken = json.dumps(page(ORDERS[:3])).encode().replace(b'"8801002"', b"NaN").replace(b'"name": "#1002"', b'"name": NaN')

    slices = Remote(broken).pages()[0].slices

    assert [b"NaN" in raw for raw in slices] == [False, True, False]
    assert CONNECTOR.external_id_in(slices[1]) == "8801002"


def cut(order: Node, *path: str | int, keep: int) -> tuple[Node, list[Node]]:
    """The order with one nested connection cut after `keep` nodes, and the nodes behind the cut."""
    copied = copy.deepcopy(order)
    connection: Any = copied
    for step in path:
        connection = connection[step]
    nodes = connection["nodes"]
    connection["nodes"], connection["pageInfo"] = nodes[:keep], {"hasNextPage": True, "endCursor": f"after-{keep}"}
    return copied, nodes[keep:]


def rest(nodes: Sequence[Node], cursor: str | None = None) -> Node:
    return {"data": {"nodes": [{"rest": {"pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}, "nodes": list(nodes)}}]}}


NESTED: list[tuple[Node, tuple[str | int, ...], str]] = [
    (ORDERS[2], ("lineItems",), "gid://shopify/Order/8801003"),
    (ORDERS[0], ("shippingLines",), "gid://shopify/Order/8801001"),
    (ORDERS[0], ("fulfillments", 0, "fulfillmentLineItems"), "gid://shopify/Fulfillment/6001"),
    (ORDERS[3], ("refunds", 0, "refundLineItems"), "gid://shopify/Refund/5031"),
    (ORDERS[3], ("refunds", 0, "transactions"), "gid://shopify/Refund/5031"),
]


@pytest.mark.parametrize(("order", "path", "owner"), NESTED, ids=[str(path[-1]) for _, path, _ in NESTED])
def test_a_nested_list_that_goes_on_is_read_to_its_end(order: Node, path: tuple[str | int, ...], owner: str) -> None:
    shortened, behind = cut(order, *path, keep=0)
    remote = Remote(page([shortened]), rest(behind[:1], "more"), rest(behind[1:]))

    raw = remote.pages()[0].slices[0]

    assert CONNECTOR.kinds["order"].read(raw, {}) == CONNECTOR.kinds["order"].read(json.dumps(order).encode(), {})
    assert remote.asked[1]["variables"] == {"id": owner, "after": "after-0"}
    assert remote.asked[2]["variables"] == {"id": owner, "after": "more"}
    assert remote.asked[1]["query"] == queries.RESTS[str(path[-1])]
    assert b'"hasNextPage":true' not in raw


def test_returns_are_fetched_for_orders_that_have_any() -> None:
    order = copy.deepcopy(ORDERS[3])
    returns = order.pop("returns")["nodes"]
    remote = Remote(page([ORDERS[0], order]), rest(returns), returns=True)

    record = CONNECTOR.kinds["order"].read(remote.pages()[0].slices[1], {})

    assert isinstance(record, Order)
    assert [one.external_id for one in record.returns] == ["3031"]
    assert [body["query"] == queries.RESTS["returns"] for body in remote.asked] == [False, True]


def test_returns_stay_unread_where_the_settings_say_so() -> None:
    remote = Remote(page(ORDERS[3:4]))

    remote.pages()

    assert len(remote.asked) == 1


@pytest.mark.parametrize(
    ("replies", "error", "reason"),
    [
        ([rest([ORDERS[2]["lineItems"]["nodes"][0]], "after-1")], ContractError, "lineItems: the page token repeats"),
        ([rest([], "more")], TransientError, "more rows are promised"),
        ([{"data": {"nodes": [None]}}], TransientError, "gone while it was read"),
        ([failure("ACCESS_DENIED")], AuthError, "ACCESS_DENIED"),
        ([b"<html>"], TransientError, "not readable"),
    ],
)
def test_a_nested_list_that_cannot_be_finished_is_never_cut(replies: list[Node | bytes], error: type[HubError], reason: str) -> None:
    shortened, _ = cut(ORDERS[2], "lineItems", keep=1)

    with pytest.raises(error, match=reason):
        Remote(page([shortened]), *replies).pages()


@pytest.mark.parametrize(
    ("told", "broken", "reason"),
    [
        (b'"sku":', b'"sku": "other", "sku":', "duplicate key"),
        (b'"quantity": 2', b'"quantity": NaN', "expected value"),
        (b'"hasNextPage": false', b'"hasNextPage": "no"', "field required"),
    ],
    ids=["a key told twice", "NaN", "another shape"],
)
def test_a_nested_page_that_cannot_be_read_costs_only_its_own_order(told: bytes, broken: bytes, reason: str) -> None:
    shortened, behind = cut(ORDERS[2], "lineItems", keep=0)
    further = json.dumps(rest([{**behind[0], "quantity": 2}])).encode()
    assert told in further

    remote = Remote(page([ORDERS[0], shortened, ORDERS[1]]), further.replace(told, broken, 1))
    before, bad, after = remote.pages()[0].slices

    with pytest.raises(MalformedError, match=reason):
        CONNECTOR.kinds["order"].read(bad, {})
    assert CONNECTOR.external_id_in(bad) == "8801003"
    assert [CONNECTOR.external_id_in(raw) for raw in (before, after)] == ["8801001", "8801002"]


def test_numbers_of_a_completed_order_stay_as_they_were_written() -> None:
    shortened, behind = cut(ORDERS[2], "lineItems", keep=1)
    listed = json.dumps(page([shortened | {"suite": 0}])).encode().replace(b'"suite": 0', b'"suite": 0.12345678901234567890')

    raw = Remote(listed, rest(behind)).pages()[0].slices[0]

    assert b'"suite":0.12345678901234567890' in raw


def test_an_unreadable_order_is_handed_on_as_it_is() -> None:
    shortened, _ = cut(ORDERS[2], "lineItems", keep=1)
    doubled = json.dumps(page([shortened])).encode().replace(b'"note": null', b'"note": null, "note": "two"')

    raw = Remote(doubled).pages()[0].slices[0]

    assert raw.count(b'"note"') == 2


def test_orders_by_id_are_given_and_null_is_gone() -> None:
    remote = Remote({"data": {"nodes": [ORDERS[0], None, ORDERS[1]]}})

    found = remote.connector.fetch_orders_by_id(["8801001", "1", "gid://shopify/Order/8801002"])

    assert [CONNECTOR.external_id_in(raw) for raw in found.slices] == ["8801001", "8801002"]
    assert found.gone == ("1",)
    assert remote.variables("ids") == [["gid://shopify/Order/8801001", "gid://shopify/Order/1", "gid://shopify/Order/8801002"]]


def test_many_ids_are_asked_in_affordable_portions() -> None:
    remote = Remote(lambda variables: {"data": {"nodes": [None for _ in variables["ids"]]}})

    found = remote.connector.fetch_orders_by_id([str(number) for number in range(10)])

    assert len(found.gone) == 10
    assert [len(body["variables"]["ids"]) for body in remote.asked] == [4, 4, 2]


def test_fewer_answers_than_ids_never_mean_gone() -> None:
    with pytest.raises(TransientError, match="2 orders asked, 1 answered"):
        Remote({"data": {"nodes": [None]}}).connector.fetch_orders_by_id(["1", "2"])


def test_orders_are_counted_by_the_vendor() -> None:
    remote = Remote({"data": {"ordersCount": {"count": 42, "precision": "EXACT"}}})

    assert remote.connector.count_orders(MARCH) == 42


def test_a_count_at_its_limit_is_taken_in_halves() -> None:
    def told(count: int, precision: str) -> Node:
        return {"data": {"ordersCount": {"count": count, "precision": precision}}}

    remote = Remote(told(25_001, "AT_LEAST"), told(20_000, "EXACT"), told(19_000, "EXACT"))

    assert remote.connector.count_orders(MARCH) == 39_000
    assert remote.variables("query")[1:] == [
        "updated_at:>='2026-03-01T00:00:00Z' AND updated_at:<'2026-03-16T12:00:00Z' AND status:any",
        "updated_at:>='2026-03-16T12:00:00Z' AND updated_at:<'2026-04-01T00:00:00Z' AND status:any",
    ]


def test_a_count_of_one_second_is_taken_as_it_is_told() -> None:
    remote = Remote({"data": {"ordersCount": {"count": 25_001, "precision": "AT_LEAST"}}})

    assert remote.connector.count_orders(Window(MARCH.start, MARCH.start + timedelta(seconds=1))) == 25_001


def test_the_shop_says_who_and_when_it_is() -> None:
    remote = Remote({"data": {"shop": {"id": "gid://shopify/Shop/77", "name": "Own Shop"}}})

    identity = remote.connector.identify()

    assert (identity.fingerprint, identity.title) == ("gid://shopify/Shop/77", "Own Shop")
    assert identity.now == datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'{"id":"gid://shopify/Order/5010585911485","name"', "5010585911485"),
        (b'{"name": "x", "id": 820982911946154508, "email"', "820982911946154508"),
        (b'{"admin_graphql_api_id":"gid://shopify/Order/12"', "12"),
        (b'{"name":"nothing"', None),
        (b'{"name":"x","customer":{"id":"gid://shopify/Customer/9"},"total":NaN}', None),
        (b'{"customer":{"id":9},"id":12,"total":NaN}', "12"),
        (b'{"id":12,"id":13}', None),
    ],
)
def test_the_id_is_found_even_in_a_broken_slice(raw: bytes, found: str | None) -> None:
    assert CONNECTOR.external_id_in(raw) == found


@pytest.mark.parametrize(
    "address",
    [
        {},
        {"shop": "acme.myshopify.com", "url": "http://127.0.0.1:1"},
        {"shop": "acme.example.com"},
        {"url": "ftp://127.0.0.1"},
        {"url": "http://a@b"},
    ],
)
def test_settings_want_exactly_one_good_address(address: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"access_token": "secret", **address})


def test_a_shop_by_name_is_asked_at_its_own_host() -> None:
    remote = Remote(page([]), url=None, shop="acme.myshopify.com")

    remote.pages()

    assert remote.asked[0]["url"] == "https://acme.myshopify.com/admin/api/2026-07/graphql.json"


def test_the_token_never_shows_in_the_settings() -> None:
    assert "secret" not in repr(Settings(shop="acme.myshopify.com", access_token=SecretStr("secret")))
