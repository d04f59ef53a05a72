"""Approved orders are shipped once: released, sent, heard of and booked, whatever becomes of the answers."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from model.errors import ConfigError, RejectedError
from model.store.accounts import pauses
from model.store.database import Database
from model.store.outbox import OUTBOX, claim
from operations.fulfilment_verbs import HandShipment, call_off_by_hand, ship_by_hand
from operations.manual_review import Correction, amend
from operations.outbox_verbs import pause_outbox, resume_outbox, settle_by_hand
from operations.reports import Report
from operations.review_orders import review_orders
from tests.conftest import StillClock
from tests.saving import DEAD
from tests.unit.operations.shipping_desk import Desk
from tests.warehouse import Fault, dropped, lost, says, unreachable


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    desk = Desk(database, tmp_path, clock)
    desk.lay("pot", 10)
    return desk


def test_an_approved_order_is_asked_for_once(desk: Desk) -> None:
    order = desk.sold(3)

    first, again = desk.release(), desk.release()

    assert (first.counts["released"], again.counts["released"], first.message) == (1, 0, "")
    [asked] = desk.asked(order)
    assert (asked.state, asked.location_id, asked.partner_id) == ("released", "east", "threepl")
    assert [(row.operation, row.state, row.reference) for row in desk.commands()] == [("submit_shipment", "pending", asked.reference)]
    assert desk.trade.lifecycle(order) == "released"
    assert desk.audited() == []


def test_what_was_asked_for_is_shipped_and_leaves_stock(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()

    sent = desk.drain()
    accepted = desk.asked(order)[0].state
    desk.warehouse.ship()
    heard = desk.hear()

    assert (sent.outcome, sent.counts["done"], accepted) == ("done", 1, "accepted")
    assert (heard.outcome, heard.counts["booked"], heard.message) == ("done", 1, "")
    assert [(each["status"], each["products"][0]["quantity"]) for each in desk.warehouse.orders] == [("Fulfilled", 3)]
    assert desk.asked(order)[0].state == "shipped"
    assert desk.level() == (7_000, 0, 0)
    assert desk.trade.lifecycle(order) == "shipped"
    assert desk.audited() == []


def test_hearing_the_same_again_changes_nothing(desk: Desk) -> None:
    desk.sold(3)
    desk.release()
    desk.drain()
    desk.warehouse.ship()
    desk.hear()

    again = desk.hear()

    assert again.counts["booked"] == 0
    assert desk.level() == (7_000, 0, 0)


@pytest.mark.parametrize("fault", [lost, dropped, says(500), says(503), unreachable, says(429)])
def test_however_an_answer_is_lost_one_order_is_made(desk: Desk, fault: Fault) -> None:
    order = desk.sold(3)
    desk.release()
    desk.warehouse.faults = [fault]

    first = desk.drain()
    desk.clock.move(hours=1)
    second = desk.drain()

    assert first.counts["unknown"] + first.counts["waiting"] == 1
    assert second.counts["done"] == 1
    assert len(desk.warehouse.orders) == 1
    assert desk.asked(order)[0].state == "accepted"
    assert [row.state for row in desk.commands()] == ["done"]


def test_the_same_bytes_are_sent_at_every_attempt(desk: Desk) -> None:
    desk.sold(3)
    desk.release()
    desk.warehouse.faults = [says(429), dropped, says(500)]
    bodies = set[bytes]()

    for _ in range(4):
        bodies |= {bytes(row.body) for row in desk.commands()}
        desk.drain()
        desk.clock.move(hours=1)

    assert len(bodies) == 1
    assert len(desk.warehouse.orders) == 1


def test_a_refusal_waits_for_a_person_and_keeps_the_goods(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.warehouse.faults = [says(400)]

    report = desk.drain()

    assert report.counts["parked"] == 1
    [asked], [row] = desk.asked(order), desk.commands()
    assert (asked.state, row.state, row.is_unsure) == ("refused", "parked", False)
    assert asked.problem == row.problem
    assert "400" in row.problem
    assert desk.level() == (10_000, 0, 3_000)


def test_refused_credentials_leave_everything_as_it_was(desk: Desk) -> None:
    desk.sold(3)
    desk.sold(2, external_id="another")
    desk.release()
    desk.warehouse.faults = [says(401)]

    report = desk.drain()

    assert report.outcome == "failed"
    assert [(row.state, row.sent_at is None) for row in desk.commands()] == [("pending", False), ("pending", False)]
    assert desk.warehouse.orders == []
    with desk.database.read() as c:
        assert "401" in pauses(c)["threepl"][1]


def test_many_problems_are_counted_and_a_few_told() -> None:
    report = Report("release")

    report.add(*(f"order {number}" for number in range(6)))
    report.add("order 6")

    assert report.message == "order 0; order 1; order 2; order 3; order 4; and 2 more"


def test_a_command_is_dead_only_after_many_attempts_and_days(desk: Desk) -> None:
    desk.sold(3)
    desk.release()
    desk.warehouse.faults = [unreachable] * 40

    for _ in range(40):
        desk.drain()
        desk.clock.at += timedelta(hours=4)

    [row] = desk.commands()
    assert (row.state, row.is_unsure) == ("parked", False)
    assert row.attempts >= 20
    assert "nothing was done" in row.problem


def test_a_part_that_left_is_booked_and_the_rest_stays_promised(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.drain()

    desk.warehouse.ship(pot=2)
    desk.hear()

    assert desk.asked(order)[0].state == "part_shipped"
    assert desk.level() == (8_000, 0, 1_000)
    assert desk.trade.lifecycle(order) == "part_shipped"
    assert desk.audited() == []


def test_own_people_ship_what_lies_in_their_place(desk: Desk) -> None:
    desk.lay("pot", 20, "main")

    order = desk.sold(12)
    desk.release()

    assert [(row.location_id, row.partner_id) for row in desk.asked(order)] == [("main", None)]
    assert desk.commands() == []


def test_what_was_not_found_there_is_held_back_and_wanted_from_elsewhere(desk: Desk) -> None:
    desk.lay("pot", 2, "main")
    order = desk.sold(10)
    desk.release()
    desk.drain()

    desk.warehouse.ship(pot=8, rest="never")
    desk.hear()
    desk.release()

    first, second = desk.asked(order)
    assert (first.state, first.problem.startswith("short: 2 of pot")) == ("closed", True)
    assert (second.location_id, second.state) == ("main", "released")
    assert desk.level() == (2_000, 2_000, 0)
    assert desk.level("main") == (2_000, 0, 2_000)
    assert desk.audited() == []


def test_what_was_not_found_is_left_out_of_the_order_where_the_rule_says_so(desk: Desk) -> None:
    desk.lay("pot", 2, "main")
    (desk.home / "rules").mkdir()
    (desk.home / "rules" / "routing.toml").write_text('short = "cancel"\n')
    order = desk.sold(10)
    desk.release()
    desk.drain()

    desk.warehouse.ship(pot=8, rest="never")
    desk.hear()
    desk.release()
    desk.hear()

    [only] = desk.asked(order)
    assert (only.state, "left out of the order by rule: line a" in only.problem) == ("closed", True)
    assert desk.trade.lifecycle(order) == "shipped"
    assert (desk.level(), desk.level("main")) == ((2_000, 2_000, 0), (2_000, 0, 0))
    assert desk.audited() == []


def test_a_cancelled_order_is_called_back_and_gives_its_goods_back(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.drain()

    desk.sold(3, cancelled_at=desk.clock.at)
    called = desk.release()
    promised = desk.level()
    desk.drain()
    desk.sold(3, cancelled_at=desk.clock.at)

    assert called.counts["called_back"] == 1
    assert promised == (10_000, 0, 3_000)
    assert [each["status"] for each in desk.warehouse.orders] == ["Cancelled"]
    assert desk.asked(order)[0].state == "cancelled"
    assert desk.level() == (10_000, 0, 0)
    assert desk.trade.lifecycle(order) == "cancelled"
    assert desk.audited() == []


def test_what_never_left_the_outbox_is_called_off_at_once(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()

    desk.sold(3, cancelled_at=desk.clock.at)
    desk.release()
    desk.drain()

    assert desk.asked(order)[0].state == "cancelled"
    assert [row.state for row in desk.commands()] == ["withdrawn"]
    assert desk.warehouse.orders == []


def test_too_late_to_call_back_is_told_and_what_left_is_booked(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.drain()
    desk.warehouse.ship()

    desk.sold(3, cancelled_at=desk.clock.at)
    desk.release()
    report = desk.drain()
    desk.hear()

    assert report.counts["parked"] == 1
    assert desk.asked(order)[0].state == "shipped"
    assert [row.state for row in desk.commands()] == ["done", "withdrawn"]
    assert desk.level() == (7_000, 0, 0)
    assert desk.audited() == []


def test_an_order_that_goes_elsewhere_is_called_back_and_asked_for_anew(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.drain()

    amend(desk.hub, order, Correction(address={"city": "Bremen"}), "the buyer moved")
    desk.release()
    desk.drain()
    review_orders(desk.hub)
    desk.release()
    desk.drain()

    assert [row.state for row in desk.asked(order)] == ["cancelled", "accepted"]
    assert [(each["status"], each["recipient"]["address"]["city"]) for each in desk.warehouse.orders] == [
        ("Cancelled", "Berlin"),
        ("Processing", "Bremen"),
    ]
    assert desk.level() == (10_000, 0, 3_000)
    assert desk.audited() == []


def test_a_claim_whose_holder_is_gone_is_sent_again_and_makes_one_order(desk: Desk) -> None:
    desk.sold(3)
    desk.release()
    hub = replace(desk.hub, holder=lambda: DEAD)
    desk.database.run(lambda c: claim(c, "threepl", resent=(), holder=DEAD, limit=9, now=hub.clock.now(), sealer=hub.sealer()))
    claimed = desk.commands()[0].state

    report = desk.drain()

    assert (claimed, report.counts["done"]) == ("sending", 1)
    assert len(desk.warehouse.orders) == 1


def test_a_store_that_is_older_than_what_left_sends_nothing_until_somebody_says_so(desk: Desk) -> None:
    first = desk.sold(3)
    desk.release()
    desk.database.run(lambda c: c.execute(update(OUTBOX).values(due_at=desk.clock.at + timedelta(days=9))))
    copy = desk.commands()
    desk.database.run(lambda c: c.execute(update(OUTBOX).values(due_at=desk.clock.at)))
    desk.drain()
    put_back(desk, copy)  # as from a backup of a moment before

    shut = desk.drain()
    resume_outbox(desk.hub, is_restored=True)
    desk.database.run(lambda c: c.execute(update(OUTBOX).values(due_at=desk.clock.at)))
    opened = desk.drain()

    assert shut.outcome == "skipped"
    assert "older than what left" in shut.message
    assert opened.counts["done"] == 1
    assert len(desk.warehouse.orders) == 1
    assert desk.asked(first)[0].state == "accepted"


def put_back(desk: Desk, rows: list[Any]) -> None:
    """The outbox as a copy has it."""
    desk.database.run(lambda c: c.execute(delete(OUTBOX)))
    values: list[dict[str, Any]] = [row._asdict() for row in rows]
    desk.database.run(lambda c: c.execute(insert(OUTBOX), values))


def test_while_the_gate_is_shut_nothing_leaves(desk: Desk) -> None:
    desk.sold(3)
    desk.release()
    pause_outbox(desk.hub, "stocktake at the partner")

    shut = desk.drain()
    resume_outbox(desk.hub)
    opened = desk.drain()

    assert (shut.outcome, shut.counts["done"]) == ("skipped", 0)
    assert opened.counts["done"] == 1


def test_people_ship_by_hand_what_lies_in_their_place(desk: Desk) -> None:
    desk.lay("pot", 20, "main")
    order = desk.sold(12)
    desk.release()
    [asked] = desk.asked(order)

    first = ship_by_hand(desk.hub, asked.reference, HandShipment(tracking_numbers=("T1",), cost="4.90 EUR"))
    again = ship_by_hand(desk.hub, asked.reference, HandShipment(tracking_numbers=("T1",)))
    review_orders(desk.hub)

    assert (first, again) == (True, False)
    assert desk.level("main") == (8_000, 0, 0)
    assert desk.trade.lifecycle(order) == "shipped"
    assert desk.audited() == []


def test_a_refused_one_that_is_called_off_is_asked_for_anew(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.warehouse.faults = [says(400)]
    desk.drain()

    state = call_off_by_hand(desk.hub, desk.asked(order)[0].reference, "address mended there")
    review_orders(desk.hub)
    desk.release()
    desk.drain()

    assert state == "cancelled"
    assert [row.state for row in desk.asked(order)] == ["cancelled", "accepted"]
    assert len(desk.warehouse.orders) == 1
    assert desk.audited() == []


def test_more_than_was_asked_for_is_not_booked(desk: Desk) -> None:
    desk.lay("pot", 20, "main")
    order = desk.sold(12)
    desk.release()
    [asked] = desk.asked(order)

    with pytest.raises(RejectedError, match="3 of pot left that nobody asked for"):
        ship_by_hand(desk.hub, asked.reference, HandShipment(quantities={"pot": "15"}))

    assert desk.level("main") == (20_000, 0, 12_000)
    assert desk.asked(order)[0].state == "released"


def test_what_own_people_sent_by_the_channels_word_is_what_they_were_asked_for(desk: Desk) -> None:
    desk.lay("pot", 20, "main")
    order = desk.sold(12)
    desk.release()

    desk.sold(12, fulfilment_state="fulfilled")
    desk.release()

    assert desk.asked(order)[0].state == "shipped"
    assert desk.level("main") == (8_000, 0, 0)
    assert desk.trade.lifecycle(order) == "shipped"
    assert desk.audited() == []


def test_what_a_partner_was_asked_for_leaves_by_its_word_alone(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.drain()

    desk.sold(3, fulfilment_state="fulfilled")
    promised = desk.level()
    desk.warehouse.ship()
    desk.hear()

    assert promised == (10_000, 0, 3_000)
    assert desk.level() == (7_000, 0, 0)
    assert desk.trade.lifecycle(order) == "shipped"
    assert desk.audited() == []


def test_what_was_called_back_when_a_part_had_left_is_not_missing_there(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.drain()
    desk.warehouse.ship(pot=1)
    desk.sold(3, cancelled_at=desk.clock.at)
    desk.release()
    desk.hear()
    called = desk.asked(order)[0].state

    told = desk.warehouse.orders
    told[0]["shipments"][1]["status"] = "Cancelled"
    desk.warehouse.keep(told)
    desk.hear()

    assert (called, desk.asked(order)[0].state) == ("calling_back", "closed")
    assert desk.level() == (9_000, 0, 0)
    assert desk.audited() == []


def test_a_channel_whose_settings_are_wrong_keeps_its_shipment_waiting_and_no_others(desk: Desk) -> None:
    desk.sold(3)
    desk.release()
    desk.drain()
    desk.warehouse.ship()
    token = (desk.home / "token").read_text()
    web = desk.trade.file.channels[0]
    desk.trade.with_channels(web.model_copy(update={"settings": {**web.settings, "consumer_secret": "file:missing"}}))

    held = desk.hear()
    (desk.home / "missing").write_text(token)
    booked = desk.hear()

    assert (held.counts["held"], booked.counts["booked"]) == (1, 1)
    assert "the file missing cannot be read" in held.message
    assert desk.level() == (7_000, 0, 0)


def test_what_the_partner_may_have_is_not_called_off_until_somebody_looked(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.warehouse.faults = [lost] + [dropped] * 40
    for _ in range(30):
        desk.drain()
        desk.clock.at += timedelta(hours=4)
    [asked], [row] = desk.asked(order), desk.commands()

    with pytest.raises(ConfigError, match="nobody knows whether the partner has it"):
        call_off_by_hand(desk.hub, asked.reference, "takes too long")
    settle_by_hand(desk.hub, row.id, str(desk.warehouse.orders[0]["id"]), "seen there")

    assert (row.state, row.is_unsure, asked.state) == ("parked", True, "refused")
    assert desk.asked(order)[0].state == "accepted"
    assert desk.level() == (10_000, 0, 3_000)
    assert len(desk.warehouse.orders) == 1


def test_what_certainly_did_nothing_is_called_off_and_never_sent(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.warehouse.faults = [unreachable]
    desk.drain()

    desk.sold(3, cancelled_at=desk.clock.at)
    desk.release()
    desk.clock.move(hours=1)
    desk.drain()

    assert desk.asked(order)[0].state == "cancelled"
    assert desk.warehouse.orders == []


def test_a_refused_one_that_was_called_off_cannot_be_sent_again(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.warehouse.faults = [says(400)]
    desk.drain()
    [row] = desk.commands()

    call_off_by_hand(desk.hub, desk.asked(order)[0].reference, "no longer wanted")

    with pytest.raises(ConfigError, match="is withdrawn"):
        settle_by_hand(desk.hub, row.id, None, "try again")
