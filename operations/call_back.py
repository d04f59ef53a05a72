"""Call back what was asked for and is no longer wanted so: the order was cancelled, is held, goes elsewhere, or wants less.

What certainly never left the outbox is called off at once. What a partner has is asked for back; until it says yes the goods stay
promised, as it may ship them all the same.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from model.store import fulfilments, outbox
from model.store.fulfilments import FULFILMENT_ORDERS, AnyRow
from model.store.outbox import Intent
from model.store.review_facts import REVIEWS, Candidate
from model.store.sealing import Sealer
from operations.carriers import Carriers
from operations.fulfilment_effects import call_off
from operations.fulfilment_request import basis_of, command_key
from operations.runtime.hub import Hub

CAN_STOP = ("released", "accepted", "part_shipped")


@dataclass(frozen=True, slots=True)
class Recall:
    """What calling back needs."""

    hub: Hub
    carriers: Carriers
    sealer: Sealer
    at: datetime


def overtaken(hub: Hub) -> list[str]:
    """Orders reviewed since what was asked for them was last held against them."""
    f, r = FULFILMENT_ORDERS.c, REVIEWS.c
    newer = select(r.order_id).where(r.order_id == f.order_id, r.number > f.review_number).exists()
    query = select(f.order_id).where(f.state.in_(CAN_STOP), newer).distinct().order_by(f.order_id)
    with hub.database.read() as connection:
        return list(connection.execute(query).scalars())


def check_wanted(connection: Connection, candidate: Candidate, recall: Recall) -> int:
    """Hold what was asked for an order against what it wants now; gives how many fulfilment orders were called back for it."""
    f = FULFILMENT_ORDERS.c
    rows = connection.execute(select(FULFILMENT_ORDERS).where(f.order_id == candidate.order.id, f.state.in_(CAN_STOP)).order_by(f.number))
    stopped = 0
    for row in rows.all():
        reason = _objection(connection, candidate, row, recall.sealer)
        if reason:
            call_back(connection, row, reason, recall)
            stopped += 1
    number = candidate.last_review.number if candidate.last_review else 0
    connection.execute(update(FULFILMENT_ORDERS).where(f.order_id == candidate.order.id).values(review_number=number))
    return stopped


def _objection(connection: Connection, candidate: Candidate, asked: AnyRow, sealer: Sealer) -> str | None:
    lifecycle = candidate.state.lifecycle
    if lifecycle in ("cancelled", "held"):
        return f"the order is {lifecycle}"
    if asked.basis != basis_of(sealer, candidate.facts.shipping):
        return "the order goes to another address"
    wanted = {line.external_id: line.sku_quantity for line in candidate.lines}
    less = [
        line.line_external_id
        for line in fulfilments.asked_of(connection, asked.id)
        if line.shipped + line.given_up < line.released
        and (state := candidate.line_states.get(line.line_external_id)) is not None
        and state.released > wanted.get(line.line_external_id, 0)
    ]
    return f"the order wants less of line {', '.join(less)}" if less else None


def call_back(connection: Connection, asked: AnyRow, reason: str, recall: Recall) -> None:
    """Have nothing more of a fulfilment order leave, if it can be helped."""
    sent = outbox.latest(connection, asked.id, "submit_shipment")
    never_left = outbox.withdraw(connection, asked.id, "submit_shipment", also_parked=True, at=recall.at)
    if asked.partner_id is None or sent is None or never_left:
        call_off(connection, asked.id, reason, at=recall.at)
        return
    carrier = recall.carriers.of(asked.partner_id)
    before = outbox.latest(connection, asked.id, "submit_cancel")
    key = command_key(recall.hub.file.partner(asked.partner_id), "submit_cancel", asked.id, before.seq if before else 1)
    intent = Intent(
        key=key, account_id=asked.partner_id, operation="submit_cancel", aggregate=asked.id, subject_id=asked.id,
        reference=asked.reference, body=carrier.write_cancel(asked.reference, sent.external_id, key),
        key_id=recall.carriers.key_ids[asked.partner_id],
    )  # fmt: skip
    outbox.write(connection, [intent], recall.sealer, at=recall.at)
    fulfilments.set_state(connection, asked.id, "calling_back", reason, at=recall.at)
