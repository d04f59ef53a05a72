"""Reading refunds, which Taobao lists by their own time of change and tells as wholes.

The list is read as that of trades. Which refunds it shows depends on the type of trade: without `type` only those of guaranteed and
automatically delivered trades are told, so the others are named.
Source: https://open.taobao.com/api.htm?docId=52&docType=2
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
TYPES: Final = "guarantee_trade,auto_delivery,fixed,ec,cod,step"

FIELDS: Final = (
    "refund_id,tid,oid,status,created,modified,refund_fee,total_fee,payment,num,good_status,has_good_return,reason,order_status,"
    "refund_phase,dispute_type"
)

_ROWS: Final = Rows(Listed(KIND, REFUNDS, "start_modified", "end_modified", "page_no", 100), "refunds", "refund", FIELDS)


def refund_pages(http: Http, window: Window, page_size: int, resume: str | None) -> Iterator[RawPage]:
    """Every refund that changed in the window."""

    def sheet(_listed: Listed, start: datetime, end: datetime, page: int) -> Sheet:
        told = {**_ROWS.question(start, end, page, page_size), "type": TYPES}
        return ask(http, REFUNDS, told, lambda held: _ROWS.sheet(held, page, page_size))

    return walk((_ROWS.listed,), sheet, window, resume)
