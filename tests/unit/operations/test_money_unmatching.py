"""Matches taken back: for a reason, by two people above the limit, never under a signed day, and never made again by a pass."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Delete, Update, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from model.errors import RejectedError
from model.store import money_refusals, money_rows
from model.store.money_breaks import BREAKS
from model.store.money_figures import RUNS
from model.store.money_refusals import REFUSALS
from model.store.money_rows import line_id
from model.tables.audit import AuditEventRow
from operations.money import by_hand, resolving, signing, unmatching
from operations.money.matching import WRONG
from operations.money.reconcile import reconcile_account
from operations.money.trace import trace
from operations.money.unmatching import approve_unmatch, reject_unmatch, unmatch
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.money_desk import DAY, STRIPE, Desk, booked, charge, open_desk, payout
from tests.unit.operations.test_money_matching import RULES, TOTAL, breaks, matches, paid, run, write_rules
from tests.unit.operations.test_money_signing import by

WHY = "the line is of another buyer"
LINE = "settlement-line:ch_1"
PAIR = frozenset({paid("1001"), line_id("stripe", "ch_1")})
BANKED = date(2026, 3, 3)


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """1001 and 1002 are settled and banked; one person may take back matches of less than 50 EUR."""
    opened = open_desk(hub, tmp_path)
    write_rules(opened, RULES)
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    opened.lines(charge("ch_1", TOTAL, 90, payment_reference="pay-1001"), charge("ch_2", TOTAL, 90, payment_reference="pay-1002"))
    opened.payouts(payout("po_1", 2 * TOTAL - 180, reference="STR-1"))
    opened.statement(replace(booked("b1", 2 * TOTAL - 180, BANKED), text="STRIPE STR-1"))
    run(opened)
    return opened


def stands(desk: Desk) -> bool:
    return PAIR in {members for _name, members in matches(desk)}


def steps(desk: Desk) -> list[str]:
    with desk.hub.database.read() as connection:
        return list(connection.execute(select(REFUSALS.c.step).order_by(REFUSALS.c.seq)).scalars())


def match_id(desk: Desk) -> str:
    with desk.hub.database.read() as connection:
        found = money_refusals.of_line(connection, "payment", "right", line_id("stripe", "ch_1"))
    assert found is not None
    return found


def strict(desk: Desk) -> None:
    write_rules(desk, "two_people_above = 0\n" + RULES)


def test_a_match_that_is_wrong_is_taken_back_and_not_made_again(desk: Desk) -> None:
    done = unmatch(by(desk, "mia"), LINE, WHY)
    at_once = stands(desk)

    run(desk)
    run(desk)

    assert (done.step, done.run) == ("refused", f"entrepot run reconcile_money --account stripe --since {DAY} --until {DAY}")
    assert not at_once
    assert not stands(desk)
    assert {("payment_unsettled", paid("1001"), TOTAL), ("line_without_payment", line_id("stripe", "ch_1"), TOTAL)} <= breaks(desk)


def test_its_lines_tell_why_they_are_open(desk: Desk) -> None:
    unmatch(by(desk, "mia"), LINE, WHY)

    run(desk)

    assert WRONG in evidence_of(desk, line_id("stripe", "ch_1"))


def evidence_of(desk: Desk, subject: str) -> str:
    with desk.hub.database.read() as connection:
        return connection.execute(select(BREAKS.c.evidence).where(BREAKS.c.subject_id == subject)).scalar_one()


def test_what_is_taken_back_is_kept_as_it_stood_and_in_the_audit_trail(desk: Desk) -> None:
    unmatch(by(desk, "mia"), match_id(desk)[:12], f"  {WHY} ")

    with desk.hub.database.read() as connection:
        row = connection.execute(select(REFUSALS)).one()
        last = connection.execute(select(AuditEventRow.action, AuditEventRow.actor_id).order_by(AuditEventRow.seq.desc()).limit(1)).one()
    assert (row.step, row.reason, row.maker_id, row.pass_name, row.left_minor) == ("refused", WHY, "mia", "provider_id", TOTAL)
    assert json.loads(row.lines) == {"left": [paid("1001")], "right": [line_id("stripe", "ch_1")]}
    assert tuple(last) == ("unmatch refused", "mia")
    assert [each["match"] for each in unmatching.listed(desk.hub, "stripe", None, waiting=False)] == [row.match_id]


@pytest.mark.parametrize("change", [delete(REFUSALS), update(REFUSALS).values(step="rejected")], ids=["delete", "update"])
def test_what_people_said_is_never_changed(desk: Desk, change: Delete | Update) -> None:
    unmatch(by(desk, "mia"), LINE, WHY)

    with pytest.raises(DBAPIError, match="append-only"), desk.hub.database.write() as connection:
        connection.execute(change)


def test_a_trace_and_the_day_follow(desk: Desk) -> None:
    before = trace(desk.hub, "b1")

    unmatch(by(desk, "mia"), LINE, WHY)

    after = {level.name: dict(level.unexplained) for level in trace(desk.hub, "b1").levels if any(level.unexplained.values())}
    assert before.is_explained
    assert after == {"payments and refunds": {"EUR": TOTAL}}
    assert signing.look_at(desk.hub, STRIPE, DAY).unmatched == 1


def test_above_the_limit_it_wants_another_person(desk: Desk) -> None:
    strict(desk)
    proposed = unmatch(by(desk, "mia"), LINE, WHY)
    run(desk)
    stood = stands(desk)

    with pytest.raises(RejectedError, match="was proposed by Mia; another person approves it"):
        approve_unmatch(by(desk, "mia"), LINE)
    approved = approve_unmatch(by(desk, "ben"), LINE)
    run(desk)

    assert (proposed.step, stood, approved.step, stands(desk)) == ("proposed", True, "refused", False)
    assert steps(desk) == ["proposed", "refused"]
    assert unmatching.listed(desk.hub, None, None, waiting=True) == []


def test_lines_of_several_currencies_count_each_in_its_own(desk: Desk) -> None:
    """A match by hand of 40.90 EUR with 6000 JPY, where 50 of either need a second person."""
    unmatch(by(desk, "mia"), LINE, WHY)
    desk.lines(charge("yen", 6000, 0, currency="JPY", payment_reference="other"))
    run(desk)
    with desk.hub.database.read() as connection:
        yen = connection.execute(select(BREAKS.c.id).where(BREAKS.c.subject_id == line_id("stripe", "yen"))).scalar_one()
    resolving.resolve(by(desk, "mia"), yen, "paid in yen, 146.70 for one euro")
    resolving.approve(by(desk, "ben"), yen)
    by_hand.match_by_hand(by(desk, "mia"), ["payment:pay-1001"], ["settlement-line:yen"], "paid in yen, as the buyer wrote")

    assert unmatch(by(desk, "ben"), "settlement-line:yen", WHY).step == "proposed"


def test_the_database_knows_that_maker_and_checker_are_two(desk: Desk) -> None:
    strict(desk)
    unmatch(by(desk, "mia"), LINE, WHY)
    with desk.hub.database.read() as connection:
        row = connection.execute(select(REFUSALS)).mappings().one()

    alone = {**row, "seq": 2, "step": "refused", "checker_id": "mia", "checked_at": row["made_at"]}
    with pytest.raises(IntegrityError), desk.hub.database.write() as connection:
        connection.execute(insert(REFUSALS).values(alone))


def test_a_proposal_that_is_rejected_leaves_the_match_and_may_be_made_again(desk: Desk) -> None:
    strict(desk)
    unmatch(by(desk, "mia"), LINE, WHY)

    reject_unmatch(by(desk, "ben"), match_id(desk), "the buyer confirmed it by mail")
    run(desk)
    kept = stands(desk)
    unmatch(by(desk, "mia"), LINE, WHY)

    assert kept
    assert steps(desk) == ["proposed", "rejected", "proposed"]


def test_a_match_of_a_signed_day_stays_until_the_signature_is_withdrawn(desk: Desk) -> None:
    settle_the_refund(desk)
    signing.sign(by(desk, "mia"), STRIPE, DAY)

    with pytest.raises(RejectedError, match=rf"stripe {DAY}: is signed for, .*`entrepot signoff withdraw stripe {DAY} --reason TEXT`"):
        unmatch(by(desk, "ben"), LINE, WHY)
    signing.withdraw(by(desk, "ben"), STRIPE, DAY, "a match is wrong")

    assert unmatch(by(desk, "ben"), LINE, WHY).step == "refused"


def test_a_signature_for_another_day_of_its_lines_holds_it_too(desk: Desk) -> None:
    """The payout is of the first of March and at the bank on the third."""
    desk.signed("bank", BANKED)

    with pytest.raises(RejectedError, match=f"bank {BANKED}: is signed for"):
        unmatch(by(desk, "mia"), "payout:po_1", WHY)


def test_a_day_that_was_signed_after_the_proposal_holds_the_approval(desk: Desk) -> None:
    strict(desk)
    unmatch(by(desk, "mia"), LINE, WHY)
    desk.signed("stripe", DAY)

    with pytest.raises(RejectedError, match="is signed for"):
        approve_unmatch(by(desk, "ben"), LINE)
    assert stands(desk)


def settle_the_refund(desk: Desk) -> None:
    with desk.hub.database.read() as connection:
        rows = connection.execute(select(BREAKS.c.id).where(BREAKS.c.kind == "refund_unsettled")).scalars().all()
    for each in rows:
        resolving.resolve(by(desk, "mia"), each, "paid back in cash at the counter")


def test_a_match_by_hand_is_taken_back_and_may_be_made_by_hand_again(desk: Desk) -> None:
    unmatch(by(desk, "mia"), LINE, WHY)
    again = (["payment:pay-1001"], [LINE], "it was right, the buyer has two names")
    by_hand.match_by_hand(by(desk, "mia"), *again)
    run(desk)
    is_by_hand = ("person", PAIR) in matches(desk)

    unmatch(by(desk, "ben"), LINE, "no, it was wrong at first sight")
    run(desk)

    assert is_by_hand
    assert not stands(desk)
    assert steps(desk) == ["refused", "refused"]


def test_a_payout_returned_by_the_bank_may_be_told_apart_again(desk: Desk) -> None:
    """Matches that are no pass's are refused as well: a failed payout with two bank lines that undo each other."""
    desk.payouts(payout("po_2", 700, reference="STR-2", status="failed"))
    sent, back = (replace(booked(name, minor, BANKED), text="STR-2") for name, minor in (("b2", 700), ("b3", -700)))
    desk.statement(sent, back, name="s2")
    run(desk, "bank")
    made = {name for name, _members in matches(desk)}

    unmatch(by(desk, "mia"), "payout:po_2", "the bank booked another payout")
    run(desk, "bank")

    assert "returned" in made
    assert "returned" not in {name for name, _members in matches(desk)}
    assert ("bank_line_unexplained", bank_line("b2"), 700) in breaks(desk)


def bank_line(name: str) -> str:
    return money_rows.statement_line_id("bank", "DE02", name)


@pytest.mark.parametrize(
    ("named", "reason", "told"),
    [
        ("ffffffffffff", WHY, "match 'ffffffffffff': is not known"),
        ("", WHY, "match '': may be several; give more of its id"),
        ("settlement-line:nothing", WHY, "'settlement-line:nothing': is not known; write it as KIND:ID, like payout:po_1"),
        ("payment:pay-1003", WHY, "'payment:pay-1003': is in no match"),
        ("order:1001", WHY, "'order:1001': is not known; write it as KIND:ID, like payout:po_1"),
        (LINE, "   wrong   ", "reason: '   wrong   ' is too short; write why it is wrong, in 10 characters or more"),
    ],
)
def test_a_wrong_word_is_told_in_one_line(desk: Desk, named: str, reason: str, told: str) -> None:
    with pytest.raises(RejectedError) as refused:
        unmatch(by(desk, "mia"), named, reason)

    assert str(refused.value) == told
    assert stands(desk)


def test_what_nobody_proposed_is_neither_approved_nor_rejected(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="nobody proposes to take it back"):
        approve_unmatch(by(desk, "ben"), LINE)
    with pytest.raises(RejectedError, match="nobody proposes to take it back"):
        reject_unmatch(by(desk, "ben"), LINE, "there is nothing to reject")


def test_a_proposal_is_made_once(desk: Desk) -> None:
    strict(desk)
    unmatch(by(desk, "mia"), LINE, WHY)

    with pytest.raises(RejectedError, match="mia proposed that already; another person approves it with `entrepot breaks approve-unmatch"):
        unmatch(by(desk, "ben"), LINE, WHY)


def test_a_proposal_whose_match_went_by_itself_is_still_approved_and_remembered(desk: Desk) -> None:
    strict(desk)
    unmatch(by(desk, "mia"), LINE, WHY)
    named = match_id(desk)
    desk.hub.database.run(lambda connection: money_refusals.remove(connection, named))

    approve_unmatch(by(desk, "ben"), named)
    run(desk)

    assert not stands(desk)


def test_two_at_once_take_it_back_once(desk: Desk) -> None:
    named = match_id(desk)

    def one(person: str) -> str:
        try:
            return unmatch(by(desk, person), named, WHY).step
        except RejectedError as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as both:
        said = list(both.map(one, ("mia", "ben")))

    assert steps(desk) == ["refused"]
    assert sorted(each == "refused" for each in said) == [False, True]
    assert any("was taken back already" in each or "at this moment" in each for each in said)


def test_two_checkers_at_once_decide_once(desk: Desk) -> None:
    strict(desk)
    unmatch(by(desk, "mia"), LINE, WHY)
    named = match_id(desk)

    def one(how: str) -> bool:
        try:
            approve_unmatch(by(desk, "ben"), named) if how == "approve" else reject_unmatch(by(desk, "mia"), named, "I was mistaken there")
        except RejectedError:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(one, ("approve", "reject"))) == [False, True]
    assert stands(desk) is (steps(desk)[-1] == "rejected")


def test_a_matching_that_began_before_does_not_make_it_again(desk: Desk) -> None:
    """Somebody takes the match back between the reading and the writing of a matching; the next one is as usual."""
    hub = replace(desk.hub, clock=Interrupting(desk.hub, lambda: unmatch(by(desk, "mia"), LINE, WHY)))

    report = reconcile_account(hub, STRIPE)

    assert (report.outcome, report.message) == ("failed", "stripe: a match was taken back meanwhile; run again")
    assert not stands(desk)
    assert reconcile_account(desk.hub, STRIPE).outcome == "done"
    assert not stands(desk)


class Interrupting:
    """The hub's clock; whoever first reads it while a matching runs lets somebody act, which is between its reading and its writing."""

    def __init__(self, hub: Hub, deed: Callable[[], object]) -> None:
        self._hub, self._deed = hub, deed

    def now(self) -> datetime:
        """The instant it stands at."""
        with self._hub.database.read() as connection:
            runs = connection.execute(select(RUNS.c.id).where(RUNS.c.outcome == "running")).all()
        deed, self._deed = self._deed, (lambda: None) if runs else self._deed
        if runs:
            deed()
        return self._hub.clock.now()
