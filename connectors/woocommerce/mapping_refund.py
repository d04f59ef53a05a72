"""A full WooCommerce refund document -> Refund: as it is read under its order, or apart from it (webhooks, dumps).

The document names no currency. Apart from its order it is taken from the `currency` that some extensions add, else from the word
`currency` among the translations that the caller hands in: the only door through which a fact of the account reaches a pure mapping.
Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#order-refund-properties
"""

import re
from collections.abc import Mapping

from connectors._kit import read_payload
from connectors.woocommerce.mapping import thousandths
from connectors.woocommerce.mapping_money import amounts_in, stated, whole_minor
from connectors.woocommerce.payloads import OrderRefundPayload, RefundLinePayload, RefundPayload
from model.errors import MalformedError
from model.records.payment import Refund, RefundLine
from model.values.instant import micros, utc_instant

_ORDER = re.compile(r"/orders/(\d+)/?\Z")


def read_refund(raw: bytes, statuses: Mapping[str, str]) -> Refund:
    """One refund from its raw slice; MalformedError where its order or currency cannot be told."""
    refund = read_payload(RefundPayload, raw)
    currency = refund.currency or statuses.get("currency")
    if not currency:
        raise MalformedError("currency: a refund of WooCommerce names none; read its order, which tells the refund too")
    return _record(refund, _order_id(refund), currency)


def read_order_refund(raw: bytes, statuses: Mapping[str, str]) -> Refund:
    """One refund that was read under its order; MalformedError where it speaks of another refund, order or currency."""
    del statuses
    told = read_payload(OrderRefundPayload, raw)
    refund, order_id = told.refund, str(told.order_id)
    if refund.id != told.id:
        raise MalformedError("refund.id: is not the id it was read by")
    if (refund.parent_id or (refund.links and refund.links.up)) and _order_id(refund) != order_id:
        raise MalformedError("refund.parent_id: is not the order it was read under")
    if refund.currency and refund.currency != told.currency:
        raise MalformedError("refund.currency: is not that of its order")
    return _record(refund, order_id, told.currency)


def _record(refund: RefundPayload, order_id: str, currency: str) -> Refund:
    """The record; a refund of this vendor never changes, so when it was made is its version. It does not tell what became of the goods."""
    if not refund.amount:
        raise MalformedError("amount: is empty")
    shipping = sum(whole_minor(line.total, currency) for line in refund.shipping_lines or ())
    created_at = utc_instant(refund.date_created_gmt)
    return Refund(
        external_id=str(refund.id),
        order_external_id=order_id,
        status="succeeded",
        amount_minor=abs(stated(refund.amount, amounts_in(currency), "amount")),
        currency=currency,
        created_at=created_at,
        reason=refund.reason or None,
        shipping_minor=-shipping,
        lines=tuple(_line(line, currency) for line in refund.line_items or ()),
        source_version=micros(created_at),
    )


def _order_id(refund: RefundPayload) -> str:
    if refund.parent_id:
        return str(refund.parent_id)
    targets = refund.links.up if refund.links else None
    found = _ORDER.search(targets[0].href) if targets else None
    if found is None:
        raise MalformedError("_links.up: the refund names no order, and parent_id is absent")
    return found[1]


def _line(line: RefundLinePayload, currency: str) -> RefundLine:
    return RefundLine(
        line_external_id=_refunded_line(line),
        quantity=abs(thousandths(line.quantity)),
        amount_minor=-whole_minor(line.total, currency),
        tax_minor=-whole_minor(line.total_tax, currency),
    )


def _refunded_line(line: RefundLinePayload) -> str:
    """The order line's id, which the shop keeps in the meta entry `_refunded_item_id`."""
    named = (entry.value for entry in line.meta_data or () if entry.key == "_refunded_item_id")
    value = next(named, None)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise MalformedError(f"line_items[{line.id}].meta_data: _refunded_item_id is missing")
    return str(value)
