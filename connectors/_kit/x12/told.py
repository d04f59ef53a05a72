"""What all documents have in common: whose they are, when they were told, and how their quantities, dates and products are read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from connectors._kit.words import meaning
from connectors._kit.x12.codes import UNITS
from connectors._kit.x12.cutting import identity_in
from connectors._kit.x12.envelope import Document, read_document
from connectors._kit.x12.segments import (
    BAD_CHARACTER,
    BAD_CODE,
    BAD_DATE,
    BAD_TIME,
    NOT_SUPPORTED,
    Flaw,
    FlawedError,
    Segment,
    malformed,
)  # fmt: skip
from model.errors import MalformedError, RejectedError
from model.values.instant import micros, plausible
from model.values.quantity import thousandths

SENDER, RECEIVER, USAGE, ZONE, SKU_QUALIFIER, TOTALS = "sender", "receiver", "usage", "zone", "sku_qualifier", "totals"
"""Words under which the account's settings reach the reading; they go with the translated statuses, so that a change of them re-reads."""

_ADDRESSED: Final = (
    (6, SENDER, "is another sender than settings.their_id"),
    (8, RECEIVER, "is another receiver than settings.our_id"),
    (15, USAGE, "marks a test where settings.usage is P, or a real document where it is T"),
)
_NOON: Final = time(12)
_NUMBER = re.compile(r"-?(?:\d{1,12}(?:\.\d{0,6})?|\.\d{1,6})", re.ASCII)
_DATE = re.compile(r"(?:\d{2})?\d{6}", re.ASCII)
_TIME = re.compile(r"\d{4}(?:\d{2}){0,2}", re.ASCII)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """One document, opened: its set, its name for ever, and what the account says about reading it."""

    document: Document
    external_id: str
    told_at: datetime
    source_version: int
    statuses: Mapping[str, str]

    @property
    def zone(self) -> ZoneInfo:
        """Where the partner's days are counted."""
        return _zone(self.statuses)


def opened(raw: bytes, kind: str, statuses: Mapping[str, str]) -> Told:
    """The document in its envelope; MalformedError where it is not whole or no `kind`, RejectedError where it is not for this account."""
    document = read_document(raw)
    if document.kind != kind:
        raise malformed(document.segments[0], 1, f"is {document.kind[:3]}, where {kind} was expected", BAD_CODE, in_set=NOT_SUPPORTED)
    for number, word, told in _ADDRESSED:
        if document.interchange.at(number) != statuses.get(word, document.interchange.at(number)):
            raise RejectedError(f"{document.interchange}, element {number:02}: {told}")
    external_id = identity_in(raw)
    if external_id is None:
        raise MalformedError("interchange: sender and control numbers are not of plain characters")
    told_at = instant_at(document.group, 4, 5, _zone(statuses))
    return Told(document, external_id, told_at, micros(told_at), statuses)


def _zone(statuses: Mapping[str, str]) -> ZoneInfo:
    return ZoneInfo(statuses.get(ZONE, "UTC"))


def instant_at(segment: Segment, day: int, clock: int | None, zone: ZoneInfo) -> datetime:
    """A date and, where it is given, a time of day; without one it is noon, which is the same day nearly everywhere."""
    text, hours = segment.need(day), segment.at(clock) if clock else ""
    if not _DATE.fullmatch(text):
        raise malformed(segment, day, "is no date", BAD_DATE)
    if hours and clock and not _TIME.fullmatch(hours):
        raise malformed(segment, clock, "is no time of day", BAD_TIME)
    try:
        date = datetime.strptime(text[-6:], "%y%m%d").replace(tzinfo=zone) if len(text) == 6 else _day(text, zone)  # noqa: PLR2004  YYMMDD
        told = time(int(hours[:2]), int(hours[2:4]), int(hours[4:6] or 0)) if hours else _NOON
    except ValueError:
        raise malformed(segment, day, "is no date", BAD_DATE) from None
    return plausible(datetime.combine(date, told, zone).astimezone(UTC))


def _day(text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=zone)


def quantity_at(segment: Segment, number: int, *, is_signed: bool = False) -> int:
    """Thousandths of a decimal number."""
    text = segment.need(number)
    if not _NUMBER.fullmatch(text):
        raise malformed(segment, number, "is not a number", BAD_CHARACTER)
    if text.startswith("-") and not is_signed:
        raise malformed(segment, number, "is negative")
    try:
        return thousandths(Decimal(text))
    except MalformedError:
        raise malformed(segment, number, "is finer than a thousandth") from None


def check_unit(segment: Segment, number: int, told: Told) -> None:
    """A MalformedError for a unit of which nobody knows how many of ours it is; none given means the SKU's own."""
    if code := segment.at(number):
        word_at(segment, number, f"unit:{code}", UNITS, told)


def code_at(segment: Segment, number: int, table: Mapping[str, T], told: Told) -> T:
    """What a code means; an unknown one is a MalformedError that says how to translate it."""
    return word_at(segment, number, f"{segment.name}{number:02}:{segment.need(number)}", table, told)


def word_at(segment: Segment, number: int, word: str, table: Mapping[str, T], told: Told) -> T:
    """What a word that is made of a code means; an unknown one is a MalformedError that says how to translate it."""
    try:
        return meaning(f"{segment}, element {number:02}", word, table, told.statuses)
    except MalformedError as error:
        flaw = Flaw(segment=segment.name, position=segment.position, element=number, in_element=BAD_CODE)
        raise FlawedError(str(error), flaw) from None


def sku_at(segment: Segment, pairs: Iterable[int], told: Told) -> str:
    """Our code of the product: the id behind the account's qualifier, of the pairs that begin at these elements."""
    wanted = told.statuses.get(SKU_QUALIFIER, "SK")
    found = {segment.at(number): segment.at(number + 1) for number in pairs}
    if sku := found.get(wanted):
        return sku
    others = ", ".join(sorted(filter(None, found))) or "nothing"
    flaw = Flaw(segment=segment.name, position=segment.position)
    raise FlawedError(f"{segment}: names no product by {wanted} but by {others}; correct settings.sku_qualifier", flaw)


def check_total(segment: Segment | None, number: int, total: int, told: Told) -> None:
    """A MalformedError where the document's own total, if it tells one, is not the sum of its lines."""
    if segment is None or not segment.at(number) or told.statuses.get(TOTALS, "checked") != "checked":
        return
    if quantity_at(segment, number) != total:
        raise malformed(segment, number, "is not the sum of the lines; with another unit in it, set settings.check_totals = false")


def location_of(document: Document) -> str | None:
    """The partner's code of the warehouse, where the document names it."""
    return next((name.at(4) or None for name in document.all("N1") if name.at(1) == "WH"), None)
