"""Vouchers made by people: drafted by one, approved by another, posted once, taken back by two; wrong lines are each told in one line."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from model.errors import HubError, MalformedError, RejectedError
from model.store import leases, money_rows
from model.store.audit_trail import Actor
from model.store.voucher_queries import Wanted
from model.store.vouchers import VOUCHERS
from model.tables.audit import AuditEventRow
from operations.books import manual, views
from operations.books.closing import close_month
from operations.books.manual import Kept
from operations.books.manual_lines import lines_from_csv
from operations.books.post import post_vouchers
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.books_desk import REASON, by, match, open_books, post, rows_of, standing, words
from tests.unit.operations.money_desk import DAY, Desk

RENT = ("debit 6690 12.50 EUR rent of May", "credit 1010.bank.EUR 12.50 EUR")


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    """March is matched and posted."""
    opened = open_books(hub, tmp_path, clock)
    match(opened)
    post(opened)
    return opened


def drafted(desk: Desk, *lines: str, memo: str = "rent", day: date = DAY) -> Kept:
    return manual.draft(by(desk, "mia"), "main", day, memo, words(*(lines or RENT)))


def approved(desk: Desk, made: Kept) -> Kept:
    return manual.approve_voucher(by(desk, "ben"), made.id)


def posted(desk: Desk, *lines: str, memo: str = "rent") -> str:
    done = manual.post_voucher(by(desk, "mia"), approved(desk, drafted(desk, *lines, memo=memo)).id)
    assert done.reference is not None
    return done.reference


def outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except HubError as problem:
        return str(problem)
    return "done"


def test_a_voucher_of_two_people_is_posted_with_the_next_number(desk: Desk) -> None:
    made = drafted(desk)
    agreed = manual.approve_voucher(by(desk, "ben"), made.id[:12])
    before = standing(desk, "6690")
    done = manual.post_voucher(by(desk, "mia"), made.id[:12])

    shown = views.shown_voucher(desk.hub, "main/2026-03/000010")

    assert (made.state, agreed.state, done.state, done.reference) == ("draft", "approved", "posted", "main/2026-03/000010")
    assert (before, standing(desk, "6690")) == ([], [("EUR", 1250, 1250)])
    assert (shown["maker"], shown["checker"], shown["event"], shown["memo"]) == ("mia", "ben", "manual", "rent")
    assert [(line["account"], line["debit_minor"], line["name_zh"]) for line in shown["lines"]] == [
        ("6690", 1250, "平台调整"), ("1010.bank.EUR", -1250, "银行存款 bank.EUR"),
    ]  # fmt: skip


def test_nobody_approves_their_own_voucher_not_even_in_the_database(desk: Desk) -> None:
    made = drafted(desk)

    with pytest.raises(RejectedError, match="was drafted by Mia; another person approves it"):
        manual.approve_voucher(by(desk, "mia"), made.id)
    with pytest.raises(IntegrityError):
        desk.hub.database.run(
            lambda connection: connection.execute(
                update(VOUCHERS).where(VOUCHERS.c.id == made.id).values(state="approved", checker_id="mia")
            )
        )


def test_what_nobody_approved_is_not_posted(desk: Desk) -> None:
    made = drafted(desk)

    with pytest.raises(RejectedError, match="is draft; only an approved one is posted"):
        manual.post_voucher(by(desk, "ben"), made.id)
    with pytest.raises(DatabaseError):
        desk.hub.database.run(
            lambda connection: connection.execute(update(VOUCHERS).where(VOUCHERS.c.id == made.id).values(state="posted", number=1))
        )


def test_who_is_nobody_of_the_hub_drafts_approves_and_posts_nothing(desk: Desk) -> None:
    made = drafted(desk)
    stranger = replace(desk.hub, actor=Actor("somebody", "Somebody"))
    deeds: list[Callable[[], object]] = [
        lambda: manual.draft(stranger, "main", DAY, "more rent", words(*RENT)),
        lambda: manual.approve_voucher(stranger, made.id),
        lambda: manual.reject_voucher(stranger, made.id, "no"),
        lambda: manual.draft_reversal(stranger, "main/2026-03/000001", REASON),
        lambda: manual.post_voucher(stranger, made.id),
    ]

    assert [told for deed in deeds if "is not under [[people]]" not in (told := outcome(deed))] == []


def test_two_who_post_a_voucher_at_once_post_it_once(desk: Desk) -> None:
    made = approved(desk, drafted(desk))

    with ThreadPoolExecutor(2) as pool:
        both = list(
            pool.map(
                outcome, [lambda: manual.post_voucher(by(desk, "mia"), made.id), lambda: manual.post_voucher(by(desk, "ben"), made.id)]
            )
        )

    assert both.count("done") == 1
    assert [told for told in both if told != "done" and "posted" not in told] == []
    assert standing(desk, "6690") == [("EUR", 1250, 1250)]
    assert [row["voucher"] for row in views.listed_vouchers(desk.hub, Wanted(event="manual"))] == ["main/2026-03/000010"]


def test_the_same_voucher_twice_is_told(desk: Desk) -> None:
    drafted(desk)

    with pytest.raises(RejectedError, match="the same is there already"):
        drafted(desk)
    assert drafted(desk, memo="rent, second half").state == "draft"


def test_a_voucher_that_is_given_up_leaves_only_its_trace_and_may_come_again(desk: Desk) -> None:
    before = rows_of(desk)
    made = approved(desk, drafted(desk))

    manual.reject_voucher(by(desk, "mia"), made.id, "paid by somebody else")

    assert rows_of(desk) == before
    with desk.hub.database.read() as connection:
        told = connection.execute(select(AuditEventRow.action).order_by(AuditEventRow.seq.desc()).limit(3)).scalars().all()
    assert told == ["reject voucher", "approve voucher", "draft voucher"]
    assert drafted(desk).id == made.id


def test_a_posted_voucher_is_not_given_up(desk: Desk) -> None:
    name = posted(desk)

    with pytest.raises(RejectedError, match="is posted; a posted one is taken back with `entrepot books reverse`"):
        manual.reject_voucher(by(desk, "mia"), name, "no")
    with pytest.raises(RejectedError, match="is posted; only a draft is approved"):
        manual.approve_voucher(by(desk, "ben"), name)


def test_a_posted_voucher_is_taken_back_by_two_people_once(desk: Desk) -> None:
    name = posted(desk)

    back = manual.draft_reversal(by(desk, "ben"), name, REASON)
    with pytest.raises(RejectedError, match="was drafted by Ben"):
        manual.approve_voucher(by(desk, "ben"), back.id)
    manual.approve_voucher(by(desk, "mia"), back.id)
    done = manual.post_voucher(by(desk, "ben"), back.id)

    assert done.reference == "main/2026-03/000011"
    assert standing(desk, "6690") == [("EUR", 0, 0)]
    assert views.shown_voucher(desk.hub, name)["taken_back_by"] == done.reference
    assert views.shown_voucher(desk.hub, done.reference)["takes_back"] == name
    with pytest.raises(RejectedError, match="main/2026-03/000010: is taken back already"):
        manual.draft_reversal(by(desk, "ben"), name, REASON)


def test_a_fact_whose_voucher_people_took_back_stays_so_until_it_is_read_anew(desk: Desk) -> None:
    [row] = views.listed_vouchers(desk.hub, Wanted(event="line_refund"))
    back = manual.draft_reversal(by(desk, "mia"), row["voucher"], REASON)
    manual.approve_voucher(by(desk, "ben"), back.id)
    manual.post_voucher(by(desk, "mia"), back.id)

    still = post_vouchers(desk.hub)[0].counts["vouchers"]
    lines = money_rows.SETTLEMENT_LINES
    changed = update(lines).where(lines.c.id == money_rows.line_id("stripe", "re_1")).values(fetch_seq=2)
    desk.hub.database.run(lambda connection: connection.execute(changed))
    again = post_vouchers(desk.hub)[0].counts["vouchers"]

    assert (still, again) == (0, 1)
    assert [line["state"] for line in views.listed_vouchers(desk.hub, Wanted(event="line_refund"))] == ["posted", "posted"]
    assert standing(desk, "2110.stripe.EUR") == [("EUR", 0, 0)]


def test_the_poster_may_take_back_what_a_person_has_only_drafted_to(desk: Desk) -> None:
    [row] = views.listed_vouchers(desk.hub, Wanted(event="line_refund"))
    back = manual.draft_reversal(by(desk, "mia"), row["voucher"], REASON)
    manual.approve_voucher(by(desk, "ben"), back.id)
    lines = money_rows.SETTLEMENT_LINES
    other = {"fetch_seq": 2, "gross_minor": -200, "net_minor": -200}
    changed = update(lines).where(lines.c.id == money_rows.line_id("stripe", "re_1")).values(**other)
    desk.hub.database.run(lambda connection: connection.execute(changed))

    post(desk)

    with pytest.raises(RejectedError, match="what it takes back is taken back already"):
        manual.post_voucher(by(desk, "mia"), back.id)
    assert standing(desk, "2110.stripe.EUR") == [("EUR", -100, -100)]


def test_a_voucher_approved_before_its_month_was_closed_goes_into_the_next(desk: Desk) -> None:
    made = approved(desk, drafted(desk, day=date(2026, 4, 2), memo="of April"))
    close_month(by(desk, "mia"), "main", "2026-03")
    with pytest.raises(RejectedError, match="main 2026-03: is closed"):
        drafted(desk)
    with pytest.raises(RejectedError, match="main 2026-03: is closed"):
        drafted(desk, memo="other")

    done = manual.post_voucher(by(desk, "mia"), made.id)

    assert done.reference == "main/2026-04/000001"


def test_while_somebody_posts_a_person_waits(desk: Desk) -> None:
    made = approved(desk, drafted(desk))
    leases.take(desk.hub.database, "post:main", desk.hub.holder())

    with pytest.raises(RejectedError, match="main: is being posted at this moment; try again in a minute"):
        manual.post_voucher(by(desk, "mia"), made.id)


def test_opening_balances_are_a_voucher_and_no_difference_to_the_gateway(desk: Desk) -> None:
    lines = words("debit 1120.stripe.EUR 70.00 EUR", "credit 2100 70.00 EUR")
    made = manual.draft(by(desk, "mia"), "main", date(2026, 3, 1), "opening balances", lines, is_opening=True)
    manual.approve_voucher(by(desk, "ben"), made.id)
    manual.post_voucher(by(desk, "mia"), made.id)

    assert close_month(by(desk, "mia"), "main", "2026-03").state == "closed"


def test_foreign_lines_are_worth_the_days_rate_or_what_the_file_says(desk: Desk) -> None:
    text = "account,currency,debit,credit,base,memo\n1120.x.USD,USD,100,,{0},\n2300.x.USD,USD,,100,{1},a loan\n"
    for number, bases in enumerate((("", ""), ("77.70", "-77.70"))):
        told = lines_from_csv("opening.csv", text.format(*bases), "EUR")
        made = manual.draft(by(desk, "mia"), "main", DAY, f"opening {number}", told)
        manual.post_voucher(by(desk, "mia"), approved(desk, made).id)

    assert standing(desk, "1120.x.USD") == [("USD", 20_000, 9_000 + 7_770)]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("debit 6690 5 EUR", "credit 1010 4.99 EUR"), "lines: do not balance in each currency; too much on the debit side: 0.01 EUR"),
        (("debit 6690 5 EUR", "credit 1010 5 USD"), "too much on the debit side: 5.00 EUR, -5.00 USD"),
        (("debit 6690 5 EUR", "credit 9999 5 EUR"), "--line 2: account '9999': is not in the chart"),
        (("debit 6690 5 EUR",), "lines: 1 are given"),
        (("debit 1120.stripe.EUR 5 USD", "credit 6690 5 USD"), "--line 1: account 1120.stripe.EUR is kept in EUR, and the line is in USD"),
        (("debit 6690 5 GBP", "credit 1010 5 GBP"), "no rate of GBP in EUR for 2026-03-01"),
        (("debit 6690 5.001 EUR", "credit 1010 5 EUR"), "--line 1: amount: has more decimal places than EUR knows"),
        (("debit 6690 1e999 EUR", "credit 1010 5 EUR"), "--line 1: amount: is not a number of payable size"),
        (("debit 6690 ٥ EUR", "credit 1010 5 EUR"), "--line 1: amount: is not a decimal number"),
        (("debit 6690 0 EUR", "credit 1010 0 EUR"), "--line 1: comes to nothing"),
        (("debt 6690 5 EUR",), "--line 1: begins with 'debt'"),
        (("debit 6690 5 EURO", "credit 1010 5 EUR"), "--line 1: currency: 'EURO' is not an ISO 4217 currency"),
        (("debit ../etc 5 EUR", "credit 1010 5 EUR"), "--line 1: account: '../etc' is no code"),
        (("debit 6690",), "--line 1: currency: '' is not an ISO 4217 currency"),
        (("",), "--line 1: begins with ''"),
    ],
)
def test_wrong_lines_are_each_told_in_one_line(desk: Desk, lines: tuple[str, ...], told: str) -> None:
    before = rows_of(desk)

    said = outcome(lambda: manual.draft(by(desk, "mia"), "main", DAY, "rent", words(*lines)))

    assert told in said
    assert "\n" not in said
    assert rows_of(desk) == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f.csv: the first line names []"),
        ("account,currency,debit\n", "f.csv: the first line names"),
        ("account,currency,debit,credit,why\n", "f.csv: the first line names"),
        ("account,currency,debit,credit,debit\n", "f.csv: the first line names"),
        ("account,currency,debit,credit\n1010,EUR,5\n", "f.csv: line 2: has more or fewer cells"),
        ("account,currency,debit,credit\n1010,EUR,5,,,,\n", "f.csv: line 2: has more or fewer cells"),
        ("account,currency,debit,credit\n1010,EUR,5,5\n", "f.csv: line 2: wants a debit or a credit, and not both"),
        ("account,currency,debit,credit\n1010,EUR,,\n", "f.csv: line 2: wants a debit or a credit, and not both"),
        ('account,currency,debit,credit\n"1010,EUR,5,\n', "f.csv: line "),
        ("account,currency,debit,credit\n1010\0,EUR,5,\n", "f.csv: is no text"),
        ("account,currency,debit,credit,base\n1010,EUR,5,,4\n", "f.csv: line 2: base: differs from the amount, which is in EUR"),
        ("account,currency,debit,credit\n" + "x" * 200_000 + ",EUR,5,\n", "f.csv: line "),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(MalformedError) as caught:
        lines_from_csv("f.csv", text, "EUR")

    assert str(caught.value).startswith(told)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("bases", "told"),
    [(("77", "-70"), "lines in USD: their base amounts do not balance; 7.00 EUR too much"), (("77", ""), "lines in USD: some say base")],
)
def test_base_amounts_that_do_not_balance_are_told(desk: Desk, bases: tuple[str, str], told: str) -> None:
    text = f"account,currency,debit,credit,base\n1120.x.USD,USD,100,,{bases[0]}\n2300.x.USD,USD,,100,{bases[1]}\n"

    with pytest.raises(RejectedError, match=told):
        manual.draft(by(desk, "mia"), "main", DAY, "opening", lines_from_csv("f.csv", text, "EUR"))


def test_texts_are_wanted_and_bounded(desk: Desk) -> None:
    name = posted(desk)

    assert "memo: has 0 characters" in outcome(lambda: manual.draft(by(desk, "mia"), "main", DAY, " ", words(*RENT)))
    assert "memo: has 501 characters" in outcome(lambda: manual.draft(by(desk, "mia"), "main", DAY, "x" * 501, words(*RENT)))
    assert "reason: 'ok' has 2 characters" in outcome(lambda: manual.draft_reversal(by(desk, "mia"), name, "ok"))
    assert "reason: is empty" in outcome(lambda: manual.reject_voucher(by(desk, "mia"), name, ""))


@pytest.mark.parametrize("named", ["main/2026-03/000099", "main/2026-03/0", "ffffffff0000", "", "main/2026-03/999999999999", "%", "'"])
def test_a_voucher_that_is_not_known_is_told(desk: Desk, named: str) -> None:
    with pytest.raises(RejectedError, match=r"^voucher '.*|^voucher \"'\""):
        views.shown_voucher(desk.hub, named)


def test_vouchers_are_found_by_month_account_event_and_state(desk: Desk) -> None:
    made = drafted(desk)

    def counted(**wanted: str | int) -> int:
        return len(views.listed_vouchers(desk.hub, Wanted(**wanted)))  # pyright: ignore[reportArgumentType]

    assert (counted(), counted(state="draft"), counted(state="posted"), counted(limit=3)) == (10, 1, 9, 3)
    assert (counted(period="2026-03"), counted(period="2026-02"), counted(entity="main")) == (10, 0, 10)
    assert (counted(account="1120"), counted(account="1120.stripe.EUR"), counted(account="112")) == (4, 4, 0)
    assert (counted(event="capture"), counted(event="capture", account="1120")) == (2, 0)
    assert views.listed_vouchers(desk.hub, Wanted(limit=1))[0]["id"] == made.id
