"""A real Tryton 8.2 on a private PostgreSQL: installed once, its books made once a session, and copied for each module of tests."""

import base64
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
from psycopg import sql

from connectors._kit import Connector, Wiring
from connectors._kit.http import Pause
from connectors.registry import connect
from connectors.tryton.connector import Tryton
from tests.postgres_server import private_postgres

RECIPE = Path(__file__).parent / "tryton"
CACHE = Path(__file__).parents[2] / ".systems/tryton"
PASSWORD = "open-sesame-11"
COMPANY = "Rosenhof GmbH"
UNAUTHORIZED = 401


@dataclass
class Books:
    """The running books, and what their keeper may do in them."""

    url: str
    database: str
    dsn: str
    opened: list[Connector[Any]] = field(default_factory=list[Connector[Any]])
    sessions: dict[str, str] = field(default_factory=dict[str, str])
    """Sessions of people, by their names."""

    def connector(self, transport: httpx.BaseTransport | None = None, **settings: object) -> Tryton:
        """The hub's connector, whose waits are none."""
        told = {"address": self.url, "database": self.database, "user": "hub", "password": PASSWORD, "company": COMPANY}
        told |= {"tax_codes": {"V19": "VAT 19"}, "parties": {"1400": "SHOPS"}} | settings
        pause = Pause(sleep=lambda _seconds: None, chance=lambda: 0)
        found = connect("tryton", told, Wiring(transport or httpx.HTTPTransport(), pause=pause))
        assert isinstance(found, Tryton)
        self.opened.append(found)
        return found

    def call(self, method: str, *params: object, user: str = "hub", **context: object) -> Any:  # noqa: ANN401  whatever JSON says
        """What a person's own client is answered."""
        url = f"{self.url}/{self.database}/rpc/"
        said = {"id": 1, "method": method, "params": [*params, {"company": 1} | context]}

        def answer() -> httpx.Response:
            session = self.sessions.get(user) or self._log_in(user)
            return httpx.post(url, json=said, headers={"Authorization": f"Session {session}"}, timeout=60)

        told = answer()
        if told.status_code == UNAUTHORIZED:
            del self.sessions[user]
            told = answer()
        assert "error" not in told.json(), str(told.json()["error"])[:500]
        return told.json()["result"]

    def _log_in(self, user: str) -> str:
        """A session of the user, kept for the next call."""
        said = {"id": 1, "method": "common.db.login", "params": [user, {"password": PASSWORD}]}
        login = httpx.post(f"{self.url}/{self.database}/rpc/", json=said, timeout=60)
        user_id, token, *_ = login.json()["result"]
        self.sessions[user] = base64.b64encode(f"{user}:{user_id}:{token}".encode()).decode()
        return self.sessions[user]

    def trial_balance(self, name: str = "2026") -> Mapping[str, str]:
        """Tryton's own balances of what is posted in a year, by account code."""
        [year] = self.call("model.account.fiscalyear.search", [["name", "=", name]], 0, None, None)
        asked = ([["type", "!=", None]], 0, None, None, ["code", "balance"])
        rows = self.call("model.account.account.search_read", *asked, fiscalyear=year, posted=True)
        return {row["code"]: row["balance"]["decimal"] for row in rows}

    def end_sessions(self) -> None:
        """Forget every session, as a restart of an ERP does."""
        with psycopg.connect(f"{self.dsn}/{self.database}") as connection:
            connection.execute("delete from ir_session")

    def close(self) -> None:
        for connector in self.opened:
            connector.close()


B = TypeVar("B", bound=Books)


@dataclass(frozen=True)
class Maker:
    """A database server with the books as they are before anything is booked."""

    dsn: str
    folder: Path

    def settings(self, name: str, port: int) -> Path:
        path = self.folder / f"{name}.conf"
        path.write_text(f"[database]\nuri = {self.dsn}/\n[web]\nlisten = 127.0.0.1:{port}\n", "utf-8")
        return path


@contextmanager
def made_books(folder: Path, recipe: str = "fill.py") -> Generator[Maker]:
    """Books as a new company has them, about half a minute's work; `recipe` fills the empty database."""
    install()
    with private_postgres() as address:
        maker = Maker(address.replace("postgresql+psycopg", "postgresql"), folder)
        settings = maker.settings("empty_books", 1)
        password = folder / "password"
        password.write_text(PASSWORD, "utf-8")
        admin = [CACHE / "bin/trytond-admin", "-c", settings, "-d", "empty_books", "--all", "--email", "keeper@example.com"]
        fill = [CACHE / "bin/python", RECIPE / recipe, settings, "empty_books", password]
        with psycopg.connect(f"{maker.dsn}/postgres", autocommit=True) as connection, (folder / "making.log").open("wb") as log:
            connection.execute("create database empty_books")
            for words in (admin, fill):
                subprocess.run(words, check=True, stdout=log, stderr=log, env={"TRYTONPASSFILE": str(password), "PATH": "/usr/bin:/bin"})
        yield maker


@contextmanager
def open_books(maker: Maker, name: str, kind: type[B] = Books) -> Generator[B]:
    """A copy of the books under a name, served until the block ends."""
    with psycopg.connect(f"{maker.dsn}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template empty_books").format(sql.Identifier(name)))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = [CACHE / "bin/trytond", "-c", maker.settings(name, port), "-d", name]
    with (maker.folder / f"{name}.log").open("wb") as log:
        server = subprocess.Popen(words, stdout=log, stderr=log, env={"PATH": "/usr/bin:/bin"})
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, server)
        running = kind(url, name, maker.dsn)
        yield running
        running.close()
    finally:
        server.terminate()
        server.wait(timeout=20)


def install() -> None:
    """Tryton from the package index into the cache, once for each list of versions."""
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n", "utf-8")
    wanted, stamp = (RECIPE / "requirements.txt").read_bytes(), CACHE / "installed"
    if stamp.exists() and stamp.read_bytes() == wanted:
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", CACHE], check=True)
    pip = [CACHE / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", RECIPE / "requirements.txt"]
    subprocess.run(pip, check=True)
    stamp.write_bytes(wanted)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    nothing: list[str] = []
    asked = {"id": 1, "method": "common.server.version", "params": nothing}
    for _ in range(300):
        assert server.poll() is None, "Tryton ended; its log is beside its settings"
        try:
            if httpx.post(f"{url}/rpc/", json=asked).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(1 / 5)
    raise AssertionError("Tryton does not start")
