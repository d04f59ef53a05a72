"""Vouchers into a real Tryton 8.2 on PostgreSQL: each is posted once whatever answer is lost, and reads back as it was sent."""

import json
import random
from dataclasses import replace
from datetime import date

import pytest

from connectors.capabilities import Command
from model.errors import AuthError, ConfigError, RejectedError, TransientError
from model.values.money import minor_units
from tests.systems.booking import Late, Losing, command, dispatched, line, random_vouchers, read_back, totals, voucher
from tests.systems.tryton_books import Books

APRIL = (date(2026, 4, 1), date(2026, 4, 30))


def never(_body: bytes) -> bool:
    return False


def test_two_hundred_vouchers_are_each_posted_once_while_every_fifth_answer_is_lost(books: Books) -> None:
    chance = random.Random(11)  # noqa: S311  nothing secret
    network = Losing(lambda _body: chance.randrange(5) == 0)
    connector = books.connector(network)
    vouchers = list(random_vouchers(200, seed=7))
    before = {code: minor_units(balance, "EUR") for code, balance in books.trial_balance().items()}

    receipts = [dispatched(connector, command(connector, told)) for told in vouchers]

    entries = [entry for entry in read_back(books.connector()) if entry.reference]
    assert network.lost > 200
    assert sorted(entry.reference or "" for entry in entries) == sorted(told.reference for told in vouchers)
    assert all(entry.is_posted for entry in entries)
    by_id = {entry.external_id: entry for entry in entries}
    for told, receipt in zip(vouchers, receipts, strict=True):
        entry = by_id[receipt.external_id]
        assert (entry.reference, entry.posted_on, entry.lines) == (told.reference, told.posted_on, told.lines)
    after = {code: minor_units(balance, "EUR") for code, balance in books.trial_balance().items()}
    assert {code: total - before[code] for code, total in after.items() if total != before[code]} == {
        code: total for code, total in totals(vouchers).items() if total
    }


@pytest.mark.parametrize("lost", [b"account.move.create", b"account.move.post"])
def test_a_step_whose_answer_is_lost_is_gone_on_from_and_not_made_again(books: Books, lost: bytes) -> None:
    network = Losing(lambda body: lost in body and network.lost == 0)
    connector = books.connector(network)
    told = command(connector, voucher(1, line("1201", 500), line("4000", -500), entity=f"lost-{lost[-4:].decode()}"))

    with pytest.raises(TransientError):
        connector.submit_voucher(told)
    receipt = dispatched(connector, told)

    made = [body for body in network.sent if b"account.move.create" in body]
    assert len(made) == 1
    assert connector.find_voucher(told) == replace(receipt, is_repeat=True)


def test_a_draft_is_not_found_and_is_read_back_as_not_posted(books: Books) -> None:
    network = Losing(lambda body: b"account.move.create" in body)
    connector = books.connector(network)
    told = command(connector, voucher(1, line("1201", 500), line("4000", -500), entity="draft"))

    with pytest.raises(TransientError):
        connector.submit_voucher(told)

    assert connector.find_voucher(told) is None
    [entry] = [entry for entry in read_back(connector) if entry.reference == told.reference]
    assert not entry.is_posted


def test_a_request_that_arrives_when_all_is_over_leaves_a_draft_and_nothing_more(books: Books) -> None:
    network = Late(b"account.move.create", others=30)
    connector = books.connector(network)
    told = command(connector, voucher(1, line("1201", 700), line("4000", -700), entity="late"))

    receipt = dispatched(connector, told)
    while network.seen < 30:
        connector.find_voucher(told)

    entries = {entry.external_id: entry.is_posted for entry in read_back(connector) if entry.reference == told.reference}
    assert len(entries) == 2
    assert [entry_id for entry_id, is_posted in entries.items() if is_posted] == [receipt.external_id]


def test_sent_again_by_another_it_is_a_repeat(books: Books) -> None:
    first, second = books.connector(), books.connector()
    told = command(first, voucher(1, line("1000", 12, "USD", 11), line("6100", -12, "USD", -11), entity="again"))

    receipts = [first.submit_voucher(told), second.submit_voucher(told), first.submit_voucher(told)]

    assert len({receipt.external_id for receipt in receipts}) == 1
    assert [receipt.is_repeat for receipt in receipts] == [False, True, True]


def test_a_session_that_ended_meanwhile_is_opened_anew(books: Books) -> None:
    connector = books.connector()
    told = [command(connector, voucher(number, line("1000", 12), line("6100", -12), entity="session")) for number in (1, 2)]

    connector.submit_voucher(told[0])
    books.end_sessions()
    receipt = connector.submit_voucher(told[1])

    assert not receipt.is_repeat


def test_a_closed_period_is_refused_with_the_mend_and_leaves_nothing(books: Books) -> None:
    connector = books.connector()
    told = command(connector, voucher(1, line("1000", 12), line("6100", -12), day=date(2025, 12, 31), entity="closed"))

    with pytest.raises(RejectedError, match=r"period 2025-12: is closed in Tryton; reopen it"):
        connector.submit_voucher(told)

    assert read_back(connector, (date(2025, 1, 1), date(2025, 12, 31))) == []


def test_a_month_with_a_draft_of_ours_cannot_be_closed_before_it_is_posted(books: Books) -> None:
    network = Losing(lambda body: b"account.move.create" in body and network.lost == 0)
    connector = books.connector(network)
    told = command(connector, voucher(1, line("1000", 12), line("6100", -12), day=APRIL[0], entity="closing"))
    with pytest.raises(TransientError):
        connector.submit_voucher(told)
    [april] = books.call("model.account.period.search", [["name", "=", "2026-04"]], 0, None, None)

    with pytest.raises(AssertionError, match="UserError"):
        books.call("model.account.period.close", [april])

    assert not connector.submit_voucher(told).is_repeat


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((line("4711", 5), line("4712", -5)), "account 4711, 4712: not in use in Tryton"),
        ((line("1999", 5), line("4000", -5)), "account 1999: not in use in Tryton"),
        ((line("9", 5), line("4000", -5)), "account 9: only sums others"),
        ((line("1201", 5, "GBP"), line("4000", -5, "GBP")), "currency GBP: not in use"),
        ((line("1201", 5), line("4000", -5, tax_code="V7")), "tax V7: not in use"),
        ((line("1010", 5), line("4000", -5)), 'A value is required for field "Second Currency"'),
    ],
)
def test_what_tryton_does_not_know_is_refused_by_name(books: Books, lines: tuple[object, ...], told: str) -> None:
    connector = books.connector()

    with pytest.raises(RejectedError) as refusal:
        connector.submit_voucher(command(connector, voucher(1, *lines, entity="unknown")))  # pyright: ignore[reportArgumentType]

    assert told in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_an_account_that_wants_a_party_is_refused_until_one_is_named(books: Books) -> None:
    told = voucher(1, line("1400", 5), line("4000", -5), entity="party")
    bare, named = books.connector(parties={}), books.connector()

    with pytest.raises(RejectedError, match=r"account 1400: wants a party"):
        bare.submit_voucher(command(bare, told))

    assert not named.submit_voucher(command(named, told)).is_repeat


def test_a_journal_that_is_not_there_is_refused_by_name(books: Books) -> None:
    connector = books.connector(journal="HUB")

    with pytest.raises(RejectedError, match="journal HUB: not in use"):
        connector.submit_voucher(command(connector, voucher(1, line("1201", 5), line("4000", -5), entity="journal")))


def test_an_unbalanced_voucher_never_leaves(books: Books) -> None:
    network = Losing(never)
    connector = books.connector(network)

    with pytest.raises(RejectedError, match="debit and credit differ"):
        connector.write_voucher(voucher(1, line("1201", 5), line("4000", -6)), "0" * 32)

    assert network.sent == []


def test_one_that_leaves_all_the_same_is_refused_by_tryton_and_leaves_no_draft(books: Books) -> None:
    connector = books.connector()
    good = command(connector, voucher(1, line("1201", 500), line("4000", -500), entity="forged"))
    body = json.loads(good.body)
    body["lines"][0]["debit"] = "6.00"
    forged = Command(key=good.key, reference=good.reference, body=json.dumps(body).encode())

    with pytest.raises(RejectedError, match="balance"):
        connector.submit_voucher(forged)

    assert [entry for entry in read_back(connector) if entry.reference == good.reference] == []


def test_a_draft_that_people_changed_is_neither_posted_nor_made_again(books: Books) -> None:
    network = Losing(lambda body: b"account.move.create" in body and network.lost == 0)
    connector = books.connector(network)
    told = command(connector, voucher(1, line("1201", 500), line("4000", -500), entity="changed"))
    with pytest.raises(TransientError):
        connector.submit_voucher(told)
    [draft] = [entry for entry in read_back(connector) if entry.reference == told.reference]
    another_day = {"__class__": "date", "year": 2026, "month": 1, "day": 15}
    books.call("model.account.move.write", [int(draft.external_id)], {"date": another_day})

    with pytest.raises(RejectedError, match=rf"other lines or another day, of id {draft.external_id} \(draft\)"):
        connector.submit_voucher(told)

    assert len([body for body in network.sent if b"account.move.create" in body]) == 1


def test_a_move_that_cancels_ours_is_not_ours(books: Books) -> None:
    connector = books.connector()
    told = command(connector, voucher(1, line("1201", 500), line("4000", -500), entity="cancelled"))
    posted = connector.submit_voucher(told)
    values = {"origin": f"account.move,{posted.external_id}"}
    books.call("model.account.move.copy", [int(posted.external_id)], values)

    assert connector.find_voucher(told) == replace(posted, is_repeat=True)
    assert len([entry for entry in read_back(connector) if entry.reference == told.reference]) == 1


def test_wrong_passwords_missing_rights_and_strange_companies_are_told_apart(books: Books) -> None:
    with pytest.raises(AuthError):
        books.connector(password="never-so-right").identify()
    with pytest.raises(ConfigError, match="group Accounting"):
        books.connector(user="visitor").identify()
    with pytest.raises(ConfigError, match=r"settings\.company"):
        books.connector(company="Nobody Ltd").identify()

    assert books.connector().identify().title == "Rosenhof GmbH"
