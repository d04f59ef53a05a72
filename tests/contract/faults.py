"""What goes wrong between us and a remote, laid over it as a transport; nothing here knows any vendor."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from tests.contract.remote import NOW, http_date

Spoiler = Callable[[httpx.Request, httpx.BaseTransport], httpx.Response]
Turns = Callable[[int], bool]


def once(turn: int) -> bool:
    """The first request only."""
    return turn == 1


def every_other(turn: int) -> bool:
    """The first request, the third, and so on: each is well when it is asked again."""
    return turn % 2 == 1


def after_the_first(turn: int) -> bool:
    """Every request but the first."""
    return turn > 1


def always(turn: int) -> bool:
    """Every request."""
    return turn > 0


def any_request(_request: httpx.Request) -> bool:
    """All requests alike."""
    return True


@dataclass(slots=True)
class Fault(httpx.BaseTransport):
    """A remote of which some answers are spoilt."""

    remote: httpx.BaseTransport
    spoil: Spoiler
    turns: Turns
    among: Callable[[httpx.Request], bool] = any_request
    """The requests that are counted and may be spoilt; others are left alone."""
    turn: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The remote's answer, or what becomes of it."""
        if not self.among(request):
            return self.remote.handle_request(request)
        self.turn += 1
        return self.spoil(request, self.remote) if self.turns(self.turn) else self.remote.handle_request(request)


@dataclass(slots=True)
class Replay(httpx.BaseTransport):
    """Serves an old answer in place of new ones: the first answer given to a request that `is_list` stands in for later ones."""

    remote: httpx.BaseTransport
    is_list: Callable[[httpx.Request], bool]
    times: int
    kept: list[httpx.Response] = field(default_factory=list[httpx.Response])

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The remote's answer, or the first page once more."""
        fresh = self.remote.handle_request(request)
        if not self.is_list(request):
            return fresh
        if not self.kept:
            fresh.read()
            self.kept.append(fresh)
            return _copy(fresh)
        if self.times <= 0:
            return fresh
        self.times -= 1
        return _copy(self.kept[0])


def status(code: int, **headers: str) -> Spoiler:
    """An answer of this status instead, as a proxy in between gives it."""
    named = {"Date": http_date(NOW), **{name.replace("_", "-"): value for name, value in headers.items()}}
    sent = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
    return lambda _request, _remote: httpx.Response(code, content=b"<h1>no</h1>", headers=sent)


def busy_until(moment: datetime) -> Spoiler:
    """A 429 that names a date."""
    return status(429, Retry_After=http_date(moment))


def cut(request: httpx.Request, remote: httpx.BaseTransport) -> httpx.Response:
    """Half of the answer, sent as if it were all."""
    whole = remote.handle_request(request)
    body = whole.read()
    return httpx.Response(whole.status_code, content=body[: len(body) // 2], headers=_headers(whole))


def for_people(_request: httpx.Request, _remote: httpx.BaseTransport) -> httpx.Response:
    """A page for people, with status 200."""
    page = b"<!doctype html><html><body><p>We will be back soon.</p></body></html>"
    return httpx.Response(200, content=page, headers={"Content-Type": "text/html", "Date": http_date(NOW)})


def dropped(request: httpx.Request, remote: httpx.BaseTransport) -> httpx.Response:
    """The remote does its work, and the reply is lost on the way."""
    remote.handle_request(request)
    raise httpx.RemoteProtocolError("peer closed the connection", request=request)


def done_then(code: int) -> Spoiler:
    """The remote does its work, and somebody in between answers otherwise."""

    def spoil(request: httpx.Request, remote: httpx.BaseTransport) -> httpx.Response:
        remote.handle_request(request)
        return status(code)(request, remote)

    return spoil


def unreachable(request: httpx.Request, _remote: httpx.BaseTransport) -> httpx.Response:
    """Nobody takes the connection."""
    raise httpx.ConnectError("connection refused", request=request)


def soon(seconds: int) -> datetime:
    """So long after the remote's present."""
    return NOW + timedelta(seconds=seconds)


def _headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "content-length"}


def _copy(answer: httpx.Response) -> httpx.Response:
    return httpx.Response(answer.status_code, content=answer.content, headers=_headers(answer))
