"""Sends many small writes in order under one rate, and tells each answer as it comes."""

from collections.abc import Callable, Iterator, Sequence

import httpx

from connectors._kit.exchange import Answer, TurnedAwayError, exchange
from connectors._kit.pacing import Pacer
from connectors._kit.writes import Write, Written
from connectors.capabilities import Rate
from model.errors import AuthError, ConfigError, HubError, TransientError

LOST_IN_A_ROW = 20
"""After so many answers that never came, one after the other, the rest is not sent: the remote is down."""

Patiently = Callable[[Callable[[], Answer], Callable[[float], None]], Answer]
"""Calls until the remote no longer turns it away; the second callable is how to wait between."""


class Sending(Iterator[Written]):
    """The answers of many writes, as they come.

    `started` counts the writes that were begun, in the order given; if the iteration is given up, those of them without an answer
    may have been written, the others were not.
    """

    def __init__(self, writes: Sequence[Write], rate: Rate, *, client: httpx.Client, pacer: Pacer, patiently: Patiently) -> None:
        self.started = 0
        self._writes, self._rate = writes, rate
        self._client, self._pacer, self._patiently = client, pacer, patiently
        self._told = 0
        self._lost = 0
        self._barred: HubError | None = None

    def __next__(self) -> Written:
        if self._told == len(self._writes):
            raise StopIteration
        place, self._told = self._told, self._told + 1
        if self._barred is not None:
            return Written(place, None, self._barred)
        self._pacer.wait(self._rate)
        self.started += 1
        return self._send(place)

    def _send(self, place: int) -> Written:
        write = self._writes[place]
        request = self._client.build_request(write.method, write.path, json=write.body, headers=write.headers)
        try:
            answer = self._patiently(lambda: exchange(self._client, request), self._wait_again)
        except ConfigError:
            raise
        except HubError as error:
            self._judge(error)
            return Written(place, None, error)
        self._lost = 0
        return Written(place, answer, None)

    def _wait_again(self, seconds: float) -> None:
        self._pacer.rest(seconds)
        self._pacer.wait(self._rate)

    def _judge(self, error: HubError) -> None:
        """Whether this failure concerns the account and not the write alone: then the rest is not sent."""
        self._lost = self._lost + 1 if isinstance(error, TransientError) else 0
        if isinstance(error, AuthError | TurnedAwayError) or self._lost == LOST_IN_A_ROW:
            self._barred = error
