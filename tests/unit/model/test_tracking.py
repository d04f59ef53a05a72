"""Where a parcel is follows from all its events, whatever the order in which they are told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.records.tracking import TrackingState
from model.rules.tracking import Standing, TrackingRules, exception_in, slowest, standing_of

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
STATES: tuple[TrackingState, ...] = ("announced", "in_transit", "out_for_delivery", "held", "failed", "delivered", "returned", "lost")
Way = list[tuple[datetime, TrackingState]]


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def way(*states: TrackingState) -> Way:
    """Events an hour apart."""
    return [(at(hour), state) for hour, state in enumerate(states)]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (way("announced", "in_transit", "out_for_delivery", "delivered"), "delivered"),
        (way("in_transit", "delivered", "in_transit"), "delivered"),
        (way("in_transit", "announced"), "in_transit"),
        (way("failed", "in_transit"), "in_transit"),
        (way("delivered", "returned", "delivered"), "returned"),
        (way("lost", "delivered"), "delivered"),
        (way("lost", "announced"), "lost"),
    ],
)
def test_a_parcel_only_moves_on(events: Way, state: str) -> None:
    found = standing_of(events)

    assert found is not None
    assert found.state == state


EVENTS = st.lists(st.tuples(st.integers(0, 20).map(at), st.sampled_from(STATES)), min_size=1, max_size=12)


@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_told_changes_nothing(events: Way, chance: object) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

    assert standing_of(shuffled) == standing_of(events)


@given(EVENTS, EVENTS)
def test_what_is_told_later_of_the_past_never_takes_a_delivery_back(events: Way, more: Way) -> None:
    before, behind = standing_of(events), standing_of([*events, *more])

    assert before is not None
    assert behind is not None
    assert before.state != "delivered" or behind.state in ("delivered", "returned")


def test_a_shipment_is_as_far_as_its_slowest_parcel_and_unseen_while_one_is() -> None:
    arrived, going, lost = Standing("delivered", at(3)), Standing("in_transit", at(1)), Standing("lost", at(9))

    assert slowest([arrived, going]) == going
    assert slowest([arrived, lost]) == lost
    assert slowest([arrived, None]) is None
    assert slowest([]) is None


@pytest.mark.parametrize(
    ("standing", "days", "expected_on", "wrong"),
    [
        (None, 2, None, None),
        (None, 3, None, "unseen"),
        (Standing("announced", at(0)), 4, None, "unseen"),
        (Standing("in_transit", at(0)), 6, None, None),
        (Standing("in_transit", at(0)), 7, None, "stuck"),
        (Standing("in_transit", at(0)), 2, date(2026, 3, 3), "late"),
        (Standing("in_transit", at(0)), 1, date(2026, 3, 3), None),
        (Standing("held", at(0)), 1, None, None),
        (Standing("held", at(0)), 2, None, "waiting"),
        (Standing("failed", at(0)), 0, None, "failed"),
        (Standing("lost", at(0)), 0, None, "lost"),
        (Standing("returned", at(0)), 0, None, "returned"),
        (Standing("delivered", at(0)), 99, date(2026, 3, 3), None),
    ],
)
def test_a_parcel_that_needs_care_is_named_with_its_age(
    standing: Standing | None, days: int, expected_on: date | None, wrong: str | None
) -> None:
    found = exception_in(standing, at(0), expected_on, TrackingRules(), at(24 * days))

    assert (found[0] if found else None) == wrong
    assert found is None or found[1] <= at(24 * days)
