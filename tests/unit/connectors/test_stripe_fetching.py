"""How Stripe's lists are asked for: which requests, in which order, and what becomes of strange answers."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.stripe import CONNECTOR
from connectors.stripe.connector import Settings
from connectors.stripe.lists import window_query
from model.errors import ContractError
from tests.contract.remote import recordings

WINDOW = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, 0, 0, 0, 1, tzinfo=UTC))
PAYOUT: Any = recordings("stripe", "payouts")[0]["payout"]
LINE: Any = recordings("stripe", "balances")[0]["line"]


def listed(*rows: object, more: bool = False) -> httpx.Response:
    return httpx.Response(
        200, json={"object": "list", "url": "/", "has_more": more, "data": rows}, headers={"Date": "Fri, 01 May 2026 12:00:00 GMT"}
    )


def event(number: int, document: object, name: str = "payout.paid") -> dict[str, object]:
    return {"id": f"evt_{number}", "object": "event", "created": 1_777_600_000 + number, "type": name, "data": {"object": document}}


def connector(answers: dict[str, list[httpx.Response]], asked: list[httpx.Request], **settings: object) -> Any:  # noqa: ANN401
    """A connector of which each path is answered in turn, and with an empty list behind that."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        left = answers.get(request.url.path, [])
        return left.pop(0) if left else listed()

    wiring = Wiring(httpx.MockTransport(answer), Pause(sleep=lambda _seconds: None))
    return CONNECTOR(Settings.model_validate({"api_key": "sk_suite", **settings}), wiring)


def test_the_window_is_asked_for_in_whole_seconds_that_hold_all_of_it() -> None:
    assert window_query(WINDOW) == {"created[gte]": 1_777_593_600, "created[lt]": 1_777_680_001}


def test_the_lines_of_settled_payouts_are_asked_for_behind_their_page_and_once() -> None:
    asked: list[httpx.Request] = []
    manual = PAYOUT | {"id": "po_manual", "automatic": False, "reconciliation_status": "not_applicable"}
    answers = {"/v1/events": [listed(event(3, PAYOUT), event(2, manual), event(1, PAYOUT))], "/v1/balance_transactions": [listed(LINE)]}

    pages = list(connector(answers, asked).fetch_payouts(WINDOW, None))

    assert [(page.kind, len(page.slices)) for page in pages] == [("payout", 3), ("balance", 1), ("payout", 0), ("balance", 0)]
    assert [request.url.params.get("payout") for request in asked] == [None, "po_rec1", None, None]
    line = CONNECTOR.kinds["balance"].read(pages[1].slices[0], {})
    assert getattr(line, "payout_external_id", None) == "po_rec1"


def test_many_lines_of_a_payout_are_read_page_by_page_and_resumed_between() -> None:
    asked: list[httpx.Request] = []
    first, second = listed(LINE, more=True), listed(LINE | {"id": "txn_second"})
    answers = {"/v1/payouts": [listed(PAYOUT)], "/v1/balance_transactions": [first, second]}
    honest = connector(answers, asked)
    pages = honest.fetch_payouts(WINDOW, None)
    token = next(page.resume for page in pages if page.kind == "balance")

    rest = list(honest.fetch_payouts(WINDOW, token))

    assert asked[-2].url.params["starting_after"] == LINE["id"]
    assert [page.kind for page in rest] == ["balance", "balance"]
    assert rest[-1].resume is None


def test_an_event_without_an_object_is_handed_on_to_be_refused() -> None:
    pages = list(connector({"/v1/events": [listed({"id": "evt_9", "created": 1, "data": {}})]}, []).fetch_disputes(WINDOW, None))

    assert [CONNECTOR.external_id_in(raw) for raw in pages[0].slices] == ["evt_9"]


def test_a_page_of_rows_without_ids_and_a_promise_of_more_ends() -> None:
    answers = {"/v1/events": [listed({"object": "event"}, more=True) for _ in range(9)]}

    with pytest.raises(ContractError, match="leads back"):
        list(connector(answers, []).fetch_disputes(WINDOW, None))


@pytest.mark.parametrize("token", ["", "{}x", '{"listed":9}', '{"listed":-1}', '{"listed":2}'])
def test_a_token_of_another_connector_is_refused(token: str) -> None:
    with pytest.raises(ContractError):
        list(connector({}, []).fetch_disputes(WINDOW, token or "x"))


def test_test_money_is_another_account_and_a_connected_one_is_named() -> None:
    asked: list[httpx.Request] = []
    told = httpx.Response(200, content=json.dumps({"id": "acct_1"}), headers={"Date": "Fri, 01 May 2026 12:00:00 GMT"})

    identity = connector({"/v1/account": [told]}, asked, api_key="rk_test_suite", account="acct_1").identify()

    assert (identity.fingerprint, identity.title) == ("acct_1-test", "acct_1")
    assert asked[0].headers["Stripe-Account"] == "acct_1"
    assert asked[0].headers["Stripe-Version"] == CONNECTOR.manifest.api_version
