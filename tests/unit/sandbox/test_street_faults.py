"""The fault dial: each fault does what its name says, nothing is hidden for ever, calm means calm."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias

import httpx
import pytest

from sandbox import tamper
from sandbox.dial import LATE_ROWS, PROFILES, profile_of
from sandbox.exchange import Answer
from sandbox.faults import FAULTS, ONLY_AT
from sandbox.shop import turn
from sandbox.story import dice

if TYPE_CHECKING:
    from tests.unit.sandbox.conftest import Open, Visit

ASK = """{ orders(first: 20) { pageInfo { hasNextPage endCursor } nodes { id name currencyCode updatedAt
  totalPriceSet { shopMoney { amount currencyCode } } lineItems(first: 5) { nodes { quantity title } } } } }"""


Ask: TypeAlias = "Callable[[Visit], httpx.Response]"


def ask_woo(shop: Visit) -> httpx.Response:
    return shop.woo("orders", per_page=20, orderby="id", order="asc")


def ask_shopify(shop: Visit) -> httpx.Response:
    return shop.shopify(ASK)


def ask_square(shop: Visit) -> httpx.Response:
    return shop.search(limit=20)


ASKS = (ask_woo, ask_shopify, ask_square)


def outcomes(shop: Visit, ask: Ask, times: int = 40) -> list[httpx.Response | httpx.TransportError]:
    def once() -> httpx.Response | httpx.TransportError:
        try:
            return ask(shop)
        except httpx.TransportError as error:
            return error

    return [once() for _ in range(times)]


def answers(shop: Visit, ask: Ask, times: int = 40) -> list[httpx.Response]:
    return [one for one in outcomes(shop, ask, times) if isinstance(one, httpx.Response)]


def test_without_faults_nothing_goes_wrong(visit: Open) -> None:
    shop = visit(orders=90)

    assert {answer.status_code for ask in ASKS for answer in answers(shop, ask)} == {200}
    assert not shop.street.hits


def test_the_same_faults_meet_the_same_requests(visit: Open) -> None:
    one, other = (visit(folder, orders=90, faults="all") for folder in ("one", "other"))

    stories = [[str(type(met)) + str(getattr(met, "status_code", "")) for met in outcomes(shop, ask_woo)] for shop in (one, other)]

    assert stories[0] == stories[1]
    assert one.street.hits == other.street.hits


def test_mild_is_rare_and_all_is_often(visit: Open) -> None:
    mild, everything = visit("mild", orders=30, faults="mild"), visit("all", orders=30, faults="all")

    for shop in (mild, everything):
        outcomes(shop, ask_woo, 200)

    assert 1 <= sum(mild.street.hits.values()) <= 30
    assert 30 <= sum(count for (name, _), count in everything.street.hits.items() if name != LATE_ROWS) <= 90


def test_all_holds_every_fault_but_the_looping_token() -> None:
    assert set(PROFILES["all"].names) == {*FAULTS, LATE_ROWS} - {"looping_token"}


def test_an_unknown_fault_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="nobody knows earthquake"):
        profile_of("status_500, earthquake")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_broken_server_answers_with_its_status_sometimes_in_html(visit: Open, status: int) -> None:
    broken = [one for one in answers(visit(orders=30, faults=f"status_{status}"), ask_woo, 60) if one.status_code != 200]

    assert {one.status_code for one in broken} == {status}
    assert {one.headers["content-type"].partition(";")[0] for one in broken} == {"application/json", "text/html"}


def in_a_moment(text: str) -> bool:
    return text in {"0", "1"}


def at_a_date(text: str) -> bool:
    return 0 <= (parsedate_to_datetime(text) - datetime(2026, 11, 1, 12, tzinfo=UTC)).total_seconds() <= 1


def at_no_time(text: str) -> bool:
    return not re.fullmatch(r"\d{1,9}", text)


@pytest.mark.parametrize(
    ("fault", "means"),
    [
        ("rate_limited_seconds", in_a_moment),
        ("rate_limited_date", at_a_date),
        ("rate_limited_garbage", at_no_time),
    ],
)
@pytest.mark.parametrize("ask", ASKS)
def test_too_many_requests_say_when_to_come_back(visit: Open, fault: str, means: Callable[[str], bool], ask: Ask) -> None:
    limited = [one for one in answers(visit(orders=30, faults=fault), ask) if one.status_code == 429]

    assert len(limited) >= 5
    assert all(means(one.headers["Retry-After"]) for one in limited)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("connection_refused", httpx.ConnectError),
        ("connection_reset", httpx.RemoteProtocolError),
        ("read_timeout", httpx.ReadTimeout),
        ("cut_body", httpx.RemoteProtocolError),
    ],
)
def test_a_failing_network_is_an_httpx_error(visit: Open, fault: str, error: type[httpx.TransportError]) -> None:
    met = [one for one in outcomes(visit(orders=30, faults=fault), ask_woo) if isinstance(one, httpx.TransportError)]

    assert len(met) >= 5
    assert {type(one) for one in met} == {error}


def test_a_proxy_page_comes_with_status_200(visit: Open) -> None:
    pages = [one for one in answers(visit(orders=30, faults="html_page"), ask_square) if b"<html>" in one.content]

    assert len(pages) >= 5
    assert {one.status_code for one in pages} == {200}


@pytest.mark.parametrize(("fault", "code"), [("graphql_errors", "INTERNAL_SERVER_ERROR"), ("throttled", "THROTTLED")])
def test_graphql_fails_with_status_200(visit: Open, fault: str, code: str) -> None:
    failed = [one.json() for one in answers(visit(orders=30, faults=fault), ask_shopify) if "errors" in one.json()]

    assert {one["errors"][0]["extensions"]["code"] for one in failed} == {code}


def strict(text: bytes) -> object:
    """Reads JSON as a careful reader does: no doubled key, no NaN, no endless number, no broken text."""

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(found)) != len(found):
            raise ValueError("a key came twice")
        return dict(found)

    def constant(word: str) -> object:
        raise ValueError(f"{word} is no number")

    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("spoil", [tamper.not_a_number, tamper.duplicate_key, tamper.five_thousand_digits])
def test_some_damage_is_no_readable_json(visit: Open, ask: Ask, spoil: Callable[[Answer, random.Random], Answer]) -> None:
    body = ask(visit(orders=60)).content

    spoilt = spoil(Answer(200, {}, body), dice("throw", 1)).body

    assert (spoilt.count(b"{"), spoilt.count(b"[")) == (spoilt.count(b"}"), spoilt.count(b"]"))
    with pytest.raises(ValueError, match=r"came twice|no number|integer string conversion"):
        strict(spoilt)


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    ("spoil", "trace"),
    [
        (tamper.wrong_currency, rb'"ZZZ"'),
        (tamper.negative_quantity, rb'"quantity":"?-\d'),
        (tamper.lone_surrogate, rb'":"\\ud83d[^\\]'),
        (tamper.nul_character, rb"\\u0000"),
        (tamper.unknown_field, rb'\{"street_new_field":"2027-01",'),
        (tamper.unknown_object, rb'\{"street_new_object":\{"parts":'),
    ],
)
def test_other_damage_reads_well_and_means_ill(
    visit: Open, ask: Ask, spoil: Callable[[Answer, random.Random], Answer], trace: bytes
) -> None:
    body = ask(visit(orders=60)).content

    spoilt = spoil(Answer(200, {}, body), dice("throw", 3)).body

    assert strict(spoilt) != strict(body)
    assert len(re.findall(trace, spoilt)) == 1
    assert not re.search(trace, body)


@pytest.mark.parametrize("ask", ASKS)
def test_a_required_field_can_be_missing(visit: Open, ask: Ask) -> None:
    body = ask(visit(orders=60)).content
    names = (b'"currency":', b'"currencyCode":', b'"date_modified_gmt":', b'"updated_at":', b'"updatedAt":')

    spoilt = tamper.missing_field(Answer(200, {}, body), dice("throw", 2)).body

    assert strict(spoilt)
    assert sum(body.count(name) - spoilt.count(name) for name in names) == 1


def test_damage_finds_nothing_to_spoil_in_an_empty_page() -> None:
    empty = Answer(200, {}, b"[]")

    assert tamper.not_a_number(empty, dice("throw", 1)) is empty


@pytest.mark.parametrize("fault", ["unknown_field", "wrong_currency", "missing_field"])
@pytest.mark.parametrize("ask", ASKS)
def test_what_was_spoilt_is_well_when_read_again(visit: Open, fault: str, ask: Ask) -> None:
    shop = visit(orders=60, faults=fault)
    bodies = [one.content for one in answers(shop, ask, 30)]

    shop.street.calm()

    assert ask(shop).content in bodies
    assert len(set(bodies)) > 1


def test_an_empty_page_still_promises_more(visit: Open) -> None:
    shop = visit(orders=90, faults="empty_page")
    woo = [one for one in answers(shop, ask_woo) if not one.json()]
    shopify = [one.json()["data"]["orders"] for one in answers(shop, ask_shopify)]
    square = [one.json() for one in answers(shop, ask_square)]

    assert woo
    assert {one.headers["X-WP-Total"] for one in woo} == {"30"}
    assert any(one["pageInfo"]["hasNextPage"] and not one["nodes"] for one in shopify)
    assert any("cursor" in one and "orders" not in one for one in square)


def test_a_repeated_page_is_the_page_before() -> None:
    leaf = turn(list(range(9)), 3, 3, "page_repeated")

    assert (list(leaf.entries), leaf.more, leaf.next_start) == ([0, 1, 2], True, 3)


def test_a_looping_token_leads_back_to_its_own_page(visit: Open) -> None:
    pages = [one.json()["data"]["orders"] for one in answers(visit(orders=90, faults="looping_token"), ask_shopify)]

    assert any(one["pageInfo"]["hasNextPage"] and one["pageInfo"]["endCursor"] is None for one in pages)


def test_a_page_can_hold_an_order_twice(visit: Open) -> None:
    pages = [one.json()["orders"] for one in answers(visit(orders=90, faults="duplicate_order"), ask_square)]

    assert {len(page) - len({order["id"] for order in page}) for page in pages} == {0, 1}


def test_a_row_that_leaves_moves_the_rows_behind_it(visit: Open) -> None:
    shop = visit(orders=30, faults="row_left", channels=("woo-shop",))
    shop.clock.pass_by(hours=1)

    totals = [
        one.headers["X-WP-Total"]
        for one in (shop.woo("orders", modified_before="2026-11-01T13:00:00", dates_are_gmt="true") for _ in range(12))
    ]

    assert sorted(totals, reverse=True) == totals
    assert len(set(totals)) > 1


def test_a_row_can_be_inserted_while_a_list_is_read(visit: Open) -> None:
    shop = visit(orders=30, faults="row_inserted", channels=("woo-shop",))

    answers(shop, ask_woo, 12)

    assert len(shop.street.truth()["orders"]) == 30 + shop.street.hits["row_inserted", "woo:orders"] > 30


def test_a_bulk_edit_ties_many_orders_to_one_moment(visit: Open) -> None:
    shop = visit(orders=100, faults="many_ties", channels=("woo-shop",))
    shop.clock.pass_by(hours=1)
    answers(shop, ask_woo, 6)
    shop.street.calm()

    tied = shop.woo("orders", modified_after="2026-11-01T12:59:59", dates_are_gmt="true")

    assert int(tied.headers["X-WP-Total"]) >= 50


def test_a_late_row_shows_within_two_minutes(visit: Open) -> None:
    shop = visit(orders=300, faults="late_rows", channels=("woo-shop",))
    shop.clock.pass_by(hours=1)
    shop.street.touch(0.5)

    at_once = int(shop.woo("orders").headers["X-WP-Total"])
    shop.clock.pass_by(seconds=120)
    later = int(shop.woo("orders").headers["X-WP-Total"])

    assert at_once < later == 300


def test_a_late_row_is_found_by_its_id(visit: Open) -> None:
    shop = visit(orders=300, faults="late_rows", channels=("woo-shop",))
    shop.clock.pass_by(hours=1)
    shop.street.touch(1.0)
    listed = {order["id"] for page in (1, 2, 3) for order in shop.woo("orders", per_page=100, page=page).json()}

    hidden = [one["external_id"] for one in shop.street.truth()["orders"] if int(one["external_id"]) not in listed]

    assert hidden
    assert {shop.woo(f"orders/{one}").status_code for one in hidden} == {200}


def test_after_three_faults_in_a_row_an_endpoint_answers_well(visit: Open) -> None:
    statuses = [one.status_code for one in answers(visit(orders=30, faults="status_500"), ask_woo, 200)]

    runs = re.findall(r"5+", "".join(str(status)[0] for status in statuses))

    assert max(map(len, runs)) == 3


def test_faults_only_fall_where_they_make_sense(visit: Open) -> None:
    shop = visit(orders=60, faults="all")
    outcomes(shop, ask_square, 150)
    outcomes(shop, ask_woo, 150)

    assert all(endpoint in ONLY_AT.get(name, {endpoint}) for name, endpoint in shop.street.hits)
    assert {endpoint for _, endpoint in shop.street.hits} == {"square:orders/search", "woo:orders"}


def test_calm_ends_all_faults(visit: Open) -> None:
    shop = visit(orders=30, faults="all")

    shop.street.calm()

    assert {one.status_code for one in answers(shop, ask_woo, 60)} == {200}
    assert not shop.street.hits


@pytest.mark.parametrize("ask", ASKS)
def test_no_fault_hides_an_order_for_ever(visit: Open, ask: Ask) -> None:
    shop = visit(orders=45, faults="all")
    wanted = [one["external_id"] for one in shop.street.truth()["orders"] if one["channel"].startswith(ask.__name__[4:])]

    seen = b"".join(one.content for one in answers(shop, ask, 60))

    assert len(wanted) == 15
    assert all(one.encode() in seen for one in wanted)
