"""The built-in charts know the same events and roles, and what they say is whole."""

from datetime import date
from decimal import Decimal
from importlib import resources
from typing import get_args

import pytest

from model.errors import RejectedError
from model.records.settlement import LineKind
from reconciliation.vouchers.posting import BookEvent, lines_of
from reconciliation.vouchers.rules import PostingRules, read_posting_rules

TEMPLATES = ("international", "china")
STANDARD = {
    "1001",
    "1002",
    "1012",
    "1122",
    "1221",
    "1405",
    "2001",
    "2203",
    "2221",
    "2241",
    "6001",
    "6051",
    "6401",
    "6601",
    "6602",
    "6603",
    "6711",
}
"""First-level codes of the Chinese standard (企业会计准则应用指南, 附录 会计科目)."""
DAY = date(2026, 3, 1)


def rules_of(name: str) -> PostingRules:
    return read_posting_rules(resources.files("reconciliation.vouchers").joinpath(f"{name}.toml").read_text("utf-8"), name)


def test_both_templates_know_the_same_events_and_roles() -> None:
    one, other = (rules_of(name) for name in TEMPLATES)

    assert one.rules == other.rules
    assert set(one.roles) == set(other.roles)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_kind_of_settlement_line_and_every_event_of_an_order_has_a_rule(name: str) -> None:
    rules = rules_of(name)
    lines = {f"line_{kind}" for kind in get_args(LineKind)} - {"line_payout", "line_payout_failed"}
    money = {f"{event}{way}" for event in ("capture", "refund") for way in ("", "_by_hand", "_by_gift_card")}
    goods = {"shipment", "credit", "cost", "return", "deposit_exchange"}

    assert set(rules.rules) == lines | money | goods | {"payout", "dispute_lost", "bank_receipt"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_account_plays_a_role_and_has_a_chinese_name(name: str) -> None:
    rules = rules_of(name)

    assert {code.split(".")[0] for code in rules.roles.values()} == {each.code for each in rules.chart}
    assert [each.code for each in rules.chart if not each.name_zh] == []


def test_the_chinese_chart_has_the_standards_codes_on_its_first_level() -> None:
    assert {each.code[:4] for each in rules_of("china").chart} == STANDARD


def shipment(**amounts: tuple[str, int]) -> BookEvent:
    named = {name.replace("__", "."): amount for name, amount in amounts.items()}
    return BookEvent("shipment", "shipment", "1", 1, DAY, named, "web", {"channel": "web"}, "order #1: shipment 1", order="1001")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_shipment_that_does_not_add_up_is_refused_by_name(name: str) -> None:
    event = shipment(prepaid=("EUR", 1000), goods=("EUR", 900), tax__VAT=("EUR", 99))

    with pytest.raises(RejectedError, match=r"order #1: shipment 1: shipment does not balance by its rule \(1 EUR"):
        lines_of(event, rules_of(name), "EUR", lambda _currency, _day: Decimal(1))


def test_lines_of_deposits_bear_their_order_and_those_of_taxes_their_code() -> None:
    event = shipment(prepaid=("EUR", 1000), goods=("EUR", 900), tax__VAT=("EUR", 60), tax__GST=("EUR", 40))

    lines = lines_of(event, rules_of("international"), "EUR", lambda _currency, _day: Decimal(1))

    told = [(line.account, line.amount_minor, line.tax_code, dict(line.dimensions).get("order")) for line in lines]
    assert told == [("2100", 1000, None, "1001"), ("6000", -900, None, None), ("2200", -40, "GST", None), ("2200", -60, "VAT", None)]


def test_what_moves_only_in_worth_is_booked_in_the_functional_currency_on_the_accounts_of_the_foreign_one() -> None:
    event = BookEvent(
        "deposit_exchange",
        "deposit_exchange",
        "1",
        1,
        DAY,
        {"on_terms": ("EUR", 53)},
        "web",
        {"channel": "web"},
        order="1001",
        revalues="USD",
    )
    body = resources.files("reconciliation.vouchers").joinpath("international.toml").read_text("utf-8")
    rules = read_posting_rules(body.replace('"1150.{channel}"', '"1150.{currency}"'), "changed")

    lines = lines_of(event, rules, "EUR", lambda _currency, _day: Decimal(1))

    assert [(line.account, line.currency, line.amount_minor, line.base_minor) for line in lines] == [
        ("1150.USD", "EUR", 53, 53), ("7900", "EUR", -53, -53),
    ]  # fmt: skip
