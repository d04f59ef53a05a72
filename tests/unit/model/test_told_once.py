"""Documents without versions: the same one is known by what it says, and another is told from it."""

from dataclasses import replace

from model.records.order import FieldSource
from model.rules.told_once import says_otherwise, told_once
from tests.orders import order

VERSION = 1742290083757777024
"""Of the order below; it may change only with what the order says."""


def test_the_version_is_what_the_order_says_and_nothing_else() -> None:
    one = told_once(order())

    assert told_once(replace(order(), source_version=7)) == one
    assert told_once(one) == one
    assert told_once(replace(order(), number="another")).source_version != one.source_version
    assert -(2**62) - 1 <= one.source_version < 0


def test_where_it_was_read_and_what_is_left_out_are_no_part_of_it() -> None:
    one = told_once(order())

    assert (
        told_once(replace(order(), sources=(FieldSource(path="total", place="row 3", confidence=80),))).source_version == one.source_version
    )
    assert one.source_version == -VERSION, "documents of before would say otherwise after an upgrade"


def test_only_another_document_says_otherwise() -> None:
    one, other = told_once(order()).source_version, told_once(replace(order(), number="another")).source_version

    assert says_otherwise(one, other)
    assert says_otherwise(one, 5), "a version of its own is no reason to believe the document"
    assert not says_otherwise(one, one)
    assert not says_otherwise(5, one)
