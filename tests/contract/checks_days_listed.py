"""What an OrderDaySource promises: all orders of a span by the time they were placed, with the vendor's own figures, and no others."""

from datetime import timedelta

import pytest

from connectors.capabilities import Window
from model.errors import TransientError
from tests.contract import faults
from tests.contract.faults import Fault, always, every_other
from tests.contract.remote import WINDOW
from tests.contract.stand_days import DayStand


def the_day_has_every_order(stand: DayStand) -> None:
    """Each order placed in the span, also those that changed long afterwards, and nothing that is no order."""
    assert {each.external_id for each in stand.listed()} == stand.sales().keys()


def neighbours_are_not_of_the_day(stand: DayStand) -> None:
    """What was placed before or after the span is not told, though it was changed in it."""
    half = Window(WINDOW.start, stand.rows[len(stand.rows) // 2].placed)
    first = [row for row in stand.rows if row.placed < half.end]
    assert {each.external_id for each in stand.listed(window=half)} == stand.sales(first).keys()


def a_days_times_are_those_of_the_orders(stand: DayStand) -> None:
    """Each row says when its order was placed, as the order itself does: whose day it is hangs on it."""
    told = {each.external_id: each.placed_at for each in stand.listed()}
    assert told == {each.external_id: each.placed_at for each in stand.sales().values()}


def a_days_figures_are_those_of_the_orders(stand: DayStand) -> None:
    """Total and currency of each row are what the whole order says."""
    told = {each.external_id: (each.total_minor, each.currency) for each in stand.listed()}
    assert told == {each.external_id: (each.total_minor, each.currency) for each in stand.sales().values()}


def a_spoilt_day_is_asked_again(stand: DayStand) -> None:
    """Where every other answer is cut off, the day is whole all the same; where none comes, it is no empty day."""
    spoilt = Fault(stand.remote(), faults.cut, every_other)
    assert {each.external_id for each in stand.listed(spoilt)} == stand.sales().keys()
    with pytest.raises(TransientError):
        stand.listed(Fault(stand.remote(), faults.status(503), always))


def an_empty_day_is_empty(stand: DayStand) -> None:
    """A span without orders gives none, and no error."""
    assert stand.listed(window=Window(WINDOW.end + timedelta(days=90), WINDOW.end + timedelta(days=91))) == []


DAYS_LISTED = (
    the_day_has_every_order,
    neighbours_are_not_of_the_day,
    a_days_times_are_those_of_the_orders,
    a_days_figures_are_those_of_the_orders,
    a_spoilt_day_is_asked_again,
    an_empty_day_is_empty,
)
