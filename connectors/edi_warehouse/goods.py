"""944 -> ReceiptAdvice, 947 -> AdjustmentAdvice, 846 -> StockSnapshot: what lies at the warehouse, and why."""

from collections.abc import Mapping, Sequence

from connectors._kit.x12 import Flaw, FlawedError, Segment, malformed
from connectors._kit.x12.segments import ABSENT
from connectors._kit.x12.told import (
    Told,
    check_total,
    check_unit,
    code_at,
    instant_at,
    location_of,
    opened,
    quantity_at,
    sku_at,
)
from connectors.edi_warehouse.codes import ADJUSTED, ADJUSTMENT, COUNTED, RECEIPT, RECEIVED
from model.records.advice import AdjustedLine, AdjustmentAdvice, Condition, ReceiptAdvice, ReceivedLine, SnapshotLine, StockSnapshot

_LIN_PAIRS = range(2, 31, 2)


def read_receipt(raw: bytes, statuses: Mapping[str, str]) -> ReceiptAdvice:
    """One 944. The reference is ours (W17-04), else the shipment's (05), else the warehouse's receipt number (03)."""
    told = opened(raw, "944", statuses)
    document = told.document
    header = document.need("W17")
    loops = document.loops("W07", frozenset({"W14", "SE"}))
    if not loops:
        raise document.lacks("W07")
    check_total(document.first("W14"), 1, sum(quantity_at(loop[0], 1) for loop in loops), told)
    return ReceiptAdvice(
        external_id=told.external_id,
        reference=header.at(4) or header.at(5) or header.need(3),
        told_at=told.told_at,
        source_version=told.source_version,
        received_at=instant_at(header, 2, 7, told.zone),
        is_return=code_at(header, 1, RECEIPT, told),
        lines=tuple(line for loop in loops for line in _received(loop, told)),
        location_code=location_of(document),
    )


def _received(loop: Sequence[Segment], told: Told) -> list[ReceivedLine]:
    """The lines of one W07: what is sellable, and what its W13 say of parts of it."""
    item = loop[0]
    check_unit(item, 2, told)
    sku, left = sku_at(item, (4, 6), told), quantity_at(item, 1)
    parts: dict[Condition, int] = {}
    for exception in (segment for segment in loop if segment.name == "W13"):
        condition = code_at(exception, 3, RECEIVED, told)
        if condition not in (None, "sellable"):
            parts[condition] = parts.get(condition, 0) + quantity_at(exception, 1)
    left -= sum(parts.values())
    if left < 0:
        raise malformed(item, 1, "is less than the exceptions behind it")
    whole: dict[Condition, int] = {"sellable": left, **parts}
    return [ReceivedLine(sku=sku, quantity=quantity, condition=condition) for condition, quantity in whole.items() if quantity]


def read_adjustment(raw: bytes, statuses: Mapping[str, str]) -> AdjustmentAdvice:
    """One 947."""
    told = opened(raw, "947", statuses)
    document = told.document
    items = document.all("W19")
    if not items:
        raise document.lacks("W19")
    return AdjustmentAdvice(
        external_id=told.external_id,
        told_at=told.told_at,
        source_version=told.source_version,
        adjusted_at=instant_at(document.need("W15"), 1, None, told.zone),
        lines=tuple(_adjusted(item, told) for item in items),
        location_code=location_of(document),
    )


def _adjusted(item: Segment, told: Told) -> AdjustedLine:
    """One change. Where the code says the direction, the sign says nothing more: some partners write one, some do not."""
    check_unit(item, 3, told)
    condition, into, direction = code_at(item, 1, ADJUSTED, told)
    quantity = quantity_at(item, 2, is_signed=True)
    if quantity == 0:
        raise malformed(item, 2, "is nothing")
    if into is not None or direction:
        quantity = abs(quantity) * (direction or 1)
    reason = ADJUSTMENT.get(item.at(1), "adjusted")
    return AdjustedLine(
        sku=sku_at(item, (5, 7, 17), told), quantity=quantity, condition=condition, into=into, reason=f"{reason} ({item.at(1)})"
    )


def read_snapshot(raw: bytes, statuses: Mapping[str, str]) -> StockSnapshot:
    """One 846 of what lies there. Lots of one SKU are summed."""
    told = opened(raw, "846", statuses)
    document = told.document
    header = document.need("BIA")
    loops = document.loops("LIN", frozenset({"CTT", "SE"}))
    check_total(document.first("CTT"), 1, len(loops) * 1000, told)
    sums: dict[str, list[int]] = {}
    for loop in loops:
        sku, counted = sku_at(loop[0], _LIN_PAIRS, told), _counted(loop, told)
        sums[sku] = [before + more for before, more in zip(sums.get(sku, [0, 0, 0]), counted, strict=True)]
    return StockSnapshot(
        external_id=told.external_id,
        told_at=told.told_at,
        source_version=told.source_version,
        taken_at=instant_at(header, 4, 5, told.zone),
        lines=tuple(SnapshotLine(sku=sku, on_hand=each[0], damaged=each[1], held=each[2]) for sku, each in sums.items()),
        location_code=location_of(document),
    )


def _counted(loop: Sequence[Segment], told: Told) -> tuple[int, int, int]:
    """On hand, damaged and held of one LIN; on hand is the sum of its parts where the partner tells only these."""
    counts: dict[str, int] = {}
    for segment in (each for each in loop if each.name == "QTY"):
        check_unit(segment, 3, told)
        name = code_at(segment, 1, COUNTED, told)
        counts[name] = counts.get(name, 0) + quantity_at(segment, 2, is_signed=True)
    damaged, held = counts.get("damaged", 0), counts.get("held", 0)
    if "on_hand" in counts:
        return counts["on_hand"], damaged, held
    if "sellable" in counts:
        return counts["sellable"] + damaged + held, damaged, held
    flaw = Flaw(segment="QTY", position=loop[-1].position, in_segment=ABSENT)
    raise FlawedError(f"{loop[0]}: no quantity on hand (17) or available (33) follows it", flaw)
