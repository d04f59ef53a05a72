"""Posting a voucher: one manual journal, in the organisation's base currency, and looking for one that an earlier attempt made.

Xero's manual journals have no currency but the organisation's own. So the functional amounts are posted, which balance as the voucher
does, and the original amounts stand in the lines' descriptions. Amounts go as they were posted: Xero reckons no tax of its own
(`NoTax`), as our vouchers have their tax lines; our tax codes stand in the descriptions, in Xero's words.
Every request bears the command's key as `Idempotency-Key`; how long Xero remembers it is not documented. So nothing is sent again because
of the key alone (class B): the journals of the voucher's day are looked through for our reference first, which never expires, and the
key keeps those apart who send at the same time.
Sources: the official OpenAPI description (XeroAPI/Xero-OpenAPI), https://developer.xero.com/documentation/api/accounting/manualjournals
"""

import re
from datetime import date, timedelta
from typing import Final

import msgspec

from connectors._kit import Http, decoded
from connectors._kit.ledgers import LedgerSettings, balanced, called, described
from connectors.capabilities import Command, CommandFacts, Receipt
from connectors.xero.journals import RATE, Books, pages
from model.errors import RejectedError, TransientError
from model.records.voucher import Voucher, VoucherLine
from model.values.money import decimal_amount

FACTS: Final = CommandFacts(provider_class="B", rate=RATE, read_lag=timedelta(minutes=1))
"""How soon the list shows what was made is not documented, so there is room."""
MOST_TEXT: Final = 4000
MADE: Final = frozenset({"POSTED", "VOIDED", "ARCHIVED"})
"""A voided journal was posted: a person took it back, and it is not sent again. A draft is a person's copy: we make none."""
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
REASONS: Final = (
    (r"lock|closed|period", "the period is locked in Xero; open it under Lock dates there, or reverse the voucher and post it anew"),
    (r"account", "an account is not known to Xero, or closed there; add it to the chart, or mend accounts in the ledger's settings"),
    (r"tax", "Xero wants another tax rate on an account; mend the account in Xero"),
)
_ACCOUNT: Final = re.compile(r"(?i)account code '{1,2}([\w.\-]{1,20})'{1,2}")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_JSON: Final = msgspec.json.Encoder(decimal_format="number")
_HEADERS: Final = {"Content-Type": "application/json"}


class _Reason(msgspec.Struct):
    message: str = msgspec.field(name="Message", default="")


class _Made(msgspec.Struct, rename="pascal"):
    status: str = ""
    manual_journal_id: str = msgspec.field(name="ManualJournalID", default=NOBODY)
    validation_errors: list[_Reason] = []
    status_attribute_string: str = ""


class _Seen(msgspec.Struct, rename="pascal"):
    """All that is needed to know a journal again; what else it says may be unreadable."""

    manual_journal_id: str = msgspec.field(name="ManualJournalID")
    status: str
    narration: str | None = None


class _Answer(msgspec.Struct):
    journals: list[_Made] = msgspec.field(name="ManualJournals")


class _Asked(msgspec.Struct, rename="pascal"):
    date: date


class _Body(msgspec.Struct):
    journals: list[_Asked] = msgspec.field(name="ManualJournals")


def written(voucher: Voucher, settings: LedgerSettings, currency: str) -> bytes:
    """The body of `PUT /ManualJournals`, purely."""
    balanced(voucher)
    where = f"voucher {voucher.reference}"
    if voucher.base_currency != currency:
        raise RejectedError(
            f"{where}: is reckoned in {voucher.base_currency}, and the organisation in {currency}; post it to the entity's own ledger"
        )
    taken_back = f" (takes back {voucher.reverses})" if voucher.reverses else ""
    journal = {
        "Narration": _text(where, f"{voucher.reference} {voucher.memo}{taken_back}".rstrip()),
        "Date": voucher.posted_on.isoformat(),
        "Status": "POSTED",
        "LineAmountTypes": "NoTax",
        "JournalLines": [_line(where, line, settings, currency) for line in voucher.lines],
    }
    return _JSON.encode({"ManualJournals": [journal]})


def _line(where: str, line: VoucherLine, settings: LedgerSettings, currency: str) -> dict[str, object]:
    told = {
        "LineAmount": decimal_amount(line.base_minor, currency),
        "AccountCode": called(line.account, settings.accounts),
        "Description": _text(where, described(line, currency, settings.tax_codes)),
    }
    return {name: value for name, value in told.items() if value != ""}


def _text(where: str, text: str) -> str:
    if len(text) > MOST_TEXT:
        raise RejectedError(f"{where}: a memo has more than {MOST_TEXT} characters; shorten it")
    return text


def posted(http: Http, command: Command) -> Receipt:
    """The journal, asked for once. Errors are asked for with status 200 (`summarizeErrors=false`), as only so they come by journal."""
    headers = {**_HEADERS, "Idempotency-Key": command.key}
    answer = http.submit("PUT", "ManualJournals?summarizeErrors=false", command.body, headers)
    made = decoded(answer.body, _Answer, "ManualJournals").journals
    if len(made) != 1:
        raise TransientError(f"ManualJournals: {len(made)} were answered, and one was asked for")
    journal = made[0]
    is_there = journal.manual_journal_id != NOBODY
    if journal.validation_errors or journal.status_attribute_string == "ERROR":
        if is_there:
            raise TransientError("ManualJournals: the answer names both errors and a journal")
        raise RejectedError(f"voucher {command.reference}: {_reasons(journal.validation_errors)}")
    if not is_there:
        raise TransientError("ManualJournals: the answer names no journal")
    if journal.status != "POSTED":
        raise RejectedError(
            f"voucher {command.reference}: Xero kept it as {journal.status[:10]}; let the connected user post, and post it there"
        )
    return Receipt(journal.manual_journal_id)


def _reasons(errors: list[_Reason]) -> str:
    """Why Xero refused, in words of our own where we know it; its own without what they quote, which may be anything."""
    told = [_reason(error.message) for error in errors] or ["Xero refused it without a reason; look at it in Xero"]
    return "; ".join(dict.fromkeys(told))


def _reason(message: str) -> str:
    known = next((reason for pattern, reason in REASONS if re.search(f"(?i){pattern}", message)), None)
    named = _ACCOUNT.search(message)
    if known is None:
        return f"Xero says: {_QUOTED.sub('…', message)[:200]}; mend the voucher's rule"
    return f"account {named[1]}: {known}" if named else known


def found(http: Http, books: Books, command: Command) -> Receipt | None:
    """The journal of the voucher's day that bears its reference, if it was posted."""
    day = decoded(command.body, _Body, "command").journals[0].date
    try:
        for page in pages(http, books, day, day):
            for raw in page:
                seen = decoded(raw, _Seen, "ManualJournals")
                if (seen.narration or "").split(" ", 1)[0] == command.reference and seen.status in MADE:
                    return Receipt(seen.manual_journal_id, is_repeat=True)
    except RejectedError as error:  # says nothing of the voucher, and must not pass for a refusal of it
        raise TransientError(f"ManualJournals: cannot be looked up: {error}") from error
    return None
