"""Labels for parcels that our own people send: what is asked of a seller of postage, and what it sold."""

from dataclasses import dataclass
from datetime import datetime

from model.records.advice import Freight
from model.records.order import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One packed parcel; lengths are told together or not at all."""

    weight_g: int
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRequest:
    """A request for one label for one parcel."""

    reference: str
    """Ours, unique for ever, at most 20 characters: what the seller keeps of it and can be searched by."""
    decided_at: datetime
    """When the hub asked for it; nothing of this reference is older, so a search for it begins here."""
    ship_from: Party
    ship_to: Party
    package: Package
    service: str
    """The carrier and its service in the seller's words, `USPS Priority`."""
    value_minor: int
    """What the goods were sold for."""
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label that was paid for."""

    external_id: str
    tracking_number: str
    carrier: str
    service: str | None
    cost: Freight
    url: str
    """Where the label can be fetched as a file; whoever knows it reads the buyer's address, so it is shown to nobody else."""
    file_format: str
    """`PDF`, `PNG` or `ZPL`."""
    tracking_url: str | None = None
