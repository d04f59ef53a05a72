"""How PayPal's transactions and disputes are searched, stretch of time by stretch of time.

Transactions are paged by number and counted; a search of more than ten thousand is refused, so a refused stretch is tried in halves
before it is believed. Disputes are paged by tokens, and have no total: where one page does not show all of a stretch it is halved, and
only within one second are tokens followed.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote

import msgspec

from connectors._kit import Answer, Http, decoded, enveloped, member, own_id, split_page
from connectors._kit.stretches import Listed, Sheet, checked_sheet
from connectors.paypal.words import WITHDRAWAL
from model.errors import MalformedError, RejectedError, TransientError
from model.values.instant import instant

TRANSACTIONS: Final = Listed("balance", "v1/reporting/transactions", "start_date", "end_date", "page", 500)
DISPUTES: Final = Listed("dispute", "v1/customer/disputes", "update_time_after", "update_time_before", "next_page_token", 50)

HALVED: Final = timedelta(hours=1)
"""A refused search of longer than this may only be too large."""
TOO_MANY: Final = 10_000
_CEILING = timedelta(microseconds=999_999)
_MARGIN = timedelta(milliseconds=1)
_NEXT = re.compile(r"[?&]next_page_token=([A-Za-z0-9+/=%_-]{1,800})")


class _Found(msgspec.Struct):
    transaction_details: tuple[msgspec.Raw, ...] = ()
    total_items: int | None = None
    last_refreshed_datetime: str | None = None


class _Link(msgspec.Struct):
    href: str = ""
    rel: str = ""


class _Disputes(msgspec.Struct):
    items: tuple[msgspec.Raw, ...] = ()
    links: tuple[_Link, ...] = ()


class _Transaction(msgspec.Struct):
    seller_transaction_id: str | None = None


class _Outcome(msgspec.Struct):
    outcome_code: str | None = None


class Details(msgspec.Struct):
    """What the list of disputes does not say."""

    disputed_transactions: tuple[_Transaction, ...] = ()
    dispute_outcome: _Outcome | None = None


_FOUND = msgspec.json.Decoder(_Found)
_DISPUTES = msgspec.json.Decoder(_Disputes)


def question(start: datetime, end: datetime, page: int, page_size: int) -> dict[str, str | int]:
    """What asks for one page of the transactions that moved the balance; of persons it asks nothing."""
    return {
        "start_date": seconds(start),
        "end_date": seconds(end + _CEILING),
        "fields": "transaction_info",
        "balance_affecting_records_only": "Y",
        "page": page,
        "page_size": min(page_size, TRANSACTIONS.most),
    }


def dispute_question(start: datetime, end: datetime, page_size: int, token: str | None = None) -> dict[str, str | int]:
    """What asks for one page of the disputes that changed."""
    query: dict[str, str | int] = {
        "update_time_after": seconds(start - _MARGIN, "milliseconds"),
        "update_time_before": seconds(end + _MARGIN, "milliseconds"),
        "page_size": min(page_size, DISPUTES.most),
    }
    return query | {"next_page_token": token} if token else query


def transactions(http: Http, page_size: int, start: datetime, end: datetime, page: int) -> Sheet:
    """One page of transactions."""
    asked = question(start, end, page, page_size)
    size = int(asked["page_size"])

    def read(answer: Answer) -> Sheet:
        where = TRANSACTIONS.path
        found, rows = split_page(answer.body, _FOUND, lambda page: page.transaction_details, array=b"transaction_details", where=where)
        if _is_before(found.last_refreshed_datetime, end):
            raise TransientError(f"{where}: PayPal has not yet gathered all of the window")
        return checked_sheet(tuple(_named(raw) for raw in rows), found.total_items, size, page, where)

    try:
        return http.get(TRANSACTIONS.path, asked, read=read)
    except RejectedError:
        if page > 1 or end - start <= HALVED:
            raise
        return Sheet((), TOO_MANY + 1, size)


def disputes(http: Http, page_size: int, start: datetime, end: datetime, page: int) -> Sheet:
    """One page of disputes; a later one by the tokens of those before."""
    size = min(page_size, DISPUTES.most)
    token: str | None = None
    rows: tuple[bytes, ...] = ()
    for turn in range(1, page + 1):
        rows, token = http.get(DISPUTES.path, dispute_question(start, end, size, token), read=_read_disputes)
        if token is None:
            rows = rows if turn == page else ()
            break
    slices = tuple(enveloped(raw, "dispute", id=own_id(raw, b"dispute_id")) for raw in rows)
    return Sheet(slices, None, len(rows) if token else max(size, len(rows) + 1))


def with_details(http: Http, slices: Sequence[bytes], known: dict[str, Details]) -> tuple[bytes, ...]:
    """The disputes with what only their own pages say: which payment of ours each is about, and how it ended."""
    return tuple(_detailed(http, raw, known) for raw in slices)


def is_withdrawal(raw: bytes) -> bool:
    """Whether a slice is a transaction that sends money to our bank, as far as can be told."""
    code = member(member(member(raw, "transaction") or b"", "transaction_info") or b"", "transaction_event_code") or b""
    return code.startswith(f'"{WITHDRAWAL}'.encode())


def seconds(moment: datetime, unit: str = "seconds") -> str:
    """An instant as PayPal writes it."""
    return f"{moment.replace(tzinfo=None).isoformat('T', unit)}Z"


def _read_disputes(answer: Answer) -> tuple[tuple[bytes, ...], str | None]:
    page, rows = split_page(answer.body, _DISPUTES, lambda page: page.items, array=b"items", where=DISPUTES.path)
    href = next((link.href for link in page.links if link.rel == "next"), None)
    if href is None:
        return rows, None
    token = _NEXT.search(href)
    if token is None or not rows:
        raise TransientError(f"{DISPUTES.path}: an empty page, or no token, though more is promised")
    return rows, unquote(token[1])


def _named(raw: bytes) -> bytes:
    return enveloped(raw, "transaction", id=own_id(member(raw, "transaction_info") or b"", b"transaction_id"))


def _detailed(http: Http, raw: bytes, known: dict[str, Details]) -> bytes:
    dispute_id = own_id(raw)
    if dispute_id is None:
        return raw
    if dispute_id not in known:
        known[dispute_id] = _details(http, dispute_id)
    told = known[dispute_id]
    payment = next((each.seller_transaction_id for each in told.disputed_transactions if each.seller_transaction_id), None)
    outcome = told.dispute_outcome.outcome_code if told.dispute_outcome else None
    return enveloped(member(raw, "dispute") or b"{}", "dispute", id=dispute_id, payment=payment, outcome=outcome)


def _details(http: Http, dispute_id: str) -> Details:
    try:
        return http.get(f"{DISPUTES.path}/{dispute_id}", read=lambda answer: decoded(answer.body, Details, DISPUTES.path))
    except RejectedError:  # it then names no payment, and is put aside for that
        return Details()


def _is_before(told: str | None, end: datetime) -> bool:
    try:
        return told is not None and instant(told) < end
    except MalformedError:
        return False
