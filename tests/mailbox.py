"""A mailbox on loopback that speaks as much IMAP as the connector asks for: folders of mails that may move, change their UIDs, or lie."""

import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

HERE = "127.0.0.1"
PASSWORD = "open sesame"


@dataclass
class Kept:
    """One mail in a folder."""

    uid: int
    arrived_at: datetime
    raw: bytes
    flags: set[str] = field(default_factory=set[str])


def _as_honest(_command: str, answer: bytes) -> bytes:
    return answer


@dataclass
class Postbox:
    """The mails of one person, and the server they lie on."""

    folders: dict[str, list[Kept]] = field(default_factory=lambda: {"INBOX": []})
    validity: dict[str, int] = field(default_factory=lambda: {"INBOX": 7})
    next_uid: int = 1
    spoil: Callable[[str, bytes], bytes] = _as_honest
    """What becomes of an answer on its way; an empty one hangs up."""
    after: Callable[[str], None] = lambda _command: None
    """Called behind each command: here the world may move on."""
    commands: list[str] = field(default_factory=list[str])
    certificate: tuple[Path, Path] | None = None
    """With its key; then STARTTLS is offered."""
    port: int = 0
    patience_s: float = 2
    """How long it waits in IDLE before it says that it is still here."""
    news: threading.Condition = field(default_factory=threading.Condition)

    def put(self, raw: bytes, arrived_at: datetime, folder: str = "INBOX") -> Kept:
        """A mail is delivered."""
        kept = Kept(self.next_uid, arrived_at.astimezone(UTC), raw)
        self.next_uid += 1
        self.folders.setdefault(folder, []).append(kept)
        self.validity.setdefault(folder, 7)
        with self.news:
            self.news.notify_all()
        return kept

    def move(self, kept: Kept, source: str, target: str) -> None:
        """A mail is moved by hand: it keeps its time of arrival, and is given another UID."""
        self.folders[source].remove(kept)
        self.put(kept.raw, kept.arrived_at, target)

    def renumber(self, folder: str = "INBOX") -> None:
        """The server was set up anew: other UIDs, under another validity."""
        self.validity[folder] += 1
        for number, kept in enumerate(self.folders[folder], 1):
            kept.uid = number
        self.next_uid = 1000


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    box: Postbox
    folder = "INBOX"

    def handle(self) -> None:
        """Commands until the other side is done."""
        self.box = cast("_Server", self.server).box
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline().rstrip(b"\r\n").decode("latin-1"):
            tag, _, command = line.partition(" ")
            self.box.commands.append(command)
            if command == "STARTTLS" and self.box.certificate:
                with suppress(ssl.SSLError, OSError):  # the other side does not trust us
                    self._encrypt(tag)
                continue
            if command == "IDLE":
                self._idle(tag)
                continue
            answer = self.box.spoil(command, self._answer(command, tag))
            if not answer:
                return
            self.wfile.write(answer)
            self.box.after(command)
            if command == "LOGOUT":
                return

    def _encrypt(self, tag: str) -> None:
        assert self.box.certificate
        self.wfile.write(f"{tag} OK begin\r\n".encode())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.box.certificate)
        wrapped = context.wrap_socket(self.connection, server_side=True, do_handshake_on_connect=False)
        self.request = wrapped
        wrapped.do_handshake()
        self.setup()

    def finish(self) -> None:
        """Close what TLS made of the connection, too."""
        with suppress(OSError):
            super().finish()
        self.request.close()

    def _idle(self, tag: str) -> None:
        self.wfile.write(b"+ idling\r\n")
        count = len(self.box.folders[self.folder])
        with self.box.news:
            self.box.news.wait_for(lambda: len(self.box.folders[self.folder]) != count, timeout=self.box.patience_s)
        self.wfile.write(b"* OK Still here\r\n")
        if len(self.box.folders[self.folder]) != count:
            self.wfile.write(f"* {len(self.box.folders[self.folder])} EXISTS\r\n".encode())
        self.rfile.readline()
        self.wfile.write(f"{tag} OK idle\r\n".encode())

    def _answer(self, command: str, tag: str) -> bytes:
        name, _, rest = command.partition(" ")
        if name == "UID":
            name, _, rest = rest.partition(" ")
        does: Callable[[str], bytes | None] = getattr(self, f"_{name.lower()}", self._nothing)
        told = does(rest)
        return f"{tag} NO refused\r\n".encode() if told is None else told + f"{tag} OK done\r\n".encode()

    def _nothing(self, _rest: str) -> bytes:
        return b""

    def _login(self, rest: str) -> bytes | None:
        return b"" if rest.endswith(f'"{PASSWORD}"') else None

    def _capability(self, _rest: str) -> bytes:
        return b"* CAPABILITY IMAP4rev1 IDLE" + (b" STARTTLS" if self.box.certificate else b"") + b"\r\n"

    def _select(self, rest: str) -> bytes | None:
        name = rest.strip('"')
        if name not in self.box.folders:
            return None
        self.folder = name
        return f"* {len(self.box.folders[name])} EXISTS\r\n* OK [UIDVALIDITY {self.box.validity[name]}] ok\r\n".encode()

    _examine = _select

    def _search(self, rest: str) -> bytes:
        mails = self.box.folders[self.folder]
        if days := re.fullmatch(r"SINCE (\S+) BEFORE (\S+)", rest.replace('"', "")):
            since, before = (datetime.strptime(day, "%d-%b-%Y").replace(tzinfo=UTC) for day in days.groups())
            mails = [kept for kept in mails if since <= kept.arrived_at < before]
        elif text := re.fullmatch(r"TEXT (.+)", rest):
            mails = [kept for kept in mails if text[1].strip('"').encode() in kept.raw]
        return f"* SEARCH {' '.join(str(kept.uid) for kept in mails)}\r\n".encode()

    def _fetch(self, rest: str) -> bytes:
        wanted = {int(uid) for uid in rest.partition(" ")[0].split(",")}
        partial = re.search(r"BODY\.PEEK\[HEADER\]<0\.(\d+)>", rest)
        told: list[bytes] = []
        for number, kept in enumerate(self.box.folders[self.folder], 1):
            if kept.uid in wanted:
                end = kept.raw.find(b"\r\n\r\n")
                body = kept.raw[: end + 4 if end >= 0 else None][: int(partial[1])] if partial else kept.raw
                name = "BODY[HEADER]<0>" if partial else "BODY[]"
                date = kept.arrived_at.strftime("%d-%b-%Y %H:%M:%S +0000")
                about = f'* {number} FETCH (UID {kept.uid} INTERNALDATE "{date}" RFC822.SIZE {len(kept.raw)} {name} {{{len(body)}}}\r\n'
                told.append(about.encode() + body + b")\r\n")
        return b"".join(told)

    def _store(self, rest: str) -> bytes:
        uids, _, flags = rest.partition(" ")
        for kept in self.box.folders[self.folder]:
            if str(kept.uid) in uids.split(","):
                kept.flags |= set(re.findall(r"\$\w+", flags))
        return b""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False
    box: Postbox

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  theirs
        """A connection that the other side dropped is its own affair."""


@contextmanager
def postbox() -> Generator[Postbox]:
    """A mailbox that is served until the end."""
    box = Postbox()
    with _Server((HERE, 0), _Talk) as server:
        server.box = box
        box.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join(5)
