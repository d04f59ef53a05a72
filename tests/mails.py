"""Mails for tests: orders as declared senders write them, proven by the receiving server unless a test says otherwise."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime

from connectors._kit import Wiring
from connectors._kit.base import unwired
from connectors.mailbox.connector import Mailbox
from connectors.mailbox.settings import Settings
from tests.mailbox import HERE, PASSWORD

AT = datetime(2030, 5, 1, 9, tzinfo=UTC)
OURS = "mx.example.com"
PASSED = f"{OURS}; dkim=pass header.d=north.example; dmarc=pass header.from=north.example"
LINE = r"^(?P<quantity>\d+) x (?P<sku>\S+) at (?P<unit_price>[\d.]+)$"
TEMPLATE = {
    "fields": {"number": r"^Order no: (\S+)$", "placed": r"^Placed: (.+)$", "total": r"^Total: ([\d.]+) EUR$"},
    "line": LINE,
    "currency": "EUR",
}
SETTINGS: dict[str, object] = {
    "host": HERE,
    "user": "orders@example.com",
    "password": PASSWORD,
    "is_plain": True,
    "authserv_id": OURS,
    "recipients": ["orders@example.com"],
    "senders": {
        "north": {"addresses": ["buying@north.example"], "later_mails": "newest"},
        "west": {"addresses": ["@west.example"], "form": "text", "zone": "Europe/Rome", "text": TEMPLATE},
    },
}

Line = tuple[str, int, str]
"""SKU, pieces, price of one."""


def mailbox(port: int, **more: object) -> Mailbox:
    """The connector, wired to a mailbox on loopback."""
    settings = Settings.model_validate({**SETTINGS, "port": port, **more})
    wiring = unwired()
    return Mailbox(settings, Wiring(wiring.transport, allow_hosts=frozenset({HERE}), now=lambda: datetime(2030, 5, 3, 12, tzinfo=UTC)))


def markup(number: str, lines: Sequence[Line], **more: object) -> dict[str, object]:
    """An order as schema.org has it."""
    offers = [
        {"@type": "Offer", "itemOffered": {"@type": "Product", "sku": sku, "name": f"Thing {sku}"}, "price": price, "priceCurrency": "EUR",
         "eligibleQuantity": {"@type": "QuantitativeValue", "value": pieces}}
        for sku, pieces, price in lines
    ]  # fmt: skip
    return {
        "@context": "https://schema.org", "@type": "Order", "orderNumber": number, "orderDate": "2030-04-30T10:00:00+02:00",
        "priceCurrency": "EUR", "price": str(total_of(lines)), "acceptedOffer": offers,
        "customer": {"@type": "Organization", "name": "North Clinic", "email": "buying@north.example"},
        "orderDelivery": {"@type": "ParcelDelivery", "deliveryAddress": {
            "@type": "PostalAddress", "name": "North Clinic", "streetAddress": "Long Lane 1", "addressLocality": "Berlin",
            "postalCode": "10115", "addressCountry": "DE"}},
        **more,
    }  # fmt: skip


def total_of(lines: Sequence[Line]) -> Decimal:
    """What lines cost together."""
    return sum((Decimal(price) * pieces for _, pieces, price in lines), Decimal(0))


def shown(number: str, lines: Sequence[Line]) -> str:
    """What a reader sees of an order."""
    rows = "".join(f"<p>{pieces} x {sku} at {price}</p>" for sku, pieces, price in lines)
    return f"<h1>Order {number}</h1>{rows}<p>Total {total_of(lines)} EUR</p>"


def letter(sender: str = "buying@north.example", *, results: str = PASSED, number: str = "1") -> EmailMessage:
    """A mail without a body, as it is once it was received."""
    message = EmailMessage()
    if results:
        message["Authentication-Results"] = results
    message["From"], message["To"], message["Subject"] = f"Buying <{sender}>", "orders@example.com", f"Order {number}"
    message["Date"], message["Message-ID"] = format_datetime(AT), f"<{number}@{sender.rpartition('@')[2]}>"
    return message


def order_mail(number: str = "PO-1", lines: Sequence[Line] = (("MUG", 2, "4.50"),), *, results: str = PASSED, **more: object) -> bytes:
    """A mail with an order in JSON-LD, and the same for a reader."""
    message = letter(results=results, number=number)
    message.set_content(f"Order {number}, see the other part.\n")
    script = json.dumps(markup(number, lines, **more))
    message.add_alternative(
        f'<html><body><script type="application/ld+json">{script}</script>{shown(number, lines)}</body></html>', subtype="html"
    )
    return sent(message)


def text_mail(number: str = "W-7", lines: Sequence[Line] = (("CUP", 3, "2.00"),), total: str | None = None) -> bytes:
    """A mail that is written for people."""
    message = letter("shop@west.example", number=number, results=f"{OURS}; dmarc=pass header.from=west.example")
    rows = "\n".join(f"{pieces} x {sku} at {price}" for sku, pieces, price in lines)
    message.set_content(f"Hello,\n\nOrder no: {number}\nPlaced: 2030-04-30 18:00\n{rows}\nTotal: {total or total_of(lines)} EUR\n")
    return sent(message)


def sent(message: EmailMessage) -> bytes:
    """The mail as it lies on a server."""
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
