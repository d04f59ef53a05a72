"""A remote that is told, and tells, by files in folders: on an SFTP server, or on this machine."""

from pathlib import Path
from typing import Annotated, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from connectors._kit.base import ChannelSettings, Connector
from connectors._kit.folders import Folders, LocalFolders
from model.errors import ContractError

SFTP_PORT = 22


def _sftp_or_folder(address: str) -> str:
    if address.startswith("/"):
        return address
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user or password before an @; they have fields of their own")
    if parts.scheme != "sftp" or not parts.hostname or parts.query or parts.fragment or parts.port == 0:  # a ValueError where it is no port
        raise ValueError("is neither sftp://HOST/ nor the path of a folder that begins with /")
    return address


FileAddress = Annotated[str, AfterValidator(_sftp_or_folder)]
"""Where files are exchanged: on a server, `sftp://host:port/folder` (below where the login leads, or `//folder` from the root), or in a
folder of this machine, `/srv/edi/partner`."""


class FileSettings(ChannelSettings):
    """How a partner's folders are reached."""

    address: FileAddress
    """`sftp://HOST:PORT/FOLDER`, the folder being below where the login leads; or a folder of this machine, `/srv/edi/partner`."""
    user: str | None = None
    """Needed for SFTP, with `password` or `private_key`."""
    password: SecretStr | None = None
    private_key: SecretStr | None = None
    """As OpenSSH writes it, without a passphrase."""
    host_key: str | None = None
    """The server's public key, `ssh-ed25519 AAAA…`; needed for SFTP. A server that shows another one is refused."""
    inbox: str = Field(default="in", min_length=1)
    """The folder into which we put files for the partner."""
    outbox: str = Field(default="out", min_length=1)
    """The folder from which we read the partner's files."""
    archive: str | None = None
    """Where the partner moves what it took from `inbox`, if it does."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.address.startswith("/"):
            for name, value in (
                ("user", self.user),
                ("host_key", self.host_key),
                ("password or private_key", self.password or self.private_key),
            ):
                if value is None:
                    raise ValueError(f"{name}: is needed for SFTP")
        return self


F = TypeVar("F", bound=FileSettings)


class FileConnector(Connector[F]):
    """Base of connectors that exchange files and speak no HTTP."""

    folders: Folders
    """The partner's folders; nothing is connected before the first file is asked for."""

    def base_url(self, settings: F) -> str:
        raise ContractError(f"{settings.address}: is not reached over HTTP")

    def prepare(self) -> None:
        self.folders = _folders(self.settings, self.wiring.allow_hosts)

    def close(self) -> None:
        self.folders.close()


def _folders(settings: FileSettings, allow_hosts: frozenset[str]) -> Folders:
    if settings.address.startswith("/"):
        return LocalFolders(Path(settings.address))
    from connectors._kit.sftp import Login, SftpFolders  # noqa: PLC0415  its library takes long to import, and few accounts need it

    parts = urlsplit(settings.address)
    return SftpFolders(
        Login(
            host=parts.hostname or "",
            port=parts.port or SFTP_PORT,
            user=settings.user or "",
            host_key=settings.host_key or "",
            password=settings.password.get_secret_value() if settings.password else None,
            private_key=settings.private_key.get_secret_value() if settings.private_key else None,
            base=parts.path.removeprefix("/").rstrip("/"),
            allow_hosts=allow_hosts,
        )
    )
