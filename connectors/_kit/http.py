"""One HTTP client for all connectors: it times out, retries what is safe to repeat, and names every failure.

Seconds are its clock; minutes belong to the flow. A read is tried at most `ATTEMPTS` times with full jitter. A wish of the remote
(Retry-After, in seconds or as a date) up to `PATIENCE_S` is waited for here, and never less than the jitter; a longer one ends the
trying at once and is handed to the caller as `TransientError.retry_after`, who retries after minutes.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from connectors._kit.exchange import Answer, TurnedAwayError, UnavailableError, exchange
from connectors._kit.lanes import Lanes, Sending
from connectors._kit.pacing import Pacer
from connectors._kit.writes import Write, content_of
from connectors.capabilities import Rate
from model.errors import TransientError

ATTEMPTS = 6
PATIENCE_S = 30
TIMEOUT = httpx.Timeout(20, connect=10)

T = TypeVar("T")


def _as_is(answer: Answer) -> Answer:
    return answer


@dataclass(frozen=True, slots=True)
class Pause:
    """How to wait: injected, so that tests wait for nothing and the simulation owns time and chance."""

    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default_factory=lambda: random.SystemRandom().random)
    clock: Callable[[], float] = time.monotonic

    def before_retry(self, state: RetryCallState) -> float:
        """Seconds until the next attempt: full jitter under a doubling ceiling, or the remote's wish where that is longer."""
        error = state.outcome.exception() if state.outcome else None
        wish = error.retry_after or 0 if isinstance(error, TransientError) else 0
        return max(wish, self.chance() * min(2**state.attempt_number, PATIENCE_S))


class Http:
    """A client bound to one remote and one account."""

    def __init__(
        self,
        base_url: str,
        *,
        transport: httpx.BaseTransport,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        pause: Pause | None = None,
        lanes: int = 1,
        another: Callable[[], httpx.BaseTransport] | None = None,
    ) -> None:
        def client(transport: httpx.BaseTransport) -> httpx.Client:
            return httpx.Client(base_url=base_url, transport=transport, auth=auth, headers=headers, timeout=TIMEOUT, follow_redirects=False)

        self._client = client(transport)
        self._pause = pause or Pause()
        pacer = Pacer(self._pause.clock, self._pause.sleep)
        opened = (lambda: client(another())) if another else (lambda: self._client)
        self._lanes = Lanes(lanes if another else 1, opened, pacer, self._patiently)

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        read: Callable[[Answer], T] = _as_is,
    ) -> T:
        """Read with GET; `read` turns the answer into what the caller wants and may raise TransientError to have it asked again."""
        return self._reading(self._client.build_request("GET", path, params=params, headers=headers), read)

    def ask(self, path: str, body: object, *, read: Callable[[Answer], T] = _as_is) -> T:
        """Read with POST (searches, GraphQL queries): a body that changes nothing, so as safe as a GET; JSON unless it is bytes."""
        return self._reading(self._client.build_request("POST", path, **content_of(body)), read)

    def submit(self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a command once, these very bytes. TurnedAwayError: it certainly did nothing; TransientError: it may have.

        A 503 is no certainty here: doing a command twice is worse than looking for what came of it.
        """
        try:
            return exchange(self._client, self._client.build_request(method, path, content=body, headers=headers))
        except UnavailableError as error:
            raise TransientError(str(error), retry_after=error.retry_after) from error

    def send_each(self, writes: Sequence[Write], rate: Rate) -> Sending:
        """Send each write once, started in the order given and under this rate; answers come as they end, in any order.

        What certainly did nothing (no connection, 429, 503) is sent again here. Where the account itself is refused, asks for a long
        rest or is down, the writes not yet started are told the same error and not sent. A ConfigError ends the iteration.
        """
        return Sending(writes, rate, self._lanes)

    def close(self) -> None:
        """Close the connections."""
        self._lanes.close()
        self._client.close()

    def _reading(self, request: httpx.Request, read: Callable[[Answer], T]) -> T:
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._pause.before_retry,
            retry=retry_if_exception(_worth_waiting),
            sleep=self._pause.sleep,
            reraise=True,
        )
        return retrying(lambda: read(exchange(self._client, request)))

    def _patiently(self, call: Callable[[], Answer], sleep: Callable[[float], None]) -> Answer:
        """The answer, of the first call nearly always; tenacity is asked only behind it, as it leaves rings for the garbage collector."""
        try:
            return call()
        except TurnedAwayError as error:
            turned_away = [error]

        def once_more() -> Answer:
            if turned_away:
                raise turned_away.pop()
            return call()

        return Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._pause.before_retry,
            retry=retry_if_exception(_worth_sending_again),
            sleep=sleep,
            reraise=True,
        )(once_more)


def _worth_sending_again(error: BaseException) -> bool:
    return isinstance(error, TurnedAwayError) and _worth_waiting(error)


def _worth_waiting(error: BaseException) -> bool:
    return isinstance(error, TransientError) and (error.retry_after or 0) <= PATIENCE_S
