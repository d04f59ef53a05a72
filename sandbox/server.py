"""The street over real HTTP: a raw ASGI app under uvicorn, with a loop that lets time pass."""

import asyncio
import signal
import socket
import threading
from asyncio.transports import Transport
from collections.abc import Awaitable, Callable, Generator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeAlias, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import HANDLED_SIGNALS

from sandbox.exchange import Answer, Request
from sandbox.street import Street

TICK_S: Final = 1.0
STALL_S: Final = 0.5
# ASGI messages are open dictionaries by its specification
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Wires: TypeAlias = "dict[tuple[str, int], Transport]"


def serve(street: Street, *, host: str, port: int, on_ready: Callable[[int], None]) -> None:
    """Serves the street until SIGINT or SIGTERM. Port 0 takes any free one; `on_ready` is told which."""
    wires: Wires = {}
    config = uvicorn.Config(
        _app(street, wires),
        host=host,
        port=port,
        http=_protocol(wires),
        lifespan="off",
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    asyncio.run(_run(_PoliteServer(config, on_ready), street))


class _PoliteServer(uvicorn.Server):
    """Ends on a signal without raising it again, so that `serve` returns; outside the main thread it takes none."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Opens the door, then says which port it is."""
        await super().startup(sockets)
        if self.started:
            self._on_ready(cast("tuple[str, int]", self.servers[0].sockets[0].getsockname())[1])

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Turns SIGINT and SIGTERM into an orderly end while the server runs."""
        mine = HANDLED_SIGNALS if threading.current_thread() is threading.main_thread() else ()
        before = {number: signal.signal(number, self.handle_exit) for number in mine}
        try:
            yield
        finally:
            for number, former in before.items():
                signal.signal(number, former)


async def _run(server: _PoliteServer, street: Street) -> None:
    living = asyncio.create_task(_live(street))
    try:
        await server.serve()
    finally:
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living


async def _live(street: Street) -> None:
    while True:
        street.advance()
        await asyncio.sleep(TICK_S)


def _protocol(wires: Wires) -> type[H11Protocol]:
    class StreetProtocol(H11Protocol):
        """Remembers each client's transport, so that an answer can be broken off on the wire."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(cast("Transport", transport))
            wires[_client(transport)] = cast("Transport", transport)

        def connection_lost(self, exc: Exception | None) -> None:
            wires.pop(_client(self.transport), None)
            super().connection_lost(exc)

    return StreetProtocol


def _client(transport: asyncio.BaseTransport) -> tuple[str, int]:
    host, port = cast("tuple[str, int]", transport.get_extra_info("peername"))[:2]
    return host, port


def _app(street: Street, wires: Wires) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        answer = street.answer(await _request(scope, receive))
        wire = wires.get(cast("tuple[str, int]", tuple(scope["client"])))
        if answer.behaviour == "plain":
            await _send(send, answer, more=False)
            return
        if answer.behaviour == "stall":
            await asyncio.sleep(STALL_S)
        if answer.behaviour == "cut":
            await _send(send, answer, more=True)
        if wire is not None:
            await _hang_up(wire)

    return app


async def _hang_up(wire: Transport) -> None:
    wire.close()  # what was written still leaves; then the client finds the connection closed
    for _ in range(100):
        await asyncio.sleep(0)  # until uvicorn has seen the loss, so that it does not answer in our place
        if wire.is_closing() and wire.get_write_buffer_size() == 0:
            break
    await asyncio.sleep(0.01)


async def _request(scope: Message, receive: Receive) -> Request:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += cast("bytes", message.get("body", b""))
        more = bool(message.get("more_body", False))
    headers = {name.decode("latin-1"): value.decode("latin-1")
               for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"])}  # fmt: skip
    query = cast("bytes", scope["query_string"]).decode("ascii", "replace")
    return Request(cast("str", scope["method"]), cast("str", scope["path"]), query, headers, bytes(body))


async def _send(send: Send, answer: Answer, *, more: bool) -> None:
    named = {name.lower(): value for name, value in answer.headers.items()}
    named.setdefault("content-length", str(len(answer.body)))
    headers = [(name.encode("latin-1"), value.encode("utf-8")) for name, value in named.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": more})
