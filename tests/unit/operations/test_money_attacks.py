"""Matches that facts undo: a payment that was voided, an amount that changed, another currency, a line that is claimed twice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, update

from model.errors import RejectedError
from model.records.statement import StatementLine
from model.store.money_matches import IGNORED
from model.store.money_rows import PAYOUTS, SETTLEMENT_LINES, STATEMENT_LINES, line_id, payout_id, statement_line_id
from model.store.order_rows import PAYMENTS
from operations.money import by_hand
from operations.money.find_breaks import find_breaks
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.orders import PLACED
from tests.saving import NOW
from tests.unit.operations.money_desk import DAY, STRIPE, Desk, charge, open_desk, payout
from tests.unit.operations.test_money_matching import RULES, TOTAL, breaks, matches, paid, run, settled, write_rules

REASON = "the processor told us so by telephone"


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    opened = open_desk(hub, tmp_path)
    write_rules(opened, RULES)
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    opened.lines(*settled("1001", "1002"))  # pyright: ignore[reportArgumentType]
    return opened


def change(desk: Desk, table: Table, row_id: str, **values: object) -> None:
    desk.hub.database.run(lambda c: c.execute(update(table).where(table.c.id == row_id).values(**values)))


def bank_line(number: str) -> str:
    return statement_line_id("bank", "DE02", number)


def told(number: str, amount: int, text: str, day: date = date(2026, 3, 3)) -> StatementLine:
    return StatementLine(external_id=number, booked_on=day, amount_minor=amount, text=text)


def about(desk: Desk, subject: str) -> set[tuple[str, int]]:
    return {(kind, amount) for kind, each, amount in breaks(desk) if each == subject}


VOIDED: Mapping[str, Mapping[str, object]] = {
    "failed": {"status": "failed"}, "removed": {"removed_at": NOW}, "a test": {"is_test": True}, "of nothing": {"amount_minor": 0},
    "of a gateway that others settle": {"gateway": "cash"},
}  # fmt: skip


@pytest.mark.parametrize("how", VOIDED)
def test_a_payment_that_is_no_longer_one_explains_nothing(desk: Desk, how: str) -> None:
    run(desk, "stripe")
    change(desk, PAYMENTS, paid("1001"), **VOIDED[how])

    run(desk, "stripe")

    assert not [each for _, each in matches(desk) if paid("1001") in each]
    assert about(desk, line_id("stripe", "ch_1001")) == {("line_without_payment", TOTAL)}


def test_a_payout_that_was_cancelled_explains_no_bank_line(desk: Desk) -> None:
    desk.payouts(payout("po_1", 8000, reference="STR-1"))
    desk.statement(told("b1", 8000, "STRIPE STR-1"))
    run(desk, "bank")
    change(desk, PAYOUTS, payout_id("stripe", "po_1"), status="cancelled")

    run(desk, "bank")

    assert not matches(desk)
    assert about(desk, bank_line("b1")) == {("bank_line_unexplained", 8000)}


def test_a_line_that_became_another_kind_explains_no_payment(desk: Desk) -> None:
    run(desk, "stripe")
    change(desk, SETTLEMENT_LINES, line_id("stripe", "ch_1001"), kind="adjustment")

    run(desk, "stripe")

    assert about(desk, paid("1001")) == {("payment_unsettled", TOTAL)}


def test_a_signed_match_whose_payment_changed_is_kept_and_told(desk: Desk) -> None:
    run(desk, "stripe")
    desk.signed("stripe", DAY)
    change(desk, PAYMENTS, paid("1001"), amount_minor=TOTAL + 10)

    run(desk, "stripe")

    assert ("provider_id", frozenset({paid("1001"), line_id("stripe", "ch_1001")})) in matches(desk)
    assert about(desk, line_id("stripe", "ch_1001")) == {("amount_differs", -10)}


def test_a_signed_match_whose_payment_is_gone_is_kept_and_told(desk: Desk) -> None:
    run(desk, "stripe")
    desk.signed("stripe", DAY)
    change(desk, PAYMENTS, paid("1001"), status="failed")

    run(desk, "stripe")

    assert about(desk, line_id("stripe", "ch_1001")) == {("amount_differs", TOTAL)}


def test_what_a_person_matched_is_told_once_a_side_changes(desk: Desk) -> None:
    desk.payouts(payout("po_1", 8000))
    desk.statement(told("b1", 8000, "other words", date(2026, 3, 19)))
    by_hand.match_by_hand(desk.hub, ["payout:po_1"], ["bank-line:b1"], REASON)
    run(desk, "bank")
    assert not breaks(desk)
    change(desk, PAYOUTS, payout_id("stripe", "po_1"), amount_minor=9000)

    run(desk, "bank")

    assert about(desk, bank_line("b1")) == {("bank_amount_differs", -1000)}
    assert len(matches(desk)) == 1


def test_the_same_number_in_another_currency_is_another_amount(desk: Desk) -> None:
    run(desk, "stripe")
    desk.signed("stripe", DAY)
    change(desk, PAYMENTS, paid("1001"), currency="USD")

    run(desk, "stripe")

    assert about(desk, line_id("stripe", "ch_1001")) == {("amount_differs", TOTAL)}


def test_a_bank_day_is_signed_for_by_its_booking_day(desk: Desk) -> None:
    """The line is of value a day after it was booked, so that the match bears the day after."""
    desk.payouts(payout("po_1", 8000))
    desk.statement(replace(told("b1", 8000, "STRIPE"), value_on=date(2026, 3, 4)))
    run(desk, "bank")
    before = matches(desk)
    desk.signed("bank", date(2026, 3, 3))
    desk.payouts(payout("po_2", 8000))

    run(desk, "bank")

    assert matches(desk) == before != set()


def test_lines_in_another_currency_do_not_make_up_a_payout(desk: Desk) -> None:
    desk.payouts(payout("po_2", 500))
    desk.lines(charge("d", 500, 0, kind="adjustment", currency="USD", payout_external_id="po_2"))

    find_breaks(desk.hub, STRIPE)

    assert ("payout_sum_differs", 500) in about(desk, payout_id("stripe", "po_2"))


def test_a_line_in_another_currency_inside_a_payout_is_told(desk: Desk) -> None:
    desk.payouts(payout("po_2", 500))
    desk.lines(
        charge("d", 500, 0, kind="adjustment", currency="USD", payout_external_id="po_2"),
        charge("e", 500, 0, kind="adjustment", payout_external_id="po_2"),
    )

    find_breaks(desk.hub, STRIPE)

    assert ("payout_sum_differs", 0) in about(desk, payout_id("stripe", "po_2"))


def test_a_later_payout_of_the_same_amount_with_lines_of_its_own_pays_nothing_again(desk: Desk) -> None:
    desk.payouts(payout("po_1", 8000, status="failed"), payout("po_2", 8000, created_at=PLACED + timedelta(days=2)))
    desk.lines(charge("own", 8000, 0, payment_reference="x", payout_external_id="po_2"))

    find_breaks(desk.hub, STRIPE)

    assert ("payout_failed", 8000) in about(desk, payout_id("stripe", "po_1"))


def test_one_payout_pays_one_failed_one_again(desk: Desk) -> None:
    desk.payouts(
        payout("po_1", 8000, status="failed", is_itemised=False),
        payout("po_2", 8000, status="failed", is_itemised=False, created_at=PLACED + timedelta(days=1)),
        payout("po_3", 8000, is_itemised=False, created_at=PLACED + timedelta(days=2)),
    )

    find_breaks(desk.hub, STRIPE)

    assert [each for each in breaks(desk) if each[0] == "payout_failed"] == [("payout_failed", payout_id("stripe", "po_2"), 8000)]


def test_money_that_came_back_in_another_currency_is_not_the_payout(desk: Desk) -> None:
    desk.payouts(payout("po_1", 4000, reference="STR-77", status="failed"))
    desk.statement(told("b1", 4000, "STRIPE STR-77"), told("b2", -4000, "RETURN STR-77"))
    for each in ("b1", "b2"):
        change(desk, STATEMENT_LINES, bank_line(each), currency="USD")

    run(desk, "bank")

    assert not matches(desk)
    assert {kind for kind, _, _ in breaks(desk)} == {"bank_line_unexplained"}


def test_two_failed_payouts_of_one_reference_share_no_bank_lines(desk: Desk) -> None:
    desk.payouts(payout("po_1", 4000, reference="STR", status="failed"), payout("po_2", 4000, reference="STR", status="failed"))
    desk.statement(told("b1", 4000, "STRIPE STR"), told("b2", -4000, "RETURN STR"))

    run(desk, "bank")

    assert not matches(desk)
    assert {each[1] for each in breaks(desk)} == {bank_line("b1"), bank_line("b2")}


def test_lines_of_nothing_want_no_counterpart(desk: Desk) -> None:
    desk.lines(charge("nothing", 0, 0, payment_reference="setup"), charge("cost", 0, 5, payment_reference="setup_2"))
    desk.statement(told("b1", 0, "INTEREST 0.00"))

    run(desk)

    assert not [each for each in breaks(desk) if each[2] == 0]


def test_a_difference_is_told_for_one_payment_and_not_for_two(desk: Desk) -> None:
    """The one line names what two payments share; one of them is told by its difference, the other stands for itself."""
    for number in ("1001", "1002"):
        change(desk, SETTLEMENT_LINES, line_id("stripe", f"ch_{number}"), kind="adjustment")
        change(desk, PAYMENTS, paid(number), reference="shared")
    desk.lines(charge("one", TOTAL - 10, 0, payment_reference="shared"))

    run(desk, "stripe")

    left = sum(amount for kind, amount in about(desk, paid("1001")) | about(desk, paid("1002")) if kind == "payment_unsettled")
    assert about(desk, line_id("stripe", "one")) == {("amount_differs", -10)}
    assert left == TOTAL


def test_a_bank_line_that_a_rule_set_apart_and_a_person_matched_counts_once(desk: Desk) -> None:
    desk.payouts(payout("po_1", -1200))
    desk.statement(told("b1", -1200, "RENT 03", date(2026, 3, 19)))
    desk.put(IGNORED, line_id=bank_line("b1"), account_id="bank", rule="rent", rules_hash="0" * 32, at=NOW)

    by_hand.match_by_hand(desk.hub, ["payout:po_1"], ["bank-line:b1"], REASON)

    with desk.hub.database.read() as connection:
        assert connection.execute(IGNORED.select()).all() == []


def test_nobody_matches_what_is_no_money(desk: Desk) -> None:
    change(desk, PAYMENTS, paid("1003"), status="failed")
    desk.lines(charge("stray", TOTAL, 0, payment_reference="x"))

    with pytest.raises(RejectedError, match=r"pay-1003.*moved no money"):
        by_hand.match_by_hand(desk.hub, ["payment:pay-1003"], ["settlement-line:stray"], REASON)


def test_nobody_matches_two_currencies_before_the_rate_was_accepted(desk: Desk) -> None:
    desk.lines(charge("abroad", 100, 0, payment_reference="x", currency="USD"))

    with pytest.raises(RejectedError, match="EUR and USD"):
        by_hand.match_by_hand(desk.hub, ["payment:pay-1003"], ["settlement-line:abroad"], REASON)


def test_nobody_sums_two_currencies_on_one_side(desk: Desk) -> None:
    change(desk, PAYMENTS, paid("1002"), currency="USD")
    desk.lines(charge("both", 2 * TOTAL, 0, payment_reference="x"))

    with pytest.raises(RejectedError, match="ours: are of EUR and USD"):
        by_hand.match_by_hand(desk.hub, ["payment:pay-1002", "payment:pay-1003"], ["settlement-line:both"], REASON)
