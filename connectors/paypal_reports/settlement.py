"""The settlement report (STL) to settlements: a section for each account, and in it a balance for each currency.

Source: PayPal's Settlement Report Specification. Amounts are unsigned minor units of their currency; a column beside says CR or DR.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from connectors._kit.local_forms import local_moment
from connectors._kit.sheets import Line, Row, agree, at_line, balanced, columns_of, lines_of, numbered, row_of, text_of
from connectors.paypal_reports.lines import Move, line_of, payout_of
from model.errors import MalformedError, RejectedError
from model.records.settlement import Settlement
from model.values.money import LIMIT, exponent

_ID, _INVOICE, _REFERENCE, _REFERENCE_TYPE = "Transaction ID", "Invoice ID", "PayPal Reference ID", "PayPal Reference ID Type"
_CODE, _BEGAN, _DONE = "Transaction Event Code", "Transaction Initiation Date", "Transaction Completion Date"
_SIDE, _GROSS, _CURRENCY = "Transaction Debit or Credit", "Gross Transaction Amount", "Gross Transaction Currency"
_FEE_SIDE, _FEE, _FEE_CURRENCY = "Fee Debit or Credit", "Fee Amount", "Fee Currency"
_NEEDED = (_ID, _INVOICE, _REFERENCE, _REFERENCE_TYPE, _CODE, _BEGAN, _DONE, _SIDE, _GROSS, _CURRENCY, _FEE_SIDE, _FEE, _FEE_CURRENCY)
_SIDES: Final = {"CR": 1, "DR": -1}
_TOTALS = ("a total of gross credits", "a total of gross debits", "a total of fee credits", "a total of fee debits")
_FIRST_BALANCE = 2 + len(_TOTALS)
"""The cell of a section's footer in which the first pair of CR or DR and amount begins: total balance, then available, then payable."""
_BALANCES = 2
"""Kinds of balance of which one is what the lines lead from and to."""


_WITHIN: Final = frozenset({"CH", "SB", "SF", "SC"})
"""Tags of rows of a section, the last of which closes it."""
_WITHOUT: Final = frozenset({"FH", "SH", "RF", "RC", "FF"})
_ENDS: Final = frozenset({"RF", "RC", "FF"})
"""Tags behind the last section."""


class Section(NamedTuple):
    """One account over one day, as its rows stand."""

    head: Line
    columns: tuple[str, ...]
    rows: list[Row]
    feet: list[Line]


def is_settlement_report(line: Line | None) -> bool:
    """Whether the first line is a report's header: tag, time, window, account, version."""
    return line is not None and len(line.cells) >= 5 and line.cells[0] == "RH" and line.cells[2] in {"A", "H", "R", "X"}  # noqa: PLR2004  see above


def read_settlement_report(raw: bytes) -> tuple[Settlement, ...]:
    """Every balance of every section."""
    lines = list(lines_of(text_of(raw, "cp1252")))
    if not lines or not is_settlement_report(lines[0]):
        raise MalformedError("line 1: is not the head of a settlement report (RH)")
    return tuple(settlement for section in _sections(lines[1:]) for settlement in _settlements(section))


def _sections(lines: Sequence[Line]) -> list[Section]:
    """The sections, each whole; the counts that the report states are compared."""
    found: list[Section] = []
    is_open, ended, last = False, set[str](), 1
    for line in lines:
        tag, last = line.cells[0], line.number
        if tag not in _WITHIN | _WITHOUT:
            raise MalformedError(f"line {line.number}: begins with no tag of a settlement report")
        if (tag in _WITHIN) != is_open or (tag == "SH" and ended & _ENDS):
            raise MalformedError(f"line {line.number}: a row {tag} stands where none may")
        if tag == "SH":
            found.append(Section(line, (), [], []))
        elif tag in _WITHIN:
            found[-1] = _grown(found[-1], line)
        elif tag == "RC":
            agree(line.number, "a count of rows", _whole(line, 1), sum(len(section.rows) for section in found))
        is_open = tag == "SH" or (is_open and tag != "SC")
        ended.add(tag)
    if is_open or "FF" not in ended:
        raise MalformedError(f"line {last}: the report breaks off; its end (FF) is missing")
    if "RC" not in ended:
        raise RejectedError(f"line {last}: is one of several files of a report (RC is missing), whose sums stand in the last")
    return found


def _grown(section: Section, line: Line) -> Section:
    """The section with one more of its rows."""
    tag = line.cells[0]
    if tag == "CH":
        return section._replace(columns=columns_of(line, _NEEDED))
    if tag == "SB":
        section.rows.append(_row(section, line))
    elif tag == "SF":
        section.feet.append(line)
    else:
        agree(line.number, "a count of rows", _whole(line, 1), len(section.rows))
    return section


def _row(section: Section, line: Line) -> Row:
    """A body row under the section's columns."""
    if not section.columns:
        raise MalformedError(f"line {line.number}: stands before the names of its columns (CH)")
    return row_of(section.columns, line)


def _settlements(section: Section) -> list[Settlement]:
    """One for each currency that the section's footers name; a row of a currency without a footer is refused."""
    cells, number = section.head.cells, section.head.number
    if len(cells) < 4 or not cells[3]:  # noqa: PLR2004  tag, start, end, account
        raise MalformedError(f"line {number}: names no account")
    with at_line(number):
        opened, closed = local_moment(cells[1], "ymd"), local_moment(cells[2], "ymd")
    moves = [_move(row) for row in section.rows]
    ids = numbered(move.own_id for move in moves)
    moves = [move._replace(own_id=each) for move, each in zip(moves, ids, strict=True)]
    feet = {_cell(foot, 1): foot for foot in section.feet}
    if len(feet) != len(section.feet):
        raise MalformedError(f"line {section.feet[-1].number}: is a second footer of its currency")
    for row, move in zip(section.rows, moves, strict=True):
        if move.currency not in feet:
            raise RejectedError(f"line {row.number}: is in {move.currency}, of which the section states no sums (SF)")
    told: list[Settlement] = []
    for currency, foot in feet.items():
        own_id = f"STL:{cells[3]}:{currency}:{opened:%Y%m%dT%H%M%SZ}"
        told.append(_settlement(foot, own_id, [move for move in moves if move.currency == currency], opened, closed))
    return told


def _settlement(foot: Line, own_id: str, moves: Sequence[Move], opened: datetime, closed: datetime) -> Settlement:
    currency = _cell(foot, 1)
    with at_line(foot.number):
        exponent(currency)
    gross, fees = [move.gross for move in moves], [move.fee for move in moves]
    found = [part for amounts in (gross, fees) for part in (sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0))]
    for place, what in enumerate(_TOTALS):
        agree(foot.number, what, _whole(foot, 2 + place), found[place])
    lines = tuple(line_of(move) for move in moves)
    opening, closing = _balances(foot, sum(line.net_minor for line in lines))
    settlement = Settlement(
        external_id=own_id,
        currency=currency,
        opened_at=opened,
        closed_at=closed,
        lines=lines,
        payouts=tuple(payout_of(line) for line in lines if line.kind == "payout"),
        opening_minor=opening,
        closing_minor=closing,
    )
    return balanced(settlement, foot.number)


def _balances(foot: Line, total: int) -> tuple[int, int]:
    """Opening and closing of the balance that the lines lead from and to.

    The footer states the total balance and then the available one; holds are rows, and lower only the second. Where neither agrees
    with the lines the report is refused.
    """
    for place in range(_FIRST_BALANCE, _FIRST_BALANCE + 4 * _BALANCES, 4):
        opening, closing = (_signed(foot, place + step) for step in (0, 2))
        if opening + total == closing:
            return opening, closing
    stated = " nor ".join(f"{_signed(foot, place)} to {_signed(foot, place + 2)}" for place in (_FIRST_BALANCE, _FIRST_BALANCE + 4))
    raise RejectedError(f"line {foot.number}: its rows sum to {total} ({_cell(foot, 1)}), which leads neither from {stated}")


def _move(row: Row) -> Move:
    fields = row.fields
    currency, code = fields[_CURRENCY], fields[_CODE]
    with at_line(row.number):
        exponent(currency)
        at = local_moment(fields[_DONE] or fields[_BEGAN], "ymd")
    if fields[_FEE_CURRENCY] not in {"", currency}:
        raise MalformedError(f"line {row.number}: its fee is in another currency than its amount")
    transaction, reference, kind = fields[_ID] or None, fields[_REFERENCE] or None, fields[_REFERENCE_TYPE]
    return Move(
        own_id=f"{transaction or 'none'}:{code}:{at:%Y%m%dT%H%M%SZ}",
        code=code,
        said=code,
        gross=_side(row, _SIDE) * _minor(row, _GROSS),
        fee=_side(row, _FEE_SIDE) * _minor(row, _FEE) if fields[_FEE].strip("0") else 0,
        currency=currency,
        at=at,
        transaction=transaction,
        refers_to=reference if kind == "TXN" else None,
        second=reference if kind == "ODR" else None,
        invoice=fields[_INVOICE] or None,
    )


def _side(row: Row, column: str) -> int:
    side = _SIDES.get(row.fields[column])
    if side is None:
        raise MalformedError(f"line {row.number}: {column} is neither CR nor DR")
    return side


def _minor(row: Row, column: str) -> int:
    return _digits(row.number, row.fields[column])


def _cell(line: Line, place: int) -> str:
    if place >= len(line.cells):
        raise MalformedError(f"line {line.number}: is shorter than its kind")
    return line.cells[place].strip()


def _whole(line: Line, place: int) -> int:
    return _digits(line.number, _cell(line, place))


def _digits(number: int, text: str) -> int:
    """Unsigned minor units: digits only."""
    if not (text.isascii() and text.isdigit() and len(text) < len(str(LIMIT))):
        raise MalformedError(f"line {number}: an amount or count is not a number of digits alone")
    return int(text)


def _signed(line: Line, place: int) -> int:
    side = _SIDES.get(_cell(line, place))
    if side is None:
        raise MalformedError(f"line {line.number}: a balance is neither CR nor DR")
    return side * _whole(line, place + 1)
