"""Amazon order -> Order. Pure: the same payload always gives the same record.

Amazon knows one currency per order and no payments: the buyer pays Amazon, and the seller is paid by settlement. So an order that is no
longer pending tells one payment of its whole total. A pending order tells no amounts: it is taken in on hold, with all that it does tell,
so that its goods are kept for it; its amounts come with the change that makes it payable. What Amazon ships from its own warehouses
needs no shipping of ours. Source: model orders_2026-01-01, Order.
"""

from collections.abc import Mapping
from datetime import datetime

from connectors._kit import read_payload
from connectors._kit.words import meaning, standard
from connectors.amazon.mapping_money import ItemSums, Sums, is_replacement, order_sums
from connectors.amazon.payloads import Address, Item, OrderPayload, Package
from connectors.amazon.words import BY_AMAZON, ON_DELIVERY, OTHER_CHANNEL, PARCELS, STATES
from model.errors import MalformedError, RejectedError
from model.records.order import Order, OrderLine, Party, PaymentState
from model.records.payment import Payment
from model.records.shipment import Fulfilment, FulfilmentLine
from model.rules.order_sums import check_order
from model.values.instant import instant, micros

ASKED_TO_CANCEL = "CANCELLATION_REQUESTED"
"""The tag of an order of which somebody wants an item cancelled; whether it is, is the seller's to say."""


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """One order from its raw slice; MalformedError names what cannot be read or does not add up.

    RejectedError for what was sold elsewhere and is only sent by Amazon: it is an order of that other channel.
    """
    order = read_payload(OrderPayload, raw)
    if order.sales_channel.channel_name == OTHER_CHANNEL:
        raise RejectedError("salesChannel.channelName: is NON_AMAZON; an order of another channel, which Amazon only ships")
    state = standard("fulfillment.fulfillmentStatus", order.fulfillment.fulfillment_status, STATES, statuses)
    sums = order_sums(order, state, statuses)
    return check_order(_record(order, state, sums, statuses))


def _record(order: OrderPayload, state: str, sums: Sums, statuses: Mapping[str, str]) -> Order:
    placed_at, updated_at = _at("createdTime", order.created_time), _at("lastUpdatedTime", order.last_updated_time)
    payment_state = _payment_state(order, state)
    by_amazon = order.fulfillment.fulfilled_by == BY_AMAZON
    return Order(
        external_id=order.order_id,
        number=order.order_id,
        placed_at=placed_at,
        updated_at=updated_at,
        source_version=micros(updated_at),
        currency=sums.currency,
        total_minor=sums.total,
        shipping_minor=sums.of("shipping"),
        tax_minor=sums.of("tax"),
        charges_minor=sums.of("charge"),
        discount_minor=0,
        shop_currency=sums.currency,
        shop_total_minor=sums.total,
        payment_state=payment_state,
        fulfilment_state=STATES[state][1],
        source_status=(("fulfillment", order.fulfillment.fulfillment_status), ("by", order.fulfillment.fulfilled_by or "")),
        lines=tuple(_line(item, each, sums, by_amazon=by_amazon) for item, each in zip(order.order_items, sums.items, strict=True)),
        adjustments=sums.adjustments,
        parties=_parties(order),
        payments=_payments(order, sums, payment_state, placed_at, updated_at),
        fulfilments=tuple(_fulfilment(order, package, statuses) for package in order.packages or ()),
        cancelled_at=updated_at if state == "CANCELLED" else None,
        prices_include_tax=any(each.includes_tax for each in sums.items),
        source_name=order.sales_channel.marketplace_name or None,
        location_external_id=BY_AMAZON if by_amazon else None,
        buyer_note=_note(order),
        tags=_tags(order),
    )


def _payment_state(order: OrderPayload, state: str) -> PaymentState:
    """Paid to Amazon once it is no longer pending; what is paid on delivery, Amazon does not tell."""
    told = STATES[state][0]
    return "unpaid" if told == "paid" and ON_DELIVERY in _methods(order) else told


def _methods(order: OrderPayload) -> list[str]:
    told = (order.payment.payment_executions if order.payment else None) or ()
    return [each.payment_method for each in told if each.payment_method]


def _payments(order: OrderPayload, sums: Sums, state: PaymentState, placed_at: datetime, updated_at: datetime) -> tuple[Payment, ...]:
    if state != "paid" or not sums.total:
        return ()
    payment = Payment(
        external_id=f"order-{order.order_id}",
        order_external_id=order.order_id,
        kind="sale",
        status="succeeded",
        amount_minor=sums.total,
        currency=sums.currency,
        created_at=placed_at,
        updated_at=placed_at,
        source_version=micros(updated_at),
        gateway="amazon",
        method=", ".join(dict.fromkeys(_methods(order))) or None,
        reference=order.order_id,
    )
    return (payment,)


def _line(item: Item, each: ItemSums, sums: Sums, *, by_amazon: bool) -> OrderLine:
    price = item.product.price.unit_price if item.product.price else None
    if price and price.currency_code != sums.currency:
        raise MalformedError(f"orderItems[{item.order_item_id}].product.price: is in another currency than the order")
    return OrderLine(
        external_id=item.order_item_id,
        title=item.product.title or item.product.seller_sku or item.product.asin or "",
        quantity=item.quantity_ordered * 1000,
        total_minor=each.line,
        tax_minor=each.line_tax,
        sku=item.product.seller_sku or None,
        unit_price=price.amount if price else None,
        discount_minor=each.discount,
        variant_external_id=item.product.seller_sku or None,
        requires_shipping=not by_amazon,
    )


def _fulfilment(order: OrderPayload, package: Package, statuses: Mapping[str, str]) -> Fulfilment:
    where = f"packages[{package.package_reference_id[:40]}]"
    word = package.package_status.status if package.package_status else "SHIPPED"
    created = package.created_time or package.ship_time
    return Fulfilment(
        external_id=f"{order.order_id}-{package.package_reference_id}",
        status=meaning(f"{where}.packageStatus.status", word, PARCELS, statuses),
        created_at=_at(f"{where}.createdTime", created or order.last_updated_time),
        carrier=package.carrier or None,
        tracking_numbers=(package.tracking_number,) if package.tracking_number else (),
        lines=tuple(
            FulfilmentLine(line_external_id=each.order_item_id, quantity=each.quantity * 1000) for each in package.package_items or ()
        ),
    )


def _parties(order: OrderPayload) -> tuple[Party, ...]:
    buyer, address = order.buyer, order.recipient.delivery_address if order.recipient else None
    parties: list[Party] = []
    if buyer and (buyer.buyer_name or buyer.buyer_email or buyer.buyer_company_name):
        name, company = buyer.buyer_name or None, buyer.buyer_company_name or None
        parties.append(Party(role="buyer", name=name, company=company, email=buyer.buyer_email or None))
    if address and (address.name or address.address_line1 or address.city or address.postal_code):
        parties.append(_ship_to(address))
    return tuple(parties)


def _ship_to(address: Address) -> Party:
    lines = (address.address_line1, address.address_line2, address.address_line3, address.district_or_county, address.municipality)
    return Party(
        role="shipping",
        name=address.name or None,
        company=address.company_name or None,
        phone=address.phone or None,
        street=tuple(line for line in lines if line),
        city=address.city or None,
        region=address.state_or_region or None,
        postcode=address.postal_code or None,
        country=address.country_code or None,
    )


def _note(order: OrderPayload) -> str | None:
    """What the buyer wants told: to who opens the gift, and to who brings it."""
    packings = [item.fulfillment.packing for item in order.order_items if item.fulfillment and item.fulfillment.packing]
    notes = [packing.gift_option.gift_message for packing in packings if packing.gift_option]
    preference = order.recipient.delivery_preference if order.recipient else None
    notes.append(preference.address_instruction if preference else None)
    return "\n".join(dict.fromkeys(note for note in notes if note)) or None


def _tags(order: OrderPayload) -> tuple[str, ...]:
    asked = any(item.cancellation and item.cancellation.cancellation_request for item in order.order_items)
    replaces = ("REPLACEMENT",) if is_replacement(order) else ()
    return (*(order.programs or ()), *((ASKED_TO_CANCEL,) if asked else ()), *replaces)


def _at(where: str, text: str) -> datetime:
    try:
        return instant(text)
    except MalformedError as error:
        raise MalformedError(f"{where}: {error}") from None
