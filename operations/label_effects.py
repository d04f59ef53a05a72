"""What the hub concludes when a label was bought or refused; in the transaction that writes that down."""

from datetime import datetime

from sqlalchemy import Connection

from model.store import labels
from model.store.outbox import Claimed, Fate


def label_settled(connection: Connection, claimed: Claimed, fate: Fate, _at: datetime) -> None:
    """It is bought and can be read, or waits for a person."""
    if fate.state == "done" and fate.external_id is not None:
        labels.bought(connection, claimed.subject_id, fate.external_id)
    else:
        labels.refused(connection, claimed.subject_id, fate.problem if fate.state == "parked" else None)
