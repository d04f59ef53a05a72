"""How Square's lists are read so that no row is lost when rows move between pages.

Lists are sorted by the time of change, oldest first. Each next page is asked for anew, from the time of the last row read
(inclusive), so a row that leaves the window while we read cannot shift another one past us; the rows of that one instant come
twice. Where a whole page shares one instant, does not come in order, or changed so shortly before the window's end that the list may
not know it yet, Square's own cursor is followed. Square filters by
location (at most ten in a search, one in a list of payments), so a window is read location group by location group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, TypeVar

import msgspec

from connectors._kit import Answer, decoded, split_page
from model.errors import AuthError, ContractError, HubError, MalformedError, TransientError
from model.values.instant import instant

PATIENCE = 3
"""A cursor that leads back to itself this often is a loop and no page sent twice."""

UNSETTLED = timedelta(minutes=10)
"""How long a change may stay unknown to the list's order: the row then stands where it stood before, with its new time."""

_MS = timedelta(milliseconds=1)


class Problem(msgspec.Struct):
    """One of the errors an answer may carry though its status is 200."""

    category: str = ""
    code: str = ""


class Told(msgspec.Struct):
    """What any answer may hold."""

    cursor: str | None = None
    errors: tuple[Problem, ...] = ()


class Envelope(Told):
    """What surrounds a page of records; only one of the lists is there."""

    orders: tuple[msgspec.Raw, ...] = ()
    payments: tuple[msgspec.Raw, ...] = ()
    refunds: tuple[msgspec.Raw, ...] = ()
    payouts: tuple[msgspec.Raw, ...] = ()
    payout_entries: tuple[msgspec.Raw, ...] = ()
    disputes: tuple[msgspec.Raw, ...] = ()


class Row(msgspec.Struct):
    """The two fields of any record that paging needs."""

    id: str | None = None
    updated_at: str | None = None


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: location groups still to read, the first of them from `since`, or at the vendor's cursor from there."""

    groups: tuple[Annotated[tuple[str, ...], msgspec.Meta(min_length=1)], ...]
    since: str
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page, cut into records."""

    slices: tuple[bytes, ...]
    cursor: str | None
    stamps: tuple[datetime, ...]
    """Times of change of the rows that could be read, in the order of the page."""


T = TypeVar("T", bound=Told)

_ENVELOPE = msgspec.json.Decoder(Envelope)
_ROW = msgspec.json.Decoder(Row)


def milliseconds(moment: datetime) -> str:
    """RFC 3339 text as Square writes it, cut to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class PageReader:
    """Reads the answers to one request; it counts how often the request came back with its own cursor."""

    def __init__(self, array: str, place: Place, where: str) -> None:
        self._array = array
        self._place = place
        self._where = where
        self._loops = 0

    def __call__(self, answer: Answer) -> Sheet:
        """The page, or an error that says whether asking again may help."""
        envelope, slices = split_page(answer.body, _ENVELOPE, self._records, array=self._array.encode(), where=self._where)
        refuse_errors(envelope, self._where)
        cursor = envelope.cursor or None
        if cursor and not slices:
            raise TransientError(f"{self._where}: an empty page, though more is promised")
        if cursor and cursor == self._place.cursor:
            self._loops += 1
            raise _looping(self._where, self._loops)
        stamps = tuple(stamp for raw in slices if (stamp := _stamp(raw)) is not None)
        if stamps and max(stamps) < instant(self._place.since) - _MS:
            raise TransientError(f"{self._where}: a page of another request")
        return Sheet(slices, cursor, stamps)

    def _records(self, envelope: Envelope) -> Sequence[msgspec.Raw]:
        records: tuple[msgspec.Raw, ...] = getattr(envelope, self._array)
        return records


def next_place(place: Place, sheet: Sheet, start: str, end: datetime) -> Place | None:
    """Where to go on after a page; None when the last group is read.

    A row that changed after the window's end, or shortly before, tells nothing about the rows behind it: its new time may have
    overtaken the index.
    """
    if sheet.cursor is None:
        return Place(place.groups[1:], start) if place.groups[1:] else None
    inside = [stamp for stamp in sheet.stamps if stamp <= end - UNSETTLED]
    if inside and all(earlier <= later for earlier, later in pairwise(inside)):
        since = milliseconds(inside[-1])
        if since > place.since:
            return Place(place.groups, since)
    return Place(place.groups, place.since, sheet.cursor)


def read_batch(answer: Answer) -> tuple[bytes, ...]:
    """The orders that were asked for by their ids and are there."""
    envelope, slices = split_page(answer.body, _ENVELOPE, lambda batch: batch.orders, array=b"orders", where="orders/batch-retrieve")
    refuse_errors(envelope, "orders/batch-retrieve")
    return slices


def settled(kind: type[T], answer: Answer, where: str) -> T:
    """An answer that is no page of records, without the errors it might carry; no JSON is a TransientError."""
    told = decoded(answer.body, kind, where)
    refuse_errors(told, where)
    return told


def refuse_errors(envelope: Told, where: str) -> None:
    """Raise what an answer says went wrong, though its status is 200."""
    for problem in envelope.errors:
        raise _problem(problem, where)


def _problem(problem: Problem, where: str) -> HubError:
    text = f"{where}: {problem.category} {problem.code}"
    if problem.category == "AUTHENTICATION_ERROR":
        return AuthError(text)
    if problem.category in {"API_ERROR", "RATE_LIMIT_ERROR"}:
        return TransientError(text)
    return ContractError(text)


def _looping(where: str, loops: int) -> HubError:
    if loops < PATIENCE:
        return TransientError(f"{where}: the page leads back to itself")
    return ContractError(f"{where}: the cursor leads back to itself")


def _stamp(raw: bytes) -> datetime | None:
    try:
        text = _ROW.decode(raw).updated_at
        return instant(text) if text else None
    except (msgspec.DecodeError, MalformedError):
        return None
