"""A private OpenSSH server for SFTP alone, on loopback and a free port, and a wire to it that can be cut."""

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest

PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


@dataclass(frozen=True)
class Server:
    """A running server: its port, its folders, and what a partner would be told of it."""

    port: int
    drop: Path
    host_key: str
    private_key: str

    def settings(self, port: int | None = None) -> dict[str, object]:
        """Settings of an account there."""
        address = f"sftp://127.0.0.1:{port or self.port}/"
        return {
            "address": address,
            "user": getpass.getuser(),
            "host_key": self.host_key,
            "private_key": self.private_key,
            "archive": "done",
        }


@contextmanager
def open_server(home: Path) -> Generator[Server]:
    """The server, stopped at the end; skips where this machine has none."""
    program = shutil.which("sshd", path=PLACES)
    if program is None:
        pytest.skip("needs the program sshd (in Debian: openssh-server)")
    host, client = new_key(), new_key()
    for folder in ("in", "out", "done"):
        (home / "drop" / folder).mkdir(parents=True)
    _keep(home / "host", host.export_private_key())
    _keep(home / "authorized_keys", client.export_public_key())
    port = free_port()
    (home / "sshd_config").write_text(_config(home, port))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where a server of root locks its children in
    with (home / "sshd.log").open("wb") as log:
        running = subprocess.Popen([program, "-D", "-e", "-f", home / "sshd_config"], stderr=log)
    try:
        _wait_for(port, home / "sshd.log")
        yield Server(port, home / "drop", host.export_public_key().decode().strip(), client.export_private_key().decode())
    finally:
        running.terminate()
        running.wait(10)


def new_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    """A key nobody has."""
    return asyncssh.generate_private_key(kind)  # pyright: ignore[reportUnknownMemberType]  its options are untyped


def _keep(path: Path, key: bytes) -> None:
    path.write_bytes(key)
    path.chmod(0o600)


def _config(home: Path, port: int) -> str:
    return f"""
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host
PidFile none
AuthorizedKeysFile {home}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
Subsystem sftp internal-sftp -d {home}/drop
ForceCommand internal-sftp -d {home}/drop
AllowTcpForwarding no
"""


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail(log.read_text("utf-8", "replace"))


@dataclass
class Wire:
    """A wire to a server that is cut, in both directions, once so many bytes went up it."""

    to_port: int
    cut_after: int
    port: int = field(default_factory=free_port)
    carried: int = 0

    @contextmanager
    def laid(self) -> Generator[None]:
        """The wire, for one connection at a time."""
        with socket.create_server(("127.0.0.1", self.port)) as door:
            door.settimeout(0.1)
            over = threading.Event()
            carrier = threading.Thread(target=self._carry, args=(door, over))
            carrier.start()
            try:
                yield
            finally:
                over.set()
                carrier.join()

    def _carry(self, door: socket.socket, over: threading.Event) -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                near, _ = door.accept()
                with near, socket.create_connection(("127.0.0.1", self.to_port)) as far:
                    down = threading.Thread(target=_pump, args=(far, near))
                    down.start()
                    self._up(near, far)
                    for end in (near, far):
                        with suppress(OSError):
                            end.shutdown(socket.SHUT_RDWR)
                    down.join()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        near.settimeout(30)
        with suppress(OSError):
            while (left := self.cut_after - self.carried) > 0 and (part := near.recv(min(left, 4096))):
                self.carried += len(part)
                far.sendall(part)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(4096):
            sink.sendall(part)
