"""Dates and decimals as Tryton writes them in JSON, and a voucher as it leaves: codes and amounts, before Tryton's ids are known."""

from collections.abc import Mapping
from datetime import date
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


def said_decimal(amount: str) -> Mapping[str, str]:
    """A decimal number for Tryton."""
    return {"__class__": "Decimal", "decimal": amount}


def said_date(day: date) -> Mapping[str, object]:
    """A day for Tryton."""
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line in Tryton's words."""

    account: str
    """Its code."""
    debit: str
    credit: str
    description: str = ""
    second_currency: str | None = None
    amount_second_currency: str | None = None
    """Signed as debit less credit."""
    tax: str | None = None
    """The tax's name."""
    party: str | None = None
    """The party's code, for an account that wants one."""


class Body(msgspec.Struct, frozen=True):
    """A voucher as it is kept in the outbox."""

    reference: str
    description: str
    """Begins with the reference and a space, which is how it is found again."""
    date: date
    currency: str
    """The company's own."""
    journal: str
    lines: tuple[Line, ...]
