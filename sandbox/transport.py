"""The street without a socket: an httpx transport in which misbehaviour is an httpx error and nobody ever waits."""

from collections.abc import Callable, Iterator
from typing import Final

import httpx

from sandbox.exchange import Answer, Behaviour, Request

ERRORS: Final[dict[Behaviour, tuple[type[httpx.TransportError], str]]] = {
    "refuse": (httpx.ConnectError, "[Errno 111] Connection refused"),
    "reset": (httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    "stall": (httpx.ReadTimeout, "The read operation timed out"),
}


class _CutStream(httpx.SyncByteStream):
    """A body that ends before its Content-Length is reached."""

    def __init__(self, body: bytes, request: httpx.Request) -> None:
        self._body, self._request = body, request

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        words = f"peer closed connection without sending complete message body (received {len(self._body)} bytes)"
        raise httpx.RemoteProtocolError(words, request=self._request)


class StreetTransport(httpx.BaseTransport):
    """Hands each request to the street in this process."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self._answer = answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Gives the street's answer, or raises the httpx error that stands for its misbehaviour."""
        body = request.read()
        query = request.url.query.decode("ascii")
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._answer(Request(request.method, request.url.path, query, headers, body))
        if answer.behaviour in ERRORS:
            error, words = ERRORS[answer.behaviour]
            raise error(words, request=request)
        if answer.behaviour == "cut":
            return httpx.Response(answer.status, headers=answer.headers, stream=_CutStream(answer.body, request))
        length = {"content-length": str(len(answer.body))}
        return httpx.Response(answer.status, headers={**answer.headers, **length}, content=answer.body)
