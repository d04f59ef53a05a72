"""What every connector is: a manifest, settings, kinds of payload, and what reaches its remote: one HTTP client."""

import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, ClassVar, Generic, TypeVar

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, HttpUrl

from connectors._kit.http import Http, Pause
from connectors.capabilities import PayloadKind, RemoteIdentity
from model.errors import ContractError


class Manifest(BaseModel):
    """Facts about a remote that code cannot state; capabilities are read off the class instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    owner: str
    homepage: HttpUrl
    api_docs: HttpUrl
    api_version: str

    @classmethod
    def beside(cls, module_file: str) -> "Manifest":
        """Read `manifest.toml` from the folder of the given module."""
        return cls.model_validate(tomllib.loads((Path(module_file).parent / "manifest.toml").read_text("utf-8")))


class ChannelSettings(BaseModel):
    """Settings of one account under one connector. Secrets are `SecretStr` fields and arrive resolved from their references."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    statuses: dict[str, str] = {}
    """The shop's own status words translated to the vendor's standard ones, `{"awaiting-pickup": "processing"}`."""


def _without_credentials(url: HttpUrl) -> HttpUrl:
    if url.username is not None or url.password is not None:
        raise ValueError("holds a user or password before an @; secrets have fields of their own")
    return url


Address = Annotated[HttpUrl, AfterValidator(_without_credentials)]
"""Where a remote lives: http or https, and no credentials in it, as an address is shown and logged."""

S = TypeVar("S", bound=ChannelSettings)


def no_clock() -> datetime:
    """In place of a clock where none was given."""
    raise ContractError("wiring: this connector needs a clock, and none was given")


@dataclass(frozen=True, slots=True)
class Wiring:
    """The outside world of one connector: transport, pause and clock, all replaceable, and how many connections write at once."""

    transport: httpx.BaseTransport
    pause: Pause = field(default_factory=Pause)
    lanes: int = 1
    another: Callable[[], httpx.BaseTransport] | None = None
    """A further transport for each further lane; without it there is one lane, in the caller's thread."""
    allow_hosts: frozenset[str] = frozenset()
    """Hosts that may be private addresses, for remotes that are not reached over HTTP; `transport` keeps its own."""
    now: Callable[[], datetime] = no_clock
    """The hub's clock, for remotes that have none to be asked."""


def unwired() -> Wiring:
    """For a connector that only translates: whoever asks a remote is answered by nobody."""
    return Wiring(httpx.MockTransport(lambda _request: httpx.Response(599)))


class Connector(ABC, Generic[S]):
    """Base of all connectors: settings in, capabilities out, no state kept between calls."""

    manifest: ClassVar[Manifest]
    settings_type: ClassVar[type[ChannelSettings]]
    kinds: ClassVar[Mapping[str, PayloadKind]]
    """Kinds of payload by name: `order`, `order-webhook`, `refund`, `payment`."""
    mapping_version: ClassVar[int]
    """Raised with every change of the mapping's result; stored records of an older one are read anew when they come by."""

    http: Http
    """The one client of an account that is reached over HTTP."""

    def __init__(self, settings: S, wiring: Wiring) -> None:
        self.settings = settings
        self.wiring = wiring
        self.prepare()

    def prepare(self) -> None:
        """Make what reaches the remote; nothing is sent yet."""
        self.http = Http(
            self.base_url(self.settings),
            transport=self.wiring.transport,
            auth=self.sign(self.settings),
            headers=self.headers(self.settings),
            pause=self.wiring.pause,
            lanes=self.wiring.lanes,
            another=self.wiring.another,
        )

    def close(self) -> None:
        """Let go of what reaches the remote."""
        self.http.close()

    @abstractmethod
    def base_url(self, settings: S) -> str:
        """Where this account's API lives, with a trailing slash."""

    @abstractmethod
    def identify(self) -> RemoteIdentity:
        """Ask the remote who it is: one cheap request that also proves the credentials and tells its clock."""

    def sign(self, settings: S) -> httpx.Auth | None:  # noqa: ARG002  connectors override this and need it
        """How requests prove who we are; none unless a connector says otherwise."""
        return None

    def headers(self, settings: S) -> Mapping[str, str]:  # noqa: ARG002  same
        """Headers on every request."""
        return {}

    @classmethod
    def external_id_in(cls, raw: bytes) -> str | None:  # noqa: ARG003  same
        """The record's id picked out of a slice that may be broken, for the quarantine list; None if it cannot be told."""
        return None
