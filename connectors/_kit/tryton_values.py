"""Dates and decimals as Tryton writes them in JSON."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec

from model.errors import MalformedError
from model.values.money import exact_amount


class WireDecimal(msgspec.Struct, frozen=True):
    """`{"__class__": "Decimal", "decimal": "10.05"}`."""

    decimal: str

    @property
    def value(self) -> Decimal:
        """The number; MalformedError for none, or for one of no payable size."""
        return exact_amount(self.decimal)


class WireDate(msgspec.Struct, frozen=True):
    """`{"__class__": "date", "year": 2026, "month": 1, "day": 31}`."""

    year: int
    month: int
    day: int

    @property
    def value(self) -> date:
        """The day; MalformedError for one that no calendar has."""
        try:
            return date(self.year, self.month, self.day)
        except (ValueError, OverflowError):
            raise MalformedError("date: is no day of the calendar") from None


class WireInstant(WireDate, frozen=True):
    """The same of class `datetime`, with hours to microseconds, in UTC."""

    hour: int
    minute: int
    second: int
    microsecond: int

    @property
    def moment(self) -> datetime:
        """The instant; MalformedError for one that no calendar has."""
        try:
            return datetime(self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond, UTC)
        except (ValueError, OverflowError):
            raise MalformedError("datetime: is no instant of the calendar") from None


def said_decimal(amount: str) -> Mapping[str, str]:
    """A decimal number for Tryton."""
    return {"__class__": "Decimal", "decimal": amount}


def said_date(day: date) -> Mapping[str, object]:
    """A day for Tryton."""
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}


def said_instant(moment: datetime) -> Mapping[str, object]:
    """An instant for Tryton, which keeps UTC and no zone."""
    parts = {name: getattr(moment, name) for name in ("hour", "minute", "second", "microsecond")}
    return {"__class__": "datetime", "year": moment.year, "month": moment.month, "day": moment.day} | parts
