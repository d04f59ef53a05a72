"""How lies are made: each makes of any honest connector one that breaks a promise, by changing one thing.

That one thing is how pages are fetched, how a payload is read, what one method answers, or the wire between connector and remote.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from pydantic import SecretStr

from connectors._kit import ChannelSettings, Connector, Wiring
from connectors.capabilities import RawPage, Record, Window
from tests.contract.remote import WINDOW
from tests.contract.stand import Kind, Stream

Lie = Callable[[Kind, Stream], Kind]
Fetch = Callable[[Window, str | None], Iterator[RawPage]]
Read = Callable[[bytes, Mapping[str, str]], Record]
Send = Callable[[httpx.Request], httpx.Response]

MONTH = timedelta(days=30)


def subclass(kind: Kind, **members: object) -> Kind:
    """A connector class with other members."""
    return type(f"Lying{kind.__name__}", (kind,), members)


def named(make: Lie, lie: Callable[..., object]) -> Lie:
    """The maker, called as its lie is."""
    make.__name__ = lie.__name__
    return make


def fetching(lie: Callable[[Fetch, Window, str | None], Iterator[RawPage]]) -> Lie:
    """A lie about a stream: it gets the honest way to fetch, the window and the token."""

    def make(kind: Kind, stream: Stream) -> Kind:
        honest: Callable[..., Iterator[RawPage]] = getattr(kind, stream.fetch)

        def fetch(self: Connector[Any], window: Window, resume: str | None) -> Iterator[RawPage]:
            return lie(partial(honest, self), window, resume)

        def fetch_all(self: Connector[Any], resume: str | None) -> Iterator[RawPage]:
            return lie(lambda _window, token: honest(self, token), WINDOW, resume)

        return subclass(kind, **{stream.fetch: fetch if stream.facts else fetch_all})

    return named(make, lie)


def reading(lie: Callable[[Read, bytes, Mapping[str, str]], Record]) -> Lie:
    """A lie about payloads: it gets the honest way to read, a slice and the translations."""

    def make(kind: Kind, stream: Stream) -> Kind:
        if not stream.facts:
            source: Any = kind

            def read_listing(raw: bytes) -> Record:
                return lie(lambda raw, _statuses: source.read_listing(raw), raw, {})

            return subclass(kind, read_listing=staticmethod(read_listing))
        honest = kind.kinds[stream.kind]

        def read(raw: bytes, statuses: Mapping[str, str]) -> Record:
            return lie(honest.read, raw, statuses)

        return subclass(kind, kinds={**kind.kinds, stream.kind: dataclasses.replace(honest, read=read)})

    return named(make, lie)


def answering(method: str, lie: Callable[..., object]) -> Lie:
    """`lie` gets the honest method, bound, and its arguments."""

    def make(kind: Kind, _stream: Stream) -> Kind:
        honest: Callable[..., object] = getattr(kind, method)

        def answer(self: Connector[Any], *asked: object) -> object:
            return lie(partial(honest, self), *asked)

        return subclass(kind, **{method: answer})

    return named(make, lie)


def wired(rewire: Callable[[ChannelSettings, Wiring], Wiring]) -> Lie:
    """A lie about the outside world: it gets settings and wiring, and gives another wiring."""

    def make(kind: Kind, _stream: Stream) -> Kind:
        def begin(self: Connector[Any], settings: ChannelSettings, wiring: Wiring) -> None:
            kind.__init__(self, settings, rewire(settings, wiring))

        return subclass(kind, __init__=begin)

    return named(make, rewire)


class _Wire(httpx.BaseTransport):
    def __init__(self, outside: httpx.BaseTransport, lie: Callable[[Send, httpx.Request], httpx.Response]) -> None:
        self._outside, self._lie = outside, lie

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._lie(self._outside.handle_request, request)


def on_the_wire(lie: Callable[[Send, httpx.Request, list[str]], httpx.Response]) -> Lie:
    """`lie` gets the way out, the request, and the secrets of the settings."""

    def rewire(settings: ChannelSettings, wiring: Wiring) -> Wiring:
        values = [getattr(settings, name) for name in type(settings).model_fields]
        secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return dataclasses.replace(wiring, transport=_Wire(wiring.transport, lambda send, request: lie(send, request, secrets)))

    return named(wired(rewire), lie)
