"""BAI2, version 2 of the Bank Administration Institute's balance reporting: files of groups of accounts, one record a line.

Amounts are whole minor units without a point. Every account, group and file states how many records it has and what all its amounts
sum to; all of that is checked, beside opening (010) and closing (015) ledger balance. A small parser of our own: bai2 0.15 (MIT) knows no
field for undated availability in summaries, and stops at codes that it does not list.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from connectors.bank_files.settings import Settings
from connectors.bank_files.statements import Draft, currency_of
from connectors.bank_files.texts import at, decoded, lines_of, short_day, squeezed
from model.errors import MalformedError, RejectedError
from model.records.statement import StatementLine
from model.values.money import LIMIT

_CLAIM: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,8}01,[^,\r\n]{0,40},[^,\r\n]{0,40},\d{6},\d{0,4},[^\r\n]{1,60}[\r\n]+02,")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
_CODES: Final = {"01", "02", "03", "16", "49", "88", "98", "99"}
_MORE: Final = "\n"
"""Marks, within a record that was put together, where a continuation begins; no line holds it."""
_OPENING, _CLOSING = "010", "015"
_NOTE: Final = "890"
"""Words without an amount."""
_DOLLAR: Final = "USD"
"""What is meant where neither account nor group names a currency."""


@dataclass(slots=True)
class _Record:
    code: str
    line: int
    fields: list[str]
    size: int = 1
    """In lines."""

    def field(self, place: int) -> str:
        """By number, empty where the record is shorter."""
        return self.fields[place].strip() if place < len(self.fields) else ""


def is_bai2(raw: bytes, settings: Settings) -> bool:  # noqa: ARG001  as every form
    """Whether it claims to be one: a file header, then a group's."""
    return bool(_CLAIM.match(raw[:400].replace(b"\0", b"").removeprefix(b"\xff\xfe")))


def read_bai2(raw: bytes, settings: Settings) -> list[Draft]:
    """One statement for each account of each group."""
    records = _records(lines_of(decoded(raw, settings.encoding)))
    header, trailer = records[0], records[-1]
    if header.code != "01" or trailer.code != "99":
        raise MalformedError(f"line {trailer.line}: is not the end of the file (99)")
    if header.field(8) not in {"2", ""}:
        raise MalformedError("line 1: is not version 2")
    drafts: list[Draft] = []
    totals: list[int] = []
    group: list[_Record] = []
    for record in records[1:-1]:
        if (record.code == "02") == bool(group):
            raise MalformedError(f"line {record.line}: is {record.code}, out of place")
        group.append(record)
        if record.code == "98":
            total, statements = _group(group, settings)
            totals.append(total)
            drafts += statements
            group = []
    if group:
        raise MalformedError(f"line {trailer.line}: ends the file within a group")
    _check(trailer, (sum(totals), "sum"), (len(totals), "groups"), (sum(each.size for each in records), "records"))
    return drafts


def _records(lines: list[str]) -> list[_Record]:
    """Records with their continuations (88), each cut at its commas."""
    records: list[_Record] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        code, _, told = line.strip().partition(",")
        if code not in _CODES or (code == "88" and not records):
            raise MalformedError(f"line {number}: begins with no code of BAI2, or continues nothing")
        parts = told.removesuffix("/").split(",")
        if code == "88":
            records[-1].size += 1
            records[-1].fields += [_MORE + parts[0], *parts[1:]]
        else:
            records.append(_Record(code, number, parts))
    if not records:
        raise MalformedError("file: holds nothing")
    return records


def _group(group: list[_Record], settings: Settings) -> tuple[int, list[Draft]]:
    header, trailer = group[0], group[-1]
    with at(f"line {header.line}"):
        on = short_day(header.field(3))
    if header.field(2) in {"2", "4"}:
        raise RejectedError(f"line {header.line}: is a deletion or a test")
    drafts: list[Draft] = []
    totals: list[int] = []
    account: list[_Record] = []
    for record in group[1:-1]:
        if (record.code == "03") == bool(account):
            raise MalformedError(f"line {record.line}: is {record.code}, out of place")
        account.append(record)
        if record.code == "49":
            totals.append(_whole(record, 0))
            drafts.append(_account(account, on, header.field(5), settings))
            account = []
    if account:
        raise MalformedError(f"line {trailer.line}: ends the group within an account")
    _check(trailer, (sum(totals), "sum"), (len(totals), "accounts"), (sum(each.size for each in group), "records"))
    return _whole(trailer, 0), drafts


def _check(trailer: _Record, *counted: tuple[int, str]) -> None:
    for place, (found, name) in enumerate(counted):
        stated = _whole(trailer, place)
        if stated != found:
            raise RejectedError(f"line {trailer.line}: states {stated} {name}, there are {found}")


def _account(account: list[_Record], on: date, of_group: str, settings: Settings) -> Draft:
    header, trailer = account[0], account[-1]
    place = f"account of line {header.line}"
    currency = currency_of(place, header.field(1) or of_group or _DOLLAR, settings)
    summed, balances = _summaries(header)
    lines: list[StatementLine] = []
    for record in account[1:-1]:
        if record.code != "16":
            raise MalformedError(f"line {record.line}: is {record.code}, out of place")
        with at(f"line {record.line}"):
            stated, line = _line(record, on)
        summed += stated
        lines += [line] if line else []
    _check(trailer, (summed, "sum"), (sum(each.size for each in account), "records"))
    return Draft(
        place=place,
        account=header.field(0),
        currency=currency,
        opened_on=on,
        closed_on=on,
        opening_minor=balances.get(_OPENING),
        closing_minor=balances.get(_CLOSING),
        lines=lines,
    )


def _summaries(header: _Record) -> tuple[int, dict[str, int]]:
    """The sum of all amounts beside the account, and each by its code; the first of a code counts."""
    total, found = 0, dict[str, int]()
    place = 2
    while place < len(header.fields):
        code = header.field(place)
        if code or header.field(place + 1):
            with at(f"line {header.line}, {code[:3] or 'no code'}"):
                minor = _minor(header.field(place + 1))
            total += minor
            if header.field(place + 1):
                found.setdefault(code, minor)
        place = _behind_funds(header, place + 3)
    return total, found


def _behind_funds(record: _Record, place: int) -> int:
    """The number of the field behind a funds type and what belongs to it."""
    kind = record.field(place)
    if kind == "D":
        count = record.field(place + 1)
        if not (count.isascii() and count.isdigit() and len(count) < 3):  # noqa: PLR2004  a hundred days are enough
            raise MalformedError(f"line {record.line}: its availability is not counted")
        return place + 2 + 2 * int(count)
    return place + {"S": 4, "V": 3}.get(kind, 1)


def _line(record: _Record, on: date) -> tuple[int, StatementLine | None]:
    """What the record adds to the control total, and the movement."""
    code, stated = record.field(0), record.field(1)
    minor = _minor(stated)
    if code == _NOTE:
        return minor, None
    valued = record.field(3) if record.field(2) == "V" else ""
    place = _behind_funds(record, 2)
    text = ",".join(record.fields[place + 2 :]).replace(f",{_MORE}", " ").replace(_MORE, " ")
    return minor, StatementLine(
        external_id="",
        booked_on=on,
        amount_minor=_sign(code) * minor,
        value_on=short_day(valued) if valued else None,
        raw_kind=code,
        reference=record.field(place + 1) or None,
        bank_reference=record.field(place) or None,
        text=squeezed(text),
    )


def _sign(code: str) -> int:
    """By the code's range; codes of loans and of statuses say neither."""
    if not (len(code) == 3 and code.isascii() and code.isdigit()):  # noqa: PLR2004  as the standard writes them
        raise MalformedError("type: is no code of three digits")
    number = int(code)
    if 100 <= number <= 399 or 920 <= number <= 959:  # noqa: PLR2004  credits
        return 1
    if 400 <= number <= 699 or 960 <= number <= 999:  # noqa: PLR2004  debits
        return -1
    raise MalformedError(f"type: {code} says neither credit nor debit")


def _minor(text: str) -> int:
    """Whole minor units; none stated is nothing."""
    if not text:
        return 0
    if not _WHOLE.fullmatch(text) or abs(int(text)) >= LIMIT:
        raise MalformedError("amount: is not a whole number of payable size")
    return int(text)


def _whole(record: _Record, place: int) -> int:
    text = record.field(place)
    if not _WHOLE.fullmatch(text):
        raise MalformedError(f"line {record.line}: states no number at its place {place + 2}")
    return int(text)
