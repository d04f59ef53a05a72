"""Breaks resolved by reason and by two people, matches by hand, and days that are signed, checked and taken back."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from model.errors import RejectedError
from model.store import money_rows, sign_offs
from model.store.audit_trail import Actor
from model.store.money_breaks import BREAKS
from model.store.money_matches import MEMBERS
from model.store.money_rows import line_id
from model.store.order_rows import REFUNDS
from model.store.row_merge import merge_rows
from model.tables.audit import AuditEventRow
from operations.money import by_hand, resolving, signing
from operations.money.find_breaks import find_breaks
from operations.money.reconcile import reconcile_account
from operations.money.trace import trace
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.money_desk import DAY, MIDNIGHT, STRIPE, UTC_ZONE, Desk, booked, charge, open_desk, payout
from tests.unit.operations.test_money_matching import RULES, TOTAL, paid, write_rules

REASON = "the till was closed by hand that day"


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """1001 and 1002 are settled, and a line of 0.77 that nobody knows stands beside them."""
    opened = open_desk(hub, tmp_path)
    write_rules(opened, RULES)
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    opened.lines(
        charge("ch_1", TOTAL, 90, payment_reference="pay-1001"), charge("ch_2", TOTAL, 90, payment_reference="pay-1002"),
        charge("stray", 77, 0, payment_reference="ch_x"),
    )  # fmt: skip
    opened.payouts(payout("po_1", 2 * TOTAL - 180 + 77, reference="STR-1"))
    opened.statement(replace(booked("b1", 2 * TOTAL - 180 + 77, date(2026, 3, 3)), text="STRIPE STR-1"))
    match(opened)
    return opened


def match(desk: Desk) -> None:
    for each in ("stripe", "bank"):
        account = desk.hub.file.account(each)
        assert [reconcile_account(desk.hub, account).message, find_breaks(desk.hub, account).message] == ["", ""]


def by(desk: Desk, person: str) -> Hub:
    return replace(desk.hub, actor=Actor(person, person.title()))


def stray(desk: Desk) -> str:
    with desk.hub.database.read() as connection:
        return connection.execute(select(BREAKS.c.id).where(BREAKS.c.subject_id == line_id("stripe", "stray"))).scalar_one()


def state(desk: Desk, break_id: str) -> str:
    with desk.hub.database.read() as connection:
        return connection.execute(select(BREAKS.c.state).where(BREAKS.c.id == break_id)).scalar_one()


def strict(desk: Desk) -> None:
    write_rules(desk, "two_people_above = 0\n" + RULES)


def settle_refund(desk: Desk) -> None:
    """The refund of 1002 is late, and a break of its own day."""
    with desk.hub.database.read() as connection:
        rows = connection.execute(select(BREAKS.c.id).where(BREAKS.c.kind == "refund_unsettled")).scalars().all()
    for each in rows:
        resolving.resolve(by(desk, "mia"), each, "paid back in cash at the counter")


def test_a_small_break_is_resolved_by_one_person_and_stays_so(desk: Desk) -> None:
    resolving.resolve(by(desk, "mia"), stray(desk)[:10], REASON)

    match(desk)

    assert state(desk, stray(desk)) == "resolved"


def test_a_large_break_wants_another_person(desk: Desk) -> None:
    strict(desk)
    assert resolving.resolve(by(desk, "mia"), stray(desk), REASON).state == "proposed"

    with pytest.raises(RejectedError, match="another person approves it"):
        resolving.approve(by(desk, "mia"), stray(desk))
    resolving.approve(by(desk, "ben"), stray(desk))

    assert state(desk, stray(desk)) == "resolved"


def test_the_database_knows_that_maker_and_checker_are_two(desk: Desk) -> None:
    strict(desk)
    resolving.resolve(by(desk, "mia"), stray(desk), REASON)

    with pytest.raises(IntegrityError), desk.hub.database.write() as connection:
        connection.execute(update(BREAKS).where(BREAKS.c.id == stray(desk)).values(checker_id="mia"))


def test_what_is_rejected_is_open_again(desk: Desk) -> None:
    strict(desk)
    resolving.resolve(by(desk, "mia"), stray(desk), REASON)

    resolving.reject(by(desk, "ben"), stray(desk), "no such day")

    assert state(desk, stray(desk)) == "open"


def test_a_reason_that_says_nothing_is_refused(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="is too short"):
        resolving.resolve(by(desk, "mia"), stray(desk), "ok")


def test_a_resolved_break_of_another_amount_is_open_again(desk: Desk) -> None:
    resolving.resolve(by(desk, "mia"), stray(desk), REASON)
    changed = charge("stray", 78, 0, payment_reference="ch_x")
    row = money_rows.line_row(changed, "stripe", UTC_ZONE, MIDNIGHT, desk.raw_id, 2)
    desk.hub.database.run(lambda connection: merge_rows(connection, money_rows.SETTLEMENT_LINES, [row]))

    match(desk)

    assert state(desk, stray(desk)) == "open"


def test_what_a_person_matched_is_matched_anew_by_nobody(desk: Desk) -> None:
    desk.lines(charge("late", -300, 0, kind="refund", payment_reference="ch_other", occurred_at=datetime(2026, 3, 2, tzinfo=UTC)))
    match(desk)
    refund = next(iter(_unmatched_refunds(desk)))

    by_hand.match_by_hand(by(desk, "mia"), [f"refund:{refund}"], ["settlement-line:late"], "same buyer, told by phone")
    match(desk)

    assert _unmatched_refunds(desk) == set()
    with pytest.raises(RejectedError, match="matched already"):
        by_hand.match_by_hand(by(desk, "mia"), [f"refund:{refund}"], ["settlement-line:late"], "once more the same")


def test_lines_that_do_not_sum_are_not_matched_by_hand(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="ours sum to 4090, theirs to 77"):
        by_hand.match_by_hand(by(desk, "mia"), ["payment:pay-1003"], ["settlement-line:stray"], "somehow they belong together")


def _unmatched_refunds(desk: Desk) -> set[str]:
    with desk.hub.database.read() as connection:
        used = select(MEMBERS.c.line_id)
        return set(connection.execute(select(REFUNDS.c.external_id).where(REFUNDS.c.id.not_in(used))).scalars())


def test_a_day_with_something_open_is_not_signed(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="lines have no counterpart"):
        signing.sign(by(desk, "mia"), STRIPE, DAY)


def test_a_day_is_signed_by_one_and_checked_by_another(desk: Desk) -> None:
    resolving.resolve(by(desk, "mia"), stray(desk), REASON)
    settle_refund(desk)
    found = signing.sign(by(desk, "mia"), STRIPE, DAY)

    with pytest.raises(RejectedError, match="another person checks it"):
        signing.check(by(desk, "mia"), STRIPE, DAY)
    signing.check(by(desk, "ben"), STRIPE, DAY)

    assert found.totals["charge"] == {"EUR": 2 * TOTAL + 77}
    assert found.totals["fee: processing"] == {"EUR": -180}
    assert found.totals["net"] == {"EUR": 2 * TOTAL + 77 - 180}
    with desk.hub.database.read() as connection:
        assert sign_offs.signed_until(connection, "stripe") == [DAY]
        actions = connection.execute(select(AuditEventRow.action).order_by(AuditEventRow.seq)).scalars().all()
    assert actions[-2:] == ["sign", "check"]


def test_one_signature_stands_for_a_day(desk: Desk) -> None:
    resolving.resolve(by(desk, "mia"), stray(desk), REASON)
    settle_refund(desk)
    signing.sign(by(desk, "mia"), STRIPE, DAY)

    with pytest.raises(RejectedError, match="is signed for already"):
        signing.sign(by(desk, "ben"), STRIPE, DAY)


def test_a_day_that_changed_since_it_was_signed_is_not_checked(desk: Desk) -> None:
    resolving.resolve(by(desk, "mia"), stray(desk), REASON)
    settle_refund(desk)
    signing.sign(by(desk, "mia"), STRIPE, DAY)
    desk.lines(charge("fee", 0, 5, kind="fee"))

    with pytest.raises(RejectedError, match="has changed since it was signed"):
        signing.check(by(desk, "ben"), STRIPE, DAY)
    signing.withdraw(by(desk, "ben"), STRIPE, DAY, "a fee came later")

    assert signing.sign(by(desk, "mia"), STRIPE, DAY).totals["fee: processing"] == {"EUR": -185}


def test_a_day_that_is_not_over_is_not_signed(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="is not over yet"):
        signing.sign(by(desk, "mia"), STRIPE, date(2026, 3, 20))


def test_a_bank_line_is_traced_to_order_lines_and_sums_at_each_level(desk: Desk) -> None:
    found = trace(desk.hub, "b1")

    sums = {level.name: dict(level.sums) for level in found.levels}
    assert sums == {
        "bank": {"EUR": 2 * TOTAL - 103}, "payouts": {"EUR": 2 * TOTAL - 103}, "settlement lines": {"EUR": 2 * TOTAL - 103},
        "payments and refunds": {"EUR": 2 * TOTAL}, "orders": {"EUR": 2 * TOTAL},
    }  # fmt: skip
    unexplained = {level.name: dict(level.unexplained) for level in found.levels if any(level.unexplained.values())}
    assert unexplained == {"payments and refunds": {"EUR": 77}}
    assert dict(found.levels[2].remainders["fee: processing"]) == {"EUR": -180}


def test_an_order_is_traced_up_to_the_bank(desk: Desk) -> None:
    found = trace(desk.hub, "#1001")

    assert [level.name for level in found.levels] == ["bank", "payouts", "settlement lines", "payments and refunds", "orders"]
    assert found.levels[3].rows[0]["payment"] == "pay-1001"
    assert found.passes == {"provider_id": 1, "reference": 1}
    assert paid("1001")


def test_what_is_not_known_is_not_traced(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="no bank line, payout, settlement line, payment, refund or order bears it"):
        trace(desk.hub, "nothing")
