"""Moves as Tryton shows them, and those that bear one of our references."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

import msgspec

from connectors._kit.tryton_company import Coded
from connectors._kit.tryton_rpc import Rpc
from connectors._kit.tryton_values import WireDate, WireDecimal
from connectors.tryton.wire import Body

MOVE: Final = "model.account.move"
FIELDS: Final = (
    "date", "description", "origin", "state", "lines.account.code", "lines.debit", "lines.credit", "lines.description",
    "lines.amount_second_currency", "lines.second_currency.code", "lines.tax_lines.tax.name",
)  # fmt: skip
OLDEST_FIRST: Final = (("id", "ASC"),)
_REFERENCE = re.compile(r"([^\s/]+/\d{4}-\d{2}/\d{6,}) ")
_WILD = re.compile(r"([\\%_])")


class Named(msgspec.Struct, frozen=True):
    """A tax."""

    name: str


class TaxLine(msgspec.Struct, frozen=True):
    """What a line tells of a tax."""

    tax: Named | None = msgspec.field(default=None, name="tax.")


class MoveLine(msgspec.Struct, frozen=True):
    """A line of a move."""

    id: int
    debit: WireDecimal
    credit: WireDecimal
    account: Coded = msgspec.field(name="account.")
    description: str | None = None
    amount_second_currency: WireDecimal | None = None
    second_currency: Coded | None = msgspec.field(default=None, name="second_currency.")
    tax_lines: list[TaxLine] | None = msgspec.field(default=None, name="tax_lines.")


class Move(msgspec.Struct, frozen=True):
    """An entry of Tryton's general ledger, drafts among them."""

    id: int
    date: WireDate
    state: Literal["draft", "posted"]
    description: str | None = None
    origin: str | None = None
    lines: list[MoveLine] = msgspec.field(default_factory=list[MoveLine], name="lines.")

    @property
    def reference(self) -> str | None:
        """Our reference, if it is ours.

        What was made out of something else is not, whatever it says: a move that cancels ours bears a copy of its description.
        """
        found = _REFERENCE.match(f"{self.description or ''} ")
        return found[1] if found and self.origin is None else None


Booked: TypeAlias = tuple[date, Mapping[tuple[str | None, Decimal, str | None, Decimal], int]]
"""A day, and how often it books which amounts on which account."""


def moves_of(rpc: Rpc, reference: str, company: int) -> list[Move]:
    """Every move that bears this reference, oldest first, drafts too; whatever people changed but its description."""
    domain = (("company", "=", company), ("description", "like", _WILD.sub(r"\\\1", reference) + " %"))
    found = rpc.ask(f"{MOVE}.search_read", domain, 0, None, OLDEST_FIRST, FIELDS, shape=list[Move], context={"company": company})
    return [move for move in found if move.reference == reference]


def booked_by(move: Move) -> Booked:
    """What a move books."""
    nothing = Decimal()
    return move.date.value, _counted(
        (
            line.account.code,
            line.debit.value - line.credit.value,
            line.second_currency.code if line.second_currency else None,
            line.amount_second_currency.value if line.amount_second_currency else nothing,
        )
        for line in move.lines
    )


def wanted_by(body: Body) -> Booked:
    """What a command wants booked."""
    return body.date, _counted(
        (line.account, Decimal(line.debit) - Decimal(line.credit), line.second_currency, Decimal(line.amount_second_currency or 0))
        for line in body.lines
    )


def _counted(
    lines: Iterable[tuple[str | None, Decimal, str | None, Decimal]],
) -> Mapping[tuple[str | None, Decimal, str | None, Decimal], int]:
    return Counter(lines)
