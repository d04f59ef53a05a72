"""Reading a closed window in stretches of time that fit one page, for vendors whose pages are numbered.

Such a vendor pages in an order that nobody promises to keep, and a row that changes while we read leaves the window: then those behind it
move up, and a second page would miss some. So hardly ever a second page is asked for. A stretch of which one page does not show everything
is halved until one does: that answer shows the whole stretch as it stood at one moment, and what changes afterwards moves to a later
stretch, or to the next window. Only where more rows than a page holds share one second are pages counted; should their total move
meanwhile, that second begins anew.

A window may have to be read by several lists, one after the other: of several kinds, or of one kind by several of its times.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

import msgspec
from msgspec.structs import replace

from connectors._kit.exchange import Answer
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage, Window
from model.errors import ContractError, TransientError
from model.values.instant import EPOCH, micros

LEAST = 1_000_000
"""Microseconds of the shortest stretch; vendors may keep times to no more than the second."""
ASK_AGAIN = 3
"""How often an old answer in place of a new one is asked for again."""
RESTARTS = 5
"""How often one second may begin anew because its total moved."""

_Slices = tuple[bytes, ...]


class Listed(NamedTuple):
    """One list of a vendor: what its rows are, where it is, and what its filter and its pages are called."""

    kind: str
    path: str
    since: str
    until: str
    page: str
    most: int
    """Rows of a page at the most."""


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: in which list, from which microsecond on, over how many at once, and at which page of a full second."""

    listed: Annotated[int, msgspec.Meta(ge=0)]
    since: int
    span: Annotated[int, msgspec.Meta(gt=0)]
    page: Annotated[int, msgspec.Meta(ge=1)] = 1
    total: int = 0
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One answer: its rows, how many the stretch has (None: not told), and how many a page shows."""

    slices: _Slices
    total: int | None
    size: int

    def is_last(self, page: int) -> bool:
        """Whether no row of the stretch is behind this page."""
        return len(self.slices) < self.size if self.total is None else page * self.size >= self.total


Ask = Callable[[Listed, datetime, datetime, int], Sheet]
"""The page of this number of what a list shows from the first instant to the second; how their ends are written is the connector's."""


def walk(lists: Sequence[Listed], ask: Ask, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Every row of the window by each of the lists: those that are there all the while at least once, some twice."""
    place: Place | None = _resumed(lists, resume) if resume else _first(0, window)
    before: _Slices = ()
    while place is not None:
        sheet = _fresh(lists[place.listed], ask, place, window, before)
        following = next_place(lists, place, sheet, window)
        yield RawPage(lists[place.listed].kind, sheet.slices, token_of(following) if following else None)
        before = sheet.slices if following and _goes_on(place, following) else ()
        place = following


def start_of(window: Window) -> str:
    """The token that begins a window."""
    return token_of(_first(0, window))


def checked_sheet(slices: _Slices, total: int | None, size: int, page: int, where: str) -> Sheet:
    """An answer's rows; a TransientError where it shows fewer than it promises."""
    if total is not None and len(slices) < min(size, total - (page - 1) * size):
        raise TransientError(f"{where}: {len(slices)} rows on page {page}, although there are {total}")
    return Sheet(slices, total, size)


def counted(answer: Answer, name: str) -> int | None:
    """A whole number in a header; None where there is none."""
    text = answer.headers.get(name, "")
    return int(text[:12]) if text.isascii() and text.isdigit() else None


def next_place(lists: Sequence[Listed], place: Place, sheet: Sheet, window: Window) -> Place | None:
    """Where to go on; None when the last list is read."""
    if place.page > 1 and sheet.total is not None and sheet.total != place.total:
        if place.restarts >= RESTARTS:
            raise TransientError(f"{lists[place.listed].path}: the rows of one second do not stand still")
        return replace(place, page=1, total=0, restarts=place.restarts + 1)
    if sheet.is_last(place.page):
        return _behind(lists, place, window, is_roomy=place.page == 1 and 3 * len(sheet.slices) < sheet.size)
    if place.page == 1 and place.span > LEAST:
        return replace(place, span=max(LEAST, place.span // 2))
    return replace(place, page=place.page + 1, total=sheet.total or 0)


def _behind(lists: Sequence[Listed], place: Place, window: Window, *, is_roomy: bool) -> Place | None:
    """The stretch behind this one, longer if this one left much room; else the next list."""
    since, end = place.since + place.span, micros(window.end)
    if since < end:
        return Place(place.listed, since, min(place.span * 2 if is_roomy else place.span, end - since))
    return _first(place.listed + 1, window) if place.listed + 1 < len(lists) else None


def _first(listed: int, window: Window) -> Place:
    return Place(listed, micros(window.start), max(LEAST, micros(window.end) - micros(window.start)))


def _resumed(lists: Sequence[Listed], resume: str) -> Place:
    place = place_of(resume, Place)
    if place.listed >= len(lists):
        raise ContractError("resume: is no token of this connector")
    return place


def _goes_on(place: Place, following: Place) -> bool:
    """Whether the next question is for other rows of the same list."""
    return following.listed == place.listed and (following.page, following.since) != (1, place.since)


def _fresh(listed: Listed, ask: Ask, place: Place, window: Window, before: _Slices) -> Sheet:
    """The answer for a place. The very rows of the answer before are an old one served again, unless they still are after some time.

    (A row on the border of two stretches belongs to both.) Of two pages of one second they never can be.
    """
    start = EPOCH + timedelta(microseconds=place.since)
    end = min(start + timedelta(microseconds=place.span), window.end)
    sheet = ask(listed, start, end, place.page)
    for _ in range(ASK_AGAIN):
        if not sheet.slices or sheet.slices != before:
            return sheet
        sheet = ask(listed, start, end, place.page)
    if place.page > 1:
        raise TransientError(f"{listed.path}: page {place.page} shows the rows of the page before")
    return sheet
