"""Proposals bring hard leftovers together, decide nothing, and leave alone what is not clear."""

import json

from benchmarks.hard_truth import hard_truth
from reconciliation.frames import side
from reconciliation.fuzzy import propose
from tests.unit.reconciliation.lines import line, lines


def test_a_harder_truth_is_found_nearly_whole_and_nearly_without_error() -> None:
    left, right, truth = hard_truth(1500)

    found = {(row["left_id"], row["right_id"]) for row in propose(left, right).to_pylist()}
    assert len(found & truth) >= 0.98 * len(truth)
    assert len(found & truth) >= 0.99 * len(found)


def test_a_proposal_says_why() -> None:
    proposed = propose(lines(line("p", 10_000, reference="CH88231199")), lines(line("s", 9_680, 1, reference="CH8823119"))).to_pylist()

    assert (proposed[0]["left_id"], proposed[0]["right_id"]) == ("p", "s")
    assert json.loads(proposed[0]["why"]) == {"reference_alike": 1000, "difference": -320, "days": 1}
    assert 0 <= proposed[0]["score"] <= 1000


def test_two_lines_that_fit_equally_are_not_proposed() -> None:
    assert propose(lines(line("p", 999)), lines(line("s", 999, 1), line("t", 999, 1))).num_rows == 0


def test_another_account_or_currency_is_never_proposed() -> None:
    left = lines(line("p", 999, reference="CH88231199"))
    right = lines(line("s", 999, reference="CH88231199", currency="USD"), line("t", 999, reference="CH88231199", account="B"))

    assert propose(left, right).num_rows == 0


def test_nothing_left_over_gives_no_proposal() -> None:
    assert propose(side([]), side([])).num_rows == 0
