"""Reading refunds, which Taobao lists by their own time of change and tells as wholes.

The list is read as that of trades. Which refunds it shows depends on the type of trade: without `type` only those of guaranteed and
automatically delivered trades are told, so the others are named. Money that goes back by Taobao's special ways (price protection, cash
back) stands in a list of its own, of the same form.
Source: https://open.taobao.com/api.htm?docId=52&docType=2, /docId=50106 (special)
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from connectors._kit import Http
from connectors._kit.stretches import Listed, Sheet, walk
from connectors.capabilities import RawPage, Window
from connectors.taobao.asking import Rows, ask

KIND: Final = "order-refund"
REFUNDS: Final = "taobao.refunds.receive.get"
SPECIAL: Final = "taobao.special.refunds.receive.get"
TYPES: Final = "guarantee_trade,auto_delivery,fixed,ec,cod,step"

_COMMON: Final = (
    "refund_id,tid,oid,status,created,modified,refund_fee,total_fee,payment,num,good_status,has_good_return,reason,order_status,"
    "refund_phase"
)
FIELDS: Final = f"{_COMMON},dispute_type"
SPECIAL_FIELDS: Final = f"{_COMMON},special_refund_type"


def _rows(method: str, fields: str) -> Rows:
    return Rows(Listed(KIND, method, "start_modified", "end_modified", "page_no", 100), "refunds", "refund", fields)


_LISTS: Final = (_rows(REFUNDS, FIELDS), _rows(SPECIAL, SPECIAL_FIELDS))


def refund_pages(http: Http, window: Window, page_size: int, resume: str | None, *, with_special: bool) -> Iterator[RawPage]:
    """Every refund that changed in the window, the special ones after the others."""
    lists = {rows.listed: rows for rows in (_LISTS if with_special else _LISTS[:1])}

    def sheet(listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
        rows = lists[listed]
        told = {**rows.question(start, end, page, page_size), "type": TYPES}
        return ask(http, listed.path, told, lambda held: rows.sheet(held, page, page_size))

    return walk(tuple(lists), sheet, window, resume)
