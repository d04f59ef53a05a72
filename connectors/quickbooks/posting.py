"""Posting a voucher: one journal entry, and looking for one that an earlier attempt made.

An entry of QuickBooks has one currency, and one rate into the home currency for all its lines. So a voucher of one foreign currency is
posted in it where the company keeps several, and where one rate gives each line's functional amount to the minor unit. Any other voucher
(two currencies, or amounts reckoned at several rates) is posted whole in the home currency, by its functional amounts, which balance, with
the original amounts in the lines' descriptions. It is never split by currency, as each part would balance in its currency and not at home.
Amounts go as they were posted: QuickBooks reckons no tax of its own, as our vouchers have their tax lines; our tax codes stand in the
descriptions. Our reference begins the private note; the number, of 21 characters at the most, is the reference, or a digest where it is
longer.
Every request bears the command's key as `requestid`; how long QuickBooks remembers it is not documented. So nothing is sent again because
of the key alone (class B): the entries of the voucher's day are looked through for our reference first.
Sources: Finance.xsd of Intuit's SDKs, https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/journalentry
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from connectors._kit import Http, decoded
from connectors._kit.ledgers import LedgerSettings, balanced, called, described
from connectors.capabilities import Command, CommandFacts, Receipt
from connectors.quickbooks.entries import RATE, Books, pages
from connectors.quickbooks.faults import VERSION, Faulty, check_fault, refusal
from model.errors import RejectedError, TransientError
from model.records.voucher import Voucher, VoucherLine
from model.values.money import decimal_amount, exponent

FACTS: Final = CommandFacts(provider_class="B", rate=RATE, read_lag=timedelta(minutes=1))
"""How soon a query shows what was made is not documented, so there is room."""
MOST_TEXT: Final = 4000
MOST_NUMBER: Final = 21
RATE_PLACES: Final = (6, 7, 8, 9)
_JSON: Final = msgspec.json.Encoder(decimal_format="number")
_HEADERS: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the company is like."""

    currency: str
    multicurrency: bool
    outside_us: bool


class _Made(msgspec.Struct, rename="pascal"):
    id: str


class _Seen(msgspec.Struct, rename="pascal"):
    """All that is needed to know an entry again; what else it says may be unreadable."""

    id: str
    doc_number: str | None = None
    private_note: str | None = None


class _Answer(Faulty):
    made: _Made | None = msgspec.field(name="JournalEntry", default=None)


class _Body(msgspec.Struct, rename="pascal"):
    txn_date: date
    doc_number: str


def written(voucher: Voucher, settings: LedgerSettings, terms: Terms) -> bytes:
    """The body of `POST journalentry`, purely."""
    balanced(voucher)
    where = f"voucher {voucher.reference}"
    if voucher.base_currency != terms.currency:
        raise RejectedError(
            f"{where}: is reckoned in {voucher.base_currency}, and the company in {terms.currency}; post it to the entity's own ledger"
        )
    rate = one_rate(voucher) if terms.multicurrency else None
    currency = voucher.lines[0].currency if rate else terms.currency
    taken_back = f" (takes back {voucher.reverses})" if voucher.reverses else ""
    entry: dict[str, object] = {
        "TxnDate": voucher.posted_on.isoformat(),
        "DocNumber": document_number(voucher.reference),
        "PrivateNote": _text(where, f"{voucher.reference} {voucher.memo}{taken_back}".rstrip()),
        "Line": [_line(where, line, settings, currency, is_home=rate is None) for line in voucher.lines],
    }
    entry |= {"CurrencyRef": {"value": currency}, "ExchangeRate": rate} if rate else {}
    entry |= {"GlobalTaxCalculation": "NotApplicable"} if terms.outside_us else {}
    return _JSON.encode(entry)


def document_number(reference: str) -> str:
    """At most 21 characters that stand for a reference: itself, or its period and number behind a digest of its entity."""
    if len(reference) <= MOST_NUMBER:
        return reference
    entity, _, rest = reference.partition("/")
    short = f"{hashlib.sha256(entity.encode()).hexdigest()[:6]}/{rest}"
    return short if len(short) <= MOST_NUMBER else hashlib.sha256(reference.encode()).hexdigest()[:MOST_NUMBER]


def one_rate(voucher: Voucher) -> Decimal | None:
    """The rate that gives every line's functional amount to the minor unit, of a voucher of one foreign currency; None where none does."""
    currency, home = voucher.lines[0].currency, voucher.base_currency
    if currency == home or any(line.currency != currency or (line.amount_minor == 0) != (line.base_minor == 0) for line in voucher.lines):
        return None
    sizes = [(abs(line.amount_minor), abs(line.base_minor)) for line in voucher.lines if line.amount_minor]
    if not sizes:
        return None
    unit = Fraction(10) ** (exponent(currency) - exponent(home))
    low = max(Fraction(2 * base - 1, 2 * amount) * unit for amount, base in sizes)
    high = min(Fraction(2 * base + 1, 2 * amount) * unit for amount, base in sizes)
    likely = Fraction(sum(base for _, base in sizes), sum(amount for amount, _ in sizes)) * unit
    tried = (Decimal(round(wish * 10**places)).scaleb(-places) for places in RATE_PLACES for wish in (likely, (low + high) / 2))
    return next((rate.normalize() + Decimal(0) for rate in tried if low < Fraction(rate) < high), None)


def _line(where: str, line: VoucherLine, settings: LedgerSettings, currency: str, *, is_home: bool) -> dict[str, object]:
    minor = line.base_minor if is_home else line.amount_minor
    told = {
        "Description": _text(where, described(line, currency, settings.tax_codes)),
        "Amount": decimal_amount(abs(minor), currency),
        "DetailType": "JournalEntryLineDetail",
        "JournalEntryLineDetail": {
            "PostingType": "Credit" if minor < 0 else "Debit",
            "AccountRef": {"value": called(line.account, settings.accounts)},
        },
    }
    return {name: value for name, value in told.items() if value != ""}


def _text(where: str, text: str) -> str:
    if len(text) > MOST_TEXT:
        raise RejectedError(f"{where}: a memo has more than {MOST_TEXT} characters; shorten it")
    return text


def posted(http: Http, command: Command) -> Receipt:
    """The entry, asked for once; a refusal is told by its code, whichever status it comes with."""
    where = f"voucher {command.reference}"
    try:
        answer = http.submit("POST", f"journalentry?minorversion={VERSION}&requestid={command.key}", command.body, _HEADERS)
    except RejectedError as error:
        raise refusal(where, error.code) from error
    told = decoded(answer.body, _Answer, "journalentry")
    check_fault(told, where)
    if told.made is None:
        raise TransientError("journalentry: the answer names no entry")
    return Receipt(told.made.id)


def found(http: Http, books: Books, command: Command) -> Receipt | None:
    """The entry of the voucher's day that bears its reference, by its note or its number, if there is one."""
    body = decoded(command.body, _Body, "command")
    try:
        for page in pages(http, books, body.txn_date, body.txn_date):
            for raw in page:
                seen = decoded(raw, _Seen, "query")
                if command.reference == (seen.private_note or "").split(" ", 1)[0] or seen.doc_number == body.doc_number:
                    return Receipt(seen.id, is_repeat=True)
    except RejectedError as error:  # says nothing of the voucher, and must not pass for a refusal of it
        raise TransientError(f"query: cannot be looked up: {error}") from error
    return None
