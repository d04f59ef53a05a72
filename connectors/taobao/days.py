"""A day of trades as Taobao lists it: ids and totals, a few fields of each trade.

By `start_created` and `end_created`, which filter on the time of creation, read in stretches as windows are. Taobao shows three months back
and no more, and says nothing of what it leaves out; a day that may be older is refused, as its list could be empty for no other reason.

`payment` is Taobao's own sum of a trade, and falls with each refund that succeeded. What was bought is then the sum of the parts, as the
mapping has it; of cash on delivery lists leave the buyer's fee out, so that such a trade is asked for by itself, once it was refunded.
What went back is not told with trades.
Source: https://open.taobao.com/api.htm?docId=46&docType=2
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from connectors._kit import Http, own_id, read_payload
from connectors._kit.stretches import Listed, Sheet, walk
from connectors._kit.words import standard
from connectors.capabilities import Window
from connectors.taobao.asking import Rows, ask
from connectors.taobao.mapping_money import gave_back, trade_sums
from connectors.taobao.orders import whole_trade
from connectors.taobao.payloads import TradePayload
from connectors.taobao.words import CURRENCY, TRADES, instant_of
from model.errors import MalformedError, RejectedError, TransientError
from model.records.days import ListedOrder

SOLD: Final = "taobao.trades.sold.get"
FIELDS: Final = "tid,type,status,created,modified,payment,post_fee,discount_fee,order_tax_fee,service_orders,orders"
TYPES: Final = "guarantee_trade,auto_delivery,ec,cod,step"
"""What the list of changes tells without being asked; of this list the descriptions do not agree whether sales in steps are among them."""
SHOWN: Final = timedelta(days=89)
"""The shortest three months, less a day: what was created within them is listed."""

_ROWS: Final = Rows(Listed("order", SOLD, "start_created", "end_created", "page_no", 100), "trades", "trade", FIELDS)


def list_day(
    http: Http, day: Window, page_size: int, types: str, statuses: Mapping[str, str], now: datetime
) -> Iterator[tuple[ListedOrder, ...]]:
    """Every trade created in the span; RejectedError of one that begins further back than Taobao lists."""
    if day.start < now - SHOWN:
        raise RejectedError(f"{SOLD}: the day {day.start:%Y-%m-%d} is too far back, Taobao lists trades of three months only")

    def sheet(_listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
        told = {**_ROWS.question(start, end, page, page_size), "type": types or TYPES}
        return ask(http, SOLD, told, lambda held: _ROWS.sheet(held, page, page_size))

    for page in walk((_ROWS.listed,), sheet, day, None):
        yield tuple(found for raw in page.slices if (found := _listed(http, raw, day, statuses)) is not None)


def _listed(http: Http, raw: bytes, day: Window, statuses: Mapping[str, str]) -> ListedOrder | None:
    """One row; None if it was created outside the span. A row without an id is asked for again."""
    tid = own_id(raw, b"tid")
    if tid is None:
        raise TransientError(f"{SOLD}: a row of the day names no trade")
    try:
        trade = read_payload(TradePayload, raw)
        placed_at = instant_of(trade.created)
        if not day.start <= placed_at < day.end:
            return None
        return ListedOrder(tid, placed_at, CURRENCY, _total(http, trade, statuses))
    except MalformedError:
        return ListedOrder(tid)


def _total(http: Http, trade: TradePayload, statuses: Mapping[str, str]) -> int | None:
    """What was bought, in fen; None where Taobao does not show the trade that would tell it."""
    status = standard("status", trade.status, TRADES, statuses)
    if not (trade.type == "cod" and gave_back(trade, status)):
        return trade_sums(trade, status).total
    try:
        whole = read_payload(TradePayload, whole_trade(http, trade.tid))
    except RejectedError as error:
        if not error.code.startswith("isv."):
            raise
        return None
    return trade_sums(whole, standard("status", whole.status, TRADES, statuses)).total
