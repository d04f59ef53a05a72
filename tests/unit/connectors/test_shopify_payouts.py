"""Shopify Payments, read: what a payout is made of, which payment each line is of, and what a missing scope costs."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.capabilities import RawPage, Window
from connectors.registry import connect
from connectors.shopify.connector import Shopify
from connectors.shopify.paging import REBASE_AFTER
from model.errors import AuthError, ConfigError, MalformedError, TransientError
from model.records.order import Order
from model.records.settlement import Dispute, Payout, SettlementLine
from model.rules.settlements import check_line, check_payout
from sandbox.street import Street

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MONTH = Window(NOW - timedelta(days=31), NOW)
DAY = Window(NOW - timedelta(days=1), NOW)
RECORDINGS = Path(__file__).parents[3] / "connectors/shopify/recordings"
Node = dict[str, Any]


@dataclass
class Money:
    """All that was told of a window, newest last."""

    payouts: dict[str, Payout] = field(default_factory=dict[str, Payout])
    lines: dict[str, SettlementLine] = field(default_factory=dict[str, SettlementLine])

    def take(self, shop: Shopify, pages: Iterator[RawPage]) -> "Money":
        for page in pages:
            for raw in page.slices:
                record = shop.kinds[page.kind].read(raw, {})
                if isinstance(record, Payout):
                    self.payouts[record.external_id] = record
                if isinstance(record, SettlementLine):
                    self.lines[record.external_id] = record
        return self


def shop_at(transport: httpx.BaseTransport) -> Shopify:
    settings = {"url": "http://street.example.com/shopify", "access_token": "street-shopify-token"}
    connector = connect("shopify", settings, Wiring(transport, Pause(sleep=lambda _: None, chance=lambda: 0)))
    assert isinstance(connector, Shopify)
    return connector


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    street = Street(tmp_path, orders=150, seed=3, clock=lambda: NOW, channels=("shopify-main",))
    yield street
    street.close()


def answering(answer: Node, asked: list[str] | None = None) -> Shopify:
    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(json.loads(request.content)["variables"].get("query", ""))
        return httpx.Response(200, json=answer, headers={"Date": "Sun, 01 Nov 2026 12:00:00 GMT"})

    return shop_at(httpx.MockTransport(handle))


def recorded(name: str) -> Node:
    found: Node = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))[0]
    return found


def line(**changes: Any) -> SettlementLine:  # noqa: ANN401  parts of a payload
    record = Shopify.kinds["balance"].read(json.dumps(recorded("balances") | changes).encode(), {})
    assert isinstance(record, SettlementLine)
    return record


def test_the_lines_of_every_payout_of_the_street_sum_to_it(street: Street) -> None:
    shop = shop_at(street.transport())

    money = Money().take(shop, shop.fetch_payouts(MONTH, None))

    assert len(money.payouts) > 20
    for told in money.lines.values():
        check_line(told)
    for payout in money.payouts.values():
        check_payout(payout, tuple(each for each in money.lines.values() if each.payout_external_id == payout.external_id))


def test_every_charge_and_refund_names_a_payment_of_the_orders_through_shopify_payments(street: Street) -> None:
    shop = shop_at(street.transport())
    orders = [shop.kinds["order"].read(raw, {}) for page in shop.fetch_orders(MONTH, None) for raw in page.slices]
    payments = {payment.reference: payment for order in orders if isinstance(order, Order) for payment in order.payments}

    money = Money().take(shop, shop.fetch_payouts(MONTH, None))

    told = [each for each in money.lines.values() if each.kind in {"charge", "refund"}]
    assert {each.kind for each in told} == {"charge", "refund"}
    for each in told:
        assert each.payment_reference is not None
        assert payments[each.payment_reference].order_external_id == each.order_reference
    assert {payments[str(each.payment_reference)].gateway for each in told} == {"shopify_payments"}


def test_nothing_is_missing_whatever_the_street_does_in_between(tmp_path: Path) -> None:
    faults = "empty_page,page_repeated,duplicate_order,unknown_field,cut_body,status_500,connection_reset,throttled"
    street = Street(tmp_path, orders=200, seed=3, clock=lambda: NOW, channels=("shopify-main",), faults=faults)
    shop, money, token = shop_at(street.transport()), Money(), None

    for _ in range(40):
        with suppress(TransientError):
            for page in shop.fetch_payouts(MONTH, token):
                money.take(shop, iter([page]))
                token = page.resume
            break

    truth = {each["external_id"]: each["lines"] for each in street.money()["payouts"]}
    assert {name for name, endpoint in street.hits if endpoint == "shopify:money"} >= {"empty_page", "page_repeated", "cut_body"}
    assert truth == {
        own: {each.external_id: each.net_minor for each in money.lines.values() if each.payout_external_id == own and each.kind != "payout"}
        for own in money.payouts
    }
    street.close()


def test_a_line_of_before_the_window_comes_again_with_its_payout(street: Street) -> None:
    shop = shop_at(street.transport())

    money = Money().take(shop, shop.fetch_payouts(DAY, None))

    carried = [each for each in money.lines.values() if each.kind == "charge" and each.payout_external_id]
    assert any(each.occurred_at < DAY.start for each in carried)
    assert len(money.payouts) > 20, "payouts of the month before are told again: their status may have changed"


def test_disputes_name_the_payment_and_how_they_stand(street: Street) -> None:
    shop = shop_at(street.transport())

    told = [shop.kinds["dispute"].read(raw, {}) for page in shop.fetch_disputes(MONTH, None) for raw in page.slices]

    assert told
    assert all(isinstance(each, Dispute) and each.payment_reference for each in told)


def test_a_missing_scope_is_a_setting_to_mend_and_does_not_pause_the_channel(street: Street) -> None:
    denied = {"errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}], "data": None}
    shop = answering(denied)

    for pages, scope in ((shop.fetch_payouts(DAY, None), "_payouts"), (shop.fetch_disputes(DAY, None), "_disputes")):
        with pytest.raises(ConfigError, match=f"read_shopify_payments{scope}"):
            next(pages)
    with pytest.raises(AuthError):
        next(shop.fetch_orders(DAY, None))
    assert next(shop_at(street.transport()).fetch_orders(DAY, None)).kind == "order"


def test_refused_credentials_pause_the_channel_here_too() -> None:
    shop = shop_at(httpx.MockTransport(lambda _: httpx.Response(401)))

    with pytest.raises(AuthError):
        next(shop.fetch_payouts(DAY, None))


def test_a_shop_without_shopify_payments_has_no_payouts() -> None:
    shop = answering({"data": {"shopifyPaymentsAccount": None}})

    assert [(page.kind, page.slices) for page in shop.fetch_payouts(DAY, None)] == [("payout", ()), ("balance", ())]


def test_a_long_list_of_lines_is_searched_anew_before_the_vendor_ends_it() -> None:
    asked: list[str] = []
    node = recorded("balances") | {"type": "CHARGE", "transactionDate": "2026-11-01T06:00:00Z"}
    info = {"hasNextPage": True, "endCursor": "c"}
    rows = {"data": {"shopifyPaymentsAccount": {"balanceTransactions": {"pageInfo": info, "nodes": [node] * 3}}}}
    shop = answering(rows, asked)
    token = json.dumps({"part": "window", "since": "2026-10-31T12:00:00Z", "after": "b", "rows": REBASE_AFTER - 3})

    page = next(shop.fetch_payouts(DAY, token))

    assert json.loads(page.resume or "") == {"part": "window", "since": "2026-11-01T06:00:00Z"}
    assert asked == ["processed_at:>='2026-10-31T12:00:00Z' AND processed_at:<'2026-11-01T12:00:00Z'"]


def test_a_fee_on_its_own_line_is_a_fee_and_no_gross() -> None:
    told = line(type="BILLING_DEBIT", amount=dollars("-29.0"), fee=dollars("0.5"), net=dollars("-29.5"))

    assert (told.kind, told.gross_minor, told.net_minor) == ("fee", 0, -2950)
    assert [(fee.kind, fee.amount_minor) for fee in told.fees] == [("subscription", 2950)]


@pytest.mark.parametrize(
    ("kind", "amount", "expected"),
    [
        ("RESERVED_FUNDS", "-5.0", "reserve_held"),
        ("RESERVED_FUNDS_REVERSAL", "5.0", "reserve_released"),
        ("CHARGEBACK_HOLD", "-5.0", "dispute"),
        ("LENDING_DEBIT_REVERSAL", "5.0", "loan"),
        ("TRANSFER", "-5.0", "payout"),
        ("TRANSFER_FAILURE", "5.0", "carried"),
        ("SOMETHING_NEW", "5.0", "unknown"),
    ],
)
def test_types_mean_kinds(kind: str, amount: str, expected: str) -> None:
    told = line(type=kind, amount=dollars(amount), fee=dollars("0.0"), net=dollars(amount))

    assert (told.kind, told.raw_kind) == (expected, kind)


def test_money_of_a_failed_payout_that_is_in_no_other_yet_is_just_back() -> None:
    told = line(type="TRANSFER_FAILURE", associatedPayout={"id": None, "status": "PENDING"}, fee=dollars("0.0"), net=dollars("64.9"))

    assert told.kind == "payout_failed"


def test_a_line_whose_amounts_disagree_is_refused() -> None:
    with pytest.raises(MalformedError, match="net: is 6251, amount 6490 less fee 240 is not"):
        line(net=dollars("62.51"))
    with pytest.raises(MalformedError, match="fee: is in 'EUR'"):
        line(fee={"amount": "1.0", "currencyCode": "EUR"})


def test_a_withdrawal_is_negative_whatever_sign_it_is_told_with() -> None:
    for amount in ("35.0", "-35.0"):
        raw = json.dumps(recorded("payouts") | {"transactionType": "WITHDRAWAL", "net": dollars(amount)}).encode()
        record = Shopify.kinds["payout"].read(raw, {})

        assert isinstance(record, Payout)
        assert record.amount_minor == -3500


def test_a_dispute_of_an_order_with_several_payments_names_none() -> None:
    dispute = recorded("disputes")
    dispute["order"]["transactions"] *= 2

    record = Shopify.kinds["dispute"].read(json.dumps(dispute).encode(), {})

    assert isinstance(record, Dispute)
    assert record.payment_reference == ""


def dollars(amount: str) -> Node:
    return {"amount": amount, "currencyCode": "USD"}
