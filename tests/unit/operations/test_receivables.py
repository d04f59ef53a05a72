"""Customers with terms: what is due when, what is open, how old it is, and who is to be reminded once per stage."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import ConfigError
from model.records.order import Order
from model.records.payment import Refund, RefundLine
from model.rules.receivables import BUCKETS, bucket, days_overdue, stage_due, still_open
from model.store.database import Database
from operations.masters.files import import_file
from operations.masters.kinds import KINDS
from operations.papers.receivables import customer_accounts, due_reminders, note_reminded, open_receivables
from tests.conftest import StillClock
from tests.orders import PLACED, at_version, payment
from tests.unit.operations.paper_desk import PaperDesk, sold, told

UNPAID = {"payment_state": "unpaid"}


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> PaperDesk:
    desk = PaperDesk(database, tmp_path, clock)
    sheet = tmp_path / "customers.csv"
    sheet.write_text("id,type,name,email,terms_days,credit_limit,currency\nC1,dealer,Ada Example,ada@example.com,30,500,EUR\n")
    import_file(desk.hub, KINDS["customers"], sheet)
    return desk


def on_terms(external_id: str = "1001", units: int = 2) -> Order:
    return replace(told((sold("a", 500 * units, units),), external_id=external_id, **UNPAID), payments=())


def test_an_invoice_of_a_customer_with_terms_is_due_by_them_and_open_until_paid(desk: PaperDesk) -> None:
    order = on_terms()
    desk.ship(desk.take(order))
    desk.issue()
    [owed] = open_receivables(desk.hub)
    part = replace(payment("1001", 400), created_at=desk.clock.at)
    desk.trade.save("web", at_version(replace(order, payment_state="part_paid", payments=(part,)), 5))
    [partly] = open_receivables(desk.hub)
    desk.trade.save(
        "web", at_version(replace(order, payment_state="paid", payments=(replace(part, amount_minor=1000, source_version=2),)), 9)
    )

    assert (owed["customer"], str(owed["due_on"]), owed["open_minor"], owed["age"]) == ("C1", "2026-04-01", 1000, "current")
    assert (partly["paid_minor"], partly["open_minor"]) == (400, 600)
    assert open_receivables(desk.hub) == []
    assert [each["open_minor"] for each in open_receivables(desk.hub, every=True)] == [0]


def test_buyers_without_terms_owe_nothing(desk: PaperDesk) -> None:
    order = on_terms()
    strangers = tuple(replace(party, email="bob@example.com", phone=None) for party in order.parties)
    desk.ship(desk.take(replace(order, parties=strangers, payment_state="paid")))
    desk.issue()

    assert len(desk.papers()) == 1
    assert open_receivables(desk.hub, every=True) == []


def test_a_credit_note_lowers_what_is_open(desk: PaperDesk) -> None:
    order = on_terms()
    desk.ship(desk.take(order))
    desk.issue()
    line = RefundLine(line_external_id="a", quantity=1000, amount_minor=500, tax_minor=0)
    back = Refund(
        external_id="r", order_external_id="1001", status="succeeded", amount_minor=500, currency="EUR", created_at=PLACED, lines=(line,)
    )
    desk.trade.save("web", at_version(replace(order, refunds=(back,)), 5))
    desk.issue()

    assert [each["open_minor"] for each in open_receivables(desk.hub)] == [500]


def test_what_a_customer_owes_is_summed_by_age_beside_the_credit_that_the_review_sees(desk: PaperDesk) -> None:
    desk.ship(desk.take(on_terms("1")))
    desk.issue()
    desk.clock.move(days=75)
    desk.ship(desk.take(on_terms("2", 3)))
    desk.take(on_terms("3", 1))
    desk.issue()

    [account] = customer_accounts(desk.hub)

    assert account.buckets == dict.fromkeys(BUCKETS, 0) | {"31-60": 1000, "current": 1500}
    assert (account.open_minor, account.credit_used_minor, account.credit_limit_minor) == (2500, 3000, 50000)


def test_each_stage_of_reminders_comes_once_and_nothing_is_sent(desk: PaperDesk) -> None:
    desk.ship(desk.take(on_terms()))
    desk.issue()
    stages: list[list[int]] = []
    for days in (30, 1, 0, 14, 40):
        desk.clock.move(days=days)
        due = due_reminders(desk.hub)
        stages.append([row["stage"] for row in due])
        if due:
            note_reminded(desk.hub, [row["reference"] for row in due])

    assert stages == [[], [1], [], [2], [3]]
    with pytest.raises(ConfigError, match="'INV-2026-000001': no reminder is due"):
        note_reminded(desk.hub, ["INV-2026-000001"])


@pytest.mark.parametrize(("settled", "left"), [(0, [5, 7]), (6, [0, 6]), (99, [0, 0]), (-3, [5, 7])])
def test_money_goes_to_the_oldest_invoice_first(settled: int, left: list[int]) -> None:
    assert still_open([5, 7], settled) == left


@pytest.mark.parametrize(
    ("days", "name"), [(0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (90, "61-90"), (91, "90+")]
)
def test_age_is_counted_in_five_buckets(days: int, name: str) -> None:
    assert bucket(days) == name


def test_a_stage_that_was_missed_is_not_made_up_for() -> None:
    due_on = PLACED.date()

    assert days_overdue(due_on, due_on) == 0
    assert [stage_due(40, (1, 15, 30), reminded) for reminded in (0, 2, 3)] == [3, 3, None]
