"""A day of orders as WooCommerce lists it: ids, totals and refunds, a few fields of each order.

By `after` and `before`, which filter on the time of creation; both are exclusive and compare whole seconds. Paged as windows are: by id,
with a step back where rows have left, and the trash behind it.
Source: WooCommerce, class-wc-rest-orders-controller.php (v3), `prepare_objects_query`.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial

import msgspec

from connectors._kit import Http
from connectors.capabilities import Window
from connectors.woocommerce.mapping_money import whole_minor
from connectors.woocommerce.paging import Rows, Status, order_id_in, rows_at, walk
from model.errors import MalformedError, TransientError
from model.records.days import ListedOrder
from model.values.instant import utc_instant

FIELDS = "id,date_created_gmt,currency,total,refunds,gift_cards"
_SECOND = timedelta(seconds=1)


class _Refund(msgspec.Struct):
    total: str
    id: int | None = None


class _GiftCard(msgspec.Struct):
    amount: Decimal


class _Row(msgspec.Struct):
    date_created_gmt: str
    currency: str
    total: str
    refunds: tuple[_Refund, ...] = ()
    gift_cards: tuple[_GiftCard, ...] | None = None


_ROW = msgspec.json.Decoder(_Row)


def list_day(http: Http, day: Window, page_size: int) -> Iterator[tuple[ListedOrder, ...]]:
    """Every order made in the span, and then those of it that lie in the trash."""
    params: dict[str, str | int] = {
        "after": f"{day.start - _SECOND:%Y-%m-%dT%H:%M:%S}",
        "before": f"{day.end + _SECOND:%Y-%m-%dT%H:%M:%S}",
        "dates_are_gmt": "true",
        "orderby": "id",
        "order": "asc",
        "per_page": page_size,
        "_fields": FIELDS,
    }

    def ask(listed: Status, offset: int) -> Rows:
        return http.get("orders", {**params, "status": listed, "offset": offset}, read=partial(rows_at, "orders", offset))

    for page in walk(ask, page_size, "order", None):
        yield tuple(found for raw in page.slices if (found := _listed(raw, day)) is not None)


def _listed(raw: bytes, day: Window) -> ListedOrder | None:
    """One row; None if it was made outside the span. A row without an id says nothing that could be kept: asked for again."""
    order_id = order_id_in(raw)
    if order_id is None:
        raise TransientError("orders: a row of the day names no order")
    try:
        row = _ROW.decode(raw)
        placed_at = utc_instant(row.date_created_gmt)
        if not day.start <= placed_at < day.end:
            return None
        back = [abs(whole_minor(refund.total, row.currency)) for refund in row.refunds if refund.id]
        by_cards = sum(whole_minor(str(card.amount), row.currency) for card in row.gift_cards or ())
        total = whole_minor(row.total, row.currency) + by_cards  # the shop takes gift cards off what is left to pay
        return ListedOrder(str(order_id), placed_at, row.currency, total, sum(back), len(back))
    except (msgspec.DecodeError, MalformedError):
        return ListedOrder(str(order_id))
