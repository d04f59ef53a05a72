"""What people see and say of parcels: one with its way, a word from the telephone, and that nothing more is to be done."""

from typing import Any, get_args

from sqlalchemy import Connection, select, update

from model.errors import ConfigError
from model.records.tracking import Tracked, TrackingEvent, TrackingState
from model.store import runs, tracking
from model.store.audit_trail import append
from model.store.fulfilments import FULFILMENT_ORDERS, SHIPMENTS, AnyRow
from model.store.order_rows import ORDERS
from operations.runtime.hub import Hub
from operations.said import reasoned

Shown = dict[str, Any]
STATES: tuple[TrackingState, ...] = get_args(TrackingState)


def shown_parcel(hub: Hub, number: str) -> list[Shown]:
    """Every shipment that a tracking number belongs to, with all that was told of its way, the newest first."""
    with hub.database.read() as connection:
        rows = _shipments(connection, number)
        events = tracking.last_events(connection, [row.id for row in rows])
        standing = tracking.standings(connection, rows)
    return [
        {"tracking_number": number, "carrier": row.carrier, "order": row.order_number, "fulfilment": row.fulfilment,
         "shipped_at": row.shipped_at, "expected_on": row.expected_on,
         "state": now.state if (now := standing.get((row.id, number))) else None,
         "events": [{"at": each.at, "state": each.state, "place": each.place, "message": each.message}
                    for each in events.get((row.id, number), ())]}
        for row in rows
    ]  # fmt: skip


def note_parcel(hub: Hub, number: str, state: str, message: str) -> None:
    """Keep what a person knows of a parcel, as the carrier said by telephone that it is lost; it counts like any event."""
    reasoned(message)
    if state not in STATES:
        raise ConfigError(f"--state {state!r}: is unknown; use one of {', '.join(STATES)}")
    at = hub.clock.now()
    word: TrackingState = state  # pyright: ignore[reportAssignmentType]  checked above
    told = Tracked(tracking_number=number, events=(TrackingEvent(at=at, state=word, message=message, code=f"by {hub.actor.id}"),))

    def work(connection: Connection) -> None:
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        rows = _shipments(connection, number)
        tracking.keep(connection, tracking.Heard({row.id: [told] for row in rows}), at=at)
        append(connection, hub.actor, "parcel note", number, {"state": state, "message": message}, at=at)

    hub.database.run(work)


def settle_parcel(hub: Hub, number: str, reason: str) -> None:
    """Say that nothing more is to be done about a parcel: it is no longer named until something new is told of it."""
    reasoned(reason)
    at = hub.clock.now()

    def work(connection: Connection) -> None:
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        ids = [row.id for row in _shipments(connection, number)]
        connection.execute(update(SHIPMENTS).where(SHIPMENTS.c.id.in_(ids)).values(settled_at=at))
        append(connection, hub.actor, "parcel settle", number, {"reason": reason}, at=at)

    hub.database.run(work)


def _shipments(connection: Connection, number: str) -> list[AnyRow]:
    """Shipments with this tracking number; ConfigError where there is none."""
    s = SHIPMENTS.c
    query = (
        select(SHIPMENTS, ORDERS.c.number.label("order_number"), FULFILMENT_ORDERS.c.reference.label("fulfilment"))
        .join(ORDERS, ORDERS.c.id == s.order_id)
        .join(FULFILMENT_ORDERS, FULFILMENT_ORDERS.c.id == s.fulfilment_order_id)
        .where(s.tracking_numbers.contains(f'"{number}"', autoescape=True))
        .order_by(s.shipped_at, s.id)
    )
    rows = [row for row in connection.execute(query) if number in tracking.numbers_of(row)]
    if not rows:
        raise ConfigError(f"parcel {number!r}: is not known; `entrepot parcel list` shows those that need care")
    return rows
