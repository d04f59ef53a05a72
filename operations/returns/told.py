"""Returns that channels tell of: opened here once, so that the goods are expected; what cannot be expected waits for a person.

A channel may tell of the same goods twice, by a return and by a refund, and a person may have opened their return before. So what counts
is how many units of a line are told of in all, and how many the order's returns cover.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, Select, exists, select, union

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
BACK_THERE = "its channel says that these goods are back already; receive them, or end this"
LOOKED_BACK = timedelta(days=60)
"""What a channel told longer ago is not looked at any more."""


def meet_told_returns(hub: Hub) -> Report:
    """Open returns for what channels tell of goods that left our stock, say yes where they do, and end what they call off."""
    report, office = Report("returns"), open_office(hub)
    report.counts.update(opened=0, requested=0, ended=0)
    hub.database.run(lambda connection: begin_returns(connection, hub))
    with hub.database.read() as connection:
        told = _told_orders(connection, office)
    for order_id in told:
        try:
            state = hub.database.run(partial(_meet, hub=hub, order_id=order_id, office=office))
        except HubError as error:
            report.add(f"returns of order {order_id}: {error}")
        else:
            report.counts.update({"requested" if state == "requested" else "opened": 1} if state else {})
    with hub.database.read() as connection:
        off, granted = connection.execute(_called_off()).scalars().all(), connection.execute(_granted()).scalars().all()
    for return_id in off:
        hub.database.run(partial(_end, return_id=return_id, hub=hub))
        report.counts["ended"] += 1
    for return_id in granted:
        try:
            hub.database.run(partial(returns.authorise, return_id=return_id, at=office.at))
        except RejectedError as error:
            report.add(f"return {return_id}: {error}")
    return report


def _ours(order_id: ColumnElement[str], line: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Whether goods of a line left our stock; those of others, and what nobody counts, come back to them."""
    v = LINE_STATES.c
    return exists().where(v.order_id == order_id, v.line_external_id == line, v.issued > 0, SKUS.c.code == v.sku, SKUS.c.is_tracked)


def _told_orders(connection: Connection, office: Office) -> Sequence[str]:
    """Orders of which a channel told lately that goods of ours come back."""
    t, n, r, f = RETURNS.c, RETURN_LINES.c, REFUNDS.c, REFUND_LINES.c
    since = office.at - LOOKED_BACK
    by_returns = (
        select(t.order_id)
        .where(t.removed_at.is_(None), t.status != "cancelled", t.updated_at >= since)
        .where(exists().where(n.return_id == t.id, n.quantity > 0, _ours(t.order_id, n.line_external_id)))
    )
    by_refunds = (
        select(r.order_id)
        .where(r.removed_at.is_(None), r.status.not_in(("failed", "cancelled")), r.created_at >= since)
        .where(exists().where(f.refund_id == r.id, f.restock == "return", f.quantity > 0, _ours(r.order_id, f.line_external_id)))
    )
    return connection.execute(union(by_returns, by_refunds).order_by("order_id")).scalars().all()


def _called_off() -> Select[tuple[str]]:
    """Returns under which nothing arrived yet and that their channel has called off."""
    o, t, r = RETURN_ORDERS.c, RETURNS.c, REFUNDS.c
    by_return = exists().where(t.id == o.told_id, (t.status == "cancelled") | t.removed_at.is_not(None))
    by_refund = exists().where(r.id == o.told_id, r.status.in_(("failed", "cancelled")) | r.removed_at.is_not(None))
    return select(o.id).where(o.state.in_(("requested", "authorised")), by_return | by_refund)


def _granted() -> Select[tuple[str]]:
    """Returns that waited for their channel's yes, and it said it."""
    o, t = RETURN_ORDERS.c, RETURNS.c
    said = exists().where(t.id == o.told_id, t.status == "open", t.removed_at.is_(None))
    return select(o.id).where(o.state == "requested", o.problem == ASKED_FOR, said)


def _meet(connection: Connection, hub: Hub, order_id: str, office: Office) -> str | None:
    """Bring the returns of an order to what its channel tells; gives the state of the one opened for that, if one was."""
    candidate = met(connection, order_id, office)
    documents, told = _documents(connection, order_id)
    wanted = _parts(connection, candidate, told)
    missing = _uncovered(connection, order_id, wanted, documents)
    if not missing:
        _link(connection, order_id, documents, office)
        return None
    newest = documents[-1]
    known = returns.from_told(connection, newest.id) is not None
    problem = _problem(newest.status) or _objection(connection, order_id, missing)
    new = NewReturn(
        order_id=order_id, location_id=usual_location(connection, hub, candidate), quantities=missing, reason="unwanted",
        told_id=None if known else newest.id, problem=problem,
    )  # fmt: skip
    return str(returns.add(connection, new, at=office.at).state)


def _problem(status: str) -> str | None:
    return {"requested": ASKED_FOR, "received": BACK_THERE, "closed": BACK_THERE}.get(status)


def _documents(connection: Connection, order_id: str) -> tuple[list[AnyRow], Counter[str]]:
    """What a channel told of goods that come back, the oldest first, and line to the listed units told of in all.

    A refund and a return of a line tell of the same goods, so the greater sum counts.
    """
    t, n, r, f = RETURNS.c, RETURN_LINES.c, REFUNDS.c, REFUND_LINES.c
    of_returns = connection.execute(
        select(t.id, t.status, t.created_at, n.line_external_id, n.quantity)
        .join(RETURN_LINES, n.return_id == t.id)
        .where(t.order_id == order_id, t.removed_at.is_(None), t.status != "cancelled", n.quantity > 0, n.line_external_id.is_not(None))
    ).all()
    of_refunds = connection.execute(
        select(r.id, r.status, r.created_at, f.line_external_id, f.quantity)
        .join(REFUND_LINES, f.refund_id == r.id)
        .where(r.order_id == order_id, r.removed_at.is_(None), r.status.not_in(("failed", "cancelled")))
        .where(f.restock == "return", f.quantity > 0)
    ).all()
    sums = [Counter[str](), Counter[str]()]
    for total, rows in zip(sums, (of_returns, of_refunds), strict=True):
        for row in rows:
            total[row.line_external_id] += row.quantity
    documents = {row.id: row for row in sorted((*of_returns, *of_refunds), key=lambda row: (row.created_at, row.id))}
    return list(documents.values()), sums[0] | sums[1]


def _parts(connection: Connection, candidate: Candidate, told: Counter[str]) -> dict[LinePart, int]:
    """What is told of, in parts of our own; lines that take nothing from our stock are left out."""
    states = candidate.line_states
    sold = {line: states[line].sku for line in told if line in states and states[line].sku and states[line].issued}
    factors, made_of = listed_factors(connection, candidate.order.id), kit_parts(connection, sold.values())
    return {
        (line, part): told[line] * factors.get(line, 1000) // 1000 * needed // 1000
        for line, sku in sold.items()
        for part, needed in made_of[sku]
    }


def _uncovered(connection: Connection, order_id: str, wanted: dict[LinePart, int], documents: Sequence[AnyRow]) -> dict[LinePart, int]:
    """What is told of and no return of the order covers. One that a person ended covers it still if a channel told of it before."""
    opened = returns.of_order(connection, order_id)
    lines = returns.lines_by_return(connection, [row.id for row in opened])
    told = {row.id for row in documents}
    left = Counter(wanted)
    for row in opened:
        for line in lines[row.id]:
            given_up = 0 if row.told_id in told else line.given_up
            left[(line.line_external_id, line.sku)] -= line.wanted - given_up
    return {part: quantity for part, quantity in left.items() if quantity > 0}


def _link(connection: Connection, order_id: str, documents: Sequence[AnyRow], office: Office) -> None:
    """Name what a channel told as what returns follow from that were opened here before it told of them."""
    opened = returns.opened_here(connection, order_id)
    for told in documents:
        if opened and returns.from_told(connection, told.id) is None:
            returns.follows_from(connection, opened.pop(0).id, told.id, at=office.at)


def _objection(connection: Connection, order_id: str, wanted: dict[LinePart, int]) -> str | None:
    rest = returns.returnable(connection, order_id)
    over = [part for part, quantity in wanted.items() if quantity > rest.get(part, 0)]
    return f"its channel tells of more goods of line {over[0][0]} than left and are not back or expected back already" if over else None


def _end(connection: Connection, return_id: str, hub: Hub) -> None:
    returns.give_up(connection, returns.find(connection, return_id), at=hub.clock.now())
