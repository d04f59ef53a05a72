"""945 -> ShipmentAdvice. One document is one shipment; several may follow one order.

Whether more will leave is told by the partner alone: by the status of the whole shipment (W27-08), or else by the status of every line in
a document that says that it holds every line (W06-01). Equal quantities say nothing, as a line may be missing.
"""

from collections.abc import Mapping, Sequence

from connectors._kit.x12 import Document, Segment, malformed
from connectors._kit.x12.told import Told, check_total, check_unit, code_at, instant_at, opened, quantity_at, sku_at
from connectors.edi_warehouse.codes import LINE_ENDING, ORDER_ENDING, REPORTING, SHORT, Ending
from model.errors import RejectedError
from model.records.advice import AdvisedLine, AdvisedShipment, RequestState, ShipmentAdvice

_TRACKING, _CARTONS = ("CP",), ("GM", "AA")
"""Element 88: the carrier's package number, and SSCC labels, which stand in where no carrier gave a number."""
_REFERENCES = ("2I", "CN")
"""Element 128: tracking number, carrier's reference number."""
_SUBSTITUTE = "IS"


def read_shipment(raw: bytes, statuses: Mapping[str, str]) -> ShipmentAdvice:
    """One 945; MalformedError names what cannot be read or does not add up."""
    told = opened(raw, "945", statuses)
    document = told.document
    header = document.need("W06")
    holds_all = code_at(header, 1, REPORTING, told)
    loops = document.loops("LX", frozenset({"W03", "SE"}))
    items = [(item, loop) for loop in loops for item in loop if item.name == "W12"]
    if not items:
        raise malformed(header, 1, "no line follows it, so nobody knows what left")
    check_total(document.first("W03"), 1, sum(quantity_at(item, 3) if item.at(3) else 0 for item, _ in items), told)
    lines = _summed([_line(item, loop, told) for item, loop in items])
    is_final = _is_final(document, [item for item, _ in items], told, holds_all=holds_all)
    return ShipmentAdvice(
        external_id=told.external_id,
        reference=header.need(2),
        told_at=told.told_at,
        source_version=told.source_version,
        state=_state(lines, is_final=is_final),
        shipments=(_shipment(told, header, lines),) if lines else (),
        is_final=is_final,
        reason="; ".join(_reasons([item for item, _ in items])) or None,
    )


def _line(item: Segment, loop: Sequence[Segment], told: Told) -> AdvisedLine:
    if item.at(20) == "2":
        raise RejectedError(f"{item}, element 20: takes an earlier shipment back; correct the shipment by hand")
    check_unit(item, 5, told)
    pairs = (7,) if item.at(1) == _SUBSTITUTE else (7, 17)  # of a substitute, 17 names what was ordered
    shipped = quantity_at(item, 3) if item.at(3) else 0
    return AdvisedLine(sku=sku_at(item, pairs, told), quantity=shipped, line_reference=_line_reference(item, loop))


def _line_reference(item: Segment, loop: Sequence[Segment]) -> str | None:
    """Our own name of the line (N9 with LI): behind its W12, or anywhere in a loop of one line."""
    alone = sum(segment.name == "W12" for segment in loop) == 1
    behind = loop[loop.index(item) + 1 :]
    end = next((place for place, segment in enumerate(behind) if segment.name == "W12"), len(behind))
    near = loop if alone else behind[:end]
    return next((segment.at(2) or None for segment in near if segment.name == "N9" and segment.at(1) == "LI"), None)


def _summed(lines: Sequence[AdvisedLine]) -> tuple[AdvisedLine, ...]:
    """Each line of ours once, however many cartons it was packed into; what did not leave is left out."""
    sums: dict[tuple[str, str | None], int] = {}
    for line in lines:
        key = (line.sku, line.line_reference)
        sums[key] = sums.get(key, 0) + line.quantity
    return tuple(AdvisedLine(sku=sku, quantity=left, line_reference=name) for (sku, name), left in sums.items() if left)


def _is_final(document: Document, items: Sequence[Segment], told: Told, *, holds_all: bool) -> bool:
    carrier = document.first("W27")
    if carrier is not None and carrier.at(8):
        return code_at(carrier, 8, ORDER_ENDING, told) != "open"
    endings: set[Ending] = {code_at(item, 1, LINE_ENDING, told) for item in items}
    return holds_all and "open" not in endings


def _state(lines: Sequence[AdvisedLine], *, is_final: bool) -> RequestState:
    if lines:
        return "shipped" if is_final else "part_shipped"
    return "cancelled" if is_final else "working"


def _reasons(items: Sequence[Segment]) -> list[str]:
    found = [(item.at(8), item.at(19)) for item in items if item.at(19)]
    return [f"{product}: {SHORT.get(code, 'reason')} ({code})" for product, code in found]


def _shipment(told: Told, header: Segment, lines: tuple[AdvisedLine, ...]) -> AdvisedShipment:
    document, carrier = told.document, told.document.first("W27")
    dates = [each for each in document.all("G62") if each.at(1) == "11"]
    shipped_at = (
        instant_at(dates[0], 2, 4, told.zone) if dates else instant_at(header, 3, None, told.zone) if header.at(3) else told.told_at
    )
    scac, routing = (carrier.at(2) or None, carrier.at(3) or None) if carrier else (None, None)
    return AdvisedShipment(
        external_id=told.external_id,  # not W06-04: partners write their order's number there, the same for each of its shipments
        shipped_at=min(shipped_at, told.told_at),  # a day without an hour is noon, which may be still to come
        lines=lines,
        carrier=scac or routing,
        service=routing if scac else None,
        tracking_numbers=_tracking(document),
    )


def _tracking(document: Document) -> tuple[str, ...]:
    marks = [(mark.at(place), mark.at(place + 1)) for mark in document.all("MAN") for place in (1, 4)]
    numbers = [number for qualifier, number in marks if qualifier in _TRACKING]
    numbers += [each.at(2) for each in document.all("N9") if each.at(1) in _REFERENCES]
    numbers = list(filter(None, numbers)) or [number for qualifier, number in marks if qualifier in _CARTONS]
    return tuple(dict.fromkeys(filter(None, numbers)))
