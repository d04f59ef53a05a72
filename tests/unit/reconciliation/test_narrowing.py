"""Passes over a small table of what is still open find what they would have found among all lines."""

import pytest
from hypothesis import given, settings

from reconciliation import halves
from reconciliation.engine import match
from reconciliation.frames import side
from reconciliation.passes import PAYMENTS, Pass
from tests.unit.reconciliation.drawn import EVERY, Rows, rows
from tests.unit.reconciliation.lines import content, line


def narrow(left: Rows, right: Rows, passes: tuple[Pass, ...]) -> tuple[object, int]:
    """What a run says that makes a smaller table wherever it can, and how many it made."""
    made, whole = 0, halves.Few

    def counted(*parts: object) -> halves.Few:
        nonlocal made
        made += 1
        return whole(*parts)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(halves, "WORTH_NARROWING", 0)
        changed.setattr(halves, "Few", counted)
        return content(match(side(left), side(right), passes)), made


@settings(max_examples=60, deadline=None)
@given(rows("l"), rows("r"), EVERY)
def test_a_smaller_table_changes_nothing(left: Rows, right: Rows, passes: tuple[Pass, ...]) -> None:
    assert narrow(left, right, passes)[0] == content(match(side(left), side(right), passes))


def test_smaller_tables_are_made_of_smaller_tables() -> None:
    """Most lines match by their first id, most of the others by the second, the rest by reference, as parts of one, or not at all."""
    left = [line(f"l{at}", 100 + at, 1, provider_id=f"ch_{at}") for at in range(200)]
    right = [line(f"r{at}", 100 + at, 2, provider_id=f"ch_{at}") for at in range(199, -1, -1)]
    left += [line(f"lp{at}", 700 + at, 1, provider_id_2=f"pi_{at}") for at in range(20)]
    right += [line(f"rp{at}", 700 + at, 2, provider_id_2=f"pi_{at}") for at in range(20)]
    left += [
        line("ls", 900, 1, reference="A-1"),
        line("lo", 55, 1),
        line("lt", 33, 1, reference="A-2"),
        line("lt2", 33, 1, reference="A-2"),
    ]
    right += [
        line("rs1", 400, 2, reference="A-1"),
        line("rs2", 500, 2, reference="A-1"),
        line("ro", 56, 2),
        line("rt", 33, 2, reference="A-2"),
    ]

    found, made = narrow(left, right, PAYMENTS)

    assert made >= 4
    assert found == content(match(side(left), side(right), PAYMENTS))
