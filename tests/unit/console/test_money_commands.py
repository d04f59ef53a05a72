"""Breaks, traces, signatures and the runs of money on the command line: real processes, real files, two people."""

from pathlib import Path
from typing import Any

import pytest

from tests.company_money import STATEMENT, company_in, put
from tests.hubs import Home

FEBRUARY = ("--since", "2026-02-01", "--until", "2026-02-28")
RENT = '[[ignore]]\nname = "rent"\ntext = "rent of"\nsign = "out"\n'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A company whose marketplace paid out, whose bank has that, and a line that nobody explains."""
    made = company_in(tmp_path_factory.mktemp("company"))
    made.entrepot("run", "import_statements")
    made.entrepot("run", "reconcile_money", *FEBRUARY)
    return made


@pytest.fixture
def own(tmp_path: Path) -> Home:
    """The same for one test that changes it."""
    made = company_in(tmp_path)
    made.entrepot("run", "import_statements")
    made.entrepot("run", "reconcile_money", *FEBRUARY)
    return made


def only_break(home: Home) -> dict[str, Any]:
    [found] = home.said("breaks", "list")["breaks"]
    return found


def test_a_break_tells_its_age_amount_owner_and_mend_and_what_runs_it_again(home: Home) -> None:
    found = only_break(home)
    shown = home.said("breaks", "show", found["id"])
    table = home.entrepot("breaks", "list").stdout
    page = home.entrepot("breaks", "show", found["id"]).stdout

    assert (found["account"], found["kind"], found["owner"]) == ("hausbank", "bank_line_unexplained", "ben")
    assert (found["at_risk"], found["day"]) == ({"minor": -750, "currency": "EUR"}, "2026-02-17")
    assert found["age_days"] > 0
    assert all(word in table for word in ("-7.50 EUR", "rules/reconciliation.toml", "age_days", "at_risk"))
    assert shown["run"] == ["entrepot run reconcile_money --account hausbank --since 2026-02-17 --until 2026-02-17"]
    assert shown["run"][0] in page
    assert "reason: no_candidate" in page
    assert "Someone" not in table + page


def test_breaks_are_chosen_by_account_kind_and_owner(home: Home) -> None:
    def counted(*words: str) -> int:
        return len(home.said("breaks", "list", *words)["breaks"])

    assert (counted("--account", "hausbank"), counted("--account", "market")) == (1, 0)
    assert (counted("--kind", "bank_line_unexplained"), counted("--kind", "ambiguous")) == (1, 0)
    assert (counted("--owner", "ben"), counted("--owner", "mia")) == (1, 0)
    assert counted("--limit", "1") == 1


def test_the_command_that_a_break_names_runs_and_nothing_doubles(home: Home) -> None:
    before = only_break(home)

    home.entrepot(*home.said("breaks", "show", before["id"])["run"][0].split()[1:])

    assert only_break(home) == before


def test_a_break_above_the_limit_is_proposed_by_one_and_approved_by_another(own: Home) -> None:
    named = only_break(own)["id"]

    own.entrepot("breaks", "resolve", named, "--reason", "ok", "--as", "mia", code=1)
    proposed = own.said("breaks", "resolve", named, "--reason", "rent, paid by hand", "--as", "mia")
    alone = own.entrepot("breaks", "approve", named, "--as", "mia", code=1).stderr
    own.entrepot("breaks", "reject", named, "--reason", "whose rent is it?", "--as", "ben")
    own.entrepot("breaks", "resolve", named, "--reason", "rent of the store in March", "--as", "mia")
    approved = own.entrepot("breaks", "approve", named, "--as", "ben").stdout

    assert proposed["state"] == "proposed"
    assert "another person approves it" in alone
    assert approved == f"break {named} (bank_line_unexplained): approved\n"
    assert own.entrepot("breaks", "list").stdout == "no break is open\n"
    [gone] = own.said("breaks", "list", "--all")["breaks"]
    assert (gone["state"], own.said("breaks", "show", named)["checker"]) == ("resolved", "ben")
    assert own.entrepot("audit").stdout.strip() == "every invariant holds"


def test_a_break_is_given_to_somebody(own: Home) -> None:
    named = only_break(own)["id"]

    own.entrepot("breaks", "assign", named, "mia", "--as", "ben")

    assert only_break(own)["owner"] == "mia"
    assert "known are mia, ben" in own.entrepot("breaks", "assign", named, "eve", code=1).stderr


def test_what_the_same_line_is_of_is_matched_by_hand_only_where_the_sums_agree(own: Home) -> None:
    words = ("--ours", "payout:77001", "--theirs", "bank-line:n2", "--reason", "they belong together")

    assert "ours sum to 2000, theirs to -750" in own.entrepot("breaks", "match", *words, code=1).stderr


def test_a_wrong_match_is_taken_back_by_two_and_what_it_hid_is_proposed(own: Home) -> None:
    """The bank books the same amount twice with the same words; the first is another seller's."""
    why = ("--reason", "the first is of our other shop")
    proposed = own.entrepot("breaks", "unmatch", "payout:77001", *why, "--as", "mia").stdout
    alone = own.entrepot("breaks", "approve-unmatch", "bank-line:n1", "--as", "mia", code=1).stderr
    waiting = own.entrepot("breaks", "unmatched", "--waiting").stdout
    approved = own.said("breaks", "approve-unmatch", "bank-line:n1", "--as", "ben")
    put(own.path / "bank" / "out" / "more.csv", STATEMENT.splitlines()[0] + "\n2026-02-17,20.00,77001,AMAZON 77001,n3\n")
    own.entrepot("run", "import_statements", "--channel", "hausbank")
    own.entrepot(*approved["run"].split()[1:])

    table = own.entrepot("breaks", "proposals").stdout
    [likely] = own.said("breaks", "proposals", "--account", "hausbank", "--day", "2026-02-17")["proposals"]
    own.entrepot(*likely["accept"].replace("TEXT", "this-one-is-ours").split()[1:], "--as", "mia")

    assert "another person approves it with `entrepot breaks approve-unmatch" in proposed
    assert "was proposed by Mia; another person approves it" in alone
    assert all(word in waiting for word in ("hausbank", "20.00 EUR", "proposed", "the first is of our other shop", "mia"))
    assert (approved["step"], approved["account"]) == ("refused", "hausbank")
    assert own.entrepot("breaks", "unmatched", "--waiting").stdout == "no match was taken back\n"
    assert (likely["ours"]["name"], likely["theirs"]["references"]) == ("77001", ["77001", "n3"])
    assert all(word in table for word in (likely["accept"], "payout 77001 of 2026-02-16, 20.00 EUR", "amount, currency", "day by 1"))
    assert "Someone" not in table
    assert own.said("trace", "n3")["is_explained"] is True
    assert own.entrepot("breaks", "proposals").stdout == "nothing is likely enough to be proposed\n"
    assert own.entrepot("audit").stdout.strip() == "every invariant holds"


def test_a_trace_goes_from_the_bank_down_with_named_remainders_and_says_whether_all_is_explained(home: Home) -> None:
    page = home.entrepot("trace", "77001").stdout
    found = home.said("trace", "n1")

    assert [level["level"] for level in found["levels"]] == ["bank", "payouts", "settlement lines"]
    assert found["is_explained"] is True
    assert found["levels"][2]["remainders"]["fee: advertising"] == [{"minor": -500, "currency": "EUR"}]
    assert "everything is explained" in page
    assert all(text in page for text in ("20.00 EUR", "fee: advertising: -5.00 EUR", "matched by: reference (1)"))


def test_a_trace_of_what_nobody_explains_says_so(home: Home) -> None:
    page = home.entrepot("trace", "n2", "--kind", "bank-line").stdout

    assert "not explained: -7.50 EUR between payouts and the level before" in page
    assert home.said("trace", "n2")["is_explained"] is False
    assert home.said("trace", "n2")["levels"][1]["unexplained"] == [{"minor": -750, "currency": "EUR"}]


def test_a_line_that_a_rule_sets_apart_is_explained_by_that_rule(own: Home) -> None:
    rules = own.path / "rules" / "reconciliation.toml"
    rules.write_text(rules.read_text() + RENT)
    own.entrepot("run", "reconcile_money", "--account", "hausbank", *FEBRUARY)

    page = own.entrepot("trace", "n2").stdout

    assert "set apart: rent: -7.50 EUR" in page
    assert "everything is explained" in page


def test_a_long_level_shows_its_first_rows_unless_all_are_asked_for(own: Home) -> None:
    lines = "".join(f"2026-02-18,1.00,BIG,part,b{number}\n" for number in range(25))
    put(own.path / "bank" / "out" / "more.csv", STATEMENT.splitlines()[0] + "\n" + lines)
    own.entrepot("run", "import_statements", "--channel", "hausbank")

    short, long = own.entrepot("trace", "BIG").stdout, own.entrepot("trace", "BIG", "--all").stdout

    assert "… and 5 more; --all shows them" in short
    assert "--all shows them" not in long
    assert long.count("2026-02-18") == 25


def test_a_day_is_signed_by_one_and_checked_by_another_and_taken_back(own: Home) -> None:
    day = "2026-02-10"
    shown = own.entrepot("signoff", "show", "market", day).stdout
    refused = own.entrepot("signoff", "sign", "hausbank", "2026-02-17", "--as", "mia", code=1).stderr

    signed = own.entrepot("signoff", "sign", "market", day, "--as", "mia").stdout
    alone = own.entrepot("signoff", "check", "market", day, "--as", "mia", code=1).stderr
    checked = own.entrepot("signoff", "check", "market", day, "--as", "ben").stdout
    listed = own.entrepot("signoff", "list").stdout
    withdrawn = own.said("signoff", "withdraw", "market", day, "--reason", "one more file", "--as", "ben")

    assert "everything is explained" in shown
    assert f"`entrepot signoff sign market {day}`" in shown
    assert "breaks are open" in refused
    assert f"entrepot signoff check market {day}" in signed
    assert "another person checks it" in alone
    assert checked == f"market {day}: checked\n"
    assert all(word in listed for word in ("market", day, "checked", "mia", "ben"))
    assert withdrawn == {"account": "market", "day": day, "state": "withdrawn"}
    assert own.said("signoff", "list")["signatures"][0]["reason"] == "one more file"
    assert own.said("signoff", "show", "market", day)["signed"] is None


def test_reports_are_written_in_both_languages_and_written_again_are_the_same(own: Home) -> None:
    own.entrepot("run", "report_money", "--account", "market", *FEBRUARY)
    folder = own.path / "reports" / "2026-02-01_2026-02-28"
    before = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}

    told = own.entrepot("run", "report_money", "--account", "market", *FEBRUARY).stdout

    assert set(before) == {"market.en.html", "market.en.xlsx", "market.zh.html", "market.zh.xlsx"}
    assert {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()} == before
    assert "reports/2026-02-01_2026-02-28/market.en.html" in told


def test_a_file_of_money_is_mapped_without_a_store(home: Home) -> None:
    settlement = home.said("map", "amazon_settlement", "settlement", str(home.path / "market" / "out" / "settlement.txt"))
    statement = home.said("map", "bank_files", "statement", str(home.path / "bank" / "out" / "statement.csv"), "--account", "hausbank")
    unread = home.entrepot("map", "bank_files", "statement", str(home.path / "bank" / "out" / "statement.csv"), code=1).stderr

    assert [line["net"]["minor"] for line in settlement["lines"]] == [-500, 2500]
    assert [line["amount"] for line in statement["lines"]] == [{"minor": 2000, "currency": "EUR"}, {"minor": -750, "currency": "EUR"}]
    assert unread == "statement.csv: is of no form that bank_files reads\n"


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["breaks", "list", "--kind", "odd"], "use one of payment_unsettled"),
        (["breaks", "list", "--account", "moon"], "known are market, hausbank"),
        (["breaks", "proposals", "--account", "moon"], "known are market, hausbank"),
        (["breaks", "unmatched", "--account", "moon"], "known are market, hausbank"),
        (["trace", "77001", "--kind", "odd"], "use one of bank-line"),
        (["run", "reconcile_money", "--since", "2026-02-01T09:00:00Z"], "write 2026-02-01"),
        (["run", "reconcile_money", "--since", "2026-02-02", "--until", "2026-02-01"], "not after until"),
        (["run", "reconcile_money", "--dry-run"], "takes no --dry-run"),
        (["run", "import_statements", "--since", "2026-02-01"], "takes no --since"),
        (["run", "report_money", "--account", "moon"], "known are market, hausbank"),
        (["map", "bank_files", "order", "x.csv"], "reads files of kind statement"),
        (["map", "bank_files", "statement", "x.csv", "--account", "market"], "is of amazon_settlement"),
        (["map", "shopify", "order", "x.json", "--account", "market"], "reads none"),
    ],
)
def test_wrong_use_is_one_clear_line_with_the_mend(home: Home, words: list[str], mend: str) -> None:
    assert mend in home.refused(*words)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["breaks", "show", "ffff"], "is not known"),
        (["trace", "nosuch"], "bears it"),
        (["signoff", "check", "market", "2026-02-10"], "nobody has signed for it"),
        (["breaks", "match", "--ours", "odd", "--theirs", "n2", "--reason", "they belong together"], "is not known"),
    ],
)
def test_what_is_not_there_is_said_so(home: Home, words: list[str], why: str) -> None:
    assert why in home.entrepot(*words, code=1).stderr
