"""Reading Vendure's lists: nothing is lost when rows move, the sweep finds what no clock shows, and every error has its own end."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import RawPage, Window
from connectors.registry import connect
from connectors.vendure.connector import Vendure
from model.errors import AuthError, ConfigError, ContractError, TransientError

Json = dict[str, Any]

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=1))
BEFORE, INSIDE, AFTER = "2026-02-01T00:00:00.000Z", "2026-03-01T00:30:00.000Z", "2026-03-01T05:00:00.000Z"
DATE = {"Date": "Sun, 01 Mar 2026 02:00:00 GMT"}
REFUSED = {"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}], "data": None}


@dataclass
class Shop:
    """A remote that pages by skip and take over rows that tests move while they are read."""

    rows: dict[int, str]
    """id -> updatedAt."""
    parcels: dict[int, str] = field(default_factory=dict[int, str])
    """id -> updatedAt of a fulfilment."""
    precision: int = 2
    page: int = 25
    lists: list[Json] = field(default_factory=list[Json])
    tokens: list[str] = field(default_factory=list[str])
    logins: int = 0
    before: Callable[["Shop"], None] = lambda _: None
    """Run before each page is cut."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        body: Json = json.loads(request.content)
        if "login(" in body["query"]:
            return self.login(body["variables"])
        if "vendure-api-key" not in request.headers and request.headers.get("authorization") not in {f"Bearer {t}" for t in self.tokens}:
            return httpx.Response(200, json=REFUSED)
        if "activeChannel" in body["query"]:
            return httpx.Response(200, json={"data": {"activeChannel": {"code": "main", "token": "t0k"}}}, headers=DATE)
        if "query Order(" in body["query"]:
            return httpx.Response(200, json={"data": {"order": {"id": "77"} if body["variables"]["id"] == "77" else None}})
        return httpx.Response(200, json={"data": self.orders(body["variables"]["options"])})

    def login(self, variables: Json) -> httpx.Response:
        self.logins += 1
        if variables["password"] != "right":
            return httpx.Response(200, json={"data": {"login": {"__typename": "InvalidCredentialsError"}}})
        self.tokens.append(f"session-{self.logins}")
        return httpx.Response(200, json={"data": {"login": {}}}, headers={"vendure-auth-token": self.tokens[-1]})

    def orders(self, options: Json) -> Json:
        self.lists.append(options)
        self.before(self)
        found = sorted(row for row in self.rows if self.matches(row, options["filter"]))
        skip, take = options.get("skip", 0), min(options["take"], self.page)
        rows = [self.row(row) for row in found[skip : skip + take]]
        return {
            "globalSettings": {"serverConfig": {"moneyStrategyPrecision": self.precision}},
            "orders": {"totalItems": len(found), "items": rows},
        }

    def matches(self, row: int, sought: Json) -> bool:
        if "id" in sought:
            return str(row) in sought["id"]["in"]
        span = sought.get("updatedAt", {}).get("between")
        return span is None or span["start"] <= self.rows[row] <= span["end"]

    def row(self, row: int) -> Json:
        parcels = [{"updatedAt": self.parcels[row]}] if row in self.parcels else []
        return {"id": str(row), "payments": [{"updatedAt": BEFORE, "refunds": []}], "fulfillments": parcels}


def vendure(answer: Callable[[httpx.Request], httpx.Response], **settings: object) -> Vendure:
    wiring = Wiring(httpx.MockTransport(answer), Pause(sleep=lambda _: None, chance=lambda: 0))
    found = connect("vendure", {"url": "https://shop.example.com"} | (settings or {"api_key": "key"}), wiring)
    assert isinstance(found, Vendure)
    return found


def ids(pages: Iterable[RawPage]) -> list[int]:
    return [int(json.loads(raw)["id"]) for page in pages for raw in page.slices]


def test_changed_orders_come_whole_and_the_sweep_adds_those_whose_goods_moved() -> None:
    shop = Shop(dict.fromkeys(range(60), INSIDE) | dict.fromkeys(range(60, 130), BEFORE), parcels={70: INSIDE, 71: AFTER, 72: BEFORE})

    found = ids(vendure(shop.answer).fetch_orders(WINDOW, None))

    assert set(found) == {*range(60), 70}


@pytest.mark.parametrize("cut", [0, 1])
def test_moved_orders_are_not_taken_for_none_when_a_page_comes_short(cut: int) -> None:
    shop = Shop({1: BEFORE, 2: BEFORE}, parcels={1: INSIDE, 2: INSIDE})

    def answer(request: httpx.Request) -> httpx.Response:
        whole = shop.answer(request)
        told: Json = json.loads(whole.content)
        if b'"in"' in request.content:
            told["data"]["orders"]["items"] = told["data"]["orders"]["items"][:cut]
        return httpx.Response(200, json=told)

    with pytest.raises(TransientError, match="fewer than the shop says"):
        list(vendure(answer).fetch_orders(WINDOW, None))


def test_a_row_of_the_sweep_without_an_id_is_handed_on_to_be_set_aside() -> None:
    shop = Shop({1: BEFORE, 2: BEFORE})

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=shop.answer(request).content.replace(b'{"id":"1",', b'{"id":NaN,'))

    pages = list(vendure(answer).fetch_orders(WINDOW, None))

    assert [raw[:10] for page in pages for raw in page.slices] == [b'{"id":NaN,']


def test_rows_that_leave_the_list_while_it_is_read_shift_none_past_us() -> None:
    def twenty_leave(shop: Shop) -> None:
        shop.rows |= dict.fromkeys(range(20), AFTER) if len(shop.lists) == 2 else {}

    shop = Shop(dict.fromkeys(range(100), INSIDE), before=twenty_leave)

    assert set(range(20, 100)) <= set(ids(vendure(shop.answer).fetch_orders(WINDOW, None)))


def test_reading_steps_back_to_the_beginning_when_all_it_knew_has_left() -> None:
    def the_known_leave(shop: Shop) -> None:
        shop.rows |= dict.fromkeys(range(25), AFTER) if len(shop.lists) == 2 else {}

    shop = Shop(dict.fromkeys(range(60), INSIDE), before=the_known_leave)

    assert set(range(25, 60)) <= set(ids(vendure(shop.answer).fetch_orders(WINDOW, None)))


def test_reading_goes_on_after_a_crash_from_every_saved_token() -> None:
    shop = Shop(dict.fromkeys(range(90), INSIDE), parcels={5: INSIDE})
    connector = vendure(shop.answer)
    pages = list(connector.fetch_orders(WINDOW, None))

    for place, page in enumerate(pages[:-1], 1):
        rest = ids(connector.fetch_orders(WINDOW, page.resume))
        assert {*ids(pages[:place]), *rest} == set(range(90))


@pytest.mark.parametrize("twice", [1, 2])
def test_a_page_sent_twice_by_mistake_is_asked_again(twice: int) -> None:
    shop = Shop(dict.fromkeys(range(45), INSIDE))
    answers: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        answers.append(shop.answer(request).content)
        return httpx.Response(200, content=answers[-2 if len(answers) == twice + 1 else -1])

    assert set(ids(vendure(answer).fetch_orders(WINDOW, None))) == set(range(45))


def test_an_empty_page_that_promises_more_is_transient() -> None:
    shop = Shop(dict.fromkeys(range(9), INSIDE), page=0)

    with pytest.raises(TransientError, match="an empty page"):
        list(vendure(shop.answer).fetch_orders(WINDOW, None))


def test_an_unreadable_record_comes_as_it_is_and_costs_no_neighbour() -> None:
    shop = Shop(dict.fromkeys(range(3), INSIDE))

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=shop.answer(request).content.replace(b'{"id":"1",', b'{"id":"1","x":NaN,'))

    pages = list(vendure(answer).fetch_orders(WINDOW, None))

    assert len(pages[0].slices) == 3
    assert b"NaN" in pages[0].slices[1]


def test_the_whole_shop_leaves_out_sellers_shares_and_a_channel_does_not() -> None:
    shop = Shop({1: INSIDE})
    list(vendure(shop.answer).fetch_orders(WINDOW, None))
    list(vendure(shop.answer, api_key="key", channel_token="east").fetch_orders(WINDOW, None))

    assert [options["filter"].get("type") for options in shop.lists] == [{"notEq": "Seller"}, {"notEq": "Seller"}, None, None]


def test_the_sweep_looks_as_far_back_as_the_settings_say() -> None:
    shop = Shop({1: BEFORE})
    list(vendure(shop.answer, api_key="key", sweep_days=7).fetch_orders(WINDOW, None))

    assert shop.lists[-1]["filter"]["orderPlacedAt"]["between"]["start"] == "2026-02-22T00:00:00.000000Z"


def test_money_of_another_precision_is_a_broken_contract() -> None:
    with pytest.raises(ContractError, match="to 3 decimal places"):
        list(vendure(Shop({1: INSIDE}, precision=3).answer).fetch_orders(WINDOW, None))


def test_a_user_logs_in_once_for_many_requests() -> None:
    shop = Shop(dict.fromkeys(range(60), INSIDE))
    list(vendure(shop.answer, username="keeper", password="right").fetch_orders(WINDOW, None))

    assert shop.logins == 1


def test_a_session_the_shop_has_forgotten_is_opened_anew() -> None:
    shop = Shop({1: INSIDE})
    connector = vendure(shop.answer, username="keeper", password="right")
    connector.identify()
    shop.tokens.clear()

    assert connector.identify().fingerprint == "t0k"
    assert shop.logins == 2


def test_a_session_refused_by_status_is_opened_anew() -> None:
    shop, old = Shop({1: INSIDE}), "Bearer session-1"
    connector = vendure(
        lambda request: httpx.Response(401) if shop.lists and request.headers.get("authorization") == old else shop.answer(request),
        username="keeper",
        password="right",
    )
    connector.fetch_orders_by_id(["1"])

    assert len(connector.fetch_orders_by_id(["1"]).slices) == 1
    assert shop.logins == 2


def test_a_user_without_the_right_to_read_is_an_auth_error_after_one_login() -> None:
    shop = Shop({1: INSIDE})

    def answer(request: httpx.Request) -> httpx.Response:
        return shop.answer(request) if b"login(" in request.content else httpx.Response(200, json=REFUSED)

    with pytest.raises(AuthError):
        vendure(answer, username="keeper", password="right").identify()
    assert shop.logins == 1


@pytest.mark.parametrize("settings", [{"username": "keeper", "password": "wrong"}, {"username": "keeper", "password": "right"}])
def test_a_login_that_gives_no_session_is_an_auth_error(settings: dict[str, str]) -> None:
    with pytest.raises(AuthError, match="login"):
        vendure(lambda _: httpx.Response(200, json={"data": {"login": {}}}), **settings).identify()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_login_that_only_comes_at_a_bad_time_is_transient_and_tells_the_shops_wish(status: int) -> None:
    busy = httpx.Response(status, headers={"Retry-After": "900"})

    with pytest.raises(TransientError, match=str(status)) as caught:
        vendure(lambda _: busy, username="keeper", password="right").identify()
    assert caught.value.retry_after == 900


def test_a_login_is_tried_again_after_a_busy_moment() -> None:
    shop, calls = Shop({1: INSIDE}), list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(429) if len(calls) == 1 else shop.answer(request)

    assert vendure(answer, username="keeper", password="right").identify().fingerprint == "t0k"
    assert shop.logins == 1


def test_a_login_at_a_wrong_address_is_no_wrong_password() -> None:
    with pytest.raises(ContractError, match="404"):
        vendure(lambda _: httpx.Response(404), username="keeper", password="right").identify()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("FORBIDDEN", AuthError),
        ("INTERNAL_SERVER_ERROR", TransientError),
        ("USER_INPUT_ERROR", ContractError),
        ("", TransientError),
    ],
)
def test_data_that_comes_with_errors_is_not_used(code: str, error: type[Exception]) -> None:
    answer = {"data": Shop({1: INSIDE}).orders({"take": 1, "filter": {}}), "errors": [{"message": "x", "extensions": {"code": code}}]}

    with pytest.raises(error):
        list(vendure(lambda _: httpx.Response(200, json=answer)).fetch_orders(WINDOW, None))


def test_a_query_the_shop_does_not_know_is_a_broken_contract() -> None:
    refusal = {"errors": [{"message": "x", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}

    with pytest.raises(ContractError, match="400"):
        vendure(lambda _: httpx.Response(400, json=refusal)).identify()


@pytest.mark.parametrize("body", [b'{"data": {"orders"', b"<html>", b'{"data": null}', b'{"data": {"orders": 1}}'])
def test_an_answer_that_is_no_page_is_transient(body: bytes) -> None:
    with pytest.raises(TransientError):
        list(vendure(lambda _: httpx.Response(200, content=body)).fetch_orders(WINDOW, None))


def test_a_foreign_token_is_refused() -> None:
    with pytest.raises(ContractError, match="no token of this connector"):
        vendure(Shop({}).answer).fetch_orders(WINDOW, '{"page": 2}')


def test_orders_by_id_are_gone_only_when_the_shop_answers_null_to_each() -> None:
    lookup = vendure(Shop({1: INSIDE}).answer).fetch_orders_by_id(["1", "77", "404"])

    assert ids([RawPage(lookup.kind, lookup.slices, None)]) == [1]
    assert lookup.gone == ("404",)


def test_the_shop_counts_by_its_own_clock() -> None:
    assert vendure(Shop(dict.fromkeys(range(30), INSIDE) | {99: BEFORE}).answer).count_orders(WINDOW) == 30


def test_the_channel_and_its_clock_identify_the_shop() -> None:
    identity = vendure(Shop({}).answer).identify()

    assert (identity.fingerprint, identity.title, identity.now) == ("t0k", "main", datetime(2026, 3, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize("settings", [{"username": "keeper"}, {"api_key": "k", "username": "keeper", "password": "p"}, {"sweep_days": 3}])
def test_settings_name_exactly_one_way_in(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="give either api_key, or username and password"):
        vendure(Shop({}).answer, **settings)
