"""What orders are decided about when something else changes at the same time, or changed back and forth before."""

import threading
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from model.store.catalogue import LINE_STATES
from model.store.database import Database
from model.store.reservations import RESERVATIONS
from model.store.stock_levels import LEVELS
from model.tables.audit import DataKeyRow
from operations.auditor import audit
from operations.manual_review import reject
from operations.masters.files import import_file
from operations.masters.kinds import KINDS
from operations.review_orders import review_orders
from operations.stock_book import Deed, do
from operations.stock_verbs import STOCK_VERBS
from tests.conftest import StillClock
from tests.orders import line, order
from tests.trade import Trade


@pytest.fixture
def trade(database: Database, tmp_path: Path, clock: StillClock) -> Trade:
    """Ten pots."""
    opened = Trade(database, tmp_path, clock)
    opened.lay("pot", 10)
    return opened


def test_a_rejected_order_that_was_changed_waits_for_a_person_however_often_it_is_reviewed(trade: Trade) -> None:
    order_id = trade.serve(3)
    review_orders(trade.hub)
    reject(trade.hub, [order_id], "a fraud")

    trade.serve(4)
    for _ in range(3):
        review_orders(trade.hub)

    assert trade.lifecycle(order_id) == "held"


@pytest.mark.parametrize("moment", ["operations.review_orders.write_down", "model.store.review_facts._by"])
def test_a_change_that_comes_while_its_order_is_closed_is_seen(trade: Trade, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Once before the decision is written, and once behind the reading of the order."""
    order_id = trade.serve(3, payment_state="expired", payments=())
    module, _, name = moment.rpartition(".")
    real = getattr(import_module(module), name)
    pulls: list[threading.Thread] = []

    def meanwhile(*told: Any) -> Any:  # noqa: ANN401
        done = real(*told)
        if not pulls:
            pulls.append(threading.Thread(target=trade.serve, args=(3,)))
            pulls[0].start()
            pulls[0].join(1)
        return done

    monkeypatch.setattr(moment, meanwhile)
    review_orders(trade.hub)
    pulls[0].join()
    review_orders(trade.hub)

    assert trade.lifecycle(order_id) == "allocated"


def test_an_order_whose_goods_a_correction_took_is_served_when_there_are_some_again(trade: Trade) -> None:
    order_id = trade.serve(8)
    review_orders(trade.hub)
    was = trade.lifecycle(order_id)

    do(trade.hub, Deed(kind="adjust", sku="pot", location="main", quantity="-5", reference="flood", reason="drowned"))
    at_once = trade.lifecycle(order_id)
    assert audit(trade.database.url) == []
    review_orders(trade.hub)
    before = trade.lifecycle(order_id)
    do(trade.hub, Deed(kind="receive", sku="pot", location="main", quantity="5", reference="new"))
    review_orders(trade.hub)

    assert (was, at_once, before, trade.lifecycle(order_id)) == ("allocated", "part_allocated", "part_allocated", "allocated")
    with trade.database.read() as c:
        assert c.execute(select(LEVELS.c.reserved)).scalar_one() == 8000
    assert audit(trade.database.url) == []


def test_a_kit_leaves_stock_whole_and_once(trade: Trade) -> None:
    """Four cups and half a tea; the tea is lost, the channel says that all was sent, and then there is tea again."""
    trade.lay("cup", 12)
    trade.lay("tea", 1)
    order_id = trade.serve(1, listing="set")
    review_orders(trade.hub)
    do(trade.hub, Deed(kind="adjust", sku="tea", location="main", quantity="-1", reference="mice", reason="eaten"))
    trade.serve(1, listing="set", fulfilment_state="fulfilled")
    review_orders(trade.hub)
    before = trade.lifecycle(order_id)

    do(trade.hub, Deed(kind="receive", sku="tea", location="main", quantity="2", reference="new"))
    for _ in range(2):
        review_orders(trade.hub)

    with trade.database.read() as c:
        on_hand = dict(c.execute(select(LEVELS.c.sku, LEVELS.c.on_hand)).tuples().all())
        issued = c.execute(select(LINE_STATES.c.issued)).scalar_one()
    assert (on_hand["cup"], on_hand["tea"], issued) == (8000, 1500, 1000)
    assert (before, trade.lifecycle(order_id)) == ("part_allocated", "shipped")


def test_an_order_that_cannot_be_decided_about_keeps_nobody_waiting(trade: Trade) -> None:
    good = trade.serve(2)
    bad = trade.save("till", replace(order("lost", lines=(replace(line("a", 1000), variant_external_id="pot"),)), placed_at=trade.clock.at))
    with trade.database.write() as c:
        c.execute(update(DataKeyRow).where(DataKeyRow.id.startswith("till")).values(wrapped=b""))

    (report,) = STOCK_VERBS["review_orders"](trade.hub, None)

    assert trade.lifecycle(good) == "allocated"
    assert (report.outcome, trade.lifecycle(bad)) == ("failed", "received")
    assert report.message.startswith(f"orders that could not be decided about: 1; order {bad}: ")


def test_a_sku_that_is_counted_from_now_on_is_held_for_orders_that_were_approved_before(trade: Trade, tmp_path: Path) -> None:
    trade.know("pot", is_tracked=False)
    order_id = trade.serve(3)
    review_orders(trade.hub)
    before = trade.lifecycle(order_id)
    sheet = tmp_path / "skus.csv"
    sheet.write_text("code,is_tracked\npot,yes\n")

    import_file(trade.hub, KINDS["skus"], sheet)
    assert audit(trade.database.url) == []
    review_orders(trade.hub)

    with trade.database.read() as c:
        held = c.execute(select(RESERVATIONS.c.quantity).where(RESERVATIONS.c.state == "live")).scalars().all()
    assert (before, trade.lifecycle(order_id), held) == ("allocated", "allocated", [3000])
    assert audit(trade.database.url) == []


def test_a_kit_made_of_something_else_is_held_anew(trade: Trade, tmp_path: Path) -> None:
    trade.lay("cup", 12)
    trade.lay("tea", 1)
    trade.serve(1, listing="set")
    review_orders(trade.hub)
    sheet = tmp_path / "kits.csv"
    sheet.write_text("kit,part,quantity\nset,cup,2\nset,pot,1\n")

    import_file(trade.hub, KINDS["kits"], sheet)
    review_orders(trade.hub)

    with trade.database.read() as c:
        live = select(RESERVATIONS.c.sku, RESERVATIONS.c.quantity).where(RESERVATIONS.c.state == "live")
        assert dict(c.execute(live).tuples().all()) == {"cup": 2000, "pot": 1000}
    assert audit(trade.database.url) == []
