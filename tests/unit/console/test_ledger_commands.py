"""`entrepot ledgers` at the command line: what people and programs read, and how it ends."""

import pytest

from tests.company_money import company_in
from tests.hubs import Home

BOOKS = """
[[ledgers]]
id = "text"
name = "Text"
entity = "acme"
connector = "hledger"
zone = "UTC"
vouchers_from = 2026-01-01
[ledgers.settings]
address = "."
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A company with a ledger that takes files."""
    return company_in(tmp_path_factory.mktemp("ledgers"), more=BOOKS)


def test_a_ledger_of_files_is_listed_and_neither_pushed_to_nor_checked(company: Home) -> None:
    [row] = company.said("ledgers", "list")["ledgers"]
    [pushed] = company.said("ledgers", "push")["reports"]

    assert (row["id"], row["takes"], row["done"]) == ("text", "files", None)
    assert pushed["outcome"] == "skipped"
    assert company.said("ledgers", "check") == {"ledgers": []}
