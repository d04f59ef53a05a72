"""How Stripe's lists are read: newest first, and on from the last row's id.

Objects and events never leave their lists and never change their times, so nothing moves while we read; what is new stands before all
that we read. Payouts and disputes have no time of change: what changed is found by their events, which Stripe keeps for thirty days, and
what arose is found by the lists of the objects themselves, for ever. A line never tells its payout; a payout whose lines are settled is
asked for them, whenever it changes.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from connectors._kit import Answer, Http, enveloped, member, own_id, split_page
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage, Window
from model.errors import ContractError, TransientError
from model.values.instant import EPOCH

ROWS: Final = 100
PATIENCE: Final = 3
"""A page that leads back to itself this often is a loop and no page sent twice."""

_SECONDS = re.compile(rb"\d{1,11}")

Query = dict[str, str | int]


class Listed(NamedTuple):
    """One list of a window: what it is a list of, its path, its own filter, and how a row becomes a slice."""

    kind: str
    path: str
    query: Query
    cut: Callable[[bytes], bytes]


class Place(msgspec.Struct, frozen=True):
    """Where reading stands: in which list and behind which row, and which payouts' lines are to be read before, the first from a row on."""

    listed: Annotated[int, msgspec.Meta(ge=0)] = 0
    after: str | None = None
    owing: tuple[str, ...] = ()
    line_after: str | None = None


class _List(msgspec.Struct):
    data: tuple[msgspec.Raw, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its rows, and the id behind which the next one begins; None at the end."""

    rows: tuple[bytes, ...]
    after: str | None


_LIST = msgspec.json.Decoder(_List)


class ListReader:
    """Reads the answers to one request; it counts how often the request came back with the row it began behind."""

    def __init__(self, path: str, after: str | None) -> None:
        self._path = path
        self._after = after
        self._loops = 0

    def __call__(self, answer: Answer) -> Sheet:
        """The page, or an error that says whether asking again may help."""
        page, rows = split_page(answer.body, _LIST, lambda page: page.data, array=b"data", where=self._path)
        if not page.has_more:
            return Sheet(rows, None)
        if not rows:
            raise TransientError(f"{self._path}: an empty page, though more is promised")
        after = next((row_id for raw in reversed(rows) if (row_id := own_id(raw))), None)
        if after is None or after == self._after:
            self._loops += 1
            error = TransientError if self._loops < PATIENCE else ContractError
            raise error(f"{self._path}: the page leads back to itself")
        return Sheet(rows, after)


def walk(http: Http, lists: tuple[Listed, ...], window: Window, resume: str | None) -> Iterator[RawPage]:
    """Every row of the window in each of the lists, and behind each page of payouts the lines of those that are settled."""
    place: Place | None = _resumed(resume, lists) if resume else Place()
    while place is not None:
        kind, slices, following = _lines(http, place) if place.owing else _page(http, lists[place.listed], place, window)
        place = following if following.owing or following.listed < len(lists) else None
        yield RawPage(kind, slices, token_of(place) if place else None)


def window_query(window: Window) -> Query:
    """What was created in the window; Stripe counts whole seconds."""
    return {"created[gte]": _ceiling(window.start), "created[lt]": _ceiling(window.end)}


def line_query(payout: str | None = None) -> Query:
    """What asks for lines with what moved the balance, of all or of one payout."""
    query: Query = {"expand[]": "data.source"}
    return query | {"payout": payout} if payout else query


def changed_in(name: str) -> Callable[[bytes], bytes]:
    """Of an event: the object as it then stood, with the time; an event that tells none stays as it is, and is refused when it is read."""

    def cut(raw: bytes) -> bytes:
        body = member(member(raw, "data") or b"", "object")
        return raw if body is None else enveloped(body, name, id=own_id(body), changed=_seconds(raw))

    return cut


def created_in(name: str) -> Callable[[bytes], bytes]:
    """Of an object: itself, with the time it arose."""
    return lambda raw: enveloped(raw, name, id=own_id(raw), changed=_seconds(raw))


def bare_line(raw: bytes) -> bytes:
    """A line of which it is not told which payout carries it."""
    return line_in(raw, None)


def line_in(raw: bytes, payout: str | None) -> bytes:
    """A line of a payout."""
    return enveloped(raw, "line", id=own_id(raw), payout=payout)


def _resumed(resume: str, lists: tuple[Listed, ...]) -> Place:
    place = place_of(resume, Place)
    if place.listed >= len(lists) and not place.owing:
        raise ContractError("resume: is no token of this connector")
    return place


def _page(http: Http, listed: Listed, place: Place, window: Window) -> tuple[str, tuple[bytes, ...], Place]:
    sheet = _ask(http, listed.path, listed.query | window_query(window), place.after)
    slices = tuple(listed.cut(raw) for raw in sheet.rows)
    owing = tuple(dict.fromkeys(payout for raw in slices if (payout := _settled(raw)))) if listed.kind == "payout" else ()
    following = Place(place.listed, sheet.after, owing) if sheet.after else Place(place.listed + 1, None, owing)
    return listed.kind, slices, following


def _lines(http: Http, place: Place) -> tuple[str, tuple[bytes, ...], Place]:
    payout = place.owing[0]
    sheet = _ask(http, "balance_transactions", line_query(payout), place.line_after)
    slices = tuple(line_in(raw, payout) for raw in sheet.rows)
    if sheet.after:
        return "balance", slices, replace(place, line_after=sheet.after)
    return "balance", slices, replace(place, owing=place.owing[1:], line_after=None)


def _ask(http: Http, path: str, query: Query, after: str | None) -> Sheet:
    asked = query | {"limit": ROWS} | ({"starting_after": after} if after else {})
    return http.get(f"v1/{path}", asked, read=ListReader(path, after))


def _settled(raw: bytes) -> str | None:
    """The id of a payout whose lines can be listed."""
    body = member(raw, "payout") or b""
    is_settled = member(body, "reconciliation_status") == b'"completed"' and member(body, "automatic") == b"true"
    return own_id(body) if is_settled else None


def _seconds(raw: bytes) -> int | None:
    told = member(raw, "created") or b""
    return int(told) if _SECONDS.fullmatch(told) else None


def _ceiling(moment: datetime) -> int:
    return -((EPOCH - moment) // timedelta(seconds=1))
