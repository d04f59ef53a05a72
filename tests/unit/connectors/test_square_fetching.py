"""Reading Square's lists: nothing is lost when rows move, and every way an answer can be wrong has its own end."""

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
from connectors.square.connector import Square
from model.errors import AuthError, ContractError, TransientError

Document = dict[str, Any]

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1))
DATE = {"Date": "Mon, 02 Mar 2026 00:00:00 GMT"}


def stamp(second: int) -> str:
    return (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass
class Till:
    """A remote with the weakest cursor a vendor could have, a plain offset, that lets tests change rows while they are read."""

    rows: dict[str, tuple[str, int]]
    """id -> (location, second of change)."""
    page: int = 3
    requests: list[Document] = field(default_factory=list[Document])
    before: Callable[["Till"], None] = lambda _: None
    """Run before each list is cut."""
    broken: dict[str, str] = field(default_factory=dict[str, str])

    def answer(self, request: httpx.Request) -> httpx.Response:
        routes: dict[str, Callable[[httpx.Request], Document]] = {
            "/v2/orders/search": self.search,
            "/v2/payments": self.payments,
            "/v2/locations": lambda _: {"locations": [{"id": name} for name in sorted({at for at, _ in self.rows.values()})]},
            "/v2/merchants/me": lambda _: {"merchant": {"id": "M1", "business_name": "Harbour", "country": "US"}},
            "/v2/orders/batch-retrieve": self.batch,
        }
        route = routes.get(request.url.path)
        if route is None:
            return httpx.Response(404, json={"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "NOT_FOUND"}]}, headers=DATE)
        return httpx.Response(200, content=self.text(route(request)), headers=DATE)

    def text(self, answer: Document) -> str:
        text = json.dumps(answer)
        for row, rubbish in self.broken.items():
            text = text.replace(f'"note": "{row}"', rubbish)
        return text

    def search(self, request: httpx.Request) -> Document:
        body: Document = json.loads(request.content)
        self.requests.append(body)
        span = body["query"]["filter"]["date_time_filter"]["updated_at"]
        rows, cursor = self.cut(body["location_ids"], span["start_at"], span["end_at"], body.get("cursor"))
        found: Document = {"cursor": cursor} if cursor else {}
        if body["return_entries"]:
            return found | {"order_entries": [{"order_id": row["id"], "version": 1} for row in rows]}
        return found | {"orders": rows}

    def payments(self, request: httpx.Request) -> Document:
        asked: Document = dict(request.url.params)
        self.requests.append(asked)
        rows, cursor = self.cut([asked["location_id"]], asked["updated_at_begin_time"], asked["updated_at_end_time"], asked.get("cursor"))
        return {"payments": rows} | ({"cursor": cursor} if cursor else {})

    def batch(self, request: httpx.Request) -> Document:
        ids: list[str] = json.loads(request.content)["order_ids"]
        return {"orders": [{"id": name} for name in ids if name in self.rows]}

    def cut(self, locations: list[str], start: str, end: str, cursor: str | None) -> tuple[list[Document], str | None]:
        self.before(self)
        rows = [(stamp(second), name) for name, (location, second) in self.rows.items() if location in locations]
        rows = sorted(row for row in rows if start <= row[0] <= end)
        offset = int(cursor or 0)
        page = [{"id": name, "updated_at": at, "note": name} for at, name in rows[offset : offset + self.page]]
        rest = rows[offset + self.page :]
        return page, str(offset + self.page) if rest else None


def square(answer: Callable[[httpx.Request], httpx.Response], **settings: object) -> Square:
    wiring = Wiring(httpx.MockTransport(answer), Pause(sleep=lambda _: None, chance=lambda: 0))
    connector = connect("square", {"access_token": "token", "url": "https://till.example.com"} | settings, wiring)
    assert isinstance(connector, Square)
    return connector


def ids(pages: Iterable[RawPage]) -> list[str]:
    return [json.loads(raw)["id"] for page in pages for raw in page.slices]


def spread(count: int, location: str = "L1") -> dict[str, tuple[str, int]]:
    return {f"{location}-{place:03d}": (location, 10 * place) for place in range(count)}


def constant(answer: object) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, json=answer, headers=DATE)


def test_every_order_of_the_window_is_read_location_group_by_location_group() -> None:
    rows = {name: row for number in range(23) for name, row in spread(2, f"L{number:02d}").items()}
    till = Till(rows)

    found = ids(square(till.answer).fetch_orders(WINDOW, None))

    assert set(found) == set(rows)
    assert {len(request["location_ids"]) for request in till.requests} == {10, 3}


def test_only_the_settings_locations_are_read() -> None:
    till = Till(spread(2, "L1") | spread(2, "L2"))

    found = ids(square(till.answer, location_ids=["L2"]).fetch_orders(WINDOW, None))

    assert set(found) == {"L2-000", "L2-001"}


def test_a_row_that_leaves_the_window_shifts_no_other_row_past_us() -> None:
    def change_an_early_row(till: Till) -> None:
        till.rows[f"L1-{len(till.requests) - 2:03d}"] = ("L1", 10**6)

    till = Till(spread(20), before=change_an_early_row)
    found = ids(square(till.answer).fetch_orders(WINDOW, None))

    assert {f"L1-{place:03d}" for place in range(3, 20)} <= set(found)


def test_more_rows_of_one_instant_than_a_page_holds_are_read_by_the_cursor() -> None:
    rows = {f"T-{place:02d}": ("L1", 50) for place in range(10)} | spread(8)
    till = Till(rows)

    found = ids(square(till.answer).fetch_orders(WINDOW, None))

    assert set(found) == set(rows)
    assert any("cursor" in request for request in till.requests)


def test_rows_changed_after_the_window_do_not_carry_the_place_past_others() -> None:
    end = WINDOW.end.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    late = {"id": "late", "updated_at": "2026-03-05T00:00:00.000Z"}
    pages = iter(
        [
            {"orders": [{"id": "a", "updated_at": stamp(1)}, late], "cursor": "c1"},
            {"orders": [{"id": "b", "updated_at": stamp(2)}]},
        ]
    )
    seen: list[Document] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content)["query"]["filter"]["date_time_filter"]["updated_at"])
        return httpx.Response(200, json=next(pages))

    assert ids(square(answer, location_ids=["L1"]).fetch_orders(WINDOW, None)) == ["a", "late", "b"]
    assert seen[1] == {"start_at": stamp(1), "end_at": end}


def test_a_last_row_that_changed_just_before_the_end_does_not_carry_the_place_past_others() -> None:
    just_now = (WINDOW.end - timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    pages = iter(
        [
            {"orders": [{"id": "a", "updated_at": stamp(1)}, {"id": "late", "updated_at": just_now}], "cursor": "c1"},
            {"orders": [{"id": "b", "updated_at": stamp(2)}]},
        ]
    )
    seen: list[Document] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content)["query"]["filter"]["date_time_filter"]["updated_at"])
        return httpx.Response(200, json=next(pages))

    assert ids(square(answer, location_ids=["L1"]).fetch_orders(WINDOW, None)) == ["a", "late", "b"]
    assert seen[1]["start_at"] == stamp(1)


def test_a_page_out_of_order_is_followed_by_the_cursor() -> None:
    pages = iter(
        [
            {"orders": [{"id": "b", "updated_at": stamp(2)}, {"id": "a", "updated_at": stamp(1)}], "cursor": "c1"},
            {"orders": [{"id": "c", "updated_at": stamp(1)}]},
        ]
    )
    seen: list[Document] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json=next(pages))

    assert ids(square(answer, location_ids=["L1"]).fetch_orders(WINDOW, None)) == ["b", "a", "c"]
    assert seen[1]["cursor"] == "c1"


def test_reading_goes_on_after_a_crash_from_the_saved_token() -> None:
    till = Till(spread(20) | spread(5, "L2"))
    connector = square(till.answer)
    saved = next(iter(connector.fetch_orders(WINDOW, None)))

    rest = ids(connector.fetch_orders(WINDOW, saved.resume))

    assert set(ids([saved])) | set(rest) == set(till.rows)


def test_an_expired_cursor_is_given_up_for_its_place_in_time() -> None:
    till = Till({f"T-{place:02d}": ("L1", 50) for place in range(5)})

    def answer(request: httpx.Request) -> httpx.Response:
        if b"old-cursor" in request.content:
            return httpx.Response(400, json={"errors": [{"category": "INVALID_REQUEST_ERROR", "code": "INVALID_CURSOR"}]})
        return till.answer(request)

    token = json.dumps({"groups": [["L1"]], "since": stamp(50), "cursor": "old-cursor"})

    assert set(ids(square(answer).fetch_orders(WINDOW, token))) == set(till.rows)


def test_a_foreign_token_is_refused() -> None:
    with pytest.raises(ContractError, match="no token of this connector"):
        square(constant({})).fetch_orders(WINDOW, '{"page": 2}')


def test_an_unreadable_record_comes_as_it_is_and_costs_no_neighbour() -> None:
    till = Till(spread(7), broken={"L1-002": '"note": NaN'})

    pages = list(square(till.answer).fetch_orders(WINDOW, None))

    assert any(b"NaN" in raw for page in pages for raw in page.slices)
    assert all(any(name.encode() in raw for page in pages for raw in page.slices) for name in till.rows)


def test_a_window_without_orders_is_one_empty_last_page() -> None:
    assert list(square(constant({}), location_ids=["L1"]).fetch_orders(WINDOW, None)) == [RawPage("order", (), None)]


def test_payments_are_asked_for_by_location_and_time_of_change_however_old_they_are() -> None:
    till = Till(spread(5, "L1") | spread(5, "L2"))

    found = ids(square(till.answer).fetch_payments(WINDOW, None))

    assert set(found) == set(till.rows)
    assert {request["location_id"] for request in till.requests} == {"L1", "L2"}
    assert till.requests[0]["begin_time"] == "2009-01-01T00:00:00.000Z"
    assert till.requests[0]["sort_field"] == "UPDATED_AT"


def test_the_search_asks_for_whole_orders_of_every_state_sorted_by_change() -> None:
    till = Till(spread(1))
    list(square(till.answer).fetch_orders(WINDOW, None))

    assert till.requests[0]["query"]["sort"] == {"sort_field": "UPDATED_AT", "sort_order": "ASC"}
    assert "state_filter" not in till.requests[0]["query"]["filter"]


def test_every_request_carries_token_and_version() -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json={"merchant": {"id": "M1"}}, headers=DATE)

    identity = square(answer).identify()

    assert (identity.fingerprint, identity.now) == ("M1", datetime(2026, 3, 2, tzinfo=UTC))
    assert (seen[0]["authorization"], seen[0]["square-version"]) == ("Bearer token", "2025-08-20")


def test_an_answer_without_a_clock_identifies_nobody() -> None:
    connector = square(lambda _: httpx.Response(200, json={"merchant": {"id": "M1"}}))

    with pytest.raises(ContractError, match="or no time"):
        connector.identify()


def test_a_seller_without_locations_is_a_broken_contract() -> None:
    with pytest.raises(ContractError, match="the seller has none"):
        list(square(constant({"locations": []})).fetch_orders(WINDOW, None))


def test_an_empty_page_that_promises_more_is_asked_again_and_then_transient() -> None:
    calls: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        calls.append(1)
        return httpx.Response(200, json={"orders": [], "cursor": "c1"})

    with pytest.raises(TransientError, match="an empty page"):
        list(square(answer, location_ids=["L1"]).fetch_orders(WINDOW, None))
    assert len(calls) == 6


def test_a_cursor_that_leads_back_to_itself_for_ever_is_a_broken_contract() -> None:
    loop = {"orders": [{"id": "a", "updated_at": stamp(0)}], "cursor": "c1"}

    with pytest.raises(ContractError, match="leads back to itself"):
        list(square(constant(loop), location_ids=["L1"]).fetch_orders(WINDOW, None))


def test_a_page_sent_twice_by_mistake_is_asked_again() -> None:
    first = {"orders": [{"id": "a", "updated_at": stamp(0)}], "cursor": "c1"}
    answers = iter([first, first, {"orders": [{"id": "b", "updated_at": stamp(0)}]}])

    connector = square(lambda _: httpx.Response(200, json=next(answers)), location_ids=["L1"])

    assert ids(connector.fetch_orders(WINDOW, None)) == ["a", "b"]


def test_a_page_from_before_the_time_asked_for_is_not_taken() -> None:
    old = {"orders": [{"id": "a", "updated_at": "2025-01-01T00:00:00Z"}], "cursor": "c1"}

    with pytest.raises(TransientError, match="a page of another request"):
        list(square(constant(old), location_ids=["L1"]).fetch_orders(WINDOW, None))


@pytest.mark.parametrize(
    ("category", "error"),
    [
        ("AUTHENTICATION_ERROR", AuthError),
        ("RATE_LIMIT_ERROR", TransientError),
        ("API_ERROR", TransientError),
        ("INVALID_REQUEST_ERROR", ContractError),
    ],
)
def test_errors_told_with_status_200_are_errors(category: str, error: type[Exception]) -> None:
    answer = constant({"orders": [], "errors": [{"category": category, "code": "X"}]})

    with pytest.raises(error):
        list(square(answer, location_ids=["L1"]).fetch_orders(WINDOW, None))


def test_a_page_cut_off_in_the_middle_is_transient() -> None:
    connector = square(lambda _: httpx.Response(200, content=b'{"orders":[{"id":"a"'), location_ids=["L1"])

    with pytest.raises(TransientError):
        list(connector.fetch_orders(WINDOW, None))


def test_orders_by_id_are_gone_only_when_square_says_so_of_each() -> None:
    till = Till(spread(3))

    def answer(request: httpx.Request) -> httpx.Response:
        hidden = request.url.path == "/v2/orders/hidden"
        return httpx.Response(200, json={"order": {"id": "hidden"}}) if hidden else till.answer(request)

    lookup = square(answer).fetch_orders_by_id(["L1-000", "hidden", "lost"])

    assert ids([RawPage(lookup.kind, lookup.slices, None)]) == ["L1-000"]
    assert lookup.gone == ("lost",)


def test_ids_are_looked_up_a_hundred_at_a_time() -> None:
    till = Till(spread(150))

    assert len(square(till.answer).fetch_orders_by_id(list(till.rows)).slices) == 150


def test_orders_are_counted_once_each_over_all_pages_and_locations() -> None:
    rows = {name: row for number in range(12) for name, row in spread(2, f"L{number:02d}").items()}

    assert square(Till(rows).answer).count_orders(WINDOW) == 24
