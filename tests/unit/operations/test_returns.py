"""Goods come back at most once: authorised, received, judged, exchanged; stock and counts follow."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from model.errors import ConfigError, RejectedError
from model.records.advice import ReceiptAdvice, ReceivedLine
from model.records.shipment import Return, ReturnLine
from model.store import returns
from model.store.advices import BOOKINGS
from model.store.catalogue import LINE_STATES
from model.store.database import Database
from model.store.order_rows import STATES
from model.store.outbox import OUTBOX
from model.store.returns import PARTS, RETURN_ORDERS
from operations.book_advices import book_advices
from operations.manual_review import approve
from operations.reports import Report
from operations.returns.arriving import HandReceipt, receive_by_hand
from operations.returns.exchange import exchange
from operations.returns.judging import judge_by_hand
from operations.returns.opening import Asked, add_to_return, authorise_return, end_return, open_return
from operations.returns.showing import facts_shown, listed_returns, shown_return
from operations.returns.told import meet_told_returns
from operations.review_orders import review_orders
from tests.conftest import StillClock
from tests.orders import order as plain_order
from tests.saving import NOW
from tests.unit.operations.shipping_desk import PARTNER, Desk
from tests.unit.operations.test_booking_advices import tell


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    """Ten pots in the 3PL's place."""
    desk = Desk(database, tmp_path, clock)
    desk.lay("pot", 10)
    return desk


def shipped(desk: Desk, units: int = 3, **told: Any) -> str:  # noqa: ANN401
    """An order that the 3PL shipped whole."""
    order = desk.sold(units, **told)
    desk.release()
    desk.drain()
    desk.warehouse.ship()
    desk.hear()
    return order


def back(desk: Desk, reference: str, units: int, name: str = "R1", condition: str = "sellable") -> Report:
    """The 3PL tells that so many pots came back under this reference."""
    lines = (ReceivedLine(sku="pot", quantity=units * 1000, condition=condition),)  # pyright: ignore[reportArgumentType]  one of the three
    return tell(desk, ReceiptAdvice(
        external_id=name, reference=reference, told_at=NOW, source_version=1, received_at=NOW, is_return=True, lines=lines,
    ))  # fmt: skip


def held(desk: Desk) -> list[str]:
    with desk.database.read() as c:
        return [row.problem for row in c.execute(select(BOOKINGS).where(BOOKINGS.c.state == "held"))]


def state(desk: Desk, reference: str) -> str:
    return str(shown_return(desk.hub, reference)["state"])


def returned(desk: Desk, order: str) -> int:
    with desk.database.read() as c:
        return c.execute(select(LINE_STATES.c.returned).where(LINE_STATES.c.order_id == order)).scalar_one()


def test_what_the_warehouse_gets_back_is_in_stock_and_counted_once(desk: Desk) -> None:
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked(lines={"a": "2"}))

    first, again = back(desk, reference, 1), back(desk, reference, 1)
    rest = back(desk, reference, 1, "R2", "damaged")

    assert [report.counts["held"] for report in (first, again, rest)] == [0, 0, 0], held(desk)
    assert (desk.level(), returned(desk, order), state(desk, reference)) == ((9_000, 0, 0), 2_000, "closed")
    assert desk.audited() == []


def test_goods_that_wait_for_a_judgement_are_not_sold_until_it_is_said(desk: Desk) -> None:
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked())
    assert receive_by_hand(desk.hub, reference, HandReceipt())
    assert not receive_by_hand(desk.hub, reference, HandReceipt(quantities={"pot": "3"}))
    before = (desk.level(), state(desk, reference))

    judge_by_hand(desk.hub, reference, {"pot": "2"}, "sellable")
    judge_by_hand(desk.hub, reference, None, "damaged", "cracked")

    assert before == ((10_000, 3_000, 0), "received")
    assert (desk.level(), state(desk, reference)) == ((10_000, 0, 0), "closed")
    assert (
        shown_return(desk.hub, reference)["lines"][0] | {"sellable": "2", "damaged": "1"} == shown_return(desk.hub, reference)["lines"][0]
    )
    with pytest.raises(RejectedError, match="nothing is here that waits"):
        judge_by_hand(desk.hub, reference, None, "sellable")
    assert desk.audited() == []


def test_no_unit_comes_back_twice(desk: Desk) -> None:
    order = shipped(desk)
    first = open_return(desk.hub, order, Asked(skus={"pot": "2"}))

    with pytest.raises(RejectedError, match="1 of pot on line a more than left"):
        open_return(desk.hub, order, Asked(lines={"a": "2"}))
    back(desk, first, 2)
    with pytest.raises(RejectedError, match="more than left"):
        open_return(desk.hub, order, Asked(skus={"pot": "2"}))
    last = open_return(desk.hub, order, Asked())

    assert [line["wanted"] for line in shown_return(desk.hub, last)["lines"]] == ["1"]
    with pytest.raises(IntegrityError):
        desk.database.run(lambda c: c.execute(update(PARTS).values(expected=PARTS.c.expected + 1)))
    assert desk.audited() == []


def test_nothing_comes_back_of_an_order_that_never_left(desk: Desk) -> None:
    order = desk.sold(3)

    with pytest.raises(RejectedError, match="nothing of this order may come back"):
        open_return(desk.hub, order, Asked())


def test_what_will_not_come_may_be_returned_another_time(desk: Desk) -> None:
    order = shipped(desk)
    first = open_return(desk.hub, order, Asked())
    back(desk, first, 1)

    ended = end_return(desk.hub, first, "kept the others")
    second = open_return(desk.hub, order, Asked())
    refused = end_return(desk.hub, second, "too late")

    assert (ended, refused) == ("closed", "cancelled")
    with desk.database.read() as c:
        assert returns.returnable(c, order) == {("a", "pot"): 2_000}
    assert desk.audited() == []


def test_more_than_was_announced_is_held_until_somebody_expects_it(desk: Desk) -> None:
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked(skus={"pot": "1"}))

    first, reasons = back(desk, reference, 2), held(desk)
    add_to_return(desk.hub, reference, Asked(skus={"pot": "1"}))
    second = book_advices(desk.hub, PARTNER)

    assert (first.counts["held"], second.counts["booked"]) == (1, 1)
    assert f"more arrived than {reference} expects" in reasons[0]
    assert (returned(desk, order), desk.level()) == (2_000, (9_000, 0, 0))
    assert desk.audited() == []


def test_goods_nobody_announced_open_a_return_by_the_name_they_left_under(desk: Desk) -> None:
    order = shipped(desk)
    reference = desk.asked(order)[0].reference

    first, again = back(desk, reference, 2), back(desk, reference, 2)
    too_many = back(desk, reference, 2, "R2")

    assert [report.counts["held"] for report in (first, again, too_many)] == [0, 0, 1]
    assert [(each["state"], each["reason"]) for each in listed_returns(desk.hub, every=True)] == [("closed", "other")]
    assert (returned(desk, order), desk.level()) == (2_000, (9_000, 0, 0))
    assert desk.audited() == []


def test_goods_that_were_announced_arrive_under_their_return_whatever_they_are_called(desk: Desk) -> None:
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked())

    back(desk, desk.asked(order)[0].reference, 3)

    assert [(each["reference"], each["state"]) for each in listed_returns(desk.hub, every=True)] == [(reference, "closed")]
    assert desk.audited() == []


def test_a_kit_comes_back_in_parts_and_counts_when_it_is_whole(desk: Desk) -> None:
    desk.lay("cup", 8)
    desk.lay("tea", 8)
    order = shipped(desk, 2, listing="set")
    cups = open_return(desk.hub, order, Asked(skus={"cup": "4"}))
    receive_by_hand(desk.hub, cups, HandReceipt(condition="sellable"))
    half = returned(desk, order)

    rest = open_return(desk.hub, order, Asked())
    receive_by_hand(desk.hub, rest, HandReceipt(condition="sellable"))

    assert (half, returned(desk, order)) == (0, 2_000)
    assert [(line["sku"], line["received"]) for line in shown_return(desk.hub, rest)["lines"]] == [("cup", "4"), ("tea", "1")]
    assert desk.audited() == []


def told_return(desk: Desk, status: str, units: int = 2, version: int = 1) -> None:
    """The web shop tells of a return."""
    order = plain_order().external_id
    desk.trade.store.seq += 100
    desk.trade.store.reading = replace(
        desk.trade.store.reading, account_id="web", key_id=desk.trade.store.sealer.key_for(desk.database, "web", NOW)
    )
    desk.trade.store.save(Return(
        external_id="B1", order_external_id=order, status=status,  # pyright: ignore[reportArgumentType]
        created_at=NOW, updated_at=NOW, source_version=version, currency="EUR",
        lines=(ReturnLine(line_external_id="a", quantity=units * 1000, amount_minor=500, tax_minor=0),),
    ))  # fmt: skip


def test_a_return_that_a_channel_tells_is_expected_once_and_ended_when_it_is_called_off(desk: Desk) -> None:
    shipped(desk)
    told_return(desk, "open")

    first, again = meet_told_returns(desk.hub), meet_told_returns(desk.hub)
    [opened] = listed_returns(desk.hub)
    told_return(desk, "cancelled", version=2)
    last = meet_told_returns(desk.hub)

    assert (first.counts["opened"], again.counts["opened"], last.counts["ended"]) == (1, 0, 1)
    assert (opened["state"], opened["missing"]) == ("authorised", "2")
    assert listed_returns(desk.hub) == []
    assert desk.audited() == []


def test_a_return_that_a_channel_asks_for_waits_for_a_person(desk: Desk) -> None:
    order = shipped(desk)
    told_return(desk, "requested")

    report = meet_told_returns(desk.hub)
    [asked] = listed_returns(desk.hub)
    early = back(desk, asked["reference"], 2)
    authorise_return(desk.hub, asked["reference"])
    book_advices(desk.hub, PARTNER)

    assert (report.counts["requested"], asked["state"], early.counts["held"]) == (1, "requested", 1)
    assert (returned(desk, order), state(desk, asked["reference"])) == (2_000, "closed")
    assert desk.audited() == []


def test_more_than_left_is_requested_with_the_reason_and_cannot_be_authorised(desk: Desk) -> None:
    shipped(desk)
    told_return(desk, "open", units=4)

    report = meet_told_returns(desk.hub)

    [asked] = listed_returns(desk.hub)
    assert (report.counts["requested"], asked["state"]) == (1, "requested")
    assert "tells of more goods of line a than left" in asked["problem"]
    with pytest.raises(RejectedError, match="more than left"):
        authorise_return(desk.hub, asked["reference"])
    assert end_return(desk.hub, asked["reference"], "a mistake there") == "cancelled"
    assert desk.audited() == []


def test_an_exchange_sends_something_else_and_tells_its_channel_nothing(desk: Desk) -> None:
    desk.lay("cup", 5)
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked(lines={"a": "1"}))

    replacement = exchange(desk.hub, reference, {"cup": "2"})
    [judged] = approve(desk.hub, [replacement], "exchange")
    desk.release()
    desk.drain()
    desk.warehouse.ship()
    desk.hear()

    assert (judged.outcome, desk.trade.lifecycle(replacement)) == ("approved", "shipped")
    assert shown_return(desk.hub, reference)["exchange"] == f"#1001-{reference}"
    with desk.database.read() as c:
        sold = c.execute(select(LINE_STATES.c.sold, LINE_STATES.c.issued).where(LINE_STATES.c.order_id == replacement)).one()
        told = c.execute(select(OUTBOX.c.operation).where(OUTBOX.c.account_id == "web")).scalars().all()
        is_own = c.execute(select(STATES.c.is_own).where(STATES.c.order_id == replacement)).scalar_one()
    assert (tuple(sold), len(told), is_own) == ((0, 2_000), 1, True)
    with pytest.raises(ConfigError, match="has its replacement already"):
        exchange(desk.hub, reference, {"cup": "1"})
    assert desk.audited() == []


def test_what_is_sent_instead_must_be_listed_on_the_channel(desk: Desk) -> None:
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked())

    with pytest.raises(ConfigError, match="no listing of web sells just this SKU"):
        exchange(desk.hub, reference, {"vase": "1"})

    with desk.database.read() as c:
        assert c.execute(select(RETURN_ORDERS.c.exchange_order_id)).scalar_one() is None


def test_an_order_from_before_the_hub_went_live_comes_back_by_its_channels_word(desk: Desk) -> None:
    order = desk.trade.serve(2, placed_at=NOW.replace(year=2025), fulfilment_state="fulfilled")
    review_orders(desk.hub)

    reference = open_return(desk.hub, order, Asked(lines={"a": "1"}, location="main"))
    receive_by_hand(desk.hub, reference, HandReceipt(condition="sellable"))

    assert (state(desk, reference), desk.level("main")) == ("closed", (1_000, 0, 0))
    with pytest.raises(RejectedError, match="more than left"):
        open_return(desk.hub, order, Asked(lines={"a": "2"}))
    assert desk.audited() == []


def test_a_return_that_a_person_opened_is_the_one_its_channel_tells_of_later(desk: Desk) -> None:
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked(lines={"a": "2"}))
    back(desk, reference, 2)
    told_return(desk, "open")

    meet_told_returns(desk.hub)

    assert [(each["reference"], each["state"]) for each in listed_returns(desk.hub, every=True)] == [(reference, "closed")]
    assert [(fact["kind"], fact["quantity"]) for fact in facts_shown(desk.hub, order)] == [("return", "2")]
    assert desk.audited() == []


def test_only_what_no_return_covers_yet_is_opened(desk: Desk) -> None:
    order = shipped(desk)
    open_return(desk.hub, order, Asked(lines={"a": "1"}))
    told_return(desk, "open")

    first, again = meet_told_returns(desk.hub), meet_told_returns(desk.hub)

    assert (first.counts["opened"], again.counts["opened"]) == (1, 0)
    assert [(each["state"], each["missing"]) for each in listed_returns(desk.hub)] == [("authorised", "1"), ("authorised", "1")]
    assert desk.audited() == []


def test_goods_that_came_back_here_are_a_fact_of_the_order(desk: Desk) -> None:
    order = shipped(desk)
    back(desk, desk.asked(order)[0].reference, 2)

    assert [(fact["kind"], fact["quantity"], fact["line"]) for fact in facts_shown(desk.hub, order)] == [("return", "2", "a")]
