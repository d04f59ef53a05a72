"""Review orders: judge what is new, changed or held, reserve what it wants and give back what it no longer wants, a batch a transaction.

An order that was approved stays so until its channel changes it. Stock is held softly from the first look and firmly from the approval;
what a channel says was handed over or shipped leaves stock at once.
"""

from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, or_, select

from model.errors import ConfigError, ContractError, MalformedError, RejectedError
from model.store import leases
from model.store.bulk import chunks
from model.store.leases import Lease, LeaseHeldError
from model.store.order_rows import ORDERS, STATES
from model.store.reservations import Standing
from model.tables.reviews import ReviewOutcome
from operations.review_batch import Office, begin, decide, find_candidates, open_office
from operations.review_rows import write_down
from operations.runtime.hub import Hub

BATCH = 200
OPEN_QUESTIONS = ("received", "held", "part_allocated", "backordered", "part_shipped")
"""Lifecycles that are looked at again without the order having changed: something else may have."""


@dataclass(slots=True)
class Reviewed:
    """What a review did."""

    approved: int = 0
    held: int = 0
    cancelled: int = 0
    unchanged: int = 0
    backordered: int = 0
    message: str = ""
    failed: list[str] = field(default_factory=list[str])
    """Orders that could not be decided about, with the reason; the others were."""

    def count(self, outcome: ReviewOutcome | None) -> None:
        """Count one order."""
        name = {"approved": "approved", "held": "held", "cancelled": "cancelled", "rejected": "cancelled", None: "unchanged"}[outcome]
        setattr(self, name, getattr(self, name) + 1)


def review_orders(hub: Hub, channel: str | None = None) -> Reviewed:
    """Review all that is new, changed or waiting, urgent and older orders first; while a review is at work, another one is skipped."""
    result, office = Reviewed(), open_office(hub)
    try:
        lease = leases.take(hub.database, "review", hub.holder())
    except LeaseHeldError as error:
        return Reviewed(message=str(error))
    try:
        hub.database.run(lambda connection: begin(connection, office))
        with leases.kept(hub.database, lease):
            for some in chunks(_waiting(hub, channel), BATCH):
                _review_some(list(some), lease, office, result)
    finally:
        leases.give_back(hub.database, lease)
    return result


def _review_some(order_ids: list[str], lease: Lease, office: Office, result: Reviewed) -> None:
    """Decide about a batch at once; where one of it cannot be decided about, about each alone, so that it keeps nobody waiting."""
    try:
        reviewed = office.hub.database.run(partial(_review_batch, lease=lease, office=office, order_ids=order_ids))
    except (ConfigError, RejectedError, MalformedError, ContractError) as error:
        if len(order_ids) == 1:
            result.failed.append(f"order {order_ids[0]}: {error}")
            return
        for order_id in order_ids:
            _review_some([order_id], lease, office, result)
        return
    for outcome, standing in reviewed:
        result.count(outcome)
        result.backordered += standing.short > 0


def _waiting(hub: Hub, channel: str | None) -> list[str]:
    """Orders to look at: urgent first, then by the time they were placed."""
    s, o = STATES.c, ORDERS.c
    unseen = or_(s.reviewed_seq.is_(None), s.reviewed_seq < o.fetch_seq, s.lifecycle.in_(OPEN_QUESTIONS))
    query = select(o.id).join(STATES, s.order_id == o.id).where(s.is_open, unseen).order_by(s.is_urgent.desc(), o.placed_at, o.id)
    known = [each.id for each in hub.file.channels if channel in (None, each.id)]
    with hub.database.read() as connection:
        return list(connection.execute(query.where(o.account_id.in_(known))).scalars())


def _review_batch(
    connection: Connection, *, lease: Lease, office: Office, order_ids: list[str]
) -> list[tuple[ReviewOutcome | None, Standing]]:
    leases.hold(connection, lease)
    decisions = decide(connection, find_candidates(connection, order_ids, office), office)
    outcomes = write_down(connection, decisions, office)
    return list(zip(outcomes, (each.standing for each in decisions), strict=True))
