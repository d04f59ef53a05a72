"""What is matched, what is not, and what a leftover says about itself."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from model.errors import MalformedError
from reconciliation import halves, subsets
from reconciliation.engine import match
from reconciliation.frames import MOST_MINOR, Codes, side
from reconciliation.passes import BANK, PAYMENTS, Pass, Tolerance
from tests.unit.reconciliation.lines import groups, line, matched, reasons


def test_a_payment_and_its_settlement_line_meet_by_provider_id() -> None:
    found = matched([line("p", 500, provider_id="ch_1")], [line("s", 500, 2, provider_id="ch_1")], *PAYMENTS)

    assert groups(found) == {("p",): ("s",)}
    assert json.loads(found.matches.to_pylist()[0]["evidence"]) == {
        "agreed": ["account", "currency", "provider_id", "kind", "amount"],
        "days": 2,
        "refused": 0,
    }


def test_a_payment_settled_in_several_lines_is_one_match() -> None:
    parts = [line("s1", 300, 1, provider_id="ch_1"), line("s2", 200, 3, provider_id="ch_1")]
    found = matched([line("p", 500, provider_id="ch_1")], parts, *PAYMENTS)

    assert groups(found) == {("p",): ("s1", "s2")}
    assert found.matches.to_pylist()[0]["shape"] == "one_to_many"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": 480}, "amount_differs"),
        ({"currency": "USD"}, "currency_differs"),
        ({"account": "B"}, "account_differs"),
        ({"kind": "refund"}, "kind_differs"),
        ({"day": 200}, "outside_window"),
        ({"provider_id": "ch_2"}, "no_candidate"),
    ],
)
def test_a_leftover_says_what_differs(change: dict[str, Any], reason: str) -> None:
    other: dict[str, Any] = {"name": "s", "amount": 500, "provider_id": "ch_1"} | change
    found = matched([line("p", 500, provider_id="ch_1")], [line(**other)], *PAYMENTS)

    assert groups(found) == {}
    assert reasons(found.left_over) == {"p": reason}
    assert reasons(found.right_over) == {"s": reason}


def test_at_most_five_candidates_are_told_each_with_why_not() -> None:
    found = matched([line("p", 500, provider_id="ch_1")], [line(f"s{at}", 10 + at, provider_id="ch_1") for at in range(9)], *PAYMENTS)

    told = json.loads(found.left_over.to_pylist()[0]["candidates"])
    assert [each["id"] for each in told] == ["s8", "s7", "s6", "s5", "s4"]
    assert told[0]["why"] == "amount differs by -482"


def test_equal_lines_that_nothing_tells_apart_are_paired_if_equally_many() -> None:
    left = [line(f"p{at}", 500, provider_id="ch_1") for at in range(3)]
    right = [line(f"s{at}", 500, provider_id="ch_1") for at in range(3)]
    found = matched(left, right, *PAYMENTS)

    assert groups(found) == {(f"p{at}",): (f"s{at}",) for at in range(3)}
    assert json.loads(found.matches.to_pylist()[0]["evidence"])["refused"] == 2


@pytest.mark.parametrize("more", [{"group_id": "po_2"}, {"text": "other"}, {"day": 1}])
def test_equal_lines_of_one_id_are_paired_in_the_order_of_days(more: dict[str, Any]) -> None:
    left = [line("p0", 500, provider_id="ch_1"), line("p1", 500, provider_id="ch_1")]
    other: dict[str, Any] = {"amount": 500, "provider_id": "ch_1"} | more
    found = matched(left, [line("s1", **other), line("s0", 500, provider_id="ch_1")], *PAYMENTS)

    assert groups(found) == {("p0",): ("s0",), ("p1",): ("s1",)}


def test_equal_lines_without_an_id_are_ambiguous() -> None:
    left = [line("p0", 500), line("p1", 500)]
    found = matched(left, [line("s0", 500), line("s1", 500)], *PAYMENTS)

    assert groups(found) == {}
    assert set(reasons(found.left_over).values()) | set(reasons(found.right_over).values()) == {"ambiguous"}


def test_two_equal_payments_before_one_line_are_ambiguous() -> None:
    left = [line("p0", 500, provider_id="ch_1"), line("p1", 500, provider_id="ch_1")]
    found = matched(left, [line("s", 500, provider_id="ch_1")], *PAYMENTS)

    assert groups(found) == {}
    assert reasons(found.left_over) == {"p0": "ambiguous", "p1": "ambiguous"}


def test_an_amount_alone_matches_only_where_each_is_the_others_only_candidate() -> None:
    left = [line("p0", 500), line("p1", 700), line("p2", 700)]
    found = matched(left, [line("s0", 500, 3), line("s1", 700)], *PAYMENTS)

    assert groups(found) == {("p0",): ("s0",)}


def test_ids_that_contradict_each_other_forbid_a_match_by_amount() -> None:
    found = matched([line("p", 500, reference="A1")], [line("s", 500, reference="B2")], *PAYMENTS)

    assert groups(found) == {}
    assert json.loads(found.left_over.to_pylist()[0]["candidates"]) == [{"id": "s", "why": "an id differs"}]


def test_a_line_whose_own_mate_has_another_amount_is_not_given_to_a_stranger() -> None:
    right = [line("mate", 480, provider_id="ch_1"), line("stranger", 500)]
    found = matched([line("p", 500, provider_id="ch_1")], right, *PAYMENTS)

    assert groups(found) == {}
    assert reasons(found.left_over) == {"p": "amount_differs"}


@pytest.mark.parametrize(
    ("text", "fits"), [("TRANSFER po-1234 STRIPE", True), ("PO-12345", False), ("REF:PO1234/EUR", True), ("P O 1234", False)]
)
def test_a_payout_is_found_by_its_reference_in_the_text(text: str, fits: bool) -> None:  # noqa: FBT001 (a case's outcome)
    right = [line("b0", 900, 2, text=text), line("b1", 900, 2, text="something else")]
    found = matched([line("po", 900, reference="PO-1234")], right, *BANK)

    assert groups(found) == ({("po",): ("b0",)} if fits else {})


@pytest.mark.parametrize(("day", "fits"), [(-2, False), (-1, True), (0, True), (7, True), (8, False)])
def test_the_value_date_may_be_five_business_days_later(day: int, fits: bool) -> None:  # noqa: FBT001
    found = matched([line("po", 900)], [line("b", 900, day)], *BANK)

    assert bool(groups(found)) is fits


def test_a_deposit_of_several_payouts_is_found_where_one_choice_fits() -> None:
    found = matched([line("a", 100), line("b", 250), line("c", 470, 1)], [line("d", 350, 2)], *BANK)

    assert groups(found) == {("a", "b"): ("d",)}
    assert reasons(found.left_over) == {"c": "no_candidate"}


def test_a_deposit_that_two_choices_fit_is_ambiguous() -> None:
    found = matched([line("a", 100), line("b", 250), line("c", 50), line("e", 300)], [line("d", 350, 2)], *BANK)

    assert groups(found) == {}
    assert reasons(found.right_over) == {"d": "ambiguous"}


def test_a_payout_in_several_lines_and_a_negative_one_are_found() -> None:
    found = matched([line("a", 350), line("debit", -80)], [line("b", 100, 1), line("c", 250, 1), line("d", -80, 1)], *BANK)

    assert groups(found) == {("a",): ("b", "c"), ("debit",): ("d",)}


def test_a_hostile_block_costs_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    whole = subsets._subsets  # pyright: ignore[reportPrivateUsage]

    def counted(amounts: list[int], *more: Any) -> Any:  # noqa: ANN401
        tried.append(len(amounts))
        return whole(amounts, *more)

    monkeypatch.setattr(subsets, "_subsets", counted)
    matched([line(f"p{at}", 2**at % 999_983) for at in range(400)], [line(f"b{at}", 10**9 + at, 1) for at in range(400)], *BANK)
    assert sum(each**2 for each in tried) <= 2 * subsets.MOST_WORK


def test_one_reference_on_every_line_does_not_multiply() -> None:
    count = 20_000
    rows = [line(str(at), 100, at % 50, reference="N/A") for at in range(count)]
    found = matched(rows, rows, *PAYMENTS)

    assert found.matches.num_rows == 0
    assert set(reasons(found.left_over).values()) == {"ambiguous"}


def test_two_texts_of_one_hash_are_no_match(monkeypatch: pytest.MonkeyPatch) -> None:
    def colliding(_: halves.Half, table: pa.Table, columns: object) -> Codes:
        del columns
        return np.zeros(table.num_rows, np.uint64)

    monkeypatch.setattr(halves.Half, "hashed", colliding)
    found = matched([line("p", 500, provider_id="ch_1")], [line("s", 500, provider_id="ch_2")], PAYMENTS[0])

    assert groups(found) == {}


@pytest.mark.parametrize(
    "rows",
    [
        [line("p", 500), line("p", 600)],
        [line("p", MOST_MINOR + 1)],
        [line("p", 500, account=None)],
        [line("p", 500)[:-1]],
        [(*line("p", 500)[:3], 5 / 2, *line("p", 500)[4:])],
        [(*line("p", 500)[:3], 2**70, *line("p", 500)[4:])],
        [(*line("p", 500)[:5], "bad \ud800 text", *line("p", 500)[6:])],
    ],
    ids=["twice", "huge", "no account", "short", "float", "beyond 64 bits", "no text"],
)
def test_what_is_no_side_is_malformed(rows: list[tuple[Any, ...]]) -> None:
    with pytest.raises(MalformedError, match=r"side|left"):
        match(side(rows), side([]), PAYMENTS)


def test_crowds_within_a_tolerance_are_contested_and_not_guessed() -> None:
    near = Pass("near", keys=("reference",), amount=Tolerance(10))
    crowd = [line(f"p{at}", 500 + at, reference="R") for at in range(3)]
    found = matched(crowd, [line("s", 501, reference="R"), line("t", 900, reference="R")], near)

    assert groups(found) == {}
    assert reasons(found.left_over)["p0"] == "ambiguous"
    assert reasons(found.right_over)["t"] == "amount_differs"
