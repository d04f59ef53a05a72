"""A hub with books: a provider and a bank that agree, rules that two people made, and rates."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from model.records.settlement import SettlementLine
from model.store.audit_trail import Actor
from model.store.vouchers import BOOKED, LINES, PERIODS, VOUCHERS, balances
from operations.books.manual_lines import Told, lines_from_words
from operations.books.post import post_vouchers
from operations.books.rates import import_rates
from operations.books.rule_sets import conclude, propose, template
from operations.money.find_breaks import find_breaks
from operations.money.reconcile import reconcile_account
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.unit.operations.money_desk import Desk, booked, charge, open_desk, payout
from tests.unit.operations.test_money_matching import RULES, TOTAL, write_rules

APRIL = datetime(2026, 4, 5, 12, tzinfo=UTC)
REASON = "the auditors asked for it"
RATES = "day,base,currency,rate\n2026-03-01,EUR,USD,0.90\n2026-03-31,EUR,USD,0.95\n2026-04-30,EUR,USD,0.80\n"


def open_books(hub: Hub, home: Path, clock: StillClock) -> Desk:
    """1001 and 1002 are settled and at the bank, in March; it is April."""
    desk = open_desk(hub, home)
    write_rules(desk, RULES)
    clock.at = APRIL
    desk.lines(
        charge("ch_1", TOTAL, 90, payment_reference="pay-1001"), charge("ch_2", TOTAL, 90, payment_reference="pay-1002"),
        refund_line("re_1", -300, payment_reference="pay-1002"),
    )  # fmt: skip
    desk.payouts(payout("po_1", 2 * TOTAL - 180 - 300, reference="STR-1"))
    desk.statement(replace(booked("b1", 2 * TOTAL - 180 - 300, date(2026, 3, 3)), text="STRIPE STR-1"))
    approve_rules(desk)
    import_rates(by(desk, "mia"), "rates.csv", RATES)
    return desk


def refund_line(number: str, gross: int, **more: Any) -> SettlementLine:  # noqa: ANN401  fields of the record
    """A refund of the provider."""
    return charge(number, gross, 0, kind="refund", raw_kind="refund", **more)


def adjustment(number: str, gross: int, currency: str = "EUR", **more: Any) -> SettlementLine:  # noqa: ANN401  fields of the record
    """Money that the provider gave or took by itself, and that no order knows."""
    return charge(number, gross, 0, kind="adjustment", raw_kind="adjustment", currency=currency, payout_external_id=None, **more)


def approve_rules(desk: Desk, body: str = "", since: date = date(2026, 1, 1)) -> str:
    """Rules in force, made by mia and approved by ben."""
    made = propose(by(desk, "mia"), "main", body or template("international"), since, "the books begin")
    return conclude(by(desk, "ben"), made, is_approved=True)


def by(desk: Desk, person: str) -> Hub:
    """The hub as a person uses it."""
    return replace(desk.hub, actor=Actor(person, person.title()))


def match(desk: Desk) -> None:
    """Match, and find breaks."""
    for each in ("stripe", "bank"):
        account = desk.hub.file.account(each)
        reconcile_account(desk.hub, account, date(2026, 3, 1), date(2026, 4, 5))
        find_breaks(desk.hub, account)


def post(desk: Desk) -> None:
    """Post all that is due."""
    assert [report.line for report in post_vouchers(desk.hub) if report.outcome != "done" or report.problems] == []


def words(*lines: str) -> list[Told]:
    """Lines by hand."""
    return lines_from_words(lines, "EUR")


def rows_of(desk: Desk) -> dict[str, list[str]]:
    """All of the books."""
    with desk.hub.database.read() as connection:
        return {
            table.name: sorted(map(str, connection.execute(select(table)).all())) for table in (VOUCHERS, LINES, PERIODS, BOOKED)
        }  # fmt: skip


def standing(desk: Desk, account: str) -> Sequence[tuple[str, int, int]]:
    """What an account stands at: currency, amount, and in euros."""
    with desk.hub.database.read() as connection:
        stands = balances(connection, "main", date(2030, 1, 1))
    return [(each.currency, each.amount_minor, each.base_minor) for each in stands if each.account == account]
