"""Faults that an attack on returns, tracking, refunds and labels found, and what it could not break; each test was seen red or held."""

import random
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, delete, insert, inspect, select, text
from sqlalchemy import Table as SomeTable

from model.errors import ConfigError, RejectedError
from model.records.advice import ReceiptAdvice, ReceivedLine
from model.records.payment import Refund, RefundLine
from model.records.shipment import Return, ReturnLine
from model.records.tracking import Tracked, TrackingEvent
from model.rules.after_sales import LineStory, facts_of
from model.store import after_sales, migrating, returns, tracking
from model.store.database import Database
from model.store.fulfilments import SHIPMENTS
from model.store.order_rows import LINES, REFUND_LINES, REFUNDS
from model.store.tracking import Heard
from model.tables import Base
from model.tables.catalogue import KitPartRow
from operations.auditor import audit
from operations.buy_labels import ask_for_label
from operations.fulfilment_verbs import call_off_by_hand
from operations.manual_review import Correction, amend, reject
from operations.order_status import status_by_token
from operations.returns.arriving import HandReceipt, receive_by_hand
from operations.returns.exchange import exchange
from operations.returns.judging import judge_by_hand
from operations.returns.opening import Asked, add_to_return, end_return, open_return
from operations.returns.showing import listed_returns, shown_return
from operations.returns.told import meet_told_returns
from tests.conftest import StillClock
from tests.orders import line as plain_line
from tests.orders import order as plain_order
from tests.saving import NOW, Store
from tests.unit.operations.shipping_desk import Desk
from tests.unit.operations.test_booking_advices import tell
from tests.unit.operations.test_labels import PACKED, PostDesk
from tests.unit.operations.test_returns import back, held, returned, shipped, state, told_return
from tests.unit.operations.test_tracking_parcels import hear
from tests.unit.operations.test_tracking_parcels import shipped as parcel_shipped


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    """Ten pots in the 3PL's place."""
    desk = Desk(database, tmp_path, clock)
    desk.lay("pot", 10)
    return desk


def told_refund(desk: Desk, units: int, name: str = "F1", **told: Any) -> None:  # noqa: ANN401
    """The web shop tells on its own that it refunded goods that came back."""
    store = desk.trade.store
    store.seq += 100
    store.reading = replace(store.reading, account_id="web", key_id=store.sealer.key_for(desk.database, "web", NOW))
    line = RefundLine(line_external_id="a", quantity=units * 1000, amount_minor=500, tax_minor=0, restock="return")
    values: dict[str, Any] = {"status": "succeeded", "source_version": 1} | told
    store.save(Refund(
        external_id=name, order_external_id=plain_order().external_id, amount_minor=500, currency="EUR", created_at=NOW, lines=(line,),
        **values,
    ))  # fmt: skip


# returns: where stock lies


def test_goods_of_one_return_wait_at_one_place_so_that_they_are_judged_where_they_lie(desk: Desk) -> None:
    desk.lay("pot", 5, "main")
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked())
    receive_by_hand(desk.hub, reference, HandReceipt(quantities={"pot": "2"}, location="main"))

    with pytest.raises(RejectedError, match="wait at main to be judged"):
        receive_by_hand(desk.hub, reference, HandReceipt(quantities={"pot": "1"}, parcel="2", location="east"))
    judge_by_hand(desk.hub, reference, None, "sellable")
    receive_by_hand(desk.hub, reference, HandReceipt(quantities={"pot": "1"}, parcel="2", location="east"))
    judge_by_hand(desk.hub, reference, None, "sellable")

    assert (desk.level("main"), desk.level("east")) == ((7_000, 0, 0), (8_000, 0, 0))


# returns: add to a requested one


def test_more_under_a_requested_return_does_not_authorise_it_unseen(desk: Desk) -> None:
    order = shipped(desk)
    told_return(desk, "requested")
    meet_told_returns(desk.hub)
    [asked] = listed_returns(desk.hub)
    try:
        add_to_return(desk.hub, asked["reference"], Asked(skus={"pot": "1"}))
    except (ConfigError, RejectedError):
        return
    with desk.database.read() as c:
        parts = returns.parts_of(c, order)
        lines = returns.lines_of(c, returns.named(c, asked["reference"]).id)  # pyright: ignore
    if state(desk, asked["reference"]) == "authorised":
        assert sum(row.expected for row in parts) == sum(row.wanted for row in lines)


def test_a_requested_return_that_was_added_to_can_be_ended(desk: Desk) -> None:
    shipped(desk)
    told_return(desk, "requested")
    meet_told_returns(desk.hub)
    [asked] = listed_returns(desk.hub)
    try:
        add_to_return(desk.hub, asked["reference"], Asked(skus={"pot": "1"}))
    except (ConfigError, RejectedError):
        return
    assert end_return(desk.hub, asked["reference"], "no") == "cancelled"


# returns: what channels tell


def test_a_refund_of_goods_that_a_person_received_already_opens_no_second_return(desk: Desk) -> None:
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked(skus={"pot": "1"}))
    receive_by_hand(desk.hub, reference, HandReceipt(condition="sellable"))
    told_refund(desk, 1)
    report = meet_told_returns(desk.hub)
    assert (report.counts["opened"], [each["reference"] for each in listed_returns(desk.hub, every=True)]) == (0, [reference])


def test_a_refund_and_then_the_return_it_belongs_to_open_one_return(desk: Desk) -> None:
    shipped(desk, 4)
    told_refund(desk, 1)
    meet_told_returns(desk.hub)
    told_return(desk, "open", units=1)
    meet_told_returns(desk.hub)
    assert len(listed_returns(desk.hub, every=True)) == 1


def test_a_return_that_its_channel_grants_is_no_longer_only_requested(desk: Desk) -> None:
    shipped(desk)
    told_return(desk, "requested")
    meet_told_returns(desk.hub)
    told_return(desk, "open", version=2)
    meet_told_returns(desk.hub)
    assert [each["state"] for each in listed_returns(desk.hub)] == ["authorised"]


def test_what_a_channel_adds_to_its_return_is_expected_too(desk: Desk) -> None:
    shipped(desk)
    told_return(desk, "open", units=1)
    meet_told_returns(desk.hub)
    told_return(desk, "open", units=3, version=2)
    meet_told_returns(desk.hub)
    assert [each["missing"] for each in listed_returns(desk.hub)] == ["1", "2"]


def test_a_refund_that_failed_after_all_lets_go_of_the_return_it_opened(desk: Desk) -> None:
    shipped(desk)
    told_refund(desk, 3, status="pending")
    meet_told_returns(desk.hub)
    told_refund(desk, 3, status="failed", source_version=2)
    meet_told_returns(desk.hub)
    assert listed_returns(desk.hub) == []


def test_a_channels_return_of_one_line_does_not_swallow_a_refund_that_tells_of_another(desk: Desk) -> None:
    two = tuple(replace(plain_line(name, 500, 1000), variant_external_id="pot") for name in "ab")
    shipped(desk, lines=two)
    told_return(desk, "open", units=1)  # of line a
    meet_told_returns(desk.hub)
    store = desk.trade.store
    store.save(Refund(
        external_id="F1", order_external_id=plain_order().external_id, amount_minor=500, currency="EUR", created_at=NOW, status="succeeded",
        source_version=1, lines=(RefundLine(line_external_id="b", quantity=1000, amount_minor=500, tax_minor=0, restock="return"),),
    ))  # fmt: skip
    meet_told_returns(desk.hub)
    assert sorted(line["line"] for each in listed_returns(desk.hub) for line in shown_return(desk.hub, each["reference"])["lines"]) == [
        "a",
        "b",
    ]


# advice told again


def test_an_advice_of_a_return_that_is_told_again_with_more_is_not_taken_as_booked(desk: Desk) -> None:
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked())
    back(desk, reference, 1)
    more = ReceiptAdvice(
        external_id="R1", reference=reference, told_at=NOW, source_version=2, received_at=NOW, is_return=True,
        lines=(ReceivedLine(sku="pot", quantity=1000), ReceivedLine(sku="pot", quantity=2000)),
    )  # fmt: skip
    report = tell(desk, more)
    assert report.counts["held"] == 1 or returned(desk, order) == 3_000, (report.counts, held(desk), returned(desk, order))


# kits


def test_what_comes_back_of_a_kit_is_what_left_though_the_kit_is_made_otherwise_now(desk: Desk) -> None:
    desk.lay("cup", 8)
    desk.lay("tea", 8)
    order = shipped(desk, 2, listing="set")
    with desk.database.write() as c:
        c.execute(delete(KitPartRow))
        c.execute(insert(KitPartRow), [{"kit": "set", "part": part, "quantity": n} for part, n in (("cup", 1000), ("pot", 1000))])
    reference = open_return(desk.hub, order, Asked())
    assert {line["sku"] for line in shown_return(desk.hub, reference)["lines"]} == {"cup", "tea"}


# short goods and boxes


@pytest.mark.parametrize("left", [17, 13])
def test_a_box_of_six_that_is_short_by_a_unit_books(desk: Desk, left: int) -> None:
    desk.trade.list_("web", "six", "pot", 6000)
    desk.lay("pot", 18)
    (desk.home / "rules").mkdir()
    (desk.home / "rules" / "routing.toml").write_text('short = "cancel"\n')
    order = desk.sold(3, listing="six")
    desk.release()
    desk.drain()
    desk.warehouse.ship(pot=left, rest="never")
    report = desk.hear()
    assert (report.counts["held"], held(desk), desk.trade.lifecycle(order)) == (0, [], "part_shipped")
    assert "lacks a part of a box, which no rule leaves out" in desk.asked(order)[0].problem
    assert desk.audited() == []


# money


def test_what_a_returned_unit_is_worth_is_its_price_though_another_was_left_out(desk: Desk) -> None:
    order = desk.sold(4)
    amend(desk.hub, order, Correction(lines={"a": 2000}), "two are enough")
    desk.release()
    desk.drain()
    desk.warehouse.ship()
    desk.hear()
    reference = open_return(desk.hub, order, Asked(skus={"pot": "1"}))
    receive_by_hand(desk.hub, reference, HandReceipt())
    assert shown_return(desk.hub, reference)["worth"] == "2.50 EUR"


def test_a_refund_counts_for_one_of_two_returns_of_a_line(desk: Desk) -> None:
    order = shipped(desk, 4)
    first, second = (open_return(desk.hub, order, Asked(skus={"pot": "1"})) for _ in range(2))
    for each in (first, second):
        receive_by_hand(desk.hub, each, HandReceipt())
    told_refund(desk, 1)
    assert sum(float(each["refunded"].removesuffix(" EUR")) for each in listed_returns(desk.hub)) == 5.0


# tracking


def test_an_order_whose_parcel_arrived_while_it_waited_for_a_review_is_delivered(desk: Desk) -> None:
    order, shipment, number = parcel_shipped(desk)
    desk.trade.serve(3)  # its channel changed something; the review has not looked yet
    hear(desk, shipment, number, "in_transit", "delivered")
    desk.hear()
    assert desk.trade.lifecycle(order) == "delivered"


def test_the_day_of_the_last_parcel_stands_though_they_are_told_in_two_batches(desk: Desk) -> None:
    _order, shipment, number = parcel_shipped(desk)
    desk.database.run(lambda c: c.execute(SHIPMENTS.update().values(tracking_numbers=f'["{number}", "SECOND"]')))
    event = TrackingEvent(at=desk.clock.at, state="in_transit", message="x")
    for name, day in ((number, 9), ("SECOND", 4)):
        told = Tracked(tracking_number=name, events=(event,), expected_on=date(2026, 3, day))
        desk.database.run(lambda c, told=told: tracking.keep(c, Heard({shipment: [told]}), at=desk.clock.at))
    with desk.database.read() as c:
        assert c.execute(select(SHIPMENTS.c.expected_on)).scalar_one() == date(2026, 3, 9)


# order status


def test_a_token_of_any_letters_is_told_like_a_wrong_one(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="no order is known"):
        status_by_token(desk.hub, "é" * 64)


# four facts

REFUND = Refund(
    external_id="R1", order_external_id="1001", status="succeeded", amount_minor=1000, currency="EUR", created_at=NOW,
    lines=(RefundLine(line_external_id="a", quantity=1000, amount_minor=1000, tax_minor=0, restock="return"),),
)  # fmt: skip
BACK = Return(
    external_id="B1", order_external_id="1001", status="open", created_at=NOW, updated_at=NOW, source_version=1, currency="EUR",
    lines=(ReturnLine(line_external_id="b", quantity=1000, amount_minor=1000, tax_minor=0),),
)  # fmt: skip


def test_a_return_of_another_line_does_not_hide_the_return_that_a_refund_tells() -> None:
    facts = facts_of([REFUND], [BACK], [], None)
    assert sorted(each.line_external_id for each in facts if each.kind == "return") == ["a", "b"]  # pyright: ignore


def test_goods_that_a_buyer_only_asks_to_send_back_did_not_come_back() -> None:
    asked = replace(BACK, status="requested")
    assert [each for each in facts_of([], [asked], [], None) if each.kind == "return" and each.is_sure] == []


def test_a_failed_refund_does_not_explain_a_line_that_shrank() -> None:
    failed = replace(REFUND, status="failed", lines=(replace(REFUND.lines[0], restock="cancel"),))
    shrunk = LineStory(external_id="a", first=2000, now=1000, left=0, changed_at=NOW)
    facts = facts_of([failed], [], [shrunk], None)
    assert [each.quantity for each in facts if each.kind == "cancellation" and each.status == "succeeded"] == [1000]


def test_a_line_that_vanished_is_a_cancellation(database: Database, tmp_path: Path) -> None:
    store = Store(database, tmp_path)
    store.save(plain_order())
    store.save(plain_order(version=1, lines=(plain_line("a", 1000),)))
    with database.read() as c:
        assert c.execute(select(LINES.c.quantity).where(LINES.c.external_id == "b")).scalar_one() == 0
        facts = after_sales.facts_of_order(c, store.reading.order_id("1001"))
    assert [(each.kind, each.line_external_id, each.quantity) for each in facts] == [("cancellation", "b", 2000)]


# labels


@pytest.fixture
def post(database: Database, tmp_path: Path, clock: StillClock) -> Generator[PostDesk]:
    desk = PostDesk(database, tmp_path, clock)
    yield desk
    desk.street.close()


def test_no_label_is_paid_for_once_its_fulfilment_order_is_called_off(post: PostDesk) -> None:
    reference = post.to_pack()
    ask_for_label(post.hub, reference, PACKED)
    call_off_by_hand(post.hub, reference, "changed their mind")
    post.run("drain_outbox")
    assert post.street.truth()["labels"] == []


def test_a_return_that_was_over_at_its_channel_before_the_hub_heard_of_it_is_not_expected(desk: Desk) -> None:
    shipped(desk)
    told_return(desk, "closed")
    meet_told_returns(desk.hub)
    assert [each["state"] for each in listed_returns(desk.hub) if each["state"] == "authorised"] == []


def test_another_replacement_may_be_sent_when_the_first_was_called_off(desk: Desk) -> None:
    desk.lay("cup", 5)
    order = shipped(desk)
    reference = open_return(desk.hub, order, Asked(lines={"a": "1"}))
    first = exchange(desk.hub, reference, {"cup": "2"})
    reject(desk.hub, [first], "wrong colour")
    assert desk.trade.lifecycle(first) == "cancelled"
    assert exchange(desk.hub, reference, {"cup": "1"})


def test_a_carriers_word_from_before_the_parcel_left_is_of_another_parcel(desk: Desk) -> None:
    order, shipment, number = parcel_shipped(desk)
    event = TrackingEvent(at=desk.clock.at - timedelta(days=200), state="delivered", message="the number was used before")
    told = Tracked(tracking_number=number, events=(event,))
    desk.database.run(lambda c: tracking.keep(c, Heard({shipment: [told]}), at=desk.clock.at))
    assert desk.trade.lifecycle(order) == "shipped"
    with desk.database.read() as c:
        assert c.execute(select(SHIPMENTS.c.tracking_state)).scalar_one() is None


def test_of_two_who_act_at_once_one_is_refused(desk: Desk) -> None:
    order = shipped(desk)

    def both(work: Callable[[], object]) -> list[object]:
        def tried() -> object:
            try:
                return work()
            except RejectedError:
                return "refused"

        with ThreadPoolExecutor(2) as pool:
            return [each.result() for each in [pool.submit(tried) for _ in range(2)]]

    opened = both(lambda: open_return(desk.hub, order, Asked()))
    assert opened.count("refused") == 1, opened
    [reference] = [str(each) for each in opened if each != "refused"]
    received = both(lambda: receive_by_hand(desk.hub, reference, HandReceipt()))
    assert sorted(map(str, received)) == ["False", "True"]
    judged = both(lambda: judge_by_hand(desk.hub, reference, None, "sellable"))
    assert judged.count("refused") == 1
    assert (desk.level(), returned(desk, order)) == ((10_000, 0, 0), 3_000)
    assert desk.audited() == []


def test_a_home_at_0004_with_shipped_and_refunded_orders_is_upgraded(desk: Desk, tmp_path: Path) -> None:
    """The rows of a hub at work, put back into tables of revision 0004, as far as it knew them."""
    _order, shipment, number = parcel_shipped(desk)
    hear(desk, shipment, number, "in_transit")
    told_refund(desk, 1)
    database = desk.database
    with database.read() as c:
        kept = {table: [dict(row) for row in c.execute(select(table)).mappings()] for table in Base.metadata.sorted_tables}
    if database.is_postgres:
        with database.write() as c:
            c.execute(text("DROP SCHEMA public CASCADE"))
            c.execute(text("CREATE SCHEMA public"))
    else:
        database = Database(f"sqlite:///{tmp_path}/old.db")
    migrating.upgrade(database, "0004")
    with database.write() as c:
        if not database.is_postgres:
            c.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table, rows in kept.items():
            if not inspect(c).has_table(table.name) or not rows:
                continue
            names = {column["name"] for column in inspect(c).get_columns(table.name)}
            some = SomeTable(table.name, MetaData(), *(Column(each.name, each.type) for each in table.columns if each.name in names))
            c.execute(some.delete())
            c.execute(some.insert(), [{name: value for name, value in row.items() if name in names} for row in rows])
    migrating.upgrade(database)
    assert migrating.problems(database) == []
    with database.read() as c:
        assert [len(c.execute(select(table)).all()) for table in (REFUND_LINES, SHIPMENTS)] == [1, 1]


def test_what_is_there_at_0005_outlives_a_downgrade(desk: Desk) -> None:
    order = shipped(desk)
    open_return(desk.hub, order, Asked())
    told_refund(desk, 1)
    migrating.downgrade(desk.database, "0004")
    migrating.upgrade(desk.database)
    assert migrating.problems(desk.database) == []
    assert desk.audited() == []


def test_a_home_with_a_label_in_the_outbox_goes_down(post: PostDesk) -> None:
    reference = post.to_pack()
    ask_for_label(post.hub, reference, PACKED)
    migrating.downgrade(post.database, "0004")
    migrating.upgrade(post.database)
    assert migrating.problems(post.database) == []


@pytest.mark.parametrize("seed", range(25))
def test_refunds_from_two_doors_in_any_sequence(database: Database, tmp_path: Path, seed: int) -> None:
    rng, store = random.Random(seed), Store(database, tmp_path)  # noqa: S311
    outline = replace(REFUND, is_outline=True, lines=(), amount_minor=500)
    whole = replace(
        outline,
        is_outline=False,
        lines=(RefundLine(line_external_id="a", quantity=1000, amount_minor=420, tax_minor=80, restock="return"),),
    )
    version, own, is_shown, heard_own, log = 0, 1, None, False, list[str]()
    for _ in range(10):
        what = rng.choice(("outline", "none", "own", "own_stale", "back", "whole"))
        log.append(what)
        if what.startswith("own"):
            own += what == "own"
            store.save(replace(whole, source_version=own - (what == "own_stale"), status=rng.choice(("pending", "succeeded"))))
            heard_own = True
            if what == "own":
                is_shown = True
        else:
            version += 1
            refunds = {"outline": (outline,), "whole": (whole,)}.get(what, ())
            heard_own |= what == "whole"
            given = Return(
                external_id="B1", order_external_id="1001", status="open", created_at=NOW, updated_at=NOW, source_version=version,
                currency="EUR", lines=BACK.lines, refunds=(whole,) if rng.random() < 0.5 else (),
            )  # fmt: skip
            if what == "back":
                heard_own |= bool(given.refunds)
                store.save(given)
            else:
                store.save(replace(plain_order(version=version), refunds=refunds))
        with database.read() as c:
            row = c.execute(select(REFUNDS)).first()
            lines = c.execute(select(REFUND_LINES)).all()
        if row is not None:
            assert (row.amount_minor, row.is_outline, len(lines)) == (500, not heard_own, int(heard_own)), log
        assert audit(database.url) == [], log
    _ = is_shown


@pytest.mark.parametrize("seed", range(12))
def test_returns_in_any_sequence(desk: Desk, seed: int) -> None:  # noqa: C901  a dice over all that may be done
    rng = random.Random(seed)  # noqa: S311
    order = shipped(desk, 4)
    names: list[str] = []
    log: list[object] = []
    for place in range(14):
        what = rng.choice(("open", "add", "end", "receive", "judge", "advice", "unannounced"))
        units = rng.choice((1, 1, 2, 3))
        name = rng.choice(names) if names else None
        condition = rng.choice(("sellable", "damaged", "held"))
        log.append((what, units, name, condition))
        try:
            if what == "open":
                names.append(open_return(desk.hub, order, Asked(skus={"pot": str(units)})))
            elif what == "unannounced":
                back(desk, desk.asked(order)[0].reference, units, f"U{place}", condition)
                names = [each["reference"] for each in listed_returns(desk.hub, every=True)]
            elif name is None:
                continue
            elif what == "add":
                add_to_return(desk.hub, name, Asked(skus={"pot": str(units)}))
            elif what == "end":
                end_return(desk.hub, name, "so")
            elif what == "receive":
                receive_by_hand(desk.hub, name, HandReceipt(parcel=str(place), quantities={"pot": str(units)}, condition=condition))
            elif what == "judge":
                judge_by_hand(desk.hub, name, {"pot": str(units)}, rng.choice(("sellable", "damaged")))
            else:
                back(desk, name, units, f"A{place}", condition)
        except (RejectedError, ConfigError):
            log[-1] = (*log[-1], "refused")  # type: ignore[misc]
        with desk.database.read() as c:
            [part] = returns.parts_of(c, order) or [None]
            lines = [
                line
                for rows in returns.lines_by_return(c, [r.id for r in c.execute(select(returns.RETURN_ORDERS))]).values()
                for line in rows
            ]
        if part is not None:
            assert part.returned == sum(line.received for line in lines), log
            assert part.expected == sum(line.wanted - line.received - line.given_up for line in lines), log
            on_hand, is_held, _ = desk.level()
            assert on_hand == 6_000 + part.returned, log
            assert is_held == sum(line.received - line.sellable - line.damaged for line in lines), log
            assert returned(desk, order) == part.returned, log
    assert desk.audited() == []
