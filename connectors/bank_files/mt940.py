"""MT940, the customer statement of SWIFT, as banks send it: `:20:` to `:62F:`, with or without the envelope of a SWIFT message.

https://www2.swift.com/knowledgecentre/publications/us9m_20230720/2.0?topic=mt940.htm. Several statements stand in one file.

A small parser of our own: mt-940 5.1 (BSD, alive, typed) reads amounts exactly, but makes one statement of all in a file, with the
balances of the last one only, so that nothing adds up; it passes over what it does not know, and gives up a file for a reference that
is longer than the standard has it.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from connectors.bank_files.mt940_details import described
from connectors.bank_files.settings import Settings
from connectors.bank_files.statements import Draft, currency_of
from connectors.bank_files.texts import amount, at, day, decoded, full_year, lines_of, short_day
from model.errors import MalformedError
from model.records.statement import StatementLine

_TAG: Final = re.compile(r":(\d\d[A-Z]?|NS):(.*)", re.DOTALL | re.ASCII)
_END: Final = re.compile(r"-(?:\}.*)?|:940:")
_CLAIM: Final = re.compile(rb"(?:^|[\r\n])(?:\{4:\s*)?:20:[^\r\n]*[\r\n]+(?:[^:][^\r\n]*[\r\n]+|:21:[^\r\n]*[\r\n]+|[\r\n])*:25:")
_HEAD: Final = 65_536
_BALANCE: Final = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d,]{1,40})", re.ASCII)
_MOVED: Final = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|[ ]{4})?(?P<mark>RC|RD|C|D)(?P<funds>[A-Z])?(?P<amount>\d[\d,]{0,39})"
    r"(?P<kind>[A-Z][A-Z0-9 ]{3})?(?P<told>.*)",
    re.ASCII,
)
_AMOUNT: Final = re.compile(r"(\d{1,18})(?:,(\d{0,18}))?", re.ASCII)
_SIGNS: Final = {"C": 1, "D": -1, "RC": -1, "RD": 1}
"""`RC` takes back a credit, `RD` a debit."""
_NO_REFERENCE: Final = {"", "NONREF", "EREF", "KREF", "EREF+", "KREF+", "NOTPROVIDED"}
_FEBRUARY: Final = 2
_KNOWN: Final = frozenset(
    {"20", "21", "25", "25P", "28", "28C", "60F", "60M", "61", "62F", "62M", "64", "65", "86", "13", "13D", "34F", "90D", "90C", "NS"}
)


@dataclass(slots=True)
class _Tagged:
    """One field: its tag, the line it begins in, and all its lines."""

    tag: str
    line: int
    lines: list[str]


@dataclass(slots=True)
class _Message:
    """One statement's fields."""

    fields: list[_Tagged] = field(default_factory=list[_Tagged])
    is_ended: bool = False

    def first(self, *tags: str) -> _Tagged | None:
        """The first field of any of these tags."""
        return next((each for each in self.fields if each.tag in tags), None)


def is_mt940(raw: bytes, settings: Settings) -> bool:  # noqa: ARG001  as every form
    """Whether it claims to be one: a reference, then an account."""
    head = raw[:_HEAD]
    return bool(_CLAIM.search(head.replace(b"\0", b"") if head.startswith((b"\xff\xfe", b"\xfe\xff")) else head))


def read_mt940(raw: bytes, settings: Settings) -> list[Draft]:
    """Every statement of the file."""
    return [_statement(message, settings) for message in _messages(lines_of(decoded(raw, settings.encoding)))]


def _messages(lines: list[str]) -> list[_Message]:
    """Fields by statement. What stands between statements (envelopes, names of banks) is no field; a field out of place is an error."""
    messages: list[_Message] = []
    for number, line in enumerate(lines, 1):
        told = line[line.index(":20:") :] if line.startswith("{") and ":20:" in line else line
        if tagged := _TAG.fullmatch(told):
            if tagged[1] not in _KNOWN:
                raise MalformedError(f"line {number}: has a field that MT940 does not know")
            if tagged[1] == "20":
                messages.append(_Message())
            elif not messages or messages[-1].is_ended:
                raise MalformedError(f"line {number}: stands outside of a statement")
            messages[-1].fields.append(_Tagged(tagged[1], number, [tagged[2]]))
        elif messages and not messages[-1].is_ended:
            if _END.fullmatch(told):
                messages[-1].is_ended = True
            elif not told.startswith("{"):
                messages[-1].fields[-1].lines.append(told)
    return messages


def _statement(message: _Message, settings: Settings) -> Draft:
    place = f"statement of line {message.fields[0].line}"
    opening, closing, account = message.first("60F", "60M"), message.first("62F", "62M"), message.first("25", "25P")
    ends = [_balance(each) for each in (opening, closing) if each]
    if account is None or not ends:
        raise MalformedError(f"{place}: names no {'account' if account is None else 'balance'}")
    if len({each[2] for each in ends}) > 1:
        raise MalformedError(f"{place}: opens in one currency and closes in another")
    currency = currency_of(place, ends[0][2], settings)
    return Draft(
        place=place,
        account=account.lines[0],
        currency=currency,
        opened_on=min(ends[0][1], ends[-1][1]),
        closed_on=ends[-1][1],
        opening_minor=_balance(opening)[0] if opening else None,
        closing_minor=_balance(closing)[0] if closing else None,
        lines=_lines(message, currency, closed_at=closing.line if closing else None),
        sequence=_sequence(message.first("28C", "28")),
        number=message.fields[0].lines[0],
    )


def _balance(told: _Tagged) -> tuple[int, date, str]:
    with at(f"line {told.line}"):
        parts = _BALANCE.fullmatch(told.lines[0].strip())
        if parts is None:
            raise MalformedError("balance: is not as MT940 writes it")
        return _SIGNS[parts[1]] * _amount(parts[4], parts[3]), short_day(parts[2]), parts[3]


def _amount(text: str, currency: str) -> int:
    """Minor units; the comma always stands, also at the end, and is forgotten by some."""
    parts = _AMOUNT.fullmatch(text)
    if parts is None:
        raise MalformedError("amount: is not as MT940 writes it, 1234,5")
    return amount(f"{parts[1]}.{parts[2] or ''}", currency)


def _sequence(told: _Tagged | None) -> str | None:
    """`00035/001` as `35/1`; banks that do not count write 0."""
    parts = [each.strip().lstrip("0") for each in told.lines[0].split("/")] if told else [""]
    return "/".join(each or "0" for each in parts) if parts[0] else None


def _lines(message: _Message, currency: str, closed_at: int | None) -> list[StatementLine]:
    """Each `:61:` with the `:86:` behind it; a `:86:` behind a balance is about the statement."""
    lines: list[StatementLine] = []
    for place, told in enumerate(message.fields):
        if told.tag != "61":
            continue
        if closed_at is not None and told.line > closed_at:
            raise MalformedError(f"line {told.line}: is a movement behind the closing balance")
        behind: list[str] = []
        for each in message.fields[place + 1 :]:
            if each.tag not in {"86", "NS"}:
                break
            behind += each.lines
        with at(f"line {told.line}"):
            lines.append(_line(told, behind, currency))
    return lines


def _line(told: _Tagged, behind: list[str], currency: str) -> StatementLine:
    parts = _MOVED.fullmatch(told.lines[0])
    if parts is None:
        raise MalformedError("movement: is not as MT940 writes it")
    ours, _, theirs = parts["told"].partition("//")
    valued = _value_day(parts["value"])
    more = [line for line in told.lines[1:] if line.strip()]
    details = described(more, behind, currency)
    stated = ours.strip()
    return StatementLine(
        external_id="",
        booked_on=_entry_day(parts["entry"], valued),
        amount_minor=_SIGNS[parts["mark"]] * _amount(parts["amount"], currency),
        value_on=valued,
        raw_kind=(parts["kind"] or "").strip() or None,
        reference=details.reference or (None if stated.upper() in _NO_REFERENCE else stated),
        bank_reference=theirs.strip() or None,
        counterparty=details.counterparty,
        counterparty_account=details.account,
        text=details.text,
        fee_minor=details.fee_minor,
    )


def _value_day(text: str) -> date:
    """The day from which interest is counted. Banks that give every month thirty days write 30 February: its last day."""
    year, month, number = full_year(int(text[:2])), int(text[2:4]), int(text[4:])
    if month == _FEBRUARY and number in {29, 30}:
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        number = 29 if is_leap else 28
    return day(year, month, number)


def _entry_day(text: str | None, valued: date) -> date:
    """The booking day, in the year that brings it nearest to the value day; none given, it is the value day."""
    if text is None or not text.strip():
        return valued
    month, number = int(text[:2]), int(text[2:])
    found: list[date] = []
    for year in (valued.year - 1, valued.year, valued.year + 1):
        try:
            found.append(date(year, month, number))
        except ValueError:
            continue
    if not found:
        raise MalformedError("date: there is no such day")
    return min(found, key=lambda each: abs(each - valued))
