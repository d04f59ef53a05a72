"""From one Square order document to one record: a sale or an exchange is an Order, a pure return is a Return.

Square lines name no SKU, only the catalog's variation id, which stands in `variant_external_id`. Amounts: `mapping_money`;
returns: `mapping_returns`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from connectors._kit import notices, read_payload
from connectors._kit.words import meaning, standard
from connectors.square.mapping_money import LineAmounts, minor, sale_amounts
from connectors.square.mapping_returns import embedded_returns, own_return_state, quantity, return_record, tender_refunds
from connectors.square.payloads import Fulfilment, FulfilmentDetails, LineItem, OrderDocument, QuantityUnit, Recipient
from connectors.square.states import fulfilment_state, payment_state
from connectors.square.words import FULFILMENT_STATUS, RETURN_STATUS
from model.errors import MalformedError
from model.records.order import Order, OrderLine, Party, PartyRole
from model.records.shipment import Fulfilment as FulfilmentRecord
from model.records.shipment import FulfilmentLine, FulfilmentStatus, Return
from model.rules.order_sums import check_order
from model.values.instant import instant, micros
from model.values.money import decimal_amount
from model.values.quantity import PIECE

SHIPPED: Final = frozenset({"SHIPMENT", "DELIVERY"})


def read_order(raw: bytes, statuses: Mapping[str, str]) -> Order | Return:
    """The record of one order document; a document that only takes goods back from one sale is a Return."""
    document = read_payload(OrderDocument, raw)
    state = standard("status", document.state, RETURN_STATUS, statuses)
    if document.returns and not document.line_items and len(document.returns) == 1:
        return return_record(document, document.returns[0], statuses)
    return _order(document, state, statuses)


def read_signal(raw: bytes, statuses: Mapping[str, str]) -> Order:
    """Never a record: `order.created` and `order.updated` carry an id and a version, no figures; the order is fetched by that id."""
    del raw, statuses
    raise MalformedError("order-webhook: is a signal without figures; fetch the order by the id it names")


def currency_of(document: OrderDocument) -> str:
    """The document's one currency."""
    amounts = (document.total_money, *(rollup.total_money for rollup in (document.return_amounts, document.net_amounts) if rollup))
    for money in amounts:
        if money is not None:
            return money.currency
    raise MalformedError("total_money: is missing, so the document has no currency")


def _order(document: OrderDocument, state: str, statuses: Mapping[str, str]) -> Order:
    currency = currency_of(document)
    items = document.line_items or []
    uids = [line.uid or f"line-{place}" for place, line in enumerate(items, 1)]
    amounts = sale_amounts(document, uids, currency)
    fulfilments = tuple(_fulfilment(document, place, uids, statuses) for place in range(len(document.fulfillments or ())))
    shipped = _shipped_uids(document.fulfillments or [], uids)
    placed_at, updated_at = instant(document.created_at), instant(document.updated_at)
    closed_at = instant(document.closed_at) if document.closed_at else None
    return check_order(
        Order(
            external_id=document.id,
            number=document.reference_id or document.id,
            placed_at=placed_at,
            updated_at=updated_at,
            source_version=micros(updated_at),
            currency=currency,
            total_minor=amounts.total_minor,
            shipping_minor=0,
            tax_minor=amounts.tax_minor,
            charges_minor=amounts.charges_minor,
            discount_minor=amounts.discount_minor,
            shop_currency=currency,
            shop_total_minor=amounts.total_minor,
            payment_state=payment_state(document, state, amounts.total_minor, currency, statuses),
            fulfilment_state=fulfilment_state(document, state, statuses),
            return_state=own_return_state(document),
            source_status=_source_status(document),
            lines=tuple(
                _line(line, uid, split, currency, ships=uid in shipped) for line, uid, split in zip(items, uids, amounts.lines, strict=True)
            ),
            adjustments=amounts.adjustments,
            parties=_parties(document),
            refunds=tender_refunds(document, document.id, currency, statuses),
            fulfilments=fulfilments,
            returns=embedded_returns(document, statuses),
            cancelled_at=(closed_at or updated_at) if state == "CANCELED" else None,
            closed_at=closed_at,
            prices_include_tax=any(tax.type == "INCLUSIVE" for tax in document.taxes or ()),
            source_name=document.source.name if document.source else None,
            location_external_id=document.location_id,
            buyer_note=_buyer_note(document),
        )
    )


def _line(line: LineItem, uid: str, amounts: LineAmounts, currency: str, *, ships: bool) -> OrderLine:
    price = line.base_price_money
    return OrderLine(
        external_id=uid,
        title=line_title(line.name, line.variation_name, line.item_type),
        quantity=quantity(line.quantity, f"lines[{uid}].quantity"),
        total_minor=amounts.total_minor,
        tax_minor=amounts.tax_minor,
        unit=_unit(line.quantity_unit),
        unit_price=str(decimal_amount(minor(price, currency), currency)) if price else None,
        discount_minor=amounts.discount_minor,
        variant_external_id=line.catalog_object_id,
        requires_shipping=ships,
        is_gift_card=line.item_type == "GIFT_CARD",
    )


@lru_cache(maxsize=4096)
def line_title(name: str | None, variation: str | None, item_type: str | None) -> str:
    """What the receipt calls the line; an amount typed in at the till has no name."""
    title = name or (item_type or "ITEM").replace("_", " ").lower()
    return f"{title} ({variation})" if variation and variation != name else title


def _unit(unit: QuantityUnit | None) -> str:
    measure = unit.measurement_unit if unit else None
    if measure is None:
        return PIECE
    standard = measure.weight_unit or measure.volume_unit or measure.length_unit or measure.area_unit or measure.time_unit
    if standard:
        return standard.lower()
    return (measure.custom_unit.name if measure.custom_unit else None) or PIECE


def _source_status(document: OrderDocument) -> tuple[tuple[str, str], ...]:
    states = sorted({fulfilment.state or "" for fulfilment in document.fulfillments or ()})
    return (("order", document.state), *(("fulfilment", state) for state in states))


def _details(fulfilment: Fulfilment) -> FulfilmentDetails | None:
    return fulfilment.shipment_details or fulfilment.delivery_details or fulfilment.pickup_details


def _shipped_uids(fulfilments: list[Fulfilment], uids: list[str]) -> frozenset[str]:
    """The lines that travel; at the till there are none."""
    travelling = [fulfilment for fulfilment in fulfilments if fulfilment.type in SHIPPED]
    if any(not fulfilment.entries for fulfilment in travelling):
        return frozenset(uids)
    return frozenset(entry.line_item_uid for fulfilment in travelling for entry in fulfilment.entries or ())


def _fulfilment(document: OrderDocument, place: int, uids: list[str], statuses: Mapping[str, str]) -> FulfilmentRecord:
    fulfilment = (document.fulfillments or [])[place]
    details = _details(fulfilment) or FulfilmentDetails()
    named = f"fulfilments[{place}].quantity"
    if fulfilment.entries:
        carried = [(entry.line_item_uid, quantity(entry.quantity, named)) for entry in fulfilment.entries]
    else:
        carried = [(uid, quantity(line.quantity, named)) for uid, line in zip(uids, document.line_items or (), strict=True)]
    return FulfilmentRecord(
        external_id=fulfilment.uid or f"fulfilment-{place + 1}",
        status=_fulfilment_status(fulfilment, statuses),
        created_at=instant(details.placed_at or document.created_at),
        carrier=details.carrier or details.courier_provider_name or None,
        tracking_numbers=notices.tracking_numbers([details.tracking_number]),
        tracking_urls=(details.tracking_url,) if details.tracking_url else (),
        location_external_id=document.location_id,
        lines=tuple(FulfilmentLine(line_external_id=uid, quantity=count) for uid, count in carried),
    )


def _fulfilment_status(fulfilment: Fulfilment, statuses: Mapping[str, str]) -> FulfilmentStatus:
    """COMPLETED means handed over, except for a shipment, which has then only been given to the carrier."""
    status = meaning("fulfilments.status", fulfilment.state or "PROPOSED", FULFILMENT_STATUS, statuses)
    return "shipped" if status == "delivered" and fulfilment.type == "SHIPMENT" else status


def _parties(document: OrderDocument) -> tuple[Party, ...]:
    receivers = [(f.type, details.recipient) for f in document.fulfillments or () if (details := _details(f)) and details.recipient]
    parties = [_party("shipping" if kind in SHIPPED else "buyer", recipient) for kind, recipient in receivers[:1]]
    if document.customer_id and not any(party.role == "buyer" for party in parties):
        parties.insert(0, Party(role="buyer", external_id=document.customer_id))
    return tuple(parties)


def _party(role: PartyRole, recipient: Recipient) -> Party:
    address = recipient.address
    lines = (address.address_line_1, address.address_line_2, address.address_line_3) if address else ()
    return Party(
        role=role,
        external_id=recipient.customer_id or None,
        name=recipient.display_name or None,
        email=recipient.email_address or None,
        phone=recipient.phone_number or None,
        street=tuple(line for line in lines if line),
        city=address.locality or None if address else None,
        region=address.administrative_district_level_1 or None if address else None,
        postcode=address.postal_code or None if address else None,
        country=address.country or None if address else None,
    )


def _buyer_note(document: OrderDocument) -> str | None:
    notes = (details.note or details.shipping_note for f in document.fulfillments or () if (details := _details(f)))
    return next((note for note in notes if note), None)
