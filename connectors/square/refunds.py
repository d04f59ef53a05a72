"""Which sale a refund is of: a PaymentRefund names the document that Square wrote for the return, and that document the sale.

The documents of a page are asked for in one request. What they tell is told here as `mapping_returns` tells it, so that a refund read on
its own and the same one inside its return are one: the sale is the return's source, or the document itself where it sells as well
(an exchange), takes back from several sales, or is linked to none. Of a refund whose document is not there, or that names none, the
payment's order is the sale. A slice is an envelope of ours, with the refund's own bytes in it.

Not documented: whether `Order.refunds[].id` is the whole id of the PaymentRefund or what stands in it behind the payment's. Where the
return document tells the latter, that is the refund's id here too.
Source: https://developer.squareup.com/docs/orders-api/order-returns-exchanges, Square-Version 2025-08-20.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from connectors._kit import Answer, Http, enveloped, own_id
from connectors.square.paging import Told, read_batch, settled
from model.errors import RejectedError

KIND: Final = "order-refund"

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,192}", re.ASCII)


class _Refund(msgspec.Struct):
    order_id: str | None = None
    payment_id: str | None = None


class _Return(msgspec.Struct):
    source_order_id: str | None = None


class _TenderRefund(msgspec.Struct):
    id: str
    tender_id: str | None = None


class _Document(msgspec.Struct):
    id: str
    line_items: tuple[msgspec.Raw, ...] | None = None
    returns: tuple[_Return, ...] | None = None
    refunds: tuple[_TenderRefund, ...] | None = None


class _Payment(msgspec.Struct):
    order_id: str | None = None


class _PaymentAnswer(Told):
    payment: _Payment | None = None


def with_sales(http: Http, slices: Sequence[bytes]) -> tuple[bytes, ...]:
    """Each refund of a page in an envelope with its sale; one whose sale nobody tells is in it with none."""
    refunds = [_decoded(raw) for raw in slices]
    wanted = dict.fromkeys(refund.order_id for refund in refunds if refund.order_id)
    found = http.ask("v2/orders/batch-retrieve", {"order_ids": list(wanted)}, read=read_batch) if wanted else ()
    documents = {document.id: document for document in map(_document, found) if document}
    return tuple(_enveloped(http, raw, refund, documents) for raw, refund in zip(slices, refunds, strict=True))


def _sale_of(document: _Document) -> str:
    """The sale that a return document is of, as the mapping of orders takes it."""
    sources = [back.source_order_id for back in document.returns or ()]
    is_return = len(sources) == 1 and not document.line_items
    return (sources[0] if is_return else None) or document.id


def _enveloped(http: Http, raw: bytes, refund: _Refund, documents: Mapping[str, _Document]) -> bytes:
    document = documents.get(refund.order_id or "")
    sale = _sale_of(document) if document else _paid_order(http, refund)
    return enveloped(raw, "refund", id=_told_as(own_id(raw), document), order_id=sale)


def _told_as(refund_id: str | None, document: _Document | None) -> str | None:
    """The id under which the return document tells the refund; its own where it does not."""
    told = (document.refunds if document else None) or ()
    return next((each.id for each in told if f"{each.tender_id}_{each.id}" == refund_id), refund_id)


def _paid_order(http: Http, refund: _Refund) -> str | None:
    """The order of the refund's payment; None where there is no such payment."""
    if not refund.payment_id or not _ID.fullmatch(refund.payment_id):
        return None
    try:
        payment = http.get(f"v2/payments/{refund.payment_id}", read=_payment)
    except RejectedError as error:
        if not str(error).endswith(": 404 NOT_FOUND"):
            raise
        return None
    return payment.order_id if payment else None


def _payment(answer: Answer) -> _Payment | None:
    return settled(_PaymentAnswer, answer, "payments").payment


def _decoded(raw: bytes) -> _Refund:
    """What a refund names; one that cannot be read names nothing, and is given out all the same."""
    try:
        return msgspec.json.decode(raw, type=_Refund)
    except msgspec.DecodeError:
        return _Refund()


def _document(raw: bytes) -> _Document | None:
    try:
        return msgspec.json.decode(raw, type=_Document)
    except msgspec.DecodeError:
        return None
