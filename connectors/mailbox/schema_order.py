"""schema.org Order -> Order. Pure. What is not told is refused, or supposed and said so; nothing is made up silently."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from connectors._kit import read_payload
from connectors._kit.words import meaning
from connectors.mailbox.evidence import Evidence, amounts_written, quantities_written
from connectors.mailbox.payloads import Address, Charge, Offer, OrderPayload, Person, Product
from connectors.mailbox.slices import Slice
from model.errors import MalformedError, RejectedError
from model.records.order import Adjustment, Order, OrderLine, Party, PartyRole
from model.values.instant import instant as instant_of
from model.values.instant import micros, plausible
from model.values.money import minor_units
from model.values.quantity import thousandths

_STATES: Final[Mapping[str, str]] = {
    "OrderProcessing": "new", "OrderPaymentDue": "new", "OrderCancelled": "cancelled", "OrderDelivered": "under way",
    "OrderInTransit": "under way", "OrderPickupAvailable": "under way", "OrderReturned": "under way", "OrderProblem": "under way",
}  # fmt: skip
"""https://schema.org/OrderStatus"""
STATES: Final[Mapping[str, str]] = {
    f"{prefix}{word}": state for prefix in ("", "https://schema.org/", "http://schema.org/") for word, state in _STATES.items()
}
"""As markup writes them: alone, or as an address."""
_ONE: Final = 1000


@dataclass(frozen=True, slots=True)
class _Sold:
    """One line before it is one."""

    number: str
    product: Product
    price: Offer
    quantity: int | None
    path: str


def read_schema_order(told: Slice, arrived_at: datetime, statuses: Mapping[str, str]) -> Order:
    """The order under the sender's own number. MalformedError or RejectedError tell what cannot be read, and where."""
    payload = read_payload(OrderPayload, bytes(told.body))
    state = meaning("orderStatus", payload.status or "OrderProcessing", STATES, statuses)
    if state == "under way":
        raise RejectedError(f"orderStatus: {_bare(payload.status or '')} tells how an order goes on; only new and cancelled ones are taken")
    currency = _currency(payload)
    part = f"part {told.part.number} {told.part.name}" if told.part else "mail"
    evidence = Evidence(part, None if told.seen is None else told.seen.lower())
    evidence.told("number", "orderNumber", [payload.number])
    placed_at = _placed(payload.placed, told.zone, arrived_at, evidence)
    lines = tuple(_line(number, sold, currency, evidence) for number, sold in enumerate(_sold(payload), 1))
    shipping = [_charge(charge, currency, evidence) for charge in payload.charges]
    discount = _discount(payload, currency, evidence)
    parts = sum(line.total_minor for line in lines) + sum(each.amount_minor for each in shipping) - sum(d.amount_minor for d in discount)
    total = _total(payload, currency, parts, evidence)
    return Order(
        external_id=payload.number,
        number=payload.number,
        placed_at=placed_at,
        updated_at=arrived_at,
        source_version=micros(arrived_at),
        currency=currency,
        total_minor=total,
        shipping_minor=sum(each.amount_minor for each in shipping),
        tax_minor=0,
        charges_minor=0,
        discount_minor=sum(each.amount_minor for each in discount),
        shop_currency=currency,
        shop_total_minor=total,
        payment_state="unpaid",  # nobody is believed by mail that he has paid
        fulfilment_state="unfulfilled",
        source_status=(("status", _bare(payload.status)),) if payload.status else (),
        lines=lines,
        adjustments=(*shipping, *discount),
        parties=tuple(_parties(payload)),
        cancelled_at=arrived_at if state == "cancelled" else None,
        source_name="e-mail",
        sources=tuple(evidence.sources),
    )


def _bare(word: str) -> str:
    return word.rpartition("/")[2]


def _currency(payload: OrderPayload) -> str:
    """The one currency of the order; MalformedError where several are told, or none."""
    offers = [*payload.offers, *(offer for each in payload.positions if each.product for offer in each.product.offers)]
    told = {payload.currency, payload.discount_currency, *(each.currency for each in offers), *(each.currency for each in payload.charges)}
    told.discard(None)
    if len(told) != 1:
        raise MalformedError(f"priceCurrency: {'several are' if told else 'none is'} told; have the sender tell exactly one")
    return told.pop() or ""


def _placed(text: str | None, zone: str | None, arrived_at: datetime, evidence: Evidence) -> datetime:
    """When the order was placed; the mail's arrival where nobody says it, which is then a supposition."""
    if text is None:
        evidence.supposed("placed_at", "no orderDate is told, so the mail's arrival stands for it")
        return arrived_at
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedError("orderDate: is not an ISO 8601 date and time") from None
    if moment.tzinfo is not None:
        return instant_of(text)
    if zone is None:
        raise MalformedError("orderDate: tells no offset; declare the sender's zone under senders")
    return plausible(moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def _sold(payload: OrderPayload) -> Iterator[_Sold]:
    """What was ordered: the accepted offers, or the positions with the offers of their products; never both."""
    if not payload.offers and not payload.positions:
        raise MalformedError("acceptedOffer: is missing, so nothing is ordered")
    for place, offer in enumerate(payload.offers):
        path = f"acceptedOffer[{place}]"
        if offer.product is None:
            raise MalformedError(f"{path}.itemOffered: is missing")
        yield _Sold(str(place + 1), offer.product, offer, _count(offer.quantity), path)
    for place, each in enumerate(payload.positions if not payload.offers else ()):
        path = f"orderedItem[{place}]"
        if each.product is None or len(each.product.offers) != 1:
            raise MalformedError(f"{path}: tells not exactly one product with one offer, so its price is not known")
        offer = each.product.offers[0]
        yield _Sold(each.number or str(place + 1), each.product, offer, _count(each.quantity), f"{path}.orderedItem.offers")


def _count(quantity: object) -> int | None:
    return None if quantity is None else thousandths(str(quantity))


def _line(number: int, sold: _Sold, currency: str, evidence: Evidence) -> OrderLine:
    """A line at its price times its quantity, exactly."""
    path = f"lines[{number}]"
    if not sold.product.sku and not sold.product.name:
        raise MalformedError(f"{sold.path}.itemOffered: has neither sku nor name")
    if sold.price.price is None:
        raise MalformedError(f"{sold.path}.price: is missing")
    quantity = sold.quantity
    if quantity is None:
        evidence.supposed(f"{path}.quantity", f"{sold.path} tells no quantity, so one is supposed")
        quantity = _ONE
    else:
        evidence.told(f"{path}.quantity", f"{sold.path} quantity", quantities_written(quantity), _names(sold.product))
    if quantity <= 0:
        raise MalformedError(f"{sold.path}: its quantity is not above zero")
    if sold.price.price < 0:
        raise MalformedError(f"{sold.path}.price: is negative")
    minor_units(sold.price.price, currency)
    total = minor_units(sold.price.price * quantity / _ONE, currency)
    evidence.told(f"{path}.sku", f"{sold.path} product", _names(sold.product))
    return OrderLine(
        external_id=sold.number,
        title=sold.product.name or sold.product.sku or "",
        quantity=quantity,
        total_minor=total,
        tax_minor=0,
        sku=sold.product.sku or None,
        unit_price=str(sold.price.price),
    )


def _names(product: Product) -> list[str]:
    return [word for word in (product.sku, product.name) if word]


def _charge(charge: Charge, currency: str, evidence: Evidence) -> Adjustment:
    if _bare(charge.type) != "DeliveryChargeSpecification":
        raise MalformedError(f"priceSpecification: {_bare(charge.type)[:40]} is not read; only charges of delivery are")
    amount = minor_units(charge.price, currency)
    evidence.told("shipping", "priceSpecification", amounts_written(amount, currency))
    return Adjustment(kind="shipping", title="delivery", amount_minor=amount)


def _discount(payload: OrderPayload, currency: str, evidence: Evidence) -> list[Adjustment]:
    if payload.discount is None or not payload.discount:
        return []
    amount = minor_units(payload.discount, currency)
    evidence.told("discount", "discount", amounts_written(amount, currency))
    return [Adjustment(kind="discount", title="discount", amount_minor=amount, code=payload.discount_code)]


def _total(payload: OrderPayload, currency: str, parts: int, evidence: Evidence) -> int:
    """The stated total; the sum of the parts where none is, which is then a supposition."""
    if payload.price is None:
        evidence.supposed("total", "no price of the order is told, so its parts are summed")
        return parts
    total = minor_units(payload.price, currency)
    evidence.told("total", "price", amounts_written(total, currency))
    return total


def _parties(payload: OrderPayload) -> Iterator[Party]:
    if payload.customer is not None:
        yield _person(payload.customer)
    addresses: list[tuple[PartyRole, Address]] = [("shipping", each.address) for each in payload.delivery if each.address is not None]
    if len(addresses) > 1:
        raise MalformedError("orderDelivery: goes to several addresses; have the sender send one order for each")
    if payload.billing is not None:
        addresses.append(("billing", payload.billing))
    for role, address in addresses:
        street = tuple(line.strip() for line in (address.street or "").splitlines() if line.strip())
        name = address.name or (payload.customer.name if payload.customer else None)
        yield Party(
            role=role, name=name, street=street, city=address.city, region=address.region, postcode=address.postcode,
            country=address.country, email=payload.customer.email if payload.customer and role == "shipping" else None,
        )  # fmt: skip


def _person(person: Person) -> Party:
    is_company = _bare(person.type or "") in {"Organization", "LocalBusiness", "Corporation"}
    name, company = (None, person.name) if is_company else (person.name, None)
    return Party(role="buyer", name=name, company=company, email=person.email, phone=person.phone)
