"""What holds for every run, whatever the lines: nothing lost, nothing twice, nothing by chance."""

from collections import Counter
from itertools import chain
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as some

from reconciliation.engine import Matched, match
from reconciliation.frames import side
from reconciliation.passes import PAYMENTS, Pass
from tests.unit.reconciliation.drawn import EVERY, Rows, rows
from tests.unit.reconciliation.lines import content, groups


def members(found: Matched) -> list[tuple[str, str]]:
    return [(row["side"], row["id"]) for row in found.members.to_pylist()]


@settings(max_examples=25, deadline=None)
@given(rows("l"), rows("r"), EVERY)
def test_every_line_is_in_exactly_one_place(left: Rows, right: Rows, passes: tuple[Pass, ...]) -> None:
    found = match(side(left), side(right), passes)

    over = [("left", row["id"]) for row in found.left_over.to_pylist()] + [("right", row["id"]) for row in found.right_over.to_pylist()]
    assert Counter(members(found) + over) == Counter([("left", row[0]) for row in left] + [("right", row[0]) for row in right])


@settings(max_examples=25, deadline=None)
@given(rows("l"), rows("r"), EVERY)
def test_the_sums_of_a_match_are_those_of_its_members_and_near_enough(left: Rows, right: Rows, passes: tuple[Pass, ...]) -> None:
    found = match(side(left), side(right), passes)

    amounts = {("left", row[0]): row[3] for row in left} | {("right", row[0]): row[3] for row in right}
    sums: Counter[tuple[int, str]] = Counter()
    for row in found.members.to_pylist():
        sums[row["match_no"], row["side"]] += amounts[row["side"], row["id"]]
    for row in found.matches.to_pylist():
        assert (row["amount_left"], row["amount_right"]) == (sums[row["match_no"], "left"], sums[row["match_no"], "right"])
        assert row["difference"] == row["amount_right"] - row["amount_left"]
        assert row["difference"] == 0 or row["pass_name"] == "tolerant"


@settings(max_examples=25, deadline=None)
@given(rows("l"), rows("r"), EVERY)
def test_a_match_stays_inside_one_account_and_currency(left: Rows, right: Rows, passes: tuple[Pass, ...]) -> None:
    found = match(side(left), side(right), passes)

    inside = {row[0]: (row[1], row[2]) for row in left + right}
    assert all(len({inside[name] for name in chain(lefts, rights)}) == 1 for lefts, rights in groups(found).items())


@settings(max_examples=25, deadline=None)
@given(rows("l"), rows("r"), EVERY, some.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(left: Rows, right: Rows, passes: tuple[Pass, ...], chance: Any) -> None:  # noqa: ANN401 (random.Random)
    once = match(side(left), side(right), passes)

    chance.shuffle(left)
    chance.shuffle(right)
    assert content(match(side(left), side(right), passes)) == content(once)


@settings(max_examples=25, deadline=None)
@given(rows("l"), rows("r"), EVERY)
def test_a_second_run_finds_nothing_more(left: Rows, right: Rows, passes: tuple[Pass, ...]) -> None:
    once = match(side(left), side(right), passes)
    again = match(side(left), side(right), passes, already=once.members)

    assert again.matches.num_rows == 0
    assert content(again)[1:] == content(once)[1:]


@settings(max_examples=25, deadline=None)
@given(rows("l"), rows("r"), EVERY)
def test_a_looser_pass_never_takes_what_a_stricter_one_could(left: Rows, right: Rows, passes: tuple[Pass, ...]) -> None:
    every = match(side(left), side(right), passes)

    for at, rule in enumerate(passes[:-1]):
        strict = match(side(left), side(right), passes[: at + 1])
        names = {each.name for each in passes[: at + 1]}
        of_strict = {row["match_no"] for row in every.matches.to_pylist() if row["pass_name"] in names}
        kept = {(row["side"], row["id"]) for row in every.members.to_pylist() if row["match_no"] in of_strict}
        if rule.by_id:
            assert kept == set(members(strict))


@settings(max_examples=25, deadline=None)
@given(rows("l"), rows("r"))
def test_the_sides_may_change_places(left: Rows, right: Rows) -> None:
    one = Pass("named", keys=("reference",), before_days=2, after_days=4)
    other = Pass("named", keys=("reference",), before_days=4, after_days=2)
    many = Pass("divided", "one_to_many", keys=("provider_id",), before_days=2, after_days=4)
    back = Pass("divided", "many_to_one", keys=("provider_id",), before_days=4, after_days=2)
    some_of = Pass("some", "one_to_many", within="account", before_days=2, after_days=4)
    some_back = Pass("some", "many_to_one", within="account", before_days=4, after_days=2)

    there = groups(match(side(left), side(right), (one, many, some_of)))
    here = groups(match(side(right), side(left), (other, back, some_back)))
    assert there == {rights: lefts for lefts, rights in here.items()}


def test_two_empty_sides_give_empty_tables() -> None:
    found = match(side([]), side([]), PAYMENTS)

    tables: list[pa.Table] = [found.matches, found.members, found.left_over, found.right_over]
    assert [table.num_rows for table in tables] == [0, 0, 0, 0]
