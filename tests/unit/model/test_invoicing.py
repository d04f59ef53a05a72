"""An order is spread over its parts once and exactly; however it leaves, its invoices sum to it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import RejectedError
from model.records.invoice import PaperLine
from model.records.order import Adjustment, OrderLine
from model.rules.invoicing import Progress, line_part, merged, next_lines, outdated, parts_of, total_of
from tests.orders import line

MINOR = st.integers(0, 10**7)


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[OrderLine], list[Adjustment]]:
    """Lines and adjustments with taxes that the lines claim, in part or not at all."""
    lines: list[OrderLine] = []
    adjustments: list[Adjustment] = []
    claims = draw(st.booleans())
    for number in range(draw(st.integers(1, 4))):
        tax = draw(MINOR) if claims else 0
        lines.append(replace(line(str(number), draw(MINOR), draw(st.integers(1, 9)) * 1000), tax_minor=tax))
        named = str(number) if draw(st.booleans()) else None
        adjustments.append(Adjustment(kind="tax", title="VAT", amount_minor=tax, rate="0.2", line_external_id=named))
    adjustments += [Adjustment(kind="shipping", title="s", amount_minor=draw(MINOR)), Adjustment(kind="charge", title="c", amount_minor=-1)]
    adjustments += [Adjustment(kind="tax", title="other", amount_minor=draw(MINOR))]
    off = sum(each.total_minor for each in lines)
    adjustments.append(Adjustment(kind="discount", title="d", amount_minor=draw(st.integers(0, off))))
    return lines, adjustments


def total(lines: list[OrderLine], adjustments: list[Adjustment]) -> int:
    signs = {"shipping": 1, "tax": 1, "charge": 1, "discount": -1}
    return sum(each.total_minor for each in lines) + sum(signs[each.kind] * each.amount_minor for each in adjustments)


@given(orders())
@settings(deadline=None, max_examples=150)
def test_the_parts_of_an_order_sum_to_its_total_and_its_tax(told: tuple[list[OrderLine], list[Adjustment]]) -> None:
    parts = parts_of(*told)

    assert sum(part.net_minor + sum(tax.amount_minor for tax in part.taxes) for part in parts) == total(*told)
    assert sum(tax.amount_minor for part in parts for tax in part.taxes) == sum(a.amount_minor for a in told[1] if a.kind == "tax")


@given(orders(), st.data())
@settings(deadline=None, max_examples=150)
def test_invoices_sum_to_the_order_however_it_leaves(told: tuple[list[OrderLine], list[Adjustment]], data: st.DataObject) -> None:
    parts = parts_of(*told)
    waits = {line_part(each.external_id): each.quantity // 1000 for each in told[0]}
    gone = dict.fromkeys(waits, 0)
    before: dict[str, PaperLine] = {}
    while any(waits.values()):
        part = data.draw(st.sampled_from([name for name, units in waits.items() if units]))
        units = data.draw(st.integers(1, waits[part]))
        waits[part] -= units
        gone[part] += units * 1000
        new = next_lines(parts, before, Progress(gone, is_last=not any(waits.values())))
        before = merged([*before.values(), *new])
        assert outdated(parts, before) is None

    assert total_of(list(before.values())) == total(*told)
    assert {name: each.quantity for name, each in before.items() if each.kind == "line"} == gone


def test_a_discount_that_the_order_gives_to_one_line_stays_there() -> None:
    named = Adjustment(kind="discount", title="d", amount_minor=90, line_external_id="b")
    spread = Adjustment(kind="discount", title="e", amount_minor=10)

    parts = parts_of([line("a", 1000), line("b", 3000)], [named, spread])

    assert {part.part: part.discount_minor for part in parts} == {"line:a": 3, "line:b": 97}


def test_tax_that_no_line_claims_is_on_shipping_where_lines_claim_theirs() -> None:
    lines = [replace(line("a", 1000), tax_minor=190)]
    adjustments = [Adjustment(kind="tax", title="VAT", amount_minor=285), Adjustment(kind="shipping", title="s", amount_minor=500)]

    parts = parts_of(lines, adjustments)

    assert {part.part: sum(tax.amount_minor for tax in part.taxes) for part in parts} == {"line:a": 190, "shipping:1": 95}


@pytest.mark.parametrize(
    ("tax", "adjustment", "why"),
    [
        (5, Adjustment(kind="tax", title="t", amount_minor=4, line_external_id="a"), "tax lines name 4, the line says 5"),
        (5, Adjustment(kind="tax", title="t", amount_minor=4), "5 minor units are not in the order's tax lines"),
        (0, Adjustment(kind="tax", title="t", amount_minor=-4), "a tax line is negative"),
    ],
)
def test_tax_that_does_not_add_up_is_refused(tax: int, adjustment: Adjustment, why: str) -> None:
    with pytest.raises(RejectedError, match=why):
        parts_of([replace(line("a", 1000), tax_minor=tax)], [adjustment])
