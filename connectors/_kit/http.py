"""One HTTP client for all connectors: it times out, retries what is safe to repeat, and names every failure.

Seconds are its clock; minutes belong to the flow. A read is tried at most `ATTEMPTS` times with full jitter, a wish of the
remote (Retry-After, in seconds or as a date) up to `PATIENCE_S` is waited for here, a longer one is handed to the flow.
"""

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from model.errors import AuthError, ContractError, HubError, RejectedError, TransientError

ATTEMPTS = 6
PATIENCE_S = 30
TIMEOUT = httpx.Timeout(20, connect=10)
MAX_BODY = 64 * 2**20
"""Bytes of one answer, after decompression; a page of 250 rich orders is about 3 MiB."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer of the remote."""

    body: bytes
    headers: httpx.Headers
    date: datetime | None
    """The remote's own clock, from the Date header."""


def _as_is(answer: Answer) -> Answer:
    return answer


@dataclass(frozen=True, slots=True)
class Pause:
    """How to wait: injected, so that tests wait for nothing and the simulation owns time and chance."""

    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = field(default_factory=lambda: random.SystemRandom().random)

    def before_retry(self, state: RetryCallState) -> float:
        """Seconds until the next attempt: the remote's wish, else full jitter under a doubling ceiling."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, TransientError) and error.retry_after is not None:
            return error.retry_after
        return self.chance() * min(2**state.attempt_number, PATIENCE_S)


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
    ) -> None:
        self._client = httpx.Client(
            base_url=base_url, transport=transport, auth=auth, headers=headers, timeout=TIMEOUT, follow_redirects=False
        )
        self._pause = pause or Pause()

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        read: Callable[[Answer], T] = _as_is,
    ) -> T:
        """Read with GET; `read` turns the answer into what the caller wants and may raise TransientError to have it asked again."""
        return self._reading(self._client.build_request("GET", path, params=params), read)

    def ask(self, path: str, body: object, *, read: Callable[[Answer], T] = _as_is) -> T:
        """Read with POST (searches, GraphQL queries): a JSON body that changes nothing, so as safe to repeat as a GET."""
        return self._reading(self._client.build_request("POST", path, json=body), read)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _reading(self, request: httpx.Request, read: Callable[[Answer], T]) -> T:
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._pause.before_retry,
            retry=retry_if_exception(_worth_waiting),
            sleep=self._pause.sleep,
            reraise=True,
        )
        return retrying(lambda: read(self._once(request)))

    def _once(self, request: httpx.Request) -> Answer:
        where = request.url.path
        try:
            response = self._client.send(request, stream=True)
            try:
                body = _bounded_body(response)
            finally:
                response.close()
        except httpx.TransportError as error:
            what = f"cannot connect to {request.url.netloc.decode()}" if isinstance(error, httpx.ConnectError) else type(error).__name__
            raise TransientError(f"{where}: {what}") from error
        except httpx.DecodingError as error:
            raise TransientError(f"{where}: the body does not decompress") from error
        date = _date(response.headers.get("date"))
        _refuse(response, where, body, date)
        return Answer(body, response.headers, date)


def _worth_waiting(error: BaseException) -> bool:
    return isinstance(error, TransientError) and (error.retry_after or 0) <= PATIENCE_S


def _bounded_body(response: httpx.Response) -> bytes:
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BODY:
            raise ContractError(f"{response.request.url.path}: an answer of more than {MAX_BODY} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        value = parsedate_to_datetime(text)
    except ValueError:
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def retry_after_s(text: str | None, now: datetime | None) -> int | None:
    """Seconds from a Retry-After header, whole seconds or an HTTP date (RFC 9110 §10.2.3); None if absent or garbage."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return min(int(text.strip()[:9]), 86_400)
    at = _date(text)
    return max(0, int((at - now).total_seconds())) if at and now else None


def _refuse(response: httpx.Response, where: str, body: bytes, date: datetime | None) -> None:
    status = response.status_code
    if response.is_success:
        return
    if status in {401, 403}:
        raise AuthError(f"{where}: credentials refused ({status})")
    if status in {408, 423, 425, 429} or response.is_server_error:
        wish = retry_after_s(response.headers.get("retry-after"), date)
        raise TransientError(f"{where}: {status}", retry_after=wish)
    raise _refusal(status)(f"{where}: {status} {_vendor_code(body)}".rstrip())


def _refusal(status: int) -> type[HubError]:
    return RejectedError if status in {400, 404, 409, 410, 422} else ContractError


def _vendor_code(body: bytes) -> str:
    """The first machine-readable error code of a JSON error body; never its prose, which may quote personal data."""
    found = re.search(rb'"code"\s*:\s*"?([A-Za-z0-9_]{1,64})', body)
    return found[1].decode() if found else ""
