"""Goods of returns arrive and are judged: into stock at once, each receipt once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from model.errors import ConfigError, RejectedError
from model.records.advice import Condition, ReceiptAdvice, ReceivedLine
from model.store import fulfilments, returns
from model.store.audit_trail import append
from model.store.fulfilments import AnyRow, LinePart
from model.store.returns import NewReturn
from model.store.stock_levels import Move, known_moves, move, moves_of
from model.values.ids import derive_id
from operations.returns.opening import begin_returns, met, spread, the_return
from operations.review_batch import open_office
from operations.runtime.hub import Hub
from operations.said import units


@dataclass(frozen=True, slots=True, kw_only=True)
class HandReceipt:
    """Goods that people received: how the parcel is told apart from others of the same return, and how the goods lie there."""

    parcel: str = "1"
    quantities: Mapping[str, str] | None = None
    """SKU to units; None: everything that is expected."""
    condition: str = "held"
    location: str | None = None


def receive_by_hand(hub: Hub, reference: str, received: HandReceipt) -> bool:
    """Book that goods of a return arrived; false when this parcel was booked before."""
    at = hub.clock.now()
    if received.condition not in ("sellable", "damaged", "held"):
        raise ConfigError(f"--condition {received.condition!r}: is unknown; use sellable, damaged or held")

    def work(connection: Connection) -> bool:
        begin_returns(connection, hub)
        asked = the_return(connection, reference)
        lines = _lines(connection, asked, received)
        location = received.location or asked.location_id
        if location not in [each.id for each in hub.file.locations]:
            raise ConfigError(f"--to {location!r}: is no location of hub.toml")
        arrival = Arrival(hub, location, f"{asked.id} {received.parcel}")
        if arrival.is_booked(connection) or not book_receipt(connection, asked, lines, arrival):
            return False
        append(connection, hub.actor, "return receive", reference, {"parcel": received.parcel}, at=at)
        return True

    return hub.database.run(work)


def _lines(connection: Connection, asked: AnyRow, received: HandReceipt) -> tuple[ReceivedLine, ...]:
    condition: Condition = received.condition  # pyright: ignore[reportAssignmentType]  checked above
    if received.quantities is not None:
        return tuple(
            ReceivedLine(sku=sku, quantity=units(count, place=f"--sku {sku}", least=1), condition=condition)
            for sku, count in received.quantities.items()
        )
    missing: dict[str, int] = {}
    for row in returns.lines_of(connection, asked.id):
        missing[row.sku] = missing.get(row.sku, 0) + row.wanted - row.received - row.given_up
    return tuple(ReceivedLine(sku=sku, quantity=count, condition=condition) for sku, count in missing.items() if count)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where goods arrived, by whose account, and what tells this receipt from every other."""

    hub: Hub
    location: str
    cause: str

    @property
    def at(self) -> datetime:
        """When it is booked."""
        return self.hub.clock.now()

    def move_id(self, place: int) -> str:
        """The row id of the movement of one of its lines: the same receipt moves stock once."""
        return derive_id(self.cause, "return", str(place))

    def is_booked(self, connection: Connection) -> bool:
        """Whether this receipt was booked before."""
        return bool(known_moves(connection, [self.move_id(0)]))


def book_receipt(connection: Connection, asked: AnyRow, lines: Sequence[ReceivedLine], arrival: Arrival) -> bool:
    """Goods of a return arrived: counted on its lines and into stock, once per cause; false when that was done before.

    RejectedError for goods that are not expected: nothing of that is booked until a person has looked.
    """
    moves = [
        Move(
            id=arrival.move_id(place), sku=line.sku, location=arrival.location, kind="return", on_hand=line.quantity,
            damaged=line.quantity if line.condition == "damaged" else 0, held=line.quantity if line.condition == "held" else 0,
            reference=asked.reference, reason=asked.reason,
        )
        for place, line in enumerate(lines)
    ]  # fmt: skip
    if arrival.is_booked(connection):
        _check_same(connection, lines, arrival)
        return False
    if asked.state not in ("authorised", "part_received"):
        raise RejectedError(f"{asked.reference}: is {asked.state.replace('_', ' ')}, so nothing is expected under it; {_mend(asked)}")
    if not lines:
        raise RejectedError(f"{asked.reference}: nothing arrived; name what did")
    _check_place(connection, asked, arrival.location)
    arrived, judged = _allotted(connection, asked, lines)
    returns.arrive(connection, asked, arrived, arrival.location, at=arrival.at)
    returns.judge(connection, asked, judged["sellable"], judged["damaged"], at=arrival.at)
    move(connection, moves, at=arrival.at, actor_id=arrival.hub.actor.id)
    return True


def _check_same(connection: Connection, lines: Sequence[ReceivedLine], arrival: Arrival) -> None:
    """A receipt that is told again tells the same; a RejectedError where it does not, so that somebody looks at the difference."""
    booked = {
        move.id: (move.sku, move.on_hand) for move in moves_of(connection, [arrival.move_id(place) for place in range(len(lines) + 1)])
    }
    told = {arrival.move_id(place): (line.sku, line.quantity) for place, line in enumerate(lines)}
    if booked != told:
        raise RejectedError("was booked with other goods before; count the difference there and book it with `entrepot stock adjust`")


def _check_place(connection: Connection, asked: AnyRow, location: str) -> None:
    """Goods wait to be judged at one place only: a RejectedError while some wait at another."""
    waits = any(row.received > row.sellable + row.damaged for row in returns.lines_of(connection, asked.id))
    if waits and location != asked.location_id:
        raise RejectedError(
            f"{asked.reference}: goods of it wait at {asked.location_id} to be judged; judge them with `entrepot return judge` first"
        )


def _mend(asked: AnyRow) -> str:
    if asked.state == "requested":
        return f"say yes with `entrepot return authorise {asked.reference}`"
    return f"expect more with `entrepot return add {asked.reference}`"


def _allotted(
    connection: Connection, asked: AnyRow, lines: Sequence[ReceivedLine]
) -> tuple[dict[LinePart, int], dict[Condition, dict[LinePart, int]]]:
    """What arrived on which line, and which of it is judged already."""
    missing = {(row.line_external_id, row.sku): row.wanted - row.received - row.given_up for row in returns.lines_of(connection, asked.id)}
    arrived: dict[LinePart, int] = {}
    judged: dict[Condition, dict[LinePart, int]] = {"sellable": {}, "damaged": {}, "held": {}}
    for line in lines:
        free = {part: count - arrived.get(part, 0) for part, count in missing.items() if part[1] == line.sku}
        try:
            taken = spread(free, line.quantity, line.sku)
        except RejectedError:
            raise RejectedError(f"{line.sku}: more arrived than {asked.reference} expects; {_mend(asked)}") from None
        for part, count in taken.items():
            arrived[part] = arrived.get(part, 0) + count
            judged[line.condition][part] = judged[line.condition].get(part, 0) + count
    return arrived, judged


def book_return_advice(connection: Connection, advice: ReceiptAdvice, location: str, partner_id: str, hub: Hub) -> None:
    """A partner received goods of a return: by our reference of it, or, unannounced, by that of the fulfilment order they left with."""
    arrival = Arrival(hub, location, f"{partner_id} {advice.external_id}")
    asked = returns.named(connection, advice.reference)
    if asked is not None:
        book_receipt(connection, returns.find(connection, asked.id), advice.lines, arrival)
        return
    sent = fulfilments.named(connection, advice.reference)
    if sent is None:
        raise RejectedError(
            f"{advice.reference!r}: is no return and no fulfilment order of ours; find its order, "
            "open a return with `entrepot return open` and receive the goods with `entrepot return receive`"
        )
    _book_unannounced(connection, advice, sent.order_id, arrival)


def _announced(connection: Connection, order_id: str, advice: ReceiptAdvice) -> AnyRow | None:
    """The one open return of the order that expects all of these goods, told by another name."""
    found = [each for each in returns.expecting(connection, order_id) if _expects(connection, each, advice)]
    return found[0] if len(found) == 1 else None


def _expects(connection: Connection, asked: AnyRow, advice: ReceiptAdvice) -> bool:
    missing: dict[str, int] = {}
    for row in returns.lines_of(connection, asked.id):
        missing[row.sku] = missing.get(row.sku, 0) + row.wanted - row.received - row.given_up
    told: dict[str, int] = {}
    for line in advice.lines:
        told[line.sku] = told.get(line.sku, 0) + line.quantity
    return all(missing.get(sku, 0) >= count for sku, count in told.items())


def _book_unannounced(connection: Connection, advice: ReceiptAdvice, order_id: str, arrival: Arrival) -> None:
    """Goods that nobody announced are here all the same: under a return of their own, which the first reading of the advice opens."""
    if arrival.is_booked(connection):
        _check_same(connection, advice.lines, arrival)
        return
    told_id = derive_id(arrival.cause, "unannounced")
    met(connection, order_id, open_office(arrival.hub))
    opened = _announced(connection, order_id, advice)
    if opened is None:
        rest = returns.returnable(connection, order_id)
        wanted: dict[LinePart, int] = {}
        for line in advice.lines:
            free = {part: count - wanted.get(part, 0) for part, count in rest.items() if part[1] == line.sku}
            for part, count in spread(free, line.quantity, line.sku).items():
                wanted[part] = wanted.get(part, 0) + count
        new = NewReturn(order_id=order_id, location_id=arrival.location, quantities=wanted, reason="other", told_id=told_id)
        opened = returns.add(connection, new, at=arrival.at)
    book_receipt(connection, opened, advice.lines, arrival)
