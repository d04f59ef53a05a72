"""860: a change of an order is applied without a guess, or refused by name."""

import pytest

from connectors._kit.x12.purchase_changes import amended, read_860
from connectors._kit.x12.purchase_orders import read_850
from connectors._kit.x12.purchase_slices import with_change
from model.errors import HubError
from model.records.order import Order
from tests.purchases import HEAD, WORDS, change, purchase


def _amended(change_raw: bytes, raw: bytes | None = None) -> Order:
    both = with_change(raw or purchase(), change_raw)
    assert both is not None
    return read_850(both, WORDS)


def test_lines_are_changed_added_and_taken_away() -> None:
    order = _amended(change("POC*1*CA*12**EA*2.50*PE*VN*MUG-STONE-BLU", "POC*2*DI", "POC*3*AI*1**EA*9*PE*VN*BOWL", "AMT*TT*39"))

    assert [(each.external_id, each.sku, each.quantity, each.total_minor) for each in order.lines] == [
        ("1", "MUG-STONE-BLU", 12000, 3000),
        ("3", "BOWL", 1000, 900),
    ]
    assert order.total_minor == 3900
    assert order.source_version > read_850(purchase(), WORDS).source_version


def test_the_same_change_twice_is_one() -> None:
    both = with_change(purchase(), change("POC*2*DI"))

    assert both is not None
    assert with_change(both, change("POC*2*DI")) is None


def test_a_second_change_stands_on_the_first() -> None:
    once = with_change(purchase(), change("POC*1*CA*12"))
    assert once is not None

    order = _amended(change("POC*1*CA**** 3".replace(" ", "*").replace("****", "***"), number=801), once)

    assert (order.lines[0].quantity, order.lines[0].total_minor) == (12000, 3600)


@pytest.mark.parametrize("raw", [change(head=("BCH*01*SA*PO-77***20260303",)), change("POC*1*DI", "POC*2*DI")])
def test_an_order_without_lines_is_cancelled(raw: bytes) -> None:
    assert _amended(raw).cancelled_at is not None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (change("POC*9*CA*1"), "is no line of the order"),
        (change("POC*1*AI*1**EA*1"), "is a line of the order already"),
        (change("POC*3*AI*1"), "without a quantity or a price"),
        (change("POC*1*QD*4"), "unknown; translate it"),
        (change("POC*1*CA*0"), "is nothing"),
        (change("POC*1*CA*1**EA*2.50*PE*VN*OTHER"), "another product"),
        (change("POC*1*CA*1**KG"), "another unit"),
        (change("POC*1*CA*1***0.333"), "finer than USD"),
        (change("POC*1*CA*1", "AMT*TT*1"), "is not what the order comes to"),
        (change("POC*1*CA*1", "SAC*A*C310***100"), "allowances or charges"),
        (change("POC*1*CA*1", "CTT*2"), "counts 2 lines"),
        (change(), "no such segment"),
        (change("N1*ST*Elsewhere", "POC*1*CA*1"), "another place"),
        (change("CUR*BY*EUR", "POC*1*CA*1"), "another currency"),
    ],
)
def test_what_cannot_be_applied_without_a_guess_is_refused_by_name(raw: bytes, reason: str) -> None:
    with pytest.raises(HubError, match=reason):
        _amended(raw)


@pytest.mark.parametrize("head", [(*HEAD, "TXI*ST*3"), (*HEAD, "SAC*A*C310***500")])
def test_an_order_with_taxes_or_allowances_is_changed_by_a_person(head: tuple[str, ...]) -> None:
    with pytest.raises(HubError, match="enter it by hand"):
        _amended(change("POC*1*CA*12"), purchase(head, tail=()))


def test_a_change_that_is_older_than_the_order_is_refused() -> None:
    order = read_850(purchase(), WORDS)
    late = read_860(change("POC*1*CA*12").replace(b"*20260304*0900*", b"*20260301*0900*"), WORDS)

    with pytest.raises(HubError, match="is older"):
        amended(order, late)
