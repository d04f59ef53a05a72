"""A day of orders as Vendure lists it: ids, totals and refunds.

By `orderPlacedAt`, sorted by id, paged by skip and take; each page begins a few rows before the end of the last, so that none is lost
where rows leave the list between two pages.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from connectors._kit import Answer
from connectors.capabilities import Window
from connectors.vendure.mapping_money import minor
from connectors.vendure.paging import OVERLAP, SLACK, PageReader, Place, is_continuation, next_place
from connectors.vendure.session import Session
from connectors.vendure.words import REFUND_STATES
from model.errors import MalformedError, TransientError
from model.records.days import ListedOrder
from model.values.instant import instant, iso

ROWS: Final = 100

DAY: Final = """query Day($options: OrderListOptions!) {
  globalSettings { serverConfig { moneyStrategyPrecision } }
  orders(options: $options) {
    totalItems
    items { id createdAt orderPlacedAt currencyCode totalWithTax payments { refunds { id state total } } }
  }
}"""


class _Refund(msgspec.Struct):
    state: str
    total: int


class _Payment(msgspec.Struct):
    refunds: tuple[_Refund, ...] = ()


class _Named(msgspec.Struct):
    id: str


class _Row(msgspec.Struct, rename="camel"):
    created_at: str
    currency_code: str
    total_with_tax: int
    order_placed_at: str | None = None
    payments: tuple[_Payment, ...] | None = None


_ID = msgspec.json.Decoder(_Named)
_ROW = msgspec.json.Decoder(_Row)
Query = Callable[[str, dict[str, object], Callable[[Answer], Any]], Any]


def list_day(query: Query, session: Session | None, day: Window, *, whole_shop: bool) -> Iterator[tuple[ListedOrder, ...]]:
    """Every order placed in the span; of an order over several sellers only the buyer's."""
    sought: dict[str, object] = {"type": {"notEq": "Seller"}} if whole_shop else {}
    sought["orderPlacedAt"] = {"between": {"start": iso(day.start - SLACK), "end": iso(day.end + SLACK)}}
    place: Place | None = Place("changed")
    while place is not None:
        start = max(0, place.skip - OVERLAP)
        while True:
            options = {"skip": start, "take": ROWS, "sort": {"id": "ASC"}, "filter": sought}
            sheet = query(DAY, {"options": options}, PageReader(place, start, session))
            if is_continuation(place, sheet):
                break
            start = max(0, start - ROWS + OVERLAP)
        yield tuple(found for raw in sheet.slices if (found := _listed(raw, day)) is not None)
        place = next_place(place, sheet)


def _listed(raw: bytes, day: Window) -> ListedOrder | None:
    """One row; None if it was placed outside the span. A row without an id is asked for again."""
    try:
        external_id = _ID.decode(raw).id
    except msgspec.DecodeError as error:
        raise TransientError("orders: a row of the day names no order") from error
    try:
        row = _ROW.decode(raw)
        placed_at = instant(row.order_placed_at or row.created_at)
        if not day.start <= placed_at < day.end:
            return None
        made = [refund for payment in row.payments or () for refund in payment.refunds]
        refunds = [refund for refund in made if REFUND_STATES.get(refund.state) != "failed"]
        gone = sum(minor(refund.total, row.currency_code) for refund in refunds if REFUND_STATES.get(refund.state) == "succeeded")
        total = minor(row.total_with_tax, row.currency_code)
        return ListedOrder(external_id, placed_at, row.currency_code, total, gone, len(refunds))
    except (msgspec.DecodeError, MalformedError):
        return ListedOrder(external_id)
