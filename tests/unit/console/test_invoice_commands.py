"""Invoices and receivables on the command line: real processes against a real street."""

from pathlib import Path

import pytest

from tests.hubs import Home, home_in, street

SETTINGS = '[entities.invoices]\nsince = 2020-01-01\ntax_number = "DE123456789"\naddress = ["1 Quay", "10115 Berlin"]\n'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A hub that has read a street's orders, of which many were handed over or sent by their channels, and issued."""
    made = home_in(tmp_path_factory.mktemp("invoices"))
    with street(made, "--orders", "80", "--seed", "5") as url:
        made.entrepot("init", "--street", url)
        file: Path = made.path / "hub.toml"
        lines = ["live_from = 2020-01-01T00:00:00Z" if each.startswith("live_from") else each for each in file.read_text().splitlines()]
        file.write_text("\n".join(lines).replace("\n[[people]]", f"\n{SETTINGS}\n[[people]]", 1) + "\n")
        made.entrepot("run", "pull_orders")
    made.entrepot("invoices", "issue", code=None)
    return made


def test_issued_again_nothing_is_issued_and_the_numbers_have_no_gap(home: Home) -> None:
    before = home.said("invoices", "list")["papers"]

    again = home.entrepot("invoices", "issue", code=None).stdout

    assert "0 invoices, 0 credit_notes" in again
    assert home.said("invoices", "list")["papers"] == before
    numbers = sorted(each["reference"] for each in before if each["kind"] == "invoice")
    assert len(numbers) > 10
    assert [int(each[-6:]) for each in numbers] == list(range(1, len(numbers) + 1))
    assert home.said("audit") == {"findings": []}


def test_a_paper_is_shown_and_written_as_a_file(home: Home, tmp_path: Path) -> None:
    shown = home.said("invoices", "show", "INV-2026-000001")
    page = home.entrepot("invoices", "show", "INV-2026-000001").stdout
    for suffix, start in ((".pdf", b"%PDF-"), (".html", b"<!doctype html>")):
        home.entrepot("invoices", "show", "INV-2026-000001", "--to", str(tmp_path / f"x{suffix}"), "--language", "zh")
        assert (tmp_path / f"x{suffix}").read_bytes().startswith(start)

    assert shown["reference"] == "INV-2026-000001"
    assert "invoice INV-2026-000001 of My company" in page
    assert "neither in .pdf nor in .html" in home.refused("invoices", "show", "INV-2026-000001", "--to", "x.doc")


def test_a_correction_is_issued_anew(home: Home) -> None:
    told = home.said("invoices", "correct", "INV-2026-000002", "--reason", "wrong address")

    assert [each.split("-")[0] for each in told["issued"]] == ["CN", "INV"]
    assert "was taken back already" in home.refused("invoices", "correct", "INV-2026-000002", "--reason", "again")
    assert home.said("audit") == {"findings": []}


def test_receivables_are_said_to_be_none_without_customers_on_terms(home: Home) -> None:
    assert home.said("receivables", "list") == {"receivables": []}
    assert home.said("receivables", "list", "--by-customer") == {"customers": []}
    assert home.said("receivables", "reminders") == {"reminders": []}
    assert "no reminder is due" in home.refused("receivables", "reminded", "INV-2026-000001")
    assert "nobody is to be reminded" in home.entrepot("receivables", "reminders").stdout
