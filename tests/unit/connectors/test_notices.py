"""The body of a notice: the same at every attempt, and refused where no channel could understand it."""

import pytest

from connectors._kit import notices
from model.errors import ContractError, RejectedError
from tests.noticing import notice


def test_a_body_is_one_line_that_says_the_same_at_every_time() -> None:
    told = notice("7", {"1": 1000, "2": 500}, carrier="DHL", tracking_numbers=("JD01",), is_last=False)

    bodies = {notices.written(told), notices.written(told)}

    assert len(bodies) == 1
    assert notices.read(bodies.pop()) == told


def test_a_body_of_somebody_else_is_named_as_such() -> None:
    with pytest.raises(ContractError, match="no body of this connector"):
        notices.read(b'{"reference": 1}')


@pytest.mark.parametrize(("lines", "told"), [({}, "names no line"), ({"1": 0}, "line 1: nothing of it left"), ({"1": -1000}, "line 1")])
def test_a_notice_of_nothing_is_refused(lines: dict[str, int], told: str) -> None:
    with pytest.raises(RejectedError, match=told):
        notices.written(notice("7", lines))


def test_a_fraction_is_refused_by_the_name_of_its_line() -> None:
    with pytest.raises(RejectedError, match=r"notice S-1: line 2: 1\.5 left"):
        notices.whole_units(notice("7", {"1": 1000, "2": 1500}))


def test_a_parcel_without_a_number_shows_our_reference_which_is_no_tracking_number() -> None:
    tracked, untracked = notice("7", {"1": 1000}, tracking_numbers=("A", "B")), notice("7", {"1": 1000})

    shown = [notices.shown_numbers(told) for told in (tracked, untracked)]

    assert shown == [("A", "B"), ("Shipment S-1",)]
    assert [notices.tracking_numbers(each) for each in shown] == [("A", "B"), ()]


def test_numbers_in_one_field_are_taken_apart() -> None:
    assert notices.tracking_numbers(["A, B", None, "", "Shipment S-1, C"]) == ("A", "B", "C")
