"""Matching an account's money in the store: what matches, what becomes a break, and that running again changes nothing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from model.records.statement import StatementLine
from model.store.money_breaks import BREAKS
from model.store.money_matches import IGNORED, MATCHES, MEMBERS
from model.store.money_rows import line_id, payout_id, statement_line_id
from model.values.ids import derive_id
from operations.money.find_breaks import find_breaks
from operations.money.reconcile import reconcile_account
from operations.runtime.hub import Hub
from tests.conftest import StillClock
from tests.orders import PLACED
from tests.unit.operations.money_desk import DAY, STRIPE, Desk, charge, open_desk, payout

TOTAL = 4090
"""What each order of the desk comes to."""
RULES = """
[settles]
"shop/test" = "stripe"
"shop/cash" = "nobody"

[[ignore]]
name = "rent"
text = "rent"
sign = "out"
"""


@pytest.fixture
def desk(hub: Hub, tmp_path: Path, clock: StillClock) -> Desk:
    opened = open_desk(hub, tmp_path)
    write_rules(opened, RULES)
    clock.at = datetime(2026, 3, 20, 12, tzinfo=UTC)
    return opened


def write_rules(desk: Desk, text: str) -> None:
    path = desk.hub.file.path.parent / "rules" / "reconciliation.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")


def paid(number: str) -> str:
    return derive_id("shop", "payment", f"pay-{number}")


def matches(desk: Desk) -> set[tuple[str, frozenset[str]]]:
    members: dict[str, set[str]] = {}
    with desk.hub.database.read() as connection:
        passes = dict(connection.execute(select(MATCHES.c.id, MATCHES.c.pass_name)).tuples().all())
        for row in connection.execute(select(MEMBERS)):
            members.setdefault(row.match_id, set()).add(row.line_id)
    return {(passes[key], frozenset(each)) for key, each in members.items()}


def breaks(desk: Desk, *, state: str = "open") -> set[tuple[str, str, int]]:
    with desk.hub.database.read() as connection:
        rows = connection.execute(select(BREAKS).where(BREAKS.c.state == state))
        return {(row.kind, row.subject_id, row.amount_minor) for row in rows}


def run(desk: Desk, *accounts: str) -> None:
    for each in accounts or ("stripe", "bank"):
        account = desk.hub.file.account(each)
        assert [r.message for r in (reconcile_account(desk.hub, account), find_breaks(desk.hub, account))] == ["", ""]


def settled(*numbers: str) -> Sequence[object]:
    return [charge(f"ch_{number}", TOTAL, 90, payment_reference=f"pay-{number}") for number in numbers]


def test_a_payment_meets_the_line_that_names_it_and_what_nobody_tells_is_a_break_when_late(desk: Desk) -> None:
    desk.lines(*settled("1001"))  # pyright: ignore[reportArgumentType]

    run(desk)

    assert matches(desk) == {("provider_id", frozenset({paid("1001"), line_id("stripe", "ch_1001")}))}
    assert ("payment_unsettled", paid("1002"), TOTAL) in breaks(desk)
    assert not [kind for kind, subject, _ in breaks(desk) if subject == paid("1003")]


def test_what_is_not_late_yet_is_no_break(desk: Desk, clock: StillClock) -> None:
    clock.at = PLACED + timedelta(days=3)

    run(desk, "stripe")

    assert not {kind for kind, _, _ in breaks(desk)} & {"payment_unsettled", "refund_unsettled"}


def test_running_again_changes_nothing(desk: Desk) -> None:
    desk.lines(*settled("1001", "1002"), charge("stray", 77, 0, payment_reference="ch_x"))  # pyright: ignore[reportArgumentType]
    run(desk)
    before = matches(desk), breaks(desk)

    run(desk)

    assert (matches(desk), breaks(desk)) == before
    assert ("line_without_payment", line_id("stripe", "stray"), 77) in before[1]


def test_a_break_whose_line_comes_later_is_resolved_by_itself(desk: Desk) -> None:
    desk.lines(*settled("1001"))  # pyright: ignore[reportArgumentType]
    run(desk)
    desk.lines(*settled("1002"))  # pyright: ignore[reportArgumentType]

    run(desk)

    assert ("payment_unsettled", paid("1002"), TOTAL) in breaks(desk, state="resolved")


def test_a_weaker_match_gives_way_to_what_names_the_payment(desk: Desk) -> None:
    """The first line fits by amount only; the second, read later, bears the payment's own number."""
    desk.lines(charge("by_amount", TOTAL, 0), *settled("1001"))  # pyright: ignore[reportArgumentType]
    run(desk, "stripe")
    first = matches(desk)
    desk.lines(*settled("1002"))  # pyright: ignore[reportArgumentType]

    run(desk, "stripe")

    assert ("amount", frozenset({paid("1002"), line_id("stripe", "by_amount")})) in first
    assert matches(desk) == {("provider_id", frozenset({paid(n), line_id("stripe", f"ch_{n}")})) for n in ("1001", "1002")}
    assert ("line_without_payment", line_id("stripe", "by_amount"), TOTAL) in breaks(desk)


def test_a_charge_that_is_settled_twice_is_told_of_its_later_line(desk: Desk) -> None:
    again = charge("ch_again", TOTAL, 0, payment_reference="pay-1001", occurred_at=PLACED + timedelta(days=2))
    desk.lines(again, *settled("1001"))  # pyright: ignore[reportArgumentType]

    run(desk, "stripe")

    assert ("provider_id", frozenset({paid("1001"), line_id("stripe", "ch_1001")})) in matches(desk)
    assert ("settled_twice", line_id("stripe", "ch_again"), TOTAL) in breaks(desk)


def test_a_line_is_used_by_one_match_only(desk: Desk) -> None:
    desk.lines(*settled("1001"))  # pyright: ignore[reportArgumentType]
    run(desk, "stripe")

    with pytest.raises(IntegrityError):
        desk.match("payment", [paid("1001")], [line_id("stripe", "other")])


def test_payouts_meet_the_bank_and_rules_set_the_rest_apart(desk: Desk) -> None:
    desk.payouts(payout("po_1", 4000, reference="STR-77"), payout("po_2", 500), payout("po_3", 300))
    desk.statement(
        StatementLine(external_id="b1", booked_on=date(2026, 3, 3), amount_minor=4000, text="STRIPE STR-77"),
        StatementLine(external_id="b2", booked_on=date(2026, 3, 4), amount_minor=800, text="STRIPE"),
        StatementLine(external_id="b3", booked_on=date(2026, 3, 4), amount_minor=-1200, text="RENT 03"),
        StatementLine(external_id="b4", booked_on=date(2026, 3, 5), amount_minor=1200, text="RENT back"),
    )

    run(desk, "bank")

    bank = {each: statement_line_id("bank", "DE02", each) for each in ("b1", "b2", "b3", "b4")}
    assert matches(desk) == {
        ("reference", frozenset({payout_id("stripe", "po_1"), bank["b1"]})),
        ("combined_deposit", frozenset({payout_id("stripe", "po_2"), payout_id("stripe", "po_3"), bank["b2"]})),
    }
    assert breaks(desk) == {("bank_line_unexplained", bank["b4"], 1200)}
    with desk.hub.database.read() as connection:
        assert connection.execute(select(IGNORED.c.line_id, IGNORED.c.rule)).tuples().all() == [(bank["b3"], "rent")]


def test_a_payout_that_the_bank_booked_and_sent_back_is_explained(desk: Desk) -> None:
    desk.payouts(payout("po_1", 4000, reference="STR-77", status="failed"), payout("po_2", 4000, reference="STR-77R2"))
    desk.statement(
        StatementLine(external_id="b1", booked_on=date(2026, 3, 3), amount_minor=4000, text="STRIPE STR-77"),
        StatementLine(external_id="b2", booked_on=date(2026, 3, 5), amount_minor=-4000, text="RETURN STR-77"),
        StatementLine(external_id="b3", booked_on=date(2026, 3, 4), amount_minor=4000, text="STRIPE STR-77R2"),
    )

    run(desk, "bank")

    bank = [statement_line_id("bank", "DE02", each) for each in ("b1", "b2", "b3")]
    assert matches(desk) == {
        ("returned", frozenset({payout_id("stripe", "po_1"), bank[0], bank[1]})),
        ("reference", frozenset({payout_id("stripe", "po_2"), bank[2]})),
    }
    assert not breaks(desk)


def test_facts_that_do_not_agree_are_breaks(desk: Desk) -> None:
    desk.payouts(payout("po_1", 4001))
    desk.lines(
        *settled("1001"),  # pyright: ignore[reportArgumentType]
        charge("odd", 5, 0, kind="unknown", payout_external_id=None),
        charge("orphan", -5, 0, kind="adjustment", payout_external_id="po_9"),
    )

    run(desk, "stripe")

    assert breaks(desk) >= {
        ("payout_sum_differs", payout_id("stripe", "po_1"), 1),
        ("unknown_line", line_id("stripe", "odd"), 5),
        ("payout_unknown", payout_id("stripe", "po_9"), -5),
    }


def test_a_gateway_that_no_account_settles_is_named_once(desk: Desk) -> None:
    write_rules(desk, "")

    find_breaks(desk.hub, desk.hub.file.channel("shop"))

    assert breaks(desk) == {("nobody_settles", derive_id("shop", "gateway", "test", "EUR"), 2 * TOTAL)}


def test_a_window_of_its_own_judges_its_own_days_only(desk: Desk) -> None:
    desk.lines(*settled("1001"))  # pyright: ignore[reportArgumentType]
    run(desk, "stripe")
    standing = breaks(desk)

    reconcile_account(desk.hub, STRIPE, date(2026, 3, 10), date(2026, 3, 12))

    assert breaks(desk) == standing
    assert len(matches(desk)) == 1


def test_a_signed_day_is_matched_anew_by_nobody(desk: Desk) -> None:
    desk.lines(charge("by_amount", TOTAL, 0), *settled("1001"))  # pyright: ignore[reportArgumentType]
    run(desk, "stripe")
    desk.signed("stripe", DAY)
    desk.lines(*settled("1002"))  # pyright: ignore[reportArgumentType]

    run(desk, "stripe")

    assert ("amount", frozenset({paid("1002"), line_id("stripe", "by_amount")})) in matches(desk)
    assert ("line_without_payment", line_id("stripe", "ch_1002"), TOTAL) in breaks(desk)


def test_rules_that_name_what_is_not_there_are_told_with_their_line(desk: Desk) -> None:
    write_rules(desk, '[settles]\n"shop/test" = "strype"\n')

    report = reconcile_account(desk.hub, STRIPE)

    assert report.outcome == "failed"
    assert report.message.startswith("reconciliation.toml:2: settles.shop/test: 'strype' is no account of hub.toml")
