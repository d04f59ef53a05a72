"""The generated quarter holds what it promises, and its judge complains of everything that can be wrong."""

from collections import Counter, defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar, get_args

import pytest

from model.errors import RejectedError
from model.records.breaks import BreakKind
from model.records.order import Order
from model.records.payment import Refund
from model.records.settlement import Payout, Settlement, SettlementLine
from model.records.statement import Statement
from model.rules.settlements import check_line, check_payout, check_settlement, check_statement
from model.store.money_rows import line_id, payout_id, settlement_id, statement_id, statement_line_id
from model.values.ids import derive_id
from tests.simulation.quarter_judge import Outcome, judge, lines_of, perfect
from tests.simulation.quarter_truth import BANK, IBAN, STORE, Bond
from tests.simulation.quarter_world import World, build

T = TypeVar("T")
ORDERS = 2_000


@pytest.fixture(scope="module")
def world() -> World:
    return build(ORDERS)


def _told(world: World, kind: type[T]) -> list[tuple[str, T]]:
    return [(each.account, each.record) for each in world.arrivals if isinstance(each.record, kind)]


def _lines(world: World) -> dict[str, SettlementLine]:
    lines: dict[str, SettlementLine] = {}
    for account, line in _told(world, SettlementLine):
        row = line_id(account, line.external_id)
        lines[row] = max(lines.get(row, line), line, key=lambda each: each.source_version)
    for account, settlement in _told(world, Settlement):
        lines |= {line_id(account, line.external_id): line for line in settlement.lines}
    return lines


def _payouts(world: World) -> dict[str, Payout]:
    payouts = {payout_id(account, payout.external_id): payout for account, payout in _told(world, Payout)}
    for account, settlement in _told(world, Settlement):
        payouts |= {payout_id(account, payout.external_id): payout for payout in settlement.payouts}
    return payouts


def _planted(world: World, kind: BreakKind) -> set[str]:
    return {subject for planted in world.truth.planted if planted.kind == kind for subject in planted.subjects}


def test_a_world_is_made_of_its_seed_and_of_nothing_else(world: World) -> None:
    assert build(ORDERS) == world
    assert build(ORDERS, 2) != world
    assert sorted(map(repr, world.shuffled(3).arrivals)) == sorted(map(repr, world.arrivals))


def test_every_kind_of_break_is_planted_and_every_quirk_is_there(world: World) -> None:
    assert {planted.kind for planted in world.truth.planted if planted.must} == set(get_args(BreakKind))
    assert all(planted.subjects for planted in world.truth.planted)
    assert sum(1 for _, order in _told(world, Order) if order.payments) >= ORDERS - 20
    assert {bond.why for bond in world.truth.bonds} >= {
        "two payments, one line", "one payment, two lines", "equal refunds", "equal captures", "second id", "order's number", "garbled",
        "amount alone", "converted", "dollars", "weeks later", "joined", "parts", "bare parts", "bare", "text", "reference", "fee said",
        "returned", "ambiguous", "ambiguous withdrawals",
    }  # fmt: skip


def test_what_providers_and_the_bank_state_adds_up_save_where_an_error_is_planted(world: World) -> None:
    lines, wrong = _lines(world), _planted(world, "payout_sum_differs")
    by_payout: dict[str | None, list[SettlementLine]] = defaultdict(list)
    for line in lines.values():
        check_line(line)
        by_payout[line.payout_external_id].append(line)
    for row, payout in _payouts(world).items():
        if payout.is_itemised and row not in wrong:
            check_payout(payout, tuple(by_payout[payout.external_id]))
    for row in wrong:
        payout = _payouts(world)[row]
        with pytest.raises(RejectedError):
            check_payout(payout, tuple(by_payout[payout.external_id]))
    for _, settlement in _told(world, Settlement):
        check_settlement(settlement)
    for _, statement in _told(world, Statement):
        check_statement(statement)


def test_balances_go_on_from_file_to_file_save_at_the_planted_gaps(world: World) -> None:
    ends: dict[tuple[str, str], int | None] = {}
    broken: set[str] = set()
    for account, told in sorted(_told(world, Settlement), key=lambda each: each[1].opened_at):
        if told.opening_minor is not None and ends.get((account, told.currency), 0) != told.opening_minor:
            broken.add(settlement_id(account, told.external_id, told.currency))
        ends[account, told.currency] = told.closing_minor
    closing: int | None = None
    gaps: set[str] = set()
    for _, statement in sorted(_told(world, Statement), key=lambda each: each[1].opened_on):
        if closing is not None and closing != statement.opening_minor:
            gaps.add(statement_id(BANK, statement.external_id))
        closing = statement.closing_minor

    assert len(broken) == 1
    assert broken <= _planted(world, "balance_differs")
    assert len(gaps) == 1
    assert gaps <= _planted(world, "statement_gap")


def test_lines_that_belong_together_agree_to_the_unit(world: World) -> None:
    left = {row: payout.amount_minor for row, payout in _payouts(world).items()}
    right = {row: line.presented_minor or line.gross_minor for row, line in _lines(world).items()}
    for account, order in _told(world, Order):
        left |= {derive_id(account, "payment", each.external_id): each.amount_minor for each in order.payments}
    left |= {derive_id(account, "refund", refund.external_id): -refund.amount_minor for account, refund in _told(world, Refund)}
    for _, statement in _told(world, Statement):
        right |= {statement_line_id(BANK, IBAN, line.external_id): line.amount_minor + line.fee_minor for line in statement.lines}

    wrong = [
        bond
        for bond in world.truth.bonds
        if bond.rule == "must" and sum(map(left.__getitem__, bond.lefts)) != sum(map(right.__getitem__, bond.rights))
    ]

    assert not wrong
    assert max(Counter(left[bond.lefts[0]] for bond in world.truth.bonds if {*bond.lefts} & left.keys()).values()) > ORDERS // 50
    assert any(payout.amount_minor < 0 for payout in _payouts(world).values())


def test_a_store_tells_its_lines_before_their_payout(world: World) -> None:
    told = [each.record for each in world.arrivals if each.account == STORE and isinstance(each.record, SettlementLine)]

    orphans = {line.external_id for line in told if line.payout_external_id is None}
    at_last = {line.external_id for line in told if line.payout_external_id is not None}

    assert len(orphans & at_last) > ORDERS // 5


def test_the_judge_finds_nothing_in_a_perfect_outcome(world: World) -> None:
    verdict = judge(world.truth, perfect(world.truth))

    assert verdict.is_clean, verdict
    assert verdict.recall == 1


def _bonds(world: World, rule: str, why: str) -> list[Bond]:
    return [bond for bond in world.truth.bonds if (bond.rule, bond.why) == (rule, why)]


def _with_match(outcome: Outcome, *bonds: Bond) -> Outcome:
    taken = frozenset(line for bond in bonds for line in lines_of(bond))
    return replace(outcome, matches={key: lines for key, lines in outcome.matches.items() if not lines & taken} | {"bad": taken})


@pytest.mark.parametrize("why", ["ambiguous", "amount differs", "currency differs", "ambiguous withdrawals", "bank differs"])
def test_the_judge_sees_a_match_that_is_a_guess(world: World, why: str) -> None:
    verdict = judge(world.truth, _with_match(perfect(world.truth), _bonds(world, "never", why)[0]))

    assert len(verdict.wrong) == 1


def test_the_judge_sees_lines_of_two_bonds_in_one_match(world: World) -> None:
    first, second = _bonds(world, "must", "plain")[:2]
    crossed = replace(first, rights=second.rights), replace(second, rights=first.rights)
    outcome = perfect(world.truth)

    verdict = judge(world.truth, _with_match(_with_match(outcome, first, second), crossed[0]))

    assert len(verdict.wrong) == 1
    assert verdict.recall < 1


def test_the_judge_sees_a_match_with_a_line_that_has_no_partner(world: World) -> None:
    [stray, *_] = _planted(world, "line_without_payment")
    [unpaid, *_] = _planted(world, "payment_unsettled")
    outcome = perfect(world.truth)

    verdict = judge(
        world.truth,
        replace(outcome, matches=outcome.matches | {"bad": frozenset([("payment", "left", unpaid), ("payment", "right", stray)])}),
    )

    assert len(verdict.wrong) == 1


def test_the_judge_sees_what_is_not_matched(world: World) -> None:
    outcome = perfect(world.truth)
    [gone, *_] = outcome.matches

    verdict = judge(world.truth, replace(outcome, matches={key: lines for key, lines in outcome.matches.items() if key != gone}))

    assert len(verdict.missed) == 1
    assert len(verdict.unnamed) == 1
    assert Fraction(99, 100) < verdict.recall < 1


@pytest.mark.parametrize("kind", get_args(BreakKind))
def test_the_judge_sees_a_planted_error_that_is_not_found_or_found_as_another(world: World, kind: BreakKind) -> None:
    outcome = perfect(world.truth)
    other = "payout_failed" if kind != "payout_failed" else "dispute_open"

    silent = judge(world.truth, replace(outcome, breaks=frozenset(each for each in outcome.breaks if each[0] != kind)))
    mistyped = judge(
        world.truth, replace(outcome, breaks=frozenset((other if each[0] == kind else each[0], each[1]) for each in outcome.breaks))
    )

    assert silent.unfound
    assert not silent.stray
    assert mistyped.unfound
    assert mistyped.stray


def test_the_judge_sees_breaks_and_rules_where_the_world_has_an_explanation(world: World) -> None:
    outcome, plain = perfect(world.truth), _bonds(world, "must", "plain")[0]
    [rent, *_] = outcome.ignored

    verdict = judge(
        world.truth,
        replace(outcome, breaks=outcome.breaks | {("payment_unsettled", plain.lefts[0])}, ignored=outcome.ignored - {rent} | {"x"}),
    )

    assert len(verdict.stray) == 1
    assert len(verdict.misplaced) == 2
