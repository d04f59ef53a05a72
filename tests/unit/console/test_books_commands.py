"""The books on the command line: real processes, real files, two people."""

from pathlib import Path

import pytest

from tests.company_money import company_in
from tests.hubs import Home

FEBRUARY = ("--since", "2026-02-01", "--until", "2026-02-28")
LINES = ("--line", "debit 6690 12.50 EUR", "--line", "credit 1010.hausbank.EUR 12.50 EUR")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A company whose rules are in force and whose February is posted."""
    made = company_in(tmp_path_factory.mktemp("company"))
    made.entrepot("run", "import_statements")
    made.entrepot("run", "reconcile_money", *FEBRUARY)
    rules = made.path / "posting.toml"
    rules.write_text(made.entrepot("books", "template", "international").stdout, "utf-8")
    proposed = made.said(
        "books", "propose", "acme", str(rules), "--from", "2026-01-01", "--reason", "the books begin", "--as", "mia"
    )["rules"]  # fmt: skip
    alone = made.entrepot("books", "approve", proposed[:12], "--as", "mia", code=1).stderr
    assert "were proposed by Mia; another person approves them" in alone
    made.entrepot("books", "approve", proposed[:12], "--as", "ben")
    made.entrepot("books", "post")
    return made


def test_rules_are_listed_with_who_made_and_approved_them(home: Home) -> None:
    [rules] = home.said("books", "rules")["rules"]

    assert (rules["state"], rules["maker"], rules["checker"], rules["from"]) == ("approved", "mia", "ben", "2026-01-01")
    assert "approved" in home.entrepot("books", "rules", "--entity", "acme").stdout


def test_the_trial_balance_names_accounts_in_two_languages_and_sums_to_nothing(home: Home) -> None:
    [told] = home.said("books", "trial-balance", "--until", "2026-02-28")["balances"]
    page = home.entrepot("books", "trial-balance").stdout

    bank = next(row for row in told["accounts"] if row["account"] == "1010.hausbank.EUR")
    assert (bank["name"], bank["name_zh"], bank["debit_minor"], bank["base_minor"]) == (
        "Bank hausbank.EUR", "银行存款 hausbank.EUR", 2000, 2000,
    )  # fmt: skip
    assert told["base_total_minor"] == 0
    assert page.rstrip().endswith("sum: 0.00 EUR")
    assert home.said("books", "trial-balance", "--until", "2025-12-31")["balances"][0]["accounts"] == []


def test_vouchers_are_listed_and_shown_by_reference(home: Home) -> None:
    found = home.said("books", "vouchers", "list", "--event", "payout")["vouchers"]
    shown = home.entrepot("books", "vouchers", "show", found[0]["voucher"]).stdout

    assert [row["amounts"] for row in found] == [[{"minor": 2000, "currency": "EUR"}]]
    assert all(word in shown for word in ("Cash in transit market.EUR", "20.00 EUR", "maker: mia", "checker: ben"))
    assert home.said("books", "vouchers", "show", found[0]["voucher"])["id"] == found[0]["id"]


def test_everything_is_booked_and_a_dry_run_of_the_same_rules_differs_in_nothing(home: Home) -> None:
    assert home.said("books", "unbooked") == {"unbooked": []}
    assert home.entrepot("books", "unbooked").stdout == "everything is booked\n"
    page = home.entrepot("books", "dry-run", str(home.path / "posting.toml"), "--month", "2026-02").stdout
    assert "no account would differ" in page


def test_a_voucher_goes_from_draft_to_posted_and_back_by_two_people(home: Home) -> None:
    made = home.said("books", "draft", "acme", "--day", "2026-02-20", "--memo", "rent", *LINES, "--as", "mia")["id"]
    home.entrepot("books", "approve-voucher", made[:12], "--as", "mia", code=1)
    home.entrepot("books", "approve-voucher", made[:12], "--as", "ben")
    name = home.said("books", "post-voucher", made[:12], "--as", "ben")["reference"]
    back = home.said("books", "reverse", name, "--reason", "booked on the wrong account", "--as", "ben")["id"]
    given_up = home.entrepot("books", "reject-voucher", back[:12], "--reason", "it was right", "--as", "mia").stdout

    assert name.startswith("acme/2026-02/")
    assert "given up; nothing of it is in the books" in given_up
    assert home.said("books", "vouchers", "list", "--state", "draft") == {"vouchers": []}


def test_a_month_tells_its_checklist_and_stays_open_while_a_break_is(home: Home) -> None:
    seen = home.entrepot("books", "close", "acme", "2026-02", "--dry-run", code=1)
    told = home.entrepot("books", "close", "acme", "2026-02", "--as", "mia", "--json", code=1)

    assert "hausbank: 1 of -7.50 EUR" in seen.stdout
    assert '"is_ready": false' in told.stdout
    assert home.said("books", "months")["months"][-1]["state"] == "open"
    assert "is not closed" in home.entrepot("books", "reopen", "acme", "2026-02", "--reason", "the auditors", "--as", "mia", code=1).stderr
    home.entrepot("books", "approve-reopen", "acme", "2026-02", "--as", "mia", code=1)
    home.entrepot("books", "reject-reopen", "acme", "2026-02", "--as", "mia", code=1)


def test_rates_are_imported_once_and_listed(home: Home) -> None:
    file = home.path / "rates.csv"
    file.write_text("day,base,currency,rate\n2026-02-01,EUR,USD,0.9\n")

    new = [home.said("rates", "import", str(file))["new"] for _ in range(2)]

    assert new == [1, 0]
    assert home.said("rates", "list", "--currency", "USD")["rates"] == [
        {"day": "2026-02-01", "base": "EUR", "currency": "USD", "rate": "0.9"}
    ]
    assert home.said("rates", "list", "--currency", "GBP") == {"rates": []}


def test_the_flows_of_the_books_run_without_prefect(home: Home) -> None:
    posted = home.said("run", "post_vouchers")["reports"]
    looked = home.entrepot("run", "close_period", "--entity", "acme").stdout

    assert [(row["channel"], row["vouchers"]) for row in posted] == [("acme", 0)]
    assert "2026-02: no break of the month is open: hausbank: 1 of -7.50 EUR" in looked


@pytest.mark.parametrize(
    "words",
    [
        ("books", "draft", "acme", "--day", "2026-02-20", "--memo", "rent"),
        ("books", "draft", "acme", "file.csv", "--day", "2026-02-20", "--memo", "rent", *LINES),
        ("books", "draft", "acme", "nowhere.csv", "--day", "2026-02-20", "--memo", "rent"),
        ("books", "close", "acme", "2026-2"),
        ("books", "close", "other", "2026-02"),
        ("books", "vouchers", "list", "--state", "odd"),
        ("books", "vouchers", "list", "--period", "odd"),
        ("books", "trial-balance", "--entity", "other"),
        ("books", "post", "--entity", "other"),
        ("books", "dry-run", "x", "--month", "odd"),
        ("rates", "import", "nowhere.csv"),
    ],
)
def test_wrong_use_is_told_in_one_line(home: Home, words: tuple[str, ...]) -> None:
    home.refused(*words)


def test_what_is_refused_is_told_in_one_line(home: Home, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n")
    wrong = [
        ("books", "draft", "acme", str(tmp_path / "bad.csv"), "--day", "2026-02-20", "--memo", "x", "--as", "mia"),
        ("books", "draft", "acme", "--day", "2026-02-20", "--memo", "x", *LINES, "--line", "debit 6690 1 EUR", "--as", "mia"),
        ("books", "propose", "acme", str(tmp_path / "bad.csv"), "--from", "2026-01-01", "--reason", "long enough", "--as", "mia"),
        ("books", "vouchers", "show", "acme/2026-02/999999"),
        ("books", "template", "odd"),
        ("rates", "import", str(tmp_path / "bad.csv")),
    ]

    told = [home.entrepot(*words, code=1).stderr for words in wrong]

    assert [each for each in told if not each.startswith("error: ") or each.count("\n") != 1] == []
