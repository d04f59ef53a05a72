"""Refund, return, cancellation and price adjustment are four facts, each told apart from the others."""

from dataclasses import replace

import pytest

from model.records.payment import Refund, RefundLine, Restock
from model.records.shipment import Return, ReturnLine
from model.rules.after_sales import Fact, LineStory, facts_of
from tests.saving import NOW

REFUND = Refund(external_id="R1", order_external_id="1001", status="succeeded", amount_minor=1190, currency="EUR", created_at=NOW)
CHANGED = LineStory(external_id="a", first=3000, now=3000, left=3000, changed_at=NOW)
BACK = Return(
    external_id="B1", order_external_id="1001", status="open", created_at=NOW, updated_at=NOW, source_version=1, currency="EUR",
    lines=(ReturnLine(line_external_id="a", quantity=1000, amount_minor=1000, tax_minor=190),),
)  # fmt: skip


def line(restock: Restock, quantity: int = 1000, amount: int = 1000) -> RefundLine:
    return RefundLine(line_external_id="a", quantity=quantity, amount_minor=amount, tax_minor=190 if amount else 0, restock=restock)


def kinds(facts: tuple[Fact, ...]) -> list[tuple[str, int, int]]:
    return [(each.kind, each.quantity, each.amount_minor) for each in facts]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((line("return"),), [("refund", 0, 1190), ("return", 1000, 1190)]),
        ((line("cancel"),), [("cancellation", 1000, 1190), ("refund", 0, 1190)]),
        ((line("none"),), [("price_adjustment", 0, 1190), ("refund", 0, 1190)]),
        ((line("none", quantity=0),), [("price_adjustment", 0, 1190), ("refund", 0, 1190)]),
        ((), [("price_adjustment", 0, 1190), ("refund", 0, 1190)]),
    ],
)
def test_one_refund_tells_of_money_and_of_what_it_is_for(lines: tuple[RefundLine, ...], expected: list[tuple[str, int, int]]) -> None:
    facts = facts_of([replace(REFUND, lines=lines)], [], [], None)

    assert kinds(facts) == expected


def test_goods_taken_back_without_money_are_a_return_alone() -> None:
    facts = facts_of([replace(REFUND, amount_minor=0, lines=(line("return", amount=0),))], [], [], None)

    assert kinds(facts) == [("return", 1000, 0)]


def test_a_return_of_its_own_is_told_once() -> None:
    facts = facts_of([replace(REFUND, lines=(line("return"),))], [BACK], [CHANGED], None)

    assert kinds(facts) == [("refund", 0, 1190), ("return", 1000, 1190)]
    assert [each.told_by for each in facts] == ["refund R1", "return B1"]


def test_what_nobody_said_is_marked_as_not_sure() -> None:
    unsaid = facts_of([replace(REFUND, lines=(line("unknown"),))], [], [], None)
    outline = facts_of([replace(REFUND, is_outline=True)], [], [], None)

    assert [each.is_sure for each in unsaid if each.kind == "price_adjustment"] == [False]
    assert [each.is_sure for each in outline if each.kind == "price_adjustment"] == [False]


@pytest.mark.parametrize(
    ("now", "left", "expected"),
    [
        (2000, 0, [("cancellation", 1000, 0)]),
        (2000, 2000, [("cancellation", 1000, 0)]),
        (2000, 3000, [("return", 1000, 0)]),
        (0, 1000, [("cancellation", 2000, 0), ("return", 1000, 0)]),
    ],
)
def test_a_line_that_shrank_was_cancelled_as_far_as_it_had_not_left(now: int, left: int, expected: list[tuple[str, int, int]]) -> None:
    facts = facts_of([], [], [replace(CHANGED, now=now, left=left)], None)

    assert kinds(facts) == expected


def test_what_a_document_tells_of_a_line_is_not_told_again_by_its_shrinking() -> None:
    shrunk = replace(CHANGED, now=1000, left=3000)

    facts = facts_of([replace(REFUND, lines=(line("return"),))], [], [shrunk], None)

    assert kinds(facts) == [("refund", 0, 1190), ("return", 1000, 0), ("return", 1000, 1190)]


def test_a_cancelled_order_cancels_what_had_not_left() -> None:
    facts = facts_of([], [], [replace(CHANGED, left=1000)], NOW)

    assert kinds(facts) == [("cancellation", 2000, 0)]
