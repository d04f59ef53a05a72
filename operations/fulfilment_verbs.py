"""What people do about fulfilment orders: ship them by hand, call them off, and see which wait and why."""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from model.errors import ConfigError
from model.records.advice import AdvisedLine, AdvisedShipment, Freight
from model.store import advices, fulfilments, labels, outbox, runs
from model.store.audit_trail import append
from model.store.fulfilments import ASKED, FULFILMENT_ORDERS, OPEN, SHIPMENTS, AnyRow
from model.store.order_rows import ORDERS
from model.values.money import minor_units
from model.values.quantity import decimal_quantity
from operations.book_shipments import book_shipment
from operations.call_back import CAN_STOP, Recall, call_back
from operations.carriers import open_carriers
from operations.fulfilment_effects import call_off
from operations.reports import Report
from operations.runtime.hub import Hub
from operations.said import reasoned, units
from operations.shipment_notices import open_notifier

Shown = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandShipment:
    """Parcels that people sent: how they are told apart from others of the same fulfilment order, and how they can be followed."""

    parcel: str = "1"
    quantities: Mapping[str, str] | None = None
    """SKU to units; None: all that has not left."""
    carrier: str | None = None
    tracking_numbers: tuple[str, ...] = ()
    cost: str | None = None
    """What carrying cost, like `4.90 EUR`."""


def ship_by_hand(hub: Hub, reference: str, sent: HandShipment) -> bool:
    """Book that people sent a fulfilment order, or a part of it; false when this parcel was booked before."""
    at = hub.clock.now()
    with ExitStack() as stack:
        notifier = open_notifier(hub, stack)

        def work(connection: Connection) -> bool:
            runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
            asked = fulfilments.find(connection, _the(connection, reference).id)
            if fulfilments.shipment_id(asked.id, sent.parcel) in fulfilments.known_shipments(connection, asked.id):
                return False
            if asked.state not in (*CAN_STOP, "calling_back"):
                raise ConfigError(f"{reference}: is {asked.state}{f' ({asked.problem})' if asked.problem else ''}; nothing of it may leave")
            label = labels.find(connection, asked.id, sent.parcel)
            _check_labels(connection, asked, sent, has_label=label is not None and label.external_id is not None)
            told = _labelled(label, AdvisedShipment(
                external_id=sent.parcel, shipped_at=at, lines=_lines(connection, asked, sent.quantities), carrier=sent.carrier,
                tracking_numbers=sent.tracking_numbers, freight=_freight(sent.cost),
            ))  # fmt: skip
            book_shipment(connection, asked, told, notifier, at=at)
            append(connection, hub.actor, "fulfilment ship", reference, {"parcel": sent.parcel}, at=at)
            return True

        return hub.database.run(work)


def _check_labels(connection: Connection, asked: AnyRow, sent: HandShipment, *, has_label: bool) -> None:
    """Make sure that a label that was paid for is not forgotten: a ConfigError names its parcel."""
    known = fulfilments.known_shipments(connection, asked.id)
    unused = [
        row.parcel for row in labels.of_fulfilment(connection, asked.id)
        if row.external_id is not None and fulfilments.shipment_id(asked.id, row.parcel) not in known
    ]  # fmt: skip
    if unused and not has_label and not sent.tracking_numbers:
        raise ConfigError(f"{asked.reference}: parcel {unused[0]} has a label that was paid for; ship it with `--parcel {unused[0]}`, "
                          "or name the tracking number of another one with --tracking")  # fmt: skip


def _labelled(label: AnyRow | None, told: AdvisedShipment) -> AdvisedShipment:
    """The shipment, with what its label says where the person did not."""
    if label is None or label.tracking_number is None:
        return told
    freight = Freight(amount_minor=label.cost_minor, currency=label.cost_currency) if label.cost_minor is not None else None
    return replace(
        told, carrier=told.carrier or label.carrier, service=told.service or label.service, freight=told.freight or freight,
        tracking_numbers=told.tracking_numbers or (label.tracking_number,),
        tracking_urls=told.tracking_urls or ((label.tracking_url,) if label.tracking_url else ()),
    )  # fmt: skip


def call_off_by_hand(hub: Hub, reference: str, reason: str) -> str:
    """Have nothing more of a fulfilment order leave; gives how it stands then. One that was refused is over at once."""
    reasoned(reason)
    at, report = hub.clock.now(), Report("call off")
    with ExitStack() as stack:
        recall = Recall(hub, open_carriers(hub, stack, report, at=at), hub.sealer(), at)

        def work(connection: Connection) -> str:
            runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
            asked = fulfilments.find(connection, _the(connection, reference).id)
            if asked.state == "refused":
                _check_certain(connection, asked)
                outbox.withdraw(connection, asked.id, "submit_shipment", also_parked=True, at=at)
                call_off(connection, asked.id, reason, at=at)
            elif asked.state in CAN_STOP:
                call_back(connection, asked, reason, recall)
            else:
                raise ConfigError(f"{reference}: is {asked.state}; there is nothing to call off")
            append(connection, hub.actor, "fulfilment call off", reference, {"reason": reason}, at=at)
            return str(fulfilments.find(connection, asked.id).state)

        return hub.database.run(work)


def _check_certain(connection: Connection, asked: AnyRow) -> None:
    """Make sure that the partner does not have it after all: its goods would be sent twice."""
    sent = outbox.latest(connection, asked.id, "submit_shipment")
    if sent is not None and sent.state == "parked" and sent.is_unsure:
        raise ConfigError(
            f"{asked.reference}: nobody knows whether the partner has it; look there, then `entrepot outbox settle {sent.id}`"
        )


def waiting_fulfilments(hub: Hub, location: str | None = None, *, every: bool = False) -> list[Shown]:
    """Fulfilment orders under way (or all), urgent first, then by the day they shall have left."""
    f, o = FULFILMENT_ORDERS.c, ORDERS.c
    query = (
        select(f.reference, f.state, f.location_id, f.partner_id, f.is_urgent, f.ship_by, f.made_at, f.problem, o.account_id, o.number)
        .join(ORDERS, o.id == f.order_id)
        .order_by(f.is_urgent.desc(), f.ship_by, f.made_at, f.reference)
    )
    query = query if every else query.where(f.state.in_(OPEN))
    query = query.where(f.location_id == location) if location else query
    with hub.database.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def shown_fulfilment(hub: Hub, reference: str) -> Shown:
    """One fulfilment order with its lines and shipments."""
    with hub.database.read() as connection:
        asked = _the(connection, reference)
        lines = [
            {"line": row.line_external_id, "sku": row.sku, **{name: decimal_quantity(getattr(row, name)) for name in _COUNTS}}
            for row in fulfilments.asked_of(connection, asked.id)
        ]
        s = SHIPMENTS.c
        shipped = connection.execute(select(SHIPMENTS).where(s.fulfilment_order_id == asked.id).order_by(s.shipped_at)).mappings()
        parcels = [
            {"shipment": row["external_id"], "shipped_at": row["shipped_at"], "carrier": row["carrier"],
             "tracking_numbers": json.loads(row["tracking_numbers"]), "tracking": row["tracking_state"]}
            for row in shipped
        ]  # fmt: skip
        bought = [
            {"parcel": row.parcel, "label": row.reference, "service": row.service, "tracking_number": row.tracking_number,
             "state": "bought" if row.external_id else "refused" if row.problem else "asked for", "problem": row.problem}
            for row in labels.of_fulfilment(connection, asked.id)
        ]  # fmt: skip
    told = {name: getattr(asked, name) for name in ("reference", "state", "location_id", "partner_id", "is_urgent", "ship_by", "problem")}
    return {**told, "lines": lines, "shipments": parcels, "labels": bought}


def held_advices(hub: Hub) -> list[Shown]:
    """What partners told that could not be booked, with why and since when."""
    with hub.database.read() as connection:
        return advices.held(connection, [each.id for each in (*hub.file.partners, *hub.file.channels)])


_COUNTS = ("released", "shipped", "given_up")


def _the(connection: Connection, reference: str) -> AnyRow:
    found = fulfilments.named(connection, reference)
    if found is None:
        raise ConfigError(f"fulfilment order {reference!r}: is not known; `entrepot fulfilment list` shows those under way")
    return found


def _lines(connection: Connection, asked: AnyRow, quantities: Mapping[str, str] | None) -> tuple[AdvisedLine, ...]:
    if quantities is not None:
        return tuple(AdvisedLine(sku=sku, quantity=units(count, least=1)) for sku, count in quantities.items())
    a = ASKED.c
    rest: Sequence[Any] = connection.execute(select(ASKED).where(a.fulfilment_order_id == asked.id)).all()
    left = [(row, row.released - row.shipped - row.given_up) for row in rest]
    return tuple(AdvisedLine(sku=row.sku, quantity=count, line_reference=row.reference) for row, count in left if count)


def _freight(cost: str | None) -> Freight | None:
    if cost is None:
        return None
    amount, _, currency = cost.partition(" ")
    return Freight(amount_minor=minor_units(amount, currency.strip().upper()), currency=currency.strip().upper())
