"""CSV in the form that the account describes: which column tells what, and how the bank writes dates and amounts."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from connectors.bank_files.csv_amounts import written
from connectors.bank_files.csv_balances import balanced, ends_of
from connectors.bank_files.settings import CsvColumns, CsvForm, Settings, bare_account
from connectors.bank_files.statements import Draft, currency_of
from connectors.bank_files.texts import MOST_LINES, at, day, decoded, squeezed
from model.errors import MalformedError, RejectedError
from model.records.statement import StatementLine

HEADER_WITHIN: Final = 50
"""Rows among which the header must be."""
_HEAD: Final = 65_536


@dataclass(frozen=True, slots=True)
class Row:
    """A line's cells by column, and the line in which it ends."""

    line: int
    cells: Mapping[str, str]

    def cell(self, name: str | None) -> str:
        """Empty for a column that there is not."""
        return self.cells[name] if name is not None else ""


@dataclass(frozen=True, slots=True)
class Booked:
    """A line as read, with what makes statements of lines."""

    row: int
    account: str
    currency: str
    line: StatementLine
    balance_minor: int | None


def is_csv(raw: bytes, settings: Settings) -> bool:
    """Whether the columns that the account describes are there; where no row names them, whether the first row reads as a line."""
    form = settings.csv
    if form is None:
        return False
    try:
        text = decoded(raw, form.encoding)
        head = text if len(text) <= _HEAD else text[: text.rfind("\n", 0, _HEAD) + 1]
        names, rows = _split(_cells(head, form), form)
        return form.header or bool(_booked(_row(rows[0], names, form), settings, form))
    except (MalformedError, RejectedError):
        return False


def read_csv(raw: bytes, settings: Settings) -> list[Draft]:
    """One statement for each account and currency in it; none where there is no line."""
    form = settings.csv
    if form is None:
        raise MalformedError("file: is CSV, and the account describes none")
    text = decoded(raw, form.encoding)
    if form.quote and text.count(form.quote) % 2:
        raise MalformedError("file: has a quotation mark that is never closed; if it is none, set csv.quote = ''")
    every = _cells(text, form)
    names, rows = _split(every, form)
    edges = (form.opening, form.closing)
    found = [
        _booked(_row(each, names, form), settings, form)
        for each in rows
        if not each[1][0].startswith(form.no_lines) and not any(word and word in each[1] for word in edges)
    ]
    if not found and settings.balances == "file":
        _check_empty(every, form, settings.currency or "")
    ordered = sorted(found, key=lambda each: (each.account, each.currency))  # stable: lines stay in the file's order
    grouped = [list(group) for _key, group in groupby(ordered, key=lambda each: (each.account, each.currency))]
    return [_statement(lines, every, settings, form, is_only=len(grouped) == 1) for lines in grouped]


def _check_empty(every: list["Cells"], form: CsvForm, currency: str) -> None:
    """Without lines nothing has moved, which the file must say."""
    opening, closing = ends_of(every, form, currency)
    if opening is None or opening != closing:
        raise RejectedError("file: holds no line, and its balances do not say that nothing moved")


def _statement(found: list[Booked], every: list["Cells"], settings: Settings, form: CsvForm, *, is_only: bool) -> Draft:
    first = found[0]
    place = f"lines of {first.currency}"
    lines, (opening, closing) = balanced(found, form, is_running=settings.balances == "running")
    if settings.balances == "file" and is_only:
        opening, closing = ends_of(every, form, first.currency)
    dates = [each.booked_on for each in lines]
    return Draft(
        place=place,
        account=first.account,
        currency=first.currency,
        opened_on=min(dates),
        closed_on=max(dates),
        opening_minor=opening,
        closing_minor=closing,
        lines=lines,
    )


Cells = tuple[int, list[str]]
"""A row that is not blank: the number of its last line, and its cells."""


def _cells(text: str, form: CsvForm) -> list[Cells]:
    quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.delimiter, quotechar=form.quote or None, quoting=quoting)
    rows: list[Cells] = []
    try:
        for row in reader:
            cells = [squeezed(cell) for cell in row]
            if any(cells):
                rows.append((reader.line_num, cells))
            if len(rows) > MOST_LINES:
                raise MalformedError(f"line {reader.line_num}: is one too many")
    except csv.Error:
        raise MalformedError(f"line {reader.line_num}: is no row of CSV") from None
    return rows


def _split(rows: list[Cells], form: CsvForm) -> tuple[Sequence[str], list[Cells]]:
    """The names of the columns, and the rows below them."""
    needed = form.columns.named()
    if not form.header:
        if len(rows) <= form.skip_rows:
            raise MalformedError("file: holds no line")
        width = max(len(rows[form.skip_rows][1]), *map(int, needed))
        return [str(number) for number in range(1, width + 1)], rows[form.skip_rows :]
    for place, (number, cells) in enumerate(rows[:HEADER_WITHIN]):
        if needed <= set(cells):
            if twice := next((name for name in needed if cells.count(name) > 1), None):
                raise MalformedError(f"line {number}: names the column {twice} twice")
            return cells, rows[place + 1 :]
    raise MalformedError("file: has no row that names the columns of settings.csv")


def _row(told: Cells, names: Sequence[str], form: CsvForm) -> Row:
    number, cells = told
    if len(cells) < len(names) or any(cells[len(names) :]):
        raise MalformedError(f"line {number}: has {len(cells)} cells, not {len(names)}")
    return Row(number, {name: "" if cell in form.blank_words else cell for name, cell in zip(names, cells, strict=False)})


def _booked(row: Row, settings: Settings, form: CsvForm) -> Booked:
    columns, place = form.columns, f"line {row.line}"
    stated = row.cell(columns.currency)
    currency = currency_of(place, form.currencies.get(stated, stated) or None, settings)
    account = bare_account(row.cell(columns.account)) or (settings.account[0] if len(settings.account) == 1 else "")
    with at(place):
        balance = row.cell(columns.balance)
        return Booked(
            row=row.line,
            account=account,
            currency=currency,
            line=_line(row, form, columns, currency),
            balance_minor=written(balance, form, currency) if balance and settings.balances == "running" else None,
        )


def _line(row: Row, form: CsvForm, columns: CsvColumns, currency: str) -> StatementLine:
    valued = row.cell(columns.value_on)
    return StatementLine(
        external_id="",
        booked_on=_day(row.cell(columns.booked_on), form),
        amount_minor=_amount(row, form, columns, currency) * (-1 if form.is_inverted else 1),
        value_on=_day(valued, form) if valued else None,
        raw_kind=row.cell(columns.kind) or None,
        reference=row.cell(columns.reference) or None,
        bank_reference=row.cell(columns.bank_reference) or None,
        counterparty=row.cell(columns.counterparty) or None,
        counterparty_account=row.cell(columns.counterparty_account) or None,
        text="\n".join(filter(None, (row.cell(name) for name in columns.text))),
    )


def _amount(row: Row, form: CsvForm, columns: CsvColumns, currency: str) -> int:
    if columns.amount is not None:
        return _sign(row, form, columns) * written(row.cell(columns.amount), form, currency)
    credit, debit = (written(text, form, currency) if text else 0 for text in (row.cell(columns.credit), row.cell(columns.debit)))
    if credit and debit:
        raise MalformedError("amount: comes in and goes out at once")
    if not row.cell(columns.credit) and not row.cell(columns.debit):
        raise MalformedError("amount: neither comes in nor goes out")
    if debit < 0:
        raise MalformedError("amount: is below zero among those that go out")
    return credit - debit


def _sign(row: Row, form: CsvForm, columns: CsvColumns) -> int:
    if columns.sign is None:
        return 1
    word = row.cell(columns.sign)
    if word in form.credit_words:
        return 1
    if word in form.debit_words:
        return -1
    raise MalformedError("sign: is none of csv.credit_words and csv.debit_words")


def _day(text: str, form: CsvForm) -> date:
    try:
        found = datetime.strptime(text, form.date)  # noqa: DTZ007  a day, as the bank writes it
    except ValueError:
        raise MalformedError("date: is not as settings.csv says") from None
    return day(found.year, found.month, found.day)
