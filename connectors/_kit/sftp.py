"""Folders over SFTP, with the server's key pinned.

This module is imported only where an account uses it: its library takes a third of a second, and commands shall be quick.
"""

import asyncio
import stat
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import asyncssh

from connectors._kit.exchange import TurnedAwayError
from connectors._kit.folders import MOST_BYTES, PART, FileSeen, Folders, is_finished
from connectors._kit.guard import judged_address
from model.errors import AuthError, ConfigError, HubError, TransientError

CONNECT_S: Final = 15
ANSWER_S: Final = 60
"""Seconds for one errand: a folder listed, a file read or written."""
FAREWELL_S: Final = 3

FAILURES: Final = (OSError, asyncssh.Error, asyncssh.ChannelOpenError)
"""What the library raises; a time that ran out is an OSError."""

T = TypeVar("T")
Errand = Callable[[asyncssh.SFTPClient], Coroutine[Any, Any, T]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where to knock, as whom, and whom to expect there."""

    host: str
    port: int
    user: str
    host_key: str
    """The server's public key, as a line of OpenSSH."""
    password: str | None = None
    private_key: str | None = None
    base: str = ""
    """The folder in which the partner's folders lie; empty: where the login leads."""
    allow_hosts: frozenset[str] = frozenset()


class SftpFolders(Folders):
    """One connection, opened when it is first needed and again after it was lost; one errand at a time."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._lock = threading.Lock()
        self._runner: asyncio.Runner | None = None
        self._open: tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient] | None = None

    def files_in(self, folder: str) -> list[FileSeen]:
        async def listed(client: asyncssh.SFTPClient) -> list[FileSeen]:
            found = [(_text(entry.filename), entry.attrs) for entry in await client.readdir(self._path(folder))]
            regular = [(name, now) for name, now in found if stat.S_ISREG(now.permissions or 0) and is_finished(name)]
            return sorted(FileSeen(int(now.mtime or 0), name, now.size or 0) for name, now in regular)

        return self._do(folder, listed)

    def read(self, folder: str, seen: FileSeen) -> bytes | None:
        async def fetched(client: asyncssh.SFTPClient) -> bytes | None:
            try:
                async with client.open(self._path(folder, seen.name), "rb", encoding=None) as file:
                    body = cast("bytes", await file.read(MOST_BYTES))
                    now = await file.stat()
            except asyncssh.SFTPNoSuchFile:
                return None
            return body if (now.size, int(now.mtime or 0)) == (seen.size, seen.modified_s) else None

        return self._do(folder, fetched)

    def has(self, folder: str, name: str) -> bool:
        async def found(client: asyncssh.SFTPClient) -> bool:
            return await client.exists(self._path(folder, name))

        return self._do(folder, found)

    def publish(self, folder: str, name: str, body: bytes) -> None:
        whole, part = self._path(folder, name), self._path(folder, name + PART)

        async def written(client: asyncssh.SFTPClient) -> None:
            async with client.open(part, "wb", encoding=None) as file:
                await file.write(body)  # pyright: ignore[reportArgumentType]  opened without encoding, it takes bytes
            if (size := (await client.stat(part)).size) != len(body):
                raise TurnedAwayError(f"{folder}: the server kept {size} of {len(body)} bytes")

        async def renamed(client: asyncssh.SFTPClient) -> None:
            try:
                await client.posix_rename(part, whole)
            except asyncssh.SFTPOpUnsupported:
                await client.rename(part, whole)  # never in place of another file, and the name is ours alone

        self._do(folder, written)
        self._do(folder, renamed, takes_effect=True)

    def close(self) -> None:
        with self._lock:
            self._hang_up()
            if self._runner is not None:
                self._runner.close()
            self._runner = None

    def _path(self, folder: str, name: str = "") -> bytes:
        parts = (self._login.base.encode(), folder.encode(), name.encode("latin-1"))
        return b"/".join(part for part in parts if part)

    def _do(self, folder: str, errand: Errand[T], *, takes_effect: bool = False) -> T:
        """Run one errand; `takes_effect`: where its answer is lost, nobody knows whether it was done."""
        with self._lock:
            self._runner = self._runner or asyncio.Runner()
            client = self._client(self._runner)
            try:
                return self._runner.run(asyncio.wait_for(errand(client), ANSWER_S))
            except HubError:
                raise
            except FAILURES as error:
                if is_lost := _is_lost(error):
                    self._hang_up()
                raise _named(error, folder, is_open=is_lost and takes_effect) from None

    def _client(self, runner: asyncio.Runner) -> asyncssh.SFTPClient:
        if self._open is None:
            try:
                self._open = runner.run(asyncio.wait_for(_connect(self._login), CONNECT_S))
            except HubError:
                raise
            except FAILURES as error:
                raise _refused(error, self._login) from None
        return self._open[1]

    def _hang_up(self) -> None:
        """Close the connection politely, for a while."""
        if self._open is None or self._runner is None:
            return
        connection, client = self._open
        self._open = None

        async def farewell() -> None:
            client.exit()
            connection.close()
            await connection.wait_closed()

        with suppress(*FAILURES):
            self._runner.run(asyncio.wait_for(farewell(), FAREWELL_S))


async def _connect(login: Login) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
    """Knock with the kinds of key that the pinned one is of; a server that has none hangs up, and is then asked for any, to know it by."""
    try:
        connection = await _knock(login, ())
    except (asyncssh.ConnectionLost, ConnectionResetError, BrokenPipeError):
        connection = await _knock(login, "default")
    try:
        return connection, await connection.start_sftp_client(path_encoding=None)
    except BaseException:
        connection.abort()
        raise


async def _knock(login: Login, kinds: str | tuple[()]) -> asyncssh.SSHClientConnection:
    keys = [_key(asyncssh.import_private_key, login.private_key, "private_key")] if login.private_key else None
    return await asyncssh.connect(
        judged_address(login.host, login.port, login.allow_hosts),
        login.port,
        username=login.user,
        password=login.password,
        client_keys=keys,
        known_hosts=([_key(asyncssh.import_public_key, login.host_key, "host_key")], [], []),
        server_host_key_algs=kinds,
        config=None,
        agent_path=None,
        gss_host=None,
    )


def _key(read: Callable[[str], T], text: str, name: str) -> T:
    try:
        return read(text)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise ConfigError(f"settings.{name}: is no key that can be read; give it as OpenSSH writes it, without a passphrase") from None


def _is_lost(error: Exception) -> bool:
    """Whether there was no answer at all, rather than one of the server."""
    return not isinstance(error, asyncssh.SFTPError) or isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection)


def _named(error: Exception, folder: str, *, is_open: bool) -> HubError:
    """The failure of an errand; what is open may have been done all the same."""
    if isinstance(error, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath | asyncssh.SFTPNotADirectory):
        return ConfigError(f"{folder}: there is no such folder; correct its name in the settings, or have the partner make it")
    if isinstance(error, asyncssh.SFTPPermissionDenied | asyncssh.SFTPWriteProtect):
        return ConfigError(f"{folder}: the server does not let us use it; have the partner allow it")
    told = f"{folder}: {type(error).__name__}"
    return TransientError(told) if is_open else TurnedAwayError(told)


def _refused(error: Exception, login: Login) -> HubError:
    """Why there is no connection."""
    if isinstance(error, asyncssh.HostKeyNotVerifiable | asyncssh.KeyExchangeFailed):
        mend = "ask the partner whether it was changed, and only then write the new one"
        return ConfigError(f"{login.host}: does not show the key that settings.host_key expects; {mend}")
    if isinstance(error, asyncssh.PermissionDenied):
        return AuthError(f"{login.host}: credentials refused")
    return TurnedAwayError(f"{login.host}: cannot connect ({type(error).__name__})")


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode("latin-1")
