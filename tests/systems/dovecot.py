"""A private Dovecot on loopback and free ports: mails are delivered to it by LMTP, as a receiving server does."""

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from tests.mailbox import HERE, PASSWORD
from tests.systems.sftp_server import PLACES, free_port

USER = "orders@example.com"


@dataclass(frozen=True)
class Dovecot:
    """A running server with one mailbox."""

    home: Path
    imap: int
    lmtp: int

    def deliver(self, raw: bytes) -> None:
        """Hand a mail over; it lies in the INBOX when this returns."""
        with smtplib.LMTP(HERE, self.lmtp) as door:
            door.sendmail("anybody@example.org", [USER], raw)

    @contextmanager
    def by_hand(self) -> Generator[Any]:
        """The mailbox as a person opens it."""
        client: Any = IMAPClient(HERE, self.imap, ssl=False)
        client.login(USER, PASSWORD)
        yield client
        client.logout()

    def forget_numbers(self) -> None:
        """The folder's index is lost, as after a restore: mails get new UIDs under another UIDVALIDITY."""
        for path in (self.home / "mail").rglob("dovecot-uidlist"):
            path.unlink()
        for path in (self.home / "mail").rglob("dovecot.index*"):
            path.unlink()


@contextmanager
def open_dovecot() -> Generator[Dovecot]:
    """The server, stopped at the end; skips where this machine has none."""
    program = shutil.which("dovecot", path=PLACES)
    if program is None:
        pytest.skip("needs the program dovecot (in Debian: dovecot-imapd and dovecot-lmtpd)")
    if os.geteuid() != 0:
        pytest.skip("is started as root, as Dovecot's own users are")
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))  # pytest's own folders are closed to the users that Dovecot runs as
    home.chmod(0o755)
    server = Dovecot(home, free_port(), free_port())
    owner = pwd.getpwnam("nobody")
    (home / "mail").mkdir()
    os.chown(home / "mail", owner.pw_uid, owner.pw_gid)
    (home / "passwd").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n")
    (home / "dovecot.conf").write_text(_config(server, owner.pw_uid, owner.pw_gid))
    running = subprocess.Popen([program, "-F", "-c", home / "dovecot.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(server)
        yield server
    finally:
        running.terminate()
        running.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def _config(server: Dovecot, uid: int, gid: int) -> str:
    home = server.home
    return f"""
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/dovecot.log
protocols = imap lmtp
listen = {HERE}
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
auth_mechanisms = plain login
imap_idle_notify_interval = 5 secs
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {server.imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = {HERE}
    port = {server.lmtp}
  }}
}}
namespace inbox {{
  inbox = yes
  mailbox Big {{
    auto = create
  }}
}}
"""


def _wait_for(server: Dovecot) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection((HERE, server.imap), 1), socket.create_connection((HERE, server.lmtp), 1):
            return
        time.sleep(0.05)
    log = server.home / "dovecot.log"
    pytest.fail(log.read_text("utf-8", "replace") if log.exists() else "dovecot did not start")
