"""Lies about parcels: whose way is told, how much of it, when it was, and what a failure is taken for."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from model.errors import AuthError, RejectedError, TransientError
from model.records.tracking import Parcel, Tracked, TrackingEvent, Untracked
from tests.contract.lying import Lie, answering
from tests.contract.stand import Kind, Stream

Told = Tracked | Untracked
Batches = Iterator[tuple[Told, ...]]
Follow = Callable[[Sequence[Parcel]], Batches]


def _following(lie: Callable[[Follow, Sequence[Parcel]], Batches]) -> Lie:
    make = answering("fetch_tracking", lie)
    make.__name__ = lie.__name__
    return make


def _each(change: Callable[[Told], tuple[Told, ...]]) -> Lie:
    """A lie about each answer: what is told in its place."""

    def lie(follow: Follow, parcels: Sequence[Parcel]) -> Batches:
        for batch in follow(parcels):
            yield tuple(told for answer in batch for told in change(answer))

    make = answering("fetch_tracking", lie)
    make.__name__ = change.__name__
    return make


def _events(told: Told, change: Callable[[TrackingEvent], TrackingEvent]) -> tuple[Told, ...]:
    return (replace(told, events=tuple(map(change, told.events))) if isinstance(told, Tracked) else told,)


@_each
def tells_half_of_the_way(told: Told) -> tuple[Told, ...]:
    return (replace(told, events=told.events[:1]) if isinstance(told, Tracked) else told,)


@_each
def forgets_the_zone(told: Told) -> tuple[Told, ...]:
    return _events(told, lambda event: replace(event, at=event.at.replace(tzinfo=None)))


def tells_it_later_each_time(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count(1)

    def change(told: Told) -> tuple[Told, ...]:
        late = timedelta(seconds=next(turns))
        return _events(told, lambda event: replace(event, at=event.at + late))

    return _each(change)(kind, stream)


@_each
def drops_what_it_cannot_follow(told: Told) -> tuple[Told, ...]:
    return (told,) if isinstance(told, Tracked) else ()


@_each
def keeps_its_reasons_to_itself(told: Told) -> tuple[Told, ...]:
    return (told if isinstance(told, Tracked) else replace(told, reason="it did not work"),)


@_each
def stops_at_the_first_trouble(told: Told) -> tuple[Told, ...]:
    if isinstance(told, Untracked):
        raise RejectedError(told.reason)
    return (told,)


@_following
def takes_no_news_for_trouble(follow: Follow, parcels: Sequence[Parcel]) -> Batches:
    told: list[Told] = [answer for batch in follow(parcels) for answer in batch]
    known = {answer.tracking_number for answer in told}
    yield (*told, *(Untracked(each.tracking_number, "unknown") for each in parcels if each.tracking_number not in known))


@_following
def tires_of_following(follow: Follow, parcels: Sequence[Parcel]) -> Batches:
    yield from follow(parcels[:50])


@_following
def tells_each_as_often_as_it_is_asked(follow: Follow, parcels: Sequence[Parcel]) -> Batches:
    for parcel in parcels:
        yield from follow([parcel])


@_following
def asks_about_somebody(follow: Follow, parcels: Sequence[Parcel]) -> Batches:
    for batch in follow(parcels or [Parcel(tracking_number="1Z000001")]):
        yield batch if parcels else ()


@_following
def takes_an_outage_for_no_news(follow: Follow, parcels: Sequence[Parcel]) -> Batches:
    try:
        yield from follow(parcels)
    except TransientError:
        return


@_following
def takes_an_outage_for_trouble(follow: Follow, parcels: Sequence[Parcel]) -> Batches:
    try:
        yield from follow(parcels)
    except TransientError as error:
        yield tuple(Untracked(parcel.tracking_number, str(error)) for parcel in parcels)


@_following
def knocks_for_each_parcel(follow: Follow, parcels: Sequence[Parcel]) -> Batches:
    for parcel in parcels:
        try:
            yield from follow([parcel])
        except AuthError as error:
            yield (Untracked(parcel.tracking_number, str(error)),)
