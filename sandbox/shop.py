"""What a vendor's counter is given for one request, and how a page is cut from a selection."""

import base64
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast

from sandbox.exchange import Clock, Tree
from sandbox.limits import Bucket
from sandbox.shelf import Entry, Shelf
from sandbox.stock import Ledger

Row = TypeVar("Row")
Tell = Callable[[str, int, Sequence[tuple[str, Tree]]], None]
ITEM_REFUSED: Final = "item_refused"


@dataclass(frozen=True, slots=True)
class Shop:
    """The shelf, the stock, the clock and how this one answer is to be twisted.

    `is_late` hides rows not yet visible in lists; `bucket` is how much the shop still bears, if it is limited; `tell` lets an order of a
    channel take in what a hub says of it; `seed` is the world's.
    """

    shelf: Shelf
    ledger: Ledger
    clock: Clock
    twist: str = ""
    is_late: Callable[[Entry], bool] | None = None
    bucket: Bucket | None = None
    tell: Tell = lambda _channel, _number, _told: None
    seed: int = 0

    @property
    def now_ms(self) -> int:
        """Gives the present in milliseconds since the epoch."""
        return int(self.clock().timestamp() * 1000)

    def visible(self, entries: list[Entry]) -> list[Entry]:
        """Gives the entries a list shows by now."""
        late = self.is_late
        return [entry for entry in entries if not late(entry)] if late else entries

    def refuses(self, channel: str, ware: int, place: int, count: int) -> bool:
        """Says whether the shop will not hear of the level at this place of a batch: for good, or by a twist this once."""
        return self.ledger.is_refused(channel, ware) or (self.twist == ITEM_REFUSED and place == count // 2)


@dataclass(frozen=True, slots=True)
class Leaf(Generic[Row]):
    """One page: its entries, whether more is promised, and the place in the selection where the next one starts."""

    entries: Sequence[Row]
    more: bool
    next_start: int


def turn(rows: Sequence[Row], start: int, size: int, twist: str) -> Leaf[Row]:
    """Gives the page of `rows` from `start`. A twist answers it wrongly but loses nothing to a reader who rereads."""
    end = start + size
    page = rows[start:end]
    if twist == "empty_page" and page:
        return Leaf((), more=True, next_start=start)
    if twist == "page_repeated" and start:
        return Leaf(rows[max(0, start - size) : start], more=True, next_start=start)
    if twist == "looping_token" and page:
        return Leaf(page, more=True, next_start=start)
    if twist == "duplicate_order" and page:
        return Leaf((*page, page[len(page) // 2]), more=end < len(rows), next_start=end)
    return Leaf(page, more=end < len(rows), next_start=end)


def cursor_after(key: tuple[int, int]) -> str:
    """Gives an opaque token that means: after the row with this sort key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def start_after(keys: Sequence[tuple[int, int]], cursor: str | None) -> int:
    """Gives where the page after `cursor` starts among ascending sort keys. Raises ValueError for a foreign token."""
    if not cursor:
        return 0
    value, sequence = cast("tuple[int, int]", json.loads(base64.urlsafe_b64decode(cursor)))
    return bisect_right(keys, (int(value), int(sequence)))
