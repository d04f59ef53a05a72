"""What a channel is told of goods that left, as its outbox keeps it: the notice itself, one line of JSON, the same at every attempt.

Channels that have to be read before they can be told keep this as the body of the command; what is sent is made of it and the reading.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from model.errors import ContractError, RejectedError
from model.records.fulfilment import NoticeLine, ShipmentNotice
from model.values.quantity import decimal_quantity

NO_NUMBER: Final = "Shipment "
"""Stands before our own reference where a channel has but one field to find a parcel by, and the parcel has no tracking number."""

JOINT: Final = ", "
"""Between the tracking numbers of one shipment, where a channel has but one field for them."""

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(ShipmentNotice)


def written(notice: ShipmentNotice) -> bytes:
    """The body of a notice; RejectedError for one that no channel could understand."""
    if not notice.lines:
        raise RejectedError(f"notice {notice.reference}: names no line that left")
    for line in notice.lines:
        if line.quantity <= 0:
            raise RejectedError(f"notice {notice.reference}: line {line.line_external_id}: nothing of it left")
    return _ENCODER.encode(notice)


def read(body: bytes) -> ShipmentNotice:
    """The notice of a body that `written` made; any other is a ContractError."""
    try:
        return _DECODER.decode(body)
    except msgspec.DecodeError:
        raise ContractError("notice: is no body of this connector") from None


def whole_units(notice: ShipmentNotice) -> dict[str, int]:
    """Whole units by line, for channels that know no others; a fraction is a RejectedError naming the line."""
    units: dict[str, int] = {}
    for line in notice.lines:
        units[line.line_external_id] = units.get(line.line_external_id, 0) + _whole(notice, line)
    return units


def _whole(notice: ShipmentNotice, line: NoticeLine) -> int:
    whole, rest = divmod(line.quantity, 1000)
    if rest:
        where = f"notice {notice.reference}: line {line.line_external_id}"
        raise RejectedError(f"{where}: {decimal_quantity(line.quantity)} left, and the channel knows whole units only")
    return whole


def shown_numbers(notice: ShipmentNotice) -> tuple[str, ...]:
    """What the channel shows to follow the parcels by: tracking numbers, or our reference where there is none."""
    return notice.tracking_numbers or (f"{NO_NUMBER}{notice.reference}",)


def tracking_numbers(shown: Iterable[str | None]) -> tuple[str, ...]:
    """The tracking numbers among what a channel shows, without what `shown_numbers` put in place of one."""
    found = (number for text in shown if text for number in text.split(JOINT))
    return tuple(number for number in found if number and not number.startswith(NO_NUMBER))
