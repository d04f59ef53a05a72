"""What partners tell of goods and bills is booked once, or held with its reason until it can be."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from model.records.advice import (
    AdjustedLine,
    AdjustmentAdvice,
    BilledLine,
    FreightBill,
    ReceiptAdvice,
    ReceivedLine,
    SnapshotLine,
    StockSnapshot,
    WarehouseRecord,
)
from model.store import accounts
from model.store.advices import BOOKINGS
from model.store.catalogue import INBOUND
from model.store.database import Database
from model.store.fulfilments import SHIPMENTS
from model.values.instant import iso
from operations.book_advices import book_advices
from operations.reports import Report
from tests.conftest import StillClock
from tests.saving import NOW
from tests.shelf import add_skus
from tests.unit.operations.shipping_desk import PARTNER, Desk

TOLD: dict[str, Any] = {"told_at": NOW, "source_version": 1}


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    desk = Desk(database, tmp_path, clock)
    database.run(lambda c: accounts.meet(c, "threepl", "shipbob", "main", at=NOW))
    desk.lay("pot", 10)
    return desk


def tell(desk: Desk, *records: WarehouseRecord) -> Report:
    """The partner tells this, and it is booked."""
    store, at = desk.trade.store, desk.clock.at
    key_id = store.sealer.key_for(desk.database, "threepl", NOW)
    store.reading = replace(store.reading, account_id="threepl", key_id=key_id, stream="advices", at=at, moment=iso(at))
    store.save(*records)
    return book_advices(desk.hub, PARTNER)


def receipt(name: str, sku: str, units: int, **more: Any) -> ReceiptAdvice:  # noqa: ANN401
    lines = (ReceivedLine(sku=sku, quantity=units * 1000), ReceivedLine(sku=sku, quantity=1000, condition="damaged"))
    told = ReceiptAdvice(external_id=name, reference="PO-1", received_at=NOW, is_return=False, lines=lines, **TOLD)
    return replace(told, **more)


def adjusted(name: str, *lines: AdjustedLine) -> AdjustmentAdvice:
    return AdjustmentAdvice(external_id=name, adjusted_at=NOW, lines=lines, **TOLD)


def counted(name: str, units: int, minutes: int = 0) -> StockSnapshot:
    at = NOW + timedelta(minutes=minutes)
    lines = (SnapshotLine(sku="pot", on_hand=units * 1000),)
    return StockSnapshot(external_id=name, told_at=at, source_version=1, taken_at=at, lines=lines)


def bill(name: str, total: int, *lines: tuple[str | None, int]) -> FreightBill:
    told = tuple(BilledLine(reference=reference, title="parcel", amount_minor=amount) for reference, amount in lines)
    return FreightBill(external_id=name, issued_on=date(2026, 3, 2), currency="EUR", total_minor=total, lines=told, **TOLD)


def held(desk: Desk) -> list[str]:
    with desk.database.read() as c:
        return [row.problem for row in c.execute(select(BOOKINGS).where(BOOKINGS.c.state == "held"))]


def test_what_arrived_is_there_and_no_longer_expected(desk: Desk) -> None:
    expected = {
        "id": "PO-1/pot", "sku": "pot", "location_id": "east", "quantity": 6000, "received": 0, "expected_on": date(2026, 3, 9),
        "state": "open", "changed_at": NOW,
    }  # fmt: skip
    desk.database.run(lambda c: c.execute(insert(INBOUND), [expected]))

    first = tell(desk, receipt("R1", "pot", 5))
    again = tell(desk, receipt("R1", "pot", 5, source_version=2))

    assert (first.counts["booked"], again.counts["booked"]) == (1, 1)
    assert desk.level() == (16_000, 0, 0)
    with desk.database.read() as c:
        row = c.execute(select(INBOUND)).one()
    assert (row.received, row.state) == (6000, "received")
    assert desk.audited() == []


def test_a_sku_nobody_knows_is_held_until_somebody_does(desk: Desk) -> None:
    first = tell(desk, receipt("R1", "vase", 5))
    reason = held(desk)
    add_skus(desk.database, ["vase"])
    second = book_advices(desk.hub, PARTNER)

    assert (first.counts["held"], second.counts["booked"]) == (1, 1)
    assert "SKU vase: is not known" in reason[0]
    assert held(desk) == []


def test_a_return_that_nobody_authorised_is_held(desk: Desk) -> None:
    report = tell(desk, receipt("R1", "pot", 5), receipt("R1", "pot", 2, is_return=True, reference="RMA-1"))

    assert (report.counts["booked"], report.counts["held"]) == (1, 1)
    assert "'RMA-1': is no return" in held(desk)[0]


def test_found_lost_and_spoilt_goods_change_stock_once(desk: Desk) -> None:
    lost = AdjustedLine(sku="pot", quantity=-2000, condition="sellable", reason="lost")
    spoilt = AdjustedLine(sku="pot", quantity=1000, condition="sellable", into="held")

    tell(desk, adjusted("A1", lost, spoilt))
    tell(desk, replace(adjusted("A1", lost, spoilt), source_version=2))

    assert desk.level() == (8_000, 1_000, 0)
    assert desk.audited() == []


def test_what_was_lost_of_promised_goods_becomes_a_backorder(desk: Desk) -> None:
    order = desk.sold(9)

    tell(desk, adjusted("A1", AdjustedLine(sku="pot", quantity=-4000, condition="sellable")))

    assert desk.level() == (6_000, 0, 6_000)
    assert desk.trade.lifecycle(order) == "part_allocated"
    assert desk.audited() == []


def test_a_count_that_differs_is_held_until_a_newer_one_agrees(desk: Desk) -> None:
    first = tell(desk, counted("C1", 9))
    reason = held(desk)
    second = tell(desk, counted("C2", 10, minutes=5))

    assert (first.counts["held"], second.counts["booked"]) == (1, 1)
    assert "pot: 9 there, 10 here" in reason[0]
    assert held(desk) == []
    assert desk.level() == (10_000, 0, 0)


def test_what_had_left_when_they_counted_is_no_difference_although_we_heard_of_it_later(desk: Desk) -> None:
    desk.sold(3)
    desk.release()
    desk.drain()
    desk.warehouse.ship()
    desk.hear()

    report = tell(desk, counted("C1", 7))

    assert report.counts["booked"] == 1


def test_a_bill_is_kept_by_shipment_and_what_differs_is_named(desk: Desk) -> None:
    order = desk.sold(3)
    desk.release()
    desk.drain()
    desk.warehouse.ship()
    desk.hear()
    reference = desk.asked(order)[0].reference

    report = tell(desk, bill("B1", 1040, (reference, 540), (None, 500)))

    assert report.counts["booked"] == 1
    with desk.database.read() as c:
        assert c.execute(select(SHIPMENTS.c.billed_minor)).scalar_one() == 540
        remark = c.execute(select(BOOKINGS.c.problem).where(BOOKINGS.c.problem.is_not(None))).scalar_one()
    assert "5.40 billed, 4.90 told" in remark


@pytest.mark.parametrize(
    ("told", "reason"),
    [(bill("B1", 999, ("F1", 500)), "its lines do not sum to its total"), (bill("B1", 500, ("F1", 500)), "names no shipment of ours: F1")],
)
def test_a_bill_that_cannot_be_right_is_held(desk: Desk, told: FreightBill, reason: str) -> None:
    report = tell(desk, told)

    assert report.counts["held"] == 1
    assert reason in held(desk)[0]
