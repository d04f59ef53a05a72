"""From EasyPost's shipments and trackers to labels and tracked parcels.

A tracker tells the whole way each time. What EasyPost itself cannot place among its statuses it calls `unknown`; that says nothing of
where the parcel is, and is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.easypost.payloads import LabelPayload, Place, Scan, TrackerPayload
from model.errors import MalformedError
from model.records.advice import Freight
from model.records.label import Label
from model.records.tracking import Tracked, TrackingEvent, TrackingState
from model.values.instant import instant
from model.values.money import minor_units

FORMAT: Final[Mapping[str, str]] = {"application/pdf": "PDF", "image/png": "PNG", "application/zpl": "ZPL"}

STATE: Final[Mapping[str, TrackingState | None]] = {
    "unknown": None,
    "pre_transit": "announced",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "available_for_pickup": "held",
    "return_to_sender": "returned",
    "delivered": "delivered",
    "failure": "failed",
    "cancelled": "failed",
    "error": "failed",
}
"""Statuses of parcels; `cancelled` and `error` are no tries to deliver, but somebody has to look at them all the same."""

LOST: Final = "lost"
"""The one detail of a status that is another state."""


def read_label(raw: bytes, statuses: Mapping[str, str]) -> Label:
    """A bought label; MalformedError names what cannot be read, as all of it is there once the postage is paid."""
    shipment = read_payload(LabelPayload, raw)
    rate, label = shipment.selected_rate, shipment.postage_label
    return Label(
        external_id=shipment.id,
        tracking_number=shipment.tracking_code,
        carrier=rate.carrier,
        service=rate.service,
        cost=Freight(amount_minor=minor_units(rate.rate, rate.currency), currency=rate.currency),
        url=label.label_url,
        file_format=meaning("postage_label.label_file_type", label.label_file_type, FORMAT, statuses),
        tracking_url=(shipment.tracker.public_url or None) if shipment.tracker else None,
    )


def read_tracker(raw: bytes, tracking_number: str, statuses: Mapping[str, str]) -> Tracked | None:
    """The way of a parcel under the number that it was asked by; None where nothing is known of it yet."""
    tracker = read_payload(TrackerPayload, raw)
    meaning("status", tracker.status, STATE, statuses)
    events = tuple(_events(tracker.tracking_details or (), statuses))
    return Tracked(tracking_number=tracking_number, events=events, expected_on=_expected_on(tracker)) if events else None


def _events(scans: Iterable[Scan], statuses: Mapping[str, str]) -> Iterator[TrackingEvent]:
    for number, scan in enumerate(scans):
        where = f"tracking_details.{number}"
        state = meaning(f"{where}.status", scan.status, STATE, statuses)
        if state is not None:
            yield TrackingEvent(
                at=instant(scan.datetime),
                state="lost" if state == "failed" and scan.status_detail == LOST else state,
                message=scan.message or scan.status,
                place=_place(scan.tracking_location),
                code=scan.status_detail or None,
            )


def _place(told: Place | None) -> str | None:
    parts = (told.city, told.state, told.country) if told else ()
    return ", ".join(part for part in parts if part) or None


def _expected_on(tracker: TrackerPayload) -> date | None:
    """The day at the place of delivery where the carrier tells it, else the day of the instant that EasyPost expects."""
    local = tracker.carrier_detail.est_delivery_date_local if tracker.carrier_detail else None
    if local:
        return _day(local)
    return instant(tracker.est_delivery_date).date() if tracker.est_delivery_date else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise MalformedError("carrier_detail.est_delivery_date_local: is not a date") from None
