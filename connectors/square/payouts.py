"""Reading payouts, their entries and disputes: which of them a window asks for, and how they are paged.

Square lists payouts by the time they were created, and disputes whole, and filters neither by change. So payouts created in a window or
in the month before it (by when banks have taken or refused them) are listed, location by location, and all disputes; given out are those
that arose or changed in the window, of payouts with all their entries: what is in a payout does not change. Square's cursors are
followed; of an expired one, the list is read again from its start.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from connectors._kit import ForbiddenError, Http
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage, StreamFacts, Window
from connectors.square import paging
from connectors.square.paging import PageReader, Sheet, milliseconds
from model.errors import ConfigError, MalformedError, RejectedError
from model.values.instant import instant

FACTS: Final = StreamFacts(lag=timedelta(minutes=5), overlap=timedelta(hours=6), longest=timedelta(days=31))
PAYOUTS_BACK: Final = timedelta(days=31)
PER_PAGE: Final = 100
SQUARES_FIRST_DAY: Final = "2009-01-01T00:00:00.000Z"

T = TypeVar("T")


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a reading stands: locations still to read, what is listed of the first, behind which cursor, and payouts to be opened."""

    part: Literal["payouts", "entries", "disputes"]
    locations: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    cursor: str | None = None
    payouts: tuple[str, ...] = ()


class _Row(msgspec.Struct):
    id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    type: str | None = None


_ROW: Final = msgspec.json.Decoder(_Row)


def payout_pages(http: Http, locations: Callable[[], Sequence[str]], window: Window, resume: str | None) -> Iterator[RawPage]:
    """Payouts and the entries of those that the window is about; a ConfigError where the token may not read them."""
    place = place_of(resume, Place) if resume else Place("payouts", tuple(locations()))
    return _pages(http, window, place)


def dispute_pages(http: Http, locations: Callable[[], Sequence[str]], window: Window, resume: str | None) -> Iterator[RawPage]:
    """Disputes that changed; a ConfigError where the token may not read them."""
    place = place_of(resume, Place) if resume else Place("disputes", tuple(locations()))
    return _pages(http, window, place)


def list_query(place: Place, window: Window) -> dict[str, str | int]:
    """What ListPayouts, ListPayoutEntries or ListDisputes is asked with."""
    cursor: dict[str, str | int] = {"cursor": place.cursor} if place.cursor else {}
    if place.part == "disputes":
        return {"location_id": place.locations[0]} | cursor
    if place.part == "entries":
        return {"sort_order": "ASC", "limit": PER_PAGE} | cursor
    return {
        "location_id": place.locations[0],
        "begin_time": milliseconds(window.start - PAYOUTS_BACK),
        "end_time": milliseconds(window.end + timedelta(microseconds=999)),
        "sort_order": "ASC",
        "limit": PER_PAGE,
    } | cursor


def _pages(http: Http, window: Window, place: Place | None) -> Iterator[RawPage]:
    while place is not None:
        sheet, kind = _sheet(http, place, window), _KINDS[place.part]
        slices = sheet.slices if place.part == "entries" else tuple(_changed_in(sheet.slices, window))
        place = _following(place, sheet, window)
        yield RawPage(kind, slices, token_of(place) if place else None)


def _sheet(http: Http, place: Place, window: Window) -> Sheet:
    """One page; a cursor that has expired since the last run is given up for the list's start."""
    try:
        return _ask(http, place, window)
    except RejectedError:
        if place.cursor is None:
            raise
        return _ask(http, Place(place.part, place.locations, payouts=place.payouts), window)


def _ask(http: Http, place: Place, window: Window) -> Sheet:
    path, array, scope = {
        "payouts": ("payouts", "payouts", "PAYOUTS_READ"),
        "entries": (f"payouts/{place.payouts[0] if place.payouts else ''}/payout-entries", "payout_entries", "PAYOUTS_READ"),
        "disputes": ("disputes", "disputes", "DISPUTES_READ"),
    }[place.part]
    reader = PageReader(array, paging.Place((place.locations,), SQUARES_FIRST_DAY, place.cursor), array)
    return _granted(scope, lambda: http.get(f"v2/{path}", list_query(place, window), read=reader))


def _following(place: Place, sheet: Sheet, window: Window) -> Place | None:
    payouts = place.payouts
    if place.part == "payouts":
        payouts += tuple(own for raw in _changed_in(sheet.slices, window) if (own := _own(raw)))
    if sheet.cursor is not None:
        return Place(place.part, place.locations, sheet.cursor, payouts)
    if place.part == "entries":
        payouts = payouts[1:]
    if payouts:
        return Place("entries", place.locations, payouts=payouts)
    further = place.locations[1:]
    return Place("disputes" if place.part == "disputes" else "payouts", further) if further else None


def _changed_in(slices: Sequence[bytes], window: Window) -> Iterator[bytes]:
    """The rows that were created or changed in the window, and those whose times cannot be read."""
    for raw in slices:
        row = _row(raw)
        times = [at for at in (_time(row.created_at), _time(row.updated_at)) if at]
        if not times or any(window.start <= at < window.end for at in times):
            yield raw


def _own(raw: bytes) -> str | None:
    """A payout's id as far as it can stand in an address; none of a simple one, which has no entries."""
    own = None if _row(raw).type == "SIMPLE" else _row(raw).id
    return own if own and own.isascii() and own.replace("_", "").replace("-", "").isalnum() else None


def _granted(scope: str, ask: Callable[[], T]) -> T:
    """What the token may read; a missing permission concerns this stream alone and never the channel."""
    try:
        return ask()
    except ForbiddenError as error:
        raise ConfigError(f"{error}; grant the token {scope}") from error


def _row(raw: bytes) -> _Row:
    try:
        return _ROW.decode(raw)
    except msgspec.DecodeError:
        return _Row()


def _time(text: str | None) -> datetime | None:
    try:
        return instant(text) if text else None
    except MalformedError:
        return None


_KINDS: Final = {"payouts": "payout", "entries": "balance", "disputes": "dispute"}
