"""Lies of mailboxes."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from connectors._kit import Connector
from connectors.capabilities import RawPage, RemoteIdentity, Window
from connectors.mailbox import heads, reading
from model.errors import HubError
from tests.contract.lying import Fetch, Lie, answering, fetching, named, subclass
from tests.contract.stand import Kind, Stream


@fetching
def believes_its_own_numbers(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Takes a UID for the mail's own number, whatever the server says of its validity."""
    if resume:
        place = msgspec.json.decode(resume, type=reading.Place)
        resume = msgspec.json.encode(msgspec.structs.replace(place, validity=place.validity + 1)).decode()
    yield from fetch(window, resume)


@fetching
def names_slices_by_their_turn(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Writes into each slice the how-manieth it is."""
    turn = 0
    for page in fetch(window, resume):
        told = [json.loads(raw) for raw in page.slices]
        turn += len(told)
        yield dataclasses.replace(page, slices=tuple(json.dumps({**each, "turn": turn + n}).encode() for n, each in enumerate(told)))


@fetching
def reads_half_of_what_arrives(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Leaves out every other order."""
    for page in fetch(window, resume):
        yield dataclasses.replace(page, slices=page.slices[::2])


def _while_fetching(lie: Lie, module: Any, name: str, value: object) -> Lie:  # noqa: ANN401  any module of the connector
    """A connector that reads with one function of its own exchanged."""

    def make(kind: Kind, _stream: Stream) -> Kind:
        def fetch(self: Connector[Any], window: Window, resume: str | None) -> Iterator[RawPage]:
            honest: Any = kind
            before = getattr(module, name)
            setattr(module, name, value)
            try:
                yield from list(honest.fetch_orders(self, window, resume))
            finally:
                setattr(module, name, before)

        return subclass(kind, fetch_orders=fetch)

    return named(make, lie)


def believes_any_server(kind: Kind, stream: Stream) -> Kind:
    """Takes everybody's verdict for our server's."""

    def anybody(*_asked: object) -> str:
        return "dmarc"

    return _while_fetching(believes_any_server, heads, "_proof", anybody)(kind, stream)


def believes_any_line(kind: Kind, stream: Stream) -> Kind:
    """Looks at every verdict under our server's name, also at those below its own."""

    def all_of_them(headers: Any, _settings: object) -> list[str]:  # noqa: ANN401  as the honest one
        return [value.partition(";")[2] for name, value in headers if name == "authentication-results"]

    return _while_fetching(believes_any_line, heads, "_own_results", all_of_them)(kind, stream)


@fetching
def says_nothing_of_strangers(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Passes over in silence what it does not take."""
    for page in fetch(window, resume):
        told = tuple(raw for raw in page.slices if json.loads(raw)["form"] not in {"refused", "strangers"})
        yield dataclasses.replace(page, slices=told)


def marks_what_it_reads(kind: Kind, _stream: Stream) -> Kind:
    """Opens folders so that reading changes them."""

    def prepare(self: Connector[Any]) -> None:
        honest: Any = kind
        honest.prepare(self)
        lying: Any = self
        opened = lying.session.open

        def open_to_write(folder: str, **_asked: bool) -> int:
            return opened(folder, to_mark=True)

        lying.session.open = open_to_write

    return subclass(kind, prepare=prepare)


@fetching
def takes_a_dropped_line_for_the_end(fetch: Fetch, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Says that all is read."""
    try:
        yield from fetch(window, resume)
    except HubError:
        yield RawPage("order", (), None)


def takes_a_locked_door_for_an_empty_box(kind: Kind, _stream: Stream) -> Kind:
    """Is content without a login."""

    def identify(self: Connector[Any]) -> RemoteIdentity:
        return RemoteIdentity("x", "x", self.wiring.now())

    return subclass(kind, identify=identify)


def _one_more(honest: Callable[[Window], int], window: Window) -> int:
    return honest(window) + 1


counts_one_too_many = answering("count_orders", _one_more)
