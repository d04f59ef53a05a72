"""Lines of vouchers that people make, from a CSV file or as words: every mistake is told with its line."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from model.errors import MalformedError, RejectedError
from model.records.voucher import VoucherLine, imbalances
from model.values.money import EXPONENTS, decimal_amount, minor_units
from reconciliation.vouchers.posting import Rates, valued
from reconciliation.vouchers.rules import PostingRules

COLUMNS = ("account", "currency", "debit", "credit", "base", "memo")
"""`base`: the amount in the functional currency, signed as a debit, where it is not that of the day's rate; it may be left out."""
MOST_LINES = 10_000
_CODE = re.compile(r"[0-9A-Za-z]{1,20}(\.[0-9A-Za-z-]{1,64}){0,4}")


@dataclass(frozen=True, slots=True)
class Told:
    """A line as a person wrote it."""

    where: str
    line: VoucherLine
    has_base: bool


def lines_from_csv(name: str, text: str, base: str) -> list[Told]:
    """Lines of a CSV file with the columns account, currency, debit, credit, and perhaps base and memo; MalformedError names the line."""
    if "\0" in text:
        raise MalformedError(f"{name}: is no text; write CSV in UTF-8")
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        given = table.fieldnames or []
        if not set(COLUMNS[:4]) <= set(given) or set(given) - set(COLUMNS) or len(set(given)) < len(given):
            raise MalformedError(f"{name}: the first line names {given}; write {','.join(COLUMNS)}")
        return [_told(f"{name}: line {number}", row, base) for number, row in enumerate(table, 2)]
    except csv.Error as problem:
        raise MalformedError(f"{name}: line {table.line_num}: {problem}") from None


def lines_from_words(words: Sequence[str], base: str) -> list[Told]:
    """Lines like `debit 1010.hausbank.EUR 12.50 EUR rent of May`."""
    return [_told(f"--line {number}", _split(number, each), base) for number, each in enumerate(words, 1)]


def _split(number: int, words: str) -> dict[str, str]:
    side, account, amount, currency, memo = [*words.split(maxsplit=4), *[""] * 5][:5]
    if side not in {"debit", "credit"}:
        raise MalformedError(f"--line {number}: begins with {side!r}; write `debit ACCOUNT AMOUNT CURRENCY [TEXT]`, or credit")
    return {"account": account, "currency": currency, side: amount, "memo": memo}


def _told(where: str, row: Mapping[Any, Any], base: str) -> Told:
    if None in row or any(value is None for value in row.values()):
        raise MalformedError(f"{where}: has more or fewer cells than the first line")
    cell = {str(name): str(value).strip() for name, value in row.items()}
    account, currency, given = cell["account"], cell["currency"], cell.get("base", "")
    debit, credit = cell.get("debit", ""), cell.get("credit", "")
    if not _CODE.fullmatch(account):
        raise MalformedError(f"{where}: account: {account[:40]!r} is no code like 1010 or 1010.hausbank.EUR")
    if currency not in EXPONENTS:
        raise MalformedError(f"{where}: currency: {currency[:8]!r} is not an ISO 4217 currency")
    if bool(debit) == bool(credit):
        raise MalformedError(f"{where}: wants a debit or a credit, and not both")
    try:
        minor = minor_units(debit or credit, currency) * (1 if debit else -1)
        base_minor = minor_units(given, base) if given else 0
    except MalformedError as problem:
        raise MalformedError(f"{where}: {problem}") from None
    if minor == 0 or (given and currency == base and base_minor != minor):
        raise MalformedError(f"{where}: {'comes to nothing' if minor == 0 else f'base: differs from the amount, which is in {base}'}")
    line = VoucherLine(account=account, currency=currency, amount_minor=minor, base_minor=base_minor, memo=cell.get("memo", ""))
    return Told(where, line, bool(given))


def checked_lines(told: Sequence[Told], rules: PostingRules, base: str, day: date, rates: Rates) -> tuple[VoucherLine, ...]:
    """The lines with their functional amounts; RejectedError for an account that is not in the chart, or lines that do not balance."""
    if not 2 <= len(told) <= MOST_LINES:  # noqa: PLR2004  a debit and a credit
        raise RejectedError(f"lines: {len(told)} are given; a voucher has two or more, and at most {MOST_LINES}")
    for each in told:
        _check_account(each, rules)
    lacking = imbalances([replace(each.line, base_minor=0) for each in told], base)
    if lacking:
        amounts = ", ".join(f"{decimal_amount(minor, currency)} {currency}" for currency, minor in sorted(lacking.items()))
        raise RejectedError(f"lines: do not balance in each currency; too much on the debit side: {amounts}")
    return tuple(_with_base(told, base, day, rates))


def _check_account(each: Told, rules: PostingRules) -> None:
    try:
        rules.account(each.line.account)
    except RejectedError as problem:
        raise RejectedError(f"{each.where}: {problem}") from None
    kept_in = each.line.account.rpartition(".")[2]
    if kept_in in EXPONENTS and kept_in != each.line.currency:
        raise RejectedError(f"{each.where}: account {each.line.account} is kept in {kept_in}, and the line is in {each.line.currency}")


def _with_base(told: Sequence[Told], base: str, day: date, rates: Rates) -> Iterator[VoucherLine]:
    """Currency by currency: with the functional amounts that were given, or at the day's rate."""
    for currency in dict.fromkeys(each.line.currency for each in told):
        mine = [each for each in told if each.line.currency == currency]
        given = {each.has_base for each in mine}
        if currency == base or given == {False}:
            yield from valued([each.line for each in mine], base, day, rates)
            continue
        if given != {True}:
            raise RejectedError(f"lines in {currency}: some say base and some do not; say it on all of them, or on none")
        left = sum(each.line.base_minor for each in mine)
        if left:
            raise RejectedError(f"lines in {currency}: their base amounts do not balance; {decimal_amount(left, base)} {base} too much")
        yield from (each.line for each in mine)
