"""An order as `orders/*` webhooks deliver it, in the same canonical order as the GraphQL answer gives.

What the REST shape does not carry cannot be told from it: payments (unless a dump adds transactions), returns, disputes, and whether
an order without parcels is on hold or in progress. The hub therefore fetches an order that a webhook names.
"""

from collections.abc import Mapping

from connectors._kit import notices, read_payload
from connectors._kit.words import meaning
from connectors.shopify import words
from connectors.shopify.mapping import read_order
from connectors.shopify.mapping_money import parts_of
from connectors.shopify.mapping_people import parties_of
from connectors.shopify.mapping_rest_bill import bill_of, stated
from connectors.shopify.mapping_rest_money import map_payment, map_refund
from connectors.shopify.payloads_rest import Fulfillment, Order
from model.records import order as records
from model.records.shipment import Fulfilment, FulfilmentLine
from model.rules.order_sums import check_order
from model.values.instant import instant, micros
from model.values.money import minor_units


def read_either_order(raw: bytes, statuses: Mapping[str, str]) -> records.Order:
    """An order in the shape it has: GraphQL as we ask for it, or REST as webhooks and older recordings hold it."""
    is_rest = b'"created_at"' in raw and b'"createdAt"' not in raw
    return read_webhook_order(raw, statuses) if is_rest else read_order(raw, statuses)


def read_webhook_order(raw: bytes, statuses: Mapping[str, str]) -> records.Order:
    """One order document as a checked canonical order."""
    return map_webhook_order(read_payload(Order, raw), statuses)


def map_webhook_order(order: Order, statuses: Mapping[str, str]) -> records.Order:
    """The order in the buyer's currency, its total as agreed: before refunds, with everything an edit added."""
    currency, external_id = order.presentment_currency or order.currency, str(order.id)
    updated_at = instant(order.updated_at)
    parts = parts_of(bill_of(order, currency))
    financial = (order.financial_status or "pending").upper()
    fulfilment = (order.fulfillment_status or "unfulfilled").upper()
    fulfilment = words.REST_FULFILMENTS.get(fulfilment, fulfilment)
    includes_tax = bool(order.taxes_included)
    return check_order(
        records.Order(
            external_id=external_id,
            number=order.name,
            placed_at=instant(order.processed_at or order.created_at),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=currency,
            total_minor=stated(order.total_price_set, order.total_price, currency, order.currency),
            shipping_minor=parts.shipping_minor,
            tax_minor=parts.tax_minor,
            charges_minor=parts.charges_minor,
            discount_minor=parts.discount_minor,
            shop_currency=order.currency,
            shop_total_minor=minor_units(order.total_price, order.currency),
            payment_state=meaning("status", financial, words.PAYMENT_STATES, statuses),
            fulfilment_state=meaning("status", fulfilment, words.FULFILMENT_STATES, statuses),
            source_status=(("financial", financial), ("fulfilment", fulfilment)),
            lines=parts.lines,
            adjustments=parts.adjustments,
            parties=parties_of(
                order.customer,
                _text(order.customer.id) if order.customer is not None else None,
                (order.email, order.phone),
                (order.shipping_address, order.billing_address),
            ),
            payments=tuple(
                map_payment(transaction, external_id, order.currency)
                for transaction in order.transactions
                if transaction.kind.upper() not in words.NO_PAYMENTS
            ),
            refunds=tuple(map_refund(refund, external_id, currency, order.currency, includes_tax=includes_tax) for refund in order.refunds),
            fulfilments=tuple(map(_fulfilment, order.fulfillments)),
            cancelled_at=instant(order.cancelled_at) if order.cancelled_at else None,
            closed_at=instant(order.closed_at) if order.closed_at else None,
            prices_include_tax=includes_tax,
            is_test=bool(order.test),
            source_name=order.source_name,
            location_external_id=_text(order.location_id),
            buyer_note=order.note or None,
            tags=tuple(tag for tag in (order.tags or "").split(", ") if tag),
        )
    )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _fulfilment(fulfilment: Fulfillment) -> Fulfilment:
    status = words.known(words.FULFILMENT_STATUSES, fulfilment.status.upper(), f"fulfillments[{fulfilment.id}].status")
    has_arrived = (fulfilment.shipment_status or "").upper() in words.ARRIVED
    return Fulfilment(
        external_id=str(fulfilment.id),
        status="delivered" if status == "shipped" and has_arrived else status,
        created_at=instant(fulfilment.created_at),
        carrier=fulfilment.tracking_company or None,
        tracking_numbers=notices.tracking_numbers(fulfilment.tracking_numbers),
        tracking_urls=fulfilment.tracking_urls,
        location_external_id=_text(fulfilment.location_id),
        lines=tuple(FulfilmentLine(line_external_id=str(line.id), quantity=line.quantity * 1000) for line in fulfilment.line_items),
    )
