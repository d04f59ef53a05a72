"""Book what warehouses say of fulfilment orders: what left is out of stock and told to its channel, what will not leave is held again."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from model.errors import RejectedError
from model.records.advice import AdvisedLine, AdvisedShipment, ShipmentAdvice
from model.store import fulfilments, outbox
from model.store.catalogue import LINE_STATES
from model.store.consumption import consume
from model.store.fulfilments import AnyRow, LinePart, counted
from model.store.rerouting import read_shelf
from model.store.reservations import shrink
from model.store.serving import look_again
from model.store.stock_levels import Move, move
from model.values.ids import derive_id
from model.values.quantity import decimal_quantity
from operations.fulfilment_effects import call_off
from operations.shipment_notices import Notifier
from operations.short_goods import follow_short_rule


def book_shipment_advice(connection: Connection, advice: ShipmentAdvice, partner_id: str, notifier: Notifier, *, at: datetime) -> None:
    """Bring a fulfilment order to what its partner says; RejectedError with the reason where that cannot be booked."""
    named = fulfilments.named(connection, advice.reference)
    if named is None or named.partner_id != partner_id:
        raise RejectedError(f"{advice.reference!r}: is no fulfilment order that {partner_id} was asked for")
    asked = fulfilments.find(connection, named.id)
    known = fulfilments.known_shipments(connection, asked.id)
    if undone := [name for name in advice.voided if fulfilments.shipment_id(asked.id, name) in known]:
        raise RejectedError(
            f"shipment {', '.join(undone)} was voided there after it was booked as having left; look there, and take goods that did not "
            "leave back in with `entrepot stock move return`"
        )
    for told in advice.shipments:
        if fulfilments.shipment_id(asked.id, told.external_id) not in known:
            book_shipment(connection, asked, told, notifier, at=at)
    _FOLLOW.get(advice.state, _goes_on)(connection, asked, advice, notifier, at)


def book_shipment(connection: Connection, asked: AnyRow, told: AdvisedShipment, notifier: Notifier, *, at: datetime) -> str:
    """One shipment: counted on its lines, out of stock, told to its channel; gives its row id."""
    parts = match_lines(fulfilments.asked_of(connection, asked.id), told.lines)
    before = _left(connection, asked.order_id)
    with counted(connection, [asked.order_id], at=at):
        shipment = fulfilments.add_shipment(connection, asked, told, parts, at=at)
    consume(connection, asked.order_id, asked.location_id, parts, shipment, at=at, actor_id=notifier.hub.actor.id)
    behind = _left(connection, asked.order_id)
    notifier.write(connection, asked.order_id, shipment, told, {line: (before.get(line, 0), left) for line, left in behind.items()})
    is_whole = all(row.shipped + row.given_up == row.released for row in fulfilments.asked_of(connection, asked.id))
    is_called_back = asked.state == "calling_back" and not is_whole
    state = "shipped" if is_whole else "calling_back" if is_called_back else "part_shipped"
    fulfilments.set_state(connection, asked.id, state, asked.problem if is_called_back else None, at=at)
    if is_whole:
        outbox.withdraw(connection, asked.id, "submit_cancel", also_parked=True, at=at)
    look_again(connection, [asked.order_id], at=at)
    return shipment


def match_lines(asked: Sequence[AnyRow], told: Sequence[AdvisedLine]) -> dict[LinePart, int]:
    """What left, by order line and SKU: by the line's reference where it is told, else the first lines of the SKU that still miss it.

    RejectedError where more left than was asked for and not given up: nothing of that is booked until a person has looked.
    """
    rest = {row.reference: row.released - row.shipped - row.given_up for row in asked}
    rows = {row.reference: row for row in asked}
    parts: dict[LinePart, int] = {}
    for line in told:
        missing = line.quantity
        for reference, row in rows.items():
            if row.sku != line.sku or line.line_reference not in (None, reference):
                continue
            taken = min(missing, rest[reference])
            if taken > 0:
                rest[reference] -= taken
                missing -= taken
                part = (row.line_external_id, row.sku)
                parts[part] = parts.get(part, 0) + taken
        if missing:
            raise RejectedError(
                f"{decimal_quantity(missing)} of {line.sku} left that nobody asked for, or that was called back; look there"
            )
    if not parts:
        raise RejectedError("a shipment without any goods; look there")
    return parts


def _left(connection: Connection, order_id: str) -> dict[str, int]:
    v = LINE_STATES.c
    return dict(connection.execute(select(v.line_external_id, v.issued).where(v.order_id == order_id)).tuples().all())


def _goes_on(connection: Connection, asked: AnyRow, advice: ShipmentAdvice, notifier: Notifier, at: datetime) -> None:
    state = fulfilments.find(connection, asked.id).state
    if advice.is_final and state == "calling_back":
        _ended(connection, asked, advice, notifier, at)
        return
    if advice.is_final:
        _close_short(connection, asked, advice, notifier, at)
        return
    if state == "released":
        fulfilments.set_state(connection, asked.id, "accepted", advice.reason if advice.state == "on_hold" else None, at=at)
    elif state in ("accepted", "part_shipped") and advice.state == "on_hold":
        fulfilments.set_state(connection, asked.id, state, f"is on hold there: {advice.reason or 'no reason told'}", at=at)
    elif state in ("accepted", "part_shipped") and advice.state == "shipped":
        problem = "is shipped there, but no parcel, or not all of it, was told of; look there for what left without a label"
        fulfilments.set_state(connection, asked.id, state, problem, at=at)


def _ended(connection: Connection, asked: AnyRow, advice: ShipmentAdvice, _notifier: Notifier, at: datetime) -> None:
    """It will ship no more of it: as we asked, or by its own decision, which a person looks at."""
    state = fulfilments.find(connection, asked.id).state
    if state == "calling_back":
        outbox.withdraw(connection, asked.id, "submit_cancel", also_parked=True, at=at)
        call_off(connection, asked.id, at=at)
    elif state in ("released", "accepted", "part_shipped"):
        problem = f"was {advice.state} there: {advice.reason or 'no reason told'}; call it off to have it shipped from elsewhere"
        fulfilments.set_state(connection, asked.id, "refused", problem, at=at)


def _close_short(connection: Connection, asked: AnyRow, advice: ShipmentAdvice, notifier: Notifier, at: datetime) -> None:
    """What was not found there is held back where it should lie until it is counted; its order may have it from elsewhere."""
    with counted(connection, [asked.order_id], at=at):
        missing = fulfilments.give_up(connection, asked.id)
    if not missing:
        return
    shelf = read_shelf(connection, [asked.order_id])
    cuts = [cut for part, quantity in missing.items() for cut in shelf.cuts(asked.order_id, part, asked.location_id, quantity)]
    moves = shrink(connection, cuts, at)
    found: dict[str, int] = {}
    for row, cut in cuts:
        found[row.sku] = found.get(row.sku, 0) + cut
    held = [
        Move(id=derive_id(asked.id, "short", sku), sku=sku, location=asked.location_id, kind="hold", held=quantity,
             reference=asked.reference, reason="was not found there when it was to be shipped; count it")
        for sku, quantity in found.items()
    ]  # fmt: skip
    move(connection, [*moves, *held], at=at, actor_id=notifier.hub.actor.id)
    has_shipped = bool(fulfilments.known_shipments(connection, asked.id))
    problem = f"short: {', '.join(f'{decimal_quantity(quantity)} of {sku}' for (_, sku), quantity in missing.items())}"
    reason = f"{problem} ({advice.reason})" if advice.reason else problem
    key_id = notifier.order_key(connection, asked.order_id)
    left_out = follow_short_rule(connection, notifier.hub, asked.order_id, missing, reason, key_id, at=at)
    reason = f"{reason}; {left_out}" if left_out else reason
    fulfilments.set_state(connection, asked.id, "closed" if has_shipped else "cancelled", reason, at=at)
    look_again(connection, [asked.order_id], at=at)


_FOLLOW: dict[str, Callable[[Connection, AnyRow, ShipmentAdvice, Notifier, datetime], None]] = {"cancelled": _ended, "refused": _ended}
