"""Shipments and trackers in EasyPost's own JSON, as they stand at a time."""

from datetime import UTC, datetime
from typing import Final

from sandbox.easypost.books import Shipment, Tariff
from sandbox.easypost.course import course_of
from sandbox.exchange import Tree, tree_of
from sandbox.shelf import Entry

FILES: Final = {"PDF": ("application/pdf", "pdf"), "PNG": ("image/png", "png"), "ZPL": ("application/zpl", "zpl")}


def moment(at_ms: int) -> str:
    """Gives an instant as EasyPost writes it: whole seconds, in UTC."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def shipment_of(shipment: Shipment, seed: int, tracker: Entry | None, now_ms: int) -> Tree:
    """Gives the whole shipment."""
    entry, sent = shipment.entry, shipment.sent
    is_bought = shipment.bought >= 0
    rates = [_rate(shipment, place, tariff) for place, tariff in enumerate(shipment.tariffs)]
    return {
        "id": entry.id,
        "object": "Shipment",
        "mode": "test",
        "created_at": moment(entry.created_ms),
        "updated_at": moment(entry.updated_ms),
        "is_return": False,
        "reference": sent.get("reference"),
        "status": "unknown",
        "tracking_code": shipment.tracking_number if is_bought else None,
        "from_address": sent.get("from_address"),
        "to_address": sent.get("to_address"),
        "parcel": sent.get("parcel"),
        "options": sent.get("options"),
        "messages": [] if rates else [{"carrier": "USPS", "type": "rate_error", "message": "No rates.", "carrier_account_id": "ca_street"}],
        "rates": rates,
        "selected_rate": rates[shipment.bought] if is_bought else None,
        "postage_label": _label(shipment) if is_bought else None,
        "tracker": tracker_of(tracker, seed, now_ms) if tracker else None,
        "refund_status": None,
        "fees": [_fee(shipment)] if is_bought else [],
    }


def tracker_of(entry: Entry, seed: int, now_ms: int) -> Tree:
    """Gives all that is known of a parcel by now."""
    scans = [scan for scan in course_of(seed, entry.id, entry.created_ms) if scan.at_ms <= now_ms]
    last = scans[-1] if scans else None
    return {
        "id": f"trk_{entry.sequence:032x}",
        "object": "Tracker",
        "mode": "test",
        "tracking_code": entry.id,
        "status": last.status if last else "unknown",
        "status_detail": last.detail if last else "unknown",
        "created_at": moment(entry.created_ms),
        "updated_at": moment(last.at_ms if last else entry.created_ms),
        "signed_by": None,
        "weight": None,
        "est_delivery_date": None,
        "shipment_id": None,
        "carrier": entry.status,
        "tracking_details": [
            {
                "object": "TrackingDetail",
                "message": scan.message,
                "description": "",
                "status": scan.status,
                "status_detail": scan.detail,
                "datetime": moment(scan.at_ms),
                "source": entry.status,
                "carrier_code": "",
                "tracking_location": {"object": "TrackingLocation", "city": scan.city, "state": "IL", "country": "US", "zip": None},
            }
            for scan in scans
        ],
        "carrier_detail": None,
        "public_url": f"https://track.example/{entry.id}",
        "fees": [],
    }


def _rate(shipment: Shipment, place: int, tariff: Tariff) -> Tree:
    amount = _amount(shipment.cents(tariff))
    return {
        "id": f"rate_{shipment.entry.sequence:030x}{place:02x}",
        "object": "Rate",
        "service": tariff.service,
        "carrier": tariff.carrier,
        "rate": amount,
        "currency": "USD",
        "list_rate": amount,
        "list_currency": "USD",
        "delivery_days": 3,
        "shipment_id": shipment.entry.id,
        "carrier_account_id": "ca_street",
    }


def _label(shipment: Shipment) -> Tree:
    wanted = str(tree_of(shipment.sent.get("options")).get("label_format") or "PNG")
    kind, ending = FILES.get(wanted, FILES["PNG"])
    number = shipment.entry.sequence
    return {
        "object": "PostageLabel",
        "id": f"pl_{number:032x}",
        "label_date": moment(shipment.entry.closed_ms),
        "label_resolution": 300,
        "label_size": "4x6",
        "label_file_type": kind,
        "label_url": f"https://labels.example/{number}.{ending}",
        "label_pdf_url": None,
        "label_zpl_url": None,
    }


def _fee(shipment: Shipment) -> Tree:
    amount = f"{_amount(shipment.cents(shipment.tariffs[shipment.bought]))}000"
    return {"object": "Fee", "type": "PostageFee", "amount": amount, "charged": True, "refunded": False}


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
