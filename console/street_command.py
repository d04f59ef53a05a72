"""`entrepot street`: the make-believe street alone, for trying the hub, for tests and for benchmarks."""

import os
import signal
import socket
import sys
import threading
from typing import Annotated

import typer

from console.output import As, Json, complain, say, say_json
from model.errors import ConfigError
from operations.runtime.clock import SystemClock
from operations.runtime.settings import Settings

LOOPBACK = "127.0.0.1"
LAST_PORT = 65_535


def street(
    orders: Annotated[int, typer.Option(min=0, help="Orders of a new world.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of a new world.")] = 1,
    faults: Annotated[str, typer.Option(help="none, mild, all, or names of faults with commas.")] = "none",
    port: Annotated[int | None, typer.Option(min=0, max=LAST_PORT, help="Port; taken ones are passed over.")] = None,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
    as_json: Json = False,
    actor: As = None,  # noqa: ARG001  every command takes an actor
) -> None:
    """Run three make-believe shops and a warehouse over real HTTP until Ctrl-C. Their world is kept in ENTREPOT_HOME/street."""
    from sandbox.server import serve  # noqa: PLC0415  the hub's own commands start without the street
    from sandbox.street import Street  # noqa: PLC0415  same

    settings = Settings()
    chosen = free_port(settings.street_port if port is None else port)
    if port not in (None, 0, chosen):
        complain(f"port {port} is taken; the street is at {chosen}")
    if with_parent:
        stop_with_parent()
    try:
        world = Street(settings.street_home, orders=orders, seed=seed, faults=faults, clock=SystemClock().now)
    except ValueError as error:
        raise ConfigError(f"--faults {faults}: {error}") from None

    def ready(bound: int) -> None:
        url = f"http://{LOOPBACK}:{bound}"
        say_json({"url": url}) if as_json else say(f"the street is at {url} (its books: {url}/truth)")

    serve(world, host=LOOPBACK, port=chosen, on_ready=ready)


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens on; 0 stays 0, which means any; ConfigError beyond the last."""
    if not 0 <= first <= LAST_PORT:
        raise ConfigError(f"port {first}: does not exist; use one up to {LAST_PORT}")
    for port in range(first, min(first + 100, LAST_PORT + 1)) if first else ():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    return 0


def stop_with_parent() -> None:
    """End this process when the one that started it is gone: its end of our standard input closes, even on kill -9."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 64):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent watch").start()
