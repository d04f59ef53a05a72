"""Returns that channels tell of: opened here once each, so that the goods are expected; what cannot be expected waits for a person."""

from collections import defaultdict
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, literal, select

from model.errors import HubError, RejectedError
from model.store import returns
from model.store.catalogue import LINE_STATES, SKUS, listed_factors
from model.store.fulfilments import AnyRow, LinePart
from model.store.order_rows import REFUND_LINES, REFUNDS, RETURN_LINES, RETURNS
from model.store.reservations import kit_parts
from model.store.returns import RETURN_ORDERS, NewReturn
from model.store.review_facts import Candidate
from operations.reports import Report
from operations.returns.opening import begin_returns, met, usual_location
from operations.review_batch import Office, open_office
from operations.runtime.hub import Hub

ASKED_FOR = "its channel asks whether these goods may come back"


def meet_told_returns(hub: Hub) -> Report:
    """Open a return for each that a channel tells of goods that left our stock, and end those it calls off."""
    report, office = Report("returns"), open_office(hub)
    report.counts.update(opened=0, requested=0, ended=0)
    hub.database.run(lambda connection: begin_returns(connection, hub))
    with hub.database.read() as connection:
        told = [*connection.execute(_told_returns()), *connection.execute(_told_by_refunds())]
        off = connection.execute(_called_off()).scalars().all()
    for each in told:
        try:
            state = hub.database.run(partial(_open, hub=hub, told=each, office=office))
        except HubError as error:
            report.add(f"return {each.external_id}: {error}")
        else:
            report.counts["requested" if state == "requested" else "opened"] += 1
    for return_id in off:
        hub.database.run(partial(_end, return_id=return_id, hub=hub))
        report.counts["ended"] += 1
    return report


def _ours(order_id: ColumnElement[str], line: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether goods of a line left our stock; those of others, and what nobody counts, come back to them."""
    v = LINE_STATES.c
    return exists().where(v.order_id == order_id, v.line_external_id == line, v.issued > 0, SKUS.c.code == v.sku, SKUS.c.is_tracked)


def _told_returns() -> Select[tuple[Any, ...]]:
    t, n = RETURNS.c, RETURN_LINES.c
    return (
        select(t.id, t.order_id, t.external_id, t.status)
        .where(t.removed_at.is_(None), t.status != "cancelled", ~exists().where(RETURN_ORDERS.c.told_id == t.id))
        .where(exists().where(n.return_id == t.id, n.quantity > 0, _ours(t.order_id, n.line_external_id)))
        .order_by(t.created_at, t.id)
    )


def _told_by_refunds() -> Select[tuple[Any, ...]]:
    """Refunds that say themselves that goods came back, of orders for which no return is told."""
    r, n, t = REFUNDS.c, REFUND_LINES.c, RETURNS.c
    return (
        select(r.id, r.order_id, r.external_id, literal("open").label("status"))
        .where(r.removed_at.is_(None), r.status.not_in(("failed", "cancelled")), ~exists().where(RETURN_ORDERS.c.told_id == r.id))
        .where(exists().where(n.refund_id == r.id, n.restock == "return", n.quantity > 0, _ours(r.order_id, n.line_external_id)))
        .where(~exists().where(t.order_id == r.order_id, t.removed_at.is_(None), t.status != "cancelled"))
        .order_by(r.created_at, r.id)
    )


def _called_off() -> Select[tuple[str]]:
    """Returns under which nothing arrived yet and that their channel has called off."""
    o, t = RETURN_ORDERS.c, RETURNS.c
    return (
        select(o.id)
        .join(RETURNS, t.id == o.told_id)
        .where(o.state.in_(("requested", "authorised")), (t.status == "cancelled") | t.removed_at.is_not(None))
    )


def _open(connection: Connection, hub: Hub, told: AnyRow, office: Office) -> str:
    candidate = met(connection, told.order_id, office)
    if (known := returns.from_told(connection, told.id)) is not None:
        return str(known.state)
    wanted = _wanted(connection, candidate, _lines_of(connection, told.id))
    same, overlap = _opened_here(connection, told.order_id, wanted)
    if same is not None:
        returns.follows_from(connection, same.id, told.id, at=office.at)
        return str(same.state)
    location = usual_location(connection, hub, candidate)
    problem = overlap or (ASKED_FOR if told.status == "requested" else _objection(connection, told.order_id, wanted))
    new = NewReturn(
        order_id=told.order_id, location_id=location, quantities=wanted, reason="unwanted", told_id=told.id, problem=problem
    )  # fmt: skip
    return str(returns.add(connection, new, at=office.at).state)


def _opened_here(connection: Connection, order_id: str, wanted: dict[LinePart, int]) -> tuple[AnyRow | None, str | None]:
    """The return of just these goods that a person opened before its channel told of it; or why it may be the same one in part."""
    opened = returns.opened_here(connection, order_id)
    lines = returns.lines_by_return(connection, [row.id for row in opened])
    for row in opened:
        if {(line.line_external_id, line.sku): line.wanted - line.given_up for line in lines[row.id]} == wanted:
            return row, None
    shared = [row.reference for row in opened if any((line.line_external_id, line.sku) in wanted for line in lines[row.id])]
    return None, f"may be the same goods as {', '.join(shared)}; end this one, or authorise it if more come back" if shared else None


def _objection(connection: Connection, order_id: str, wanted: dict[LinePart, int]) -> str | None:
    rest = returns.returnable(connection, order_id)
    over = [part for part, quantity in wanted.items() if quantity > rest.get(part, 0)]
    return f"its channel tells of more goods of line {over[0][0]} than left and are not back or expected back already" if over else None


def _lines_of(connection: Connection, told_id: str) -> dict[str, int]:
    """Line to thousandths of listed units that are told to come back."""
    found: defaultdict[str, int] = defaultdict(int)
    n, f = RETURN_LINES.c, REFUND_LINES.c
    for query in (
        select(n.line_external_id, n.quantity).where(n.return_id == told_id, n.quantity > 0, n.line_external_id.is_not(None)),
        select(f.line_external_id, f.quantity).where(f.refund_id == told_id, f.quantity > 0, f.restock == "return"),
    ):
        for line, quantity in connection.execute(query):
            found[line] += quantity
    return found


def _wanted(connection: Connection, candidate: Candidate, lines: dict[str, int]) -> dict[LinePart, int]:
    """What is told, in parts of our own; lines that take nothing from our stock are left out."""
    left = candidate.line_states
    factors = listed_factors(connection, candidate.order.id)
    sold = {line: left[line].sku for line in lines if line in left and left[line].sku and left[line].issued}
    made_of = kit_parts(connection, sold.values())
    wanted = {
        (line, part): lines[line] * factors.get(line, 1000) // 1000 * needed // 1000
        for line, sku in sold.items()
        for part, needed in made_of[sku]
    }
    if not any(wanted.values()):
        raise RejectedError("names no goods that left our stock")
    return {part: quantity for part, quantity in wanted.items() if quantity}


def _end(connection: Connection, return_id: str, hub: Hub) -> None:
    returns.give_up(connection, returns.find(connection, return_id), at=hub.clock.now())
