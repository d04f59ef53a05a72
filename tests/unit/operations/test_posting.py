"""Posting: what happened comes into the books once; what changed is taken back and told anew; what nobody can decide is held by name."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from model.store.book_facts import LINES, PAYMENTS, PAYOUTS, REFUNDS
from model.store.database import Database
from model.store.money_rows import line_id, payout_id, statement_line_id
from model.store.order_rows import ORDERS
from model.values.ids import derive_id
from operations.books.post import post_vouchers
from operations.books.rule_sets import template
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.money_desk import Desk, booked, charge, payout
from tests.unit.operations.posting_desk import agree, balance, change, close, days, give_up, only, open_books, posted, told, told_rate

SUMMARISED = template("international").replace("summarise = []", 'summarise = ["stripe"]')
CHARGE = [("1120.stripe.EUR", 970, 970), ("1121.stripe.EUR", -1000, -1000), ("6600", 30, 30)]
BACK = [(account, -minor, -base) for account, minor, base in CHARGE]


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    return open_books(hub, tmp_path, clock)


def summing(desk: Desk) -> Desk:
    """The same with one voucher a day and event for the provider."""
    agree(desk, SUMMARISED)
    return desk


def ordered(lines: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    return sorted(lines)


def test_a_charge_a_capture_and_a_refund_are_posted_once(desk: Desk) -> None:
    desk.lines(charge("ch_1", 1000, 30))

    first, again = posted(desk), posted(desk)

    assert (first.counts["vouchers"], again.counts["vouchers"], again.counts["facts"]) == (5, 0, 0)
    assert [(event, ordered(lines)) for event, _, lines in told(desk, "settlement_line")] == [("line_charge", ordered(CHARGE))]
    assert {event for event, _, _ in told(desk, "payment")} == {"capture", "capture_by_hand"}
    assert sum(balance(desk).values()) == 0


def test_fees_read_in_another_order_change_nothing(desk: Desk) -> None:
    desk.lines(charge("ch_1", 1000, 30))
    posted(desk)
    change(desk, LINES, line_id("stripe", "ch_1"))

    assert posted(desk).counts["vouchers"] == 0


def test_a_changed_fact_is_taken_back_and_posted_anew_and_may_change_back(desk: Desk) -> None:
    desk.lines(charge("ch_1", 1000, 0))
    posted(desk)
    for gross in (1500, 1000, 1500):
        change(desk, LINES, line_id("stripe", "ch_1"), gross_minor=gross, net_minor=gross)
        assert (posted(desk).counts["vouchers"], posted(desk).counts["vouchers"]) == (2, 0)

    assert [event for event, _, _ in told(desk, "settlement_line")] == ["line_charge", *["reversal", "line_charge"] * 3]
    assert balance(desk)["1120.stripe.EUR"] == 1500


def test_a_fact_that_moves_to_another_day_is_posted_on_that_day(desk: Desk) -> None:
    desk.lines(charge("ch_1", 1000, 0))
    posted(desk)
    change(desk, LINES, line_id("stripe", "ch_1"), business_on=date(2026, 2, 27))
    posted(desk)

    assert days(desk, "settlement_line") == [
        ("2026-02", date(2026, 2, 27), date(2026, 2, 27)),
        ("2026-03", date(2026, 3, 1), date(2026, 3, 1)),
    ]
    assert balance(desk)["1120.stripe.EUR"] == 1000


def test_a_payout_that_came_back_is_taken_back_and_posted_again_when_it_is_sent_anew(desk: Desk) -> None:
    desk.payouts(payout("po_1", 900))
    posted(desk)
    change(desk, PAYOUTS, payout_id("stripe", "po_1"), status="failed")
    posted(desk)
    gone = balance(desk)
    change(desk, PAYOUTS, payout_id("stripe", "po_1"), status="paid")
    posted(desk)

    assert "1130.stripe.EUR" not in gone
    assert [event for event, _, _ in told(desk, "payout")] == ["payout", "reversal", "payout"]
    assert balance(desk)["1130.stripe.EUR"] == 900


def test_a_payment_and_a_refund_that_vanish_with_their_order_are_taken_back(desk: Desk) -> None:
    posted(desk)
    paid = only(desk, PAYMENTS, PAYMENTS.c.external_id == "pay-1002")
    order = only(desk, ORDERS, ORDERS.c.external_id == "1002")
    gone = datetime(2026, 3, 4, tzinfo=UTC)
    for table, row_id in ((PAYMENTS, paid), (REFUNDS, only(desk, REFUNDS))):
        desk.hub.database.run(lambda c, t=table, i=row_id: c.execute(t.update().where(t.c.id == i).values(removed_at=gone)))
    change(desk, ORDERS, order)

    assert posted(desk).counts["reversals"] == 2
    assert [event for event, _, _ in told(desk, "refund")] == ["refund", "reversal"]


def test_a_refund_that_is_told_by_its_order_only_is_read_anew_with_it(desk: Desk) -> None:
    posted(desk)
    order = only(desk, ORDERS, ORDERS.c.external_id == "1002")
    desk.hub.database.run(lambda c: c.execute(REFUNDS.update().values(amount_minor=200)))
    change(desk, ORDERS, order)
    posted(desk)

    assert balance(desk)["2110.stripe.EUR"] == -200


def matched(desk: Desk, number: str, amount: int) -> str:
    """A payout that reached the bank; gives its match."""
    desk.payouts(payout(f"po_{number}", amount))
    desk.statement(booked(f"b_{number}", amount), name=f"s{number}")
    return rematched(desk, number)


def rematched(desk: Desk, number: str) -> str:
    """The match of a payout and a bank line of the same number."""
    sides = [payout_id("stripe", f"po_{number}")], [statement_line_id("bank", "DE02", f"b_{number}")]
    desk.match("bank", *sides)
    return derive_id("match", "bank", *sides[0], *sides[1])


def test_a_match_that_is_given_up_is_taken_back_and_may_be_made_again(desk: Desk) -> None:
    first = matched(desk, "1", 900)
    posted(desk)
    give_up(desk, first)
    posted(desk)
    gone = balance(desk)
    rematched(desk, "1")
    posted(desk)

    assert gone["1130.stripe.EUR"] == 900
    assert "1130.stripe.EUR" not in balance(desk)
    assert [event for event, _, _ in told(desk, "money_match")] == ["bank_receipt", "reversal", "bank_receipt"]


def test_matches_of_one_summary_that_are_given_up_take_it_back_once_and_the_others_stay(desk: Desk) -> None:
    summing(desk)
    matches = [matched(desk, str(number), 100 * number) for number in (1, 2, 3)]
    posted(desk)
    before = balance(desk)
    for each in matches[:2]:
        give_up(desk, each)
    posted(desk)
    between = balance(desk)
    for number in ("1", "2"):
        rematched(desk, number)
    posted(desk)

    assert before["1010.stripe.EUR"] == 600
    assert between["1010.stripe.EUR"] == 300
    assert balance(desk) == before


def test_a_day_is_one_voucher_and_a_changed_member_takes_it_back_whole(desk: Desk) -> None:
    summing(desk)
    desk.lines(charge("ch_1", 1000, 30), charge("ch_2", 500, 0), charge("ch_3", 100, 0))
    posted(desk)
    one = told(desk, "summary")
    for gross in (700, 500, 700):
        change(desk, LINES, line_id("stripe", "ch_2"), gross_minor=gross, net_minor=gross)
        posted(desk)
        assert posted(desk).counts["vouchers"] == 0

    assert [event for event, _, _ in one] == ["line_charge"]
    assert ("1121.stripe.EUR", -1600, -1600) in one[0][2]
    assert balance(desk)["1120.stripe.EUR"] == 970 + 700 + 100


def test_a_member_of_a_summary_that_stops_counting_leaves_it(desk: Desk) -> None:
    summing(desk)
    desk.lines(charge("ch_1", 1000, 0), charge("ch_2", 500, 0))
    posted(desk)
    change(desk, LINES, line_id("stripe", "ch_2"), kind="payout")
    posted(desk)

    assert balance(desk)["1120.stripe.EUR"] == 1000


def test_an_event_that_no_rule_knows_is_held_by_name_and_the_rest_is_posted(desk: Desk) -> None:
    body = template("international").replace("line_charge =", "line_other =")
    agree(desk, body, date(2026, 2, 1))
    desk.lines(charge("ch_1", 1000, 0))

    report = posted(desk)

    assert report.counts["held"] == 1
    assert "line_charge" in report.problems[0]
    assert report.counts["vouchers"] == 4


def test_what_has_no_rate_is_held_and_booked_once_the_rate_is_told(desk: Desk) -> None:
    desk.lines(charge("ch_1", 1001, 0, currency="USD"))
    held = posted(desk)
    told_rate(desk, "2026-02-18", "USD", "0.8")
    too_old = posted(desk)
    told_rate(desk, "2026-02-27", "USD", "0.905")

    assert (held.counts["held"], too_old.counts["held"], posted(desk).counts["vouchers"], posted(desk).counts["facts"]) == (1, 1, 1, 0)
    assert "no rate of USD in EUR for 2026-03-01" in held.problems[0]
    assert balance(desk)["1120.stripe.USD"] == 906


def test_an_amount_no_column_can_hold_is_held_and_stops_nothing(desk: Desk) -> None:
    told_rate(desk, "2026-03-01", "USD", "999999999999.999999999999")
    desk.lines(charge("ch_1", 9 * 10**18, 0, currency="USD"), charge("ch_2", 100, 0))

    report = posted(desk)

    assert report.counts["held"] == 1
    assert "more than the books can hold" in report.problems[0]
    assert balance(desk)["1120.stripe.EUR"] == 100


def test_a_late_fact_is_posted_in_the_next_open_month_and_keeps_its_day(desk: Desk) -> None:
    posted(desk)
    close(desk, "2026-03")
    desk.lines(charge("ch_1", 1000, 0))
    posted(desk)

    assert days(desk, "settlement_line") == [("2026-04", date(2026, 4, 1), date(2026, 3, 1))]


def test_what_is_taken_back_of_a_closed_month_is_taken_back_in_the_next(desk: Desk) -> None:
    desk.lines(charge("ch_1", 1000, 0))
    posted(desk)
    close(desk, "2026-03")
    change(desk, LINES, line_id("stripe", "ch_1"), gross_minor=700, net_minor=700)
    posted(desk)

    assert days(desk, "voucher") == [("2026-04", date(2026, 4, 1), date(2026, 3, 1))]
    assert [number for _, number, _ in told(desk, "settlement_line")] == [4, 1, 2]


def test_what_happened_before_the_books_begin_is_left_to_the_opening_balances(hub: Hub, tmp_path: Path, clock: StillClock) -> None:
    desk = open_books(hub, tmp_path, clock, template("international").replace("books_from = 2026-01-01", "books_from = 2026-03-02"))
    desk.lines(charge("ch_1", 1000, 0), charge("ch_2", 700, 0, occurred_at=datetime(2026, 3, 2, 1, tzinfo=UTC)))

    assert posted(desk).counts["vouchers"] == 1
    assert balance(desk)["1120.stripe.EUR"] == 700


def test_a_fact_that_moves_before_the_books_begin_is_taken_back(desk: Desk) -> None:
    desk.lines(charge("ch_1", 1000, 0))
    posted(desk)
    change(desk, LINES, line_id("stripe", "ch_1"), business_on=date(2025, 12, 31))
    posted(desk)

    assert "1120.stripe.EUR" not in balance(desk)


def test_several_who_post_at_once_post_each_fact_once(desk: Desk) -> None:
    desk.lines(*(charge(f"ch_{number}", 1000, 0) for number in range(200)))
    outcomes: list[str] = []

    def post() -> None:
        own = replace(desk.hub, database=Database(desk.hub.database.url))
        outcomes.extend(report.outcome for report in post_vouchers(own))
        own.database.close()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    posted(desk)

    assert "failed" not in outcomes
    assert balance(desk)["1120.stripe.EUR"] == 200_000


def test_whatever_comes_first_the_books_come_to_the_same(desk: Desk) -> None:
    desk.payouts(payout("po_1", 900))
    posted(desk)
    desk.lines(charge("ch_2", 500, 20))
    posted(desk)
    desk.lines(charge("ch_1", 1000, 30))
    posted(desk)

    assert {account: total for account, total in balance(desk).items() if account.startswith(("112", "113", "66"))} == {
        "1120.stripe.EUR": 970 + 480 - 900,
        "1121.stripe.EUR": 2 * 4090 - 1500,
        "1122.shop.EUR": 4090,
        "1130.stripe.EUR": 900,
        "6600": 50,
    }
