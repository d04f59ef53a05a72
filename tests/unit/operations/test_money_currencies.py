"""A shop of the street that sells in its buyers' currencies and settles in its own: pulled, matched and traced."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, Table, select, update

from model.store import money_sides
from model.store.audit_trail import Actor
from model.store.money_chain import LINES, PAYMENTS, REFUNDS
from model.store.money_figures import BREAKS, MATCHES, MEMBERS
from operations.money.by_hand import match_by_hand
from operations.money.reconcile import reconcile_account
from operations.money.resolving import approve, resolve
from operations.money.trace import CONVERSION, Level, trace
from operations.pull import pull_channel
from operations.runtime.hub_file import Channel, Person
from tests.shops import Market, channel
from tests.unit.operations.test_pulling import START

pytestmark = pytest.mark.parametrize("market", [{"orders": 150}], indirect=True)
FROM = START - timedelta(days=60)
SHOP: Channel = channel("shopify-main").model_copy(update={"orders_from": FROM, "live_from": FROM})
OWN = [("shopify-main", "shopify_payments")]


@pytest.fixture
def told(market: Market) -> Market:
    """All that the shop and its balance tell, some days after its last sale."""
    market.clock.move(days=9)
    for group in ("pull", "money"):
        for outcome in pull_channel(market.hub, SHOP, group=group):  # pyright: ignore[reportArgumentType]  one of the groups
            assert outcome.outcome == "done", outcome.message
    return market


def reconciled(market: Market) -> Counter[str]:
    """The open breaks after a reconciliation, by kind."""
    report = reconcile_account(market.hub, SHOP, FROM.date(), market.clock.now().date())
    assert report.outcome == "done", report.message
    return Counter(row.kind for row in rows(market, BREAKS) if row.state == "open")


def rows(market: Market, table: Table) -> Sequence[Row[Any]]:
    with market.database.read() as c:
        return c.execute(select(table)).all()


def abroad(market: Market) -> list[Row[Any]]:
    """Payments in another currency that Shopify Payments settles."""
    return [
        row
        for row in rows(market, PAYMENTS)
        if row.currency != "EUR" and row.gateway == "shopify_payments" and row.kind in money_sides.MONEY_KINDS
    ]


def given_back(market: Market) -> Row[Any]:
    """A refund in another currency, of such a payment."""
    own = {row.external_id for row in abroad(market)}
    return next(row for row in rows(market, REFUNDS) if row.currency != "EUR" and row.payment_external_id in own)


def change(market: Market, table: Table, row_id: str, **values: object) -> None:
    market.database.run(lambda c: c.execute(update(table).where(table.c.id == row_id).values(**values)))


def line_of(market: Market, payment: Row[Any]) -> Row[Any]:
    return next(row for row in rows(market, LINES) if row.payment_reference == payment.reference and row.kind == "charge")


def accept(market: Market, subject: str) -> None:
    """The break of this line, resolved with the rate and approved by another person."""
    named = next(row.id for row in rows(market, BREAKS) if row.subject_id == subject)
    staffed = replace(market.hub, file=replace(market.hub.file, people=tuple(Person(id=each, name=each) for each in ("mia", "ben"))))
    if resolve(replace(staffed, actor=Actor("mia", "Mia")), named, "the bank's rate of the day").state == "proposed":
        approve(replace(staffed, actor=Actor("ben", "Ben")), named)


def level(market: Market, named: str, kind: str) -> Level:
    """The level of payments and refunds in a trace that explains everything."""
    found = trace(market.hub, named, kind)
    assert found.is_explained, found
    return next(each for each in found.levels if each.name == "payments and refunds")


def test_sales_and_refunds_in_other_currencies_end_matched(told: Market) -> None:
    assert reconciled(told) == Counter()

    matched = {row.line_id: row.match_id for row in rows(told, MEMBERS)}
    matches = {row.id: row for row in rows(told, MATCHES)}
    assert {row.currency for row in abroad(told)} == {"GBP", "JPY", "KWD", "USD"}
    for payment in abroad(told):
        match = matches[matched[payment.id]]
        assert (match.currency, match.left_minor, match.right_minor) == ("EUR", payment.shop_minor, payment.shop_minor)
    back = given_back(told)
    assert matches[matched[back.id]].left_minor == -back.shop_minor


def test_without_the_shops_amount_the_currencies_differ(told: Market) -> None:
    change(told, PAYMENTS, abroad(told)[0].id, shop_minor=None, shop_currency=None)
    change(told, REFUNDS, given_back(told).id, shop_minor=None, shop_currency=None)

    assert reconciled(told) == Counter({"currency_differs": 2})


def test_a_cent_that_the_shop_says_otherwise_is_a_difference(told: Market) -> None:
    payment = abroad(told)[0]
    change(told, PAYMENTS, payment.id, shop_minor=payment.shop_minor + 1)

    assert reconciled(told) == Counter({"amount_differs": 1})


def test_a_balance_that_tells_the_buyers_amount_is_matched_in_it(told: Market) -> None:
    payment = abroad(told)[0]
    change(told, LINES, line_of(told, payment).id, presented_minor=payment.amount_minor, presented_currency=payment.currency)

    assert reconciled(told) == Counter()
    assert {row.currency for row in rows(told, MATCHES)} == {"EUR", payment.currency}
    assert level(told, payment.external_id, "payment").remainders == {}


def test_only_the_channels_own_balance_is_in_the_shops_currency(told: Market) -> None:
    with told.database.read() as c:
        span = FROM.date(), told.clock.now().date()
        own = [*money_sides.payments(c, SHOP.id, OWN, *span), *money_sides.refunds(c, SHOP.id, OWN, *span)]
        other = [*money_sides.payments(c, "stripe", OWN, *span), *money_sides.refunds(c, "stripe", OWN, *span)]

    payment, back = abroad(told)[0], given_back(told)
    assert {each.currency for each in own} == {"EUR"}
    assert {each.id: (each.amount_minor, each.currency) for each in other if each.id in {payment.id, back.id}} == {
        payment.id: (payment.amount_minor, payment.currency),
        back.id: (-back.amount_minor, back.currency),
    }


def test_a_trace_names_the_conversion(told: Market) -> None:
    reconciled(told)
    back = given_back(told)
    payment = next(row for row in abroad(told) if row.external_id == back.payment_external_id)

    paid = level(told, payment.external_id, "payment")
    returned = level(told, back.external_id, "refund")

    assert paid.remainders == {CONVERSION: {"EUR": payment.shop_minor, payment.currency: -payment.amount_minor}}
    assert returned.remainders == {CONVERSION: {"EUR": -back.shop_minor, back.currency: back.amount_minor}}


def test_an_order_given_back_whole_leaves_nothing_to_convert(told: Market) -> None:
    reconciled(told)
    back = given_back(told)

    assert level(told, back.order_external_id, "order").sums == {back.currency: 0}
    assert level(told, back.order_external_id, "order").remainders == {}


def test_every_payout_is_explained_down_to_its_payments(told: Market) -> None:
    reconciled(told)

    payouts = {line_of(told, payment).payout_id for payment in abroad(told)}

    converted = [CONVERSION in level(told, payout, "payout").remainders for payout in payouts]

    assert sum(converted) > 3


def test_a_trace_shows_what_the_shops_amount_does_not_explain(told: Market) -> None:
    reconciled(told)
    payment = abroad(told)[0]
    change(told, PAYMENTS, payment.id, shop_minor=payment.shop_minor + 1)

    found = trace(told.hub, payment.external_id, "payment")

    assert [each.unexplained["EUR"] for each in found.levels if each.name == "payments and refunds"] == [-1]
    assert not found.is_explained


def test_what_a_person_matched_across_currencies_is_a_conversion(told: Market) -> None:
    payment = abroad(told)[0]
    change(told, PAYMENTS, payment.id, shop_minor=None, shop_currency=None)
    reconciled(told)
    line = line_of(told, payment)
    accept(told, line.id)

    match_by_hand(told.hub, [f"payment:{payment.external_id}"], [f"settlement-line:{line.external_id}"], "converted on the day")

    converted = level(told, payment.external_id, "payment").remainders
    assert converted == {CONVERSION: {"EUR": line.gross_minor, payment.currency: -payment.amount_minor}}
