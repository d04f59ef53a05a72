"""Journal entries as QuickBooks shows them, read page by page into entries of a ledger.

Amounts are in the entry's currency; its functional amounts are those times its exchange rate, which counts home units for one foreign unit.
A tax that QuickBooks reckoned by itself, in entries of others, is told as a line of `TAX_ACCOUNT`. There are no drafts.
Pages are in the order of ids, so that an entry made meanwhile is on a page that is still to come.
Sources: Finance.xsd of Intuit's SDKs, https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/data-queries
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

import msgspec

from connectors._kit import Answer, Http, own_id
from connectors._kit.http import Pause
from connectors._kit.ledgers import check_problems, entries_read, known_as, reference_in
from connectors._kit.pacing import Pacer
from connectors._kit.slices import split_page
from connectors.capabilities import Rate
from connectors.quickbooks.faults import VERSION, Faulty, check_fault
from model.errors import MalformedError, TransientError
from model.records.voucher import LedgerEntry, VoucherLine
from model.values.money import exact_amount, exponent, minor_units

PAGE: Final = 1000
MOST_PAGES: Final = 1000
RATE: Final = Rate(Fraction(8), 5)
"""500 calls a minute and ten a second for each company: with the burst at its beginning never more than 485."""
TAX_ACCOUNT: Final = "quickbooks:tax"
LEAST_PLACE: Final = -12
"""Decimal places of an exchange rate, at the most."""


@dataclass(frozen=True, slots=True)
class Books:
    """What is needed to read a company's entries: its home currency, our words for its accounts, and how to wait."""

    currency: str
    accounts: Mapping[str, str]
    pause: Pause


class _Worded(msgspec.Struct):
    value: str


class _Detail(msgspec.Struct, rename="pascal"):
    posting_type: Literal["Debit", "Credit"]
    account_ref: _Worded


class _Line(msgspec.Struct, rename="pascal"):
    detail_type: str
    amount: Decimal = Decimal(0)
    description: str | None = None
    journal_entry_line_detail: _Detail | None = None


class _Tax(msgspec.Struct, rename="pascal"):
    total_tax: Decimal = Decimal(0)


class JournalEntry(msgspec.Struct, rename="pascal"):
    """What of a journal entry an entry of a ledger is made of."""

    id: str
    txn_date: date
    line: list[_Line]
    doc_number: str | None = None
    private_note: str | None = None
    currency_ref: _Worded | None = None
    exchange_rate: Decimal | None = None
    txn_tax_detail: _Tax | None = None


class _Found(msgspec.Struct):
    entries: list[msgspec.Raw] = msgspec.field(name="JournalEntry", default_factory=list[msgspec.Raw])


class _Page(Faulty):
    found: _Found = msgspec.field(name="QueryResponse", default_factory=_Found)


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
    """The journal entries of these days as they are shown, up to the first page that is empty."""
    pacer = Pacer(books.pause.clock, books.pause.sleep)
    wanted = f"select * from JournalEntry where TxnDate >= '{first.isoformat()}' and TxnDate <= '{last.isoformat()}' orderby Id"  # noqa: S608  two dates
    place = 1
    for _ in range(MOST_PAGES):
        turn = pacer.wait(RATE)
        asked = {"query": f"{wanted} startposition {place} maxresults {PAGE}", "minorversion": VERSION}
        page = http.get("query", asked, read=_slices)
        if turn is not None:
            pacer.landed(turn)
        if not page:
            return
        yield page
        place += len(page)
    raise TransientError(f"query: more than {MOST_PAGES} pages of journal entries; ask for fewer days")


def _entry_of(raw: bytes) -> JournalEntry:
    """One journal entry; a MalformedError by its id."""
    try:
        return msgspec.json.decode(raw, type=JournalEntry)
    except msgspec.DecodeError as error:
        raise MalformedError(f"JournalEntry {own_id(raw, b'Id')}: {error}") from error


def _entry(raw: bytes, books: Books) -> LedgerEntry:
    entry = _entry_of(raw)
    try:
        return LedgerEntry(
            external_id=entry.id,
            reference=reference_in(entry.private_note),
            posted_on=entry.txn_date,
            lines=tuple(_lines(entry, books)),
        )
    except MalformedError as error:
        raise MalformedError(f"JournalEntry {entry.id}: {error}") from error


def _lines(entry: JournalEntry, books: Books) -> Iterator[VoucherLine]:
    """The lines; what they lack to balance must be the tax that is stated."""
    currency = entry.currency_ref.value if entry.currency_ref else books.currency
    rate = _rate(entry, currency, books.currency)
    rest = 0
    for line in entry.line:
        detail = line.journal_entry_line_detail
        if detail is None:
            if line.detail_type == "JournalEntryLineDetail":
                raise MalformedError("Line: names no account")
            continue
        amount = minor_units(line.amount, currency) * (1 if detail.posting_type == "Debit" else -1)
        rest -= amount
        yield _line(known_as(detail.account_ref.value, books.accounts), currency, amount, (books.currency, rate), line.description)
    tax = minor_units(entry.txn_tax_detail.total_tax, currency) if entry.txn_tax_detail else 0
    if rest and abs(rest) != abs(tax):
        raise MalformedError(f"Line: debit and credit differ by {rest} minor units, and its tax is {tax}")
    if rest:
        yield _line(TAX_ACCOUNT, currency, rest, (books.currency, rate), "tax that QuickBooks reckoned")


def _rate(entry: JournalEntry, currency: str, home: str) -> Fraction:
    """Home units for one unit of the entry's currency."""
    if currency == home:
        return Fraction(1)
    if entry.exchange_rate is None:
        raise MalformedError("ExchangeRate: is missing of an entry in a foreign currency")
    rate = exact_amount(entry.exchange_rate).normalize()
    places = rate.as_tuple().exponent
    if rate <= 0 or not isinstance(places, int) or places < LEAST_PLACE:
        raise MalformedError("ExchangeRate: is no rate")
    return Fraction(rate)


def _line(account: str, currency: str, amount: int, terms: tuple[str, Fraction], memo: str | None) -> VoucherLine:
    home, rate = terms
    base = round(Fraction(amount) * rate * Fraction(10) ** (exponent(home) - exponent(currency)))
    return VoucherLine(account=account, currency=currency, amount_minor=amount, base_minor=base, memo=memo or "")


def _slices(answer: Answer) -> tuple[bytes, ...]:
    page, slices = split_page(answer.body, _PAGE, lambda page: page.found.entries, array=b"JournalEntry", where="query")
    check_fault(page, "query")
    return slices
