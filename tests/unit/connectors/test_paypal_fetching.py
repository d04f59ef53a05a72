"""How PayPal is asked: its tokens, its searches in halves, and what only a dispute's own page says."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.paypal import CONNECTOR
from connectors.paypal.connector import Settings
from connectors.paypal.mapping import kind_of, read_line, read_payout
from model.errors import AuthError, MalformedError, RejectedError, TransientError
from model.records.settlement import Dispute, Fee
from tests.contract.dialects import Json
from tests.contract.remote import put, recordings

START = datetime(2026, 5, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=2))
LINES, DISPUTES = recordings("paypal", "balances"), recordings("paypal", "disputes")
INFO = "transaction.transaction_info"

Answer = Callable[[httpx.Request], httpx.Response]


def found(*rows: Json, **told: Json) -> httpx.Response:
    return httpx.Response(200, json={"transaction_details": rows, "total_items": len(rows), **told})


def connector(answer: Answer, asked: list[httpx.Request], tokens: list[httpx.Response] | None = None) -> Any:  # noqa: ANN401
    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path != "/v1/oauth2/token":
            return answer(request)
        return tokens.pop(0) if tokens else httpx.Response(200, json={"access_token": "first"})

    wiring = Wiring(httpx.MockTransport(reply), Pause(sleep=lambda _seconds: None))
    return CONNECTOR(Settings.model_validate({"client_id": "id", "client_secret": "secret"}), wiring)


def read(number: int, **changes: Json) -> bytes:
    document: Json = LINES[number]
    for path, value in changes.items():
        document = put(document, f"{INFO}.{path.replace('__', '.')}", value)
    return json.dumps(document).encode()


def test_one_token_serves_all_requests() -> None:
    asked: list[httpx.Request] = []

    list(connector(lambda _request: found(), asked).fetch_payouts(WINDOW, None))

    basic = "Basic " + base64.b64encode(b"id:secret").decode()
    assert [request.headers["authorization"] for request in asked] == [basic, "Bearer first"]
    assert asked[0].content == b"grant_type=client_credentials"
    assert asked[1].url.params["fields"] == "transaction_info"


def test_an_expired_token_is_changed_once() -> None:
    asked: list[httpx.Request] = []
    tokens = [httpx.Response(200, json={"access_token": name}) for name in ("first", "second")]
    live = connector(lambda request: found() if "first" not in request.headers["authorization"] else refusal(asked), asked, tokens)

    first = list(live.fetch_payouts(WINDOW, None))
    second = list(live.fetch_payouts(WINDOW, None))

    assert [page.resume for page in first + second] == [None, None]
    assert [request.headers["authorization"][:6] for request in asked] == ["Basic ", "Bearer", "Bearer", "Basic ", "Bearer"]


def refusal(asked: list[httpx.Request]) -> httpx.Response:
    """Good for one request, and expired then."""
    return found() if len(asked) < 3 else httpx.Response(401)


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_are_refused_stop_the_channel(status: int) -> None:
    asked: list[httpx.Request] = []

    with pytest.raises(AuthError):
        list(connector(lambda _request: found(), asked, [httpx.Response(status)]).fetch_payouts(WINDOW, None))
    assert len(asked) == 1


def test_a_search_that_is_too_large_is_halved() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        start, end = (datetime.fromisoformat(request.url.params[name]) for name in ("start_date", "end_date"))
        return found() if end - start <= timedelta(hours=12) else httpx.Response(400, json={"name": "RESULTSET_TOO_LARGE"})

    pages = list(connector(answer, []).fetch_payouts(WINDOW, None))

    assert pages[-1].resume is None
    assert len(pages) > 4


def test_a_search_that_is_wrong_is_told_in_the_end() -> None:
    asked: list[httpx.Request] = []

    with pytest.raises(RejectedError):
        list(connector(lambda _request: httpx.Response(400, json={"name": "INVALID_REQUEST"}), asked).fetch_payouts(WINDOW, None))
    assert len(asked) < 12


def test_what_paypal_has_not_gathered_yet_is_asked_for_later() -> None:
    with pytest.raises(TransientError, match="not yet gathered"):
        list(connector(lambda _request: found(last_refreshed_datetime="2026-05-02T23:59:00Z"), []).fetch_payouts(WINDOW, None))
    assert list(connector(lambda _request: found(last_refreshed_datetime="2026-05-03T00:00:00Z"), []).fetch_payouts(WINDOW, None))


def test_a_withdrawal_comes_as_a_payout_before_its_page_is_done() -> None:
    rows = [LINES[number]["transaction"] for number in (0, 2)]
    live = connector(lambda _request: found(*rows), [])

    pages = list(live.fetch_payouts(WINDOW, None))

    assert [(page.kind, len(page.slices)) for page in pages] == [("payout", 1), ("balance", 2)]
    assert list(live.fetch_payouts(WINDOW, pages[0].resume)) == pages
    assert pages[1].resume is None


def test_a_dispute_that_names_no_payment_of_ours_is_put_aside_by_its_id() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_list = request.url.path.endswith("/disputes")
        return httpx.Response(200, json={"items": [DISPUTES[0]["dispute"]]}) if is_list else httpx.Response(404)

    raw = next(connector(answer, []).fetch_disputes(WINDOW, None)).slices[0]

    assert CONNECTOR.external_id_in(raw) == "PP-D-1"
    with pytest.raises(MalformedError, match="names no transaction of ours"):
        CONNECTOR.kinds["dispute"].read(raw, {})


def test_a_disputes_own_page_says_how_it_ended() -> None:
    own = {
        "disputed_transactions": [{"buyer_transaction_id": "B"}, {"seller_transaction_id": "S"}],
        "dispute_outcome": {"outcome_code": "ACCEPTED"},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        is_list = request.url.path.endswith("/disputes")
        return httpx.Response(200, json={"items": [DISPUTES[0]["dispute"]]} if is_list else own)

    raw = next(connector(answer, []).fetch_disputes(WINDOW, None)).slices[0]
    told = CONNECTOR.kinds["dispute"].read(raw, {})

    assert isinstance(told, Dispute)
    assert (told.payment_reference, told.status) == ("S", "lost")


@pytest.mark.parametrize(
    ("code", "gross", "kind"),
    [
        ("T0006", 1, "charge"),
        ("T0001", -1, "transfer"),
        ("T0106", -1, "fee"),
        ("T0202", 1, "conversion"),
        ("T0403", -1, "payout"),
        ("T1101", 1, "payout_failed"),
        ("T1107", -1, "refund"),
        ("T1199", -1, "adjustment"),
        ("T1201", -1, "dispute"),
        ("T1202", 1, "dispute_won"),
        ("T2103", -1, "reserve_held"),
        ("T2104", 1, "reserve_released"),
        ("T1300", 1, "unknown"),
        ("T04", -1, "unknown"),
        ("what", 1, "unknown"),
    ],
)
def test_an_event_code_says_what_a_line_is(code: str, gross: int, kind: str) -> None:
    assert kind_of(code, gross, {}) == kind


def test_an_event_code_may_be_translated_in_the_settings() -> None:
    assert kind_of("T7777", -1, {"T7777": "T1107"}) == "refund"


def test_a_fee_on_its_own_line_has_no_gross() -> None:
    told = read_line(read(3), {})

    assert (told.gross_minor, told.fees, told.net_minor) == (0, (Fee(kind="dispute", amount_minor=2000),), -2000)


@pytest.mark.parametrize(
    "changes",
    [
        {"fee_amount__currency_code": "EUR"},
        {"transaction_amount__value": "30.111"},
        {"transaction_amount__value": "1,000.00"},
        {"transaction_initiation_date": "yesterday"},
        {"transaction_id": "ANOTHER"},
    ],
)
def test_lines_that_contradict_themselves_are_refused(changes: dict[str, Json]) -> None:
    with pytest.raises(MalformedError):
        read_line(read(0, **changes), {})


def test_only_withdrawals_are_payouts() -> None:
    assert read_payout(read(2), {}).amount_minor == 5825
    with pytest.raises(MalformedError, match="no withdrawal"):
        read_payout(read(0), {})
