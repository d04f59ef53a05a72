"""Access by OAuth 2.0 grants: a refresh token, or the client's own credentials, is changed for an access token that requests bear.

Vendors of ledgers give another refresh token with every refresh, or every day, and the one before dies soon after. So the newest is kept
in a file of the operator's choice before it is used, under a lock, as several processes of the hub share an account.
No library is used: those that are typed and renew tokens by themselves keep them in memory only. Sources: RFC 6749 §4.4 and §6.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import msgspec

from connectors._kit.exchange import TurnedAwayError, wish_of
from model.errors import AuthError, ConfigError, TransientError

REFUSED: Final = 401
EARLY: Final = timedelta(minutes=1)
"""A token is renewed so long before it expires."""


class Granted(msgspec.Struct, frozen=True):
    """What was granted: as it is kept in the file."""

    access_token: str
    expires_at: datetime
    refresh_token: str | None = None
    began_with: str = ""
    """Digest of the refresh token in the settings; where that was exchanged since, the file is of a connection that is over."""


class _Told(msgspec.Struct):
    access_token: str
    expires_in: int
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, and where."""

    endpoint: str
    client_id: str
    client_secret: str
    scope: str = ""
    """Only asked for with the client's own credentials; a refresh token has its own."""
    is_in_form: bool = False
    """Whether the client's credentials stand in the form (RFC 6749 §2.3.1) and not in a header."""
    header: str = "Authorization"
    """Which header bears the token: after the word Bearer in `Authorization`, alone in a vendor's own."""
    is_tried_again: bool = True
    """Whether a refused request is sent once more with another token; not where the vendor keeps a token for as long as it says."""


class Grant(httpx.Auth):
    """Bears an access token, renewed before it expires and once when it is refused.

    AuthError: the vendor takes the refresh token, or the client, no longer. TurnedAwayError: the token's endpoint is busy or down, so
    what was to be sent was not. ConfigError: a new refresh token came and cannot be kept.
    """

    def __init__(self, client: Client, now: Callable[[], datetime], *, refresh_token: str | None = None, file: Path | None = None) -> None:
        self._client, self._now, self._file = client, now, file
        self._first = refresh_token
        self._began_with = hashlib.sha256(refresh_token.encode()).hexdigest() if refresh_token else ""
        self._granted: Granted | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """A token where there is none or it is about to expire, then what is wanted; once more with another token where it is refused."""
        granted = self._granted or self._kept()
        is_fresh = granted is None or granted.expires_at - EARLY <= self._now()
        if granted is None or is_fresh:
            granted = yield from self._renewed(granted)
        answer = yield self._signed(request, granted)
        if answer.status_code == REFUSED and not is_fresh and self._client.is_tried_again:
            granted = yield from self._renewed(granted)
            yield self._signed(request, granted)

    def _renewed(self, used: Granted | None) -> Generator[httpx.Request, httpx.Response, Granted]:
        """Another grant than the one used: of another process that was quicker, or asked for."""
        with _locked(self._file):
            kept = self._kept()
            is_new = kept is not None and (used is None or kept.access_token != used.access_token)
            if kept is None or not is_new or kept.expires_at - EARLY <= self._now():
                refresh_token = (kept or used or _NOTHING).refresh_token or self._first
                answer = yield self._question(refresh_token)
                kept = self._read(answer, refresh_token)
                self._keep(kept, refresh_token)
            self._granted = kept
            return kept

    def _signed(self, request: httpx.Request, granted: Granted) -> httpx.Request:
        word = "Bearer " if self._client.header == "Authorization" else ""
        request.headers[self._client.header] = f"{word}{granted.access_token}"
        return request

    def _question(self, refresh_token: str | None) -> httpx.Request:
        if refresh_token is None:
            form = {"grant_type": "client_credentials", **({"scope": self._client.scope} if self._client.scope else {})}
        else:
            form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        if self._client.is_in_form:
            form |= {"client_id": self._client.client_id, "client_secret": self._client.client_secret}
            return httpx.Request("POST", self._client.endpoint, data=form, headers={"Accept": "application/json"})
        asked = httpx.Request("POST", self._client.endpoint, data=form, headers={"Accept": "application/json"})
        return next(httpx.BasicAuth(self._client.client_id, self._client.client_secret).auth_flow(asked))

    def _read(self, answer: httpx.Response, refresh_token: str | None) -> Granted:
        where = f"token: {httpx.URL(self._client.endpoint).path}"
        answer.read()
        if answer.is_server_error or answer.status_code in {408, 429}:
            raise TurnedAwayError(f"{where}: {answer.status_code}", retry_after=wish_of(answer.headers))
        if not answer.is_success:
            raise AuthError(f"{where}: the grant is refused ({answer.status_code}); connect the account anew")
        try:
            told = msgspec.json.decode(answer.content, type=_Told)
        except msgspec.DecodeError as error:
            raise TransientError(f"{where}: the answer is not readable") from error
        expires_at = self._now() + timedelta(seconds=max(0, min(told.expires_in, 86_400)))
        return Granted(told.access_token, expires_at, told.refresh_token or refresh_token, self._began_with)

    def _kept(self) -> Granted | None:
        """What the file has of this connection; None for nothing."""
        if self._file is None:
            return self._granted
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=Granted)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError(f"token_file {self._file}: cannot be read; mend or remove it, and connect the account anew") from error
        return kept if kept.began_with == self._began_with else None

    def _keep(self, granted: Granted, refresh_token: str | None) -> None:
        if self._file is not None:
            _write(self._file, msgspec.json.encode(granted))
        elif granted.refresh_token != refresh_token:
            raise ConfigError(
                "token_file: the vendor gave another refresh token, and nothing says where to keep it; name a file and connect anew"
            )


_NOTHING: Final = Granted("", datetime.min)  # noqa: DTZ901  never compared


@contextmanager
def _locked(file: Path | None) -> Generator[None]:
    """One at a time, of all processes that share the file. That it can be written is found out before a token is spent."""
    if file is None:
        yield
        return
    try:
        lock = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"token_file {file}: its folder cannot be written to; make it, and let the hub write to it") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _write(file: Path, content: bytes) -> None:
    """All of it or nothing, for the hub's own eyes."""
    draft = file.with_name(f"{file.name}.new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except OSError as error:
        raise ConfigError(
            f"token_file {file}: cannot be written, and the refresh token before is spent; connect the account anew"
        ) from error
