"""850 -> Order. What the set says of terms, dates and references is kept with the order's own words (`Order.source_status`).

Source: X12 004010, transaction set 850; elements 353 (BEG01), 92 (BEG02).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from connectors._kit.x12.envelope import Document
from connectors._kit.x12.purchase_changes import amended, read_change
from connectors._kit.x12.purchase_lines import ReadLine, line_of
from connectors._kit.x12.purchase_money import adjustments_in, currency_of, total_at
from connectors._kit.x12.purchase_parties import parties_in
from connectors._kit.x12.purchase_slices import opened_slice, order_name
from connectors._kit.x12.segments import COUNT_DIFFERS, Segment, malformed
from connectors._kit.x12.told import TOTALS, Told, code_at, instant_at, opened, quantity_at
from model.records.order import Adjustment, Order
from model.rules.order_sums import check_order

PURPOSE: Final[dict[str, str]] = {"BEG01:00": "original", "BEG01:05": "replace", "BEG01:07": "duplicate", "BEG01:01": "cancellation"}
"""Element 353. A confirmation (06) is of an order that came another way, so it is refused unless it is translated."""
_TYPES: Final = ("SA", "NE", "KN", "DS", "RL", "RO", "CP", "NP", "OS", "PR", "IN", "SP", "DR")
TYPE: Final[dict[str, str]] = {f"BEG02:{code}": code for code in _TYPES}
"""Element 92. Blanket orders, contracts and proposals are no orders to ship, so they are missing."""
_DATES: Final = frozenset({"001", "002", "004", "010", "037", "038", "063", "064", "106", "118"})
_MOST_WORDS: Final = 40


def read_850(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """One purchase order, with its changes; `raw` is a slice of `cut_850`, `statuses` are the words of `connectors._kit.x12.told`.

    MalformedError where it cannot be read, names no price or no currency, or its parts do not sum to its totals; RejectedError where it is
    none for this account. Source: X12 004010, transaction set 850.
    """
    told = opened_slice(raw)
    order = _order(opened(told.raw, "850", statuses))
    for change in told.changes:
        order = amended(order, read_change(change.encode("latin-1"), statuses))
    return order


def _order(told: Told) -> Order:
    document = told.document
    header = document.need("BEG")
    head, loops, tail = parts_of(document, "PO1")
    if not loops:
        raise document.lacks("PO1")
    currency = currency_of(head, told)
    read = [line_of(loop, place, currency, told) for place, loop in enumerate(loops, 1)]
    check_counts(tail, [each.line.quantity for each in read], told)
    adjustments = [*adjustments_in([*head, *tail], told, currency), *(one for each in read for one in each.adjustments)]
    adjustments += _rounding(read, adjustments, [*head, *tail], currency)
    return check_order(_assembled(told, header, head, currency, read, adjustments))


def _assembled(
    told: Told, header: Segment, head: Sequence[Segment], currency: str, read: Sequence[ReadLine], adjustments: Sequence[Adjustment]
) -> Order:
    sums = {kind: sum(each.amount_minor for each in adjustments if each.kind == kind) for kind in ("shipping", "tax", "charge", "discount")}
    total = sum(each.line.total_minor for each in read) + sums["shipping"] + sums["tax"] + sums["charge"] - sums["discount"]
    number = ":".join(filter(None, (header.need(3), header.at(4))))
    name = order_name(told.document.interchange.at(6), header.need(3), header.at(4))
    if name is None:
        raise malformed(header, 3, "is no number of plain characters without a colon, or too long a one")
    purpose = code_at(header, 1, PURPOSE, told)
    return Order(
        external_id=name,
        number=number,
        placed_at=min(instant_at(header, 5, None, told.zone), told.told_at),  # a day without an hour is noon, which may be still to come
        updated_at=told.told_at,
        source_version=told.source_version,
        currency=currency,
        total_minor=total,
        shipping_minor=sums["shipping"],
        tax_minor=sums["tax"],
        charges_minor=sums["charge"],
        discount_minor=sums["discount"],
        shop_currency=currency,
        shop_total_minor=total,
        payment_state="unpaid",
        fulfilment_state="unfulfilled",
        source_status=(("purpose", purpose), ("type", code_at(header, 2, TYPE, told)), *_words(head, told)),
        lines=tuple(each.line for each in read),
        adjustments=tuple(adjustments),
        parties=parties_in(head, told),
        cancelled_at=told.told_at if purpose == "cancellation" else None,
        is_test=told.document.interchange.at(15) == "T",
        source_name="edi",
    )


def parts_of(document: Document, loop: str) -> tuple[tuple[Segment, ...], list[tuple[Segment, ...]], tuple[Segment, ...]]:
    """What stands before the lines, the loops of lines, and what stands behind them, from CTT on."""
    names = [each.name for each in document.segments]
    first = names.index(loop) if loop in names else len(names)
    last = names.index("CTT", first) if "CTT" in names[first:] else len(names) - 1
    loops = document.loops(loop, frozenset({"CTT", "SE"}))
    return document.segments[: min(first, last)], loops, document.segments[last:-1]


def check_counts(tail: Sequence[Segment], quantities: Sequence[int], told: Told) -> None:
    """A MalformedError where CTT counts other lines, or sums other quantities, than there are."""
    count = next((each for each in tail if each.name == "CTT"), None)
    if count is None or told.statuses.get(TOTALS, "checked") != "checked":
        return
    if count.count(1) != len(quantities):
        raise malformed(count, 1, f"counts {count.count(1)} lines, and there are {len(quantities)}", in_set=COUNT_DIFFERS)
    if count.at(2) and quantity_at(count, 2) != sum(quantities):
        raise malformed(count, 2, "is not the sum of the quantities; with another sum in it, set settings.check_totals = false")


def _rounding(read: Sequence[ReadLine], adjustments: Sequence[Adjustment], segments: Sequence[Segment], currency: str) -> list[Adjustment]:
    """What rounding the lines left over of the total that the partner states; a MalformedError where more is, or nobody states one."""
    goods = sum(each.line.total_minor + each.line.discount_minor for each in read)
    signs = {"discount": -1}
    whole = sum(each.line.total_minor for each in read) + sum(signs.get(each.kind, 1) * each.amount_minor for each in adjustments)
    stated = total_at(segments, "TT", currency)
    merchandise = total_at(segments, "1", currency)
    rounded = sum(each.is_rounded for each in read)
    if rounded and stated is None and merchandise is None:
        message = "no total (AMT with TT) is told, and prices are finer than the currency: nobody knows how the partner rounds"
        raise malformed(segments[0], 1, message)
    left = 0
    for found, own in ((merchandise, goods), (stated, whole)):
        if found is not None:
            left = found[1] - own
            if abs(left) > rounded:
                raise malformed(found[0], 2, f"is not the sum of the parts, which is {own} minor units of {currency}")
    return [Adjustment(kind="charge", title="rounding", amount_minor=left)] if left else []


def _words(head: Sequence[Segment], told: Told) -> tuple[tuple[str, str], ...]:
    """Terms, dates and references, in the partner's own codes."""
    found: list[tuple[str, str]] = []
    for each in head:
        if each.name == "ITD":
            found.append(("terms", _terms(each)))
        elif each.name == "REF" and each.at(2):
            found.append((f"ref:{each.need(1)[:3]}", each.at(2)[:50]))
        elif each.name == "DTM" and each.need(1) in _DATES and each.at(2):
            found.append((f"date:{each.at(1)}", f"{instant_at(each, 2, None, told.zone).astimezone(told.zone):%Y-%m-%d}"))
    return tuple(dict(found[:_MOST_WORDS]).items())


def _terms(segment: Segment) -> str:
    """`net 30`, `2% 10 net 30`, or the partner's own words."""
    days = [str(segment.count(number)) if segment.at(number) else "" for number in (5, 7)]
    discount = f"{segment.at(3)}% {days[0]}".strip() if segment.at(3) else ""
    plain = " ".join(filter(None, (discount, f"net {days[1]}" if days[1] else "")))
    return (plain or segment.at(12) or f"type {segment.at(1)}")[:80]
