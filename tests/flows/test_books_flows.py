"""The flows of the books may be run again, and nothing doubles; what is left is shown, and no month is closed."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from flows.books_at_work import markdown, rerun_link
from flows.close_period import close_period
from flows.post_vouchers import post_vouchers
from tests.company_money import company_in
from tests.flows.test_money_flows import artifacts, run
from tests.hubs import Home

FLOWS: tuple[Any, ...] = (post_vouchers, close_period)
pytestmark = pytest.mark.filterwarnings("default")  # Prefect's own


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A company whose February is matched, and whose rules are in force."""
    made = company_in(tmp_path)
    monkeypatch.setenv("ENTREPOT_HOME", str(made.path))
    made.entrepot("run", "import_statements")
    made.entrepot("run", "reconcile_money", "--since", "2026-02-01", "--until", "2026-02-28")
    rules = made.path / "posting.toml"
    rules.write_text(made.entrepot("books", "template", "international").stdout, "utf-8")
    words = ("acme", str(rules), "--from", "2026-01-01", "--reason", "the books begin", "--as", "mia")
    made.entrepot("books", "approve", made.said("books", "propose", *words)["rules"], "--as", "ben")
    return made


def test_posting_twice_posts_nothing_more_and_looking_at_a_month_closes_nothing(company: Home) -> None:
    first = run(post_vouchers)
    posted = company.said("books", "vouchers", "list")

    again = [run(flow, entity="acme", actor="mia") for flow in FLOWS]
    shown = asyncio.run(artifacts())

    assert [state.message for state in (first, *again) if not state.is_completed()] == []
    assert posted["vouchers"]
    assert company.said("books", "vouchers", "list") == posted
    assert shown["unbooked-acme"].startswith("Everything is booked.")
    assert "| 2026\\-02 | no | no break of the month is open |" in shown["checklist-acme"]
    assert {month["state"] for month in company.said("books", "months")["months"]} == {"open"}


def test_an_entity_without_rules_fails_the_run_with_its_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_HOME", str(company_in(tmp_path).path))

    state = run(post_vouchers)

    assert state.is_failed()
    assert "acme: has no approved posting rules" in str(state.message)


def test_the_link_fills_in_the_form_and_what_came_from_outside_is_no_markup() -> None:
    assert unquote(rerun_link("http://ui/deployments/1", "main")) == 'http://ui/deployments/1/run?parameters={"entity":"main"}'
    assert "<img" not in markdown(("why",), [("<img src=x> | [a](b)",)], "")
    assert markdown(("why",), [], "Nothing.") == "Nothing.\n"
    assert "and 1 more" in markdown(("n",), [(number,) for number in range(501)], "")
