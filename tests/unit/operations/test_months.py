"""Months are closed by a checklist and reopened by two people; foreign accounts are valued; what comes late keeps its own day."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from model.errors import ConfigError, HubError, RejectedError
from model.store import periods
from model.store.vouchers import VOUCHERS
from model.values.ids import derive_id
from operations.books import closing, manual
from operations.books.closing import Closing, close_month, look_at_month
from operations.books.rates import import_rates
from operations.books.rule_sets import template
from operations.money import signing
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.books_desk import REASON, adjustment, approve_rules, by, match, open_books, post, rows_of, standing, words
from tests.unit.operations.money_desk import DAY, STRIPE, Desk, charge
from tests.unit.operations.test_money_matching import RULES, write_rules

MARCH, APRIL, MAY = "2026-03", "2026-04", "2026-05"


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """March is matched and posted, and nothing of it is open."""
    opened = open_books(hub, tmp_path, clock)
    match(opened)
    post(opened)
    return opened


def open_lines(desk: Desk, month: str = MARCH) -> dict[str, str]:
    return {check.name: check.figure for check in look_at_month(desk.hub, "main", month).checks if not check.is_met}


def close(desk: Desk, month: str = MARCH) -> Closing:
    return close_month(by(desk, "mia"), "main", month)


def reopened(desk: Desk, month: str = MARCH) -> None:
    closing.ask_to_reopen(by(desk, "mia"), "main", month, REASON)
    closing.approve_reopening(by(desk, "ben"), "main", month)


def state_of(desk: Desk, month: str = MARCH) -> str:
    with desk.hub.database.read() as connection:
        row = periods.one(connection, "main", month)
    return "none" if row is None else row.state


def posted(desk: Desk, event: str) -> list[tuple[str, int, date, date]]:
    v = VOUCHERS.c
    with desk.hub.database.read() as connection:
        query = select(v.period, v.number, v.posted_on, v.happened_on).where(v.event == event, v.state == "posted")
        return [(row.period, row.number, row.posted_on, row.happened_on) for row in connection.execute(query.order_by(v.posted_on))]


def test_a_month_whose_every_line_is_met_is_closed_and_takes_no_more_vouchers(desk: Desk) -> None:
    seen = look_at_month(desk.hub, "main", MARCH)
    before = rows_of(desk)

    done = close(desk)

    assert [check.name for check in seen.checks if not check.is_met] == []
    assert (seen.state, done.state, state_of(desk), done.revaluation) == ("open", "closed", "closed", None)
    assert rows_of(desk)["voucher"] == before["voucher"]
    with pytest.raises(RejectedError, match="2026-03: is closed already, by mia"):
        close(desk)


def test_looking_at_a_month_writes_nothing(desk: Desk) -> None:
    before = rows_of(desk)

    look_at_month(desk.hub, "main", MARCH)
    look_at_month(desk.hub, "main", "2026-02")

    assert rows_of(desk) == before


def spoil_with_draft(desk: Desk) -> None:
    manual.draft(by(desk, "mia"), "main", date(2026, 3, 9), "rent", words("debit 6690 5 EUR", "credit 1010.bank.EUR 5 EUR"))


def spoil_with_break(desk: Desk) -> None:
    desk.broken("bank_line_unexplained", derive_id("nobody"), -750, account="bank")


def spoil_with_lonely_line(desk: Desk) -> None:
    desk.lines(charge("late", 100, 0, payout_external_id=None))
    post(desk)


def spoil_with_unposted_fact(desk: Desk) -> None:
    desk.lines(adjustment("late", 100))


def spoil_with_held_fact(desk: Desk) -> None:
    desk.lines(adjustment("late", 100, "GBP"))


def spoil_with_voucher_on_clearing(desk: Desk) -> None:
    made = manual.draft(by(desk, "mia"), "main", DAY, "by hand", words("debit 1120.stripe.EUR 1 EUR", "credit 6690 1 EUR")).id
    manual.approve_voucher(by(desk, "ben"), made)
    manual.post_voucher(by(desk, "mia"), made)


def spoil_with_signer(desk: Desk) -> None:
    write_rules(desk, 'signer = "mia"\n' + RULES)


def spoil_with_earlier_month(desk: Desk) -> None:
    desk.lines(adjustment("early", 100, occurred_at=datetime(2026, 2, 3, tzinfo=UTC)))
    post(desk)


@pytest.mark.parametrize(
    ("spoil", "line", "figure"),
    [
        (spoil_with_draft, "no voucher waits", "(draft)"),
        (spoil_with_break, "no break of the month is open", "bank: 1 of -7.50 EUR"),
        (spoil_with_lonely_line, "every line has its counterpart", "stripe 2026-03-01: 1"),
        (spoil_with_unposted_fact, "every fact is booked", "1 wait, as settlement line late"),
        (spoil_with_held_fact, "no fact is held", "no rate of GBP in EUR for 2026-03-01"),
        (spoil_with_voucher_on_clearing, "clearing accounts are what gateways say", "1120.stripe.EUR EUR: gateway 0.00, books 1.00"),
        (spoil_with_signer, "every day is signed by two people", "stripe 2026-03-01, bank 2026-03-03"),
        (spoil_with_earlier_month, "earlier months are closed", "2026-02"),
    ],
)
def test_a_line_that_is_not_met_tells_its_figure_and_keeps_the_month_open(
    desk: Desk, spoil: Callable[[Desk], None], line: str, figure: str
) -> None:
    spoil(desk)

    with pytest.raises(RejectedError, match=f"main 2026-03: stays open, .*{line}"):
        close(desk)

    seen = {check.name: check for check in look_at_month(desk.hub, "main", MARCH).checks}
    assert (seen[line].is_met, figure in seen[line].figure) == (False, True)
    assert seen[line].way_out
    assert state_of(desk) == "open"


def test_a_month_that_is_not_over_stays_open(desk: Desk) -> None:
    assert open_lines(desk, APRIL) == {
        "the month is over": "ends on 2026-04-30, and today is 2026-04-05",
        "earlier months are closed": MARCH,
    }


def test_days_that_two_people_signed_are_enough_where_signatures_are_asked_for(desk: Desk) -> None:
    spoil_with_signer(desk)
    for account, day in ((STRIPE, DAY), (desk.hub.file.account("bank"), date(2026, 3, 3))):
        signing.sign(by(desk, "mia"), account, day)
        signing.check(by(desk, "ben"), account, day)

    assert close(desk).state == "closed"


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "26-03", "march", "٢٠٢٦-٠٣", "0001-01", ""])
def test_what_is_no_month_is_told_in_one_line(desk: Desk, month: str) -> None:
    with pytest.raises(ConfigError, match=r"^month .*: is none; write one like 2026-01$"):
        close(desk, month)


def test_who_is_nobody_of_the_hub_closes_nothing(desk: Desk) -> None:
    with pytest.raises(RejectedError, match=r"is not under \[\[people\]\]"):
        close_month(by(desk, "somebody"), "main", MARCH)
    with pytest.raises(ConfigError, match="entity 'other'"):
        close_month(by(desk, "mia"), "other", MARCH)


def test_what_comes_late_goes_into_the_open_month_and_keeps_its_own_day(desk: Desk) -> None:
    close(desk)
    desk.lines(adjustment("late", 100))

    post(desk)

    assert posted(desk, "line_adjustment") == [(APRIL, 1, date(2026, 4, 1), DAY)]
    with desk.hub.database.read() as connection:
        assert [(row.period, row.state, row.last_number) for row in periods.listed(connection)] == [
            (MARCH, "closed", 9), (APRIL, "open", 1),
        ]  # fmt: skip


def test_what_came_late_is_no_difference_to_the_gateway_in_either_month(desk: Desk, clock: StillClock) -> None:
    close(desk)
    desk.lines(adjustment("late", 100))
    post(desk)
    reopened(desk)

    clock.at = datetime(2026, 5, 2, tzinfo=UTC)

    assert open_lines(desk) == {}
    assert set(open_lines(desk, APRIL)) == {"earlier months are closed"}


def test_a_month_is_reopened_by_two_people_and_books_its_own_facts_again(desk: Desk) -> None:
    close(desk)

    reopened(desk)
    desk.lines(adjustment("late", 100))
    post(desk)

    assert posted(desk, "line_adjustment") == [(MARCH, 10, DAY, DAY)]
    with desk.hub.database.read() as connection:
        row = periods.one(connection, "main", MARCH)
    assert row is not None
    assert (row.state, row.wish, row.maker_id, row.checker_id, row.reason) == ("open", None, "mia", "ben", REASON)


def test_nobody_reopens_a_month_alone(desk: Desk) -> None:
    close(desk)
    closing.ask_to_reopen(by(desk, "mia"), "main", MARCH, REASON)

    with pytest.raises(RejectedError, match="Mia asked to reopen it; another person approves that"):
        closing.approve_reopening(by(desk, "mia"), "main", MARCH)
    with pytest.raises(RejectedError, match="is asked to be reopened already"):
        closing.ask_to_reopen(by(desk, "ben"), "main", MARCH, REASON)

    assert state_of(desk) == "closed"


def test_a_wish_that_is_refused_leaves_the_month_closed(desk: Desk) -> None:
    close(desk)
    closing.ask_to_reopen(by(desk, "mia"), "main", MARCH, REASON)

    closing.reject_reopening(by(desk, "ben"), "main", MARCH)

    with pytest.raises(RejectedError, match="nobody asked to reopen it"):
        closing.approve_reopening(by(desk, "ben"), "main", MARCH)
    with pytest.raises(RejectedError, match="nobody asked to reopen it"):
        closing.reject_reopening(by(desk, "ben"), "main", MARCH)
    assert state_of(desk) == "closed"


def test_reopening_wants_a_reason_and_a_closed_month(desk: Desk) -> None:
    with pytest.raises(RejectedError, match="reason: 'ok' is too short"):
        closing.ask_to_reopen(by(desk, "mia"), "main", MARCH, "ok")
    with pytest.raises(RejectedError, match="main 2026-03: is not closed"):
        closing.ask_to_reopen(by(desk, "mia"), "main", MARCH, REASON)


def outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except HubError as problem:
        return str(problem)
    return "done"


def test_two_people_who_close_a_month_at_once_close_it_once(desk: Desk) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(outcome, [lambda: close(desk), lambda: close_month(by(desk, "ben"), "main", MARCH)]))

    assert both.count("done") == 1
    assert [told for told in both if told != "done" and "is closed already" not in told and "try again in a minute" not in told] == []
    assert state_of(desk) == "closed"


def test_two_people_who_approve_a_reopening_at_once_do_it_once(desk: Desk) -> None:
    close(desk)
    closing.ask_to_reopen(by(desk, "mia"), "main", MARCH, REASON)

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(outcome, [lambda: closing.approve_reopening(by(desk, "ben"), "main", MARCH)] * 2))

    assert both.count("done") == 1
    assert state_of(desk) == "open"


def test_foreign_accounts_are_worth_the_rate_of_the_last_day(desk: Desk) -> None:
    desk.lines(adjustment("usd", 10_000, "USD"))
    post(desk)
    before = standing(desk, "1120.stripe.USD")

    done = close(desk)

    assert before == [("USD", 10_000, 9_000)]
    assert standing(desk, "1120.stripe.USD") == [("EUR", 500, 500), ("USD", 10_000, 9_000)]
    assert standing(desk, "7900") == [("EUR", -500, -500)]
    assert standing(desk, "6690") == [("USD", -10_000, -9_000)]  # an expense keeps the rate of its day
    assert done.revaluation == "main/2026-03/000011"
    assert posted(desk, "revaluation") == [(MARCH, 11, date(2026, 3, 31), date(2026, 3, 31))]


def test_the_next_valuation_starts_from_the_last_and_an_empty_account_is_worth_nothing(desk: Desk, clock: StillClock) -> None:
    desk.lines(adjustment("usd", 10_000, "USD"))
    post(desk)
    close(desk)
    clock.at = datetime(2026, 6, 2, tzinfo=UTC)
    import_rates(by(desk, "mia"), "may.csv", "day,base,currency,rate\n2026-05-28,EUR,USD,0.70\n")

    close(desk, APRIL)
    of_april = sum(base for _, _, base in standing(desk, "1120.stripe.USD"))
    desk.lines(adjustment("back", -10_000, "USD", occurred_at=datetime(2026, 5, 29, tzinfo=UTC)))
    post(desk)
    close(desk, MAY)

    assert of_april == 8_000
    assert [sum(amounts) for amounts in zip(*(each[1:] for each in standing(desk, "1120.stripe.USD")), strict=True)][1] == 0
    assert sum(base for account in ("1120.stripe.USD", "6690", "7900") for _, _, base in standing(desk, account)) == 0
    assert [row[0] for row in posted(desk, "revaluation")] == [MARCH, APRIL, MAY]


def test_a_month_closed_again_books_only_what_differs(desk: Desk) -> None:
    desk.lines(adjustment("usd", 10_000, "USD"))
    post(desk)
    close(desk)
    reopened(desk)

    nothing = close(desk)
    reopened(desk)
    desk.lines(adjustment("usd2", 2_000, "USD"))
    post(desk)
    more = close(desk)

    assert nothing.revaluation is None
    assert more.revaluation == "main/2026-03/000013"
    assert sum(base for _, _, base in standing(desk, "1120.stripe.USD")) == 11_400


def test_a_month_without_a_rate_for_its_last_day_stays_open(desk: Desk, clock: StillClock) -> None:
    desk.lines(adjustment("usd", 10_000, "USD"))
    post(desk)
    close(desk)
    clock.at = datetime(2026, 6, 2, tzinfo=UTC)
    close(desk, APRIL)

    assert open_lines(desk, MAY) == {
        "foreign accounts can be valued": "no rate of USD in EUR for 2026-05-31; import one with `entrepot rates import`"
    }


def test_without_rules_there_is_nothing_to_close(hub: Hub, tmp_path: Path, clock: StillClock) -> None:
    desk = open_books(hub, tmp_path, clock)
    bare = replace(desk.hub, file=replace(desk.hub.file, entities=(desk.hub.file.entities[0].model_copy(update={"id": "new"}),)))

    with pytest.raises(RejectedError, match="new: has no approved posting rules"):
        look_at_month(bare, "new", MARCH)


def test_an_account_that_later_rules_do_not_know_is_named(desk: Desk) -> None:

    body = (
        template("international").replace('"1010.{bank}.{currency}"', '"1011.{bank}.{currency}"').replace('code = "1010"', 'code = "1011"')
    )
    approve_rules(desk, body, date(2026, 3, 31))

    assert open_lines(desk)["every account is in the chart"] == "1010.bank.EUR"
