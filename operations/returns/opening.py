"""Open returns: by a person's word for lines or SKUs of an order; authorise, widen, give up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from sqlalchemy import Connection, select

from model.errors import ConfigError, RejectedError
from model.store import returns, runs
from model.store.audit_trail import append
from model.store.catalogue import listed_factors
from model.store.fulfilments import FULFILMENT_ORDERS, AnyRow, LinePart
from model.store.reservations import kit_parts
from model.store.returns import NewReturn
from model.store.review_facts import Candidate
from model.tables.returns import ReturnReason, ReturnWish
from operations.review_batch import Office, find_candidates, has_left, open_office
from operations.runtime.hub import Hub
from operations.said import reasoned, units
from operations.stock_policy import locations_of, meet_locations

REASONS: tuple[ReturnReason, ...] = get_args(ReturnReason)
WISHES: tuple[ReturnWish, ...] = get_args(ReturnWish)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asks for: lines in listed units, SKUs in units of their own; neither: everything that may still come back."""

    lines: Mapping[str, str] = field(default_factory=dict[str, str])
    skus: Mapping[str, str] = field(default_factory=dict[str, str])
    reason: str = "unwanted"
    wish: str = "refund"
    location: str | None = None


def open_return(hub: Hub, order_id: str, asked: Asked) -> str:
    """Authorise a return of an order; gives its reference. RejectedError for more than left and is not back yet."""
    reason, wish = _one_of(asked.reason, REASONS, "--reason"), _one_of(asked.wish, WISHES, "--wish")
    at, office = hub.clock.now(), open_office(hub)

    def work(connection: Connection) -> str:
        begin_returns(connection, hub)
        candidate = met(connection, order_id, office)
        location = _location(hub, asked.location) or usual_location(connection, hub, candidate)
        quantities = _wanted(connection, candidate, asked)
        new = NewReturn(order_id=order_id, location_id=location, quantities=quantities, reason=reason, wish=wish)
        opened = returns.add(connection, new, at=at)
        append(connection, hub.actor, "return open", opened.reference, {"reason": reason, "wish": wish}, at=at)
        return str(opened.reference)

    return hub.database.run(work)


def add_to_return(hub: Hub, reference: str, asked: Asked) -> None:
    """Expect more under a return, as when more came than was announced."""
    at, office = hub.clock.now(), open_office(hub)

    def work(connection: Connection) -> None:
        begin_returns(connection, hub)
        opened = the_return(connection, reference)
        candidate = met(connection, opened.order_id, office)
        if opened.state in ("cancelled", "requested"):
            mend = "open another one with `entrepot return open`" if opened.state == "cancelled" else "say yes to it first"
            raise ConfigError(f"{reference}: is {opened.state}; {mend}")
        more = _wanted(connection, candidate, asked)
        returns.add_lines(connection, opened, more, at=at)
        append(connection, hub.actor, "return add", reference, {sku: quantity for (_, sku), quantity in more.items()}, at=at)

    hub.database.run(work)


def authorise_return(hub: Hub, reference: str) -> None:
    """Say yes to a requested return; RejectedError for more than left and is not back yet."""
    at, office = hub.clock.now(), open_office(hub)

    def work(connection: Connection) -> None:
        begin_returns(connection, hub)
        opened = the_return(connection, reference)
        if opened.state != "requested":
            raise ConfigError(f"{reference}: is {opened.state.replace('_', ' ')}; only a requested return waits for a yes")
        met(connection, opened.order_id, office)
        returns.authorise(connection, opened.id, at=at)
        append(connection, hub.actor, "return authorise", reference, {}, at=at)

    hub.database.run(work)


def end_return(hub: Hub, reference: str, reason: str) -> str:
    """Expect nothing more under a return: refused, or what is missing will not come; gives how it stands then."""
    reasoned(reason)
    at = hub.clock.now()

    def work(connection: Connection) -> str:
        begin_returns(connection, hub)
        opened = the_return(connection, reference)
        if opened.state not in ("requested", "authorised", "part_received"):
            raise ConfigError(f"{reference}: is {opened.state}; nothing more is expected under it")
        returns.give_up(connection, opened, at=at)
        append(connection, hub.actor, "return end", reference, {"reason": reason}, at=at)
        return str(returns.find(connection, opened.id).state)

    return hub.database.run(work)


def begin_returns(connection: Connection, hub: Hub) -> None:
    """Make sure the store knows who acts and where goods lie."""
    at = hub.clock.now()
    runs.meet_actor(connection, hub.actor.id, hub.actor.name, at=at)
    meet_locations(connection, hub.file, at=at)


def the_return(connection: Connection, reference: str) -> AnyRow:
    """A return by its reference, its order locked; ConfigError names the list of them."""
    row = returns.named(connection, reference)
    if row is None:
        raise ConfigError(f"return {reference!r}: is not known; `entrepot return list` shows the open ones")
    return returns.find(connection, row.id)


def met(connection: Connection, order_id: str, office: Office) -> Candidate:
    """The order, locked, with what may come back of it brought to what left."""
    [candidate] = find_candidates(connection, [order_id], office)
    left = returns.left_parts(connection, order_id) or _told_left(connection, candidate)
    returns.meet_parts(connection, order_id, left)
    return candidate


def _told_left(connection: Connection, candidate: Candidate) -> dict[LinePart, int]:
    """What left of an order the hub never sent, as one from before it went live: by its channel's word."""
    if not candidate.state.is_history:
        return {}
    gone = {
        line.external_id: line.sku_quantity if has_left(candidate, line.external_id)
        else candidate.gone_lines.get(line.external_id, 0) * line.sku_quantity // line.quantity
        for line in candidate.lines
        if line.sku and line.takes_stock
    }  # fmt: skip
    sold = {line.external_id: line.sku for line in candidate.lines if line.sku}
    made_of = kit_parts(connection, sold.values())
    return {
        (line, part): quantity * needed // 1000
        for line, quantity in gone.items()
        for part, needed in made_of[sold[line]]
        if quantity
    }  # fmt: skip


def usual_location(connection: Connection, hub: Hub, candidate: Candidate) -> str:
    """Where an order's goods come back to: where they left from last, else the first place its channel sells from."""
    f = FULFILMENT_ORDERS.c
    query = select(f.location_id).where(f.order_id == candidate.order.id, f.state.in_(("shipped", "closed", "part_shipped")))
    last = connection.execute(query.order_by(f.number.desc()).limit(1)).scalar()
    known = [each.id for each in hub.file.locations]
    return last if last in known else locations_of(hub.file, hub.file.channel(candidate.order.account_id))[0]


def _location(hub: Hub, wanted: str | None) -> str | None:
    known = [each.id for each in hub.file.locations]
    if wanted is not None and wanted not in known:
        raise ConfigError(f"--to {wanted!r}: is no location of hub.toml; use one of {', '.join(known)}")
    return wanted


def _wanted(connection: Connection, candidate: Candidate, asked: Asked) -> dict[LinePart, int]:
    rest = returns.returnable(connection, candidate.order.id)
    if not asked.lines and not asked.skus:
        if not rest:
            raise RejectedError("nothing of this order may come back: nothing left, or all of it is back or expected back already")
        return rest
    wanted: dict[LinePart, int] = {}
    for line, count in asked.lines.items():
        for part, quantity in _parts_of_line(connection, candidate, line, count).items():
            wanted[part] = wanted.get(part, 0) + quantity
    for sku, count in asked.skus.items():
        free = {part: quantity - wanted.get(part, 0) for part, quantity in rest.items() if part[1] == sku}
        for part, quantity in spread(free, units(count, place=f"--sku {sku}", least=1), sku).items():
            wanted[part] = wanted.get(part, 0) + quantity
    return wanted


def _parts_of_line(connection: Connection, candidate: Candidate, line: str, count: str) -> dict[LinePart, int]:
    listed, found = units(count, place=f"--line {line}", least=1), {each.external_id: each for each in candidate.lines}
    facts = found.get(line)
    if facts is None or facts.sku is None:
        raise ConfigError(f"--line {line!r}: is no line of this order that sells a SKU; it has {', '.join(found)}")
    ratio = facts.sku_quantity * 1000 // facts.quantity if facts.quantity else 1000
    quantity = listed * listed_factors(connection, candidate.order.id).get(line, ratio) // 1000
    return {(line, part): quantity * needed // 1000 for part, needed in kit_parts(connection, [facts.sku])[facts.sku]}


def spread(free: Mapping[LinePart, int], quantity: int, sku: str) -> dict[LinePart, int]:
    """So much of a SKU over the lines that may still take it, in their order; RejectedError where they take less."""
    left, taken = quantity, dict[LinePart, int]()
    for part, room in sorted(free.items()):
        by = min(left, max(room, 0))
        left -= by
        if by:
            taken[part] = by
    if left:
        raise RejectedError(
            f"{sku}: more than left for this order and is not back or expected back already; `entrepot return list --order`"
        )
    return taken


def _one_of(word: str, words: tuple[str, ...], place: str) -> Any:  # noqa: ANN401  one of the words
    if word not in words:
        raise ConfigError(f"{place} {word!r}: is unknown; use one of {', '.join(words)}")
    return word
