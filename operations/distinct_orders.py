"""What a person says of two orders that look like one: they are two. Kept with the reason; the review holds neither for the other again."""

from sqlalchemy import Connection

from model.store.audit_trail import append
from model.store.duplicates import keep_apart
from operations.runtime.hub import Hub
from operations.said import reasoned


def tell_apart(hub: Hub, order_id: str, other_id: str, reason: str) -> bool:
    """Write down that two orders are two; gives whether that was new. The next review goes by it."""
    reasoned(reason)
    at, actor = hub.clock.now(), hub.actor

    def work(connection: Connection) -> bool:
        append(connection, actor, "orders distinct", f"order {order_id}", {"other": other_id, "reason": reason}, at=at)
        return keep_apart(connection, order_id, other_id, reason, actor.id, at=at)

    return hub.database.run(work)
