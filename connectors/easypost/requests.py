"""What EasyPost is asked for: a shipment that can be rated, made of one request for a label, purely."""

from decimal import Decimal
from typing import Final

import msgspec

from model.errors import RejectedError
from model.records.label import LabelRequest, Package
from model.records.order import Party
from model.values.instant import iso

_PER_TENTH_OUNCE: Final = 28_349_523_125
"""A tenth of an ounce in tenths of a nanogram: exact, as an avoirdupois ounce is 28.349523125 g."""
_GRAM: Final = 10**10
_PER_TENTH_INCH: Final = 254
_MILLIMETRE: Final = 100
"""In hundredths of a millimetre."""
_JSON: Final = msgspec.json.Encoder(decimal_format="number")


def written(request: LabelRequest, label_format: str) -> bytes:
    """The body of a command: the service wanted, where a search begins, and the shipment as `POST /shipments` wants it.

    Our reference is in the shipment, so that it can be found again. What the goods are worth is told to nobody: no insurance is bought.
    """
    if not request.reference:
        raise RejectedError("reference: is missing; a label without one could be bought twice")
    if len(request.service.split(maxsplit=1)) < 2:  # noqa: PLR2004  carrier and service
        raise RejectedError(f"service: {request.service[:60]!r} does not name a carrier and its service; write it as `USPS Priority`")
    if request.ship_from.country != request.ship_to.country:
        raise RejectedError("ship_to.country: is not where it is sent from, and no customs form can be filled in; send it otherwise")
    shipment = {
        "reference": request.reference,
        "from_address": _address("ship_from", request.ship_from),
        "to_address": _address("ship_to", request.ship_to),
        "parcel": _parcel(request.package),
        "options": {"label_format": label_format},
    }
    return _JSON.encode({"service": request.service, "decided_at": iso(request.decided_at), "shipment": shipment})


def _address(place: str, party: Party) -> dict[str, str]:
    street = [line for line in party.street if line]
    told = {
        "name": party.name,
        "company": party.company,
        "street1": street[0] if street else None,
        "street2": ", ".join(street[1:]),
        "city": party.city,
        "state": party.region,
        "zip": party.postcode,
        "country": party.country,
        "phone": party.phone,
        "email": party.email,
    }
    needed = {"name": party.name or party.company, "street": street, "city": party.city, "country": party.country}
    if missing := [name for name, text in needed.items() if not text]:
        raise RejectedError(f"{place}.{missing[0]}: is missing, and no label is sold without it; complete the address")
    return {name: text for name, text in told.items() if text}


def _parcel(package: Package) -> dict[str, Decimal]:
    """Weight in ounces and lengths in inches, to one decimal place (https://docs.easypost.com/docs/parcels): rounded up, never down."""
    lengths = {"length": package.length_mm, "width": package.width_mm, "height": package.height_mm}
    told = {name: length for name, length in lengths.items() if length is not None}
    if package.weight_g <= 0 or any(length <= 0 for length in told.values()):
        raise RejectedError("package: weighs or measures nothing; weigh and measure it")
    if len(told) not in {0, len(lengths)}:
        raise RejectedError("package: is measured in part; tell length, width and height, or none of them")
    inches = {name: _tenths(length * _MILLIMETRE, _PER_TENTH_INCH) for name, length in told.items()}
    return {"weight": _tenths(package.weight_g * _GRAM, _PER_TENTH_OUNCE), **inches}


def _tenths(amount: int, per_tenth: int) -> Decimal:
    return Decimal(-(-amount // per_tenth)).scaleb(-1)
