"""What a partner is answered, as X12: 855, 856 and 810. The same reply always gives the same bytes; no clock is asked.

Source: X12 004010, transaction sets 855, 856 and 810; elements 587 (BAK02), 668 (ACK01), 1005 (BSN05), 735 (HL03), 88 (MAN01).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from connectors._kit.x12.numbering import envelope_of
from connectors._kit.x12.writing import Line, write_document
from connectors._kit.x12.written import bounded, exact, unit_code
from connectors.edi_partner.bills import bill_lines
from connectors.edi_partner.settings import Settings
from model.errors import RejectedError
from model.records.order import Party
from model.records.partner_reply import Bill, Departure, OrderAnswer, PartnerReply
from model.values.quantity import decimal_quantity

FUNCTIONS: Final = frozenset({"PR", "SH", "IN"})
"""The functional ids of our groups, which the partner's 997s are about."""
KINDS: Final[Mapping[str, type[PartnerReply]]] = {"855": OrderAnswer, "856": Departure, "810": Bill}
_ANSWER: Final = {"accepted": "AD", "changed": "AC", "rejected": "RD"}
_LINE: Final = {"accepted": "IA", "changed": "IQ", "rejected": "IR"}
_MOST_MARKS: Final = 500


def write_reply(settings: Settings, reply: PartnerReply, key: str) -> bytes:
    """The document of a reply; RejectedError for one that cannot be told in it, with the mend."""
    match reply:
        case OrderAnswer():
            return write_document(envelope_of(settings, key, "PR", reply.decided_at), "855", _answer(settings, reply))
        case Departure():
            return write_document(envelope_of(settings, key, "SH", reply.shipped_at), "856", _departure(settings, reply))
        case Bill():
            return write_document(envelope_of(settings, key, "IN", reply.issued_at), "810", bill_lines(settings, reply))


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _answer(settings: Settings, reply: OrderAnswer) -> Iterator[Line]:
    number, _, release = reply.order_number.partition(":")
    decided = reply.decided_at.astimezone(ZoneInfo(settings.zone)).date()
    reference = exact(settings, reply.reference, 30, "reference")
    order = (exact(settings, number, 22, "order_number"), _day(reply.ordered_on), release)
    yield "BAK", ("00", _ANSWER[reply.verdict], *order, "", "", reference, _day(decided))
    yield "CUR", ("SE", reply.currency)
    yield from _vendor(settings)
    for place, line in enumerate(reply.lines, 1):
        where = f"lines.{place}"
        unit = unit_code(line.unit, f"{where}.unit")
        product = ("VN", exact(settings, line.sku, 48, f"{where}.sku")) if line.sku else ()
        name = exact(settings, line.line_external_id, 20, f"{where}.line_external_id")
        yield "PO1", (name, decimal_quantity(line.ordered), unit, line.unit_price or "", "PE" if line.unit_price else "", *product)
        told = line.ordered if line.verdict == "rejected" else line.accepted
        yield "ACK", (_LINE[line.verdict], decimal_quantity(told), unit)
    yield "CTT", (str(len(reply.lines)),)


def _vendor(settings: Settings) -> Iterator[Line]:
    if settings.vendor_number:
        yield "REF", ("VR", settings.vendor_number)


def _departure(settings: Settings, reply: Departure) -> Iterator[Line]:
    """Shipment, order, parcels, lines; without numbers to follow parcels by there is no level of parcels."""
    if not reply.lines:
        raise RejectedError("lines: there are none; a notice without goods is none")
    if len(reply.tracking_numbers) > _MOST_MARKS:
        raise RejectedError(f"tracking_numbers: are more than {_MOST_MARKS}; tell the shipment in parts")
    number, _, release = reply.order_number.partition(":")
    shipped = reply.shipped_at.astimezone(ZoneInfo(settings.zone))
    has_marks = bool(reply.tracking_numbers)
    reference = exact(settings, reply.reference, 30, "reference")
    yield "BSN", ("00", reference, f"{shipped:%Y%m%d}", f"{shipped:%H%M}", "0001" if has_marks else "0004")
    yield "HL", ("1", "", "S")
    if reply.carrier or reply.service:
        carrier, service = bounded(reply.carrier or "", 80, "carrier"), bounded(reply.service or "", 35, "service")
        yield "TD5", ("B", "ZZ" if carrier else "", carrier, "", service)
    yield from _vendor(settings)
    yield "DTM", ("011", f"{shipped:%Y%m%d}", f"{shipped:%H%M}")
    yield from _ship_to(settings, reply.ship_to)
    yield "HL", ("2", "1", "O")
    yield "PRF", (exact(settings, number, 22, "order_number"), release, "", _day(reply.ordered_on))
    if has_marks:
        yield "HL", ("3", "2", "P")
        for mark in reply.tracking_numbers:
            yield "MAN", ("CP", exact(settings, mark, 48, "tracking_numbers"))
    above = 3 if has_marks else 2
    for place, line in enumerate(reply.lines, 1):
        where = f"lines.{place}"
        unit = unit_code(line.unit, f"{where}.unit")
        yield "HL", (str(above + place), str(above), "I")
        product = ("VN", exact(settings, line.sku, 48, f"{where}.sku")) if line.sku else ()
        yield "LIN", (exact(settings, line.line_external_id, 20, f"{where}.line_external_id"), *product)
        yield "SN1", ("", decimal_quantity(line.quantity), unit, "", decimal_quantity(line.ordered), unit)
    yield "CTT", (str(above + len(reply.lines)),)


def _ship_to(settings: Settings, party: Party | None) -> Iterator[Line]:
    """The name and code the buyer gave; it knows its own addresses."""
    if party is not None and (party.company or party.name or party.external_id):
        code = ("92", exact(settings, party.external_id, 80, "ship_to.external_id")) if party.external_id else ()
        yield "N1", ("ST", bounded(party.company or party.name or "", 60, "ship_to.name"), *code)
