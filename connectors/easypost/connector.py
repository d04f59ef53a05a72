"""The connector: buys labels, reads what was bought, and follows parcels."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final, Literal

import httpx
import msgspec
from pydantic import HttpUrl, SecretStr

from connectors._kit import Address, Answer, ChannelSettings, Connector, Manifest, decoded
from connectors.capabilities import Command, LabelSource, PayloadKind, Receipt, RemoteIdentity, TrackingSource
from connectors.easypost import buying
from connectors.easypost.mapping import read_label
from connectors.easypost.requests import written
from connectors.easypost.searching import Shipment
from connectors.easypost.tracking import Words, follow
from model.errors import RejectedError
from model.records.label import Label, LabelRequest
from model.records.tracking import Parcel, Tracked, Untracked

SHIPMENT_ID: Final = re.compile(r"shp_[0-9A-Za-z]{1,64}")


class Settings(ChannelSettings):
    """One EasyPost account. Which carriers it sells for is set up in EasyPost's own pages."""

    address: Address = HttpUrl("https://api.easypost.com/v2/")
    """The API with its version."""
    api_key: SecretStr
    """A production key; a test key buys labels that no carrier takes."""
    label_format: Literal["PDF", "PNG", "ZPL"] = "PDF"
    """What labels are printed from; not every carrier has every format."""
    carriers: dict[str, str] = {}  # noqa: RUF012  pydantic gives each its own
    """Carriers in others' words translated to EasyPost's, `{"United States Postal Service": "USPS"}`, for parcels sent by somebody else."""


class _User(msgspec.Struct):
    id: str
    name: str | None = None


class EasyPost(Connector[Settings], LabelSource, TrackingSource):
    """One EasyPost account."""

    manifest = Manifest.beside(__file__)
    settings_type = Settings
    kinds: ClassVar[Mapping[str, PayloadKind]] = {}
    mapping_version = 1
    label_command: ClassVar = buying.FACTS

    def base_url(self, settings: Settings) -> str:
        return f"{str(settings.address).rstrip('/')}/"

    def sign(self, settings: Settings) -> httpx.Auth:
        """The key is the user's name, and there is no password."""
        return httpx.BasicAuth(settings.api_key.get_secret_value(), "")

    def identify(self) -> RemoteIdentity:
        """The user whom the key belongs to. EasyPost promises no clock; without one the hub's own has to do."""
        user, now = self.http.get("users", read=_user)
        return RemoteIdentity(user.id, user.name or user.id, now or self.wiring.now())

    def write_label(self, request: LabelRequest, key: str) -> bytes:  # noqa: ARG002  EasyPost knows no keys, but our reference
        return written(request, self.settings.label_format)

    def submit_label(self, command: Command) -> Receipt:
        return buying.bought(self.http, command)

    def find_label(self, command: Command) -> Receipt | None:
        return buying.found(self.http, command)

    def fetch_label(self, external_id: str) -> Label:
        if not SHIPMENT_ID.fullmatch(external_id):
            raise RejectedError("external_id: is no id of a shipment of EasyPost's, which begin with shp_")
        body = self.http.get(f"shipments/{external_id}", read=_whole)
        if not decoded(body, Shipment, "shipments").is_bought:
            raise RejectedError("shipments: no label was bought for this one")
        return read_label(body, self.settings.statuses)

    def fetch_tracking(self, parcels: Sequence[Parcel]) -> Iterator[tuple[Tracked | Untracked, ...]]:
        return follow(self.http, parcels, Words(self.settings.statuses, self.settings.carriers), self.wiring.now())


def _user(answer: Answer) -> tuple[_User, datetime | None]:
    return decoded(answer.body, _User, "users"), answer.date


def _whole(answer: Answer) -> bytes:
    """The answer, if it is whole; one that is cut off is asked for again."""
    decoded(answer.body, Shipment, "shipments")
    return answer.body
