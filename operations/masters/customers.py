"""Customers by hand: found by id, e-mail or phone, put on hold and released."""

from sqlalchemy import Connection

from model.errors import ConfigError
from model.store.audit_trail import append
from model.store.customers import find_customers, hold
from operations.runtime.hub import Hub
from operations.said import reasoned


def the_customer(hub: Hub, reference: str) -> str:
    """The id of the one customer that a reference names; a ConfigError never repeats the reference, which may name a person."""
    with hub.database.read() as connection:
        found = find_customers(connection, hub.sealer(), reference)
    if not found:
        raise ConfigError("customer: is not there; `entrepot customers list` shows who is")
    if len(found) > 1 and reference not in found:
        raise ConfigError(f"customer: several have it, {', '.join(found)}; give the id")
    return reference if reference in found else found[0]


def hold_customer(hub: Hub, customer_id: str, reason: str | None) -> bool:
    """Put a customer on hold for a reason, or release with None; whether that changed anything."""
    if reason is not None:
        reasoned(reason)
    at = hub.clock.now()

    def work(connection: Connection) -> bool:
        is_changed = hold(connection, customer_id, reason, at=at)
        if is_changed:
            action, details = ("hold", {"reason": reason}) if reason else ("release", {})
            append(connection, hub.actor, action, f"customer {customer_id}", details, at=at)
        return is_changed

    return hub.database.run(work)
