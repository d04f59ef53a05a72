"""WooCommerce order -> Order. Pure: the same payload always gives the same record.

WooCommerce knows one currency per order, no payments and no parcels: the payment is derived from `date_paid_gmt`, the axes of state from
the one status word, and refunds in an order carry no date, so theirs is the order's last change (the refund itself caused one). The
parcels are those that the hub itself told the order of (`notices`).
Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from connectors._kit import read_payload
from connectors._kit.words import standard
from connectors.woocommerce.mapping_money import Sums, order_sums, whole_minor
from connectors.woocommerce.mapping_notices import told_fulfilments
from connectors.woocommerce.payloads import Address, Line, OrderPayload
from model.records.order import FulfilmentState, Order, OrderLine, Party, PartyRole, PaymentState
from model.records.payment import MoneyStatus, Payment, Refund
from model.records.shipment import Fulfilment
from model.rules.order_sums import check_order
from model.values import quantity
from model.values.instant import micros, utc_instant

STATES: dict[str, tuple[PaymentState, FulfilmentState]] = {
    "checkout-draft": ("unpaid", "unfulfilled"),
    "pending": ("unpaid", "unfulfilled"),
    "failed": ("unpaid", "unfulfilled"),
    "on-hold": ("unpaid", "on_hold"),
    "processing": ("paid", "unfulfilled"),
    "completed": ("paid", "fulfilled"),
    "cancelled": ("voided", "unfulfilled"),
    "refunded": ("refunded", "unfulfilled"),
    "trash": ("voided", "unfulfilled"),
}
"""Payment and fulfilment per status word of the vendor, before dates and refunds are looked at."""

CANCELLED = frozenset({"cancelled", "trash"})
AFTER_COMPLETION = frozenset({"refunded", "trash"})
"""States into which an order goes with its goods gone, when it was completed before."""

thousandths = lru_cache(maxsize=1 << 12)(quantity.thousandths)


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """One order from its raw slice; MalformedError names what cannot be read or does not add up."""
    return order_record(_without_repeats(read_payload(OrderPayload, raw)), statuses, told_fulfilments(raw))


def _without_repeats(order: OrderPayload) -> OrderPayload:
    """The order with each line once: some shops list one line (one row of theirs, one id, the same in every field) several times."""
    lines = {line.id: line for line in order.line_items}
    if len(lines) == len(order.line_items) or any(line != lines[line.id] for line in order.line_items):
        return order
    return order.model_copy(update={"line_items": list(lines.values())})


def order_record(order: OrderPayload, statuses: Mapping[str, str], fulfilments: tuple[Fulfilment, ...] = ()) -> Order:
    """The canonical order of one payload, with the shipments that stand beside it."""
    status = standard("status", order.status, STATES, statuses)
    sums = order_sums(order)
    updated_at = utc_instant(order.date_modified_gmt)
    version = micros(updated_at)
    external_id = str(order.id)
    placed_at = utc_instant(order.date_created_gmt)
    paid_at = utc_instant(order.date_paid_gmt) if order.date_paid_gmt else None
    refunds = _refunds(order, external_id, updated_at)
    return check_order(
        Order(
            external_id=external_id,
            number=order.number or external_id,
            placed_at=placed_at,
            updated_at=updated_at,
            source_version=version,
            currency=order.currency,
            total_minor=sums.total,
            shipping_minor=sums.shipping,
            tax_minor=sums.tax,
            charges_minor=sums.charges,
            discount_minor=sums.discount,
            shop_currency=order.currency,
            shop_total_minor=sums.total,
            payment_state=_payment_state(order, status, refunds, sums.total),
            fulfilment_state=_fulfilment_state(order, status, fulfilments),
            source_status=(("status", order.status),),
            lines=tuple(map(_line, order.line_items, sums.totals, sums.taxes)),
            adjustments=sums.adjustments,
            parties=_parties(order),
            payments=_payments(order, sums, placed_at, paid_at, version),
            refunds=refunds,
            fulfilments=fulfilments,
            cancelled_at=updated_at if status in CANCELLED else None,
            closed_at=utc_instant(order.date_completed_gmt) if order.date_completed_gmt else None,
            prices_include_tax=bool(order.prices_include_tax),
            source_name=order.created_via or None,
            buyer_note=order.customer_note or None,
        )
    )


def _fulfilment_state(order: OrderPayload, status: str, fulfilments: tuple[Fulfilment, ...]) -> FulfilmentState:
    if status in AFTER_COMPLETION and order.date_completed_gmt:
        return "fulfilled"
    return "part_fulfilled" if fulfilments and STATES[status][1] != "fulfilled" else STATES[status][1]


def _payment_state(order: OrderPayload, status: str, refunds: tuple[Refund, ...], total: int) -> PaymentState:
    """The status word, corrected by what is known of money: refunds, the date of payment, and that cash on delivery is not paid yet."""
    if refunded := sum([refund.amount_minor for refund in refunds]):
        return "refunded" if refunded >= total else "part_refunded"
    state = STATES[status][0]
    if order.date_paid_gmt and state in {"unpaid", "voided"}:
        return "paid"
    return "unpaid" if state == "paid" and order.payment_method == "cod" and not order.date_paid_gmt else state


def _line(line: Line, total: int, tax: int) -> OrderLine:
    return OrderLine(
        external_id=str(line.id),
        title=line.name or "",
        quantity=thousandths(line.quantity),
        total_minor=total,
        tax_minor=tax,
        sku=line.sku or None,
        unit_price=line.price,
        product_external_id=str(line.product_id) if line.product_id else None,
        variant_external_id=str(line.variation_id) if line.variation_id else None,
    )


def _parties(order: OrderPayload) -> tuple[Party, ...]:
    billing, shipping = order.billing, order.shipping
    parties: list[Party] = []
    customer = str(order.customer_id) if order.customer_id else None
    if billing and (customer or billing.email or billing.last_name or billing.company):
        buyer = Party(
            role="buyer",
            external_id=customer,
            name=_name(billing),
            company=billing.company or None,
            email=billing.email or None,
            phone=billing.phone or None,
        )
        parties += [buyer, _party("billing", billing)]
    if shipping and (shipping.address_1 or shipping.last_name or shipping.city):
        parties.append(_party("shipping", shipping))
    return tuple(parties)


def _party(role: PartyRole, address: Address) -> Party:
    first, second = address.address_1, address.address_2
    return Party(
        role=role,
        name=_name(address),
        company=address.company or None,
        email=address.email or None,
        phone=address.phone or None,
        street=(first, second) if first and second else (first,) if first else (second,) if second else (),
        city=address.city or None,
        region=address.state or None,
        postcode=address.postcode or None,
        country=address.country or None,
    )


def _name(address: Address) -> str | None:
    return f"{address.first_name or ''} {address.last_name or ''}".strip() or None


def _payments(order: OrderPayload, sums: Sums, placed_at: datetime, paid_at: datetime | None, version: int) -> tuple[Payment, ...]:
    """What gift cards paid, and the rest as one sale on the day the order was paid.

    Ids are made of the order's: some gateways write one `transaction_id` into many orders, so that is only told as the reference.
    """
    payments = [
        _payment(order, f"gift-card-{order.id}-{card.id}", whole_minor(card.amount, order.currency), paid_at or placed_at, version)
        for card in order.gift_cards or ()
    ]
    rest = sums.total - sums.paid_by_cards
    if paid_at and rest:
        payments.append(_payment(order, f"order-{order.id}", rest, paid_at, version))
    return tuple(payments)


def _payment(order: OrderPayload, external_id: str, amount: int, at: datetime, version: int) -> Payment:
    by_card = external_id.startswith("gift-card-")
    status: MoneyStatus = "succeeded" if order.date_paid_gmt else "pending"
    return Payment(
        external_id=external_id,
        order_external_id=str(order.id),
        kind="sale",
        status=status,
        amount_minor=amount,
        currency=order.currency,
        created_at=at,
        updated_at=at,
        source_version=version,
        gateway="gift_card" if by_card else order.payment_method or None,
        method="gift_card" if by_card else order.payment_method_title or None,
        reference=None if by_card else order.transaction_id or None,
    )


def _refunds(order: OrderPayload, order_external_id: str, updated_at: datetime) -> tuple[Refund, ...]:
    if not order.refunds:
        return ()
    return tuple(
        Refund(
            external_id=str(stub.id),
            order_external_id=order_external_id,
            status="succeeded",
            amount_minor=abs(whole_minor(stub.total, order.currency)),
            currency=order.currency,
            created_at=updated_at,
            reason=stub.reason or None,
            is_outline=True,
        )
        for stub in order.refunds
        if stub.id
    )
