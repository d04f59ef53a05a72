"""Asking for receipts, of which Loyverse shows one list, newest first, filtered by time of change.

Nobody documents whether its cursor is a key. A receipt that changes while we read leaves the window, so that a cursor which is a place in
the list would lead past its neighbour. Hence a window is read in stretches that one answer shows whole (`connectors/_kit/stretches`), and
cursors are followed only where more receipts than a page holds changed within one second. Whether the ends of a filter belong to it is
not documented either: it is asked for one millisecond wider on both sides.

A slice is an envelope of ours: the receipt in the vendor's bytes, beside its number and the merchant's currency, which no receipt tells.
Source: https://developer.loyverse.com/docs/ (v1.0)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import quote

import msgspec

from connectors._kit import Answer, Http, decoded, enveloped, own_id
from connectors._kit.cursors import CursorReader
from connectors._kit.stretches import Listed, Sheet, walk
from connectors.capabilities import Lookup, RawPage, RemoteIdentity, Window
from model.errors import ContractError, RejectedError, TransientError
from model.values.instant import iso

MERCHANT: Final = "merchant/"
RECEIPTS: Final = "receipts"
GONE: Final = "NOT_FOUND"
"""Loyverse's own word; a 404 without it is a wrong address."""

_LEAST: Final = timedelta(milliseconds=1)
"""Loyverse keeps times to the millisecond."""


class Currency(msgspec.Struct):
    """ISO 4217."""

    code: str


class Merchant(msgspec.Struct):
    """The account that a token is of."""

    id: str
    currency: Currency
    business_name: str | None = None


def identity(http: Http) -> RemoteIdentity:
    """Who answers, and when."""

    def read(answer: Answer) -> RemoteIdentity:
        merchant = _merchant(answer)
        if answer.date is None:
            raise ContractError("merchant: the answer has no Date header")
        return RemoteIdentity(fingerprint=merchant.id, title=merchant.business_name or merchant.id, now=answer.date)

    return http.get(MERCHANT, read=read)


def receipt_pages(http: Http, window: Window, size: int, resume: str | None) -> Iterator[RawPage]:
    """Every receipt that changed in the window, by its stretches."""
    currency = http.get(MERCHANT, read=_merchant).currency.code
    for page in _walk(http, window, size, resume):
        yield replace(page, slices=tuple(_in_envelope(raw, currency) for raw in page.slices))


def count_receipts(http: Http, window: Window, size: int) -> int:
    """Loyverse counts nothing, so the receipts are listed."""
    numbers = {_number_in(raw) or raw for page in _walk(http, window, size, None) for raw in page.slices}
    return len(numbers)


def receipts_by_id(http: Http, numbers: Sequence[str], size: int) -> Lookup:
    """Lists leave out what they do not know; each of those is asked for alone, and only Loyverse's own word makes it gone."""
    if not numbers:
        return Lookup("order", (), ())
    currency = http.get(MERCHANT, read=_merchant).currency.code
    found: list[bytes] = []
    for start in range(0, len(numbers), size):
        asked = numbers[start : start + size]
        query = {"receipt_numbers": ",".join(asked), "limit": size}
        told, _ = http.get(RECEIPTS, query, read=CursorReader(RECEIPTS, RECEIPTS, "cursor", None))
        found += [raw for raw in told if _number_in(raw) in asked]
    known = {_number_in(raw) for raw in found}
    singles = {number: _single(http, number) for number in numbers if number not in known}
    found += [raw for raw in singles.values() if raw is not None]
    gone = tuple(number for number, raw in singles.items() if raw is None)
    return Lookup("order", tuple(_in_envelope(raw, currency) for raw in found), gone)


def _walk(http: Http, window: Window, size: int, resume: str | None) -> Iterator[RawPage]:
    listed = Listed("order", RECEIPTS, "updated_at_min", "updated_at_max", "cursor", size)
    return walk((listed,), partial(_sheet, http), window, resume)


def _sheet(http: Http, listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
    """The page of this number of a stretch, which only the pages before it lead to."""
    query: dict[str, str | int] = {listed.since: _stamp(start - _LEAST), listed.until: _stamp(end + _LEAST), "limit": listed.most}
    slices, cursor = _page(http, query, None)
    for _ in range(page - 1):
        if cursor is None:
            return Sheet((), None, listed.most)
        slices, cursor = _page(http, query, cursor)
    size = len(slices) if cursor else max(listed.most, len(slices) + 1)  # a page is the last where no cursor leads on, however full it is
    return Sheet(slices, None, size)


def _page(http: Http, query: Mapping[str, str | int], cursor: str | None) -> tuple[tuple[bytes, ...], str | None]:
    reader = CursorReader(RECEIPTS, RECEIPTS, "cursor", cursor)
    return http.get(RECEIPTS, {**query, **({"cursor": cursor} if cursor else {})}, read=reader)


def _stamp(moment: datetime) -> str:
    """To the millisecond, as Loyverse writes it."""
    return f"{iso(moment)[:23]}Z"


def _single(http: Http, number: str) -> bytes | None:
    try:
        return http.get(f"{RECEIPTS}/{quote(number, safe='')}", read=_document)
    except RejectedError as error:
        if error.code == GONE:
            return None
        raise


def _document(answer: Answer) -> bytes:
    if not answer.body.rstrip().endswith(b"}"):
        raise TransientError("receipts: the answer ends in the middle")
    return answer.body


def _merchant(answer: Answer) -> Merchant:
    return decoded(answer.body, Merchant, "merchant")


def _number_in(raw: bytes) -> str | None:
    return own_id(raw, b"receipt_number")


def _in_envelope(raw: bytes, currency: str) -> bytes:
    """The receipt beside its number; one whose number cannot be told is handed out as it is, so that it is set aside."""
    number = _number_in(raw)
    return raw if number is None else enveloped(raw, "receipt", id=number, currency=currency)
