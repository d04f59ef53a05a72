"""What Stripe's lines, payouts and disputes tell, and what of them is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.stripe import CONNECTOR
from connectors.stripe.mapping_lines import minor
from model.errors import MalformedError
from model.records.settlement import Dispute, Fee, Payout, SettlementLine
from model.rules.settlements import check_line
from tests.contract.dialects import Json
from tests.contract.remote import put

RECORDINGS = Path(__file__).parents[3] / "connectors/stripe/recordings"
PAYOUTS, LINES, DISPUTES = (json.loads((RECORDINGS / f"{name}.json").read_text("utf-8")) for name in ("payouts", "balances", "disputes"))
CHARGE, ABROAD, LONE_FEE, HELD = LINES[0], LINES[1], LINES[5], LINES[6]


def read(kind: str, document: Json, **changes: Json) -> Any:  # noqa: ANN401  one of three records
    """The record of a document, with other things under some paths (`__` for a dot)."""
    for path, value in changes.items():
        document = put(document, path.replace("__", "."), value)
    return CONNECTOR.kinds[kind].read(json.dumps(document).encode(), {})


def line(document: Json, **changes: Json) -> SettlementLine:
    record: SettlementLine = read("balance", document, **changes)
    check_line(record)
    return record


@pytest.mark.parametrize(
    ("amount", "code", "expected"),
    [(1234, "usd", 1234), (500, "jpy", 500), (5500, "kwd", 5500), (500, "isk", 5), (700, "ugx", 7), (12, "mga", 1200), (-300, "isk", -3)],
)
def test_amounts_are_counted_as_iso_counts_them(amount: int, code: str, expected: int) -> None:
    assert minor(amount, code) == expected


@pytest.mark.parametrize(("amount", "code"), [(550, "isk"), (-1, "ugx"), (1, "zzz"), (1, "btc")])
def test_a_part_of_the_smallest_coin_and_an_unknown_currency_are_refused(amount: int, code: str) -> None:
    with pytest.raises(MalformedError):
        minor(amount, code)


@pytest.mark.parametrize(
    ("category", "amount", "kind"),
    [
        ("charge", 100, "charge"),
        ("charge_failure", -100, "refund"),
        ("refund_failure", 100, "refund_failed"),
        ("dispute", -100, "dispute"),
        ("dispute_reversal", 100, "dispute_won"),
        ("payout", -100, "payout"),
        ("payout_reversal", 100, "payout_failed"),
        ("topup", 100, "top_up"),
        ("risk_reserved_funds", -100, "reserve_held"),
        ("risk_reserved_funds", 100, "reserve_released"),
        ("payout_minimum_balance_release", 100, "reserve_released"),
        ("financing_paydown", -100, "loan"),
        ("connect_collection_transfer", -100, "transfer"),
        ("other_adjustment", -100, "adjustment"),
        ("what_is_this", -100, "unknown"),
    ],
)
def test_a_category_says_what_a_line_is(category: str, amount: int, kind: str) -> None:
    told = line(CHARGE, line__reporting_category=category, line__amount=amount, line__net=amount, line__fee=0, line__fee_details=[])

    assert (told.kind, told.raw_kind, told.gross_minor, told.net_minor) == (kind, category, amount, amount)


def test_a_category_may_be_translated_in_the_settings() -> None:
    raw = json.dumps(put(CHARGE, "line.reporting_category", "odd")).encode()
    told: Any = CONNECTOR.kinds["balance"].read(raw, {"odd": "other_adjustment"})

    assert (told.kind, told.raw_kind) == ("adjustment", "odd")


def test_a_fee_on_its_own_line_has_no_gross() -> None:
    told = line(LONE_FEE)

    assert (told.kind, told.gross_minor, told.fees, told.net_minor) == ("fee", 0, (Fee(kind="other", amount_minor=45),), -45)
    assert line(LONE_FEE, line__type="stripe_fx_fee").fees == (Fee(kind="conversion", amount_minor=45),)
    assert line(LONE_FEE, line__reporting_category="tax").fees == (Fee(kind="tax", amount_minor=45),)


def test_what_the_buyer_paid_abroad_is_told_beside_what_came_of_it() -> None:
    told = line(ABROAD)

    assert (told.gross_minor, told.currency) == (10845, "USD")
    assert (told.presented_minor, told.presented_currency) == (9990, "EUR")
    assert {fee.kind: fee.amount_minor for fee in told.fees} == {"processing": 345, "tax": 72, "commission": 200}


def test_the_words_of_a_charge_stay_where_they_are() -> None:
    assert line(CHARGE, line__description="Lamp for Ida Sample").note is None
    assert line(HELD).note == "Reserve hold"


def test_a_source_told_by_its_id_alone_is_known_by_how_it_begins() -> None:
    charge, refund = line(CHARGE, line__source="ch_9"), line(LINES[2], line__source="re_9")

    assert (charge.payment_reference, charge.source_reference) == ("ch_9", None)
    assert (refund.payment_reference, refund.source_reference) == (None, "re_9")


def test_a_source_told_whole_within_a_source_is_its_id() -> None:
    told = line(LINES[2], line__source__charge={"id": "ch_77", "object": "charge"})

    assert told.payment_reference == "ch_77"


@pytest.mark.parametrize(
    "changes",
    [
        {"line__net": 1},
        {"line__fee_details": [{"amount": 1, "currency": "usd", "type": "stripe_fee"}]},
        {"line__fee_details": [{"amount": 184, "currency": "eur", "type": "stripe_fee"}]},
        {"line__currency": "USD"},
        {"line__id": "txn_other"},
        {"line__created": 4_000_000_000_000},
        {"line__amount": 5300.5},
    ],
)
def test_lines_whose_parts_do_not_agree_are_refused(changes: dict[str, Json]) -> None:
    with pytest.raises(MalformedError):
        line(CHARGE, **changes)


def test_a_fee_without_details_is_kept_all_the_same() -> None:
    assert line(CHARGE, line__fee_details=[]).fees == (Fee(kind="other", amount_minor=184),)


def test_a_payout_is_itemised_when_its_lines_are_settled() -> None:
    told: list[Payout] = [read("payout", payout) for payout in PAYOUTS]

    assert [payout.is_itemised for payout in told] == [True, True, False, False, False, False, True]
    assert [payout.status for payout in told] == ["paid", "in_transit", "paid", "paid", "failed", "scheduled", "paid"]
    assert read("payout", PAYOUTS[0], payout__automatic=False).is_itemised is False


def test_a_payouts_versions_follow_its_states_within_one_second() -> None:
    states = [
        ("pending", "in_progress"),
        ("in_transit", "in_progress"),
        ("in_transit", "completed"),
        ("paid", "completed"),
        ("failed", "completed"),
    ]
    told: list[Payout] = [read("payout", PAYOUTS[0], payout__status=word, payout__reconciliation_status=books) for word, books in states]

    versions = [payout.source_version for payout in told]
    assert versions == sorted(set(versions))


def test_a_dispute_tells_until_when_evidence_is_taken() -> None:
    told: Dispute = read("dispute", DISPUTES[1])

    assert (told.status, told.payment_reference, told.reason) == ("open", "ch_rec2", "fraudulent")
    assert told.due_at is not None
    assert read("dispute", DISPUTES[1], dispute__evidence_details=None).due_at is None
    assert read("dispute", DISPUTES[1], dispute__charge={"id": "ch_8"}).payment_reference == "ch_8"
