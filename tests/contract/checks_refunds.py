"""What a RefundSource promises beside its stream: each refund is its order's, and one with what the order itself tells of it."""

from collections import Counter
from collections.abc import Iterator

import pytest

from connectors.capabilities import Record
from model.records.order import Order
from model.records.payment import Refund
from model.records.shipment import Return
from tests.contract.hostile import dumped
from tests.contract.remote import recordings
from tests.contract.stand import Stand


def each_refund_names_its_order(stand: Stand) -> None:
    """Every refund that is read tells which sale it is of, though the vendor's own document may not."""
    told = {row.external_id: _refund(stand, row.body).order_external_id for row in stand.rows}
    slices = {raw for page in stand.link().pages() for raw in page.slices}
    assert {refund.external_id: refund.order_external_id for refund in (_refund(stand, raw) for raw in slices)} == told
    assert all(told.values())


def a_refund_read_on_its_own_is_no_outline(stand: Stand) -> None:
    """What the refund tells may replace what its order tells of it."""
    assert {_refund(stand, dumped(payload)).is_outline for payload in stand.recorded()} == {False}


def a_refund_told_twice_is_one(stand: Stand) -> None:
    """The refund that an order or return tells, and the same one read on its own, have one id, order, sum and currency."""
    if not any(_refunds_in(record) for record in _ordered(stand)):
        pytest.skip("this vendor's orders tell no refunds, as its recordings show")
    pairs = list(_told_twice(stand))
    assert pairs
    assert [_main(own) for own, _embedded in pairs] == [_main(embedded) for _own, embedded in pairs]


def no_more_goes_back_than_was_paid(stand: Stand) -> None:
    """Over all refunds of a recorded order that were not refused; each is of something, and its lines are of no more than all of it."""
    refunds = [_refund(stand, dumped(payload)) for payload in stand.recorded()]
    totals = {order.external_id: order.total_minor for order in _ordered(stand) if isinstance(order, Order)}
    back: Counter[str] = Counter()
    for refund in refunds:
        lines = sum(line.amount_minor + line.tax_minor for line in refund.lines)
        assert 0 <= lines + refund.shipping_minor <= refund.amount_minor
        back[refund.order_external_id] += 0 if refund.status in {"failed", "cancelled"} else refund.amount_minor
    assert totals.keys() & back.keys()
    assert [order for order, amount in back.items() if amount > totals.get(order, amount)] == []


def _told_twice(stand: Stand) -> Iterator[tuple[Refund, Refund]]:
    """Recorded refunds, each with what a recorded order tells of it."""
    embedded = {refund.external_id: refund for record in _ordered(stand) for refund in _refunds_in(record)}
    for payload in stand.recorded():
        own = _refund(stand, dumped(payload))
        if own.external_id in embedded:
            yield own, embedded[own.external_id]


def _ordered(stand: Stand) -> list[Record]:
    return [stand.kind.kinds["order"].read(dumped(payload), {}) for payload in recordings(stand.name, "orders")]


def _refunds_in(record: Record) -> tuple[Refund, ...]:
    return record.refunds if isinstance(record, Order | Return) else ()


def _refund(stand: Stand, raw: bytes) -> Refund:
    record = stand.read(raw)
    assert isinstance(record, Refund)
    return record


def _main(refund: Refund) -> tuple[str, str, int, str]:
    return refund.external_id, refund.order_external_id, refund.amount_minor, refund.currency


REFUNDS = (
    each_refund_names_its_order,
    a_refund_read_on_its_own_is_no_outline,
    a_refund_told_twice_is_one,
    no_more_goes_back_than_was_paid,
)
