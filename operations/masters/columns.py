"""What the columns of master tables may hold, and how a whole column of cells is read.

Numbers are read by the column: a comma or a point means the same in all of its cells, and where both readings remain and differ, the
cells that depend on it are errors. Nothing is guessed for a cell alone.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from model.errors import MalformedError
from model.values.money import EXPONENTS
from model.values.quantity import decimal_quantity, thousandths
from operations.masters.cells import Cell, Unread

Value = str | int | bool | Decimal | None
"""Text, thousandths, days, truth, an amount in major units; None: the cell is empty."""
Reader = Callable[[Sequence[Cell]], "list[Value | Unread]"]
Stored = str | int | bool | bytes | Decimal | None

LONGEST = 200
"""Characters of a text."""
LONGEST_CODE = 128
FARTHEST = 3650
"""Days of a term or a lead time."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a column holds: how its cells are read, and how a stored value becomes a cell."""

    read: Reader
    show: Callable[[Stored], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a kind of table."""

    name: str
    form: Form
    example: str
    empty: Literal["refused", "kept", "cleared"] = "cleared"
    """What an empty cell does: is an error; leaves what is stored, or the default of a new row; clears what is stored."""
    is_needed: bool = False
    """Whether a file without this column is refused; without any other, what is stored stays."""
    is_personal: bool = False
    is_ignored: bool = False
    """Whether exports show it and imports do not look at it."""


def as_text(value: Stored) -> Cell:
    """A stored text as a cell."""
    return "" if value is None else str(value)


def one_by_one(read: Callable[[Cell], Value | Unread], show: Callable[[Stored], Cell] = as_text) -> Form:
    """A column whose cells are read each for itself."""
    return Form(lambda cells: [cell if isinstance(cell, Unread) else None if cell == "" else read(cell) for cell in cells], show)


def _text(cell: Cell) -> Value | Unread:
    if isinstance(cell, Decimal) and cell.as_tuple().exponent == 0:  # another one has lost digits or zeros
        return f"{cell:f}"
    if not isinstance(cell, str):
        return Unread("is no text to the spreadsheet; format the column as text and type it anew")
    return cell if len(cell) <= LONGEST else Unread(f"is longer than {LONGEST} characters; shorten it")


def _code(cell: Cell) -> Value | Unread:
    found = _text(cell)
    if not isinstance(found, str):
        return found
    if "\n" in found or "\t" in found:
        return Unread("is a code of several lines; write it in one")
    return found if len(found) <= LONGEST_CODE else Unread(f"is longer than {LONGEST_CODE} characters; shorten it")


_FEWEST_DIGITS = 5
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _flag(cell: Cell) -> Value | Unread:
    if isinstance(cell, bool):
        return cell
    found = _FLAGS.get(f"{cell}".casefold())
    return Unread("is neither yes nor no; write one of them") if found is None else found


def _day(cell: Cell) -> Value | Unread:
    text = cell if isinstance(cell, str) and len(cell) == len("2026-01-31") else ""
    try:
        found = cell if isinstance(cell, date) else date.fromisoformat(text)
    except ValueError:
        return Unread("is no date; write it as 2026-01-31")
    return found.isoformat() if 1990 <= found.year < 2200 else Unread("lies outside 1990 to 2200; mend it")  # noqa: PLR2004  as instants do


def _currency(cell: Cell) -> Value | Unread:
    code = f"{cell}".upper()
    return code if code in EXPONENTS else Unread("is not an ISO 4217 currency; write one like EUR")


def _address(cell: Cell) -> Value | Unread:
    found = _code(cell)
    name, _, domain = found.rpartition("@") if isinstance(found, str) else ("", "", "")
    return found if name and "." in domain and " " not in f"{found}" else Unread("is no e-mail address; write one like mia@example.com")


def _phone(cell: Cell) -> Value | Unread:
    found = _code(cell)
    is_one = isinstance(found, str) and sum(letter.isdigit() for letter in found) >= _FEWEST_DIGITS
    return found if is_one else Unread("is no phone number; write one like +49 30 123456")


def one_of(*words: str) -> Form:
    """A column that holds one of some words."""
    unknown = Unread(f"is unknown; write one of {', '.join(words)}")
    return one_by_one(lambda cell: found if (found := f"{cell}".casefold()) in words else unknown)


TEXT, CODE, CURRENCY, EMAIL, PHONE = (one_by_one(read) for read in (_text, _code, _currency, _address, _phone))
FLAG = one_by_one(_flag, lambda value: "yes" if value else "no")
DAY = one_by_one(_day, lambda value: date.fromisoformat(str(value)))


def _quantity(number: Decimal) -> Value | Unread:
    try:
        found = thousandths(number)
    except MalformedError as error:
        return Unread(f"{str(error).partition(': ')[2]}; mend it")
    return found if found >= 0 else Unread("is negative; write zero or more")


def _days(number: Decimal) -> Value | Unread:
    if number != number.to_integral_value() or not 0 <= number <= FARTHEST:
        return Unread(f"is no number of days from 0 to {FARTHEST}; mend it")
    return int(number)


def _amount(number: Decimal) -> Value | Unread:
    return number if number >= 0 else Unread("is negative; write zero or more")


def numbers(finish: Callable[[Decimal], Value | Unread], show: Callable[[Stored], Cell]) -> Form:
    """A column of numbers written in one way."""

    def read(cells: Sequence[Cell]) -> "list[Value | Unread]":
        readings = [_readings(cell) for cell in cells]
        chosen, doubt = _form([each for each in readings if isinstance(each, dict)])
        values: list[Value | Unread] = []
        for each in readings:
            if not isinstance(each, dict):
                values.append(finish(each) if isinstance(each, Decimal) else each)
            elif len(set(each.values())) == 1 and len(each) == len(_FORMS):
                values.append(finish(next(iter(each.values()))))
            else:
                values.append(doubt if chosen is None else finish(each[chosen]))
        return values

    return Form(read, show)


_FORMS = {
    "point": (re.compile(r"[+-]?(?:[0-9]{1,18}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,5})(?:\.[0-9]{1,18})?"), ","),
    "comma": (re.compile(r"[+-]?(?:[0-9]{1,18}|[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,5})(?:,[0-9]{1,18})?"), "."),
}
"""The two ways of writing a number, with what groups its thousands."""
_LONGEST_NUMBER = 40
_Readings = dict[str, Decimal]


def _readings(cell: Cell) -> _Readings | Decimal | Unread | None:
    """What a cell says in each form it can be read in; a number of a spreadsheet needs no form."""
    if isinstance(cell, Decimal | Unread):
        return cell
    if cell == "":
        return None
    text = cell.replace("\u2212", "-") if isinstance(cell, str) and len(cell) <= _LONGEST_NUMBER else ""
    found = {
        form: Decimal(text.replace(groups, "").replace(",", "."))
        for form, (pattern, groups) in _FORMS.items() if pattern.fullmatch(text)
    }  # fmt: skip
    return found or Unread("is not a number; write one like 12.5, without unit")


def _form(column: Sequence[_Readings]) -> tuple[str | None, Unread]:
    """The one form in which all cells can be read, or why there is none."""
    left = [form for form in _FORMS if all(form in each for each in column)]
    if len(left) == 1:
        return left[0], Unread("")
    if left:
        return None, Unread("may be read as thousands or as decimals, and no other cell of the column tells; write 1.250 as 1.25 or 1250")
    return None, Unread("is written with a point in some cells and with a comma in others; write the whole column in one way")


def _as_number(value: Stored) -> Cell:
    return "" if value is None else Decimal(str(value))


def _as_quantity(value: Stored) -> Cell:
    return "" if value is None else Decimal(decimal_quantity(int(value)))


QUANTITY = numbers(_quantity, _as_quantity)
DAYS, AMOUNT = (numbers(finish, _as_number) for finish in (_days, _amount))
