"""Release fulfilments: ask the locations to ship what approved orders hold, urgent first, then by the day it shall have left.

One transaction a batch: reservations move to where routing sends the order, the fulfilment orders are written, their lines count them as
released, and the commands to partners stand in the outbox. What cannot be decided waits with its reason.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, exists, func, select, update

from model.errors import ConfigError, HubError, RejectedError
from model.rules.routing import Plan, Wanted, plan_route
from model.store import fulfilments, leases, outbox
from model.store.bulk import among, chunks
from model.store.fulfilments import ASKED, FULFILMENT_ORDERS, NewFulfilmentOrder, counted
from model.store.leases import Lease, LeaseHeldError
from model.store.order_rows import ORDERS, STATES
from model.store.rerouting import bring_there, read_shelf
from model.store.reservations import RESERVATIONS
from model.store.review_facts import Candidate
from operations.call_back import Recall, check_wanted, overtaken
from operations.carriers import Carriers, open_carriers
from operations.fulfilment_request import RequestWriter, titles_of
from operations.reports import Report
from operations.review_batch import Office, begin, find_candidates, is_cancelled, open_office
from operations.runtime.hub import Hub
from operations.runtime.routing_file import RoutingFile, read_routing_file
from operations.sent_elsewhere import Held, without_sent_elsewhere
from operations.stock_policy import locations_of

BATCH = 100
READY = ("allocated", "part_allocated", "part_shipped")
"""Lifecycles of approved orders that hold goods nobody was asked to ship yet."""


@dataclass(slots=True)
class Desk:
    """What all releases of one run share."""

    hub: Hub
    office: Office
    routing: RoutingFile
    lease: Lease
    report: Report
    carriers: Carriers


def release_fulfilments(hub: Hub, order_ids: Sequence[str] = ()) -> Report:
    """Ask for everything that is ready (or for these orders only); while another release is at work, it is skipped."""
    report = Report("release")
    report.counts.update(released=0, called_back=0, waiting=0, refused=0)
    office, routing = open_office(hub), read_routing_file(hub.file)
    try:
        lease = leases.take(hub.database, "release", hub.holder())
    except LeaseHeldError as error:
        report.skip(str(error))
        return report
    try:
        with leases.kept(hub.database, lease), ExitStack() as stack:
            hub.database.run(lambda connection: begin(connection, office))
            desk = Desk(hub, office, routing, lease, report, open_carriers(hub, stack, report, at=office.at))
            for order_id in overtaken(hub):
                _check_wanted(desk, order_id)
            for some in chunks(_ready(hub, order_ids), BATCH):
                _release_some(desk, list(some))
    finally:
        leases.give_back(hub.database, lease)
    return report


def _ready(hub: Hub, order_ids: Sequence[str]) -> list[str]:
    """Orders that hold firmly what nobody was asked to ship, urgent first, then the oldest."""
    r, f, a, s, o = RESERVATIONS.c, FULFILMENT_ORDERS.c, ASKED.c, STATES.c, ORDERS.c
    asked = (
        select(func.coalesce(func.sum(a.released - a.shipped - a.given_up), 0))
        .join(FULFILMENT_ORDERS, f.id == a.fulfilment_order_id)
        .where(f.order_id == r.order_id, a.line_external_id == r.line_external_id, a.sku == r.sku, f.state.in_(fulfilments.OPEN))
        .scalar_subquery()
    )
    holds = (
        select(r.order_id)
        .where(r.order_id == s.order_id, r.state == "live", r.kind == "hard")
        .group_by(r.order_id, r.line_external_id, r.sku)
        .having(func.sum(r.quantity) > asked)
    )
    known = [channel.id for channel in hub.file.channels]
    query = (
        select(s.order_id)
        .join(ORDERS, o.id == s.order_id)
        .where(s.is_open, s.lifecycle.in_(READY), ~o.is_test, o.account_id.in_(known), exists(holds))
        .order_by(s.is_urgent.desc(), o.placed_at, o.id)
    )
    with hub.database.read() as connection:
        found = connection.execute(query).scalars().all()
    return [each for each in found if not order_ids or each in set(order_ids)]


def _check_wanted(desk: Desk, order_id: str) -> None:
    """Call back what was asked for an order that changed since; each alone, as few do."""
    recall = Recall(desk.hub, desk.carriers, desk.hub.sealer(), desk.office.at)

    def work(connection: Connection) -> int:
        leases.hold(connection, desk.lease)
        return sum(check_wanted(connection, each, recall) for each in find_candidates(connection, [order_id], desk.office))

    try:
        desk.report.counts["called_back"] += desk.hub.database.run(work)
    except (ConfigError, RejectedError) as error:
        desk.report.add(f"order {order_id}: {error}")


@dataclass(slots=True)
class Batch:
    """What became of one batch; counted only once it is committed."""

    released: int = 0
    refused: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list[str])


def _release_some(desk: Desk, order_ids: list[str]) -> None:
    """A batch at once; where one of it cannot be written, each alone, so that it keeps nobody waiting."""
    try:
        done = desk.hub.database.run(partial(_release_batch, desk=desk, order_ids=order_ids))
    except HubError as error:
        if len(order_ids) > 1:
            for order_id in order_ids:
                _release_some(desk, [order_id])
            return
        done = Batch(waiting=1, problems=[f"order {order_ids[0]}: {error}"])
    desk.report.counts.update(released=done.released, refused=done.refused, waiting=done.waiting)
    desk.report.add(*done.problems)


def _release_batch(connection: Connection, *, desk: Desk, order_ids: list[str]) -> Batch:
    leases.hold(connection, desk.lease)
    at, done = desk.office.at, Batch()
    looked = [each for each in find_candidates(connection, order_ids, desk.office) if _is_approved(each)]
    shelf = read_shelf(connection, [each.order.id for each in looked])
    waits = shelf.short if desk.routing.rules.partial == "wait" else frozenset[str]()
    writer = RequestWriter(
        desk.hub, desk.routing.rules, desk.carriers, titles_of(connection, shelf), shelf.numbers, at, desk.hub.sealer()
    )  # fmt: skip
    new: list[NewFulfilmentOrder] = []
    unasked = shelf.unasked()
    for each in looked:
        wanted = _wanted(each, without_sent_elsewhere(connection, each, unasked.get(each.order.id, {})), desk)
        plan = plan_route(wanted, shelf.free, desk.routing.rules) if wanted.parts and each.order.id not in waits else Plan()
        done.problems += [f"{each.order.account_id} {each.order.external_id}: {plan.problem}"] if plan.problem else []
        done.waiting += not plan.parcels
        bring_there(connection, shelf, each.order.id, wanted, plan, at=at, actor_id=desk.hub.actor.id)
        new += writer.written(each, plan)
    with counted(connection, {each.order_id for each in new}, at=at):
        fulfilments.add(connection, new, at=at)
    outbox.write(connection, writer.intents, desk.hub.sealer(), at=at)
    _mark(connection, {each.order_id for each in new} - shelf.short, desk)
    done.refused = sum(each.problem is not None for each in new)
    done.released = len(new) - done.refused
    return done


def _is_approved(candidate: Candidate) -> bool:
    """Whether it is still so now that its state is locked."""
    last = candidate.last_review
    return candidate.state.lifecycle in READY and last is not None and last.outcome == "approved" and not is_cancelled(candidate)


def _wanted(candidate: Candidate, parts: Held, desk: Desk) -> Wanted:
    """What the order holds that nobody was asked to ship, and where it may come from."""
    address, channel = candidate.facts.shipping, desk.office.channels[candidate.order.account_id]
    return Wanted(
        parts=parts, country=address.country if address else None,
        postcode=address.postcode if address else None, locations=locations_of(desk.hub.file, channel),
    )  # fmt: skip


def _mark(connection: Connection, order_ids: set[str], desk: Desk) -> None:
    """Orders of which everything was asked for are released; one of which a part has left says so."""
    s = STATES.c
    these = update(STATES).where(among(connection, s.order_id, sorted(order_ids)), s.lifecycle.in_(("allocated", "part_allocated")))
    connection.execute(these.values(lifecycle="released", changed_at=desk.office.at))
