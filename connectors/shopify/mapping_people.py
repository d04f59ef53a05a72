"""Who bought, where it goes, who is billed: the same fields in both shapes."""

from connectors.shopify import payloads, payloads_rest
from model.records.order import Party, PartyRole

Customer = payloads.Customer | payloads_rest.Customer
Address = payloads.Address | payloads_rest.Address


def parties_of(
    customer: Customer | None,
    customer_id: str | None,
    contact: tuple[str | None, str | None],
    addresses: tuple[Address | None, Address | None],
) -> tuple[Party, ...]:
    """The buyer, with the order's own mail address and telephone as `contact`, then the shipping and the billing address."""
    email, phone = contact
    parties: list[Party] = []
    if customer is not None or email or phone:
        name = f"{customer.first_name or ''} {customer.last_name or ''}".strip() if customer is not None else ""
        parties.append(Party(role="buyer", external_id=customer_id, name=name or None, email=email or None, phone=phone or None))
    shipping, billing = addresses
    if shipping is not None:
        parties.append(_party("shipping", shipping))
    if billing is not None:
        parties.append(_party("billing", billing))
    return tuple(parties)


def _party(role: PartyRole, address: Address) -> Party:
    return Party(
        role=role,
        name=address.name or None,
        company=address.company or None,
        phone=address.phone or None,
        street=tuple(line for line in (address.address1, address.address2) if line),
        city=address.city or None,
        region=address.province_code or address.province or None,
        postcode=address.zip or None,
        country=address.country_code or None,
    )
