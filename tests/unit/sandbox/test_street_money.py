"""The street's money: balances that add up, payouts that come to rest, and a bank whose statements hold them."""

import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.conftest import Clock, Open, Visit

CAMT = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}
PAYOUTS = """query { shopifyPaymentsAccount { balance { amount } payouts(first: 250, sortKey: ISSUED_AT) {
  nodes { id status issuedAt externalTraceId net { amount currencyCode } } } } }"""
LINES = """query L($after: String, $query: String) { shopifyPaymentsAccount {
  balanceTransactions(first: 100, after: $after, query: $query, sortKey: PROCESSED_AT) {
    pageInfo { hasNextPage endCursor } nodes { id type transactionDate net { amount } associatedPayout { id status } } } } }"""
DISPUTES = "query { shopifyPaymentsAccount { disputes(first: 50) { nodes { id status order { id } initiatedAt } } } }"


def account(shop: Visit, document: str, **variables: object) -> dict[str, Any]:
    answer = shop.shopify(document, **variables).json()
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["shopifyPaymentsAccount"]
    return found


def lines(shop: Visit, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = account(shop, LINES, after=after, query=query)["balanceTransactions"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


def cents(amount: dict[str, str]) -> int:
    whole, _, part = amount["amount"].partition(".")
    return int(f"{whole}{part:0<2}")


def test_the_lines_of_each_shopify_payout_sum_to_it(visit: Open) -> None:
    shop = visit(orders=150, channels=("shopify-main",))

    payouts = account(shop, PAYOUTS)["payouts"]["nodes"]
    told = lines(shop)

    sums = Counter[str]()
    for line in told:
        sums[line["associatedPayout"]["id"] or ""] += cents(line["net"]) if line["type"] != "TRANSFER" else 0
    assert len(payouts) > 20
    assert {payout["id"]: cents(payout["net"]) for payout in payouts} == {own: total for own, total in sums.items() if own}
    assert {line["associatedPayout"]["id"] for line in told if line["associatedPayout"]["status"] == "PENDING"} <= {None}


def test_a_payout_and_its_transfer_are_found_by_its_number(visit: Open) -> None:
    shop = visit(orders=60, channels=("shopify-main",))

    payout = account(shop, PAYOUTS)["payouts"]["nodes"][3]
    told = lines(shop, f"payments_transfer_id:{payout['id'].rpartition('/')[2]}")

    assert {line["associatedPayout"]["id"] for line in told} == {payout["id"]}
    assert sum(cents(line["net"]) for line in told) == 0


def test_payouts_come_to_rest_and_refused_ones_are_paid_later(visit: Open, clock: Clock) -> None:
    shop = visit(orders=200, channels=("shopify-main",), seed=3)
    before = {payout["id"]: payout["status"] for payout in account(shop, PAYOUTS)["payouts"]["nodes"]}

    clock.pass_by(days=5)
    after = {payout["id"]: payout for payout in account(shop, PAYOUTS)["payouts"]["nodes"]}

    assert set(before.values()) >= {"PAID", "SCHEDULED", "FAILED"}
    assert {after[own]["status"] for own in before} == {"PAID", "FAILED"}
    assert (
        Counter(line["type"] for line in lines(shop))["TRANSFER_FAILURE"]
        == [payout["status"] for payout in after.values()].count("FAILED")
        > 0
    )


def test_a_line_is_given_its_payout_only_later(visit: Open, clock: Clock) -> None:
    shop = visit(orders=120, channels=("shopify-main",))
    shop.street.sell("shopify-main", "MUG-STONE-BLU", 1)
    waiting = {line["id"] for line in lines(shop) if line["associatedPayout"]["id"] is None}

    clock.pass_by(days=1)

    assert waiting
    assert waiting <= {line["id"] for line in lines(shop) if line["associatedPayout"]["id"] is not None}


def test_disputes_are_raised_and_decided_in_time(visit: Open, clock: Clock) -> None:
    shop = visit(orders=300, channels=("shopify-main",), seed=3)
    opened = {each["id"]: each["status"] for each in account(shop, DISPUTES)["disputes"]["nodes"]}

    clock.pass_by(days=20)
    decided = {each["id"]: each["status"] for each in account(shop, DISPUTES)["disputes"]["nodes"]}

    assert opened
    assert opened.keys() <= decided.keys()
    assert set(decided.values()) <= {"WON", "LOST"}


def test_the_entries_of_each_square_payout_sum_to_it(visit: Open) -> None:
    shop = visit(orders=150, channels=("square-till",))

    payouts = shop.square("payouts", location_id="LSTREET1", limit=100).json()["payouts"]
    truth = {each["external_id"]: each for each in shop.street.money()["payouts"]}

    assert {payout["id"]: payout["amount_money"]["amount"] for payout in payouts} == {
        own: each["amount"]["minor"] for own, each in truth.items()
    }
    for payout in payouts[:5]:
        entries = shop.square(f"payouts/{payout['id']}/payout-entries").json()["payout_entries"]
        assert {entry["id"]: entry["net_amount_money"]["amount"] for entry in entries} == truth[payout["id"]]["lines"]
        assert sum(entry["net_amount_money"]["amount"] for entry in entries) == payout["amount_money"]["amount"]


def test_square_pages_its_payouts_and_refuses_what_it_does_not_know(visit: Open) -> None:
    shop = visit(orders=150, channels=("square-till",))

    first = shop.square("payouts", sort_order="ASC", limit=7).json()
    second = shop.square("payouts", sort_order="ASC", limit=7, cursor=first["cursor"]).json()

    assert len({payout["id"] for payout in (*first["payouts"], *second["payouts"])}) == 14
    assert shop.square("payouts/po_nobody").status_code == 404
    assert shop.square("payouts", location_id="ELSEWHERE").status_code == 404
    assert shop.square("disputes").json().get("disputes", []) == [
        shop.square(f"disputes/{each['id']}").json()["dispute"] for each in shop.square("disputes").json().get("disputes", [])
    ]


def statements(home: Path, account: str) -> list[ET.Element]:
    files = sorted((home / "bank" / account / "out").glob("*.xml"))
    return [ET.fromstring(path.read_bytes()) for path in files]  # noqa: S314  written by the street itself


def signed(parent: ET.Element) -> int:
    amount, direction = parent.find("c:Amt", CAMT), parent.find("c:CdtDbtInd", CAMT)
    assert amount is not None
    assert direction is not None
    minor = int((amount.text or "").replace(".", ""))
    return minor if direction.text == "CRDT" else -minor


@pytest.mark.parametrize("folder", ["eur", "gbp"])
def test_each_statement_goes_on_where_the_one_before_ended(visit: Open, tmp_path: Path, folder: str) -> None:
    shop = visit(orders=150)
    shop.street.advance()

    closing: int | None = None
    for document in statements(tmp_path / "street", folder):
        balances = [signed(each) for each in document.findall(".//c:Bal", CAMT)]
        moved = sum(signed(entry) for entry in document.findall(".//c:Ntry", CAMT))
        assert closing in {None, balances[0]}
        assert balances[0] + moved == balances[1]
        closing = balances[1]
    assert closing is not None


def test_the_bank_books_every_payout_once_and_names_it(visit: Open, clock: Clock, tmp_path: Path) -> None:
    shop = visit(orders=200, seed=3)
    clock.pass_by(days=9)
    shop.street.advance()

    truth = shop.street.money()
    booked = Counter(own for line in truth["bank"] for own in line["payouts"])
    due = (datetime(2026, 11, 10, tzinfo=UTC) - timedelta(days=1)).date().isoformat()
    entries = [
        entry
        for folder in ("eur", "gbp")
        for each in statements(tmp_path / "street", folder)
        for entry in each.iter(f"{{{CAMT['c']}}}Ntry")
    ]

    assert set(booked) == {each["external_id"] for each in truth["payouts"] if not each["is_refused"] and each["arrival_on"] <= due}
    assert set(booked.values()) == {1}
    assert {len(line["payouts"]) for line in truth["bank"]} >= {0, 1, 2}
    assert sorted(signed(entry) for entry in entries) == sorted(line["amount"]["minor"] for line in truth["bank"])
    for payout in truth["payouts"]:
        for line in truth["bank"]:
            assert (payout["reference"] in line["text"]) == (payout["external_id"] in line["payouts"])


def test_the_same_seed_gives_the_same_money_and_statements(visit: Open, tmp_path: Path) -> None:
    first, second = visit("first", orders=90, seed=5), visit("second", orders=90, seed=5)
    for shop in (first, second):
        shop.street.advance()

    assert first.street.money() == second.street.money()
    assert [path.read_bytes() for path in sorted((tmp_path / "first/bank").rglob("*.xml"))] == [
        path.read_bytes() for path in sorted((tmp_path / "second/bank").rglob("*.xml"))
    ]


def test_what_was_paid_out_stays_as_it_was_while_the_street_lives_on(visit: Open, clock: Clock) -> None:
    shop = visit(orders=90)
    before = shop.street.money()

    for _ in range(3):
        clock.pass_by(hours=13)
        shop.street.advance()

    after = shop.street.money()
    assert after["payouts"][:1] == before["payouts"][:1]
    assert {each["external_id"] for each in before["payouts"]} < {each["external_id"] for each in after["payouts"]}
    assert all(each in after["payouts"] for each in before["payouts"])
    assert all(line in after["bank"] for line in before["bank"])
