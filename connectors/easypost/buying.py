"""Buying a label: a shipment is made, which costs nothing, and then one of its rates is bought, which costs money.

EasyPost has no idempotency keys, and makes as many shipments of one reference as it is asked for; but it sells postage once for each
shipment (SHIPMENT.POSTAGE.EXISTS). So every attempt looks first, and pays for the oldest shipment of the reference: whoever else is at
it pays for the same one, and is refused.
Sources: https://docs.easypost.com/docs/shipments, /docs/errors and the list of error codes that it links to.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

from connectors._kit import Answer, Http, decoded
from connectors._kit.exchange import TurnedAwayError
from connectors.capabilities import Command, CommandFacts, Rate, Receipt
from connectors.easypost.searching import Shipment, shipments_of
from model.errors import RejectedError, TransientError

FACTS: Final = CommandFacts(provider_class="B", rate=Rate(Fraction(1), 1), read_lag=timedelta(minutes=5))
"""Class B: nothing stops a second shipment of our reference, but the first can be found. How soon a list shows what was made is not
documented, so there is room. A command asks for up to four lists, of which five a second are borne
(https://docs.easypost.com/guides/rate-limiting-guide)."""

LEFT_OPEN: Final = frozenset({"SHIPMENT.POSTAGE.EXISTS", "SHIPMENT.PURCHASE.IN_PROGRESS", "SHIPMENT.POSTAGE.NO_RESPONSE",
                              "SHIPMENT.POSTAGE.TIMED_OUT"})  # fmt: skip
"""Refusals of a purchase that may have happened all the same: somebody is at it, or the carrier has not answered yet."""
MOST_NAMED: Final = 20

_JSON_BODY: Final = {"Content-Type": "application/json"}


class _Wish(msgspec.Struct):
    """The body of a command; the shipment's own bytes are sent on as they are."""

    service: str
    decided_at: datetime
    shipment: msgspec.Raw


class _Offer(msgspec.Struct):
    """A rate: what one carrier asks for one of its services."""

    id: str
    carrier: str
    service: str
    rate: Decimal

    @property
    def name(self) -> str:
        """What the service is called in requests."""
        return f"{self.carrier} {self.service}"


class _Message(msgspec.Struct):
    """Why a carrier gave no rate; its own prose is not read."""

    carrier: str | None = None


def bought(http: Http, command: Command) -> Receipt:
    """The label of a command, bought now or before; RejectedError where nobody sells it."""
    wish = decoded(command.body, _Wish, "command")
    shipments = shipments_of(http, command.reference, wish.decided_at)
    if shipments and shipments[0].is_bought:
        return Receipt(shipments[0].id, is_repeat=True)
    shipment = shipments[0] if shipments else _made(http, command, wish)
    if shipment.is_bought:
        return Receipt(shipment.id, is_repeat=True)
    return _paid(http, shipment, _chosen(shipment, wish.service))


def found(http: Http, command: Command) -> Receipt | None:
    """The label that a command bought, if it did; a shipment without postage is none."""
    wish = decoded(command.body, _Wish, "command")
    shipments = shipments_of(http, command.reference, wish.decided_at)
    return Receipt(shipments[0].id, is_repeat=True) if shipments and shipments[0].is_bought else None


def _made(http: Http, command: Command, wish: _Wish) -> Shipment:
    """The oldest shipment of the reference once ours is made: ours, unless somebody else was quicker."""
    answer = http.submit("POST", "shipments", b'{"shipment":' + bytes(wish.shipment) + b"}", _JSON_BODY)
    made = decoded(answer.body, Shipment, "shipments")
    return next(iter(shipments_of(http, command.reference, wish.decided_at)), made)


def _chosen(shipment: Shipment, service: str) -> _Offer:
    """The cheapest rate of the service; several accounts with one carrier give several."""
    offers = decoded(bytes(shipment.rates), list[_Offer], "shipments: rates")
    wanted = " ".join(service.split()).casefold()
    fitting = [offer for offer in offers if offer.name.casefold() == wanted]
    if not fitting:
        raise RejectedError(f"service: {service[:60]!r} is not offered for this parcel{_instead(shipment, offers)}")
    return min(fitting, key=lambda offer: (offer.rate, offer.id))


def _instead(shipment: Shipment, offers: list[_Offer]) -> str:
    silent = {message.carrier for message in decoded(bytes(shipment.messages), list[_Message], "shipments: messages") if message.carrier}
    names = sorted({offer.name for offer in offers})
    told = f"; offered are {', '.join(names[:MOST_NAMED])}" if names else "; none is"
    return f"{told}; no rate came from {', '.join(sorted(silent)[:MOST_NAMED])}" if silent else told


def _paid(http: Http, shipment: Shipment, offer: _Offer) -> Receipt:
    """Buy a rate, once. Whatever it is refused for, postage that is there after all was bought before."""
    body = msgspec.json.encode({"rate": {"id": offer.id}})
    try:
        answer = http.submit("POST", f"shipments/{shipment.id}/buy", body, _JSON_BODY)
    except RejectedError as refusal:
        if _is_bought(http, shipment.id):
            return Receipt(shipment.id, is_repeat=True)
        if refusal.code in LEFT_OPEN:
            raise TransientError(f"shipments: the purchase is left open: {refusal}") from refusal
        raise
    if not decoded(answer.body, Shipment, "shipments: buy").is_bought:
        raise TransientError("shipments: buy: the answer shows no label")
    return Receipt(shipment.id)


def _is_bought(http: Http, shipment_id: str) -> bool:
    """What the shipment itself says; where it says nothing the purchase is left open, and certainly not turned away."""
    try:
        return http.get(f"shipments/{shipment_id}", read=_shipment).is_bought
    except (RejectedError, TurnedAwayError) as error:
        raise TransientError(f"shipments: cannot be looked up: {error}") from error


def _shipment(answer: Answer) -> Shipment:
    return decoded(answer.body, Shipment, "shipments")
