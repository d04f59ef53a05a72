"""Square's payouts, entries and disputes, read: sums, which payment each entry is of, and what a missing permission costs."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import Window
from connectors.registry import connect
from connectors.square.connector import Square
from model.errors import AuthError, ConfigError, MalformedError, TransientError
from model.records.payment import Payment
from model.records.settlement import Dispute, Payout, SettlementLine
from model.rules.settlements import check_line, check_payout
from sandbox.street import Street

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MONTH = Window(NOW - timedelta(days=31), NOW)
DAY = Window(NOW - timedelta(days=1), NOW)
RECORDINGS = Path(__file__).parents[3] / "connectors/square/recordings"


def till_at(transport: httpx.BaseTransport) -> Square:
    settings = {"url": "http://street.example.com/square", "access_token": "street-square-token"}
    connector = connect("square", settings, Wiring(transport, Pause(sleep=lambda _: None, chance=lambda: 0)))
    assert isinstance(connector, Square)
    return connector


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Square]:
    street = Street(tmp_path, orders=150, seed=3, clock=lambda: NOW, channels=("square-till",))
    yield till_at(street.transport())
    street.close()


def told(till: Square, window: Window) -> tuple[list[Payout], list[SettlementLine]]:
    records = [till.kinds[page.kind].read(raw, {}) for page in till.fetch_payouts(window, None) for raw in page.slices]
    return [each for each in records if isinstance(each, Payout)], [each for each in records if isinstance(each, SettlementLine)]


def entry(**changes: Any) -> SettlementLine:  # noqa: ANN401  parts of a payload
    first = json.loads((RECORDINGS / "balances.json").read_text("utf-8"))[0]
    record = Square.kinds["balance"].read(json.dumps(first | changes).encode(), {})
    assert isinstance(record, SettlementLine)
    return record


def dollars(amount: int) -> dict[str, str | int]:
    return {"amount": amount, "currency": "USD"}


def test_the_entries_of_every_payout_of_the_street_sum_to_it(till: Square) -> None:
    payouts, lines = told(till, MONTH)

    assert len(payouts) > 20
    for line in lines:
        check_line(line)
    for payout in payouts:
        check_payout(payout, tuple(line for line in lines if line.payout_external_id == payout.external_id))


def test_every_charge_and_refund_names_a_payment_by_its_reference(till: Square) -> None:
    payments = [till.kinds["payment"].read(raw, {}) for page in till.fetch_payments(MONTH, None) for raw in page.slices]
    references = {payment.reference for payment in payments if isinstance(payment, Payment)}
    refunds = {till.external_id_in(raw) for page in till.fetch_refunds(MONTH, None) for raw in page.slices}

    lines = [line for line in told(till, MONTH)[1] if line.kind in {"charge", "refund"}]

    assert {line.kind for line in lines} == {"charge", "refund"}
    assert {line.payment_reference for line in lines} <= references
    assert {line.source_reference for line in lines if line.kind == "refund"} <= refunds


def test_nothing_is_missing_whatever_the_street_does_in_between(tmp_path: Path) -> None:
    faults = "empty_page,page_repeated,duplicate_order,unknown_field,cut_body,status_500,connection_reset"
    street = Street(tmp_path, orders=200, seed=3, clock=lambda: NOW, channels=("square-till",), faults=faults)
    till, records, token = till_at(street.transport()), list[object](), None

    for _ in range(40):
        with suppress(TransientError):
            for page in till.fetch_payouts(MONTH, token):
                records += [till.kinds[page.kind].read(raw, {}) for raw in page.slices]
                token = page.resume
            break

    lines = {each.external_id: each for each in records if isinstance(each, SettlementLine)}
    truth = {each["external_id"]: each["lines"] for each in street.money()["payouts"]}
    assert {name for name, endpoint in street.hits if endpoint.startswith("square:payouts")} >= {"duplicate_order", "cut_body"}
    assert truth == {
        each.external_id: {own: line.net_minor for own, line in lines.items() if line.payout_external_id == each.external_id}
        for each in records
        if isinstance(each, Payout)
    }
    street.close()


def test_a_payout_that_changed_in_the_window_comes_with_its_entries_though_it_is_older(till: Square) -> None:
    week = Window(NOW - timedelta(days=3), NOW)

    payouts, lines = told(till, week)

    older = [payout for payout in payouts if payout.created_at < week.start]
    assert older
    assert {payout.external_id for payout in payouts} == {line.payout_external_id for line in lines}


def test_disputes_that_changed_are_told(till: Square) -> None:
    records = [till.kinds["dispute"].read(raw, {}) for page in till.fetch_disputes(MONTH, None) for raw in page.slices]

    assert records
    assert all(isinstance(each, Dispute) and each.payment_reference for each in records)


def test_a_missing_permission_is_a_setting_to_mend_and_does_not_pause_the_channel() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("locations"):
            return httpx.Response(200, json={"locations": [{"id": "L1"}]})
        return httpx.Response(403, json={"errors": [{"category": "AUTHENTICATION_ERROR", "code": "INSUFFICIENT_SCOPES"}]})

    till = till_at(httpx.MockTransport(answer))

    for pages, permission in ((till.fetch_payouts(DAY, None), "PAYOUTS_READ"), (till.fetch_disputes(DAY, None), "DISPUTES_READ")):
        with pytest.raises(ConfigError, match=permission):
            next(pages)
    with pytest.raises(AuthError):
        next(till.fetch_payments(DAY, None))


def test_refused_credentials_pause_the_channel_here_too() -> None:
    till = till_at(httpx.MockTransport(lambda _: httpx.Response(401)))

    with pytest.raises(AuthError):
        next(till.fetch_payouts(DAY, None))


def test_an_expired_cursor_is_given_up_for_the_lists_start() -> None:
    cursors: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        cursors.append(request.url.params.get("cursor"))
        return httpx.Response(400, json={"errors": [{"code": "INVALID_CURSOR"}]}) if cursors[-1] else httpx.Response(200, json={})

    till = till_at(httpx.MockTransport(answer))
    token = json.dumps({"part": "payouts", "locations": ["L1"], "cursor": "old"})

    assert [page.slices for page in till.fetch_payouts(DAY, token)] == [()]
    assert cursors == ["old", None]


def test_a_simple_payout_has_a_fee_beside_it_and_no_entries() -> None:
    raw = json.dumps(json.loads((RECORDINGS / "payouts.json").read_text("utf-8"))[3]).encode()

    record = Square.kinds["payout"].read(raw, {})

    assert isinstance(record, Payout)
    assert (record.is_itemised, record.fee_minor, record.amount_minor) == (False, 150, 9850)


def test_a_fee_on_its_own_is_a_fee_and_no_gross() -> None:
    told = [
        entry(type="SUBSCRIPTION_FEE", gross_amount_money=dollars(gross), fee_amount_money=dollars(fee), net_amount_money=dollars(-50))
        for gross, fee in ((-50, 0), (0, 50))
    ]

    assert [(each.kind, each.gross_minor, each.net_minor) for each in told] == [("fee", 0, -50)] * 2
    assert {(fee.kind, fee.amount_minor) for each in told for fee in each.fees} == {("subscription", 50)}


def test_an_entry_whose_amounts_disagree_is_refused() -> None:
    with pytest.raises(MalformedError, match="net_amount_money: is 1, gross 5000 less fee 85 is not"):
        entry(net_amount_money=dollars(1))
