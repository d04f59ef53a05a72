"""FulfilmentOrder -> 940, and the 940 that calls one back. The same order always gives the same bytes.

Dates are the order's, so no clock is asked.
Source: X12 004010, transaction set 940; W05-01: N is an original, F a cancellation.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from textwrap import wrap
from typing import Final
from zoneinfo import ZoneInfo

from connectors._kit.x12 import write_document
from connectors._kit.x12.numbering import envelope_of
from connectors._kit.x12.writing import Line
from connectors._kit.x12.written import bounded, exact, unit_code
from connectors.edi_warehouse.settings import Settings
from model.errors import RejectedError
from model.records import order as orders
from model.records.fulfilment import FulfilmentOrder, FulfilmentOrderLine
from model.values.quantity import decimal_quantity

FUNCTION: Final = "OW"
"""The functional id of a group of 940s."""

_UNDATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""In the envelope of a cancellation: whoever writes it knows no time that would be the same at each attempt."""
NUMBER: Final = 22
"""Characters of a depositor's order number (element 285)."""
_NOTE, _NOTES = 80, 10


def write_order(settings: Settings, order: FulfilmentOrder, key: str) -> bytes:
    """The 940 of an order; RejectedError for one that cannot be told in it, with the mend."""
    if not order.lines:
        raise RejectedError("lines: there are none; an order without goods is not shipped")
    total = sum(line.quantity for line in order.lines)
    body = [*_head(settings, order), *_detail(settings, order), ("W76", (decimal_quantity(total),))]
    return write_document(envelope_of(settings, key, FUNCTION, order.released_at), "940", body)


def write_cancellation(settings: Settings, reference: str, key: str) -> bytes:
    """The 940 that calls an order back."""
    body = [("W05", ("F", exact(settings, reference, NUMBER, "reference")))]
    return write_document(envelope_of(settings, key, FUNCTION, _UNDATED), "940", body)


def _head(settings: Settings, order: FulfilmentOrder) -> Iterator[Line]:
    zone = ZoneInfo(settings.zone)
    number = order.order_number if len(order.order_number) <= NUMBER else ""
    yield "W05", ("N", exact(settings, order.reference, NUMBER, "reference"), number)
    yield from _ship_to(order.ship_to)
    if order.location_code:
        yield "N1", ("WH", "", "ZZ", exact(settings, order.location_code, 80, "location_code"))
    yield "G62", ("04", f"{order.placed_at.astimezone(zone):%Y%m%d}")
    yield "G62", ("10", f"{order.ship_by or order.released_at.astimezone(zone):%Y%m%d}")
    if order.is_urgent:
        yield "NTE", ("WHI", "URGENT")
    for text in _bounded_lines(order.note or "", _NOTE, _NOTES, "note"):
        yield "NTE", ("WHI", text)
    yield "W66", (settings.freight_payment, settings.transport_method, "", "", bounded(order.service or "", 35, "service"))


def _ship_to(party: orders.Party) -> Iterator[Line]:
    """The address of release 004010: a name, two segments of two lines, a place. What does not fit is refused: nothing may be cut off."""
    name = party.company or party.name
    if not (name and party.street and party.city):
        raise RejectedError("ship_to: has no name, street or city; complete the order's address")
    yield "N1", ("ST", bounded(name, 60, "ship_to.name"))
    if party.company and party.name and party.name != party.company:
        yield "N2", (bounded(party.name, 60, "ship_to.name"),)
    street = [part for line in party.street for part in wrap(line, 55)]
    if len(street) > 4:  # noqa: PLR2004  two segments of two
        raise RejectedError("ship_to.street: is longer than four lines of 55 characters; shorten it")
    for start in range(0, len(street), 2):
        yield "N3", tuple(street[start : start + 2])
    city, postcode = bounded(party.city, 30, "ship_to.city"), bounded(party.postcode or "", 15, "ship_to.postcode")
    region = bounded(party.region or "", 30, "ship_to.region")
    if len(region) in (0, 2):
        yield "N4", (city, region, postcode, party.country or "")
    else:  # N4-02 is a code of two letters; longer names stand behind the qualifier for a state or province
        yield "N4", (city, "", postcode, party.country or "", "SP", region)
    reached = [
        part for code, value in (("TE", party.phone), ("EM", party.email)) if value for part in (code, bounded(value, 80, "ship_to"))
    ]
    if reached:
        yield "PER", ("RE", "", *reached)


def _detail(settings: Settings, order: FulfilmentOrder) -> Iterator[Line]:
    for number, line in enumerate(order.lines, 1):
        yield "LX", (str(number),)
        sku = exact(settings, line.sku, 48, f"lines.{number}.sku")
        yield "W01", (_quantity(line, number), unit_code(line.unit, f"lines.{number}.unit"), "", settings.sku_qualifier, sku)
        if line.title.strip():
            yield "G69", (line.title.strip()[:45],)
        yield "N9", ("LI", exact(settings, line.reference, 30, f"lines.{number}.reference"))


def _quantity(line: FulfilmentOrderLine, number: int) -> str:
    if line.quantity <= 0:
        raise RejectedError(f"lines.{number}.quantity: is not positive; leave the line out")
    return bounded(decimal_quantity(line.quantity), 9, f"lines.{number}.quantity")


def _bounded_lines(text: str, width: int, most: int, where: str) -> list[str]:
    lines = wrap(text, width)
    if len(lines) > most:
        raise RejectedError(f"{where}: is longer than {most} lines of {width} characters; shorten it")
    return lines
