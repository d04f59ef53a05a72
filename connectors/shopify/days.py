"""A day of orders as Shopify lists it: ids, totals and refunds, in the shop's own sums.

Listed by `processedAt`, which is when an order counts as placed and which no edit moves, so that no row shifts between pages. One row
costs 8 points by the vendor's rules (order 1, two bags 4, its refunds 1, and the connection's 2), a page of a hundred less than 1,000.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from connectors._kit import Answer, Http
from connectors.capabilities import Window
from connectors.shopify.graph import WHERE, Reply, Turn, with_slices
from connectors.shopify.paging import whole_second
from connectors.shopify.terms import number
from model.errors import ContractError, MalformedError, TransientError
from model.records.days import ListedOrder
from model.values.instant import instant
from model.values.money import minor_units

ROWS: Final = 100
REPEATS: Final = 3
"""How often one page may be asked for before its token leads nowhere."""

DAY: Final = """query Day($first: Int!, $after: String, $query: String!) {
  orders(first: $first, after: $after, query: $query, sortKey: PROCESSED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id createdAt processedAt presentmentCurrencyCode
      totalPriceSet { presentmentMoney { amount currencyCode } }
      totalRefundedSet { presentmentMoney { amount currencyCode } }
      refunds { id }
    }
  }
}"""


class _Money(msgspec.Struct, rename="camel"):
    amount: str
    currency_code: str


class _Bag(msgspec.Struct, rename="camel"):
    presentment_money: _Money


class _Named(msgspec.Struct):
    id: str


class _Row(msgspec.Struct, rename="camel"):
    created_at: str
    presentment_currency_code: str
    total_price_set: _Bag
    refunds: tuple[_Named, ...]
    total_refunded_set: _Bag | None = None
    processed_at: str | None = None


class _Orders(msgspec.Struct, rename="camel"):
    page_info: Turn
    nodes: list[msgspec.Raw]


class _Day(msgspec.Struct):
    orders: _Orders | None = None


_DAY = msgspec.json.Decoder(Reply[_Day])
_ID = msgspec.json.Decoder(_Named)
_ROW = msgspec.json.Decoder(_Row)


def list_day(http: Http, day: Window) -> Iterator[tuple[ListedOrder, ...]]:
    """Every order placed in the span; a page token that leads in a circle is a ContractError."""
    end = day.end if day.end.microsecond == 0 else day.end + timedelta(seconds=1)
    query = f"processed_at:>='{whole_second(day.start)}' AND processed_at:<'{whole_second(end)}' AND status:any"
    after: str | None = None
    seen: dict[str | None, int] = {}
    while seen.get(after, 0) < REPEATS:
        seen[after] = seen.get(after, 0) + 1
        slices, after = _page(http, {"first": ROWS, "after": after, "query": query})
        yield tuple(listed for raw in slices if (listed := _listed(raw, day)) is not None)
        if after is None:
            return
    raise ContractError("day of orders: the page token repeats")


def _page(http: Http, variables: dict[str, object]) -> tuple[tuple[bytes, ...], str | None]:
    def read(answer: Answer) -> tuple[tuple[bytes, ...], str | None]:
        _, found, slices = with_slices(answer, _DAY, lambda found: found.orders.nodes if found.orders else [])
        if found.orders is None:
            raise TransientError(f"{WHERE}: the orders are missing")
        return slices, found.orders.page_info.cursor(is_empty=not slices)

    return http.ask(WHERE, {"query": DAY, "variables": variables}, read=read)


def _listed(raw: bytes, day: Window) -> ListedOrder | None:
    """One row; None if it was placed outside the span. A row without an id says nothing that could be kept: asked for again."""
    try:
        external_id = number(_ID.decode(raw).id)
    except msgspec.DecodeError as error:
        raise TransientError(f"{WHERE}: a row of the day names no order") from error
    try:
        row = _ROW.decode(raw)
        placed_at = instant(row.processed_at or row.created_at)
        if not day.start <= placed_at < day.end:
            return None
        currency = row.presentment_currency_code
        total = _minor(row.total_price_set, currency)
        back = None if row.total_refunded_set is None else _minor(row.total_refunded_set, currency)
    except (msgspec.DecodeError, MalformedError):
        return ListedOrder(external_id)
    return ListedOrder(external_id, placed_at, currency, total, back, len(row.refunds))


def _minor(bag: _Bag, currency: str) -> int:
    if bag.presentment_money.currency_code != currency:
        raise MalformedError("currency: a row of the day has two")
    return minor_units(bag.presentment_money.amount, currency)
