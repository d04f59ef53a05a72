"""Manual journals as Xero shows them, read page by page into entries of a ledger.

They are in the organisation's base currency. Pages are in the order of ids, so that a journal entered meanwhile shifts others onto a
page that is still to come; deleted and voided ones stay in the list. An amount that Xero split into net and tax by itself, in journals of
others, is told net, and the tax as a line of `TAX_ACCOUNT`.
Sources: the official OpenAPI description (XeroAPI/Xero-OpenAPI), https://developer.xero.com/documentation/api/accounting/manualjournals
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from connectors._kit import Answer, Http, own_id
from connectors._kit.http import Pause
from connectors._kit.ledgers import check_problems, entries_read, known_as, reference_in
from connectors._kit.pacing import Pacer
from connectors._kit.slices import split_page
from connectors.capabilities import Rate
from model.errors import MalformedError, TransientError
from model.records.voucher import LedgerEntry, VoucherLine
from model.values.money import minor_units

PAGE: Final = 100
MOST_PAGES: Final = 1000
RATE: Final = Rate(Fraction(9, 10), 5)
"""Sixty calls a minute, and five at once, for each organisation: with the burst at its beginning never more than 59."""
TAX_ACCOUNT: Final = "xero:tax"
COUNTS: Final = frozenset({"POSTED"})
IS_ENTRY: Final = frozenset({"POSTED", "DRAFT"})
"""Voided and deleted journals are no entries any more."""
_MOMENT: Final = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T00:00:00)?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Books:
    """What is needed to read an organisation's journals: its currency, our words for its accounts, and how to wait."""

    currency: str
    accounts: Mapping[str, str]
    pause: Pause


class _Line(msgspec.Struct, rename="pascal"):
    line_amount: Decimal
    account_code: str | None = None
    account_id: str | None = msgspec.field(name="AccountID", default=None)
    description: str | None = None
    tax_amount: Decimal = Decimal(0)
    is_blank: bool = False


class Journal(msgspec.Struct, rename="pascal"):
    """What of a manual journal an entry is made of."""

    narration: str
    date: str
    status: str
    journal_lines: list[_Line]
    manual_journal_id: str = msgspec.field(name="ManualJournalID")
    line_amount_types: str = "NoTax"


class _Page(msgspec.Struct):
    journals: list[msgspec.Raw] = msgspec.field(name="ManualJournals")


_PAGE: Final = msgspec.json.Decoder(_Page)


def entries(http: Http, books: Books, first: date, last: date) -> Iterator[Sequence[LedgerEntry]]:
    """The entries of these days, page by page; a MalformedError behind the last page for what could not be read."""
    told: set[str] = set()
    problems: list[str] = []
    for page in pages(http, books, first, last):
        batch = entries_read(page, lambda raw: _entry(raw, books), problems)
        yield [entry for entry in batch if entry.external_id not in told]
        told |= {entry.external_id for entry in batch}
    check_problems(problems)


def pages(http: Http, books: Books, first: date, last: date) -> Iterator[tuple[bytes, ...]]:
    """The manual journals of these days as they are shown, up to the first page that is empty."""
    pacer = Pacer(books.pause.clock, books.pause.sleep)
    where = f"Date >= {_day(first)} AND Date <= {_day(last)}"
    for number in range(1, MOST_PAGES + 1):
        turn = pacer.wait(RATE)
        asked: dict[str, str | int] = {"where": where, "order": "ManualJournalID ASC", "page": number, "pageSize": PAGE}
        page = http.get("ManualJournals", asked, read=_slices)
        if turn is not None:
            pacer.landed(turn)
        if not page:
            return
        yield page
    raise TransientError(f"ManualJournals: more than {MOST_PAGES} pages; ask for fewer days")


def _journal_of(raw: bytes) -> Journal:
    """One journal; a MalformedError by its id."""
    try:
        return msgspec.json.decode(raw, type=Journal)
    except msgspec.DecodeError as error:
        raise MalformedError(f"ManualJournals {own_id(raw, b'ManualJournalID')}: {error}") from error


def _entry(raw: bytes, books: Books) -> LedgerEntry | None:
    journal = _journal_of(raw)
    if journal.status not in IS_ENTRY:
        return None
    try:
        return LedgerEntry(
            external_id=journal.manual_journal_id,
            reference=reference_in(journal.narration),
            posted_on=_date_in(journal.date),
            lines=tuple(_lines(journal, books)),
            is_posted=journal.status in COUNTS,
        )
    except MalformedError as error:
        raise MalformedError(f"ManualJournals {journal.manual_journal_id}: {error}") from error


def _lines(journal: Journal, books: Books) -> Iterator[VoucherLine]:
    tax = 0
    for line in journal.journal_lines:
        if line.is_blank:
            continue
        account = line.account_code or line.account_id
        if not account:
            raise MalformedError("JournalLines: a line names no account")
        amount, part = (minor_units(told, books.currency) for told in (line.line_amount, line.tax_amount))
        part = 0 if journal.line_amount_types == "NoTax" else part
        tax += part
        net = amount - part if journal.line_amount_types == "Inclusive" else amount
        yield _line(known_as(account, books.accounts), net, books.currency, line.description or "")
    if tax:
        yield _line(TAX_ACCOUNT, tax, books.currency, "tax that Xero reckoned")


def _line(account: str, minor: int, currency: str, memo: str) -> VoucherLine:
    return VoucherLine(account=account, currency=currency, amount_minor=minor, base_minor=minor, memo=memo)


def _date_in(text: str) -> date:
    """A day as Xero writes it: milliseconds since 1970 at midnight UTC, whatever offset stands behind; or as ISO 8601 does."""
    try:
        if found := _MOMENT.fullmatch(text):
            return (_EPOCH + timedelta(milliseconds=int(found[1]))).date()
        if found := _DAY.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except (ValueError, OverflowError) as error:
        raise MalformedError("Date: is no day of the calendar") from error
    raise MalformedError("Date: is neither /Date(…)/ nor a day")


def _slices(answer: Answer) -> tuple[bytes, ...]:
    _page, slices = split_page(answer.body, _PAGE, lambda page: page.journals, array=b"ManualJournals", where="ManualJournals")
    return slices


def _day(day: date) -> str:
    return f"DateTime({day.year}, {day.month:02}, {day.day:02})"
