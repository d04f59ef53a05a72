"""The places of hub.toml that hold stock, and where they are."""

from typing import Annotated

from pydantic import Field

from model.tables.stock import Owner
from operations.runtime.hub_accounts import HubTable, Key


class Address(HubTable):
    """Where a location is, as labels and customs want it."""

    name: str
    company: str | None = None
    street: tuple[str, ...] = Field(min_length=1)
    city: str
    region: str | None = None
    postcode: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    phone: str | None = None


class Location(HubTable):
    """A place that holds stock."""

    id: Key
    name: str
    owner: Owner = "hub"
    """Who counts it. What a channel owns itself is never published to it."""
    ships_by: Key | None = None
    """The partner that ships from it; none: our own people."""
    code: str | None = None
    """What that partner calls the place."""
    labels_by: Key | None = None
    """The partner that sells labels for parcels our own people send from it."""
    address: Address | None = None
    """Where those parcels are sent from; labels need it."""


ONE_LOCATION = (Location(id="main", name="Main"),)
"""Where stock lies in a hub that names no place."""
