"""Lies about looking orders up, counting them, and who answers."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors._kit import Connector
from connectors.capabilities import Lookup, RawPage, RemoteIdentity, Window
from model.errors import ConfigError, ContractError, RejectedError, TransientError
from tests.contract.lying import MONTH, Lie, answering, subclass
from tests.contract.stand import Kind, Stream

FIND = "fetch_orders_by_id"
CENTURY = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


Find = Callable[[Sequence[str]], Lookup]


def _finding(lie: Callable[[Find, Sequence[str]], Lookup]) -> Lie:
    return answering(FIND, lie)


@_finding
def loses_one_it_found(find: Find, ids: Sequence[str]) -> Lookup:
    found = find(ids)
    return dataclasses.replace(found, slices=found.slices[1:])


@_finding
def calls_nothing_gone(find: Find, ids: Sequence[str]) -> Lookup:
    return dataclasses.replace(find(ids), gone=())


def takes_the_list_for_the_truth(kind: Kind, stream: Stream) -> Kind:
    fetch: Callable[[Connector[Any], Window, str | None], Iterator[RawPage]] = getattr(kind, stream.fetch)
    honest: Callable[[Connector[Any], Sequence[str]], Lookup] = getattr(kind, FIND)

    def find(self: Connector[Any], ids: Sequence[str]) -> Lookup:
        listed = {kind.external_id_in(raw) for page in fetch(self, CENTURY, None) for raw in page.slices}
        found = honest(self, ids)
        return Lookup(stream.kind, found.slices, tuple(one for one in ids if one not in listed))

    return subclass(kind, fetch_orders_by_id=find)


@_finding
def takes_an_outage_for_gone(find: Find, ids: Sequence[str]) -> Lookup:
    try:
        return find(ids)
    except TransientError:
        return Lookup("order", (), tuple(ids))


@_finding
def takes_any_refusal_for_gone(find: Find, ids: Sequence[str]) -> Lookup:
    try:
        return find(ids)
    except (RejectedError, ContractError, ConfigError):
        return Lookup("order", (), tuple(ids))


def asks_about_nothing(kind: Kind, _stream: Stream) -> Kind:
    honest: Callable[[Connector[Any], Sequence[str]], Lookup] = getattr(kind, FIND)

    def find(self: Connector[Any], ids: Sequence[str]) -> Lookup:
        self.identify()
        return honest(self, ids)

    return subclass(kind, fetch_orders_by_id=find)


def _identifying(lie: Callable[[Callable[[], RemoteIdentity]], RemoteIdentity]) -> Lie:
    return answering("identify", lie)


def _counting(lie: Callable[[Callable[[Window], int], Window], int]) -> Lie:
    return answering("count_orders", lie)


@_counting
def counts_one_too_many(count: Callable[[Window], int], window: Window) -> int:
    return count(window) + 1


@_identifying
def knows_only_one_shop(identify: Callable[[], RemoteIdentity]) -> RemoteIdentity:
    return dataclasses.replace(identify(), fingerprint="shop")


@_identifying
def tells_its_own_time(identify: Callable[[], RemoteIdentity]) -> RemoteIdentity:
    return dataclasses.replace(identify(), now=identify().now + MONTH)


@_identifying
def asks_twice_who_it_is(identify: Callable[[], RemoteIdentity]) -> RemoteIdentity:
    return identify() and identify()


def never_recognises_a_shop(kind: Kind, stream: Stream) -> Kind:
    turns = itertools.count()

    def lie(identify: Callable[[], RemoteIdentity]) -> RemoteIdentity:
        return dataclasses.replace(identify(), fingerprint=str(next(turns)))

    return _identifying(lie)(kind, stream)
