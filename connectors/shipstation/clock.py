"""ShipStation's clock: Pacific time, PST or PDT, written without an offset.

Source: https://docs.shipstation.com/apis/shipstation-v1/docs/start-here/requirements. A time that bears an offset all the same, as some
of the vendor's examples do, is taken at its word.

One hour of an autumn night comes twice on that clock, and nothing tells the two apart. A time in it is read as the first of the two; as a
version it only says that it lies in that hour, so that of two changes in it the one that was fetched later counts.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from model.errors import MalformedError
from model.values.instant import local_instant, micros

ZONE: Final = ZoneInfo("America/Los_Angeles")
HOUR: Final = timedelta(hours=1)
MARGIN: Final = timedelta(seconds=1)
"""A stretch is asked for a little wider: whether its ends belong to it is not documented, and parts of seconds are left away."""
_NOON: Final = 12
_DAY: Final = 10
"""Letters of a date."""


def moment(text: str) -> datetime:
    """An instant as ShipStation writes it."""
    return local_instant(text, ZONE)


def version(text: str) -> int:
    """Grows with the instant; the same all over an hour that comes twice."""
    told = moment(text)
    is_twice = datetime.fromisoformat(text).tzinfo is None and _wall(told) == _wall(told + HOUR)
    return micros(told.replace(minute=0, second=0, microsecond=0) if is_twice else told)


def day_of(text: str) -> date:
    """A day as ShipStation writes it, with or without a time of day behind it."""
    try:
        return date.fromisoformat(text[:_DAY])
    except ValueError:
        raise MalformedError("date: is not an ISO 8601 date") from None


def noon_of(day: date) -> datetime:
    """Noon of a Pacific day."""
    return moment(f"{day.isoformat()}T{_NOON}:00:00")


def written(at: datetime) -> str:
    """An instant as ShipStation is told it."""
    return f"{_wall(at):%Y-%m-%dT%H:%M:%S}"


def stretch(start: datetime, end: datetime) -> tuple[str, str]:
    """From where to where on ShipStation's clock everything between two instants stands; where it is put back in between, an hour more."""
    offsets = [_wall(each) - each.replace(tzinfo=None) for each in (start, end)]
    low, high = start.replace(tzinfo=None) + min(offsets), end.replace(tzinfo=None) + max(offsets)
    return f"{low - MARGIN:%Y-%m-%dT%H:%M:%S}", f"{high + 2 * MARGIN:%Y-%m-%dT%H:%M:%S}"


def _wall(at: datetime) -> datetime:
    return at.astimezone(ZONE).replace(tzinfo=None)
