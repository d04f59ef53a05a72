"""Reading a closed window in stretches of time that fit one page.

ShipBob pages by number, in an order that its specification does not tell, and a row that changes while we read leaves the window: then
those behind it move up, and a second page would miss some. So hardly ever a second page is asked for. A stretch of which one page does
not show everything is halved until one does: that answer shows the whole stretch as it stood at one moment, and what changes
afterwards moves to a later stretch, or to the next window. Only where more rows than a page holds share one second are pages counted;
should their total move meanwhile, that second begins anew.

Orders are read by their own time of change and again by that of their tracking, which the specification keeps apart. Returns and
deliveries have no time of change to ask by; they are read when they are completed.

`Total-Count` and `Page-Size` are headers that ShipBob documents for lists (of orders in its guide only). Without them an answer with
fewer rows than were asked for is the whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from connectors._kit import Answer, split_page
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage, Window
from model.errors import TransientError
from model.values.instant import EPOCH, micros

LEAST = 1_000_000
"""Microseconds of the shortest stretch; the vendor may keep times to no more than the second."""
MARGIN = timedelta(milliseconds=1)
"""A stretch is asked for a little wider on both sides: whether its ends belong to it is not documented."""
ASK_AGAIN = 3
"""How often an old answer in place of a new one is asked for again."""
RESTARTS = 5
"""How often one second may begin anew because its total moved."""

_Slices = tuple[bytes, ...]


class Listed(NamedTuple):
    """One list of ShipBob: what its rows are, where it is, and what its filter and its pages are called."""

    kind: str
    path: str
    since: str
    until: str
    page: str
    most: int
    """Rows of a page at the most."""


LISTS: Final = (
    Listed("order", "order", "LastUpdateStartDate", "LastUpdateEndDate", "Page", 250),
    Listed("order", "order", "LastTrackingUpdateStartDate", "LastTrackingUpdateEndDate", "Page", 250),
    Listed("return", "return", "CompletedStartDate", "CompletedEndDate", "Cursor", 100),
    Listed("receiving", "receiving", "CompletedStartDate", "CompletedEndDate", "Page", 100),
)
"""Read one after the other. For returns and deliveries no largest page is documented."""


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: in which list, from which microsecond on, over how many at once, and at which page of a full second."""

    listed: Annotated[int, msgspec.Meta(ge=0, lt=len(LISTS))]
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
        """Whether no row stands behind this page."""
        return len(self.slices) < self.size if self.total is None else page * self.size >= self.total


Ask = Callable[[Listed, Mapping[str, str | int]], Sheet]


class _Items(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_ITEMS = msgspec.json.Decoder(_Items)


def walk(ask: Ask, window: Window, resume: str | None) -> Iterator[RawPage]:
    """Every row of every list that changed in the window, answer by answer; a stretch that was too long is told in part, and then again."""
    place: Place | None = place_of(resume, Place) if resume else _first(0, window)
    before: _Slices = ()
    while place is not None:
        sheet = _fresh(ask, place, window, before)
        following = next_place(place, sheet, window)
        yield RawPage(LISTS[place.listed].kind, sheet.slices, token_of(following) if following else None)
        before = sheet.slices if following and _goes_on(place, following) else ()
        place = following


def sheet_of(answer: Answer, listed: Listed, asked: Mapping[str, str | int]) -> Sheet:
    """An answer, cut into rows; a TransientError where it shows fewer than it promises."""
    where = listed.path
    if listed.kind == "return":
        slices = split_page(answer.body, _ITEMS, lambda page: page.items or [], array=b"items", where=where)[1]
    else:
        slices = split_page(answer.body, _ROWS, lambda rows: rows, array=b"", where=where)[1]
    total = _number(answer, "total-count")
    most, page = int(asked["Limit"]), int(asked[listed.page])
    size = min(_number(answer, "page-size") or most, most)
    if total is not None and len(slices) < min(size, total - (page - 1) * size):
        raise TransientError(f"{where}: {len(slices)} rows on page {page}, although there are {total}")
    return Sheet(slices, total, size)


def next_place(place: Place, sheet: Sheet, window: Window) -> Place | None:
    """Where to go on; None when the last list is read."""
    if place.page > 1 and sheet.total is not None and sheet.total != place.total:
        if place.restarts >= RESTARTS:
            raise TransientError(f"{LISTS[place.listed].path}: the rows of one second do not stand still")
        return replace(place, page=1, total=0, restarts=place.restarts + 1)
    if sheet.is_last(place.page):
        return _behind(place, window, is_roomy=place.page == 1 and 3 * len(sheet.slices) < sheet.size)
    if place.page == 1 and place.span > LEAST:
        return replace(place, span=max(LEAST, place.span // 2))
    return replace(place, page=place.page + 1, total=sheet.total or 0)


def _behind(place: Place, window: Window, *, is_roomy: bool) -> Place | None:
    """The stretch behind this one, longer if this one left much room; else the next list."""
    since, end = place.since + place.span, micros(window.end)
    if since < end:
        return Place(place.listed, since, min(place.span * 2 if is_roomy else place.span, end - since))
    return _first(place.listed + 1, window) if place.listed + 1 < len(LISTS) else None


def _first(listed: int, window: Window) -> Place:
    return Place(listed, micros(window.start), max(LEAST, micros(window.end) - micros(window.start)))


def _goes_on(place: Place, following: Place) -> bool:
    """Whether the next question is for other rows of the same list."""
    return following.listed == place.listed and (following.page, following.since) != (1, place.since)


def _fresh(ask: Ask, place: Place, window: Window, before: _Slices) -> Sheet:
    """The answer for a place. The very rows of the answer before are an old one served again, unless they still are after some time.

    (A row on the border of two stretches belongs to both.) Of two pages of one second they never can be.
    """
    listed = LISTS[place.listed]
    end = min(EPOCH + timedelta(microseconds=place.since + place.span), window.end)
    params: dict[str, str | int] = {
        listed.since: _text(EPOCH + timedelta(microseconds=place.since) - MARGIN),
        listed.until: _text(end + 2 * MARGIN),
        listed.page: place.page,
    }
    sheet = ask(listed, params)
    for _ in range(ASK_AGAIN):
        if not sheet.slices or sheet.slices != before:
            return sheet
        sheet = ask(listed, params)
    if place.page > 1:
        raise TransientError(f"{listed.path}: page {place.page} shows the rows of the page before")
    return sheet


def _text(moment: datetime) -> str:
    """An instant as the vendor writes it, cut to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _number(answer: Answer, name: str) -> int | None:
    text = answer.headers.get(name, "")
    return int(text[:12]) if text.isascii() and text.isdigit() else None
