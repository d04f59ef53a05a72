"""Balances of a CSV: beside each line, or before and after all of them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from connectors.bank_files.csv_amounts import written
from connectors.bank_files.settings import CsvForm
from connectors.bank_files.texts import at
from model.errors import RejectedError
from model.records.statement import StatementLine

Ends = tuple[int | None, int | None]
"""Opening and closing balance in minor units."""


class Balanced(Protocol):
    """A line and what is on the account after it, where it says so."""

    @property
    def row(self) -> int:
        """Its line in the file."""
        ...

    @property
    def line(self) -> StatementLine:
        """The movement."""
        ...

    @property
    def balance_minor(self) -> int | None:
        """Of the account, behind it."""
        ...


def balanced(found: Sequence[Balanced], form: CsvForm, *, is_running: bool) -> tuple[list[StatementLine], Ends]:
    """The lines, oldest first, and what they began and ended with.

    Banks write either order and seldom say which. Days tell, and so do running balances, which add up in one order only.
    """
    forward, backward = list(found), list(reversed(found))
    orders = [each for each, name in ((forward, "oldest_first"), (backward, "newest_first")) if form.order in {None, name}]
    orders = [each for each in orders if _rises(each)] or orders
    if not is_running:
        return [each.line for each in orders[0]], (None, None)
    breaks = [(each, _first_break(each)) for each in orders]
    good = [each for each, at_row in breaks if at_row is None]
    if not good:
        raise RejectedError(f"line {breaks[0][1]}: the balance before it and its amount do not give its balance")
    if len({_ends(each) for each in good}) > 1:
        raise RejectedError("file: its balances add up in either order; say which under settings.csv.order")
    return [each.line for each in good[0]], _ends(good[0])


def ends_of(rows: Sequence[tuple[int, list[str]]], form: CsvForm, currency: str) -> Ends:
    """The balances that stand behind the words for them, in rows of their own."""
    return _behind(rows, form.opening, form, currency), _behind(rows, form.closing, form, currency)


def _behind(rows: Sequence[tuple[int, list[str]]], word: str | None, form: CsvForm, currency: str) -> int | None:
    for number, cells in rows:
        if word in cells:
            told = next((cell for cell in cells[cells.index(str(word)) + 1 :] if cell), "")
            with at(f"line {number}"):
                return written(told, form, currency)
    return None


def _rises(found: Sequence[Balanced]) -> bool:
    return all(before.line.booked_on <= after.line.booked_on for before, after in pairwise(found))


def _first_break(found: Sequence[Balanced]) -> int | None:
    """The row whose balance is not what the one before and the amounts since give; banks may state one for the last line of a day only."""
    known, since = None, 0
    for each in found:
        since += each.line.amount_minor
        if each.balance_minor is not None:
            if known is not None and known + since != each.balance_minor:
                return each.row
            known, since = each.balance_minor, 0
    return None


def _ends(found: Sequence[Balanced]) -> Ends:
    since = 0
    for each in found:
        since += each.line.amount_minor
        if each.balance_minor is not None:
            return each.balance_minor - since, found[-1].balance_minor
    return None, None
