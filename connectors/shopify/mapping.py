"""An order of the GraphQL Admin API as a canonical order. Pure: same payload in, same record out."""

from collections.abc import Mapping, Sequence

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.shopify import words
from connectors.shopify.mapping_goods import fulfilment_of, returns_of
from connectors.shopify.mapping_money import Bill, Charge, Line, Share, Shipping, Tax, parts_of
from connectors.shopify.mapping_payments import map_payment, map_refund
from connectors.shopify.mapping_people import parties_of
from connectors.shopify.payloads import DiscountAllocation, LineItem, MoneyBag, Order, ShippingLine, TaxLine
from connectors.shopify.terms import number, presented, reference
from model.records import order as records
from model.rules.order_sums import check_order
from model.values.instant import instant, micros
from model.values.money import minor_units


def read_order(raw: bytes, statuses: Mapping[str, str]) -> records.Order:
    """One order slice as a checked canonical order."""
    return map_order(read_payload(Order, raw), statuses)


def map_order(order: Order, statuses: Mapping[str, str]) -> records.Order:
    """The order in the buyer's currency, its total as agreed: before refunds, with everything an edit added."""
    currency, external_id = order.presentment_currency_code, number(order.id)
    updated_at = instant(order.updated_at)
    parts = parts_of(_bill(order, currency))
    financial = order.display_financial_status or "PENDING"
    fulfilment = order.display_fulfillment_status
    total = order.total_price_set
    return check_order(
        records.Order(
            external_id=external_id,
            number=order.name,
            placed_at=instant(order.processed_at or order.created_at),
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=currency,
            total_minor=presented(total, currency),
            shipping_minor=parts.shipping_minor,
            tax_minor=parts.tax_minor,
            charges_minor=parts.charges_minor,
            discount_minor=parts.discount_minor,
            shop_currency=total.shop_money.currency_code,
            shop_total_minor=minor_units(total.shop_money.amount, total.shop_money.currency_code),
            payment_state=meaning("status", financial, words.PAYMENT_STATES, statuses),
            fulfilment_state=meaning("status", fulfilment, words.FULFILMENT_STATES, statuses),
            return_state=_return_state(order, statuses),
            source_status=(("financial", financial), ("fulfilment", fulfilment)),
            lines=parts.lines,
            adjustments=parts.adjustments,
            parties=parties_of(
                order.customer,
                number(order.customer.id) if order.customer is not None else None,
                (order.email, order.phone),
                (order.shipping_address, order.billing_address),
            ),
            payments=tuple(
                map_payment(transaction, external_id) for transaction in order.transactions if transaction.kind not in words.NO_PAYMENTS
            ),
            refunds=tuple(map_refund(refund, external_id, currency, includes_tax=order.taxes_included) for refund in order.refunds),
            fulfilments=tuple(map(fulfilment_of, order.fulfillments)),
            returns=returns_of(order, order.returns.nodes, parts.lines) if order.returns is not None else (),
            cancelled_at=instant(order.cancelled_at) if order.cancelled_at else None,
            closed_at=instant(order.closed_at) if order.closed_at else None,
            prices_include_tax=order.taxes_included,
            is_disputed=any(dispute.status not in words.SETTLED_DISPUTES for dispute in order.disputes),
            is_test=order.test,
            source_name=order.source_name,
            location_external_id=reference(order.retail_location),
            buyer_note=order.note or None,
            tags=order.tags,
        )
    )


def _bill(order: Order, currency: str) -> Bill:
    return Bill(
        currency=currency,
        prices_include_tax=order.taxes_included,
        lines=[_line(line, currency) for line in order.line_items.nodes],
        shipping=[_shipping(line, currency) for line in order.shipping_lines.nodes],
        shipping_minor=presented(order.total_shipping_price_set, currency),
        charges=_charges(order, currency),
        tip_minor=presented(order.total_tip_received_set, currency),
        tax_minor=presented(order.total_tax_set, currency) if order.total_tax_set else None,
    )


def _line(line: LineItem, currency: str) -> Line:
    return Line(
        external_id=number(line.id),
        title=line.name,
        sku=line.sku or None,
        quantity=line.quantity,
        unit_minor=presented(line.original_unit_price_set, currency),
        shares=_shares(line.discount_allocations, currency),
        taxes=_taxes(line.tax_lines, currency),
        product_external_id=reference(line.product),
        variant_external_id=reference(line.variant),
        requires_shipping=line.requires_shipping,
        is_gift_card=line.is_gift_card,
    )


def _shipping(line: ShippingLine, currency: str) -> Shipping:
    return Shipping(
        line.title,
        line.code or None,
        presented(line.original_price_set, currency),
        _shares(line.discount_allocations, currency),
        _taxes(line.tax_lines, currency),
        line.is_removed,
    )


def _charges(order: Order, currency: str) -> Sequence[Charge]:
    """Fees, and duties unless they are inside the prices."""

    def charge(title: str, bag: MoneyBag | None, tax_lines: Sequence[TaxLine]) -> Charge:
        return Charge(title, presented(bag, currency) if bag is not None else 0, _taxes(tax_lines, currency))

    fee_taxes = [tax for fee in order.additional_fees for tax in fee.tax_lines]
    fees = charge("additional fees", order.original_total_additional_fees_set, fee_taxes)
    duty_taxes = [tax for line in order.line_items.nodes for duty in line.duties for tax in duty.tax_lines]
    return (fees,) if order.duties_included else (charge("duties", order.original_total_duties_set, duty_taxes), fees)


def _shares(allocations: Sequence[DiscountAllocation], currency: str) -> list[Share]:
    return [
        Share(
            applied.index,
            presented(allocation.allocated_amount_set, currency),
            words.is_order_level(applied.allocation_method, applied.target_selection),
            applied.code or applied.title or "discount",
            applied.code,
        )
        for allocation in allocations
        for applied in (allocation.discount_application,)
    ]


def _taxes(tax_lines: Sequence[TaxLine], currency: str) -> list[Tax]:
    return [Tax(tax.title, tax.rate, presented(tax.price_set, currency)) for tax in tax_lines]


def _return_state(order: Order, statuses: Mapping[str, str]) -> records.ReturnState:
    state = meaning("status", order.return_status, words.RETURN_STATES, statuses)
    if state == "part_returned" and all(line.current_quantity == 0 for line in order.line_items.nodes):
        return "returned"
    return state
