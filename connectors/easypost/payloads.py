"""Shapes of EasyPost's API v2 as far as we read them (https://docs.easypost.com/docs/shipments, /docs/trackers).

Addresses are left out on purpose: neither a label nor a tracked parcel holds one.
"""

from pydantic import Field

from connectors._kit import Amount, Payload


class BoughtRate(Payload):
    """`Rate`: what was paid to the carrier, and for what."""

    carrier: str
    service: str
    rate: Amount
    currency: str


class PostageLabel(Payload):
    """`PostageLabel`: the label as a file, in the format asked for."""

    label_url: str = Field(min_length=1)
    label_file_type: str


class FollowedBy(Payload):
    """`Tracker` of a shipment."""

    public_url: str | None = None


class LabelPayload(Payload):
    """`Shipment`, once its postage is bought."""

    id: str
    tracking_code: str = Field(min_length=1)
    selected_rate: BoughtRate
    postage_label: PostageLabel
    tracker: FollowedBy | None = None


class Place(Payload):
    """`TrackingLocation`."""

    city: str | None = None
    state: str | None = None
    country: str | None = None


class Scan(Payload):
    """`TrackingDetail`: one thing that happened to a parcel."""

    status: str
    status_detail: str | None = None
    message: str | None = None
    datetime: str
    tracking_location: Place | None = None


class CarrierDetail(Payload):
    """`CarrierDetail`."""

    est_delivery_date_local: str | None = None


class TrackerPayload(Payload):
    """`Tracker`."""

    id: str
    tracking_code: str
    status: str
    est_delivery_date: str | None = None
    tracking_details: list[Scan] | None = None
    carrier_detail: CarrierDetail | None = None
