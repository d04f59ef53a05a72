"""`entrepot up` and `entrepot deploy`: the whole hub from one command, as a small family of processes.

This process starts the street (if hub.toml has one) and the scheduler (`python -m flows.serve`: Prefect's server, UI and worker),
tells a line per finished run, and ends both on Ctrl-C. Its children watch their standard input, so that they end with it even
when it is killed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from console.first_file import move_street, write_first_file
from console.output import As, Json, complain, say, say_json
from console.street_command import LAST_PORT, LOOPBACK, free_port
from model.errors import ConfigError
from model.store.runs import Counts, ended_after
from operations.runtime.hub import Hub, open_hub
from operations.runtime.settings import Settings
from operations.verbs import said

GRACE_S = 25
"""Seconds a child gets to end by itself."""


def up(
    port: Annotated[int | None, typer.Option(min=1, max=LAST_PORT, help="First port tried for Prefect's UI.")] = None,
    as_json: Json = False,
    actor: As = None,
) -> None:
    """Start the hub: database, schedules, Prefect's server and UI, and the street if hub.toml has one. Ctrl-C stops it cleanly."""
    settings = Settings()
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a script started us with Ctrl-C ignored
        signal.signal(number, _as_interrupt)
    street_port = _street_port(settings, as_json)
    with open_hub(settings, actor=actor) as hub, _children(settings, street_port, port, as_json) as children:
        hub.note("up", "hub", home=str(settings.home.name))
        _tell_runs(hub, children, as_json)


def deploy(as_json: Json = False, actor: As = None) -> None:
    """Bring Prefect's deployments and schedules to what prefect.yaml and hub.toml say (PREFECT_API_URL names the server)."""
    if not os.environ.get("PREFECT_API_URL"):
        raise ConfigError("PREFECT_API_URL: is not set; it names the Prefect server, like http://127.0.0.1:4200/api")
    with open_hub(Settings(), actor=actor) as hub:
        hub.note("deploy", "schedules")
    code = subprocess.run([sys.executable, "-m", "flows.deploy"], env=_environment(Settings()), check=False).returncode
    if code:
        raise typer.Exit(1)
    say_json({"deployed": True}) if as_json else say("deployments and schedules are what prefect.yaml and hub.toml say")


def _as_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _street_port(settings: Settings, as_json: bool) -> int | None:
    """Where the street is to listen; writes a first hub.toml on a new home, and moves it when its port was taken meanwhile."""
    if not settings.hub_file.exists():
        port = free_port(settings.street_port)
        path = write_first_file(settings, f"http://{LOOPBACK}:{port}", starts_street=True)
        _tell(as_json, f"wrote a first {path}", written=str(path))
        return port
    with open_hub(settings) as hub:
        address = hub.file.street
    if address is None:
        return None
    wanted = int(address.rpartition(":")[2])
    port = free_port(wanted)
    if port != wanted:
        _tell(as_json, f"port {wanted} is taken; the street moves to {port}, and hub.toml with it", taken=wanted, street_port=port)
        move_street(settings, address, f"http://{LOOPBACK}:{port}")
    return port


def _environment(settings: Settings) -> dict[str, str]:
    home = settings.home.resolve()
    return os.environ | {"ENTREPOT_HOME": str(home), "PREFECT_HOME": os.environ.get("PREFECT_HOME", str(settings.prefect_home))}


@contextmanager
def _children(
    settings: Settings, street_port: int | None, ui_port: int | None, as_json: bool
) -> Generator[list["subprocess.Popen[bytes]"]]:
    logs = settings.home.resolve() / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    children: list[subprocess.Popen[bytes]] = []
    try:
        if street_port is not None:
            words = ["console", "street", "--port", str(street_port), "--with-parent"]
            children.append(_start(words, settings, (logs / "street.log").open("ab")))
            address = f"http://{LOOPBACK}:{street_port}"
            _tell(as_json, f"the street is at {address}", street=address)
        wanted = ui_port or settings.ui_port
        ui = free_port(wanted)
        if ui != wanted:
            _tell(as_json, f"port {wanted} is taken; Prefect's UI moves to {ui}", taken=wanted, ui_port=ui)
        children.append(_start(["flows.serve", "--port", str(ui)], settings, (logs / "prefect.log").open("ab")))
        _tell(as_json, f"Prefect's UI is at http://{LOOPBACK}:{ui}", ui=f"http://{LOOPBACK}:{ui}")
        yield children
    except KeyboardInterrupt:
        _tell(as_json, "stopping", hub="stopping")
    finally:
        for child in reversed(children):  # the scheduler first: its worker needs the server, its runs need the street
            _stop(child)
        _tell(as_json, "stopped", hub="stopped")


def _tell(as_json: bool, line: str, **shown: str | int) -> None:
    """The same for a person or for a program."""
    say_json(shown) if as_json else say(line)


def _start(words: list[str], settings: Settings, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    with log:
        return subprocess.Popen(  # noqa: S603  our own modules, arguments from our own files
            [sys.executable, "-m", *words],
            env=_environment(settings),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches this process only; it ends the others in order
        )


def _stop(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child.stdin:
        child.stdin.close()


def _tell_runs(hub: Hub, children: list["subprocess.Popen[bytes]"], as_json: bool) -> None:
    """A line per finished run, read from the store, until a child ends or somebody presses Ctrl-C."""
    seen = hub.clock.now()
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
        with hub.database.read() as connection:
            finished = ended_after(connection, seen)
        for run in finished:
            seen = max(seen, run["ended_at"])
            counts = Counts(run["new"], run["changed"], run["unchanged"], run["superseded"], run["quarantined"])
            what = said(counts) if run["outcome"] == "done" else f"{run['outcome']}: {run['message']}"
            line = f"{run['ended_at']:%H:%M:%S} {run['account_id']} {run['stream']}: {what}"
            say_json(run) if as_json else say(line)
    complain(f"a part of the hub ended by itself; see {Path('logs')} in {Settings().home.resolve()}")
    raise typer.Exit(1)
