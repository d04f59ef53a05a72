"""A day of orders as Amazon lists it: ids and totals, without a word of buyers.

By `createdAfter` and `createdBefore`, read page by page as windows are; when an order was placed never changes, so that none moves between
pages. Amazon lists no time that ended less than two minutes ago, and refuses to.
`grandTotal` is Amazon's own sum of what the seller gets; the total is that with the tax that Amazon keeps and the buyer paid, as the
mapping has it. What went back stands in the seller's transactions, and is not told with orders.
Source: model orders_2026-01-01, searchOrders.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from connectors._kit import Http, own_id, read_payload
from connectors._kit.words import standard
from connectors.amazon.mapping_money import order_sums
from connectors.amazon.notices import ORDERS
from connectors.amazon.paging import PER_PAGE, Listed, stamp_by, walk, window_of
from connectors.amazon.payloads import OrderPayload
from connectors.amazon.words import OTHER_CHANNEL, STATES
from connectors.capabilities import Window
from model.errors import MalformedError, TransientError
from model.records.days import ListedOrder
from model.values.instant import instant

INCLUDED: Final = "PROCEEDS,FULFILLMENT,TAX"
"""What the total hangs on; the rest, people above all, is left where it is."""


class _Created(msgspec.Struct, rename="camel"):
    created_time: str | None = None


def _created(raw: bytes) -> str | None:
    return msgspec.json.decode(raw, type=_Created).created_time


_DAY: Final = Listed("order", ORDERS, "orders", "createdAfter", "paginationToken", stamp_by(_created), interval_s=180)


def list_day(http: Http, day: Window, marketplaces: Sequence[str], statuses: Mapping[str, str]) -> Iterator[tuple[ListedOrder, ...]]:
    """Every order placed in the span, but for those of other channels that Amazon only ships."""
    start, until = window_of(day)
    params: dict[str, str | int] = {
        "createdBefore": until,
        "marketplaceIds": ",".join(marketplaces),
        "maxResultsPerPage": PER_PAGE,
        "includedData": INCLUDED,
    }
    for page in walk(http, _DAY, params, start, day.end, None):
        yield tuple(found for raw in page.slices if (found := _listed(raw, day, statuses)) is not None)


def _listed(raw: bytes, day: Window, statuses: Mapping[str, str]) -> ListedOrder | None:
    """One row; None if it is none of this channel's, or was placed outside the span. A row without an id is asked for again."""
    order_id = own_id(raw, b"orderId")
    if order_id is None:
        raise TransientError(f"{ORDERS}: a row of the day names no order")
    try:
        order = read_payload(OrderPayload, raw)
        placed_at = instant(order.created_time)
        if order.sales_channel.channel_name == OTHER_CHANNEL or not day.start <= placed_at < day.end:
            return None
        state = standard("fulfillment.fulfillmentStatus", order.fulfillment.fulfillment_status, STATES, statuses)
        sums = order_sums(order, state, statuses)
        return ListedOrder(order_id, placed_at, sums.currency, sums.total)
    except MalformedError:
        return ListedOrder(order_id)
