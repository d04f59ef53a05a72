"""ORDERS -> Order. Pure: the same message and terms give the same order.

Source: UN/EDIFACT D.96A and D.01B, message ORDERS; what is read stands alike in both.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from connectors._kit.edifact.envelope import Message, read_interchange
from connectors._kit.edifact.heading import currency_of, is_replacement, note_of, parties_of, placed_of
from connectors._kit.edifact.lines import Read, read_line
from connectors._kit.edifact.segments import Segment, trimmed
from connectors._kit.edifact.sums import Whole, parts_of
from connectors._kit.edifact.terms import EdifactTerms
from model.errors import MalformedError, RejectedError
from model.records.order import Order
from model.rules.order_sums import check_order
from model.rules.told_once import told_once
from model.values.instant import micros

RELEASES: Final = frozenset({"96A", "96B", "97A", "97B", "98A", "98B", "99A", "99B", "00A", "00B", "01A", "01B"})
_LONGEST: Final = 70
_TEST: Final = 11
_DEFAULTS: Final = EdifactTerms()


def read_edifact_order(raw: bytes, terms: EdifactTerms | None = None, *, told_at: datetime | None = None) -> Order:
    """The order that a slice of `cut_edifact_orders` tells, its counts and sums checked.

    MalformedError where it cannot be read, RejectedError where it is none to take in: both name segment, element and mend.
    `told_at` says when the file was written, which tells versions apart under `later_files = "newest"`; without it, by the document's own
    time, and of one time the one that was read later counts.
    """
    terms = terms or _DEFAULTS
    interchange = read_interchange(trimmed(raw), terms.charset)
    if len(interchange.messages) != 1:
        raise MalformedError(f"interchange: holds {len(interchange.messages)} messages, and one was expected")
    message = interchange.messages[0]
    _check_envelope(interchange.header, message, terms)
    head, groups, tail = _sections(message)
    currency = currency_of(head, terms)
    reads = [read_line(group, place, currency, terms) for place, group in enumerate(groups, 1)]
    _check_count(tail, len(reads))
    return _order(interchange.header, head, reads, tail, currency, terms, told_at)


def _order(
    header: Segment,
    head: tuple[Segment, ...],
    reads: list[Read],
    tail: tuple[Segment, ...],
    currency: str,
    terms: EdifactTerms,
    told_at: datetime | None,
) -> Order:
    bgm = _first(head, "BGM")
    number = bgm.need(2)
    if len(number) > _LONGEST or not number.isprintable():
        raise bgm.wrong(f"is longer than {_LONGEST} characters, or no number", 2)
    placed = placed_of(head, terms)
    lines = tuple(read.line for read in reads)
    parts = parts_of(Whole(head, tail, lines, tuple(read.rate for read in reads)), currency, terms)
    order = Order(
        external_id=number,
        number=number,
        placed_at=placed,
        updated_at=placed,
        source_version=0,
        currency=currency,
        total_minor=parts.total,
        shipping_minor=parts.shipping,
        tax_minor=parts.tax,
        charges_minor=parts.charges,
        discount_minor=parts.discount,
        shop_currency=currency,
        shop_total_minor=parts.total,
        payment_state="unpaid",
        fulfilment_state="unfulfilled",
        source_status=(),
        lines=lines,
        adjustments=parts.adjustments,
        parties=parties_of(head),
        is_test=header.at(_TEST) == "1",
        source_name="edifact",
        buyer_note=note_of(head),
    )
    return check_order(_versioned(order, terms, told_at, is_new=is_replacement(bgm)))


def _versioned(order: Order, terms: EdifactTerms, told_at: datetime | None, *, is_new: bool) -> Order:
    """A document that says it replaces another counts by its own time; another is told once, unless the newest file counts."""
    if is_new:
        return replace(order, source_version=micros(order.placed_at))
    if terms.later_files == "newest":
        at = max(told_at or order.placed_at, order.placed_at)
        return replace(order, source_version=micros(at), updated_at=at)
    return told_once(order)


def _check_envelope(header: Segment, message: Message, terms: EdifactTerms) -> None:
    for element, ours, who in ((2, terms.their_id, "the partner"), (3, terms.our_id, "us")):
        if ours is not None and header.at(element) != ours:
            raise RejectedError(f"{header}, element {element:02}-1: is not {who}; it is set aside")
    unh = message.segments[0]
    if unh.at(2) != "ORDERS":
        raise RejectedError(f"{unh}, element 02-1: is {unh.at(2)[:6] or 'nothing'}, and only ORDERS is read here")
    if unh.at(2, 2) != "D" or unh.at(2, 3) not in RELEASES:
        raise RejectedError(f"{unh}, element 02-3: is of another directory than D.96A to D.01B; ask the partner for one of these")
    message.check()


def _sections(message: Message) -> tuple[tuple[Segment, ...], list[tuple[Segment, ...]], tuple[Segment, ...]]:
    """Head, lines and tail: the first LIN begins the lines, the UNS ends them."""
    body = message.segments[1:-1]
    end = next((place for place, segment in enumerate(body) if segment.tag == "UNS"), None)
    if end is None:
        raise MalformedError("UNS: the message has no such segment")
    starts = [place for place, segment in enumerate(body[:end]) if segment.tag == "LIN"]
    if not starts:
        raise RejectedError("LIN: the message has no such segment; an order without lines is none")
    groups = [body[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True)]
    return body[: starts[0]], groups, body[end + 1 :]


def _check_count(tail: tuple[Segment, ...], lines: int) -> None:
    """CNT+2: how many lines there are."""
    for segment in tail:
        if segment.tag == "CNT" and segment.at(1) == "2" and Decimal(segment.number(1, 2)) != lines:
            raise segment.wrong(f"counts other lines than the {lines} that there are", 1, 2)


def _first(head: tuple[Segment, ...], tag: str) -> Segment:
    found = next((segment for segment in head if segment.tag == tag), None)
    if found is None:
        raise MalformedError(f"{tag}: the message has no such segment")
    return found
