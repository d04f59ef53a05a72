"""The three-way check names each difference between our vouchers, what the ledger has of them, and the bank; and changes nothing."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from model.records.voucher import LedgerEntry
from model.store.database import Database
from operations.books.differences import booked, compared
from operations.books.ledger_verbs import checked_ledgers
from operations.money.money_verbs import Days
from tests.conftest import StillClock
from tests.systems.booking import voucher
from tests.unit.operations.ledger_desk import DAY, SALE, Desk, line

FEBRUARY = Days(date(2026, 2, 1), date(2026, 2, 28))


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    """Three sales that the ledger has."""
    made = Desk(database, tmp_path, clock)
    for number in (1, 2, 3):
        made.post(f"sale {number}", line("1201", 500 * number), line("4400", -500 * number))
    made.push()
    return made


def test_nothing_differs_where_all_is_there(desk: Desk) -> None:
    found = desk.check()

    assert (found.vouchers, found.entries, found.differences) == (3, 3, [])
    assert checked_ledgers(desk.hub, None, FEBRUARY)[0][0].outcome == "done"


def test_what_is_gone_from_the_ledger_is_missing(desk: Desk) -> None:
    del desk.remote.account.effects[1]

    assert desk.kinds() == [("missing", "main/2026-02/000002")]
    report = checked_ledgers(desk.hub, None, FEBRUARY)[0][0]
    assert (report.outcome, report.counts["differences"]) == ("differs", 1)
    assert "is there no more" in report.message


def test_what_was_refused_is_missing_and_what_is_on_its_way_is_nobodys_fault(desk: Desk) -> None:
    desk.post("refused")
    desk.remote.account.refuses = "closed"
    desk.push()
    desk.remote.account.refuses = ""
    desk.post("lost")
    desk.wire.loses = 1
    desk.push()
    del desk.remote.account.effects[-1]
    desk.post("unsent")

    found = desk.check()

    kinds = {each.about[-1]: (each.kind, each.is_wrong) for each in found.differences}
    assert kinds == {"4": ("missing", True), "5": ("waiting", False), "6": ("missing", True)}
    assert "outbox list --dead" in found.wrong[0].told


def test_what_is_there_twice_is_named_with_both_ids(desk: Desk) -> None:
    desk.remote.account.effects.append(replace(desk.remote.account.effects[0], external_id="99cb8353-0000-4000-8000-000000009999"))

    [twice] = desk.check().differences

    assert (twice.kind, twice.about) == ("twice", "main/2026-02/000001")
    assert "000000009999" in twice.told


def test_another_amount_is_told_by_account_and_by_how_much(desk: Desk) -> None:
    desk.change(0, lines=[{"AccountCode": "090", "LineAmount": 7.00}, {"AccountCode": "200", "LineAmount": -5.00},
                          {"AccountCode": "999", "LineAmount": -2.00}])  # fmt: skip

    found = desk.check().differences

    assert [(each.kind, each.account, each.amount_minor) for each in found] == [("amount", "090", 200), ("amount", "999", -200)]
    assert found[0].told == "account 090: 7.00 EUR in the ledger, 5.00 EUR here"


def test_another_day_is_told_also_where_it_is_of_another_month(desk: Desk) -> None:
    stamp = int((date(2026, 3, 2) - date(1970, 1, 1)).total_seconds()) * 1000
    desk.change(2, day="2026-03-02", date=f"/Date({stamp}+0000)/")

    [other] = desk.check().differences

    assert (other.kind, other.told) == ("day", "bears 2026-03-02 in the ledger and 2026-02-10 here")


def test_what_others_book_on_accounts_of_ours_is_told_and_what_they_book_elsewhere_is_theirs(desk: Desk) -> None:
    desk.add("rent", [("8000", "9.00"), ("8001", "-9.00")])
    desk.add("by hand", [("090", "9.00"), ("8001", "-9.00")])

    [stranger] = desk.check().differences

    assert (stranger.kind, stranger.account, stranger.amount_minor) == ("not_ours", "090", 900)


def test_a_voucher_that_somebody_took_back_there_is_named(desk: Desk) -> None:
    desk.add("correction", [("090", "-10.00"), ("200", "10.00")], day=date(2026, 2, 20))

    [back] = desk.check().differences

    assert (back.kind, back.about, back.day) == ("reversed_there", "main/2026-02/000002", date(2026, 2, 20))


def test_a_reference_of_ours_that_no_voucher_has_is_told(desk: Desk) -> None:
    desk.add("main/2026-02/000099 forged", [("090", "1.00"), ("200", "-1.00")])

    assert desk.kinds() == [("unknown_voucher", "main/2026-02/000099")]


def test_entries_that_cannot_be_read_are_told_beside_all_else(desk: Desk) -> None:
    desk.change(1, lines="torn")

    assert [each.kind for each in desk.check().differences] == ["missing", "unreadable"]


def test_vouchers_of_other_days_are_left_to_their_own_check(desk: Desk) -> None:
    desk.post("january", day=date(2026, 1, 31))
    desk.push()

    found = desk.check()

    assert (found.vouchers, found.differences) == (3, [])
    assert desk.check(date(2026, 1, 1), date(2026, 1, 31)).vouchers == 1


def test_a_check_that_finds_something_writes_nothing(desk: Desk) -> None:
    del desk.remote.account.effects[1]
    before = [tuple(row) for row in desk.commands()]

    desk.check()

    assert [tuple(row) for row in desk.commands()] == before
    assert len(desk.remote.account.effects) == 2


def test_a_ledger_with_foreign_amounts_is_compared_in_them_and_one_without_is_not() -> None:
    told = voucher(1, line("1201", 1000, "USD", 920), line("4400", -1000, "USD", -920), day=DAY)
    functional = LedgerEntry(external_id="1", reference=told.reference, posted_on=DAY, lines=(line("1201", 920), line("4400", -920)))
    other = (line("1201", 1001, "USD", 920), line("4400", -1000, "USD", -920))
    foreign = replace(functional, lines=other)

    assert list(compared(told, [booked(functional, {})], "done", {})) == []
    assert [(each.account, each.currency, each.amount_minor) for each in compared(told, [booked(foreign, {})], "done", {})] == [
        ("1201", "USD", 1)
    ]


def test_a_draft_counts_nowhere() -> None:
    told = voucher(1, *SALE, day=DAY)
    draft = booked(LedgerEntry(external_id="7", reference=told.reference, posted_on=DAY, lines=SALE, is_posted=False), {})

    assert [each.kind for each in compared(told, [draft], "unknown", {})] == ["draft", "waiting"]
    assert [each.kind for each in compared(told, [draft, replace(draft, is_posted=True)], "done", {})] == ["draft"]


def test_two_accounts_of_ours_that_are_one_there_are_compared_as_one() -> None:
    told = voucher(1, line("1201", 500), line("1202", 300), line("4400", -800), day=DAY)
    entry = LedgerEntry(external_id="7", reference=told.reference, posted_on=DAY, lines=(line("9", 800), line("4400", -800)))
    words = {"1201": "9", "1202": "9"}

    assert list(compared(told, [booked(entry, words)], "done", words)) == []
