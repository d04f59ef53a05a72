"""ShipStation's lists, how a stretch of them is asked for, and when to rest before the next question.

Orders have a time of change. Shipments have none: they are read by the time they were made, and again by that of their being voided.
Labels are read before orders, so that what left is known before its order says that it did.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from connectors._kit import Answer, split_page
from connectors._kit.stretches import Listed, Sheet, checked_sheet, counted
from connectors.shipstation import clock

LISTS: Final = (
    Listed("shipment", "shipments", "createDateStart", "createDateEnd", "page", 500),
    Listed("shipment", "shipments", "voidDateStart", "voidDateEnd", "page", 500),
    Listed("order", "orders", "modifyDateStart", "modifyDateEnd", "page", 500),
)
_MORE: Final[Mapping[str, Mapping[str, str]]] = {
    "shipment": {"includeShipmentItems": "true"},  # which words its `sortBy` takes the specification does not say
    "order": {"sortBy": "ModifyDate", "sortDir": "ASC"},
}
KEPT_BACK: Final = 4
"""Of the requests of a minute, so many are left for commands."""
LONGEST_REST_S: Final = 60
"""A minute is the vendor's window."""


class _Orders(msgspec.Struct):
    orders: list[msgspec.Raw]
    total: int | None = None


class _Shipments(msgspec.Struct):
    shipments: list[msgspec.Raw]
    total: int | None = None


_ORDERS = msgspec.json.Decoder(_Orders)
_SHIPMENTS = msgspec.json.Decoder(_Shipments)


def question(listed: Listed, start: datetime, end: datetime, page: int, *, page_size: int, store_id: int) -> dict[str, str | int]:
    """What asks for one page of a stretch."""
    since, until = clock.stretch(start, end)
    size = min(page_size, listed.most)
    return {listed.since: since, listed.until: until, listed.page: page, "pageSize": size, "storeId": store_id, **_MORE[listed.kind]}


def sheet_of(answer: Answer, listed: Listed, asked: Mapping[str, str | int]) -> tuple[Sheet, int]:
    """An answer, cut into rows, and the seconds to rest behind it; `pages`, which the vendor shows as 0, is not looked at."""
    if listed.kind == "order":
        told, slices = split_page(answer.body, _ORDERS, lambda page: page.orders, array=b"orders", where=listed.path)
    else:
        told, slices = split_page(answer.body, _SHIPMENTS, lambda page: page.shipments, array=b"shipments", where=listed.path)
    sheet = checked_sheet(slices, told.total, int(asked["pageSize"]), int(asked[listed.page]), listed.path)
    return sheet, rest_s(answer)


def rest_s(answer: Answer) -> int:
    """Seconds until the next minute's requests, where few of this one's are left; 0 where the answer does not say so."""
    left, seconds = counted(answer, "x-rate-limit-remaining"), counted(answer, "x-rate-limit-reset")
    return min(seconds or 0, LONGEST_REST_S) if left is not None and left <= KEPT_BACK else 0
