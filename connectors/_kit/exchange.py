"""One request and its complete answer, or the failure by name.

What certainly did nothing at the remote is told apart from what may have: only the first may be sent again by a machine.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from model.errors import AuthError, ContractError, HubError, RejectedError, TransientError

MAX_BODY = 64 * 2**20
"""Bytes of one answer, after decompression; a page of 250 rich orders is about 3 MiB."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_READ = httpx.ByteStream(b"")
_WISHES = ("retry-after", "x-retry-after", "x-rate-limit-reset")
"""Where a remote says how long it wants to be left alone; the last two are vendors' own, the last seconds until a next window begins."""


class ForbiddenError(AuthError):
    """403: the credentials are good, and this is not among what they may do."""


class TurnedAwayError(TransientError):
    """The request did certainly nothing: there was no connection, or the remote turned it away for haste (429, 503)."""


class UnavailableError(TurnedAwayError):
    """503: the server says that it did nothing; a gateway before it may say so of a request that went through all the same."""


_HASTE: dict[int, type[TurnedAwayError]] = {429: TurnedAwayError, 503: UnavailableError}


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer of the remote."""

    body: bytes
    headers: httpx.Headers
    date: datetime | None
    """The remote's own clock, from the Date header."""


def exchange(client: httpx.Client, request: httpx.Request) -> Answer:
    """Send once and read the answer to its end.

    Raises AuthError, RejectedError or ContractError where the remote refuses, TurnedAwayError where nothing was done, and
    TransientError where the answer never came whole.
    """
    where = request.url.path
    try:
        response = client.send(request, stream=True)
        try:
            body = _bounded_body(response)
        finally:
            response.close()
            response.stream = _READ  # httpx ties the two into a ring, which only the garbage collector would free
    except _NOT_SENT as error:
        raise TurnedAwayError(f"{where}: cannot connect to {request.url.netloc.decode()}") from error
    except httpx.TransportError as error:
        raise TransientError(f"{where}: {type(error).__name__}") from error
    except httpx.DecodingError as error:
        raise TransientError(f"{where}: the body does not decompress") from error
    date = _date(response.headers.get("date"))
    _refuse(response, where, body)
    return Answer(body, response.headers, date)


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


def wish_of(headers: httpx.Headers) -> int | None:
    """Seconds for which the remote wants to be left alone; None where it does not say."""
    return retry_after_s(next((headers[name] for name in _WISHES if name in headers), None), _date(headers.get("date")))


def _refuse(response: httpx.Response, where: str, body: bytes) -> None:
    status = response.status_code
    if response.is_success:
        return
    if status in {401, 403}:
        raise (ForbiddenError if status == 403 else AuthError)(f"{where}: credentials refused ({status})")  # noqa: PLR2004  as documented
    if status in {408, 423, 425, 429} or response.is_server_error:
        raise _HASTE.get(status, TransientError)(f"{where}: {status}", retry_after=wish_of(response.headers))
    raise _refusal(where, status, _vendor_code(body))


def _refusal(where: str, status: int, code: str) -> HubError:
    message = f"{where}: {status} {code}".rstrip()
    return RejectedError(message, code=code) if status in {400, 404, 409, 410, 422} else ContractError(message)


def _vendor_code(body: bytes) -> str:
    """The first machine-readable error code of a JSON error body; never its prose, which may quote personal data."""
    found = re.search(rb'"code"\s*:\s*"?([A-Za-z0-9_.]{1,64})', body)
    return found[1].decode() if found else ""
