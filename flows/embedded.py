"""Prefect's server and UI, our deployments and one worker in this process.

It ends with the process that started it: when standard input closes, on SIGTERM, or on Ctrl-C. The worker stops before the
server, as it needs the server to say goodbye.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from prefect.client.orchestration import PrefectClient, get_client
from prefect.server.api.server import create_app
from prefect.types import DateTime
from prefect.workers.process import ProcessWorker

from flows.cursors import close_cursors_in_time
from flows.deploy import PULL, WORK_POOL, deploy
from flows.leftovers import STARTED, close_unfinished, forget_missed
from flows.serve import HOST
from operations.runtime.hub_file import read_hub_file
from operations.runtime.settings import Settings


class Server(uvicorn.Server):
    """A server that leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Nothing to capture."""
        yield


Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
"""As ASGI has them."""


class KeepHome:
    """The UI may speak to this server only: its analytics have no switch of their own.

    Plain ASGI: Starlette's `@app.middleware` would run each request in a task group of its own for the sake of one header.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with the header that keeps the UI at home."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"content-security-policy", b"connect-src 'self'")]
            await send(message)

        await self.app(scope, receive, answer if scope["type"] == "http" else send)


async def serve(port: int) -> None:
    """Run until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    _watch_parent(loop, stop)
    close_cursors_in_time()
    await forget_missed(before=DateTime.now("UTC"))
    server, serving = await _start_server(port)
    async with get_client() as client:
        await close_unfinished(client, "left over: its process is gone")
        await _first_ended(stop, serving, _work(client))
        await close_unfinished(client, "the hub was stopped while it ran")
    server.should_exit = True
    await asyncio.gather(serving, return_exceptions=True)


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    def watch() -> None:
        while os.read(sys.stdin.fileno(), 64):
            continue
        loop.call_soon_threadsafe(stop.set)

    if not sys.stdin.isatty():
        threading.Thread(target=watch, daemon=True, name="parent watch").start()


async def _start_server(port: int) -> "tuple[Server, asyncio.Task[None]]":
    app = create_app(final=True)
    app.add_middleware(KeepHome)
    server = Server(uvicorn.Config(app, host=HOST, port=port, log_level="warning", timeout_graceful_shutdown=5))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            serving.result()
            raise SystemExit(f"Prefect's server did not start on port {port}")
        await asyncio.sleep(0.05)
    return server, serving


async def pull_now(client: PrefectClient) -> None:
    """A run per channel at once: a hub that was off has something to catch up on, whatever the schedules say."""
    deployment = await client.read_deployment_by_name(PULL)
    now = DateTime.now("UTC")
    for channel in read_hub_file(Settings().hub_file).channels:
        if channel.is_active:
            key = f"{STARTED}{now:%Y%m%dT%H%M%S}-{channel.id}"
            await client.create_flow_run_from_deployment(
                deployment.id, parameters={"channel": channel.id}, tags=["start"], idempotency_key=key
            )


async def _work(client: PrefectClient) -> None:
    await deploy()
    await pull_now(client)
    await ProcessWorker(work_pool_name=WORK_POOL, limit=4).start()


async def _first_ended(stop: asyncio.Event, serving: "asyncio.Task[None]", work: Coroutine[None, None, None]) -> None:
    """Work until told to stop; work or a server that ends by itself ends the hub, with its own error."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait({working, serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for each in ended:
        each.result()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
