"""ShipBob's lists, and how a stretch of them is asked for.

Orders are read by their own time of change and again by that of their tracking, which the specification keeps apart. Returns and
deliveries have no time of change to ask by; they are read when they are completed.

`Total-Count` and `Page-Size` are headers that ShipBob documents for lists (of orders in its guide only). Without them an answer with
fewer rows than were asked for is the whole.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from connectors._kit import Answer, split_page
from connectors._kit.stretches import Listed, Sheet, checked_sheet, counted

MARGIN = timedelta(milliseconds=1)
"""A stretch is asked for a little wider on both sides: whether its ends belong to it is not documented."""

LISTS: Final = (
    Listed("order", "order", "LastUpdateStartDate", "LastUpdateEndDate", "Page", 250),
    Listed("order", "order", "LastTrackingUpdateStartDate", "LastTrackingUpdateEndDate", "Page", 250),
    Listed("return", "return", "CompletedStartDate", "CompletedEndDate", "Cursor", 100),
    Listed("receiving", "receiving", "CompletedStartDate", "CompletedEndDate", "Page", 100),
)
"""Read one after the other. For returns and deliveries no largest page is documented."""


class _Items(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_ITEMS = msgspec.json.Decoder(_Items)


def question(listed: Listed, start: datetime, end: datetime, page: int, page_size: int) -> dict[str, str | int]:
    """What asks for one page of a stretch."""
    return {
        listed.since: _text(start - MARGIN),
        listed.until: _text(end + 2 * MARGIN),
        listed.page: page,
        "Limit": min(page_size, listed.most),
    }


def sheet_of(answer: Answer, listed: Listed, asked: Mapping[str, str | int]) -> Sheet:
    """An answer, cut into rows; a TransientError where it shows fewer than it promises."""
    where = listed.path
    if listed.kind == "return":
        slices = split_page(answer.body, _ITEMS, lambda page: page.items or [], array=b"items", where=where)[1]
    else:
        slices = split_page(answer.body, _ROWS, lambda rows: rows, array=b"", where=where)[1]
    most = int(asked["Limit"])
    size = min(counted(answer, "page-size") or most, most)
    return checked_sheet(slices, counted(answer, "total-count"), size, int(asked[listed.page]), where)


def _text(moment: datetime) -> str:
    """An instant as the vendor writes it, cut to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
