"""A day of sales as Square lists it: ids and totals, and what was given back of them since, by the seller's list of refunds.

Documents that only take goods back are no sales and are left out; they are named beside the sale that they are of, so that who fetches
the sale fetches them too. The list is sorted by the time of creation, which nothing moves, and is followed by Square's own cursor.
Source: https://developer.squareup.com/reference/square/orders-api/search-orders, Square-Version 2025-08-20.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import msgspec

from connectors._kit import Http, own_id
from connectors.capabilities import Window
from connectors.square import refunds
from connectors.square.paging import PATIENCE, PageReader, Place, Sheet, milliseconds
from connectors.square.words import REFUND_STATUS
from model.errors import ContractError, MalformedError, TransientError
from model.records.days import ListedOrder
from model.values.instant import instant

ORDERS_PER_PAGE = 500
REFUNDS_PER_PAGE = 100


class _Money(msgspec.Struct):
    amount: int
    currency: str


class _Order(msgspec.Struct):
    created_at: str
    total_money: _Money
    line_items: tuple[msgspec.Raw, ...] | None = None
    returns: tuple[msgspec.Raw, ...] | None = None

    @property
    def is_return(self) -> bool:
        """Whether it sells nothing; as the mapping of orders takes it."""
        return bool(self.returns) and not self.line_items and len(self.returns or ()) == 1


class _Refund(msgspec.Struct):
    status: str
    amount_money: _Money
    order_id: str | None = None


class _OfSale(msgspec.Struct):
    refund: _Refund
    order_id: str | None = None


_ORDER = msgspec.json.Decoder(_Order)
_OF_SALE = msgspec.json.Decoder(_OfSale)
Ask = Callable[[Place], Sheet]


def list_day(http: Http, day: Window, groups: Sequence[tuple[str, ...]], until: str) -> Iterator[tuple[ListedOrder, ...]]:
    """Every sale made in the span, location group by location group; `until` is how late a refund of one of them may be."""
    back = _given_back(http, day, [location for group in groups for location in group], until)
    for group in groups:
        for sheet in _sheets(lambda place: _search(http, place, day), Place((group,), milliseconds(day.start))):
            yield tuple(found for raw in sheet.slices if (found := _listed(raw, day, back)) is not None)


def _sheets(ask: Ask, first: Place) -> Iterator[Sheet]:
    """All pages from the vendor's first to its last; a cursor that comes back time and again is a ContractError."""
    place, visits = first, dict[str | None, int]()
    while visits.get(place.cursor, 0) < PATIENCE:
        visits[place.cursor] = visits.get(place.cursor, 0) + 1
        sheet = ask(place)
        yield sheet
        if sheet.cursor is None:
            return
        place = Place(first.groups, first.since, sheet.cursor)
    raise ContractError("orders/search: the cursor leads in a circle")


def _search(http: Http, place: Place, day: Window) -> Sheet:
    body: dict[str, object] = {
        "location_ids": list(place.groups[0]),
        "limit": ORDERS_PER_PAGE,
        "return_entries": False,
        "query": {
            "filter": {"date_time_filter": {"created_at": {"start_at": place.since, "end_at": milliseconds(day.end)}}},
            "sort": {"sort_field": "CREATED_AT", "sort_order": "ASC"},
        },
    }
    body |= {"cursor": place.cursor} if place.cursor else {}
    return http.ask("v2/orders/search", body, read=PageReader("orders", place, "orders/search"))


def _given_back(http: Http, day: Window, locations: Sequence[str], until: str) -> dict[str, list[_Refund]]:
    """Refunds made since the span began, by the sale they are of; one that cannot be read is left to its own stream."""
    found: dict[str, list[_Refund]] = defaultdict(list)
    seen: set[str | None] = set()
    for location in locations:

        def ask(place: Place) -> Sheet:
            query: dict[str, str | int] = {
                "location_id": place.groups[0][0],
                "begin_time": place.since,
                "end_time": until,
                "sort_order": "ASC",
                "limit": REFUNDS_PER_PAGE,
            }
            query |= {"cursor": place.cursor} if place.cursor else {}
            return http.get("v2/refunds", query, read=PageReader("refunds", place, "refunds"))

        for sheet in _sheets(ask, Place(((location,),), milliseconds(day.start))):
            fresh = [raw for raw in sheet.slices if own_id(raw) not in seen]
            seen |= {own_id(raw) for raw in fresh}
            for enveloped in refunds.with_sales(http, fresh):
                told = _decoded(enveloped)
                if told is not None and told.order_id:
                    found[told.order_id].append(told.refund)
    return found


def _decoded(raw: bytes) -> _OfSale | None:
    try:
        return _OF_SALE.decode(raw)
    except msgspec.DecodeError:
        return None


def _listed(raw: bytes, day: Window, back: dict[str, list[_Refund]]) -> ListedOrder | None:
    """One row; None if it is no sale or was made outside the span. A row without an id is asked for again."""
    external_id = own_id(raw)
    if external_id is None:
        raise TransientError("orders/search: a row of the day names no order")
    try:
        row = _ORDER.decode(raw)
        placed_at = instant(row.created_at)
        if row.is_return or not day.start <= placed_at < day.end:
            return None
        given = [refund for refund in back.get(external_id, []) if REFUND_STATUS.get(refund.status) != "failed"]
        gone = sum(refund.amount_money.amount for refund in given if REFUND_STATUS.get(refund.status) == "succeeded")
        beside = tuple(sorted({refund.order_id for refund in given if refund.order_id} - {external_id}))
        total = row.total_money
        return ListedOrder(external_id, placed_at, total.currency, total.amount, gone, len(given), beside)
    except (msgspec.DecodeError, MalformedError):
        return ListedOrder(external_id)
