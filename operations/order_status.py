"""Where an order is, in words its buyer may read: by its number and the e-mail address it was placed with, or by a token that only we make.

Nothing personal is told back: no name, no address, no money. An unknown order, a wrong address and a wrong token are told alike.
"""

import hmac
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from model.errors import RejectedError
from model.store import tracking
from model.store.fulfilments import SHIPMENT_LINES, SHIPMENTS, AnyRow
from model.store.order_rows import LINES, ORDERS, PARTIES, STATES
from model.store.returns import RETURN_ORDERS
from model.store.sealing import Sealer, normalised_email
from model.values.quantity import decimal_quantity
from operations.runtime.hub import Hub

UNKNOWN = "no order is known by this number and address"
_EVENTS = 20
"""Events told of one parcel, the newest."""
_WORDS = {
    "received": "in_preparation", "held": "in_preparation", "approved": "in_preparation", "allocated": "in_preparation",
    "part_allocated": "waiting_for_goods", "backordered": "waiting_for_goods", "released": "in_preparation",
    "part_shipped": "part_shipped", "shipped": "shipped", "delivered": "delivered", "closed": "delivered", "cancelled": "cancelled",
}  # fmt: skip
"""Our lifecycle, as far as it concerns the buyer."""

Shown = dict[str, Any]


def status_by_email(hub: Hub, number: str, email: str) -> Shown:
    """The status of the order of that number that was placed with this address; RejectedError where there is none, or not just one."""
    sealer = hub.sealer()
    wanted = sealer.index("email", normalised_email(email))
    with hub.database.read() as connection:
        o, p = ORDERS.c, PARTIES.c
        query = select(o.id).join(PARTIES, p.order_id == o.id).where(o.number == number.strip(), p.email_index == wanted).distinct()
        found = list(connection.execute(query).scalars())
        if len(found) != 1:
            raise RejectedError(UNKNOWN)
        return _status(connection, found[0])


def status_by_token(hub: Hub, token: str) -> Shown:
    """The status of the order that a token stands for; RejectedError for any other token."""
    order_id = token[:32]
    if not hmac.compare_digest(token.encode(), _token(hub.sealer(), order_id).encode()):
        raise RejectedError(UNKNOWN)
    with hub.database.read() as connection:
        if connection.execute(select(ORDERS.c.id).where(ORDERS.c.id == order_id)).first() is None:
            raise RejectedError(UNKNOWN)
        return _status(connection, order_id)


def status_token(hub: Hub, order_id: str) -> str:
    """The token of an order, for a link in a message to its buyer; it stays the same, and only this hub's master key makes it."""
    return _token(hub.sealer(), order_id)


def _token(sealer: Sealer, order_id: str) -> str:
    return f"{order_id}{sealer.index('order status', order_id)}"


def _status(connection: Connection, order_id: str) -> Shown:
    o, s = ORDERS.c, STATES.c
    order = connection.execute(select(o.number, o.placed_at, s.lifecycle).join(STATES, s.order_id == o.id).where(o.id == order_id)).one()
    lines = {
        row.external_id: row for row in connection.execute(select(LINES).where(LINES.c.order_id == order_id).order_by(LINES.c.position))
    }
    return {
        "number": order.number, "placed_on": order.placed_at.date(), "status": _WORDS[order.lifecycle],
        "items": [{"title": row.title, "quantity": decimal_quantity(row.quantity)} for row in lines.values() if row.quantity],
        "parcels": _parcels(connection, order_id, lines),
        "returns": _returns(connection, order_id),
    }  # fmt: skip


def _parcels(connection: Connection, order_id: str, lines: dict[str, AnyRow]) -> list[Shown]:
    c, n = SHIPMENTS.c, SHIPMENT_LINES.c
    shipments = connection.execute(select(SHIPMENTS).where(c.order_id == order_id).order_by(c.shipped_at, c.id)).all()
    standing = tracking.standings(connection, shipments)
    events = tracking.last_events(connection, [row.id for row in shipments])
    titles: dict[str, list[str]] = {}
    for row in connection.execute(select(n.shipment_id, n.line_external_id).join(SHIPMENTS).where(c.order_id == order_id).distinct()):
        titles.setdefault(row.shipment_id, []).append(lines[row.line_external_id].title)
    found: list[Shown] = []
    for row in shipments:
        for number in tracking.numbers_of(row) or [""]:
            now = standing.get((row.id, number))
            found.append(
                {"shipped_on": row.shipped_at.date(), "carrier": row.carrier, "tracking_number": number or None,
                 "status": now.state if now else "on_its_way", "expected_on": row.expected_on,
                 "holds": sorted(titles.get(row.id, ())), "events": _events(events.get((row.id, number), ()))}
            )  # fmt: skip
    return found


def _events(rows: Sequence[AnyRow]) -> list[Shown]:
    """When, what and in which place; the carrier's own words may name a person, so they are not told."""
    return [{"at": row.at, "status": row.state, "place": row.place} for row in rows[:_EVENTS]]


def _returns(connection: Connection, order_id: str) -> list[Shown]:
    c = RETURN_ORDERS.c
    rows = connection.execute(select(c.reference, c.state, c.opened_at).where(c.order_id == order_id).order_by(c.number))
    return [{"reference": row.reference, "status": row.state, "opened_on": row.opened_at.date()} for row in rows]
