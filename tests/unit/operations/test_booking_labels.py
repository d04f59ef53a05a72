"""Booking what partners tell who know labels and not the whole: labels voided in time and too late, and orders shipped without any."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.records.advice import AdvisedLine, AdvisedShipment, ShipmentAdvice
from model.store import accounts
from model.store.database import Database
from operations.reports import Report
from tests.conftest import StillClock
from tests.saving import NOW
from tests.unit.operations.shipping_desk import Desk
from tests.unit.operations.test_booking_advices import held, tell


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    desk = Desk(database, tmp_path, clock)
    database.run(lambda c: accounts.meet(c, "threepl", "shipbob", "main", at=NOW))
    desk.lay("pot", 10)
    return desk


def asked(desk: Desk) -> tuple[str, str]:
    """An order of three pots that was asked for: its row id and our reference."""
    order = desk.sold(3)
    desk.release()
    desk.drain()
    return order, desk.asked(order)[0].reference


def label(reference: str, number: str, units: int = 3, **more: Any) -> ShipmentAdvice:  # noqa: ANN401
    """One label of so many pots."""
    parcel = AdvisedShipment(external_id=number, shipped_at=NOW, lines=(AdvisedLine(sku="pot", quantity=units * 1000),))
    told = ShipmentAdvice(
        external_id=f"shipment-{number}", reference=reference, told_at=NOW, source_version=1, state="part_shipped", shipments=(parcel,)
    )
    return replace(told, **more)


def voided(reference: str, number: str) -> ShipmentAdvice:
    """The same label, voided."""
    return label(reference, number, source_version=2, state="accepted", shipments=(), voided=(number,))


def shipped(reference: str) -> ShipmentAdvice:
    """The order's own word, without any parcel."""
    return ShipmentAdvice(external_id="77", reference=reference, told_at=NOW, source_version=3, state="shipped")


def counts(report: Report) -> tuple[int, int]:
    return report.counts["booked"], report.counts["held"]


def test_a_label_that_was_voided_before_it_was_booked_never_left(desk: Desk) -> None:
    order, reference = asked(desk)

    report = tell(desk, label(reference, "1"), voided(reference, "1"), label(reference, "2"))

    assert counts(report) == (2, 0)
    assert desk.asked(order)[0].state == "shipped"
    assert desk.level() == (7_000, 0, 0)
    assert desk.audited() == []


def test_a_label_that_is_voided_after_it_was_booked_is_held_with_what_to_do(desk: Desk) -> None:
    order, reference = asked(desk)
    tell(desk, label(reference, "1"))

    report = tell(desk, voided(reference, "1"))

    assert counts(report) == (0, 1)
    assert "shipment 1 was voided there after it was booked as having left" in held(desk)[0]
    assert (desk.asked(order)[0].state, desk.level()) == ("shipped", (7_000, 0, 0))


def test_two_labels_of_one_order_are_two_parcels_of_it(desk: Desk) -> None:
    order, reference = asked(desk)

    tell(desk, label(reference, "1", units=1))
    first = desk.asked(order)[0].state
    tell(desk, label(reference, "2", units=2))

    assert (first, desk.asked(order)[0].state) == ("part_shipped", "shipped")
    assert desk.level() == (7_000, 0, 0)


def test_an_order_that_was_shipped_without_a_label_is_a_problem_until_one_is_told_of(desk: Desk) -> None:
    order, reference = asked(desk)

    tell(desk, shipped(reference))
    before = desk.asked(order)[0]
    tell(desk, label(reference, "1"))
    after = desk.asked(order)[0]

    assert (before.state, "is shipped there, but no parcel" in before.problem) == ("accepted", True)
    assert (after.state, after.problem) == ("shipped", None)
