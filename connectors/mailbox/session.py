"""The mailbox itself, over IMAP (RFC 3501, 2177): only read from, but for one keyword where that is wanted.

By IMAPClient (BSD): alive, with IDLE and whole UID commands; aioimaplib is GPL, imap_tools parses mails by itself without bounds.
What it does not bound is bounded here: the address that is connected to, and how long an answer may be.
"""

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_address
from typing import Any, Final, cast

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from connectors._kit.guard import judged_address
from model.errors import AuthError, ConfigError, TransientError

TLS_AT_ONCE: Final = 993
CONNECT_S, ANSWER_S = 20, 60
KEYWORD: Final = "$EntrepotRead"
HEAD_BYTES: Final = 64 * 2**10
"""Bytes of a mail's headers that are read; real ones have a tenth of it."""
_HEADS_AT_ONCE: Final = 100
_ROOM: Final = 2**20
"""Bytes that an answer may be longer than what was asked for."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where the mailbox is, and as whom it is opened."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    is_plain: bool
    most_bytes: int
    allow_hosts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a mail before it is read."""

    uid: int
    arrived_at: datetime
    size: int
    raw: bytes
    """Its headers as they stand, at most `HEAD_BYTES`."""


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Guarded(imaplib.IMAP4):
    """Connects to an address that was judged, and reads no literal of any length a server likes."""

    allowed: frozenset[str] = frozenset()
    most: int = 0

    def read(self, size: int) -> bytes:
        if size > self.most:
            raise imaplib.IMAP4.abort(f"an answer of {size} bytes")
        return super().read(size)

    def judged_socket(self, timeout: float | None) -> socket.socket:
        """A connection to an address that may be spoken to."""
        return socket.create_connection((judged_address(self.host, self.port, self.allowed), self.port), timeout=timeout)


class _Plain(_Guarded, IMAP4WithTimeout):
    def _create_socket(self, timeout: float | None = None) -> socket.socket:  # noqa: ARG002  theirs is given none
        return self.judged_socket(CONNECT_S)


class _Tls(_Guarded, IMAP4_TLS):
    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002  same
        return ssl.create_default_context().wrap_socket(self.judged_socket(CONNECT_S), server_hostname=self.host)


class _Client(IMAPClient):
    def __init__(self, login: Login) -> None:
        self.login_of = login
        timeout = cast("Any", SocketTimeout(CONNECT_S, ANSWER_S))
        super().__init__(login.host, login.port, ssl=login.port == TLS_AT_ONCE and not login.is_plain, timeout=timeout)

    def _create_IMAP4(self) -> Any:  # noqa: ANN401, N802  the library's name, and one of its clients
        login = self.login_of
        bounds = {"allowed": login.allow_hosts, "most": login.most_bytes + _ROOM}
        if not self.ssl:
            return type("Plain", (_Plain,), bounds)(login.host, login.port, CONNECT_S)
        return type("Tls", (_Tls,), bounds)(login.host, login.port, None, CONNECT_S)


class Session:
    """A mailbox, connected when first needed, and anew after a failure."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._client: Any = None

    def open(self, folder: str, *, to_mark: bool = False) -> int:
        """Look into a folder from now on; gives its UIDVALIDITY."""
        with self._errors(folder, refusal="there is no such folder; correct `folders`"):
            answer = self._connected().select_folder(folder, readonly=not to_mark)
            return int(answer[b"UIDVALIDITY"])

    def uids(self, since: date, before: date) -> list[int]:
        """Mails that arrived on these days by the server's own calendar, the oldest first."""
        with self._errors("search"):
            return sorted(int(uid) for uid in self._connected().search(["SINCE", since, "BEFORE", before]))

    def uids_with(self, text: str) -> list[int]:
        """Mails in which the server finds a text."""
        with self._errors("search"):
            return sorted(int(uid) for uid in self._connected().search(["TEXT", text]))

    def heads(self, uids: Sequence[int]) -> Generator[Head]:
        """What is known of each before it is read; those that are gone meanwhile are left out."""
        wanted = ["INTERNALDATE", "RFC822.SIZE", f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>"]
        for start in range(0, len(uids), _HEADS_AT_ONCE):
            with self._errors("fetch"):
                found = cast("dict[int, dict[bytes, Any]]", self._connected().fetch(uids[start : start + _HEADS_AT_ONCE], wanted))
                heads = [_head(uid, told) for uid, told in sorted(found.items()) if b"INTERNALDATE" in told]
            yield from heads

    def read(self, uid: int) -> bytes | None:
        """A whole mail as it was delivered; None where it is gone."""
        with self._errors("fetch"):
            found = cast("dict[int, dict[bytes, Any]]", self._connected().fetch([uid], ["BODY.PEEK[]"]))
            body = found.get(uid, {}).get(b"BODY[]")
            return body if isinstance(body, bytes) else None

    def mark(self, uids: Sequence[int]) -> None:
        """Give mails the keyword that says they were read."""
        if uids:
            with self._errors("mark", refusal="the server keeps no keywords there; set marks_read = false"):
                self._connected().add_flags(list(uids), [KEYWORD], silent=True)

    def wait(self, seconds: float) -> bool:
        """Wait in the folder that is open until the server tells anything (IDLE); false if that is no new mail, or the time is over."""
        with self._errors("idle", refusal="the server has no IDLE; let the schedule pull"):
            client = self._connected()
            client.idle()
            told = client.idle_check(timeout=seconds)
            client.idle_done()
            return any(len(each) > 1 and each[1] == b"EXISTS" for each in told)

    def check(self) -> None:
        """Ask for nothing, which proves the credentials."""
        with self._errors("noop"):
            self._connected().noop()

    def close(self) -> None:
        """Hang up, politely where that is still possible."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.shutdown()

    def _connected(self) -> Any:  # noqa: ANN401  the library is typed in parts only
        if self._client is None:
            login = self._login
            if login.is_plain and not _is_here(login.host):
                raise ConfigError(f"{login.host}: is not this machine, so it is not spoken to without TLS; remove is_plain")
            with self._errors("login", refusal=f"offers no STARTTLS or no login by password; use port {TLS_AT_ONCE}, or another server"):
                client: Any = _Client(login)
                self._client = client
                client.normalise_times = False
                if login.port != TLS_AT_ONCE and not login.is_plain:
                    client.starttls(ssl.create_default_context())
                client.login(login.user, login.password)
        return self._client

    @contextmanager
    def _errors(self, what: str, *, refusal: str = "") -> Generator[None]:
        """IMAP's errors as the hub's. A server's own words are left out: they may repeat addresses."""
        where = f"{self._login.host}: {what}"
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise ConfigError(f"{where}: its certificate is not trusted ({error.verify_message}); mend `host`, or the server") from None
        except LoginError as error:
            self.close()
            if isinstance(error.__context__, imaplib.IMAP4.abort):  # it hung up in the middle of the login, which is no answer
                raise TransientError(f"{where}: the server ended the conversation") from None
            raise AuthError(f"{where}: refuses user or password") from None
        except imaplib.IMAP4.abort as error:
            self.close()
            raise TransientError(f"{where}: the server ended the conversation ({type(error).__name__})") from None
        except imaplib.IMAP4.error as error:
            self.close()
            if refusal:
                raise ConfigError(f"{where}: {refusal}") from None
            raise TransientError(f"{where}: refused ({type(error).__name__})") from None
        except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:  # the last four: answers of no known shape
            self.close()
            raise TransientError(f"{where}: cannot be reached, or its answer cannot be read ({type(error).__name__})") from None


def _head(uid: int, told: dict[bytes, Any]) -> Head:
    header = next((value for name, value in told.items() if name.startswith(b"BODY[HEADER]")), b"")
    at: datetime = told[b"INTERNALDATE"]
    return Head(uid, at.astimezone(UTC), int(told[b"RFC822.SIZE"]), header or b"")
