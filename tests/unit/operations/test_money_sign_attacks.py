"""Signatures that must not be given, or hold no longer: unread days, unmatched facts, one human as two, facts that came after."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from model.errors import RejectedError
from model.store.audit_trail import Actor
from model.store.money_breaks import BREAKS
from model.store.money_rows import PAYOUTS, SETTLEMENT_LINES, line_id, payout_id, statement_line_id
from model.store.order_rows import PAYMENTS
from model.tables.landing import RawPayloadRow
from operations.money import by_hand, resolving, signing
from operations.money.awaiting import awaiting
from operations.money.unmatching import unmatch
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.money_desk import BANK, DAY, STRIPE, Desk, charge, open_desk, payout
from tests.unit.operations.test_money_attacks import REASON, change, told
from tests.unit.operations.test_money_matching import RULES, TOTAL, breaks, matches, paid, run, settled, write_rules
from tests.unit.operations.test_money_signing import by, settle_refund


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """The first of March is explained: two charges that were paid, and a refund that somebody gave a reason for."""
    opened = open_desk(hub, tmp_path)
    write_rules(opened, RULES)
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    opened.lines(*settled("1001", "1002"))  # pyright: ignore[reportArgumentType]
    opened.payouts(payout("po_1", 2 * TOTAL - 180, reference="STR-1"))
    opened.statement(told("b1", 2 * TOTAL - 180, "STRIPE STR-1"))
    run(opened)
    settle_refund(opened)
    return opened


def sign_and_check(desk: Desk) -> None:
    signing.sign(by(desk, "mia"), STRIPE, DAY)
    signing.check(by(desk, "ben"), STRIPE, DAY)


def test_a_day_of_which_nothing_was_read_is_not_signed(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="nothing of it was read"):
        signing.sign(by(desk, "mia"), STRIPE, DAY + timedelta(days=1))


def test_a_day_that_was_never_matched_is_not_signed(desk: Desk) -> None:
    day = date(2025, 12, 1)
    desk.lines(charge("old", 0, 5, kind="fee", occurred_at=datetime(2025, 12, 1, 12, tzinfo=UTC)))

    with pytest.raises(RejectedError, match="was read after it was last matched, if ever; run `entrepot run reconcile_money"):
        signing.sign(by(desk, "mia"), STRIPE, day)


def test_a_day_that_was_read_again_since_it_was_matched_is_not_signed(desk: Desk, clock: StillClock) -> None:
    clock.move(hours=1)
    desk.hub.database.run(lambda c: c.execute(update(RawPayloadRow).values(fetched_at=clock.at)))

    with pytest.raises(RejectedError, match="was read after it was last matched"):
        signing.sign(by(desk, "mia"), STRIPE, DAY)
    run(desk)

    assert signing.sign(by(desk, "mia"), STRIPE, DAY).is_explained


def test_a_day_that_was_read_again_between_both_signatures_is_not_checked(desk: Desk, clock: StillClock) -> None:
    signing.sign(by(desk, "mia"), STRIPE, DAY)
    clock.move(hours=1)
    desk.hub.database.run(lambda c: c.execute(update(RawPayloadRow).values(fetched_at=clock.at)))

    with pytest.raises(RejectedError, match="was read after it was last matched"):
        signing.check(by(desk, "ben"), STRIPE, DAY)


def test_a_match_whose_payment_was_voided_since_does_not_explain_a_day(desk: Desk) -> None:
    change(desk, PAYMENTS, paid("1001"), status="failed")

    with pytest.raises(RejectedError, match="1 lines have no counterpart"):
        signing.sign(by(desk, "mia"), STRIPE, DAY)


def test_a_match_whose_line_changed_since_does_not_explain_a_day(desk: Desk) -> None:
    change(desk, SETTLEMENT_LINES, line_id("stripe", "ch_1001"), gross_minor=TOTAL + 1, net_minor=TOTAL - 89)

    assert signing.look_at(desk.hub, STRIPE, DAY).unmatched == 1


def test_a_bank_line_whose_payout_was_cancelled_since_does_not_explain_a_day(desk: Desk) -> None:
    change(desk, PAYOUTS, payout_id("stripe", "po_1"), status="cancelled")

    assert signing.look_at(desk.hub, BANK, date(2026, 3, 3)).unmatched == 1


@pytest.mark.parametrize("name", ["os:mia", "Mia", "MIA", "mia "])
def test_nobody_signs_or_checks_under_another_name(desk: Desk, name: str) -> None:
    stranger = Hub(desk.hub.file, desk.hub.database, desk.hub.master, Actor(name, "Mia Maker"), desk.hub.clock)
    with pytest.raises(RejectedError, match="is not under"):
        signing.sign(stranger, STRIPE, DAY)
    signing.sign(by(desk, "mia"), STRIPE, DAY)

    with pytest.raises(RejectedError, match="is not under"):
        signing.check(stranger, STRIPE, DAY)


def test_nobody_proposes_or_approves_under_another_name(desk: Desk) -> None:
    write_rules(desk, "two_people_above = 0\n" + RULES)
    desk.lines(charge("stray", 77, 0, payment_reference="x", payout_external_id=None))
    run(desk, "stripe")
    with desk.hub.database.read() as connection:
        stray = connection.execute(BREAKS.select().where(BREAKS.c.subject_id == line_id("stripe", "stray"))).one().id

    with pytest.raises(RejectedError, match="is not under"):
        resolving.resolve(by(desk, "os:mia"), stray, REASON)
    resolving.resolve(by(desk, "mia"), stray, REASON)
    with pytest.raises(RejectedError, match="is not under"):
        resolving.approve(by(desk, "os:mia"), stray)


def test_a_signed_day_that_a_late_line_changes_is_told(desk: Desk) -> None:
    sign_and_check(desk)
    assert awaiting(desk.hub, STRIPE).changed == ()
    desk.lines(charge("late", 0, 5, kind="fee", payout_external_id=None))

    waits = awaiting(desk.hub, STRIPE)

    assert waits.changed == (DAY,)
    assert f"changed since they were signed: {DAY}; `entrepot signoff show stripe {DAY}`" in waits.says


def test_a_signed_day_with_a_new_break_is_told(desk: Desk) -> None:
    sign_and_check(desk)
    change(desk, PAYMENTS, paid("1001"), amount_minor=TOTAL + 10)
    run(desk)

    assert awaiting(desk.hub, STRIPE).changed == (DAY,)
    assert ("amount_differs", line_id("stripe", "ch_1001"), -10) in breaks(desk)


def test_what_a_person_matched_is_taken_back_until_two_people_signed_for_it(desk: Desk) -> None:
    desk.payouts(payout("po_9", 900, is_itemised=False))
    desk.statement(told("b9", 900, "other words", date(2026, 3, 12)), name="s2")
    match_id = by_hand.match_by_hand(by(desk, "mia"), ["payout:po_9"], ["bank-line:b9"], REASON)
    desk.signed("bank", date(2026, 3, 12))

    with pytest.raises(RejectedError, match="bank 2026-03-12"):
        unmatch(by(desk, "mia"), match_id[:10], REASON)
    signing.withdraw(by(desk, "ben"), BANK, date(2026, 3, 12), "it was the wrong payout")
    unmatch(by(desk, "mia"), match_id[:10], REASON)

    assert statement_line_id("bank", "DE02", "b9") not in {each for _, members in matches(desk) for each in members}


def test_a_line_of_nothing_keeps_no_day_from_being_signed(desk: Desk) -> None:
    desk.lines(charge("nothing", 0, 0, payment_reference="setup", payout_external_id=None))

    assert signing.look_at(desk.hub, STRIPE, DAY).unmatched == 0
