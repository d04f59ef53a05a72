"""Where parcels are: every carrier event once, and what all of them together say of a shipment and of its order.

Events are only added, and where a shipment is follows from all of them, so it does not matter in which order they are told.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import Connection, Table, bindparam, exists, or_, select, update

from model.records.tracking import Tracked, TrackingEvent, TrackingState
from model.rules.tracking import Standing, slowest, standing_of
from model.store.bulk import PrimitiveRow, among, insert_rows
from model.store.fulfilments import FULFILMENT_ORDERS, SHIPMENTS, AnyRow
from model.store.order_rows import STATES
from model.tables.fulfilment import TrackingEventRow
from model.values.ids import derive_id
from model.values.instant import iso

EVENTS = cast("Table", TrackingEventRow.__table__)
LABELLED_BEFORE = timedelta(days=14)
"""A parcel's way begins no longer before it left: what is older is told of another parcel, as carriers use their numbers again."""
ENDED = ("delivered", "returned", "lost")
"""States after which nobody asks any more."""


def due(connection: Connection, partners: Sequence[str], *, is_first: bool, before: datetime, since: datetime, limit: int) -> list[AnyRow]:
    """Shipments to ask after: of these partners, and with `is_first` also of all that nobody else in `partners` tracks; oldest asked first.

    `before`: not asked since then; `since`: left since then.
    """
    s, f = SHIPMENTS.c, FULFILMENT_ORDERS.c
    own = f.partner_id.in_(partners[:1])
    others = or_(f.partner_id.is_(None), f.partner_id.not_in(partners))
    query = (
        select(s.id, s.external_id, s.carrier, s.tracking_numbers, s.shipped_at, f.partner_id)
        .join(FULFILMENT_ORDERS, f.id == s.fulfilment_order_id)
        .where(or_(s.tracking_state.is_(None), s.tracking_state.not_in(ENDED)), s.tracking_numbers != "[]")
        .where(s.shipped_at >= since, or_(s.asked_at.is_(None), s.asked_at <= before), or_(own, others) if is_first else own)
        .order_by(s.asked_at.asc().nulls_first(), s.shipped_at, s.id)
        .limit(limit)
    )
    return list(connection.execute(query))


def numbers_of(shipment: AnyRow) -> list[str]:
    """The tracking numbers of a shipment."""
    return list(dict.fromkeys(json.loads(shipment.tracking_numbers)))


@dataclass(frozen=True, slots=True)
class Heard:
    """What was told of parcels, by shipment: tracking number to what is known of it."""

    by_shipment: Mapping[str, Sequence[Tracked]]

    @property
    def shipment_ids(self) -> list[str]:
        """Everything that was told of, in the one order."""
        return sorted(self.by_shipment)


def keep(connection: Connection, heard: Heard, *, at: datetime) -> int:
    """Add what is new, and bring shipments and orders to what all events say; gives how many events were new."""
    ids = heard.shipment_ids
    c = SHIPMENTS.c
    locked = connection.execute(select(SHIPMENTS).where(among(connection, c.id, ids)).order_by(c.id).with_for_update()).all()
    told = {
        _event_id(shipment_id, tracked.tracking_number, event): (shipment_id, tracked.tracking_number, event)
        for shipment_id, parcels in heard.by_shipment.items()
        for tracked in parcels
        for event in tracked.events
    }
    e = EVENTS.c
    known = set(connection.execute(select(e.id).where(among(connection, e.id, sorted(told)))).scalars())
    rows: list[PrimitiveRow] = [
        (key, shipment_id, number, iso(event.at), event.state, event.message, event.place, event.code, iso(at))
        for key, (shipment_id, number, event) in told.items()
        if key not in known
    ]
    insert_rows(connection, EVENTS, rows)
    _move_on(connection, locked, heard, at)
    return len(rows)


def _event_id(shipment_id: str, number: str, event: TrackingEvent) -> str:
    return derive_id(shipment_id, "event", number, iso(event.at), event.state, event.code or "", event.message)


def _move_on(connection: Connection, shipments: Sequence[AnyRow], heard: Heard, at: datetime) -> None:
    standing = standings(connection, shipments)
    changes = [
        {"one": row.id, "state": now.state if now else None, "since": now.at if now else None,
         "day": _expected(row, heard.by_shipment.get(row.id, ()))}
        for row in shipments
        for now in [slowest([standing.get((row.id, number)) for number in numbers_of(row)])]
    ]  # fmt: skip
    if not changes:
        return
    c = SHIPMENTS.c
    moved = update(SHIPMENTS).where(c.id == bindparam("one"))
    moved = moved.values(tracking_state=bindparam("state"), tracking_at=bindparam("since"), expected_on=bindparam("day"))
    connection.execute(moved, changes)
    deliver(connection, sorted({row.order_id for row in shipments}), at=at)


def _expected(shipment: AnyRow, parcels: Sequence[Tracked]) -> date | None:
    """The day on which the last parcel is to arrive: of several the latest ever told, of one what was told last."""
    told = max((each.expected_on for each in parcels if each.expected_on), default=None)
    known = shipment.expected_on if len(numbers_of(shipment)) > 1 or told is None else None
    return max((day for day in (told, known) if day), default=None)


def deliver(connection: Connection, order_ids: Sequence[str], *, at: datetime) -> None:
    """Orders that left whole and of which all parcels arrived are delivered; one of them sent back makes it only shipped again."""
    s, c = STATES.c, SHIPMENTS.c
    under_way = exists().where(c.order_id == s.order_id, or_(c.tracking_state.is_(None), c.tracking_state != "delivered"))
    these, has_left = among(connection, s.order_id, order_ids), exists().where(c.order_id == s.order_id)
    connection.execute(
        update(STATES).where(these, s.lifecycle == "shipped", ~s.is_open, has_left, ~under_way).values(lifecycle="delivered", changed_at=at)
    )
    connection.execute(update(STATES).where(these, s.lifecycle == "delivered", under_way).values(lifecycle="shipped", changed_at=at))


def standings(connection: Connection, shipments: Iterable[AnyRow]) -> dict[tuple[str, str], Standing]:
    """Where the parcels of shipments are, by shipment and tracking number; those that nobody has seen are left out."""
    e, c = EVENTS.c, SHIPMENTS.c
    query = select(e.shipment_id, e.tracking_number, e.at, e.state, c.shipped_at).join(SHIPMENTS, c.id == e.shipment_id)
    found: defaultdict[tuple[str, str], list[tuple[datetime, TrackingState]]] = defaultdict(list)
    for row in connection.execute(query.where(among(connection, e.shipment_id, sorted({each.id for each in shipments})))):
        if row.at >= row.shipped_at - LABELLED_BEFORE:
            found[(row.shipment_id, row.tracking_number)].append((row.at, row.state))
    return {parcel: now for parcel, events in found.items() if (now := standing_of(events)) is not None}


def last_events(connection: Connection, shipment_ids: Sequence[str]) -> dict[tuple[str, str], list[AnyRow]]:
    """All events by shipment and tracking number, the newest first."""
    e = EVENTS.c
    query = select(EVENTS).where(among(connection, e.shipment_id, list(shipment_ids))).order_by(e.at.desc(), e.seen_at.desc(), e.id)
    found: defaultdict[tuple[str, str], list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query):
        found[(row.shipment_id, row.tracking_number)].append(row)
    return dict(found)


def mark_asked(connection: Connection, shipment_ids: Sequence[str], *, at: datetime) -> None:
    """Note that somebody was asked after these."""
    connection.execute(update(SHIPMENTS).where(among(connection, SHIPMENTS.c.id, list(shipment_ids))).values(asked_at=at))


def unfinished(connection: Connection) -> list[AnyRow]:
    """Shipments that have tracking numbers and have not arrived, unless a person settled them and nothing was told since."""
    s, e = SHIPMENTS.c, EVENTS.c
    news = exists().where(e.shipment_id == s.id, e.seen_at > s.settled_at)
    query = (
        select(SHIPMENTS, FULFILMENT_ORDERS.c.reference.label("fulfilment"))
        .join(FULFILMENT_ORDERS, FULFILMENT_ORDERS.c.id == s.fulfilment_order_id)
        .where(or_(s.tracking_state.is_(None), s.tracking_state != "delivered"), s.tracking_numbers != "[]")
        .where(or_(s.settled_at.is_(None), news))
        .order_by(s.shipped_at, s.id)
    )
    return list(connection.execute(query))
