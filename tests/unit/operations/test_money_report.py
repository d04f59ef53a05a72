"""Reports from the store: sums by both databases, how far money has come, and files that are the same when written again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from model.errors import ConfigError
from model.records.money_figures import AccountFigures, MatchFigure
from model.records.settlement import Dispute
from model.store.money_breaks import BREAKS
from model.store.money_rows import line_id, payout_id, statement_line_id
from model.store.order_rows import PAYMENTS, REFUNDS
from operations.money.report import figures_of, report_account, write_report
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Account, Partner
from tests.conftest import StillClock
from tests.orders import PLACED
from tests.unit.operations.money_desk import BANK, COMMON, DAY, FROM, SHOP, STRIPE, Desk, booked, charge, open_desk, payout

WEEK = date(2026, 3, 7)
WON = Dispute(
    external_id="dp", payment_reference="ch_1", status="won", amount_minor=100, currency="EUR", opened_at=PLACED, updated_at=PLACED
)  # fmt: skip


@pytest.fixture
def desk(hub: Hub, tmp_path: Path) -> Desk:
    return open_desk(hub, tmp_path)


def figures(desk: Desk, account: Account, since: date = DAY, until: date = WEEK) -> AccountFigures:
    return figures_of(desk.hub, account, since, until)


def states(found: AccountFigures, level: str) -> dict[tuple[str, str | None], tuple[int, int]]:
    def key(one: MatchFigure) -> tuple[str, str | None]:
        return (one.state, one.by)

    return {key(one): (one.count, one.amount_minor) for one in found.matches if one.level == level}


def test_lines_and_fees_are_summed_by_day_currency_and_kind(desk: Desk) -> None:
    desk.lines(
        charge("ch_1", 4090, 150), charge("ch_2", 1000, 30), charge("ch_3", 500, 0, currency="JPY"),
        charge("re_1", -300, 0, kind="refund"), charge("ch_9", 77, 0, occurred_at=PLACED + timedelta(days=30)),
    )  # fmt: skip

    found = figures(desk, STRIPE)

    assert [(one.day, one.currency, one.kind, one.count, one.gross_minor, one.fees_minor, one.net_minor) for one in found.lines] == [
        (DAY, "EUR", "charge", 2, 5090, 180, 4910), (DAY, "EUR", "refund", 1, -300, 0, -300), (DAY, "JPY", "charge", 1, 500, 0, 500),
    ]  # fmt: skip
    assert [(one.day, one.currency, one.kind, one.amount_minor) for one in found.fees] == [(DAY, "EUR", "processing", 180)]


def test_sums_beyond_32_bits_stay_exact(desk: Desk) -> None:
    desk.lines(charge("ch_1", 900_000_000_000_001, 0), charge("ch_2", 900_000_000_000_001, 0))
    assert [(one.gross_minor, type(one.gross_minor)) for one in figures(desk, STRIPE).lines] == [(1_800_000_000_000_002, int)]


def test_every_line_that_wants_a_payment_stands_somewhere(desk: Desk) -> None:
    names = ("matched", "by_hand", "broken", "accepted", "loose")
    desk.lines(*[charge(name, 100 * number, 0) for number, name in enumerate(names, 1)])
    desk.lines(charge("fee", 0, 20, kind="fee"), charge("odd", 7, 0, kind="unknown"), charge("adj", 9, 0, kind="adjustment"))
    desk.match("payment", ["a" * 32], [line_id("stripe", "matched")])
    desk.match("payment", ["b" * 32], [line_id("stripe", "by_hand")], "person")
    desk.match("payment", ["c" * 32], [line_id("stripe", "adj")], "reference")
    desk.broken("line_without_payment", line_id("stripe", "broken"), 300)
    desk.broken("ambiguous", line_id("stripe", "accepted"), 400, state="resolved")

    found = figures(desk, STRIPE)

    assert states(found, "payment") == {
        ("matched", "provider_id"): (1, 100), ("matched", "person"): (1, 200), ("matched", "reference"): (1, 9), ("broken", None): (1, 300),
        ("accepted", None): (1, 400), ("unmatched", None): (2, 507),
    }  # fmt: skip


def test_a_break_that_went_by_itself_was_accepted_by_nobody(desk: Desk) -> None:
    desk.lines(charge("again", 100, 0))
    desk.broken("line_without_payment", line_id("stripe", "again"), 100, state="resolved")
    alone = update(BREAKS).values(maker_id=None, made_at=None, checker_id=None, checked_at=None)
    desk.hub.database.run(lambda connection: connection.execute(alone))

    assert states(figures(desk, STRIPE), "payment") == {("unmatched", None): (1, 100)}


def test_a_refund_that_the_processor_took_back_explains_itself(desk: Desk) -> None:
    desk.lines(
        charge("re_1", -300, 0, kind="refund", source_reference="re"), charge("rf_1", 300, 0, kind="refund_failed", source_reference="re"),
        charge("re_2", -300, 0, kind="refund", source_reference="other"), charge("ch_1", 300, 0, source_reference="re"),
    )  # fmt: skip
    assert states(figures(desk, STRIPE), "payment") == {("undone", None): (2, 0), ("unmatched", None): (2, 0)}


def test_a_break_that_is_open_again_counts_before_one_that_was_resolved(desk: Desk) -> None:
    desk.lines(charge("ch_1", 100, 0))
    desk.broken("ambiguous", line_id("stripe", "ch_1"), 100, state="resolved")
    desk.broken("amount_differs", line_id("stripe", "ch_1"), 5)
    assert states(figures(desk, STRIPE), "payment") == {("broken", None): (1, 100)}


def test_payouts_tell_which_pass_found_them_and_those_that_never_left_want_no_bank_line(desk: Desk) -> None:
    desk.payouts(payout("po_1", 4000), payout("po_2", 500, status="failed"), payout("po_3", 600), payout("po_4", 700, status="scheduled"))
    desk.match("bank", [payout_id("stripe", "po_1")], [statement_line_id("bank", "DE02", "l1")], "reference")

    found = figures(desk, STRIPE)

    assert [(one.external_id, one.status, one.banked_by) for one in found.payouts] == [
        ("po_1", "paid", "reference"), ("po_2", "failed", None), ("po_3", "paid", None), ("po_4", "scheduled", None),
    ]  # fmt: skip
    assert states(found, "bank") == {("matched", "reference"): (1, 4000), ("unmatched", None): (1, 600)}


def test_bank_lines_are_matched_set_apart_or_open(desk: Desk) -> None:
    desk.statement(booked("l1", 4000), booked("l2", -900), booked("l3", 55, WEEK), booked("l4", -5))
    desk.match("bank", ["d" * 32], [statement_line_id("bank", "DE02", "l1")], "reference")
    desk.ignored(statement_line_id("bank", "DE02", "l2"), "rent")
    desk.broken("bank_line_unexplained", statement_line_id("bank", "DE02", "l3"), 55, account="bank", day=WEEK)

    found = figures(desk, BANK)

    assert states(found, "bank") == {
        ("matched", "reference"): (1, 4000), ("set_apart", "rent"): (1, -900), ("broken", None): (1, 55), ("unmatched", None): (1, -5),
    }  # fmt: skip
    assert [(one.day, one.count, one.in_minor, one.out_minor) for one in found.bank_days] == [(DAY, 3, 4000, -905), (WEEK, 1, 55, 0)]
    assert [(one.opening_minor, one.moved_minor, one.closing_minor) for one in found.balances] == [(0, 3150, 3150)]


def test_money_of_orders_is_followed_to_the_bank(desk: Desk, tmp_path: Path) -> None:
    """1001 is banked, 1002 is settled and partly refunded, 1003 was paid in cash, which nobody settles."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "reconciliation.toml").write_text('[settles]\n"shop/cash" = "nobody"\n"shop/test" = "stripe"\n')
    paid, returned = payments(desk), refunds(desk)
    desk.lines(charge("ch_1", 4090, 90), charge("ch_2", 4090, 90, payout_external_id="po_2"), charge("re_1", -300, 0, kind="refund"))
    desk.payouts(payout("po_1", 4000), payout("po_2", 4000))
    desk.match("payment", [paid["pay-1001"]], [line_id("stripe", "ch_1")])
    desk.match("payment", [paid["pay-1002"]], [line_id("stripe", "ch_2")])
    desk.match("bank", [payout_id("stripe", "po_1")], ["e" * 32], "reference")

    found = figures(desk, SHOP)

    assert [(one.day, one.count, one.total_minor) for one in found.orders] == [(DAY, 3, 3 * 4090)]
    assert {(one.gateway, one.is_refund, one.reach): (one.count, one.amount_minor) for one in found.taken} == {
        ("test", False, "banked"): (1, 4090), ("test", False, "settled"): (1, 4090), ("cash", False, "nobody"): (1, 4090),
        ("test", True, "open"): (1, -300),
    }  # fmt: skip
    assert states(found, "payment") == {("matched", "provider_id"): (2, 8180), ("unmatched", None): (1, -300)}
    assert returned


def payments(desk: Desk) -> dict[str, str]:
    with desk.hub.database.read() as connection:
        return dict(connection.execute(select(PAYMENTS.c.external_id, PAYMENTS.c.id)).tuples().all())


def refunds(desk: Desk) -> dict[str, str]:
    with desk.hub.database.read() as connection:
        return dict(connection.execute(select(REFUNDS.c.external_id, REFUNDS.c.id)).tuples().all())


def test_a_payment_in_several_lines_is_banked_when_all_of_them_are(desk: Desk) -> None:
    desk.lines(charge("a", 2000, 0), charge("b", 2090, 0, payout_external_id="po_2"))
    desk.payouts(payout("po_1", 2000), payout("po_2", 2090))
    desk.match("payment", [payments(desk)["pay-1001"]], [line_id("stripe", "a"), line_id("stripe", "b")])
    desk.match("bank", [payout_id("stripe", "po_1")], ["e" * 32], "reference")
    assert {one.reach for one in figures(desk, SHOP).taken} == {"nobody", "open", "settled"}

    desk.match("bank", [payout_id("stripe", "po_2")], ["f" * 32], "reference")

    assert [(one.reach, one.count, one.amount_minor) for one in figures(desk, SHOP).taken if one.reach == "banked"] == [("banked", 1, 4090)]


def test_breaks_are_open_ones_however_old_and_the_resolved_of_the_period(desk: Desk) -> None:
    desk.broken("ambiguous", "1" * 32, 10, day=date(2025, 11, 2))
    desk.broken("settled_twice", "2" * 32, -500, day=WEEK)
    desk.broken("unknown_line", "3" * 32, 30, state="resolved")
    desk.broken("unknown_line", "4" * 32, 40, state="resolved", day=date(2025, 11, 2))
    desk.broken("amount_differs", "5" * 32, 50, day=WEEK + timedelta(days=1))
    desk.broken("amount_differs", "6" * 32, 60, account="shop")

    found = figures(desk, STRIPE).breaks

    assert [(one.kind, one.amount_minor, one.state, one.owner, one.maker, one.checker) for one in found] == [
        ("settled_twice", -500, "open", "Mia Maker", None, None), ("unknown_line", 30, "resolved", "Mia Maker", "Mia Maker", "Ben Checker"),
        ("ambiguous", 10, "open", "Mia Maker", None, None),
    ]  # fmt: skip


def test_a_break_about_a_payout_or_payment_is_told_by_its_account_too(desk: Desk) -> None:
    desk.payouts(payout("po_1", 4000))
    desk.broken("payout_not_banked", payout_id("stripe", "po_1"), 4000, account="bank")
    desk.broken("payment_unsettled", payments(desk)["pay-1001"], 4090)

    assert {one.kind for one in figures(desk, STRIPE).breaks} == {"payout_not_banked", "payment_unsettled"}
    assert {one.kind for one in figures(desk, BANK).breaks} == {"payout_not_banked"}
    assert {one.kind for one in figures(desk, SHOP).breaks} == {"payment_unsettled"}


def test_signatures_disputes_and_the_last_runs_are_told(desk: Desk) -> None:
    desk.signed("stripe", DAY, withdrawn="a late refund came")
    desk.signed("stripe", DAY)
    desk.signed("bank", WEEK)
    desk.ran("payment", datetime(2026, 3, 2, 1, tzinfo=UTC))
    desk.ran("payment", datetime(2026, 3, 2, 3, tzinfo=UTC), "failed")
    for number, days in (("dp_1", 1), ("dp_2", -90), ("dp_3", 60)):
        at = PLACED + timedelta(days=days)
        desk.disputes(
            replace(WON, external_id=number, opened_at=at), replace(WON, external_id=f"{number}_open", opened_at=at, status="open")
        )

    found = figures(desk, STRIPE)

    assert sorted((one.day, one.maker, one.checker, one.withdrawn or "") for one in found.sign_offs) == [
        (DAY, "Mia Maker", "Ben Checker", ""), (DAY, "Mia Maker", "Ben Checker", "a late refund came"),
    ]  # fmt: skip
    assert [(one.level, one.outcome) for one in found.runs] == [("payment", "failed")]
    assert [one.external_id for one in found.disputes] == ["dp_2_open", "dp_1", "dp_1_open"]


@pytest.mark.parametrize("account", [STRIPE, BANK, SHOP], ids=lambda account: account.id)
def test_an_account_without_anything_has_a_report(desk: Desk, account: Account) -> None:
    rendered = report_account(desk.hub, account, date(2026, 2, 1), date(2026, 2, 1), "zh")
    assert "资金对账报告" in rendered.html.decode()
    assert rendered.xlsx.startswith(b"PK")
    assert rendered.tables["签核"] == [
        {"日期": "2026-02-01", "状态": "未签核", "经办人": "", "时间": "", "复核人": "", "复核时间": "", "撤回原因": ""}
    ]


def test_a_script_that_was_stored_is_inert_in_the_report(desk: Desk) -> None:
    desk.payouts(payout("<script>alert(1)</script>", 4000, reference="=cmd|' /C calc'!A0"))

    rendered = report_account(desk.hub, STRIPE, DAY, WEEK, "en")

    assert b"<script" not in rendered.html
    assert b"&lt;script&gt;alert(1)" in rendered.html
    assert b"'=cmd" in rendered.csvs["payouts"]


def test_each_open_break_carries_the_link_it_is_given(desk: Desk) -> None:
    desk.broken("ambiguous", "1" * 32, 10)
    rendered = report_account(desk.hub, STRIPE, DAY, WEEK, "en", lambda one: f"https://hub.example/rerun/{one.kind}")
    assert b'href="https://hub.example/rerun/ambiguous"' in rendered.html
    assert rendered.tables["Open breaks"][0]["Run again"] == "https://hub.example/rerun/ambiguous"


def test_files_are_written_side_by_side_and_again_to_the_same_bytes(desk: Desk, tmp_path: Path, clock: StillClock) -> None:
    desk.lines(charge("ch_1", 4090, 150))
    written = write_report(desk.hub, STRIPE, DAY, DAY, ["en", "zh"], tmp_path / "reports")
    first = {path: path.read_bytes() for path in written}

    clock.move(hours=1)
    again = write_report(desk.hub, STRIPE, DAY, DAY, ["en", "zh"], tmp_path / "reports")

    day = tmp_path / "reports" / "2026-03-01"
    assert {path.name for path in day.iterdir()} == {
        "stripe.en", "stripe.zh", "stripe.en.html", "stripe.zh.html", "stripe.en.xlsx", "stripe.zh.xlsx"
    }  # fmt: skip
    assert (day / "stripe.zh" / "days.csv") in written
    assert {path: path.read_bytes() for path in again} == first
    assert {path.stat().st_mode & 0o077 for path in written} == {0}


def test_a_period_of_several_days_has_a_folder_of_its_own(desk: Desk, tmp_path: Path) -> None:
    [first, *_] = write_report(desk.hub, BANK, DAY, WEEK, ["en"], tmp_path)
    assert first == tmp_path / "2026-03-01_2026-03-07" / "bank.en.html"


def test_a_folder_that_cannot_be_written_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_report(desk.hub, BANK, DAY, DAY, ["en"], tmp_path / "reports")


def test_a_link_that_waits_in_the_folder_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (tmp_path / "2026-03-01").mkdir()
    (tmp_path / "2026-03-01" / ".bank.en.html.part").symlink_to(outside)

    with pytest.raises(ConfigError, match="cannot be written"):
        write_report(desk.hub, BANK, DAY, DAY, ["en"], tmp_path)

    assert outside.read_text() == "mine"


def test_only_accounts_that_keep_money_have_a_report(desk: Desk) -> None:
    partner = Partner(id="3pl", name="3PL", connector="shipbob", advices_from=FROM, **COMMON)
    with pytest.raises(ConfigError, match="keeps no money"):
        report_account(desk.hub, partner, DAY, WEEK, "en")
    with pytest.raises(ConfigError, match="swap the two"):
        report_account(desk.hub, STRIPE, WEEK, DAY, "en")
