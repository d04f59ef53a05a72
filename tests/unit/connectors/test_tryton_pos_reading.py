"""What Tryton's tills are asked for, and what is made of answers that cannot be."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.tryton_pos import CONNECTOR
from connectors.tryton_pos.connector import Settings, TrytonPos
from model.errors import ConfigError, ContractError, RejectedError, TransientError

WINDOW = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, 3, 4, 5, 678, tzinfo=UTC))
COMPANY = [{"id": 7, "rec_name": "Rosenhof GmbH", "currency.": {"id": 1, "code": "EUR"}}]

Answer = Callable[[list[Any]], object]


def till(asked: list[dict[str, Any]], **answers: Answer) -> TrytonPos:
    """A connector whose Tryton answers calls by the last part of their name; an error is told as Tryton tells it."""

    def answer(request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        asked.append(call)
        name = call["method"].rpartition(".")[2]
        if name == "login":
            return httpx.Response(200, json={"id": 1, "result": [4, "session", None]})
        if "company" in call["method"]:
            return httpx.Response(200, json={"id": 1, "result": COMPANY})
        told = answers[name](call["params"])
        return httpx.Response(200, json={"id": 1} | (told if isinstance(told, dict) else {"result": told}))

    told = {"address": "https://erp.example.com/", "database": "books", "user": "till", "password": "p", "company": "R", "batch": 2}
    pause = Pause(sleep=lambda _seconds: None, chance=lambda: 0)
    return CONNECTOR(Settings.model_validate(told), Wiring(httpx.MockTransport(answer), pause))


def refused(text: str, name: str = "UserError") -> dict[str, object]:
    """An error as Tryton tells it, with status 200."""
    return {"error": [name, [text, "", None]]}


def calls(asked: list[dict[str, Any]], name: str) -> list[list[Any]]:
    return [call["params"] for call in asked if call["method"].endswith(name)]


def test_sales_are_asked_for_by_every_time_that_may_show_a_change_and_by_id() -> None:
    asked: list[dict[str, Any]] = []
    connector = till(asked, search_read=lambda _: [], search_count=lambda _: 0)

    list(connector.fetch_orders(WINDOW, None))

    [domain, offset, limit, order, _fields, context] = calls(asked, "sale.search_read")[0]
    start = {"__class__": "datetime", "year": 2026, "month": 5, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    end = start | {"day": 2, "hour": 3, "minute": 4, "second": 5, "microsecond": 678}
    ranges = [[[name, ">=", start], [name, "<", end]] for name in ("write_date", "create_date")]
    parts = [[[part, "where", each]] for part in ("lines", "payments") for each in ranges]
    assert domain == [["company", "=", 7], ["number", "!=", None], ["OR", *ranges, *parts]]
    assert (offset, limit, order, context) == (0, 2, [["id", "ASC"]], {"company": 7})


def test_a_page_begins_behind_the_last_id_whatever_its_rows_look_like() -> None:
    asked: list[dict[str, Any]] = []
    pages: list[object] = [[{"id": 4}, {"id": 9, "broken": []}], [{"id": 11}]]
    connector = till(asked, search_read=lambda _: pages.pop(0), search_count=lambda _: 0)

    tokens = [page.resume for page in connector.fetch_orders(WINDOW, None)]

    assert [params[0][3:] for params in calls(asked, "sale.search_read")] == [[], [["id", ">", 9]]]
    assert [params[0][3:] for params in calls(asked, "sale.search_count")] == [[["id", ">", 11]]]
    assert tokens == ['{"behind":9}', None]


def test_a_short_page_with_rows_counted_behind_it_is_gone_on_from() -> None:
    pages, counts = [[{"id": 4}], [{"id": 9}]], [1, 0]
    connector = till([], search_read=lambda _: pages.pop(0), search_count=lambda _: counts.pop(0))

    assert [page.slices for page in connector.fetch_orders(WINDOW, None)] == [(b'{"id":4}',), (b'{"id":9}',)]


def test_rows_that_come_again_for_ever_are_a_broken_interface() -> None:
    with pytest.raises(ContractError, match="come again"):
        list(till([], search_read=lambda _: [{"id": 4}, {"id": 5}]).fetch_orders(WINDOW, '{"behind":9}'))


def test_rows_that_are_counted_and_never_shown_are_an_outage() -> None:
    with pytest.raises(TransientError, match="although some are counted"):
        list(till([], search_read=lambda _: [], search_count=lambda _: 3).fetch_orders(WINDOW, None))


def test_a_full_page_without_any_id_leads_nowhere() -> None:
    with pytest.raises(ContractError, match="names no id"):
        list(till([], search_read=lambda _: [{"x": 4}, {"x": 5}]).fetch_orders(WINDOW, None))


@pytest.mark.parametrize("resume", ["x", "{}", '{"behind":"4"}', '{"behind":4.5}'])
def test_a_strange_token_is_refused(resume: str) -> None:
    connector = till([], search_read=lambda _: [], search_count=lambda _: 0)

    with pytest.raises(ContractError, match="resume"):
        list(connector.fetch_orders(WINDOW, resume))


def test_gone_is_what_tryton_says_in_english_does_not_exist() -> None:
    asked: list[dict[str, Any]] = []
    connector = till(asked, search_read=lambda _: [], read=lambda _: refused('You read records "4" of "Sale" that don\'t exist.'))

    assert connector.fetch_orders_by_id(["4"]).gone == ("4",)
    assert calls(asked, "sale.read") == [[[4], ["number"], {"company": 7, "language": "en"}]]


def test_what_is_there_and_not_listed_is_not_gone() -> None:
    connector = till([], search_read=lambda _: [], read=lambda _: [{"id": 4, "number": None}])

    assert connector.fetch_orders_by_id(["4"]).gone == ()


def test_what_the_user_may_not_see_is_not_gone() -> None:
    connector = till([], search_read=lambda _: [], read=lambda _: refused('You are not allowed to access "Sale Point Sale".'))

    with pytest.raises(RejectedError, match="not allowed"):
        connector.fetch_orders_by_id(["4"])


def test_ids_that_tryton_never_gave_are_not_asked_for() -> None:
    asked: list[dict[str, Any]] = []
    connector = till(asked, search_read=lambda _: [])

    assert connector.fetch_orders_by_id(["x", "-4", "٤", "4.5", "12345678901", ""]).gone == ()
    assert calls(asked, "sale.search_read") == []


def test_a_user_without_the_right_is_told_the_group() -> None:
    connector = till([], search_read=lambda _: refused('You are not allowed to access "Sale Point Sale".'))

    with pytest.raises(ConfigError, match="the group POS"):
        list(connector.fetch_orders(WINDOW, None))
