"""Which business days are swept, and what of a source's list belongs to one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connectors.capabilities import Window
from model.errors import ConfigError
from model.records.days import ListedOrder
from model.store.day_orders import BusinessDay
from model.values.instant import business_date, business_hull
from operations.runtime.hub_accounts import Account

USUAL_DAYS = 7
"""Days before today that every sweep looks at: what a source shows late is mostly there by then."""


@dataclass(frozen=True, slots=True)
class SweptDays:
    """Business days that a person asks for, both inclusive; None: the last `USUAL_DAYS` that are over."""

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise ConfigError("days: end before they begin; give a since that is not after until")


def days_of(channel: Account, wanted: SweptDays, now: datetime) -> list[date]:
    """The days to sweep, oldest first: whole ones, over by the source's clock, behind the account's beginning."""
    today, first = trading_day(channel, now), trading_day(channel, channel.read_from) + timedelta(days=1)
    until = min(wanted.until or today, today - timedelta(days=1))
    since = max(wanted.since or min(until, today - timedelta(days=1)) - timedelta(days=USUAL_DAYS - 1), first)
    return [since + timedelta(days=place) for place in range((until - since).days + 1)]


def trading_day(channel: Account, at: datetime) -> date:
    """The business day of an instant, by the channel's zone and cut-off."""
    return business_date(at, channel.trading_zone, channel.cut_off)


def business_day(channel: Account, day: date) -> BusinessDay:
    """The day, with a span that surely holds it."""
    start, end = business_hull(day, channel.trading_zone, channel.cut_off)
    return BusinessDay(channel.id, day, start, end)


def span_of(day: BusinessDay) -> Window:
    """The span in which a source is asked for it."""
    return Window(day.start, day.end)


def of_day(channel: Account, day: date, pages: Iterable[Iterable[ListedOrder]]) -> Iterator[ListedOrder]:
    """What belongs to the day; a row whose time could not be read does, until it is known better."""
    for page in pages:
        yield from (each for each in page if each.placed_at is None or trading_day(channel, each.placed_at) == day)
