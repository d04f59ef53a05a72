"""A voucher as it leaves for Tryton: codes and amounts, before Tryton's ids are known."""

from datetime import date

import msgspec


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
