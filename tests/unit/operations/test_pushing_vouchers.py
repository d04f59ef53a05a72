"""Posted vouchers reach the ledger, each once, whatever answer is lost; what it does not take is held or parked by name, with a way out."""

from datetime import date
from pathlib import Path

import pytest

from model.errors import ConfigError
from model.store import migrating
from model.store.database import Database
from operations.auditor import audit
from operations.books.ledger_verbs import listed_ledgers, push_vouchers
from operations.books.push import renew
from operations.money.money_verbs import Days
from operations.outbox_verbs import resume_outbox, settle_by_hand
from operations.runtime.hub_accounts import Ledger
from tests.conftest import StillClock
from tests.unit.operations.ledger_desk import BOOKS, SALE, Desk, line


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    return Desk(database, tmp_path, clock)


def test_every_posted_voucher_is_brought_there_once_however_often_it_is_pushed(desk: Desk) -> None:
    for number in range(25):
        desk.post(f"sale {number}")

    first, again = desk.push(), desk.push()
    desk.post("one more")
    later = desk.push()

    assert [report.line for report in first] == ["books: done, 25 written, 0 held", "books: done, 25 done, 0 waiting, 0 unknown, 0 parked"]
    assert [report.counts["written"] for report in (again[0], later[0])] == [0, 1]
    assert sorted(desk.booked()) == [f"main/2026-02/{number:06}" for number in range(1, 27)]
    assert list(audit(desk.database.url)) == []


def test_an_older_schema_forgets_the_commands_of_vouchers_and_they_are_not_booked_twice_behind_the_upgrade(desk: Desk) -> None:
    desk.post("sale")
    desk.push()

    migrating.downgrade(desk.database, "0009")
    gone = desk.commands()
    migrating.upgrade(desk.database)
    shut = desk.push()[-1]
    resume_outbox(desk.hub, is_restored=True)
    desk.push_until_quiet()

    assert gone == []
    assert migrating.problems(desk.database) == []
    assert "the outbox is shut" in shut.message
    assert {row.state for row in desk.commands()} == {"done"}
    assert desk.booked() == ["main/2026-02/000001"]


def test_a_lost_answer_is_looked_for_and_nothing_is_booked_twice(desk: Desk) -> None:
    for number in range(8):
        desk.post(f"sale {number}")
    desk.wire.loses = 3

    desk.push_until_quiet()

    assert sorted(desk.booked()) == [f"main/2026-02/{number:06}" for number in range(1, 9)]
    assert {row.state for row in desk.commands()} == {"done"}


def test_what_is_older_than_the_ledgers_first_day_stays_but_its_reversal_goes(desk: Desk) -> None:
    old = desk.post("old", day=date(2025, 12, 31))
    desk.post("back", line("1201", -500), line("4400", 500), day=date(2026, 1, 2), reverses=old)

    desk.push()

    assert desk.booked() == ["main/2026-01/000001"]


def test_a_reversal_leaves_behind_what_it_takes_back(desk: Desk) -> None:
    sale = desk.post("sale", day=date(2026, 2, 20))
    back = desk.post("back", line("1201", -500), line("4400", 500), day=date(2026, 2, 10), reverses=sale)
    desk.post("once more", *SALE, day=date(2026, 2, 5), reverses=back)

    desk.push()

    assert desk.booked() == [f"main/2026-02/{number:06}" for number in (1, 2, 3)]
    assert len({row.aggregate for row in desk.commands()}) == 1


def test_what_the_ledger_cannot_take_is_held_by_name_with_its_reversal_and_the_rest_goes_on(desk: Desk) -> None:
    alien = desk.post("alien", base="USD")
    desk.post("back", line("1201", -500), line("4400", 500), reverses=alien, base="EUR")
    desk.post("sale")

    report = desk.push()[0]

    assert desk.booked() == ["main/2026-02/000003"]
    assert (report.outcome, report.counts["held"]) == ("done", 2)
    assert "main/2026-02/000001: is reckoned in USD" in report.message
    assert "main/2026-02/000002: waits for main/2026-02/000001, which it takes back" in report.message


def test_a_refused_voucher_is_a_dead_letter_and_its_reversal_waits_until_it_is_sent_again(desk: Desk) -> None:
    sale = desk.post("sale")
    desk.post("back", line("1201", -500), line("4400", 500), reverses=sale)
    desk.remote.account.refuses = "closed"

    desk.push_until_quiet()
    refused = desk.commands()
    desk.remote.account.refuses = ""
    settle_by_hand(desk.hub, desk.commands()[0].id, None, "the period is open again")
    desk.push_until_quiet()

    assert [row.state for row in refused] == ["parked", "pending"]
    assert "locked in Xero" in refused[0].problem
    assert desk.booked() == ["main/2026-02/000001", "main/2026-02/000002"]


def test_a_refused_voucher_is_written_anew_by_todays_settings_and_its_reversal_behind_it(
    database: Database, tmp_path: Path, clock: StillClock
) -> None:
    desk = Desk(database, tmp_path, clock)
    sale = desk.post("sale", line("1800", 500), line("4400", -500))
    desk.post("back", line("1800", -500), line("4400", 500), reverses=sale)
    desk.remote.account.refuses = "account"
    desk.push()
    desk.remote.account.refuses = ""

    mended = BOOKS.model_copy(update={"settings": {**BOOKS.settings, "accounts": {"1800": "777"}}})
    desk = _again(desk, mended)
    renew(desk.hub, "books", "main/2026-02/000001", "the account is called otherwise")
    desk.push_until_quiet()

    assert desk.booked() == ["main/2026-02/000001", "main/2026-02/000002"]
    assert all(b"777" in body for body in desk.wire.made)
    assert sorted(row.state for row in desk.commands()) == ["done", "done", "withdrawn", "withdrawn"]


def _again(desk: Desk, ledger: Ledger) -> Desk:
    """The hub with other settings of its ledger, and the same store and ledger."""
    other = Desk(desk.database, desk.hub.file.path.parent, desk.clock, ledger)
    other.remote.account.effects = desk.remote.account.effects
    return other


@pytest.mark.parametrize(("reference", "told"), [("main/2026-02/000001", "is done"), ("main/2026-02/000009", "has no command"), ("x", "x")])
def test_only_a_refused_voucher_can_be_written_anew(desk: Desk, reference: str, told: str) -> None:
    desk.post("sale")
    desk.push()

    with pytest.raises(ConfigError, match=told):
        renew(desk.hub, "books", reference, "because I want to")


def test_another_organisation_that_answers_gets_nothing(desk: Desk) -> None:
    desk.post("sale")
    desk.push()
    desk.post("another")
    desk.wire.is_other = True
    report = desk.push()[0]

    assert report.outcome == "failed"
    assert desk.booked() == ["main/2026-02/000001"]


def test_ledgers_are_listed_with_what_they_have_and_what_waits(desk: Desk) -> None:
    desk.post("sale")
    desk.push()
    desk.post("another")

    [row] = listed_ledgers(desk.hub)

    assert (row["takes"], row["done"], row["unsent"], row["waiting"], row["parked"]) == ("vouchers", 1, 1, 0, 0)


def test_a_ledger_that_takes_files_is_pointed_to_its_export(database: Database, tmp_path: Path, clock: StillClock) -> None:
    file = Ledger.model_validate({**BOOKS.model_dump(), "id": "text", "connector": "hledger", "settings": {"address": str(tmp_path)}})
    desk = Desk(database, tmp_path, clock, file)

    assert push_vouchers(desk.hub, None, Days())[0].outcome == "skipped"
    assert "ledgers export text" in push_vouchers(desk.hub, "text", Days())[0].message
