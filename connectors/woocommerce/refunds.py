"""Refunds with their lines, of which the orders themselves tell no more than id, reason and sum.

The shop lists refunds under their order and not otherwise (the document of its routes knows `orders/{id}/refunds` alone), by the time of
their making and never of a change, as they do not change. A refund moves its order's `date_modified`. So the orders that changed in the
window are listed with nothing but their stubs of refunds, and those that have some are asked for them. A document tells no currency, and
before version 9 its order in a link only: a slice is an envelope of ours around it that tells both, in the vendor's own bytes.
Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#list-all-refunds
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Final

import msgspec

from connectors._kit import Http, enveloped, own_id
from connectors.capabilities import RawPage
from connectors.woocommerce.paging import Rows, Status, order_id_in, rows_at, walk
from model.errors import RejectedError

KIND: Final = "order-refund"
FIELDS: Final = "id,currency,refunds"
UNKNOWN: Final = ("woocommerce_rest_invalid_order_id", "woocommerce_rest_shop_order_invalid_id")
"""The shop's words for an order it no longer has; its refunds went with it."""


class _Stub(msgspec.Struct):
    id: int


class _Order(msgspec.Struct):
    currency: str | None = None
    refunds: tuple[_Stub, ...] | None = None


_ORDER = msgspec.json.Decoder(_Order)


def refund_pages(http: Http, window: Mapping[str, str | int], page_size: int, resume: str | None) -> Iterator[RawPage]:
    """The refunds by pages of the orders that they are of; an order that neighbouring pages share is asked once."""
    asked: set[int] = set()
    params = {**window, "_fields": FIELDS}
    for page in walk(partial(_orders, http, params), page_size, "order", resume):
        slices = chain.from_iterable(_refunds_of(http, raw, page_size, asked) for raw in page.slices)
        yield replace(page, kind=KIND, slices=tuple(slices))


def _refunds_of(http: Http, raw: bytes, page_size: int, asked: set[int]) -> tuple[bytes, ...]:
    """The refunds of one order, each once. An order without an id is given out as it is, so that it is set aside by name."""
    order_id = order_id_in(raw)
    if order_id is None:
        return (raw,)
    stubs, currency = _told(raw)
    if order_id in asked or stubs == ():
        return ()
    asked.add(order_id)
    listed = walk(partial(_listed, http, f"orders/{order_id}/refunds", page_size), page_size, "refund", None)
    try:
        found = dict.fromkeys(chain.from_iterable(page.slices for page in listed))
    except RejectedError as error:
        if any(word in str(error) for word in UNKNOWN):
            return ()
        raise
    return tuple(enveloped(refund, "refund", id=_id_in(refund), order_id=order_id, currency=currency) for refund in found)


def _id_in(refund: bytes) -> int | str | None:
    told = own_id(refund)
    return int(told) if told and told.isdigit() else told


def _told(raw: bytes) -> tuple[tuple[_Stub, ...] | None, str | None]:
    """What the order tells of its refunds, and its currency; of an order that cannot be read nothing is known, so it is asked."""
    try:
        order = _ORDER.decode(raw)
    except msgspec.DecodeError:
        return None, None
    return tuple(stub for stub in order.refunds or () if stub.id), order.currency


def _orders(http: Http, params: Mapping[str, str | int], listed: Status, offset: int) -> Rows:
    return http.get("orders", {**params, "status": listed, "offset": offset}, read=partial(rows_at, "orders", offset))


def _listed(http: Http, where: str, page_size: int, listed: Status, offset: int) -> Rows:
    """An order's refunds from an offset on; none of them lies in the trash."""
    if listed == "trash":
        return Rows(offset, (), 0)
    params = {"orderby": "id", "order": "asc", "per_page": page_size, "offset": offset}
    return http.get(where, params, read=partial(rows_at, where, offset))
