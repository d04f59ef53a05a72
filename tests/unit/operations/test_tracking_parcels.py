"""Parcels are followed: each event once, orders delivered when all arrived, and what needs care is named until somebody settles it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from model.errors import ConfigError
from model.records.tracking import Tracked, TrackingEvent, TrackingState
from model.store import tracking
from model.store.database import Database
from model.store.fulfilments import SHIPMENTS
from model.store.tracking import EVENTS, Heard
from operations.parcel_verbs import note_parcel, settle_parcel, shown_parcel
from operations.track_shipments import parcel_exceptions
from tests.conftest import StillClock
from tests.unit.operations.shipping_desk import Desk


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: StillClock) -> Desk:
    """Ten pots in the 3PL's place."""
    desk = Desk(database, tmp_path, clock)
    desk.lay("pot", 10)
    return desk


def shipped(desk: Desk) -> tuple[str, str, str]:
    """An order that left: its row id, its shipment's and its tracking number."""
    order = desk.sold(3)
    desk.release()
    desk.drain()
    desk.warehouse.ship()
    desk.hear()
    with desk.database.read() as c:
        row = c.execute(select(SHIPMENTS)).one()
    return order, row.id, tracking.numbers_of(row)[0]


def hear(desk: Desk, shipment: str, number: str, *states: TrackingState, hours: int = 1) -> int:
    """Its carrier tells these states, an hour apart."""
    events = tuple(
        TrackingEvent(at=desk.clock.at + timedelta(hours=hours + place), state=state, message=state) for place, state in enumerate(states)
    )
    told = Tracked(tracking_number=number, events=events)
    return desk.database.run(lambda c: tracking.keep(c, Heard({shipment: [told]}), at=desk.clock.at))


def where(desk: Desk) -> str | None:
    with desk.database.read() as c:
        return c.execute(select(SHIPMENTS.c.tracking_state)).scalar_one()


def test_each_event_is_kept_once_and_an_arrived_order_is_delivered(desk: Desk) -> None:
    order, shipment, number = shipped(desk)

    first = hear(desk, shipment, number, "in_transit", "delivered")
    again = hear(desk, shipment, number, "in_transit", "delivered")

    assert (first, again, where(desk), desk.trade.lifecycle(order)) == (2, 0, "delivered", "delivered")
    assert desk.audited() == []


def test_a_review_leaves_a_delivered_order_delivered_and_a_parcel_sent_back_takes_it_back(desk: Desk) -> None:
    order, shipment, number = shipped(desk)
    hear(desk, shipment, number, "delivered")

    desk.trade.serve(3)
    desk.hear()
    reviewed = desk.trade.lifecycle(order)
    hear(desk, shipment, number, "returned", hours=5)

    assert (reviewed, desk.trade.lifecycle(order), where(desk)) == ("delivered", "shipped", "returned")
    assert desk.audited() == []


def test_an_event_is_never_changed_or_deleted(desk: Desk) -> None:
    _, shipment, number = shipped(desk)
    hear(desk, shipment, number, "in_transit")

    with pytest.raises(DBAPIError):
        desk.database.run(lambda c: c.execute(delete(EVENTS)))


def test_a_parcel_that_needs_care_is_named_until_it_is_settled_and_again_when_something_is_told(desk: Desk) -> None:
    _, shipment, number = shipped(desk)
    hear(desk, shipment, number, "in_transit", "lost")
    desk.clock.move(minutes=60 * 24)
    named = [(each["problem"], each["days"], each["tracking_number"]) for each in parcel_exceptions(desk.hub)]

    settle_parcel(desk.hub, number, "claimed with the carrier")
    settled = parcel_exceptions(desk.hub)
    desk.clock.move(minutes=1)
    note_parcel(desk.hub, number, "returned", "the carrier called")

    assert named == [("lost", 0, number)]
    assert settled == []
    assert [each["problem"] for each in parcel_exceptions(desk.hub)] == ["returned"]
    assert shown_parcel(desk.hub, number)[0]["events"][0]["message"] == "the carrier called"
    with pytest.raises(ConfigError, match="is not known"):
        settle_parcel(desk.hub, "nobody's", "x")
    assert desk.audited() == []


def test_a_parcel_nobody_saw_is_named_by_its_age(desk: Desk) -> None:
    shipped(desk)
    before = parcel_exceptions(desk.hub)
    desk.clock.move(minutes=60 * 24 * 4)

    [found] = parcel_exceptions(desk.hub)

    assert before == []
    assert (found["problem"], found["days"]) == ("unseen", 4)


def due(desk: Desk, *partners: str, is_first: bool = True) -> Sequence[str]:
    with desk.database.read() as c:
        rows = tracking.due(
            c, partners, is_first=is_first, before=desk.clock.at - timedelta(hours=2), since=desk.clock.at - timedelta(days=60), limit=9
        )
    return [row.id for row in rows]


def test_a_parcel_is_asked_after_by_one_tracker_not_too_often_and_not_behind_its_end(desk: Desk) -> None:
    _, shipment, number = shipped(desk)

    first = (
        due(desk, "post"),
        due(desk, "post", is_first=False),
        due(desk, "threepl", "post", is_first=False),
        due(desk, "post", "threepl"),
    )
    desk.database.run(lambda c: tracking.mark_asked(c, [shipment], at=desk.clock.at))
    soon = due(desk, "post")
    desk.clock.move(minutes=121)
    later = due(desk, "post")
    hear(desk, shipment, number, "delivered")

    assert first == ([shipment], [], [shipment], [])
    assert (soon, later, due(desk, "post")) == ([], [shipment], [])
