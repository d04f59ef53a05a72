"""Refunds, picked out of the seller's transactions: by the time at which they were posted, which never changes.

Transactions may turn up 48 hours late, so windows overlap by more than that. A deferred transaction and its release are two, with the
same money; the release names the other one, and is left out. A transaction names SKUs and no lines of the order, so the order is asked
for those: a slice is an envelope of ours around the transaction's own bytes, with the order's lines by SKU.
Source: model finances_2024-06-19, listTransactions; orders_2026-01-01, getOrder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded, own_id
from connectors._kit.http import Pause
from connectors.amazon.mapping_refund import KIND, REFUND
from connectors.amazon.notices import ORDER_ID, ORDERS
from connectors.amazon.paging import Listed, stamp_by, unhurried, walk, window_of
from connectors.amazon.words import GONE, ONE_ORDER
from connectors.capabilities import RawPage, Window
from model.errors import RejectedError

DEFERRED: Final = "DEFERRED_TRANSACTION_ID"


class _Related(msgspec.Struct, rename="camel"):
    related_identifier_name: str = ""
    related_identifier_value: str = ""


class _Transaction(msgspec.Struct, rename="camel"):
    transaction_type: str | None = None
    posted_date: str | None = None
    related_identifiers: tuple[_Related, ...] | None = None


class _Product(msgspec.Struct, rename="camel"):
    seller_sku: str | None = None


class _Item(msgspec.Struct, rename="camel"):
    order_item_id: str
    product: _Product


class _Order(msgspec.Struct, rename="camel"):
    order_items: tuple[_Item, ...]


class _Answer(msgspec.Struct):
    order: _Order


class _Line(msgspec.Struct):
    """A line of the order."""

    id: str
    sku: str | None


class _Head(msgspec.Struct):
    """What stands in the envelope before the transaction."""

    id: str | None
    lines: Sequence[_Line]


def _posted(raw: bytes) -> str | None:
    return msgspec.json.decode(raw, type=_Transaction).posted_date


_LISTED: Final = Listed(
    KIND, "finances/2024-06-19/transactions", "transactions", "postedAfter", "nextToken", stamp_by(_posted), interval_s=2
)


def refund_pages(http: Http, pause: Pause, window: Window, resume: str | None) -> Iterator[RawPage]:
    """The refunds of each page of transactions; of all marketplaces, as the account is one."""
    start, until = window_of(window)
    known: dict[str, tuple[_Line, ...]] = {}
    for page in walk(http, _LISTED, {"postedBefore": until}, start, window.end, resume):
        slices = [_enveloped(raw, _lines_of(http, pause, known, order_id)) for raw, order_id in _refunds(page.slices)]
        yield replace(page, slices=tuple(slices))


def _refunds(slices: Sequence[bytes]) -> Iterator[tuple[bytes, str | None]]:
    """The refunds among transactions, each with its order; one that cannot be read, or tells no type, is given out as it is."""
    for raw in slices:
        try:
            told = msgspec.json.decode(raw, type=_Transaction)
        except msgspec.DecodeError:
            yield raw, None
            continue
        related = {each.related_identifier_name: each.related_identifier_value for each in told.related_identifiers or ()}
        if told.transaction_type in {REFUND, None} and DEFERRED not in related:
            yield raw, related.get("ORDER_ID")


def _lines_of(http: Http, pause: Pause, known: dict[str, tuple[_Line, ...]], order_id: str | None) -> tuple[_Line, ...]:
    """The lines of an order, asked for once in a reading; none of one that Amazon does not show (any more).

    Behind so many orders as Amazon bears at once, each waits its turn.
    """
    if order_id is None or not ORDER_ID.fullmatch(order_id):
        return ()
    if order_id not in known:
        if len(known) >= ONE_ORDER.burst:
            pause.sleep(float(1 / ONE_ORDER.per_second))
        try:
            known[order_id] = unhurried(lambda: http.get(f"{ORDERS}/{order_id}", read=_lines_in), 2)
        except RejectedError as error:
            if error.code not in GONE:
                raise
            known[order_id] = ()
    return known[order_id]


def _lines_in(answer: Answer) -> tuple[_Line, ...]:
    return tuple(_Line(item.order_item_id, item.product.seller_sku) for item in decoded(answer.body, _Answer, ORDERS).order.order_items)


def _enveloped(raw: bytes, lines: Sequence[_Line]) -> bytes:
    head = msgspec.json.encode(_Head(own_id(raw, b"transactionId"), lines))
    return head[:-1] + b',"transaction":' + raw + b"}"
