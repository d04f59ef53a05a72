"""Reading trades: which of them changed is asked by time, and each is then asked for by itself, as lists leave much of a trade out.

Taobao shows a list newest first and counts its pages, and advises to read them from the last to the first, as a trade that changes moves
to the front. Here no second page is asked for as long as a stretch of time can be halved (`connectors._kit.stretches`), so that nothing
can move between pages at all; a list of ids costs next to nothing beside the trades themselves. Only within one full second are pages
counted, and that second begins anew where its total moves.
Source: https://open.taobao.com/api.htm?docId=128&docType=2 (increment), /docId=54 (one trade)
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from connectors._kit import Http, own_id
from connectors._kit.stretches import Listed, Sheet, walk
from connectors.capabilities import Lookup, RawPage, Window
from connectors.taobao.asking import SECOND, Rows, ask, part_of, total_in
from connectors.taobao.faults import NO_TRADE
from connectors.taobao.words import written_time
from model.errors import RejectedError

INCREMENT: Final = "taobao.trades.sold.increment.get"
TRADE: Final = "taobao.trade.fullinfo.get"
LONGEST: Final = timedelta(days=1)
"""No list is of a longer time."""

FIELDS: Final = (
    "tid,type,status,created,modified,pay_time,end_time,consign_time,payment,post_fee,total_fee,discount_fee,adjust_fee,"
    "buyer_cod_fee,order_tax_fee,alipay_no,step_trade_status,step_paid_fee,shipping_type,buyer_nick,buyer_open_uid,buyer_message,"
    "trade_from,seller_flag,oaid,receiver_name,receiver_country,receiver_state,receiver_city,receiver_district,receiver_town,"
    "receiver_address,receiver_zip,receiver_mobile,receiver_phone,top_hold,team_buy_hold,share_group_hold,ofp_hold,"
    "rx_audit_status,promotion_details,service_orders,orders"
)
"""What of a trade is asked for; the five fields of a receiver and `created` together bring the `oaid`."""

_ROWS: Final = Rows(Listed("order", INCREMENT, "start_modified", "end_modified", "page_no", 100), "trades", "trade", "tid")


def order_pages(http: Http, window: Window, page_size: int, types: str, resume: str | None) -> Iterator[RawPage]:
    """Every trade that changed in the window; one that neighbouring stretches share is asked for once."""
    asked: set[str] = set()
    more = {"type": types} if types else {}

    def sheet(_listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
        told = {**_ROWS.question(start, end, page, page_size), **more}
        return ask(http, INCREMENT, told, lambda held: _ROWS.sheet(held, page, page_size))

    for page in walk((_ROWS.listed,), sheet, window, resume):
        yield replace(page, slices=tuple(_trades(http, page.slices, asked)))


def _trades(http: Http, rows: Sequence[bytes], asked: set[str]) -> Iterator[bytes]:
    """The trades of listed ids. One that Taobao does not show all the same is told as that, and sets nothing but itself aside."""
    for row in rows:
        tid = own_id(row, b"tid")
        if tid is None:
            yield row
        elif tid not in asked:
            asked.add(tid)
            try:
                yield whole_trade(http, tid)
            except RejectedError as error:
                if not error.code.startswith("isv."):
                    raise
                yield msgspec.json.encode({"tid": int(tid), "refused": error.code})


def whole_trade(http: Http, tid: str) -> bytes:
    """One trade with all that is asked of it, in its own bytes; RejectedError by its name where Taobao does not show it."""
    told = {"fields": FIELDS, "tid": tid, "include_oaid": "true"}
    return ask(http, TRADE, told, lambda held: part_of(held, "trade", TRADE))


def orders_by_id(http: Http, ids: Sequence[str]) -> Lookup:
    """These trades as they are now; gone is what Taobao says does not exist, as a trade of more than three months ago may."""
    slices: list[bytes] = []
    gone: list[str] = []
    for tid in ids:
        if not (tid.isascii() and tid.isdigit()):
            raise RejectedError(f"orders: {tid[:40]!r} is no id of Taobao, which are numbers")
        try:
            slices.append(whole_trade(http, tid))
        except RejectedError as error:
            if error.code != NO_TRADE:
                raise
            gone.append(tid)
    return Lookup("order", tuple(slices), tuple(gone))


def count_orders(http: Http, window: Window, types: str) -> int:
    """How many trades Taobao says changed in the window, asked for by days."""
    start, total = window.start, 0
    more = {"type": types} if types else {}
    while start < window.end:
        end = min(start + LONGEST, window.end)
        told = {"fields": "tid", "start_modified": written_time(start), "end_modified": written_time(end - SECOND), "page_size": 1, **more}
        total += ask(http, INCREMENT, told, lambda held: total_in(held, INCREMENT))
        start = end
    return total
