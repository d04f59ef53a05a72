"""What a bank tells: statements whose opening balance and lines give the closing one. Amounts are signed: credits are positive."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One booked movement on our bank account."""

    external_id: str
    """The same whenever the line is read again, from whichever statement: the bank's own id where it is unique, else made of what the
    line says and of how many equal ones stood before it on that day."""
    booked_on: date
    amount_minor: int
    value_on: date | None = None
    raw_kind: str | None = None
    """The bank's code for what moved."""
    reference: str | None = None
    """What the payer gave along, end to end."""
    bank_reference: str | None = None
    counterparty: str | None = None
    """Who is on the other side; may be a person, and is sealed."""
    counterparty_account: str | None = None
    text: str = ""
    """What the bank prints; may hold names, and is sealed."""
    fee_minor: int = 0
    """What the bank kept of the movement, where it says so: the amount is after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One account over a period."""

    external_id: str
    account: str
    """IBAN or number, as the bank writes it, without spaces."""
    currency: str
    opened_on: date
    closed_on: date
    opening_minor: int | None
    """None where the format carries no balances, as some CSV exports; the account then says so in its settings."""
    closing_minor: int | None
    lines: tuple[StatementLine, ...]
    sequence: str | None = None
    """The bank's own number of the statement: a missing one is a gap."""
