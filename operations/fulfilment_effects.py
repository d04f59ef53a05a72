"""What the hub concludes when a command about goods was acknowledged, refused or called off; in the transaction that writes that down."""

from datetime import datetime

from sqlalchemy import Connection

from model.store import fulfilments, labels, outbox
from model.store.fulfilments import counted
from model.store.outbox import Claimed, Fate
from model.store.serving import look_again


def shipment_settled(connection: Connection, claimed: Claimed, fate: Fate, at: datetime) -> None:
    """The partner has the fulfilment order, or never will."""
    asked = fulfilments.find(connection, claimed.subject_id)
    if fate.state == "done" and asked.state in ("released", "refused"):
        fulfilments.set_state(connection, asked.id, "accepted", at=at)
    if fate.state == "pending" and asked.state == "refused":  # a person has it sent again
        fulfilments.set_state(connection, asked.id, "released", at=at)
    if fate.state == "parked" and asked.state in ("released", "calling_back"):
        fulfilments.set_state(connection, asked.id, "refused", fate.problem, at=at)


def call_back_settled(connection: Connection, claimed: Claimed, fate: Fate, at: datetime) -> None:
    """The partner will not ship what has not left, or it is too late."""
    asked = fulfilments.find(connection, claimed.subject_id)
    if asked.state != "calling_back":
        return
    if fate.state == "done":
        call_off(connection, asked.id, at=at)
    if fate.state == "parked":
        has_shipped = bool(fulfilments.known_shipments(connection, asked.id))
        problem = f"cannot be called back: {fate.problem}"
        fulfilments.set_state(connection, asked.id, "part_shipped" if has_shipped else "accepted", problem, at=at)


def call_off(connection: Connection, fulfilment_id: str, reason: str | None = None, *, at: datetime) -> None:
    """What has not left of a fulfilment order will not: its order may hold it for another one, or give it back."""
    asked = fulfilments.find(connection, fulfilment_id)
    with counted(connection, [asked.order_id], at=at):
        fulfilments.give_up(connection, fulfilment_id)
    for label in labels.of_fulfilment(connection, fulfilment_id):
        if label.external_id is None and outbox.withdraw(connection, label.id, "submit_label", also_parked=True, at=at):
            labels.refused(connection, label.id, "was called off before it was bought")
    has_shipped = bool(fulfilments.known_shipments(connection, fulfilment_id))
    fulfilments.set_state(connection, fulfilment_id, "closed" if has_shipped else "cancelled", reason, at=at)
    look_again(connection, [asked.order_id], at=at)


def nothing_follows(_connection: Connection, _claimed: Claimed, _fate: Fate, _at: datetime) -> None:
    """A notice or an acknowledgement that was taken, or refused, changes nothing here; a refused one stands among the dead letters."""
