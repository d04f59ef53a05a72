"""What unpaid orders hold is given back when their time is up, and never what somebody paid for."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from model.store import reservations
from model.store.database import Database
from model.store.reservations import RESERVATIONS
from model.store.stock_levels import LEVELS
from operations.auditor import audit
from operations.review_orders import review_orders
from operations.stock_verbs import STOCK_VERBS
from tests.conftest import StillClock
from tests.orders import line, order
from tests.trade import Trade


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    """Ten pots; orders without a payment, as `sell` leaves them, wait for one."""
    opened = Trade(database, tmp_path, clock)
    opened.lay("pot", 10)
    return opened


def sell_unpaid(trade: Trade, units: int) -> None:
    sold = replace(line("a", 1000, units * 1000), variant_external_id="pot")
    trade.save("web", replace(order(lines=(sold,)), payment_state="unpaid", payments=()))


def read_again(trade: Trade, *, is_paid: bool) -> None:
    """The channel tells the order anew; held in any case, as its total is not what its lines come to by our price list."""
    sold = replace(line("a", 1000, 3000), variant_external_id="pot")
    again = order(version=5, lines=(sold,))
    trade.save("web", again if is_paid else replace(again, payment_state="unpaid", payments=(), buyer_note="soon"))


def expire(trade: Trade) -> int:
    (report,) = STOCK_VERBS["expire_reservations"](trade.hub, None)
    return report.counts["expired"]


def held(trade: Trade) -> list[tuple[str, int, bool]]:
    """State, quantity and whether it has an end, of each reservation."""
    c = RESERVATIONS.c
    with trade.database.read() as connection:
        rows = connection.execute(select(c.state, c.quantity, c.expires_at.is_not(None)).order_by(c.made_at, c.id)).all()
        live = connection.execute(select(LEVELS.c.reserved)).scalar_one()
    assert live == sum(row[1] for row in rows if row[0] == "live")
    return [(row[0], row[1], bool(row[2])) for row in rows]


def test_unpaid_orders_give_back_what_they_held_when_their_time_is_up_and_not_before(trade: Trade) -> None:
    sell_unpaid(trade, 3)
    review_orders(trade.hub)
    assert held(trade) == [("live", 3000, True)]

    trade.clock.move(hours=23)
    before = expire(trade)
    trade.clock.move(hours=2)
    after = expire(trade)
    review_orders(trade.hub)

    assert (before, after) == (0, 1)
    assert held(trade) == [("expired", 3000, True)]
    assert audit(trade.database.url) == []


def test_an_order_that_gave_up_takes_stock_again_once_it_is_paid(trade: Trade) -> None:
    sell_unpaid(trade, 3)
    review_orders(trade.hub)
    trade.clock.move(hours=25)
    expire(trade)

    read_again(trade, is_paid=True)
    review_orders(trade.hub)

    assert held(trade) == [("expired", 3000, True), ("live", 3000, False)]


def test_what_was_paid_in_time_is_kept_although_the_order_still_waits_for_a_decision(trade: Trade) -> None:
    sell_unpaid(trade, 3)
    review_orders(trade.hub)

    trade.clock.move(hours=1)
    read_again(trade, is_paid=True)
    review_orders(trade.hub)
    trade.clock.move(hours=100)

    assert expire(trade) == 0
    assert held(trade) == [("live", 3000, False)]


def test_an_order_that_gave_up_and_is_let_pass_after_all_holds_stock_again(trade: Trade) -> None:
    order_id = trade.serve(3, payment_state="unpaid", payments=())
    review_orders(trade.hub)
    trade.clock.move(hours=25)
    given_up = expire(trade)
    rules = trade.file.path.parent / "rules"
    rules.mkdir()
    (rules / "review.toml").write_text("[payment_unverified]\nis_active = false\n")

    review_orders(trade.hub)

    assert (given_up, trade.lifecycle(order_id)) == (1, "allocated")
    assert held(trade) == [("expired", 3000, True), ("live", 3000, False)]
    assert audit(trade.database.url) == []


def test_a_review_does_not_prolong_the_time(trade: Trade) -> None:
    sell_unpaid(trade, 3)
    review_orders(trade.hub)
    trade.clock.move(hours=20)
    read_again(trade, is_paid=False)
    review_orders(trade.hub)
    trade.clock.move(hours=5)

    assert expire(trade) == 1


def test_an_order_paid_behind_the_back_of_the_one_who_expires_keeps_its_stock(trade: Trade) -> None:
    sell_unpaid(trade, 3)
    review_orders(trade.hub)
    trade.clock.move(hours=25)
    now = trade.clock.now()
    with trade.database.read() as c:
        seen = reservations.expired(c, now, 10)
    read_again(trade, is_paid=True)
    review_orders(trade.hub)

    ended = trade.database.run(lambda c: reservations.end_reservations(c, seen, "expired", at=now, actor_id="me"))

    assert (len(seen), ended) == (1, [])
    assert held(trade) == [("live", 3000, False)]
