"""What every connector is: a manifest, settings, kinds of payload, and one HTTP client."""

import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Generic, TypeVar

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, HttpUrl

from connectors._kit.http import Http, Pause
from connectors.capabilities import PayloadKind, RemoteIdentity


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


@dataclass(frozen=True, slots=True)
class Wiring:
    """The outside world of one connector: transport and pause, both replaceable, and how many connections write at once."""

    transport: httpx.BaseTransport
    pause: Pause = field(default_factory=Pause)
    lanes: int = 1
    another: Callable[[], httpx.BaseTransport] | None = None
    """A further transport for each further lane; without it there is one lane, in the caller's thread."""


class Connector(ABC, Generic[S]):
    """Base of all connectors: settings in, capabilities out, no state kept between calls."""

    manifest: ClassVar[Manifest]
    settings_type: ClassVar[type[ChannelSettings]]
    kinds: ClassVar[Mapping[str, PayloadKind]]
    """Kinds of payload by name: `order`, `order-webhook`, `refund`, `payment`."""
    mapping_version: ClassVar[int]
    """Raised with every change of the mapping's result; stored records of an older one are read anew when they come by."""

    def __init__(self, settings: S, wiring: Wiring) -> None:
        self.settings = settings
        self.http: Http = Http(
            self.base_url(settings),
            transport=wiring.transport,
            auth=self.sign(settings),
            headers=self.headers(settings),
            pause=wiring.pause,
            lanes=wiring.lanes,
            another=wiring.another,
        )

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
