"""Numbers and dates as people of one country write them. What a whole file shows decides its form; what it leaves open is refused."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from model.errors import MalformedError
from model.values.instant import plausible
from model.values.money import exponent, minor_units

Mark = Literal[".", ","]
"""What stands before the decimals."""
DateOrder = Literal["ymd", "dmy", "mdy"]

_MOST = 48
"""Characters of a number, a date or a zone."""
_MINUS = str.maketrans({"\u2212": "-", "\u00a0": " ", "\u202f": " ", "\u2019": "'"})
_GROUPED = r"[0-9]{1,3}(?:[ 'OTHER][0-9]{2,3})*[ 'OTHER][0-9]{3}"
_NUMBER = rf"([+-]?)({_GROUPED}|[0-9]{{1,20}})?(?:[MARK]([0-9]{{0,20}}))?"
_NUMBERS: Final = {mark: re.compile(_NUMBER.replace("OTHER", other).replace("MARK", mark)) for mark, other in ((".", ","), (",", "."))}
_DATE = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\.[0-9]{1,9})?")
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_MOMENT = re.compile(r"([0-9./-]{8,10})(?:[T ]+([0-9:.]{4,18}))?(?: *(Z|[+-][0-9:]{4,6}|[A-Za-z][A-Za-z0-9_/+-]*))?")
_ABBREVIATIONS: Final = {
    "Z": 0, "UTC": 0, "GMT": 0, "BST": 1, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "EST": -5, "EDT": -4, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11,
}  # fmt: skip
"""Hours ahead of UTC of abbreviations that mean one zone only; CST and IST mean several."""


def mark_of(texts: Iterable[str], currency: str, given: Mark | None = None) -> Mark:
    """The decimal mark of a file, told by its numbers together; a given one is not asked about.

    MalformedError where two forms are mixed, or where no number tells which of two it is.
    """
    if given:
        return given
    shown = [text.strip().translate(_MINUS).lstrip("+-") for text in texts]
    found: set[Mark] = {mark for text in shown if (mark := _shown_by(text, exponent(currency)))}
    if len(found) > 1:
        raise MalformedError("amounts: are written with a decimal point and with a decimal comma; write one form")
    if not found and any("." in text or "," in text for text in shown):
        raise MalformedError("amounts: a point or comma may part thousands or decimals; say which in settings.decimal_mark")
    return found.pop() if found else "."


def _shown_by(text: str, places: int) -> Mark | None:
    """What one number tells; three digits behind a single sign tell nothing, but where the currency has no decimals."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return "." if text.rfind(".") > text.rfind(",") else ","
    if not points and not commas:
        return None
    own: Mark = "." if points else ","
    other: Mark = "," if points else "."
    if points + commas > 1:
        return other
    if len(text.partition(own)[2]) != 3:  # noqa: PLR2004  thousands are parted by threes
        return own
    return None if places else other


def local_minor(text: str, currency: str, mark: Mark) -> int:
    """Minor units of a number with that decimal mark; thousands may be parted by the other one, a blank or an apostrophe."""
    bare = text.strip().translate(_MINUS)
    found = _NUMBERS[mark].fullmatch(bare) if len(bare) <= _MOST else None
    if found is None or not (found[2] or found[3]):
        raise MalformedError("amount: is not a number")
    whole = re.sub("[ '.,]", "", found[2] or "0")
    return minor_units(f"{found[1]}{whole}.{found[3] or '0'}", currency)


def order_of(texts: Iterable[str], given: DateOrder | None = None) -> DateOrder:
    """In which order a file writes day, month and year. MalformedError where its dates show two orders, or leave it open."""
    if given:
        return given
    dates = [found for text in texts if (found := _DATE.match(text.strip()[:_MOST]))]
    orders: set[DateOrder] = {order for found in dates if (order := _order_shown_by(found))}
    if len(orders) > 1:
        raise MalformedError("dates: are written in two orders; write one form")
    if not orders and dates:
        raise MalformedError("dates: the day or the month may come first; say which in settings.date_order")
    return orders.pop() if orders else "ymd"


def _order_shown_by(found: re.Match[str]) -> DateOrder | None:
    if len(found[1]) == 4:  # noqa: PLR2004  a year
        return "ymd"
    if found[2] == "." or int(found[1]) > 12:  # noqa: PLR2004  months
        return "dmy"
    return "mdy" if int(found[3]) > 12 else None  # noqa: PLR2004  same


def local_date(text: str, order: DateOrder) -> date:
    """A date in that order, its year in four digits; MalformedError where it is none."""
    found = _DATE.fullmatch(text.strip()[:_MOST])
    if found is None:
        raise MalformedError("date: is not a date of day, month and year")
    parts = dict(zip(order, (found[1], found[3], found[4]), strict=True))
    if len(parts["y"]) != 4:  # noqa: PLR2004  of two digits the century is not told
        raise MalformedError(f"date: its year does not stand where {order} has it")
    try:
        return date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
    except ValueError:
        raise MalformedError("date: there is no such day") from None


def local_moment(text: str, order: DateOrder, zone: tzinfo = UTC) -> datetime:
    """An instant from a date, a time and a zone; midnight where no time is told, and by the given zone where none is named."""
    found = _MOMENT.fullmatch(text.strip()) if len(text) <= 2 * _MOST else None
    if found is None:
        raise MalformedError("instant: is not a date and time")
    day = local_date(found[1], order)
    hours, minutes, seconds = _clock(found[2] or "00:00:00")
    try:
        local = datetime(day.year, day.month, day.day, hours, minutes, seconds, tzinfo=zone_of(found[3]) if found[3] else zone)
        return plausible(local.astimezone(UTC))
    except (ValueError, OverflowError):
        raise MalformedError("instant: there is no such time") from None


def _clock(text: str) -> tuple[int, int, int]:
    found = _TIME.fullmatch(text)
    if found is None:
        raise MalformedError("instant: its time is not hours, minutes and seconds")
    return int(found[1]), int(found[2]), int(found[3] or 0)


def zone_of(name: str) -> tzinfo:
    """A zone by its offset, by an abbreviation that means one zone only, or by its IANA name; else a MalformedError."""
    if offset := _OFFSET.fullmatch(name):
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        if span < timedelta(hours=24):
            return timezone(-span if offset[1] == "-" else span)
    if name.upper() in _ABBREVIATIONS:
        return timezone(timedelta(hours=_ABBREVIATIONS[name.upper()]))
    try:
        return ZoneInfo(name[:_MOST])
    except (KeyError, ValueError, OSError):
        raise MalformedError("zone: is not an offset, an IANA name or an abbreviation of one zone only") from None
