"""Reading a closed window by offset without losing rows that shift.

WooCommerce has no cursors. Orders are asked for in ascending order of id, so the last id read is a key: every page must begin at or
before it. Where it does not, rows have left the window and those behind them moved up, and we step back until it does. Rows that
entered the window behind us show in the total; then the window is read a second time. A repeated page does not move the key.

`status=any` leaves the trash out, and no list holds both, so a window is read twice: all orders, then those in the trash.
Source: WooCommerce, class-wc-rest-orders-controller.php (v3), `prepare_objects_query`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from connectors._kit import Answer, own_id, split_page
from connectors._kit.tokens import place_of, token_of
from connectors.capabilities import RawPage
from model.errors import ContractError, TransientError

OVERLAP = 3
"""Rows read twice at each page's beginning; one would do, a few spare most steps back."""

ASK_AGAIN = 3
"""How often an old page in place of a new one is asked for again before we go on and leave it to the total."""

REPEATS = 3
"""How often reading may come to one place before it counts as going round in a circle."""

Status = Literal["any", "trash"]
LISTED: Final[tuple[Status, ...]] = ("any", "trash")

_PAGE = msgspec.json.Decoder(list[msgspec.Raw])
_FIRST = re.compile(rb'\A\s*\{\s*"id"\s*:\s*"?(\d{1,19})"?\s*,')


@dataclass(frozen=True, slots=True)
class Rows:
    """One answer: the slices from `offset` on, and how many rows the shop says the window has."""

    offset: int
    slices: tuple[bytes, ...]
    total: int


Ask = Callable[[Status, int], Rows]


class Place(msgspec.Struct, frozen=True):
    """Where to go on: the offset to ask for, the highest id read, how many rows were read and how many the shop kept to itself.

    `again` is set in a second reading, and `promised` is then what the shop had said at the end of the first. `listed` is which of the
    shop's lists is being read.
    """

    offset: int = 0
    last: int = 0
    seen: int = 0
    hidden: int = 0
    again: bool = False
    promised: int = 0
    listed: Status = "any"


def order_id_in(raw: bytes) -> int | None:
    """The order's id, which the vendor writes first (and its extensions may not), also out of a slice that cannot be read further."""
    if found := _FIRST.match(raw):
        return int(found[1])
    told = own_id(raw)
    return int(told) if told and told.isdigit() else None


def rows_in(answer: Answer, where: str) -> tuple[bytes, ...]:
    """The documents of a list, uncut."""
    return split_page(answer.body, _PAGE, lambda page: page, array=b"", where=where)[1]


def total_in(answer: Answer, where: str) -> int:
    """How many rows the shop says a list has."""
    text = answer.headers.get("x-wp-total", "")
    if not (text.isascii() and text.isdigit()):
        raise ContractError(f"{where}: X-WP-Total is missing; a proxy before the shop takes it away, let it pass")
    return int(text[:12])


def rows_at(where: str, offset: int, answer: Answer) -> Rows:
    """One answer of a list; none of its rows although there are some is a TransientError."""
    slices, total = rows_in(answer, where), total_in(answer, where)
    if not slices and offset < total:
        raise TransientError(f"{where}: an empty page at {offset}, although there are {total}")
    return Rows(offset, slices, total)


def walk(ask: Ask, page_size: int, kind: str, resume: str | None) -> Iterator[RawPage]:
    """Every row of a window, page by page; `ask` gets the rows of a list from an offset on.

    A shop that still shows fewer rows than it promises after a second reading is a ContractError, or a TransientError when the
    promise moved between the two: then rows were still arriving. Who resumes starts the list afresh. Coming to one place time and
    again, because no ids can be read there, is a ContractError too.
    """
    place: Place | None = Place() if resume is None else place_of(resume, Place)
    visits: Counter[tuple[Status, bool, int, int]] = Counter()
    while place is not None:
        here = (place.listed, place.again, place.last, place.offset)
        visits[here] += 1
        if visits[here] > REPEATS:
            raise ContractError(f"{kind}s: reading does not get past {place.offset} rows, as no {kind} ids can be read there")
        rows, before = _rows_after(ask, place, page_size, kind), place
        place = _next_place(before, rows, page_size)
        yield RawPage(kind, rows.slices, token_of(place) if place else None)
        if place == Place(listed=before.listed):
            message = f"{kind}s: the shop promises {rows.total} in this window and does not show them all"
            raise ContractError(message) if before.promised == rows.total else TransientError(message)


def _rows_after(ask: Ask, place: Place, page_size: int, kind: str) -> Rows:
    """The page that follows the place without a gap: it begins with a row already read, or with the window's first.

    A page that ends before the place, and not at the window's end, is an old one served again (by a cache, say): asked for again.
    """
    offset, back = max(0, place.offset - OVERLAP), max(1, page_size // 2)
    stale = 0
    while True:
        rows = ask(place.listed, offset)
        ids = [number for number in map(order_id_in, rows.slices) if number is not None]
        if (distinct := list(dict.fromkeys(ids))) != sorted(distinct):
            raise ContractError(f"{kind}s: are not in ascending order of id, although asked for")
        if stale < ASK_AGAIN and ids and ids[-1] <= place.last and rows.offset + len(rows.slices) != rows.total:
            stale += 1
        elif offset == 0 or (ids and ids[0] <= place.last):
            return rows
        else:
            offset, back = max(0, offset - back), back * 2


def _next_place(place: Place, rows: Rows, page_size: int) -> Place | None:
    """Where to go on after these rows: the next list when all promised rows were seen, None after the last one, else the beginning."""
    numbers = [order_id_in(raw) for raw in rows.slices]
    known = max((at for at, number in enumerate(numbers, 1) if number is not None and number <= place.last), default=0)
    fresh = {number or -at for at, number in enumerate(numbers[known:], 1)}  # an unreadable row is a row of its own
    here = Place(
        offset=rows.offset + page_size,
        last=max(place.last, *fresh) if fresh else place.last,
        seen=place.seen + len(fresh),
        hidden=place.hidden + max(0, min(page_size, rows.total - rows.offset) - len(rows.slices)),
        again=place.again,
        promised=place.promised,
        listed=place.listed,
    )
    if here.offset < rows.total:
        return here
    if rows.total <= here.seen + here.hidden:
        return Place(listed="trash") if place.listed == "any" else None
    return Place(listed=place.listed) if place.again else Place(again=True, promised=rows.total, listed=place.listed)
