"""What a review knows of an order's money: what is authorised, what its buyer still owes, and which day's prices hold."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.records.payment import Payment
from model.rules.review import OrderFacts
from model.store.database import Database
from model.store.review_facts import Candidate, candidates
from operations.masters.files import import_file
from operations.masters.kinds import KINDS
from operations.review_orders import review_orders
from tests.conftest import StillClock
from tests.orders import payment
from tests.trade import Trade


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    return Trade(database, tmp_path, clock)


def looked_at(trade: Trade, order_id: str, price_list: str | None = None) -> Candidate:
    with trade.database.write() as c:
        (found,) = candidates(c, [order_id], trade.hub.sealer(), {"web": price_list})
    return found


def facts(trade: Trade, order_id: str) -> OrderFacts:
    return looked_at(trade, order_id).facts


def money(kind: str, amount: int, name: str, parent: str | None = None) -> Payment:
    return replace(payment("1001", amount), external_id=name, kind=kind, parent_external_id=parent)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("payments", "authorized", "captured"),
    [
        ([("authorization", 1590, "a", None)], 1590, 0),
        ([("authorization", 800, "a", None), ("capture", 800, "c", "a")], 0, 800),
        ([("authorization", 800, "a", None), ("capture", 300, "c", "a")], 500, 300),
        ([("authorization", 800, "a", None), ("capture", 300, "c", None)], 500, 300),
        ([("authorization", 800, "a", None), ("void", 0, "v", "a")], 0, 0),
        ([("authorization", 800, "a", None), ("void", 800, "v", None)], 0, 0),
        ([("authorization", 800, "a", None), ("capture", 900, "c", "a"), ("authorization", 100, "b", None)], 100, 900),
    ],
)
def test_what_was_captured_is_authorised_no_longer(
    trade: Trade, payments: list[tuple[str, int, str, str | None]], authorized: int, captured: int
) -> None:
    order_id = trade.serve(1, payment_state="part_paid", payments=tuple(money(*each) for each in payments))

    found = facts(trade, order_id)

    assert (found.authorized_minor, found.captured_minor) == (authorized, captured)
    assert found.owed_minor == 1590 - authorized - captured


def test_a_customer_owes_for_what_was_sent_and_not_for_what_was_paid_or_called_off(trade: Trade, tmp_path: Path) -> None:
    sheet = tmp_path / "customers.csv"
    sheet.write_text("id,type,name,email,terms_days,credit_limit,currency\nC1,dealer,Ada Example,ada@example.com,30,500,EUR\n")
    assert import_file(trade.hub, KINDS["customers"], sheet).new == 1
    part = (replace(payment("sent", 590), external_id="part"),)
    trade.serve(1, external_id="sent", payment_state="part_paid", payments=part, fulfilment_state="fulfilled")
    trade.serve(1, external_id="off", payment_state="unpaid", payments=(), cancelled_at=trade.clock.at)
    trade.serve(1, external_id="paid")
    trade.serve(1, external_id="open", payment_state="unpaid", payments=())
    trade.lay("pot", 10)
    review_orders(trade.hub)

    customer = facts(trade, trade.serve(1, external_id="next", payment_state="unpaid", payments=())).customer

    assert customer is not None
    assert customer.open_balance_minor == 1000 + 1590


def test_a_price_holds_from_its_day_where_the_shop_is(trade: Trade, tmp_path: Path) -> None:
    sheet = tmp_path / "prices.csv"
    sheet.write_text("price_list,sku,currency,amount,valid_from\nlist,pot,EUR,10,2026-01-01\nlist,pot,EUR,12,2026-03-02\n")
    assert import_file(trade.hub, KINDS["prices"], sheet).new == 2
    trade.store.reading = replace(trade.store.reading, zone=trade.file.channels[0].trading_zone)
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # half past midnight in Berlin

    order_id = trade.serve(1, placed_at=late)

    assert [line.list_price_minor for line in looked_at(trade, order_id, "list").lines] == [1200]
