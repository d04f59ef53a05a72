"""Lies about whole days."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from connectors.capabilities import Window
from model.errors import TransientError
from model.records.days import ListedOrder
from tests.contract.lying import Lie, answering

Pages = Iterator[tuple[ListedOrder, ...]]
ListDay = Callable[[Window], Pages]


def _listing(lie: Callable[[ListDay, Window], Pages]) -> Lie:
    return answering("list_day", lie)


@_listing
def leaves_an_order_of_the_day_out(list_day: ListDay, day: Window) -> Pages:
    for page in list_day(day):
        yield page[1:]


@_listing
def tells_the_neighbours_too(list_day: ListDay, day: Window) -> Pages:
    return list_day(Window(day.start - timedelta(days=3), day.end + timedelta(days=3)))


@_listing
def tells_times_of_its_own(list_day: ListDay, day: Window) -> Pages:
    for page in list_day(day):
        yield tuple(replace(each, placed_at=day.start) for each in page)


@_listing
def tells_less_money(list_day: ListDay, day: Window) -> Pages:
    for page in list_day(day):
        yield tuple(replace(each, total_minor=(each.total_minor or 0) - 1) for each in page)


@_listing
def takes_an_outage_for_an_empty_day(list_day: ListDay, day: Window) -> Pages:
    try:
        yield from list_day(day)
    except TransientError:
        return


@_listing
def takes_an_empty_day_for_an_outage(list_day: ListDay, day: Window) -> Pages:
    pages = list(list_day(day))
    if not any(pages):
        raise TransientError("the day is empty")
    yield from pages
