"""A refund of Taobao or Tmall -> Refund. It is always of one line (`oid`; of a trade of one line that is the trade's own id).

`num` is how many were bought, and nothing tells how many come back: where goods go back the number is told as not sure, so that a
person says; where none do, the refund is of money alone. Whether a line is still to be sent is told by the trade.
Source: https://open.taobao.com/api.htm?docId=52&docType=2
"""

from collections.abc import Mapping

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.taobao.payloads import RefundPayload
from connectors.taobao.words import CURRENCY, REFUNDS, fen, instant_of
from model.errors import MalformedError
from model.records.payment import Refund, RefundLine
from model.values.instant import micros

BACK = "BUYER_RETURNED_GOODS"


def read_refund(raw: bytes, statuses: Mapping[str, str]) -> Refund:
    """One refund from its raw slice; MalformedError names what cannot be read."""
    told = read_payload(RefundPayload, raw)
    amount = fen(told.refund_fee)
    if amount < 0 or not told.refund_fee:
        raise MalformedError("refund_fee: is no amount to be given back")
    return Refund(
        external_id=told.refund_id,
        order_external_id=told.tid,
        status=meaning("status", told.status, REFUNDS, statuses),
        amount_minor=amount,
        currency=CURRENCY,
        created_at=instant_of(told.created),
        reason=told.reason or None,
        lines=(_line(told, amount),),
        source_version=micros(instant_of(told.modified)),
    )


def _line(told: RefundPayload, amount: int) -> RefundLine:
    goods_back = told.has_good_return or told.good_status == BACK
    quantity = (told.num or 0) * 1000 if goods_back else 0
    return RefundLine(
        line_external_id=told.oid, quantity=quantity, amount_minor=amount, tax_minor=0, restock="unknown" if goods_back else "none"
    )
