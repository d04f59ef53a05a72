"""Instants are aware UTC datetimes; business dates are computed once, from a zone and a cut-off."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from model.errors import MalformedError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def instant(text: str) -> datetime:
    """An ISO 8601 instant with offset as aware UTC; without offset, or outside 1990-2200, it is a MalformedError."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedError("instant: is not an ISO 8601 date and time") from None
    if value.tzinfo is None:
        raise MalformedError("instant: has no offset from UTC")
    return _in_utc(value)


def utc_instant(text: str) -> datetime:
    """An ISO 8601 instant that the vendor documents as UTC and writes without offset."""
    return local_instant(text, UTC)


def local_instant(text: str, zone: tzinfo) -> datetime:
    """An ISO 8601 instant that the vendor writes without offset, by the clocks of a zone; of an hour that comes twice, the first."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedError("instant: is not an ISO 8601 date and time") from None
    return _in_utc(value.replace(tzinfo=zone) if value.tzinfo is None else value)


def _in_utc(value: datetime) -> datetime:
    try:
        return plausible(value.astimezone(UTC))
    except OverflowError:  # the first and the last hours that datetime knows
        raise MalformedError("instant: lies outside 1990 to 2200") from None


def plausible(value: datetime) -> datetime:
    """The instant itself if it lies between 1990 and 2200, else a MalformedError."""
    if not _EARLIEST <= value < _LATEST:
        raise MalformedError("instant: lies outside 1990 to 2200")
    return value


def micros(value: datetime) -> int:
    """Whole microseconds since 1970, exact (no float)."""
    return (value - EPOCH) // timedelta(microseconds=1)


def iso(value: datetime) -> str:
    """Fixed-width text, `2026-01-31T09:05:00.000000Z`, that sorts like the instants."""
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat("T", "microseconds")[:26] + "Z"


def business_hull(day: date, zone: ZoneInfo, cut_off: time) -> tuple[datetime, datetime]:
    """A span of aware UTC that surely holds the whole trading day; `business_date` says of each instant in it whether it belongs.

    Where clocks are put forward or back, a day begins up to two hours beside its cut-off.
    """
    first, following = (datetime.combine(each, cut_off, zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return first - timedelta(hours=2), following + timedelta(hours=2)


def business_date(value: datetime, zone: ZoneInfo, cut_off: time) -> date:
    """The trading day of an instant: the local date, where hours before the cut-off still belong to the day before."""
    local = value.astimezone(zone)
    return local.date() if local.time() >= cut_off else local.date() - timedelta(days=1)
