"""How Amazon's lists are read so that no row is lost when rows move between pages.

All lists are filtered by a time, and come oldest first, though only that of SKUs promises it. So where a page does come in order,
the next one is asked for anew from the time of its last row (inclusive): a row that changes while we read, and leaves the window, cannot
shift another one past us. Where it does not, or all of a page shares one instant, Amazon's own token is followed, of which nobody says
whether it is a place in a moving list. A token lives for a day; an expired one is given up for its place in time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Final, NamedTuple, TypeVar

import msgspec

from connectors._kit import Answer, Http, split_page
from connectors._kit.exchange import TurnedAwayError
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage, Window
from model.errors import ContractError, MalformedError, RejectedError, TransientError
from model.values.instant import instant

PER_PAGE: Final = 100
"""Orders of one page, as many as Amazon gives."""
PATIENCE: Final = 3
"""A token that leads back to itself this often is a loop and no page sent twice."""
MOST_EMPTY: Final = 100
"""So many empty pages in a row, each with a new token, and no more are asked for."""
T = TypeVar("T")

_CEILING: Final = timedelta(microseconds=999)
_MS: Final = timedelta(milliseconds=1)


class Listed(NamedTuple):
    """One of the lists: where it is, what its filters are called, and how a row tells the time that it is listed by."""

    kind: str
    path: str
    array: str
    since: str
    token: str
    stamp: Callable[[bytes], datetime | None]
    interval_s: int
    """Seconds after which Amazon bears one request more (its usage plan), for where it turns one away and does not say for how long."""


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: from a time on, or at Amazon's token from there."""

    since: str
    token: str | None = None
    seen: int = 0
    """Rows behind which the token leads."""
    empty: int = 0
    """Empty pages in a row."""


class _Pagination(msgspec.Struct, rename="camel"):
    next_token: str | None = None


class _Transactions(msgspec.Struct, rename="camel"):
    transactions: tuple[msgspec.Raw, ...] | None = None
    next_token: str | None = None


class _Envelope(msgspec.Struct, rename="camel"):
    orders: tuple[msgspec.Raw, ...] | None = None
    items: tuple[msgspec.Raw, ...] | None = None
    number_of_results: int | None = None
    pagination: _Pagination | None = None
    payload: _Transactions | None = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page, cut into records; how many rows the search has, where that is told."""

    slices: tuple[bytes, ...]
    token: str | None
    total: int | None


def walk(http: Http, listed: Listed, params: Mapping[str, str | int], start: str, end: datetime, resume: str | None) -> Iterator[RawPage]:
    """Every row from a time on (empty: all there is), page by page; repeats are possible, gaps are not."""
    place: Place | None = place_of(resume, Place) if resume else Place(start)
    while place is not None:
        sheet = _sheet(http, listed, params, place)
        place = _next_place(listed, place, sheet, end)
        yield RawPage(listed.kind, sheet.slices, token_of(place) if place else None)


def window_of(window: Window) -> tuple[str, str]:
    """The ends of a window as Amazon writes instants, the later one rounded up."""
    return milliseconds(window.start), milliseconds(window.end + _CEILING)


def milliseconds(moment: datetime) -> str:
    """The instant as Amazon writes it, cut to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def unhurried(ask: Callable[[], T], interval_s: int) -> T:
    """The answer; where Amazon turned it away without a word of how long, the usage plan says it, so that the flow comes back then."""
    try:
        return ask()
    except TurnedAwayError as error:
        raise TransientError(str(error), retry_after=error.retry_after or interval_s) from error


class SheetReader:
    """Reads the answers to one request; it counts how often the request came back with its own token."""

    def __init__(self, listed: Listed, place: Place) -> None:
        self._listed, self._place = listed, place
        self._loops = 0

    def __call__(self, answer: Answer) -> Sheet:
        """The page, or an error that says whether asking again may help."""
        where = self._listed.path
        envelope, slices = split_page(answer.body, _ENVELOPE, self._records, array=self._listed.array.encode(), where=where)
        told = envelope.payload or envelope.pagination
        token = (told.next_token if told else None) or None
        if token and token == self._place.token:
            raise self._looping(is_empty=not slices)
        stamps = [stamp for stamp in map(self._listed.stamp, slices) if stamp]
        if stamps and self._place.since and max(stamps) < instant(self._place.since) - _MS:
            raise TransientError(f"{where}: a page of another request")
        return Sheet(slices, token, envelope.number_of_results)

    def _records(self, envelope: _Envelope) -> tuple[msgspec.Raw, ...]:
        found = envelope.orders if envelope.items is None else envelope.items
        if envelope.payload is not None:
            found = envelope.payload.transactions or ()
        if found is None:
            raise TransientError(f"{self._listed.path}: the answer tells no {self._listed.array}")
        return found

    def _looping(self, *, is_empty: bool) -> ContractError | TransientError:
        self._loops += not is_empty
        if self._loops < PATIENCE:
            return TransientError(f"{self._listed.path}: the page leads back to itself")
        return ContractError(f"{self._listed.path}: the token leads back to itself")


def _sheet(http: Http, listed: Listed, params: Mapping[str, str | int], place: Place) -> Sheet:
    def ask(at: Place) -> Sheet:
        since = {listed.since: at.since} if at.since else {}
        token = {listed.token: at.token} if at.token else {}
        get = partial(http.get, listed.path, {**since, **params, **token}, read=SheetReader(listed, at))
        return unhurried(get, listed.interval_s)

    try:
        return ask(place)
    except RejectedError:
        if place.token is None:
            raise
        return ask(Place(place.since))


def _next_place(listed: Listed, place: Place, sheet: Sheet, end: datetime) -> Place | None:
    """Where to go on: from the time of the last row, or by the token; None behind the last page."""
    seen = place.seen + len(sheet.slices)
    if sheet.token is None and (sheet.total is None or sheet.total <= seen):
        return None
    inside = [stamp for stamp in map(listed.stamp, sheet.slices) if stamp and stamp <= end]
    if inside and all(earlier <= later for earlier, later in pairwise(inside)):
        since = milliseconds(inside[-1])
        if since > place.since:
            return Place(since)
    if sheet.token is None:
        raise ContractError(f"{listed.path}: shows {seen} of {sheet.total} rows and leads no further")
    empty = 0 if sheet.slices else place.empty + 1
    if empty > MOST_EMPTY:
        raise TransientError(f"{listed.path}: {empty} empty pages in a row, though more is promised")
    return Place(place.since, sheet.token, seen, empty)


def stamp_by(read: Callable[[bytes], str | None]) -> Callable[[bytes], datetime | None]:
    """The time a row tells, None of one that cannot be read."""

    def stamp(raw: bytes) -> datetime | None:
        try:
            text = read(raw)
            return instant(text) if text else None
        except (msgspec.DecodeError, MalformedError):
            return None

    return stamp
