"""Book what partners told: each document in a transaction of its own; one that cannot be booked is held with its reason and tried again.

A person who mends what it lacks (a SKU, a location, a count) need do nothing more: the next run books it.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DataError, IntegrityError

from model.errors import ConfigError, ContractError, MalformedError, RejectedError
from model.records.advice import (
    Acknowledgement,
    AdjustedLine,
    AdjustmentAdvice,
    Condition,
    FreightBill,
    ReceiptAdvice,
    ShipmentAdvice,
    StockSnapshot,
)
from model.store import advices, fulfilments, leases, runs
from model.store.advices import AnyRow
from model.store.bulk import among
from model.store.catalogue import known_skus
from model.store.corrections import correct
from model.store.fulfilments import FULFILMENT_ORDERS, SHIPMENT_LINES, SHIPMENTS
from model.store.inbound import receive
from model.store.leases import Lease
from model.store.outbox import OUTBOX
from model.store.stock_levels import MOVEMENTS, Move, move
from model.tables.advice import AdviceKind
from model.tables.stock import MovementKind
from model.values.ids import derive_id
from model.values.quantity import decimal_quantity
from operations.book_freight import book_freight
from operations.book_shipments import book_shipment_advice
from operations.reports import Report, at_channel
from operations.returns.arriving import book_return_advice
from operations.runtime.hub import Hub
from operations.runtime.hub_file import Channel, Location, Partner
from operations.save_pages import constraint_of
from operations.shipment_notices import Notifier, open_notifier
from operations.stock_policy import meet_locations


@dataclass(frozen=True, slots=True)
class Counter:
    """What all bookings of one run share."""

    hub: Hub
    partner: Partner | Channel
    notifier: Notifier
    at: datetime

    def location(self, code: str | None) -> Location:
        """Our location that the partner ships from, by its code; RejectedError where it cannot be told."""
        own = [each for each in self.hub.file.locations if each.ships_by == self.partner.id and code in (None, each.code)]
        if len(own) != 1:
            what = f"code {code!r}" if code else "no code"
            raise RejectedError(f"{what}: tells no single location; set `ships_by` and `code` under [[locations]] in hub.toml")
        return own[0]


def book_advices(hub: Hub, partner: Partner | Channel) -> Report:
    """Book everything one partner, or a channel that is one, told; one document never stops another."""
    return at_channel(hub, partner, "book", ("booked", "held"), lambda lease, report: _book_all(hub, partner, lease, report))


def _book_all(hub: Hub, partner: Partner | Channel, lease: Lease, report: Report) -> None:
    at = hub.clock.now()

    def prepare(connection: Connection) -> list[AnyRow]:
        meet_locations(connection, hub.file, at=at)
        runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
        return advices.unbooked(connection, partner.id)

    waiting = hub.database.run(prepare)
    if not waiting:
        return
    with ExitStack() as stack:
        desk = Counter(hub, partner, open_notifier(hub, stack), at)
        for advice in waiting:
            problem = _book(hub, lease, advice, desk)
            report.counts["held" if problem else "booked"] += 1
            if problem and advice.booking_state is None:
                report.add(f"{advice.kind} {advice.external_id}: {problem}")


def _book(hub: Hub, lease: Lease, advice: AnyRow, desk: Counter) -> str | None:
    """Book one document, or hold it; gives why it is held."""

    def work(connection: Connection) -> None:
        leases.hold(connection, lease)
        remark = _BOOKED_BY[advice.kind](connection, advices.opened(advice), desk)
        advices.write_booking(connection, advice, "booked", remark, at=desk.at)

    def hold(connection: Connection, problem: str) -> None:
        leases.hold(connection, lease)
        advices.write_booking(connection, advice, "held", problem, at=desk.at)

    try:
        hub.database.run(work)
    except (RejectedError, MalformedError, ConfigError, ContractError) as error:
        problem = str(error)
    except (IntegrityError, DataError) as error:
        problem = f"the store refused it: {constraint_of(error)}"
    else:
        return None
    hub.database.run(partial(hold, problem=problem))
    return problem


def _shipment(connection: Connection, advice: ShipmentAdvice, desk: Counter) -> None:
    book_shipment_advice(connection, advice, desk.partner.id, desk.notifier, at=desk.at)


def _receipt(connection: Connection, advice: ReceiptAdvice, desk: Counter) -> str | None:
    """Goods that arrived are there, whether they were announced or not; of a delivery that was, so much is no longer expected."""
    location = desk.location(advice.location_code).id
    _check_skus(connection, {line.sku for line in advice.lines})
    moves = [
        Move(
            id=derive_id(desk.partner.id, "receipt", advice.external_id, str(place)), sku=line.sku, location=location, kind="receipt",
            on_hand=line.quantity, damaged=line.quantity if line.condition == "damaged" else 0,
            held=line.quantity if line.condition == "held" else 0, reference=advice.reference,
        )
        for place, line in enumerate(advice.lines)
    ]  # fmt: skip
    if move(connection, moves, at=desk.at, actor_id=desk.hub.actor.id) == 0:
        return None
    unannounced = [
        line.sku for line in advice.lines if not receive(connection, advice.reference, line.sku, location, line.quantity, desk.at)
    ]
    return f"was not announced: {', '.join(unannounced)}" if unannounced else None


def _return(connection: Connection, advice: ReceiptAdvice, desk: Counter) -> None:
    location = desk.location(advice.location_code).id
    book_return_advice(connection, advice, location, desk.partner.id, desk.hub)


def _adjustment(connection: Connection, advice: AdjustmentAdvice, desk: Counter) -> None:
    location = desk.location(advice.location_code).id
    _check_skus(connection, {line.sku for line in advice.lines})
    moves = [
        Move(
            id=derive_id(desk.partner.id, "adjustment", advice.external_id, str(place)), sku=line.sku, location=location,
            kind=_ADJUSTED_AS.get((line.condition, line.into), "adjust"), reference=advice.external_id, reason=line.reason,
            **_adjusted_by(line),
        )
        for place, line in enumerate(advice.lines)
    ]  # fmt: skip
    correct(connection, moves, at=desk.at, actor_id=desk.hub.actor.id)


_ADJUSTED_AS: Mapping[tuple[Condition, Condition | None], MovementKind] = {
    ("sellable", "damaged"): "damage", ("sellable", "held"): "hold", ("damaged", "sellable"): "repair", ("held", "sellable"): "unhold",
    ("held", "damaged"): "damage", ("damaged", "held"): "hold",
}  # fmt: skip


def _adjusted_by(line: AdjustedLine) -> dict[str, int]:
    """What a line changes: how much lies there, or only in which condition."""
    by = {"on_hand": line.quantity if line.into is None else 0, "damaged": 0, "held": 0}
    for condition, sign in ((line.condition, 1 if line.into is None else -1), (line.into, 1)):
        if condition in ("damaged", "held"):
            by[condition] += sign * line.quantity
    return by


def _snapshot(connection: Connection, advice: StockSnapshot, desk: Counter) -> None:
    """Compare with our book as it was then; what differs is held until a newer snapshot agrees, and never written over the book."""
    location = desk.location(advice.location_code).id
    ours = _booked_then(connection, location, {line.sku for line in advice.lines}, advice.taken_at)
    advices.overtake(connection, desk.partner.id, "snapshot", advice.told_at, at=desk.at)
    differs = [
        f"{line.sku}: {decimal_quantity(line.on_hand)} there, {decimal_quantity(ours.get(line.sku, 0))} here"
        for line in advice.lines
        if line.on_hand != ours.get(line.sku, 0)
    ]
    if differs:
        raise RejectedError(
            f"differs from our book of {location}: {'; '.join(differs)}; count there, or correct it with `entrepot stock adjust`"
        )


def _booked_then(connection: Connection, location: str, skus: set[str], then: datetime) -> dict[str, int]:
    """What our book said by then, less what had left by then and was booked only later."""
    m, s, v, f = MOVEMENTS.c, SHIPMENTS.c, SHIPMENT_LINES.c, FULFILMENT_ORDERS.c
    booked = (
        select(m.sku, func.sum(m.on_hand))
        .where(m.location_id == location, among(connection, m.sku, sorted(skus)), m.at <= then)
        .group_by(m.sku)
    )  # fmt: skip
    late = (
        select(v.sku, func.sum(v.quantity))
        .join(SHIPMENTS, s.id == v.shipment_id)
        .join(FULFILMENT_ORDERS, f.id == s.fulfilment_order_id)
        .where(f.location_id == location, among(connection, v.sku, sorted(skus)), s.shipped_at <= then, s.made_at > then)
        .group_by(v.sku)
    )
    found = {sku: int(quantity) for sku, quantity in connection.execute(booked)}
    for sku, quantity in connection.execute(late):
        found[sku] = found.get(sku, 0) - int(quantity)
    return found


def _acknowledgement(connection: Connection, advice: Acknowledgement, desk: Counter) -> None:
    """The partner took our document in, or will never act on it."""
    o = OUTBOX.c
    about = select(o.subject_id, o.operation, o.reference).where(
        o.account_id == desk.partner.id, o.external_id == advice.reference, o.state == "done"
    )
    found = connection.execute(about.where(o.operation != "submit_acknowledgement")).first()  # what acknowledges is never acknowledged
    if found is None:
        raise RejectedError(f"{advice.reference!r}: is no document that was sent to {desk.partner.id}")
    if not advice.is_accepted and found.operation == "submit_reply":
        told = ", ".join(advice.problems) or "no reason told"
        raise RejectedError(f"our answer {found.reference} was refused by its reader there: {told}; settle it with the partner")
    if not advice.is_accepted and found.operation == "submit_shipment":
        asked = fulfilments.find(connection, found.subject_id)
        if asked.state in ("released", "accepted"):
            problem = f"was refused by its reader there: {', '.join(advice.problems) or 'no reason told'}"
            fulfilments.set_state(connection, asked.id, "refused", problem, at=desk.at)


def _freight(connection: Connection, advice: FreightBill, desk: Counter) -> str | None:
    return book_freight(connection, advice, desk.partner.id)


def _check_skus(connection: Connection, skus: set[str]) -> None:
    unknown = sorted(skus - known_skus(connection, skus))
    if unknown:
        raise RejectedError(f"SKU {', '.join(unknown)}: is not known; import it with `entrepot masters import skus FILE`")


_BOOKED_BY: Mapping[AdviceKind, Callable[[Connection, Any, Counter], str | None]] = {
    "shipment": _shipment, "receipt": _receipt, "return": _return, "adjustment": _adjustment, "snapshot": _snapshot,
    "acknowledgement": _acknowledgement, "freight": _freight,
}  # fmt: skip
