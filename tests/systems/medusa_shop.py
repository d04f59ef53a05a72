"""A real Medusa 2.21.2 on a private PostgreSQL: installed once, its empty shop made once a session, and copied for each module of tests."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql

from connectors._kit import Wiring
from connectors._kit.http import Pause
from connectors.registry import connect
from tests.postgres_server import private_postgres

RECIPE = Path(__file__).parent / "medusa"
CACHE = Path(__file__).parents[2] / ".systems/medusa"
PASSWORD = "open-sesame-11"
KEEPER = "keeper@example.com"
CLI = ("node", "node_modules/@medusajs/cli/cli.js")

Answer = dict[str, Any]


@dataclass(frozen=True)
class MedusaMaker:
    """A database server with the shop as it is before anything is in it."""

    dsn: str
    folder: Path

    def environment(self, database: str) -> dict[str, str]:
        told = {"DATABASE_URL": f"{self.dsn}/{database}", "NODE_ENV": "production", "MEDUSA_DISABLE_TELEMETRY": "1"}
        return {**os.environ, **told}


@dataclass
class MedusaShop:
    """The running shop: its keeper at the Admin API, buyers at the Store API, and our connector."""

    url: str
    client: httpx.Client = field(init=False)
    told: Answer = field(default_factory=Answer)
    """Ids of what the shop was filled with."""

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=60)
        login = self.client.post("/auth/user/emailpass", json={"email": KEEPER, "password": PASSWORD}).json()
        self.client.headers["authorization"] = f"Bearer {login['token']}"

    def ask(self, method: str, path: str, body: object = None, **query: str | int) -> Any:  # noqa: ANN401  whatever JSON says
        """What the Admin API answers the keeper."""
        answer = self.client.request(method, path, json=body, params=query or None)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()


@contextmanager
def made_shop(folder: Path) -> Generator[MedusaMaker]:
    """The database of a new shop, about half a minute's work."""
    install()
    with private_postgres() as address:
        maker = MedusaMaker(address.replace("postgresql+psycopg", "postgresql"), folder)
        environment = maker.environment("empty_shop")
        with psycopg.connect(f"{maker.dsn}/postgres", autocommit=True) as connection, (folder / "making.log").open("wb") as log:
            connection.execute("create database empty_shop")
            for words in ((*CLI, "db:migrate"), (*CLI, "user", "-e", KEEPER, "-p", PASSWORD)):
                subprocess.run(words, check=True, cwd=CACHE, env=environment, stdout=log, stderr=log)
        yield maker


@contextmanager
def open_medusa(maker: MedusaMaker, name: str) -> Generator[MedusaShop]:
    """A copy of the shop under a name, served until the block ends."""
    with psycopg.connect(f"{maker.dsn}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template empty_shop").format(sql.Identifier(name)))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = (*CLI, "start", "-H", "127.0.0.1", "-p", str(port))
    with (maker.folder / f"{name}.log").open("wb") as log:
        server = subprocess.Popen(words, cwd=CACHE, env=maker.environment(name), stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, server)
        running = MedusaShop(url)
        yield running
        running.client.close()
    finally:
        server.terminate()
        server.wait(timeout=20)


def install() -> None:
    """Medusa from the package registry into the cache, once for each list of versions."""
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n", "utf-8")
    shutil.copy(RECIPE / "medusa-config.js", CACHE / "medusa-config.js")
    wanted, stamp = (RECIPE / "package.json").read_bytes(), CACHE / "installed"
    if stamp.exists() and stamp.read_bytes() == wanted:
        return
    shutil.copy(RECIPE / "package.json", CACHE / "package.json")
    subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=CACHE, check=True)
    stamp.write_bytes(wanted)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the shop ended before it began"
        try:
            if httpx.get(f"{url}/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(1 / 5)
    raise AssertionError("the shop does not start")
